import itertools

import pytest

from dw_simulator.stack.logs import Follower, LogFile, log_path, tail


def test_a_full_file_is_rotated_and_the_oldest_forgotten(tmp_path):
    file = LogFile(tmp_path / "s3.log", max_bytes=20, kept=2)
    for number in range(12):
        file.write(f"line {number}".encode())
    file.close()
    texts = {path.name: path.read_text() for path in sorted(tmp_path.iterdir())}
    assert texts == {
        "s3.log": "line 10\nline 11\n",
        "s3.log.1": "line 8\nline 9\n",
        "s3.log.2": "line 6\nline 7\n",
    }


def test_a_file_is_continued(tmp_path):
    for text in (b"one", b"two"):
        file = LogFile(tmp_path / "api.log")
        file.write(text)
        file.close()
    assert (tmp_path / "api.log").read_text() == "one\ntwo\n"


@pytest.mark.parametrize(("lines", "expected"), [(0, []), (1, ["9"]), (3, ["7", "8", "9"]), (50, list("0123456789"))])
def test_tail(tmp_path, lines, expected):
    path = log_path(tmp_path, "s3")
    path.write_text("".join(f"{number}\n" for number in range(10)))
    assert tail(path, lines) == expected


def test_tail_reads_back_over_block_borders(tmp_path):
    path = tmp_path / "long.log"
    path.write_text("".join(f"{number} {'x' * 1000}\n" for number in range(500)))
    assert [line.split()[0] for line in tail(path, 200)] == [str(number) for number in range(300, 500)]


def test_tail_of_no_file_is_empty(tmp_path):
    assert tail(tmp_path / "none.log", 5) == []


def test_a_follower_gives_new_lines_across_rotation(tmp_path):
    file = LogFile(tmp_path / "s3.log", max_bytes=30, kept=1)
    file.write(b"old")
    follower = Follower({"s3": tmp_path / "s3.log", "api": tmp_path / "api.log"}, poll_seconds=0.001)
    follower.start_at_end()
    lines = follower.lines()
    file.write(b"new")
    assert next(lines) == ("s3", "new")
    file.write(b"x" * 30)
    (tmp_path / "api.log").write_text("begins later\nhalf")
    assert sorted(itertools.islice(lines, 2)) == [("api", "begins later"), ("s3", "x" * 30)]
    with (tmp_path / "api.log").open("a") as other:
        other.write(" whole\n")
    assert next(lines) == ("api", "half whole")
    lines.close()
    file.close()


def test_lines_that_cannot_be_written_are_counted(tmp_path):
    full, file = open("/dev/full", "wb", buffering=0), LogFile(tmp_path / "s3.log")  # noqa: PTH123, SIM115
    good, file._file = file._file, full
    for line in (b"one", b"two"):
        file.write(line)
    full.close()
    file._file = good
    file.write(b"three")
    file.close()
    assert (tmp_path / "s3.log").read_text() == ("2 lines could not be written here: No space left on device\nthree\n")
