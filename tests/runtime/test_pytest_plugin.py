"""`pytest --losslint`: what fails, what warns, and that nothing happens to those who do not ask."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

# Tests that pytester runs share this process, which takes out what they import: torch cannot come a second time.
import torch.nn.functional as F

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]

TESTS = """\
import pytest
import torch
import torch.nn.functional as F
from torch import nn

net = nn.Linear(5, 3)
x, y = torch.ones(2, 5), torch.tensor([0, 1])

@pytest.fixture
def loss():
    return F.nll_loss(net(x), y)

def test_misuse():
    F.cross_entropy(net(x).softmax(1), y)

def test_misuse_again():
    for _ in range(3):
        F.cross_entropy(net(x).softmax(1), y)

def test_fixture(loss):
    assert loss.isfinite()

def test_fine():
    F.cross_entropy(net(x), y)

def test_torch_raises():
    F.cross_entropy(net(x), y + 2)

@pytest.mark.losslint(ignore="LL101")
def test_meant():
    F.cross_entropy(net(x).softmax(1), y)
"""


@pytest.fixture
def tests(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    # The losslint that is tested, whichever is installed.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_PLUGINS", "losslint.runtime.pytest_plugin")
    pytester.makepyfile(test_net=TESTS)
    return pytester


def test_a_test_fails_with_its_findings(tests: pytest.Pytester) -> None:
    result = tests.runpytest_inprocess("--losslint", ".")
    result.assert_outcomes(passed=2, failed=4)
    lines = result.stdout.str()
    assert lines.count("LL101 CrossEntropyLoss is given softmax probabilities") >= 2
    assert "test_net.py:14:" in lines
    assert "test_net.py:11:" in lines  # the fixture
    assert "IndexError: Target 3 is out of bounds" in lines
    assert "test_net.py:27:" in lines  # said beside torch's own exception
    assert "INTERNALERROR" not in lines


def test_a_test_warns_with_its_findings(tests: pytest.Pytester) -> None:
    result = tests.runpytest_inprocess("--losslint=warn")
    result.assert_outcomes(passed=5, failed=1, warnings=3)
    result.stdout.fnmatch_lines(
        ["*test_net.py:14: LossMisuseWarning: LL101*", "*test_net.py:11: LossMisuseWarning: LL106*"]
    )


def test_a_project_asks_in_its_configuration(tests: pytest.Pytester) -> None:
    tests.makeini("[pytest]\nlosslint = error\n")
    tests.runpytest_inprocess().assert_outcomes(passed=2, failed=4)
    tests.runpytest_inprocess("--losslint=warn").assert_outcomes(passed=5, failed=1, warnings=3)


def test_who_does_not_ask_sees_nothing(tests: pytest.Pytester) -> None:
    result = tests.runpytest_inprocess("--strict-markers")
    result.assert_outcomes(passed=5, failed=1)
    assert "LL" not in result.stdout.str().replace("FAILED", "")


@pytest.mark.parametrize(("option", "said"), [("--losslint=loud", "error, warn"), ("--losslint=", "error, warn")])
def test_another_mode_is_an_error_of_usage(tests: pytest.Pytester, option: str, said: str) -> None:
    result = tests.runpytest_inprocess(option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert said in result.stderr.str()


def test_a_rule_that_does_not_exist_fails_the_test(tests: pytest.Pytester) -> None:
    tests.makepyfile(test_net="import pytest\n@pytest.mark.losslint(ignore='LL999')\ndef test_it():\n    pass\n")
    result = tests.runpytest_inprocess("--losslint")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*losslint: *LL999*"])


def test_after_the_run_nothing_is_left(tests: pytest.Pytester) -> None:
    before = F.cross_entropy.__code__
    tests.runpytest_inprocess("--losslint")
    assert F.cross_entropy.__code__ is before


#: A test that tells what its process has imported, and whether the plugin is there.
IMPORTED = """\
import json, sys

def test_it(request):
    assert request.config.pluginmanager.hasplugin("losslint.runtime.pytest_plugin")
    with open("imported.json", "w") as file:
        json.dump(sorted(sys.modules), file)
"""


@pytest.mark.parametrize("asked", [False, True])
def test_nothing_is_imported_unless_somebody_asks(tmp_path: Path, asked: bool) -> None:
    (tmp_path / "test_it.py").write_text(IMPORTED)
    command = [sys.executable, "-m", "pytest", "-p", "losslint.runtime.pytest_plugin", "-q", "."]
    started = subprocess.run(
        [*command, "--losslint"] if asked else command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert started.returncode == 0, started.stdout
    imported = set(json.loads((tmp_path / "imported.json").read_text()))
    of_ours = {name for name in imported if name.partition(".")[0] == "losslint"}
    assert (of_ours == {"losslint", "losslint.runtime", "losslint.runtime.pytest_plugin"}) is not asked
    assert ("torch" in imported) is asked
    assert not {"libcst", "click"} & imported
