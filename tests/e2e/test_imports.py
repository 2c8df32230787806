"""Linting imports neither torch nor the linted code, and a run that did would be noticed."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.command import NET, TRAIN, environment, put, write

#: Run in a process of its own: the command, in a folder, then what was imported by it. `SABOTAGE` is put in its way.
HARNESS = """
import json
import sys

before = set(sys.modules)
from losslint.app import cli
{sabotage}
sys.argv = ["losslint", *json.loads(sys.argv[1])]
try:
    cli.main()
except SystemExit as ended:
    status = ended.code
names = sorted(set(sys.modules) - before)
with open("imported.json", "w") as file:
    json.dump([status, names], file)
"""

#: Somewhere in the middle of a run, something is imported that should not be.
SABOTAGE = """
import losslint.app.lint
lint = losslint.app.lint.lint

def sabotaged(*arguments, **more):
    import {module}
    return lint(*arguments, **more)

losslint.app.lint.lint = sabotaged
"""

#: Leaves a trace when it is imported, or executed in any other way.
TRACE = "open({name!r}, 'w').close()\n"


@dataclass(frozen=True, slots=True)
class Trace:
    """What a run left behind."""

    status: int
    modules: frozenset[str]
    executed: frozenset[str]

    def packages(self) -> set[str]:
        return {module.partition(".")[0] for module in self.modules}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a finding. Each of its modules, and the torch and the libraries beside them, leaves a trace."""
    folder = tmp_path / "project"
    traces = tmp_path / "traces"
    traces.mkdir()

    def traced(name: str, text: str) -> str:
        return TRACE.format(name=str(traces / name)) + text

    write(
        folder,
        models____init__=traced("models", ""),
        models__net=traced("net", NET),
        train=traced("train", TRAIN),
        setup=traced("setup", "from setuptools import setup\nsetup()\n"),
        conftest=traced("conftest", ""),
        sitecustomize=traced("sitecustomize", ""),
    )
    put(folder / "pyproject.toml", "[build-system]\nrequires = []\nbuild-backend = 'setup'\nbackend-path = ['.']\n")
    return folder


def run(folder: Path, *arguments: str, sabotage: str = "") -> Trace:
    # Started elsewhere, so that only the run itself could bring the project onto the path; but the project can be
    # imported, so that a run that tried would succeed.
    elsewhere = folder.parent / "elsewhere"
    elsewhere.mkdir(exist_ok=True)
    harness = HARNESS.format(sabotage=sabotage)
    ended = subprocess.run(
        [sys.executable, "-c", harness, json.dumps([*arguments, str(folder)])],
        cwd=elsewhere,
        capture_output=True,
        env=environment(),
        timeout=240,
    )
    assert ended.returncode == 0, ended.stderr.decode()
    status, names = json.loads((elsewhere / "imported.json").read_text())
    executed = frozenset(path.name for path in (folder.parent / "traces").iterdir())
    return Trace(status, frozenset(names), executed)


def check(trace: Trace) -> None:
    """What has to be true of every run."""
    assert trace.executed == frozenset()
    assert not trace.packages() & {"torch", "numpy", "torchvision", "models", "train", "setup", "conftest"}


@pytest.mark.parametrize("options", [[], ["--output-format=json", "--advice"], ["--statistics", "--show-undecided"]])
def test_linting_imports_neither_torch_nor_what_is_linted(project: Path, options: list[str]) -> None:
    trace = run(project, *options)
    assert trace.status == 1  # the finding was seen: the run did look at the project
    assert "losslint.static.lowering.lowering" in trace.modules  # and not only at a cache
    check(trace)


def in_its_folder(project: Path, command: list[str], *names: str) -> set[str]:
    """Run in the project's folder, which gets modules of some names; those that were executed."""
    for name in names:
        put(project / f"{name}.py", TRACE.format(name=str(project.parent / "traces" / name)))
    ended = subprocess.run(command, cwd=project, capture_output=True, env=environment(), timeout=240)
    assert ended.returncode == 1, ended.stderr.decode()
    assert b"LL101" in ended.stdout
    return {path.name for path in (project.parent / "traces").iterdir()}


#: Names that a linted project may give its modules, and that a run imports from elsewhere.
SHADOWS = (
    "torch",
    "numpy",
    "sources",
    "static",
    "rules",
    "index",
    "project",
    "json",
    "ast",
    "difflib",
    "libcst",
    "click",
)


def test_the_command_takes_no_module_of_the_current_folder_for_its_own(project: Path) -> None:
    command = str(Path(sysconfig.get_path("scripts")) / "losslint")
    assert in_its_folder(project, [command], *SHADOWS) == set()


def test_the_module_takes_no_module_of_the_current_folder_for_its_own(project: Path) -> None:
    assert in_its_folder(project, [sys.executable, "-m", "losslint"], *SHADOWS) == set()


def test_an_import_of_torch_would_be_noticed(project: Path) -> None:
    # A small one in its place: what is shown is that the check sees it, not that torch can be imported.
    put(project.parent / "path" / "torch.py", "")
    sabotage = f"sys.path.insert(0, {str(project.parent / 'path')!r})\n" + SABOTAGE.format(module="torch")
    trace = run(project, sabotage=sabotage)
    assert trace.status == 1
    assert "torch" in trace.modules
    with pytest.raises(AssertionError, match="torch"):
        check(trace)


@pytest.mark.parametrize("module", ["models.net", "train", "conftest"])
def test_an_import_of_what_is_linted_would_be_noticed(project: Path, module: str) -> None:
    put(project.parent / "path" / "torch.py", "class nn:\n    Module = object\n")
    folders = [str(project), str(project.parent / "path")]
    trace = run(project, sabotage=f"sys.path[:0] = {folders!r}\n" + SABOTAGE.format(module=module))
    assert trace.status == 1
    assert trace.executed
    with pytest.raises(AssertionError):
        check(trace)


def test_executing_what_is_linted_would_be_noticed(project: Path) -> None:
    sabotage = f"exec(open({str(project / 'conftest.py')!r}).read())\n"
    with pytest.raises(AssertionError, match="conftest"):
        check(run(project, sabotage=sabotage))


@pytest.mark.parametrize("second", ["x = 1\n", "from torch.nn import MSELoss\n# cross_entropy\nlosses = [MSELoss]\n"])
def test_without_a_loss_libcst_is_not_imported(tmp_path: Path, second: str) -> None:
    folder = tmp_path / "project"
    (tmp_path / "traces").mkdir()
    write(folder, a="import os\nprint(os.name)\n", b="def f(x):\n    return x + 1\n", c=second)
    trace = run(folder)
    assert trace.status == 0
    assert not trace.packages() & {"libcst", "torch"}
    # The same check sees it when it is there.
    sabotaged = run(folder, sabotage=SABOTAGE.format(module="libcst"))
    assert "libcst" in sabotaged.packages()


@pytest.mark.parametrize("arguments", [["--version"], ["rule", "LL101"], ["--help"]])
def test_what_lints_nothing_imports_no_parser(tmp_path: Path, arguments: list[str]) -> None:
    script = (
        f"import sys\nsys.argv = ['losslint', *{arguments!r}]\nfrom losslint.app import cli\n"
        "try:\n    cli.main()\nexcept SystemExit:\n    pass\n"
        "assert not {'libcst', 'torch'} & set(sys.modules), 'imported'\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, env=environment())
    assert ended.returncode == 0, ended.stderr.decode()
    assert ended.stdout


@pytest.mark.parametrize(
    ("arguments", "commands"),
    [(["--version"], []), (["rule", "LL101"], ["rule"]), (["a.py"], ["check"]), (["clean"], ["clean"])],
)
def test_a_start_imports_the_command_that_is_asked_for(
    tmp_path: Path, arguments: list[str], commands: list[str]
) -> None:
    (tmp_path / "a.py").write_text("import torch\n")
    script = (
        f"import sys\nsys.argv = ['losslint', *{arguments!r}]\nfrom losslint.app import cli\n"
        "try:\n    cli.main()\nexcept SystemExit:\n    pass\n"
        "print([name for name in sys.modules if name.startswith('losslint.app.') and name.endswith('_command')],"
        " file=sys.stderr)\n"
    )
    env = environment(LOSSLINT_CACHE_DIR=str(tmp_path / "cache"))
    ended = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, env=env, timeout=120)
    assert ended.stderr.decode().strip() == str([f"losslint.app.{name}_command" for name in commands])
