"""The README in Chinese keeps in step with the one in English."""

from __future__ import annotations

import re

from tests.packaging.readme import CHINESE, README, ROOT, commands, with_output

ENGLISH = README.read_text(encoding="utf-8")
TEXT = CHINESE.read_text(encoding="utf-8")

_FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_RULE = re.compile(r"^\| (LL\d{3}) \| ([\w-]+) \| (\w+) \| (.+) \|$", re.MULTILINE)
_HAN = re.compile(r"[\u4e00-\u9fff]")


def prose(text: str) -> str:
    return _FENCE.sub("", text)


def test_they_point_to_each_other_in_their_first_rows() -> None:
    assert f"]({CHINESE.name})" in "".join(ENGLISH.splitlines()[:4])
    assert f"]({README.name})" in "".join(TEXT.splitlines()[:4])


def test_the_headings_are_as_many_and_of_the_same_levels() -> None:
    def levels(text: str) -> list[int]:
        return [len(marks) for marks in re.findall(r"^(#+) ", prose(text), re.MULTILINE)]

    assert levels(TEXT) == levels(ENGLISH)
    assert len(levels(TEXT)) > 4


def test_programs_commands_and_output_are_the_same() -> None:
    assert _FENCE.findall(TEXT) == _FENCE.findall(ENGLISH), "run python -m tests.packaging.readme"
    assert commands(TEXT) == commands(ENGLISH)
    assert with_output(ENGLISH) == ENGLISH


def test_the_rules_are_the_same_and_each_is_told_in_chinese() -> None:
    def facts(text: str) -> list[tuple[str, str, str]]:
        return [(code, name, severity) for code, name, severity, _ in _RULE.findall(text)]

    assert facts(TEXT) == facts(ENGLISH)
    told = [about for *_, about in _RULE.findall(TEXT)]
    assert all(_HAN.search(about) for about in told)
    assert len(set(told)) == len(told)


def test_lists_tables_and_links_have_the_same_entries() -> None:
    def shape(text: str) -> tuple[int, int, list[str]]:
        rows = prose(text).splitlines()
        links = [link for link in re.findall(r"\]\(([^)]+)\)", prose(text)) if not link.startswith("README")]
        return sum(row.startswith("- ") for row in rows), sum(row.startswith("|") for row in rows), links

    assert shape(TEXT) == shape(ENGLISH)
    for link in shape(TEXT)[2]:
        assert (ROOT / link).exists(), link


def test_what_stands_in_code_is_not_translated() -> None:
    """Names, options and programs that one of the two mentions are mentioned in the other."""

    def code(text: str) -> set[str]:
        return set(re.findall(r"`([^`\n]+)`", re.sub(_RULE, "", prose(text))))

    assert code(TEXT) == code(ENGLISH)
