"""Which files a run is asked about, on real folders."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from losslint.app import discovery
from losslint.app.discovery import Excludes, discover

Make = Callable[..., Path]

needs_links = pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need a privilege on Windows")
needs_permissions = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="nothing is unreadable for root, or on Windows"
)


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes files below a folder without markers, which is the current one."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def make_files(*names: str, **texts: str) -> Path:
        for name in names:
            path, _, text = name.partition("=")
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            if path.endswith("/"):
                (folder / path).mkdir(exist_ok=True)
            else:
                (folder / path).write_text(text)
        return folder

    return make_files


def asked(*paths: str, excludes: tuple[str, ...] = ()) -> list[str]:
    """What is asked for, as it is shown."""
    found = discover(paths, lambda root: Excludes(((root, excludes),)))
    assert not found.missing and not found.problems
    return [project.tree.shown(name) for project in found.projects for name in project.asked]


def native(*names: str) -> list[str]:
    return [name.replace("/", os.sep) for name in names]


def test_a_folder_stands_for_python_notebooks_and_documents(make: Make) -> None:
    make("a.py", "b.ipynb", "README.md", "c.pyi", "d.txt", "pkg/__init__.py", "pkg/e.py")
    assert asked(".") == native("README.md", "a.py", "b.ipynb", "pkg/__init__.py", "pkg/e.py")


def test_the_rest_of_the_project_is_in_the_tree_but_not_asked_for(make: Make) -> None:
    make("pyproject.toml", "train.py", "models/net.py", "notes.md", "models/deep/x.py")
    for given in (["models"], ["models/net.py", "models/deep/x.py"]):
        (project,) = discover(given).projects
        assert project.asked == ("models/deep/x.py", "models/net.py")
        assert list(project.tree.names()) == ["models/deep/x.py", "models/net.py", "train.py"]
        assert project.tree.shown("train.py") == "train.py"


def test_the_rest_of_the_project_is_not_looked_at_before_somebody_asks(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make("pyproject.toml", "train.py", "models/net.py")
    scanned: list[str] = []
    scan = os.scandir

    def scanning(path: str) -> object:
        scanned.append(os.fspath(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", scanning)
    (project,) = discover(["models/net.py"]).projects
    assert scanned == []
    project.tree.names()
    project.tree.names()
    assert len(scanned) == 2


@pytest.mark.parametrize("marker", ["pyproject.toml", "setup.py", "setup.cfg", "losslint.toml", ".git/"])
def test_the_nearest_marker_is_the_root(make: Make, marker: str) -> None:
    folder = make("pyproject.toml", f"libs/one/{marker}", "libs/one/src/a.py", "b.py")
    (project,) = discover(["libs/one/src"]).projects
    assert project.root == str(folder / "libs" / "one")
    assert project.asked == ("src/a.py",)


def test_without_a_marker_the_given_folder_is_the_root(make: Make) -> None:
    folder = make("x/a.py", "x/b.py", "y.py")
    assert discover(["x"]).projects[0].root == str(folder / "x")
    (project,) = discover(["x/a.py"]).projects
    assert (project.root, project.asked) == (str(folder / "x"), ("a.py",))
    assert list(project.tree.names()) == ["a.py", "b.py"]


def test_several_roots_in_one_call(make: Make) -> None:
    folder = make("one/pyproject.toml", "one/a.py", "two/setup.py", "two/b.py")
    found = discover(["two", "one/a.py"])
    assert [(project.root, project.asked) for project in found.projects] == [
        (str(folder / "one"), ("a.py",)),
        (str(folder / "two"), ("b.py", "setup.py")),
    ]
    assert found.asked == 3


def test_nothing_is_asked_for_twice(make: Make) -> None:
    make("pyproject.toml", "a.py", "sub/pyproject.toml", "sub/b.py")
    assert asked(".", "sub", "sub/b.py", "./a.py", "a.py") == native("a.py", "sub/b.py")


def test_a_root_without_a_marker_inside_another_is_no_project_of_its_own(make: Make) -> None:
    make("a.py", "sub/b.py")
    (project,) = discover(["a.py", "sub/b.py"]).projects
    assert project.asked == ("a.py", "sub/b.py")


def test_a_file_that_is_given_is_always_asked_for(make: Make) -> None:
    make("pyproject.toml", ".gitignore=*.py", "a.py", "script", "build/b.py", "types.pyi")
    given = ["a.py", "script", "build/b.py", "types.pyi"]
    assert asked(*given) == native("a.py", "build/b.py", "script", "types.pyi")
    assert asked("a.py", excludes=("a.py",)) == ["a.py"]


def test_usual_folders_are_left_out_unless_they_are_given(make: Make) -> None:
    make("pyproject.toml", "a.py", "build/b.py", "x/.venv/c.py", "node_modules/d.py", "build/dist/e.py", "build/f/g.py")
    assert asked(".") == ["a.py"]
    assert asked("build") == native("build/b.py", "build/f/g.py")
    assert asked("build/f") == native("build/f/g.py")


def test_excludes_are_patterns_relative_to_the_root(make: Make) -> None:
    make("pyproject.toml", "a.py", "gen/a.py", "pkg/gen/b.py", "pkg/c_pb2.py")
    assert asked(".", excludes=("/gen/", "*_pb2.py")) == native("a.py", "pkg/gen/b.py")
    assert asked("pkg", excludes=("gen",)) == native("pkg/c_pb2.py")


def test_ignore_files_count_without_git_too(make: Make) -> None:
    make("setup.cfg", ".gitignore=/data/\n*_old.py\n", "a.py", "data/b.py", "pkg/data/c.py", "pkg/d_old.py")
    make("pkg/.gitignore=!d_old.py\n/e.py\n", "pkg/e.py", "pkg/sub/e.py")
    assert asked(".") == native("a.py", "pkg/d_old.py", "pkg/data/c.py", "pkg/sub/e.py")
    assert asked("pkg") == native("pkg/d_old.py", "pkg/data/c.py", "pkg/sub/e.py")


def test_an_ignored_folder_that_is_given_is_entered(make: Make) -> None:
    make("setup.cfg", ".gitignore=data/\n*.gen.py\n", "data/a.py", "data/b.gen.py")
    assert asked(".") == []
    assert asked("data") == native("data/a.py")


def test_ignore_files_above_the_root_count_up_to_the_repository(make: Make) -> None:
    make(".gitignore=*.py", "repo/.git/info/exclude=secret.py\n", "repo/.gitignore=lib/one/gen\n/top.py\n")
    make("repo/lib/one/pyproject.toml", "repo/lib/one/gen/a.py", "repo/lib/one/secret.py", "repo/lib/one/top.py")
    assert asked("repo/lib/one") == native("repo/lib/one/top.py")


def test_a_repository_inside_another_has_its_own_rules(make: Make) -> None:
    make(".git/", ".gitignore=*.py\n", "a.py", "inner/.git/", "inner/b.py")
    assert asked(".") == native("inner/b.py")


def test_a_worktree_says_where_its_excludes_are(make: Make) -> None:
    make("main/.git/info/exclude=secret.py\n", "main/.git/worktrees/w/commondir=../..\n")
    make("tree/.git=gitdir: ../main/.git/worktrees/w\n", "tree/secret.py", "tree/a.py")
    assert asked("tree") == native("tree/a.py")


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_a_walk_finds_what_git_lists(make: Make) -> None:
    folder = make(
        ".gitignore=/gen*\n*.tmp.py\n!keep.tmp.py\nlogs/\n", "a.py", "gen_a/b.py", "x/gen_b/c.py", "logs/d.py"
    )
    make(
        "x/keep.tmp.py", "x/e.tmp.py", "x/.gitignore=*.py\n!/y/\n!f.py\n", "x/f.py", "x/y/f.py", "x/y/g.py", "x y/h.py"
    )
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "XDG_CONFIG_HOME": os.devnull, "HOME": os.devnull}
    subprocess.run(["git", "init", "--quiet"], cwd=folder, env=environment, check=True)
    listing = ["git", "ls-files", "-z", "--others", "--exclude-standard", "*.py"]
    listed = subprocess.run(listing, cwd=folder, env=environment, check=True, capture_output=True).stdout
    (project,) = discover(["."]).projects
    assert project.asked == tuple(sorted(listed.decode().rstrip("\0").split("\0")))
    assert project.asked == ("a.py", "x y/h.py", "x/f.py", "x/y/f.py")


def test_missing_paths_are_told_apart(make: Make) -> None:
    make("a.py")
    found = discover(["a.py", "nowhere", "a.py/b.py", "nul\0l", "nowhere"])
    assert found.missing == ("nowhere", "a.py/b.py", "nul\0l")
    assert [project.asked for project in found.projects] == [("a.py",)]
    assert discover([]).projects == ()


@needs_permissions
def test_unreadable_folders_are_told_of(make: Make) -> None:
    folder = make("pyproject.toml", "a.py", "closed/b.py", "open/c.py")
    (folder / "closed").chmod(0)
    try:
        found = discover(["."])
        assert found.problems == (("closed", "cannot be read: permission denied"),)
        (project,) = discover(["open"]).projects
        project.tree.names()
        assert project.notes == ["closed was not looked at for callers: cannot be read: permission denied"]
    finally:
        (folder / "closed").chmod(0o755)


def test_a_folder_that_cannot_be_listed_is_told_of(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the test above, for those who test as root."""
    make("pyproject.toml", "a.py", "closed/b.py", "open/c.py")
    scan = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = discover(["."])
    assert found.problems == (("closed", "cannot be read: permission denied"),)
    assert [project.asked for project in found.projects] == [("a.py", "open/c.py")]
    (project,) = discover(["open"]).projects
    assert not project.notes
    project.tree.names()
    assert project.notes == ["closed was not looked at for callers: cannot be read: permission denied"]


@needs_links
def test_links_are_followed_once_and_never_in_circles(make: Make, tmp_path: Path) -> None:
    folder = make("pyproject.toml", "pkg/a.py")
    (tmp_path / "shared" / "deep").mkdir(parents=True)
    (tmp_path / "shared" / "s.py").write_text("")
    (tmp_path / "shared" / "deep" / "t.py").write_text("")
    for link, target in {
        "pkg/loop": folder / "pkg",
        "up": tmp_path,
        "self": folder / "self",
        "nowhere.py": folder / "missing.py",
        "again.py": folder / "pkg" / "a.py",
        "one": tmp_path / "shared",
        "two": tmp_path / "shared",
        "three": tmp_path / "shared" / "deep",
    }.items():
        (folder / link).symlink_to(target)
    (tmp_path / "shared" / "back").symlink_to(folder)
    found = asked(".")
    assert "pkg/a.py" in found
    assert sorted(os.path.basename(path) for path in found) == ["a.py", "s.py", "t.py"]
    assert asked(".") == found
    assert asked("again.py") == ["again.py"]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the file system refuses such names")
def test_names_may_hold_anything(make: Make) -> None:
    folder = make("pyproject.toml", "a b.py", "new\nline.py", "\x1b[31m.py", "back\\slash.py", "é.py")
    (folder / os.fsdecode(b"\xff\xfe.py")).write_bytes(b"x = 1\n")
    (project,) = discover(["."]).projects
    assert set(project.asked) == {
        *("a b.py", "new\nline.py", "\x1b[31m.py", "back\\slash.py", "é.py"),
        os.fsdecode(b"\xff\xfe.py"),
    }
    assert project.tree.read(os.fsdecode(b"\xff\xfe.py")) == b"x = 1\n"


def test_a_folder_may_be_named_like_a_file(make: Make) -> None:
    make("pyproject.toml", "odd.py/a.py")
    assert asked(".") == native("odd.py/a.py")


def test_looking_for_callers_stops_in_a_huge_project_and_says_so(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    make("pyproject.toml", "a.py", *[f"d{number}/{number}.py" for number in range(9)])
    monkeypatch.setattr(discovery, "MOST_FILES", 3)
    (project,) = discover(["a.py"]).projects
    assert "a.py" in project.tree.names()
    assert len(project.tree.names()) < 10
    assert len(project.notes) == 1 and "was not looked at for callers" in project.notes[0]
    (project,) = discover(["."]).projects  # what was asked for is never cut short
    assert len(project.asked) == 10
    assert len(project.tree.names()) == 10
    assert project.notes == []


def test_it_stops_earlier_where_nothing_says_that_a_folder_is_a_project(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make("a.py", *[f"d{number}/{number}.py" for number in range(9)])
    monkeypatch.setattr(discovery, "MOST_FILES_UNMARKED", 3)
    (project,) = discover(["a.py"]).projects
    assert "a.py" in project.tree.names()
    assert len(project.tree.names()) < 10
    assert len(project.notes) == 1 and "was not looked at for callers" in project.notes[0]
    make("losslint.toml")
    (project,) = discover(["a.py"]).projects
    assert len(project.tree.names()) == 10
    assert project.notes == []


def test_discovery_loads_nothing_heavy() -> None:
    code = "import losslint.app.discovery, losslint.sources.read, sys; print(*sys.modules)"
    root = Path(__file__).parents[2]
    run = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert not {"json", "pathlib", "libcst", "torch", "subprocess"} & set(run.stdout.split())
    assert "losslint.app.discovery" in run.stdout.split()
