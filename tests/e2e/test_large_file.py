"""A file of 10 MB."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.command import MISUSE, concise, put, write

#: Tables as generators write them: 5,000 rows of 2,100 characters.
TABLE = "".join(f'ROW_{row} = "{"0123456789abcdef" * 131}"\n' for row in range(5_000))


def test_without_a_loss_it_is_fine(tmp_path: Path) -> None:
    assert len(TABLE) > 10_000_000
    write(tmp_path, big=TABLE)
    run = concise(tmp_path, "big.py")
    assert (run.status, run.found, run.errors) == (0, [], "")


def test_a_misuse_at_its_end_is_found(tmp_path: Path) -> None:
    write(tmp_path, big=TABLE + MISUSE)
    run = concise(tmp_path)
    assert run.status == 1
    assert run.found == ["big.py:5006:12: LL101"]


def test_an_error_at_its_end_is_found(tmp_path: Path) -> None:
    write(tmp_path, big=TABLE + MISUSE + "def f(:\n", bad=MISUSE)
    assert concise(tmp_path).found == ["bad.py:6:12: LL101", "big.py:5007:7: LL900"]


def test_a_row_of_10_mb(tmp_path: Path) -> None:
    put(tmp_path / "wide.py", "x = '" + "0123456789" * 1_000_000 + "'; " + MISUSE.replace("\n", "; ", 1))
    run = concise(tmp_path)
    assert run.status == 1
    assert run.found == ["wide.py:5:12: LL101"]
