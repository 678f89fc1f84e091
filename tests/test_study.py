"""Studies: the same records whoever runs them, and none lost or made twice."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import hypothesis
import numpy as np
import pytest
from waiting import wait_until

import tinygrad_xor
from tinygrad_xor import study
from tinygrad_xor.datasets import truth_table
from tinygrad_xor.nn import Dense, Sequential
from tinygrad_xor.studies import Here, executors

DATA = truth_table("xor")
GRID = {"width": [2, 3], "epochs": [30]}
SEEDS = range(4)
THOROUGH = 12


def network(seed, width):
    model = Sequential([Dense(width, "tanh", input_dim=2), Dense(1, "sigmoid")], seed=seed)
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    return model


def slow(seed, width):
    """A network that says in a file beside this process that it was made, and takes its time.

    The last ones take until the test says so.
    """
    with Path("made").open("a") as file:
        file.write(f"{width} {seed}\n")
    time.sleep(0.02)
    while seed == 39 and Path("held").exists():
        time.sleep(0.02)
    return network(seed, width)


def fails_at_2(seed, width):
    if seed == 2:
        raise ZeroDivisionError(f"no network of seed {seed}")
    return network(seed, width)


def dies_once(seed, width):
    """The process of the first network of seed 1 is killed, as by a system without memory."""
    if seed == 1 and not Path("died").exists():
        Path("died").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return network(seed, width)


def dies(seed, width):
    os.kill(os.getpid(), signal.SIGKILL)


def here(**more):
    return study(network, DATA, GRID, SEEDS, Here(), **more)


@pytest.fixture
def in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path / "study.jsonl"


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()[1:]]


# -- the records -------------------------------------------------------------------------------


def test_there_is_a_record_for_each_setting_and_seed_in_their_order():
    records = here()
    assert [(r["width"], r["seed"]) for r in records] == [(w, s) for w in (2, 3) for s in SEEDS]
    x, y = DATA
    model = network(seed=1, width=3)
    model.fit(x, y, epochs=30, verbose=0)
    loss, accuracy = model.evaluate(x, y)
    assert records[5] == {"width": 3, "epochs": 30, "seed": 1, "loss": loss, "accuracy": accuracy}


def test_examples_to_test_on_are_looked_at_too():
    (record,) = study(network, (*DATA, *DATA), [{"width": 2}], [0], Here())
    assert record["val_loss"] == record["loss"]
    assert record["val_accuracy"] == record["accuracy"]


def test_settings_may_be_named_one_by_one():
    records = study(network, DATA, [{"width": 3, "epochs": 30}], [1, 0], Here())
    assert records == [here()[5], here()[4]]


@pytest.mark.parametrize(
    "executor",
    [lambda: ThreadPoolExecutor(2), lambda: ProcessPoolExecutor(1), lambda: ProcessPoolExecutor(3)],
    ids=["threads", "one process", "three processes"],
)
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_the_same_seeds_give_the_same_records_on_any_executor(executor):
    with executor() as running:
        assert study(network, DATA, GRID, SEEDS, running) == here()


def test_a_process_for_each_processor_is_the_default():
    assert study(network, DATA, GRID, SEEDS) == here()


def test_a_failing_run_is_a_record_with_its_error_and_the_others_go_on():
    records = study(fails_at_2, DATA, GRID, SEEDS)
    errors = [r for r in records if "error" in r]
    assert [(r["width"], r["seed"]) for r in errors] == [(2, 2), (3, 2)]
    assert errors[0]["error"] == "ZeroDivisionError: no network of seed 2"
    assert [r for r in records if "error" not in r] == [r for r in here() if r["seed"] != 2]


def test_seeds_of_a_setting_may_be_worked_on_together():
    def work(make_model, data, setting, seeds):
        return [{"group": list(seeds), "rate": np.float32(0.5)} for _ in seeds]

    records = study(None, None, {"width": [2, 3]}, range(5), Here(), work=work, together=2)
    assert [r["group"] for r in records[:5]] == [[0, 1], [0, 1], [2, 3], [2, 3], [4]]
    assert type(records[0]["rate"]) is float


# -- the file ----------------------------------------------------------------------------------


def test_each_record_is_a_line_of_json_and_is_not_made_again(in_a_folder):
    records = study(slow, DATA, GRID, SEEDS, Here(), path=in_a_folder)
    assert records == here()
    assert [line["seed"] for line in lines(in_a_folder)] == [*SEEDS, *SEEDS]
    more = study(slow, DATA, {**GRID, "width": [3, 2, 4]}, SEEDS, Here(), path=in_a_folder)
    assert more[:8] == [*records[4:], *records[:4]]
    assert len(Path("made").read_text().splitlines()) == 12


FOLDERS = [Path(__file__).parent, Path(tinygrad_xor.__file__).parents[1]]
PATHS = {"PYTHONPATH": os.pathsep.join(map(str, FOLDERS))}
RUN = "import test_study as t; t.study(t.slow, t.DATA, t.GRID, range(40), path='study.jsonl')"


@pytest.fixture
def a_run():
    """Starts a study of 80 networks in a process of its own, which makes 78 and waits."""
    started = []

    def start():
        Path("held").touch()
        command = [sys.executable, "-W", "ignore", "-c", RUN]
        started.append(
            subprocess.Popen(command, env=os.environ | PATHS, stderr=subprocess.PIPE, text=True)
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.skipif(sys.platform == "win32", reason="signals and locks are those of POSIX")
def test_a_killed_run_goes_on_where_it_was_and_makes_nothing_twice(in_a_folder, a_run):
    run = a_run()
    wait_until(lambda: in_a_folder.exists() and len(in_a_folder.read_bytes().splitlines()) > 10)
    run.kill()
    run.wait()
    Path("held").unlink()
    before = in_a_folder.read_bytes().splitlines(keepends=True)
    done = {(r["setting"]["width"], r["seed"]) for r in map(json.loads, before[1:-1])}
    Path("made").unlink()
    records = study(slow, DATA, GRID, range(40), path=in_a_folder)
    made = {tuple(map(int, line.split())) for line in Path("made").read_text().splitlines()}
    assert 8 < len(done) < 80
    assert not made & done
    found = lines(in_a_folder)
    assert len(found) == 80
    assert {(r["setting"]["width"], r["seed"]) for r in found} == {
        (w, s) for w in (2, 3) for s in range(40)
    }
    assert records == study(network, DATA, GRID, range(40), Here())


def test_a_torn_last_line_is_made_again_and_no_other(in_a_folder):
    records = study(slow, DATA, GRID, SEEDS, Here(), path=in_a_folder)
    whole = in_a_folder.read_bytes()
    for torn in (whole[:-1], whole[:-30], whole[:-70], whole[:12], b""):
        in_a_folder.write_bytes(torn)
        Path("made").unlink()
        assert study(slow, DATA, GRID, SEEDS, Here(), path=in_a_folder) == records
        assert in_a_folder.read_bytes() == whole
        lost = whole.count(b"\n") - torn.count(b"\n") - (b"\n" not in torn)
        assert len(Path("made").read_text().splitlines()) == lost


@pytest.mark.skipif(sys.platform == "win32", reason="locks are those of POSIX")
def test_two_processes_on_one_file_are_refused(in_a_folder, a_run):
    a_run()
    wait_until(lambda: in_a_folder.exists() and len(in_a_folder.read_bytes().splitlines()) > 1)
    with pytest.raises(BlockingIOError, match=r"another study writes into .*study\.jsonl: wait"):
        study(slow, DATA, GRID, range(40), Here(), path=in_a_folder)


def test_two_studies_of_one_process_are_refused_one_file(in_a_folder):
    def work(make_model, data, setting, seeds):
        return [{"said": str(nested())} for _ in seeds]

    def nested():
        try:
            here(path=in_a_folder)
        except BlockingIOError as refused:
            return refused

    (record,) = study(network, DATA, [{}], [0], Here(), work=work, path=in_a_folder)
    assert "another study writes into" in record["said"]


def test_a_file_of_another_study_or_of_something_else_stays_as_it_is(in_a_folder):
    here(path=in_a_folder)
    before = in_a_folder.read_bytes()
    with pytest.raises(ValueError, match=r"line 1: .*of another data"):
        study(network, truth_table("and"), GRID, SEEDS, Here(), path=in_a_folder)
    with pytest.raises(ValueError, match=r"line 1: .*of another study, network, fitted, and this"):
        study(slow, DATA, GRID, SEEDS, Here(), path=in_a_folder)
    in_a_folder.write_bytes(before.replace(b'"seed": 3', b'"seed" 3'))
    with pytest.raises(ValueError, match=r"study\.jsonl is no file of a study: line 5: "):
        here(path=in_a_folder)
    in_a_folder.write_text("mine")
    with pytest.raises(ValueError, match="line 1 begins otherwise"):
        here(path=in_a_folder)
    assert in_a_folder.read_text() == "mine"


# -- executors ---------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")
def test_a_killed_process_of_the_pool_loses_no_record(in_a_folder):
    assert study(dies_once, DATA, GRID, SEEDS) == here()
    assert Path("died").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")
def test_a_pool_whose_processes_always_die_ends_in_a_sentence(monkeypatch):
    monkeypatch.setattr(executors, "RESTARTS", 1)
    with pytest.raises(RuntimeError, match="were killed 2 times, with 2 jobs left: is there too"):
        study(dies, DATA, {"width": [2]}, range(2))


def test_what_cannot_go_to_other_processes_is_said_before_anything_runs():
    with pytest.raises(TypeError, match=r"cannot go to other processes .*executor=Here\(\)"):
        study(lambda seed: None, DATA, [{}], [0])


def test_dasks_cluster_runs_a_study_and_a_killed_worker_loses_nothing():
    if hypothesis.settings.default.max_examples < THOROUGH:
        pytest.skip("processes are started with --hypothesis-profile=thorough")
    distributed = pytest.importorskip("distributed", reason="pip install tinygrad-xor[dask]")
    how = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(**how) as cluster, distributed.Client(cluster) as client:
        client.upload_file(__file__)
        first = list(client.run(os.getpid).values())
        killed = []

        class Killing:
            """The cluster's executor; when some jobs are done, it kills one of the workers."""

            def submit(self, *call):
                future = client.get_executor(pure=False).submit(*call)
                future.add_done_callback(self.kill)
                return future

            def kill(self, future):
                if not killed:
                    killed.append(first[0])
                    os.kill(first[0], signal.SIGKILL)

        assert study(network, DATA, GRID, range(20), client.get_executor()) == study(
            network, DATA, GRID, range(20), Here()
        )
        assert study(network, DATA, GRID, range(20), Killing()) == study(
            network, DATA, GRID, range(20), Here()
        )
        assert killed


MPI = """
from mpi4py.futures import MPIPoolExecutor
import test_study as t
if __name__ == "__main__":
    with MPIPoolExecutor() as executor:
        assert t.study(t.network, t.DATA, t.GRID, t.SEEDS, executor) == t.here()
        print("the same on", executor.num_workers)
"""


def test_mpis_pool_runs_a_study(tmp_path):
    pytest.importorskip("mpi4py", reason="mpi4py is not installed")
    from shutil import which

    if which("mpiexec") is None:
        pytest.skip("there is no mpiexec: apt install openmpi-bin")
    if hypothesis.settings.default.max_examples < THOROUGH:
        pytest.skip("processes are started with --hypothesis-profile=thorough")
    script = tmp_path / "script.py"
    script.write_text(MPI)
    options = ["--allow-run-as-root", "--oversubscribe"]
    command = ["mpiexec", *options, "-n", "3", sys.executable, "-m", "mpi4py.futures", script]
    done = subprocess.run(
        command,
        env=os.environ | PATHS,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "the same on 2\n", done.stderr


# -- what is asked -----------------------------------------------------------------------------


def test_a_bar_says_how_many_networks_are_there(capsys):
    here(progress=True)
    assert "8/8" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("grid", "seeds", "error", "said"),
    [
        ({"width": 3}, [0], TypeError, "a list of values for 'width', not 3"),
        ({"width": "23"}, [0], TypeError, "a list of values for 'width'"),
        ({"width": []}, [0], ValueError, "no setting in the grid"),
        ({"seed": [1]}, [0], TypeError, "'seed' cannot be the name of a setting"),
        ({"width": [2, 2]}, [0], ValueError, r"a setting is there twice: .*\"width\": 2"),
        ({"activation": [np.tanh]}, [0], TypeError, "holds numbers, texts and lists of them"),
        (GRID, [], ValueError, "a study needs seeds"),
        (GRID, [1, 1], ValueError, "a seed is there twice: 1"),
        (GRID, [1.5], TypeError, "seeds are whole numbers, not 1.5"),
    ],
)
def test_what_makes_no_sense_is_refused(grid, seeds, error, said):
    with pytest.raises(error, match=said):
        study(network, DATA, grid, seeds, Here())


def test_results_that_are_called_as_the_setting_are_an_error_in_the_record():
    def work(make_model, data, setting, seeds):
        return [{"width": 1}]

    (record,) = study(None, DATA, [{"width": 2}], [0], Here(), work=work)
    assert record == {
        "width": 2,
        "seed": 0,
        "error": "ValueError: results are called as parts of the setting are: ['width']",
    }
