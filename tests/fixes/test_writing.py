"""Files are replaced as a whole, with their mode, or left as they are."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from losslint.fixes.writing import NotWritten, Replacement, replace_all


def replacement(path: Path, before: bytes = b"before", after: bytes = b"after") -> Replacement:
    return Replacement(str(path), before, after)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    made = [tmp_path / name for name in ("a.py", "b.py", "c.py")]
    for path in made:
        path.write_bytes(b"before")
    return made


def contents(paths: list[Path]) -> list[bytes]:
    return [path.read_bytes() for path in paths]


def test_files_are_replaced(files: list[Path]) -> None:
    replace_all(map(replacement, files))
    assert contents(files) == [b"after"] * 3
    assert sorted(files[0].parent.iterdir()) == files


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755, 0o640])
def test_the_mode_stays(files: list[Path], mode: int) -> None:
    files[0].chmod(mode)
    replace_all([replacement(files[0])])
    assert stat.S_IMODE(files[0].stat().st_mode) == mode


def test_a_file_that_changed_meanwhile_is_not_touched_nor_those_with_it(files: list[Path]) -> None:
    files[1].write_bytes(b"somebody's work")
    with pytest.raises(NotWritten, match=r"b\.py was changed meanwhile"):
        replace_all(map(replacement, files))
    assert contents(files) == [b"before", b"somebody's work", b"before"]
    assert sorted(files[0].parent.iterdir()) == files


def test_a_file_that_went_away_stays_away(files: list[Path]) -> None:
    files[2].unlink()
    with pytest.raises(NotWritten, match=r"c\.py cannot be read again: no such file"):
        replace_all(map(replacement, files))
    assert contents(files[:2]) == [b"before"] * 2
    assert not files[2].exists()


def test_a_read_only_file_is_not_touched(files: list[Path]) -> None:
    files[1].chmod(0o444)
    with pytest.raises(NotWritten, match=r"b\.py is read-only"):
        replace_all(map(replacement, files))
    assert contents(files) == [b"before"] * 3


def test_a_symbolic_link_is_not_followed(files: list[Path]) -> None:
    link = files[0].with_name("link.py")
    try:
        link.symlink_to(files[0])
    except OSError:
        pytest.skip("no symbolic links here")
    with pytest.raises(NotWritten, match=r"link\.py is a symbolic link"):
        replace_all([replacement(files[1]), replacement(link)])
    assert link.is_symlink()
    assert contents(files) == [b"before"] * 3


def test_when_the_second_cannot_be_replaced_the_first_goes_back(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.replace

    def full_disk(source: str, target: str) -> None:
        if target.endswith("b.py"):
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", full_disk)
    with pytest.raises(NotWritten, match=r"b\.py cannot be written: no space left"):
        replace_all(map(replacement, files))
    assert contents(files) == [b"before"] * 3
    assert sorted(files[0].parent.iterdir()) == files


def test_an_interruption_leaves_everything_as_it_was(files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.replace

    def interrupted(source: str, target: str) -> None:
        if target.endswith("c.py"):
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace_all(map(replacement, files))
    assert contents(files) == [b"before"] * 3
    assert sorted(files[0].parent.iterdir()) == files


def test_a_reader_sees_the_old_or_the_new_never_half(files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []
    real = os.fsync

    def look(descriptor: int) -> None:
        real(descriptor)
        seen.append(files[0].read_bytes())

    monkeypatch.setattr(os, "fsync", look)
    replace_all([replacement(files[0], after=b"x" * 100_000)])
    assert seen == [b"before"]
    assert files[0].read_bytes() == b"x" * 100_000
