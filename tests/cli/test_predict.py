"""``tinygrad-xor predict`` as a user runs it."""

import io
import json
import sys

import numpy as np
import pytest

from tinygrad_xor.cli.main import main
from tinygrad_xor.nn import Dense, Flatten, Input, Sequential

# XNOR as two sigmoids: h = (x1 or x2, x1 and x2), out = not h1 or h2.
WEIGHTS = [
    np.array([[20.0, 20.0], [20.0, 20.0]]),
    np.array([-10.0, -30.0]),
    np.array([[-20.0], [20.0]]),
    np.array([10.0]),
]


@pytest.fixture
def network(tmp_path):
    model = Sequential([Dense(2, "sigmoid", input_dim=2), Dense(1, "sigmoid")])
    model.set_weights(WEIGHTS)
    return str(model.save(tmp_path / "network.npz"))


def saved(path, *layers, input_shape=None):
    return str(Sequential([*layers], seed=0).save(path / "other.npz"))


def test_one_example_is_written_with_blanks(network, capsys):
    assert main(["predict", network, "0", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "x1  x2  probability  answer",
        "--  --  -----------  ------",
        " 0   1       0.0000       0",
    ]


def test_several_examples_are_written_with_commas(network, capsys):
    assert main(["predict", network, "0,0", "0,1", "1,0", "1,1"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[2:]]
    assert [row[-1] for row in rows] == ["1", "0", "0", "1"]


def test_examples_come_from_a_csv_file(network, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("0,0\n\n 1.0 ,1e0\n"))
    assert main(["predict", network, "-"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == " 1   1       1.0000       1"


def test_a_csv_file_may_begin_with_a_byte_order_mark_as_excel_writes_it(
    network, capsys, monkeypatch
):
    monkeypatch.setattr(sys, "stdin", io.StringIO("\ufeff0,1\n"))
    assert main(["predict", network, "-"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == " 0   1       0.0000       0"


def test_negative_numbers_are_inputs(network, capsys):
    assert main(["predict", network, "-1", "-0.5"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split()[:2] == ["-1", "-0.5"]
    for words in (["--", "-1,-2"], ["-1,-2"], ["-1e0", "-.2e1"]):
        assert main(["predict", network, "--lang", "ru", *words]) == 0
        assert capsys.readouterr().out.splitlines()[-1].split()[:2] == ["-1", "-2"]


def test_json_has_all_digits(network, capsys):
    assert main(["predict", network, "0,0", "1,0", "--json"]) == 0
    results = json.loads(capsys.readouterr().out)
    expected = Sequential.load(network).predict(np.array([[0.0, 0.0], [1.0, 0.0]]))
    assert [r["inputs"] for r in results] == [[0, 0], [1, 0]]
    assert [r["outputs"] for r in results] == expected.tolist()
    assert [r["answer"] for r in results] == [1, 0]


@pytest.mark.parametrize(
    ("activation", "head", "answer"),
    [("tanh", "output answer", 0), ("linear", "output", None), ("relu", "output", None)],
)
def test_only_a_yes_or_no_output_has_an_answer(tmp_path, capsys, activation, head, answer):
    path = saved(tmp_path, Dense(1, activation, input_dim=1))
    model = Sequential.load(path)
    model.set_weights([np.array([[1.0]]), np.array([-2.0])])
    model.save(path)
    assert main(["predict", path, "1"]) == 0
    assert capsys.readouterr().out.splitlines()[0].split() == ["x1", *head.split()]
    main(["predict", path, "1", "--json"])
    assert json.loads(capsys.readouterr().out)[0]["answer"] == answer


def test_the_answer_of_classes_is_the_most_probable_one(tmp_path, capsys):
    model = Sequential([Dense(3, "softmax", input_dim=1)])
    model.set_weights([np.zeros((1, 3)), np.log(np.array([0.2, 0.7, 0.1]))])
    assert main(["predict", str(model.save(tmp_path / "n.npz")), "4"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split() == ["4", "0.7000", "1"]


def test_several_outputs_have_a_column_each(tmp_path, capsys):
    path = saved(tmp_path, Dense(2, "linear", input_dim=1))
    assert main(["predict", path, "4"]) == 0
    assert capsys.readouterr().out.splitlines()[0].split("  ") == ["x1", "output 1", "output 2"]


def test_many_inputs_are_not_repeated_and_images_are_rows_of_numbers(tmp_path, capsys):
    path = saved(tmp_path, Input((3, 3)), Flatten(), Dense(1, "sigmoid"))
    row = ",".join("123456789")
    assert main(["predict", path, row, row]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[0][:2] == ["example", "probability"]
    assert [r[0] for r in rows[2:]] == ["1", "2"]
    expected = Sequential.load(path).predict(np.arange(1.0, 10.0).reshape(1, 3, 3)).item()
    assert rows[2][1] == f"{expected:.4f}"


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (["0"], "example 1 has 1 number, and the network takes 2 numbers"),
        (["0", "1", "1"], "example 1 has 3 numbers, and the network takes 2 numbers"),
        (["0,1", "1"], "example 2 has 1 number, and the network takes 2 numbers"),
        (["0", "one"], "example 1: 'one' is not a number"),
        (["0,1", "0,"], "example 2: '' is not a number"),
        (["0", "nan"], "example 1: 'nan' is not a number"),
        (["0", "inf"], "example 1: 'inf' is not a number"),
        (["-"], "there is no example on standard input"),
    ],
)
def test_wrong_inputs_are_one_clear_sentence_with_code_2(
    network, capsys, monkeypatch, inputs, said
):
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n \n"))
    with pytest.raises(SystemExit) as exit_:
        main(["predict", network, *inputs])
    assert exit_.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1] == f"tinygrad-xor predict: error: {said}"


def test_a_file_that_is_no_network_is_one_clear_sentence_with_code_2(tmp_path, capsys):
    np.savez(tmp_path / "arrays.npz", a=np.ones(3))
    np.savez(tmp_path / "config.npz", config=np.array('{"layers": [{}], "input_shape": [2]}'))
    (tmp_path / "text.npz").write_text("a network")
    for name, said in {
        "nothing.npz": "there is no file",
        "arrays.npz": "is not a network that save() or tinygrad-xor wrote",
        "config.npz": "is not a network that save() or tinygrad-xor wrote",
        "text.npz": "is not a network that save() or tinygrad-xor wrote",
        ".": "is not a network that save() or tinygrad-xor wrote",
    }.items():
        with pytest.raises(SystemExit) as exit_:
            main(["predict", str(tmp_path / name), "0", "1"])
        assert exit_.value.code == 2
        assert said in capsys.readouterr().err


def test_standard_input_may_be_closed_or_have_a_field_that_is_too_long(
    network, capsys, monkeypatch
):
    for stdin, said in ((None, "no example"), (io.StringIO("1" * 140_000), "larger than")):
        monkeypatch.setattr(sys, "stdin", stdin)
        with pytest.raises(SystemExit) as exit_:
            main(["predict", network, "-"])
        assert exit_.value.code == 2
        assert said in capsys.readouterr().err


def test_a_folder_is_no_network(tmp_path, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(["predict", str(tmp_path), "0,1"])
    assert exit_.value.code == 2
    assert str(tmp_path) in capsys.readouterr().err


def test_a_network_whose_training_diverged_is_refused(tmp_path, capsys):
    model = Sequential([Dense(1, input_dim=2)], seed=0)
    model.set_weights([np.full((2, 1), np.nan), np.zeros(1)])
    path = str(model.save(tmp_path / "diverged.npz"))
    with pytest.raises(SystemExit) as exit_:
        main(["predict", path, "0", "1"])
    assert exit_.value.code == 2
    assert "weights that are no numbers (nan or infinity)" in capsys.readouterr().err


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
def test_a_prediction_that_is_no_number_is_null_in_json(tmp_path, capsys):
    model = Sequential([Dense(1, input_dim=1)], seed=0)
    model.set_weights([[[1e300]], [0.0]])
    main(["predict", str(model.save(tmp_path / "steep.npz")), "1e300", "--json"])
    out = capsys.readouterr().out
    assert json.loads(out, parse_constant=pytest.fail)[0]["outputs"] == [None]
