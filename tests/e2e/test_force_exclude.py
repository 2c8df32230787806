"""`--force-exclude`: what is excluded stays excluded when it is given by its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.command import MISUSE, concise, losslint, put, write


@pytest.fixture
def project(tmp_path: Path) -> Path:
    put(tmp_path / "losslint.toml", 'extend-exclude = ["third_party", "*_pb2.py", "/only/here.py"]\n')
    write(tmp_path, a=MISUSE, third_party__b=MISUSE, c_pb2=MISUSE, venv__d=MISUSE, only__here=MISUSE)
    # A project of its own inside an excluded folder.
    put(tmp_path / "third_party" / "own" / "setup.py", "")
    write(tmp_path, third_party__own__e=MISUSE)
    return tmp_path


EXCLUDED = ["third_party/b.py", "c_pb2.py", "venv/d.py", "only/here.py", "third_party/own/e.py"]


@pytest.mark.parametrize("path", [*EXCLUDED, "third_party", "third_party/own", "venv"])
def test_what_is_given_is_linted_unless_it_is_forced_out(project: Path, path: str) -> None:
    assert concise(project, path).status == 1
    run = concise(project, "--force-exclude", path)
    assert (run.status, run.found) == (0, []), run.output
    assert run.errors.startswith(f"losslint: warning: no Python file, notebook or Markdown page found in {path}; ")


def test_the_others_that_are_given_are_linted(project: Path) -> None:
    run = concise(project, "--force-exclude", "a.py", *EXCLUDED)
    assert (run.status, run.found, run.errors) == (1, ["a.py:6:12: LL101"], "")
    assert concise(project, "--force-exclude", ".").found == ["a.py:6:12: LL101"]
    assert len(concise(project, "a.py", *EXCLUDED).found) == 6


def test_the_configuration_says_it_and_the_command_line_goes_before_it(project: Path) -> None:
    with (project / "losslint.toml").open("a") as file:
        file.write("force-exclude = true\n")
    assert concise(project, "c_pb2.py").found == []
    assert concise(project, "third_party/own/e.py").found == []
    assert concise(project, "--no-force-exclude", "c_pb2.py").found == ["c_pb2.py:6:12: LL101"]
    assert concise(project, "--isolated", "c_pb2.py").found == ["c_pb2.py:6:12: LL101"]
    assert concise(project, "--config", "force-exclude = false", "c_pb2.py").status == 1
    shown = losslint(project, "config").output
    assert f"force-exclude = true  # {project / 'losslint.toml'}\n" in shown


def test_without_a_configuration_the_usual_folders_are_forced_out(tmp_path: Path) -> None:
    put(tmp_path / "setup.py", "")
    write(tmp_path, build__a=MISUSE, b=MISUSE)
    assert concise(tmp_path, "--force-exclude", "build/a.py", "b.py").found == ["b.py:6:12: LL101"]


def test_the_folder_that_a_project_lies_in_excludes_nothing(tmp_path: Path) -> None:
    """A checkout below a folder that happens to be called `build`."""
    put(tmp_path / "build" / "checkout" / "setup.py", "")
    write(tmp_path, build__checkout__a=MISUSE)
    assert concise(tmp_path, "--force-exclude", "build/checkout/a.py").found == ["build/checkout/a.py:6:12: LL101"]


def test_standard_input_under_an_excluded_name(project: Path) -> None:
    arguments = ("-", "--stdin-filename", "third_party/new.py")
    assert concise(project, *arguments, given=MISUSE).found == ["third_party/new.py:6:12: LL101"]
    forced = concise(project, "--force-exclude", *arguments, given=MISUSE)
    assert (forced.status, forced.found, forced.errors) == (0, [], "")
    assert concise(project, "--force-exclude", "-", "--stdin-filename", "new.py", given=MISUSE).status == 1


def test_what_is_forced_out_is_as_if_it_had_not_been_given(tmp_path: Path) -> None:
    """What is excluded is no part of the project, and what comes out of it is not known."""
    put(tmp_path / "losslint.toml", 'extend-exclude = ["net.py"]\n')
    write(tmp_path, net="import torch\n\ndef scores(x):\n    return torch.softmax(x, dim=1)\n")
    write(
        tmp_path,
        train="import torch.nn.functional as F\nfrom net import scores\n\nprint(F.cross_entropy(scores(1), 2))\n",
    )
    with_it = concise(tmp_path, "train.py", "net.py").found
    assert concise(tmp_path, "--force-exclude", "train.py", "net.py").found == concise(tmp_path, "train.py").found
    assert with_it == ["train.py:4:7: LL101"]


def test_a_wrong_value_is_an_error(tmp_path: Path) -> None:
    put(tmp_path / "losslint.toml", 'force-exclude = "yes"\n')
    write(tmp_path, a=MISUSE)
    run = losslint(tmp_path)
    assert (run.status, run.errors.endswith("losslint.toml: force-exclude is neither true nor false\n")) == (2, True)
