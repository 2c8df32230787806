"""`--output-format junit`."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from tests.e2e.command import FINE, MISUSE, losslint, write
from tests.e2e.formats.hostile import NAMES, hostile, posix


def test_a_failure_a_finding(tmp_path: Path) -> None:
    write(tmp_path, a=MISUSE + "\n\n\n" + MISUSE.replace("misuse", "again"), b=MISUSE)
    run = losslint(tmp_path, "--output-format", "junit")
    assert run.status == 1
    root = ElementTree.fromstring(run.output)
    assert (root.tag, root.attrib) == ("testsuites", {"name": "losslint", "tests": "3", "failures": "3", "errors": "0"})
    assert [(suite.get("name"), suite.get("tests")) for suite in root] == [("a.py", "2"), ("b.py", "1")]
    case = root[1][0]
    assert case.attrib == {
        "name": "LL101 softmax-into-cross-entropy 6:12",
        "classname": "b.py",
        "file": "b.py",
        "line": "6",
    }
    (failure,) = case
    assert (failure.tag, failure.get("type")) == ("failure", "error")
    assert failure.text is not None and "1. b.py:5:9: `torch.softmax` makes" in failure.text


def test_nothing_found_is_a_test_that_passed(tmp_path: Path) -> None:
    write(tmp_path, a=FINE)
    root = ElementTree.fromstring(losslint(tmp_path, "--output-format", "junit").output)
    assert root.get("failures") == "0"
    assert [len(case) for case in root.iter("testcase")] == [0]


@posix
def test_hostile_names_parse_and_come_back(tmp_path: Path) -> None:
    hostile(tmp_path)
    root = ElementTree.fromstring(losslint(tmp_path, "--output-format", "junit").output.encode())
    assert {element.tag for element in root.iter()} == {"testsuites", "testsuite", "testcase", "failure"}
    names = {suite.get("name") for suite in root}
    shown = {"esc\x1b[31m\x07.py": "esc\\x1b[31m\\x07.py", "not utf-8 \udcff.py": "not utf-8 \\udcff.py"}
    assert names == {shown.get(name, name) for name in NAMES}
