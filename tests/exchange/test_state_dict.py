"""PyTorch's files of weights, read and written without PyTorch, and compared with it."""

import io
import pickle
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from tinygrad_xor.exchange import load_state_dict, save_state_dict
from tinygrad_xor.exchange.reading import archived, members
from tinygrad_xor.nn import Dense, Dropout, Flatten, Sequential

DTYPES = "f8 f4 f2 i8 i4 i2 i1 u1 bool c8 c16".split()
FILES = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    st.sampled_from(DTYPES).flatmap(
        lambda dtype: arrays(np.dtype(dtype), array_shapes(min_dims=0, min_side=0, max_side=3))
    ),
    max_size=4,
)


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch", reason="compares with PyTorch: pip install torch")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("files") / "weights.pt"


@given(FILES)
def test_what_is_written_is_read_here(path, content):
    content = {name: array.T for name, array in content.items()}
    assert_same(load_state_dict(save_state_dict(content, path)), content)


@given(FILES)
def test_what_is_written_is_read_by_pytorch(torch, path, content):
    content = {name: array.T for name, array in content.items()}
    save_state_dict(content, path)
    assert_same(torch.load(path, weights_only=True), content)


def assert_same(found, content):
    assert list(found) == list(content)
    for name, array in content.items():
        got = np.asarray(found[name])
        assert (got.dtype, got.shape) == (array.dtype, array.shape)
        assert got.tobytes() == array.tobytes()


@pytest.mark.parametrize(
    "make",
    [
        lambda torch: torch.arange(6.0).reshape(2, 3).T,
        lambda torch: torch.arange(10, dtype=torch.float64)[2:9:3],
        lambda torch: torch.arange(24.0).reshape(2, 3, 4)[:, 1, ::2],
        lambda torch: torch.ones(1).expand(3),
        lambda torch: torch.tensor(2.5),
        lambda torch: torch.zeros(0, 3),
        lambda torch: torch.tensor([1.5, -2e38], dtype=torch.bfloat16),
        lambda torch: torch.nn.Parameter(torch.ones(2)),
        lambda torch: torch.tensor([True, False]),
        lambda torch: torch.tensor([1 + 2j]),
        lambda torch: torch.tensor([7], dtype=torch.int16),
    ],
)
def test_tensors_of_all_kinds_are_read(torch, make, path):
    tensor = make(torch)
    torch.save({"x": tensor}, path)
    wanted = tensor.detach().float() if tensor.dtype is torch.bfloat16 else tensor.detach()
    got = load_state_dict(path)["x"]
    assert (got.shape, got.dtype) == (wanted.shape, wanted.numpy().dtype)
    assert np.array_equal(got, wanted.numpy())


def test_two_names_of_one_tensor_are_read_as_two_arrays(torch, path):
    torch.save({"a": (x := torch.ones(2)), "b": x[1:]}, path)
    a, b = load_state_dict(path).values()
    a[:] = 5.0
    assert b.tolist() == [1.0]


def network(seed):
    layers = [Flatten(input_shape=(2, 3)), Dense(4, "relu"), Dropout(0.5), Dense(2, use_bias=False)]
    return Sequential(layers, seed=seed)


def test_a_network_in_pytorch_with_other_names_gives_its_weights(torch, path):
    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.first = torch.nn.Linear(6, 4, dtype=torch.float64)
            self.second = torch.nn.Linear(4, 2, bias=False, dtype=torch.float64)

        def forward(self, x):
            return self.second(torch.relu(self.first(x.flatten(1))))

    there, here, x = Net(), network(0), np.random.default_rng(0).normal(size=(5, 2, 3))
    torch.save(there.state_dict(), path)
    here.load_weights(path)
    wanted = there(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(here.predict(x), wanted, rtol=0, atol=1e-12)
    files = pytest.importorskip("safetensors.torch", reason="pip install safetensors")
    other = network(1)
    files.save_file(there.state_dict(), path.with_suffix(".safetensors"))
    other.load_weights(path.with_suffix(".safetensors"))
    assert np.array_equal(other.predict(x), here.predict(x))


def test_a_network_gives_its_weights_to_the_one_that_to_torch_writes(torch, path):
    model, other = network(0), network(1)
    model.save_weights(path)
    space = {}
    exec(other.to_torch(), space)
    space["model"].load_state_dict(torch.load(path, weights_only=True))
    x = np.random.default_rng(0).normal(size=(5, 2, 3))
    got = space["model"](torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(got, model.predict(x), rtol=0, atol=1e-12)
    other.load_weights(path)
    assert np.array_equal(other.predict(x), model.predict(x))


def test_weights_of_another_network_are_refused_and_nothing_changes(torch, path):
    model = network(0)
    before = model.get_weights()
    torch.save(torch.nn.Linear(6, 4).state_dict(), path)
    with pytest.raises(ValueError, match=r"there are weights .* in it, and this network has"):
        model.load_weights(path)
    torch.save(
        {"a.weight": torch.ones(5, 6), "a.bias": torch.ones(5), "b.weight": torch.ones(2, 4)}, path
    )
    with pytest.raises(ValueError, match="do not fit a Sequential"):
        model.load_weights(path)
    assert all(map(np.array_equal, model.get_weights(), before))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda torch: torch.nn.Linear(1, 1),
            "asks for torch.nn.modules.linear.Linear, which is no part",
        ),
        (lambda torch: {"a": np.ones(2)}, "asks for numpy"),
        (lambda torch: {"epoch": 3}, "'epoch' in it is a int, not a tensor"),
        (lambda torch: {0: torch.ones(1)}, "0 in it is a ndarray, not a tensor"),
        (lambda torch: [torch.ones(1)], "there is a list in it"),
        (lambda torch: {"net": {"a": torch.ones(1)}}, "'net' in it is a dict"),
    ],
)
def test_what_is_more_than_a_dict_of_tensors_is_refused_by_name(torch, make, said, path):
    torch.save(make(torch), path)
    with pytest.raises(ValueError, match=f"is not a state dict that PyTorch saved: .*{said}"):
        load_state_dict(path)


def test_the_format_of_old_is_refused_with_what_to_do(torch, path):
    torch.save({"a": torch.ones(1)}, path, _use_new_zipfile_serialization=False)
    with pytest.raises(ValueError, match=r"before 1\.6: save it again there"):
        load_state_dict(path)


class Called(Exception):
    """What a pickle is not to bring about."""


def shout():
    raise Called


@pytest.mark.parametrize("protocol", range(6))
def test_no_function_that_a_file_names_is_called(protocol, path):
    class Harmful:
        def __reduce__(self):
            return shout, ()

    with pytest.raises(Called):
        pickle.loads(pickle.dumps(Harmful(), protocol))
    path.write_bytes(archived({"archive/data.pkl": pickle.dumps({"a": Harmful()}, protocol)}))
    with pytest.raises(ValueError, match="shout, which is no part of a state dict"):
        load_state_dict(path)


def rewritten(path, **changes):
    """A file of one tensor of shape (2, 3), with other bytes in its pickle or beside it."""
    files = members(save_state_dict({"w": np.arange(6.0).reshape(2, 3)}, path).read_bytes())
    for name, change in changes.items():
        key = next(x for x in files if x.endswith(name.replace("_", ".")) or x.endswith("/" + name))
        files[key] = change(files[key])
    path.write_bytes(archived(files))


def number(n):
    return b"\x8a\x08" + n.to_bytes(8, "little", signed=True)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (number(0) + b"(" + number(2), number(1) + b"(" + number(2)),  # begins too late
        (number(0) + b"(" + number(2), number(-1) + b"(" + number(2)),
        (b"(" + number(2) + number(3), b"(" + number(3) + number(3)),  # too many rows
        (b"(" + number(2) + number(3), b"(" + number(-2) + number(3)),
        (b"(" + number(2) + number(3), b"(" + number(2**60) + number(2**60)),
        (b"(" + number(3) + number(1), b"(" + number(4) + number(1)),  # rows too far apart
        (b"(" + number(3) + number(1), b"(" + number(-3) + number(1)),
        (b"(" + number(3) + number(1), b"(" + number(0) + number(2**40)),
        (b"(" + number(3) + number(1), b"(" + number(1)),  # a stride too few
    ],
)
def test_a_tensor_that_is_not_inside_of_its_numbers_is_refused(old, new, path):
    rewritten(path)
    assert load_state_dict(path)["w"].shape == (2, 3)

    def change(data):
        assert old in data
        return data.replace(old, new)

    rewritten(path, data_pkl=change)
    with pytest.raises(ValueError, match="is not a state dict"):
        load_state_dict(path)


def test_numbers_that_are_too_few_are_refused(path):
    files = members(save_state_dict({"w": np.ones(3)}, path).read_bytes())
    files["archive/data/0"] = files["archive/data/0"][:-8]
    path.write_bytes(archived(files))
    with pytest.raises(ValueError, match="storage 0 has 2 numbers, not 3"):
        load_state_dict(path)


def test_a_small_file_that_says_it_is_large_is_refused(path):
    for beside in (0, 10**6):  # bytes that are not packed
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("archive/data.pkl", bytes(10**6))
            archive.writestr("archive/data/0", bytes(beside), zipfile.ZIP_STORED)
        path.write_bytes(buffer.getvalue())
        with pytest.raises(ValueError, match="packed, or larger than the file"):
            load_state_dict(path)


def test_one_number_that_stands_for_a_milliard_is_refused(torch, path):
    torch.save({"a": torch.ones(1).expand(10**9)}, path)
    with pytest.raises(ValueError, match="not inside of its numbers"):
        load_state_dict(path)


def test_a_file_cut_off_or_with_other_bytes_is_refused_or_has_other_numbers(path):
    raw = save_state_dict({"w": np.ones(3)}, path).read_bytes()
    for length in range(0, len(raw), 3):
        path.write_bytes(raw[:length])
        with pytest.raises(ValueError, match="is not a state dict"):
            load_state_dict(path)
    rng = np.random.default_rng(0)
    said = []
    for _ in range(300):
        damaged = bytearray(raw)
        damaged[rng.integers(len(raw))] = rng.integers(256)
        path.write_bytes(damaged)
        try:
            load_state_dict(path)
        except ValueError as error:
            said.append(str(error))
    assert len(said) > 100
    assert all("is not a state dict" in text for text in said)


def test_a_file_of_a_machine_with_the_other_order_of_bytes_is_read(path):
    files = members(save_state_dict({"w": np.arange(3.0)}, path).read_bytes())
    files["archive/data/0"] = np.arange(3.0).astype(">f8").tobytes()
    files["archive/byteorder"] = b"big"
    path.write_bytes(archived(files))
    got = load_state_dict(path)["w"]
    assert got.tolist() == [0.0, 1.0, 2.0]
    assert got.dtype == np.float64


def test_numbers_that_pytorch_does_not_have_are_refused(tmp_path):
    with pytest.raises(ValueError, match="no tensors of dtype <U1, as 'w' is"):
        save_state_dict({"w": np.array(["x"])}, tmp_path / "a.pt")
    assert not list(tmp_path.iterdir())
