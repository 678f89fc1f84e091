"""The file of an atlas."""

import pytest
from victims import add_rows, row_of, run_command
from waiting import LONG, wait_until

from tinygrad_xor.atlas import Setting, read_atlas, write_atlas

TINY = ["atlas", "--epochs", "1"]


def widths_in(path, seeds):
    return {setting.width for setting in read_atlas(path, seeds)} if path.exists() else set()


@pytest.mark.promise("Processes that share an atlas lose no row of each other.", trials=30)
def test_processes_that_add_to_one_file_keep_all_rows(trials, processes, tmp_path):
    """Three processes add rows to one file at the same time: 2 to 6 widths each, the same widths
    with other numbers of seeds. Every row is there in the end.
    """
    for number, rng in enumerate(trials):
        path = tmp_path / f"{number}.csv"
        work = {seeds: rng.sample(range(1, 9), rng.randint(2, 6)) for seeds in (2, 3, 4)}
        running = [processes(add_rows, path, widths, n) for n, widths in work.items()]
        for process in running:
            process.join(LONG)
            assert process.exitcode == 0
        for seeds, widths in work.items():
            assert read_atlas(path, seeds) == {Setting(width=w): row_of(seeds) for w in widths}


@pytest.mark.promise("Killing one of them loses no row, and stops no other.", trials=20)
def test_a_killed_process_loses_no_row_and_blocks_nobody(trials, processes, tmp_path):
    """Two processes add rows to one file; one is killed after a random number of them. The rows
    that were seen of it are there, and the other one ends with all of its own.
    """
    for number, rng in enumerate(trials):
        path, wanted = tmp_path / f"{number}.csv", rng.randint(1, 9)
        killed = processes(add_rows, path, range(1, 10**6), 2)
        other = processes(add_rows, path, range(1, 10), 3)
        wait_until(lambda: len(widths_in(path, 2)) >= wanted)
        seen = widths_in(path, 2)
        killed.kill()
        other.join(LONG)
        assert other.exitcode == 0
        assert widths_in(path, 3) == set(range(1, 10))
        assert widths_in(path, 2) >= seen


@pytest.mark.promise("Two commands in one folder keep all rows.", trials=5)
def test_two_commands_in_one_folder_keep_all_rows(trials, processes, tmp_path):
    """`tinygrad-xor atlas` measures 5 and 7 networks of the same widths, at the same time."""
    for number, rng in enumerate(trials):
        widths = sorted(rng.sample(range(1, 7), 3))
        argv = [*TINY, "--widths", ",".join(map(str, widths)), "--out", str(tmp_path / str(number))]
        running = [processes(run_command, [*argv, "--seeds", str(seeds)]) for seeds in (5, 7)]
        for process in running:
            process.join(LONG)
            assert process.exitcode == 0
        for seeds in (5, 7):
            assert widths_in(tmp_path / str(number) / "atlas.csv", seeds) == set(widths)


@pytest.mark.promise("A damaged atlas is read, or refused in one sentence.", trials=1500)
def test_damage_is_refused_in_one_sentence(trials, tmp_path):
    """Bytes of a file are changed, cut out, put in or repeated, up to a field of 140,000 letters.
    It is read as an atlas whose every number makes sense, or a ValueError names file and line.
    """
    path = write_atlas({Setting(width=w): row_of(w) for w in range(2, 9)}, tmp_path / "a.csv")
    whole, complaints = path.read_bytes(), []
    for rng in trials:
        path.write_bytes(damaged(whole, rng))
        try:
            atlas = read_atlas(path)
        except ValueError as error:
            complaints.append(str(error))
            continue
        assert all(0 <= counts.interval[0] <= counts.share for counts in atlas.values())
    assert len(complaints) > len(trials) / 2
    assert all(said.startswith(f"{path} is not an atlas: line ") for said in complaints)
    assert max(map(len, complaints)) < 2000


def damaged(data, rng):
    for _ in range(rng.randint(1, 3)):
        start = rng.randrange(len(data) + 1)
        end = min(len(data), start + rng.choice((1, 3, 50, 1000)))
        piece = data[start:end]
        change = rng.choice(("replace", "insert", "cut", "end", "repeat"))
        if change in ("replace", "insert"):
            some = rng.choice((rng.randbytes(1), b",", b"\n", b'"', b"-", b"9", b"e", b"nan", b"0"))
            data = data[:start] + some + data[start + (change == "replace") :]
        elif change == "cut":
            data = data[:start] + data[end:]
        elif change == "end":
            data = data[:start]
        else:
            data = data[:start] + piece * rng.choice((2, 3, 140)) + data[end:]
    return data
