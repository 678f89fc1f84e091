"""Safetensors files: the library reads ours, and we read the library's."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from tinygrad_xor.exchange import load_safetensors, save_safetensors
from tinygrad_xor.nn import Dense, Dropout, Sequential

DTYPES = "f8 f4 f2 i8 i4 i2 i1 u8 u4 u2 u1 bool c8".split()
FILES = st.dictionaries(
    st.text(min_size=1, max_size=5).filter(lambda name: name != "__metadata__"),
    st.sampled_from(DTYPES).flatmap(
        lambda dtype: arrays(np.dtype(dtype), array_shapes(min_dims=0, min_side=0, max_side=3))
    ),
    max_size=4,
)


@pytest.fixture(scope="module")
def library():
    return pytest.importorskip("safetensors.numpy", reason="pip install safetensors")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("files") / "weights.safetensors"


def assert_same(a, b):
    assert a.keys() == b.keys()
    for name in a:
        assert (a[name].dtype, a[name].shape) == (b[name].dtype, b[name].shape)
        assert a[name].tobytes() == b[name].tobytes()


@given(FILES)
def test_what_is_written_is_read_by_the_library_and_here(library, path, content):
    content = {name: array[::-1] if array.ndim else array for name, array in content.items()}
    save_safetensors(content, path)
    assert_same(load_safetensors(path), content)
    assert_same(library.load_file(path), content)


@given(FILES)
def test_what_the_library_writes_is_read(library, path, content):
    library.save_file({name: array.copy() for name, array in content.items()}, path, {"a": "b"})
    assert_same(load_safetensors(path), content)


def test_arrays_whose_rows_do_not_lie_in_order_are_written_right(tmp_path):
    x = np.arange(6.0).reshape(2, 3)
    strange = {
        "turned": x.T,
        "part": x[:, 1:],
        "fortran": np.asfortranarray(x),
        "big": x.astype(">f8"),
    }
    for name, array in load_safetensors(save_safetensors(strange, tmp_path / "a")).items():
        assert np.array_equal(array, strange[name])


def test_the_weights_of_a_network_go_there_and_back(tmp_path):
    make = lambda seed: Sequential(
        [Dense(3, "tanh", input_dim=2), Dropout(0.5), Dense(1, use_bias=False)], seed=seed
    )
    model, other = make(0), make(1)
    other.load_weights(model.save_weights(tmp_path / "net.safetensors"))
    assert all(map(np.array_equal, model.get_weights(), other.get_weights()))
    assert set(load_safetensors(tmp_path / "net.safetensors")) == {"0.kernel", "0.bias", "2.kernel"}
    with pytest.raises(ValueError, match="do not fit a Sequential"):
        Sequential([Dense(4, input_dim=2)]).load_weights(tmp_path / "net.safetensors")


def test_half_numbers_of_16_bits_become_float32(tmp_path):
    torch = pytest.importorskip("torch", reason="writes bfloat16: pip install torch")
    files = pytest.importorskip("safetensors.torch", reason="pip install safetensors")
    x = torch.tensor([1.5, -3e38, 0.0], dtype=torch.bfloat16)
    files.save_file({"x": x}, tmp_path / "a")
    assert np.array_equal(load_safetensors(tmp_path / "a")["x"], x.float().numpy())


def file_of(header, numbers=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + numbers


def about(shape, begin, end, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "header would end at byte 8 of 0"),
        ((10**15).to_bytes(8, "little") + b"{}", "header would end"),
        (file_of(b"[]"), "is not a safetensors file"),
        (file_of(b"\xff\xff"), "is not a safetensors file"),
        (file_of({"w": about([2], 0, 8)}, bytes(7)), r"w of shape \[2\] has 8 bytes"),
        (file_of({"w": about([3], 0, 8)}, bytes(8)), r"w of shape \[3\] has 8 bytes"),
        (file_of({"w": about([2**62, 2**62], 0, 8)}, bytes(8)), "has 8 bytes"),
        (file_of({"w": about([-1, -2], 0, 8)}, bytes(8)), "does not begin"),
        (file_of({"w": about([1], 4, 8)}, bytes(8)), "does not begin where"),
        (file_of({"w": about([1], 0, 4), "v": about([1], 0, 4)}, bytes(8)), "does not begin"),
        (file_of({"w": about([1], 0, 4)}, bytes(8)), "4 bytes belong to no array"),
        (file_of({"w": about([1.0], 0, 4)}, bytes(4)), "is not a safetensors file"),
        (file_of({"w": about([1], 0, 4, "F128")}, bytes(4)), "is not a safetensors file"),
        (file_of(b'{"w": {}, "w": {}}'), "a name stands in its header twice"),
    ],
)
def test_a_damaged_file_is_refused_in_one_sentence(raw, said, tmp_path):
    path = tmp_path / "damaged.safetensors"
    path.write_bytes(raw)
    with pytest.raises(ValueError, match=said):
        load_safetensors(path)


def test_a_file_cut_off_anywhere_is_refused(tmp_path):
    path = save_safetensors({"w": np.ones(3), "v": np.ones((2, 2))}, tmp_path / "a.safetensors")
    raw = path.read_bytes()
    for length in range(len(raw)):
        path.write_bytes(raw[:length])
        with pytest.raises(ValueError, match="is not a safetensors file"):
            load_safetensors(path)


def test_a_dtype_without_a_name_there_is_refused_and_nothing_is_written(tmp_path):
    for array in (np.ones(2, complex), np.array(["x"]), np.array([None])):
        with pytest.raises(ValueError, match="have no array 'w' of dtype"):
            save_safetensors({"w": array}, tmp_path / "a")
    with pytest.raises(ValueError, match="have no array '__metadata__'"):
        save_safetensors({"__metadata__": np.ones(2)}, tmp_path / "a")
    assert not list(Path(tmp_path).iterdir())
