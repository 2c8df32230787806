"""Several reports in one run, and where they go."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from losslint.report.formats import names
from tests.e2e.command import FINE, MISUSE, losslint, write


def test_each_report_goes_to_its_file_and_one_to_standard_output(tmp_path: Path) -> None:
    write(tmp_path, bad=MISUSE)
    run = losslint(tmp_path, "--output", "sarif:out.sarif", "--output", "github", "--output", "html:report.html")
    assert (run.status, run.errors) == (1, "")
    assert run.output.startswith("::error file=bad.py,")
    assert json.loads((tmp_path / "out.sarif").read_text())["runs"][0]["results"]
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_the_report_of_the_other_options_is_one_more(tmp_path: Path) -> None:
    write(tmp_path, bad=MISUSE)
    run = losslint(tmp_path, "--output-format", "concise", "--output", "json:out.json")
    assert run.found == ["bad.py:6:12: LL101"]
    assert len(json.loads((tmp_path / "out.json").read_text())) == 1
    run = losslint(tmp_path, "--output", "json:again.json")
    assert (run.status, run.output) == (1, "")


@pytest.mark.parametrize(
    "options",
    [
        ["--output", "github", "--output", "json:-"],
        ["--output", "github:", "--output-format", "full"],
        ["--output", "github:a", "--output", "json:./a"],
        ["-o", "a", "--output", "json:a"],
    ],
)
def test_two_reports_in_one_place_are_an_error(tmp_path: Path, options: list[str]) -> None:
    write(tmp_path, bad=MISUSE)
    run = losslint(tmp_path, *options)
    assert (run.status, run.output) == (2, "")
    assert "two reports cannot both go to" in run.errors
    assert sorted(os.listdir(tmp_path)) == ["bad.py"]


def test_an_unknown_format_is_told_with_the_nearest(tmp_path: Path) -> None:
    for options in (["--output", "sarf:x"], ["--output-format", "sarf"]):
        run = losslint(tmp_path, *options)
        assert run.status == 2
        assert "no format is called 'sarf' (did you mean sarif?)" in run.errors


def test_one_that_cannot_be_written_does_not_keep_the_others_back(tmp_path: Path) -> None:
    write(tmp_path, bad=MISUSE)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    places = ("--output", "json:a", "--output", "junit:b", "--output", "gitlab:c", "--output", "concise")
    run = losslint(tmp_path, *places)
    assert run.status == 2
    assert "cannot write a: Is a directory" in run.errors
    assert "cannot write b: Is a directory" in run.errors
    assert run.found == ["bad.py:6:12: LL101"]
    assert len(json.loads((tmp_path / "c").read_text())) == 1


@pytest.mark.parametrize("option", ["--output=json:no/where/a", "--output-file=no/where/a", "-ono/where/a"])
def test_a_folder_that_is_not_there_is_told_before_anything_is_linted(tmp_path: Path, option: str) -> None:
    write(tmp_path, bad=MISUSE)
    run = losslint(tmp_path, option, "--output=concise" if "json" in option else "--output=junit:b")
    assert (run.status, run.output) == (2, "")
    assert run.errors.endswith("Error: cannot write no/where/a: there is no such folder, create it first\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.py"]


@pytest.mark.skipif(sys.platform == "win32", reason="modes and links of POSIX")
def test_a_file_is_replaced_as_a_whole_with_its_mode_and_behind_its_link(tmp_path: Path) -> None:
    write(tmp_path, bad=MISUSE)
    (tmp_path / "real").mkdir()
    kept = tmp_path / "real" / "report"
    kept.write_text("old")
    kept.chmod(0o640)
    (tmp_path / "link").symlink_to(kept)
    assert losslint(tmp_path, "-q", "--output", "concise:link").status == 1
    assert kept.read_text().startswith("bad.py:6:12: LL101 ")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o640
    assert (tmp_path / "link").is_symlink()
    assert os.listdir(tmp_path / "real") == ["report"]


@pytest.mark.skipif(not os.path.exists("/dev/stderr"), reason="devices of POSIX")
def test_a_device_is_written_to_as_it_is(tmp_path: Path) -> None:
    write(tmp_path, bad=MISUSE)
    run = losslint(tmp_path, "-q", "--output", "concise:/dev/null", "--output", "grouped")
    assert (run.status, run.errors) == (1, "")
    assert os.path.exists("/dev/null") and not os.path.isfile("/dev/null")


def test_statistics_need_a_report_that_shows_them(tmp_path: Path) -> None:
    write(tmp_path, bad=MISUSE)
    run = losslint(tmp_path, "--statistics", "--output-format", "sarif")
    assert run.status == 2
    assert "--statistics does not go with the format sarif" in run.errors
    run = losslint(tmp_path, "--statistics", "-q", "--output", "concise", "--output", "sarif:out.sarif")
    assert run.output == "1  LL101  softmax-into-cross-entropy\n"
    assert json.loads((tmp_path / "out.sarif").read_text())["runs"][0]["results"]


@pytest.mark.parametrize("options", [["--diff"], ["--fix-only"], ["--add-noqa"], ["--write-baseline", "known.json"]])
def test_what_writes_no_report_writes_not_several(tmp_path: Path, options: list[str]) -> None:
    write(tmp_path, bad=MISUSE)
    run = losslint(tmp_path, *options, "--output", "sarif:out.sarif")
    assert (run.status, run.output) == (2, "")
    assert f"{options[0]} writes" in run.errors
    assert sorted(os.listdir(tmp_path)) == ["bad.py"]
    assert (tmp_path / "bad.py").read_text() == MISUSE


@pytest.mark.parametrize("name", names())
def test_every_format_takes_standard_input(tmp_path: Path, name: str) -> None:
    run = losslint(tmp_path, "-", "--output-format", name, given=MISUSE)
    assert (run.status, run.errors) == (1, "")
    assert "LL101" in run.output


@pytest.mark.parametrize("name", names())
def test_every_format_says_the_same_whoever_counts(tmp_path: Path, name: str) -> None:
    """One process and several, a cold cache and a warm one."""
    write(tmp_path, fine=FINE, **{f"bad{number}": MISUSE for number in range(26)})
    options = ("--output-format", name, "--show-undecided")
    first = losslint(tmp_path, *options, "--no-cache", "--jobs", "1")
    assert first.status == 1 and first.output.count("bad25.py") >= 1
    for more in (("--no-cache", "--jobs", "2"), (), ()):
        assert losslint(tmp_path, *options, *more).output == first.output


def test_nothing_of_a_format_is_imported_that_was_not_asked_for(tmp_path: Path) -> None:
    import subprocess

    from tests.e2e.command import environment

    write(tmp_path, bad=MISUSE)
    program = (
        "import sys; from losslint.app import cli\n"
        "sys.argv = ['losslint', '--output-format', 'concise']\n"
        "try: cli.main()\nexcept SystemExit: pass\n"
        "print([name for name in sys.modules if name.startswith(('losslint.report.formats.', 'losslint.report.page'))\n"
        "       or name in ('losslint.app.progress', 'losslint.app.profiling', 'cProfile')], file=sys.stderr)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, env=environment(), timeout=120, check=False
    )
    assert ended.stderr.decode() == "['losslint.report.formats.concise']\n"
