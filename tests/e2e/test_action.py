"""The GitHub Action, as a runner takes it: what its file has to hold, and its shell steps, run by bash in a scratch
repository with the files that GitHub gives a step."""

from __future__ import annotations

import json
import re
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.command import FINE, MISUSE, environment, put, write

ROOT = Path(__file__).parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]

needs_bash = pytest.mark.skipif(
    shutil.which("bash") is None or sys.platform == "win32", reason="bash runs the steps, and a stub of POSIX stands in"
)

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


# ---------------------------------------------------------------- what GitHub requires of the file


def test_the_file_has_what_github_requires_and_nothing_that_it_does_not_know() -> None:
    assert {"name", "description", "runs"} <= ACTION.keys() <= {
        *("name", "description", "runs", "author", "branding", "inputs", "outputs")
    }  # fmt: skip
    assert ACTION["runs"].keys() == {"using", "steps"} and ACTION["runs"]["using"] == "composite"
    for name, given in ACTION["inputs"].items():
        assert re.fullmatch(r"[a-zA-Z_][\w-]*", name)
        assert given.keys() <= {"description", "default", "required", "deprecationMessage"}
        assert given["description"] and isinstance(given["default"], str), name  # a boolean would arrive as text
    for output in ACTION["outputs"].values():
        assert output.keys() == {"description", "value"}
    assert set(ACTION["branding"]) == {"icon", "color"}


def test_each_step_is_one_that_a_composite_action_can_have() -> None:
    for step in STEPS:
        assert ("run" in step) != ("uses" in step)
        if "run" in step:
            assert step["shell"] == "bash"
            assert step.keys() <= {"name", "id", "if", "shell", "env", "run"}
        else:
            assert re.fullmatch(r"[\w.-]+/[\w./-]+@[\w.-]+", step["uses"])
            assert step.keys() <= {"name", "id", "if", "uses", "with"}
    ids = [step["id"] for step in STEPS if "id" in step]
    assert len(ids) == len(set(ids))


def test_what_is_referred_to_exists() -> None:
    """Each expression is an input, or an output of a step further up that writes it."""
    written: dict[str, str] = {}
    for step in STEPS:
        said = {key: value for key, value in step.items() if key != "run"}
        for expression in _EXPRESSION.findall(json.dumps(said)):
            for name in re.findall(r"\binputs\.([\w-]+)", expression):
                assert name in ACTION["inputs"]
            for owner, name in re.findall(r"\bsteps\.([\w-]+)\.outputs\.([\w-]+)", expression):
                assert owner == "python" or f"{name}=" in written[owner]
        written[step.get("id", "")] = step.get("run", "")
    for output in ACTION["outputs"].values():
        ((owner, name),) = re.findall(r"steps\.([\w-]+)\.outputs\.([\w-]+)", output["value"])
        assert f"{name}=" in written[owner]
    used = set(re.findall(r"\binputs\.([\w-]+)", json.dumps(STEPS)))
    assert used == set(ACTION["inputs"])


def test_no_input_is_put_into_a_script() -> None:
    for step in STEPS:
        assert "${{" not in step.get("run", "")


def test_sarif_is_uploaded_only_where_it_is_asked_for() -> None:
    (upload,) = (step for step in STEPS if step.get("uses", "").startswith("github/codeql-action/upload-sarif@"))
    assert "inputs.upload-sarif == 'true'" in upload["if"]
    assert ACTION["inputs"]["upload-sarif"]["default"] == "false"


# ---------------------------------------------------------------- its steps, run


@dataclass
class Runner:
    """A runner with a checkout. `python` is what `actions/setup-python` would have installed."""

    folder: Path
    python: str
    env: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    said: str = ""

    @property
    def checkout(self) -> Path:
        return self.folder / "checkout"

    @property
    def summary(self) -> str:
        return (self.folder / "summary").read_text(encoding="utf-8")

    def run(self, **inputs: str) -> int:
        """Run the shell steps until one fails; the exit status of the last."""
        given = {name: about["default"] for name, about in ACTION["inputs"].items()}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        assert given.keys() == ACTION["inputs"].keys()
        self.outputs = {"python": {"python-path": self.python}}
        (self.folder / "summary").write_text("")
        (self.folder / "temporary").mkdir(exist_ok=True)
        for step in STEPS:
            if "run" in step:
                status = self._step(step, given)
                if status:
                    return status
        return 0

    def _step(self, step: dict[str, Any], given: dict[str, str]) -> int:
        def value(found: re.Match[str]) -> str:
            if found[1].startswith("inputs."):
                return given[found[1].removeprefix("inputs.")]
            _, owner, _, name = found[1].split(".")
            return self.outputs[owner][name]

        script, output = self.folder / "script.sh", self.folder / "output"
        script.write_text(step["run"], encoding="utf-8")
        output.write_text("")
        more = {name: _EXPRESSION.sub(value, text) for name, text in step["env"].items()}
        ended = subprocess.run(
            # As GitHub starts `shell: bash`.
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.checkout, capture_output=True, timeout=600,
            env=environment(
                GITHUB_ACTION_PATH=str(ROOT), GITHUB_OUTPUT=str(output), RUNNER_TEMP=str(self.folder / "temporary"),
                GITHUB_STEP_SUMMARY=str(self.folder / "summary"), GITHUB_WORKSPACE=str(self.checkout),
                LOSSLINT_CACHE_DIR=str(self.folder / "cache"), **self.env, **more,
            ),
        )  # fmt: skip
        self.said = ended.stdout.decode() + ended.stderr.decode()
        rows = output.read_text(encoding="utf-8").splitlines()
        self.outputs[step["id"]] = dict(row.split("=", 1) for row in rows)
        return ended.returncode


#: Stands in for a Python: `-m venv FOLDER` makes one of which pip only notes what it is to install, and whose losslint
#: is that of the tests.
STUB = """\
#!/bin/bash
set -e
[ "$1 $2" = "-I -m" ] || { echo "not isolated: $*"; exit 9; }
case "$3" in
venv)
  mkdir -p "$4/bin"
  cp "$0" "$4/bin/python" ;;
losslint) shift 3; exec "$REAL_PYTHON" -m losslint "$@" ;;
pip) shift 3; printf '%s\\n' "$@" > "$NOTES" ;;
esac
"""


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    stub = tmp_path / "a python"
    put(stub, STUB)
    stub.chmod(stub.stat().st_mode | stat.S_IXUSR)
    made = Runner(tmp_path, str(stub), {"REAL_PYTHON": sys.executable, "NOTES": str(tmp_path / "notes")})
    write(made.checkout, bad=MISUSE, fine=FINE)
    return made


def installed(runner: Runner) -> str:
    return (runner.folder / "notes").read_text().splitlines()[-1]


@needs_bash
def test_findings_are_beside_their_rows_on_the_page_and_in_sarif(runner: Runner) -> None:
    assert runner.run() == 1
    assert runner.said.startswith("::error file=bad.py,line=6,"), runner.said
    assert "title=losslint LL101 softmax-into-cross-entropy::" in runner.said
    assert runner.summary.startswith("## losslint\n\n**1 problem found.**")
    assert runner.outputs["lint"]["status"] == "1"
    sarif = json.loads(Path(runner.outputs["lint"]["sarif-file"]).read_text())
    assert [result["ruleId"] for result in sarif["runs"][0]["results"]] == ["LL101"]
    assert installed(runner) == str(ROOT)
    assert sorted(path.name for path in runner.checkout.iterdir()) == ["bad.py", "fine.py"]  # nothing is left there


@needs_bash
def test_nothing_found(runner: Runner) -> None:
    assert runner.run(paths="fine.py\n") == 0
    assert (runner.said, runner.outputs["lint"]["status"]) == ("", "0")
    assert "No problems found." in runner.summary


@needs_bash
def test_each_line_is_one_path_and_one_argument(runner: Runner) -> None:
    put(runner.checkout / "with spaces" / "--exit-zero.py", MISUSE)
    put(runner.checkout / "--exit-zero.py", MISUSE)
    assert runner.run(paths="with spaces\r\n\n--exit-zero.py", arguments="--select\nLL101\n", summary="false") == 1
    rows = runner.said.splitlines()
    assert [row.split(",")[0] for row in rows] == [
        "::error file=--exit-zero.py",
        "::error file=with spaces/--exit-zero.py",
    ]
    assert runner.summary == ""
    assert runner.run(arguments="--exit-zero") == 0
    assert runner.outputs["lint"]["status"] == "0" and "LL101" in runner.said


@needs_bash
def test_what_cannot_be_done_keeps_its_status_and_leaves_no_report(runner: Runner) -> None:
    assert runner.run(arguments="--select\nLL999") == 2
    assert "LL999" in runner.said
    assert runner.outputs["lint"] == {"status": "2"}
    assert runner.summary == ""


HOSTILE = [
    '$(touch "$TRACE")', "`touch $TRACE`", '"; touch "$TRACE"; "', "'; touch $TRACE; '", "a\n); touch $TRACE; (",
    "\ntouch $TRACE\n", "--output-format\n$(touch $TRACE)", "*", "a; touch $TRACE", "EOF\ntouch $TRACE",
]  # fmt: skip


@needs_bash
@pytest.mark.parametrize("text", HOSTILE)
def test_no_input_is_run(runner: Runner, text: str) -> None:
    trace = runner.folder / "trace"
    runner.env["TRACE"] = str(trace)
    others = [name.replace("-", "_") for name in ACTION["inputs"] if name != "version"]
    assert runner.run(**dict.fromkeys(others, text)) in (1, 2), runner.said
    assert "status" in runner.outputs["lint"]
    # A version is looked at before anything is installed, and what is said of it repeats nothing that a log would obey.
    assert runner.run(version=text) == 2
    assert "lint" not in runner.outputs and text.strip() not in runner.said.replace("title=losslint::", "")
    assert not trace.exists()


@needs_bash
def test_another_version_is_a_revision_of_losslint(runner: Runner) -> None:
    assert runner.run(version="v0.2/rc-1") == 1
    assert installed(runner) == "git+https://github.com/losslint/losslint@v0.2/rc-1"


@needs_bash
def test_a_module_of_the_checkout_is_not_run(runner: Runner) -> None:
    trace = runner.folder / "trace"
    for name in ("venv", "pip", "click", "losslint"):
        put(runner.checkout / f"{name}.py", f"open({str(trace)!r}, 'w').close()\n")
    runner.python = sys.executable
    runner.env |= {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1"}
    assert runner.run() != 0  # without an index nothing can be built: how far it comes is all that is asked here
    assert not trace.exists()
    assert (runner.folder / "temporary").exists() and list((runner.folder / "temporary").iterdir())


@needs_bash
def test_a_summary_that_github_would_refuse_is_left_out(runner: Runner) -> None:
    (runner.folder / "notes").touch()
    program = runner.folder / "long"
    put(program, f'#!/bin/bash\nexec "{sys.executable}" - "$@" <<"END"\n{LONG}\nEND\n')
    program.chmod(0o755)
    stub = Path(runner.python)
    stub.write_text(STUB.replace(' -m losslint "$@"', ' "$@"'))
    runner.env["REAL_PYTHON"] = str(program)
    assert runner.run() == 1
    assert runner.summary == "losslint: the findings are too many for this page: see the log.\n"


#: Writes more than a mebibyte where `--output markdown:` says.
LONG = """\
import sys
(path,) = [each.removeprefix("markdown:") for each in sys.argv if each.startswith("markdown:")]
open(path, "w").write("x" * 2_000_000)
sys.exit(1)
"""
