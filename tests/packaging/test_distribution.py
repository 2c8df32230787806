"""What is built is what is promised: contents, metadata, the hook."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from configparser import ConfigParser
from email.message import Message
from email.parser import Parser
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

import losslint
from losslint.rules.registry import names
from tests.packaging.readme import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """The wheel, built without a network."""
    target = tmp_path_factory.mktemp("wheel")
    command = ["-m", "pip", "wheel", "--quiet", "--no-build-isolation", "--no-deps", "--no-index", "-w"]
    subprocess.run([sys.executable, *command, target, ROOT], check=True, capture_output=True)
    (built,) = target.iterdir()
    with zipfile.ZipFile(built) as archive:
        yield archive


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return Parser().parsestr(wheel.read(name).decode())


def requirements(metadata: Message) -> list[Requirement]:
    return [Requirement(text) for text in metadata.get_all("Requires-Dist", [])]


def test_the_wheel_holds_the_package_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    contents = wheel.namelist()
    assert {name.split("/")[0] for name in contents} == {
        "losslint",
        f"torch_losslint-{losslint.__version__}.dist-info",
    }
    package = Path(losslint.__file__).parent
    sources = {path.relative_to(package.parent).as_posix() for path in package.rglob("*.py")}
    assert {name for name in contents if name.startswith("losslint/")} == {*sources, "losslint/py.typed"}
    assert sum(Path(name).name.startswith("ll") for name in contents) == len(names())
    assert any(name.endswith("licenses/LICENSE") for name in contents)


def test_the_command_is_declared(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    declared = ConfigParser()
    declared.read_string(wheel.read(name).decode())
    assert {section: dict(declared[section]) for section in declared.sections()} == {
        "console_scripts": {"losslint": "losslint.app.cli:main"},
        "pytest11": {"losslint": "losslint.runtime.pytest_plugin"},
        "torch.backends": {"losslint": "losslint.runtime.environment:autoload"},
    }


def test_name_version_and_python(metadata: Message) -> None:
    assert metadata["Name"] == "torch-losslint"
    assert metadata["Version"] == losslint.__version__
    assert metadata["Requires-Python"] == ">=3.10"
    assert metadata["License-Expression"] == "MIT"
    assert metadata.get_all("Provides-Extra") == ["dev", "docs", "runtime", "server"]


def test_the_core_depends_on_two_packages(metadata: Message) -> None:
    core = [requirement for requirement in requirements(metadata) if requirement.marker is None]
    assert {requirement.name for requirement in core} == {"click", "libcst"}


def test_nothing_is_capped_and_only_the_torch_of_the_tests_is_pinned(metadata: Message) -> None:
    for requirement in requirements(metadata):
        operators = {specifier.operator for specifier in requirement.specifier}
        if requirement.name == "torch" and 'extra == "dev"' in str(requirement.marker):
            assert str(requirement.specifier) == "==2.13.0"
        else:
            assert operators == {">="}, requirement


def test_the_hook_runs_the_command_on_what_it_reads() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert hook["id"] == "losslint"
    assert hook["language"] == "python"
    assert hook["entry"].split()[0] in tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]
    assert hook["types_or"] == ["python", "jupyter"]
    assert hook["require_serial"] is True
    assert hook.get("pass_filenames", True) is True
