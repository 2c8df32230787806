"""What git ignores: our answers beside those of `git check-ignore`."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from losslint.app.gitignore import Ignore, ignore_file

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "XDG_CONFIG_HOME": os.devnull,
    "HOME": os.devnull,
}

#: A tree in which any of the patterns below says something. A name that ends in `/` is a folder.
PATHS = [
    *("a", "a.py", "b", "b.py", "ab", "ab.py", "foo", "foo.py", "foobar", "foo bar", "#x", "!x", "x", "x ", "[ab]"),
    *("-", "]", "é", "a\\b", "*", "a*b"),
    *("d/", "d/a", "d/a.py", "d/b/", "d/b/a", "d/b/a.py", "d/b/c/", "d/b/c/a.py", "d/foo", "d/x ", "d/foobar"),
    *("foo_/", "foo_/bar", "foo_/a/", "foo_/a/bar", "foo_/a/b/", "foo_/a/b/bar", "e/", "e/d/", "e/d/a", "e/foo"),
]


def git(repository: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    return subprocess.run(
        ["git", *arguments], cwd=repository, input=stdin, env=ENVIRONMENT, check=False, capture_output=True
    ).stdout


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("repository")
    git(root, "init", "--quiet")
    for path in PATHS:
        if path.endswith("/"):
            (root / path).mkdir()
        else:
            (root / path).write_bytes(b"")
    return root


def ignored_by_git(repository: Path, paths: list[str]) -> set[str]:
    given = "".join(f"{path.rstrip('/')}\0" for path in paths).encode()
    said = git(repository, "check-ignore", "-z", "--no-index", "--stdin", stdin=given)
    return {path.decode() for path in said.split(b"\0") if path}


def ignored_by_us(ignore: Ignore, paths: list[str]) -> set[str]:
    """As the walk does it: what is in an ignored folder is ignored."""
    found = set()
    for path in paths:
        parts = path.rstrip("/").split("/")
        for count in range(1, len(parts) + 1):
            is_folder = count < len(parts) or path.endswith("/")
            if ignore.says("/".join(parts[:count]).encode(), is_folder):
                found.add("/".join(parts))
                break
    return found


TRICKY = [
    *("a", "a.py", "*.py", "/a.py", "d/", "/d/", "d/a", "d/*", "d/**", "**/a", "**/a.py", "d/**/a.py", "**", "*", "/*"),
    *("/**", "**/", "*/", "d/*/", "/d/**/c", "d/b/c", "/d/b/c/", "foo", "foo*", "foo**", "/foo**", "foo**/bar"),
    *("foo_/**/bar", "foo_/*/bar", "foo_**/bar", "f**/bar", "***/a", "d/***", "d/***/a.py", "d**", "**d/a"),
    *(
        "\\#x",
        "#x",
        "\\!x",
        "!x",
        "x\\ ",
        "x ",
        "x  ",
        "x\\  ",
        "x\t",
        "foo\\ bar",
        "foo bar",
        "\\",
        "a\\",
        "\\a",
        "a\\\\b",
    ),
    *(
        "[ab]",
        "[a-b].py",
        "[!a].py",
        "[^a].py",
        "[]]",
        "[]-]",
        "[a",
        "[[:alpha:]]",
        "[[:nope:]]",
        "[[:digit:]]x",
        "[:a]",
    ),
    *(
        "[b-a]",
        "[a-]",
        "[-a]",
        "[\\]]",
        "[a\\-c]",
        "\\[ab\\]",
        "[[]ab]",
        "[!]a-]",
        "d[/]a",
        "d?a",
        "d/?",
        "?",
        "??",
        "???",
    ),
    *("*\\*", "a\\*b", "a*b", "*[*]*", "//a", "a//", "/", "//", "!", "!/", "d/\\a", "d\\/a", "d/**\\/a", "**/\\a"),
    *(
        "*\n!a.py",
        "*\n!*.py",
        "*\n!*/\n!*.py",
        "d/*\n!d/b/\n!d/a.py",
        "*.py\n!/b.py\nb.py\n!b*",
        "/d\n!/d/b",
        "a\r\nb.py\r\n",
    ),
    *("\ufeff*.py", "# comment\n\n  \na", " a", "d /", "é", "?\n!é", "[é]", "d/b/\n!d/b/c/\n!a.py", "e/**/\n!e/foo"),
]


@needs_git
@pytest.mark.parametrize("patterns", TRICKY)
def test_tricky_patterns_mean_what_they_mean_to_git(repository: Path, patterns: str) -> None:
    data = patterns.encode()
    (repository / ".gitignore").write_bytes(data)
    assert ignored_by_us(ignore_file(data), PATHS) == ignored_by_git(repository, PATHS)


PIECES = st.sampled_from(
    [
        *"abdefox_ #!-]\\[*?/.",
        "**",
        "**/",
        "/**",
        "/*",
        "*/",
        "foo",
        ".py",
        "[ab]",
        "[!a]",
        "[^b-d]",
        "[[:alpha:]]",
        "é",
        "\\ ",
    ]
)
LINES = st.lists(st.lists(PIECES, min_size=1, max_size=5).map("".join), min_size=1, max_size=4)


@needs_git
@given(lines=LINES)
@example(lines=["*", "!foo_", "!a**/bar"])
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_patterns_mean_what_they_mean_to_git(repository: Path, lines: list[str]) -> None:
    data = "\n".join(lines).encode()
    (repository / ".gitignore").write_bytes(data)
    assert ignored_by_us(ignore_file(data), PATHS) == ignored_by_git(repository, PATHS)


@needs_git
def test_the_comparison_can_fail(repository: Path) -> None:
    (repository / ".gitignore").write_bytes(b"*.py")
    assert ignored_by_us(ignore_file(b"*.pyc"), PATHS) != ignored_by_git(repository, PATHS)


def patterns_of(*lines: bytes) -> Iterator[bytes]:
    yield from lines


def test_the_last_pattern_that_speaks_of_a_path_decides() -> None:
    ignore = Ignore(patterns_of(b"*.py", b"!keep.py", b"keep.py", b"!/pkg/keep.py"))
    assert ignore.says(b"a.py", False) is True
    assert ignore.says(b"keep.py", False) is True
    assert ignore.says(b"pkg/keep.py", False) is False
    assert ignore.says(b"README", False) is None


def test_names_may_hold_any_byte() -> None:
    ignore = ignore_file(b"*.py\n")
    assert ignore.says(b"new\nline.py", False)
    assert ignore.says(b"\xff\xfe.py", False)


def test_an_empty_list_is_false() -> None:
    assert not ignore_file(b"# nothing\n\n")
    assert ignore_file(b"x")


@pytest.mark.parametrize(
    "pattern",
    [
        "*a" * 30 + "*b",
        "/" + "*a" * 30 + "*b",
        "**/a/" * 30 + "b",
        "**\\/a/" * 30 + "b",
        "**/*a*a*a/" * 10 + "b",
        "*" * 999 + "b",
    ],
)
def test_no_pattern_of_a_hostile_repository_takes_for_ever(pattern: str) -> None:
    """With an expression that backtracks, none of these would return."""
    ignore = ignore_file(pattern.encode())
    assert ignore.says(b"a" * 200, False) is None
    assert ignore.says(b"a/" * 200 + b"a", False) is None
