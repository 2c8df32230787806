"""An answer is used again when, and only when, a run would give it again."""

from __future__ import annotations

import json
import os
import pickle
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from losslint.app.cache import folder as folders
from losslint.app.cache.folder import Folder
from losslint.app.cache.recorded import digest, still_so
from losslint.app.discovery import discover
from losslint.app.lint import Job, Outcome, lint
from losslint.rules.registry import names
from losslint.sources.disk import DiskTree
from losslint.static import observer
from losslint.static.evaluation.searching import MOST_FILES

NET = """\
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        return self.head(x)
"""
SOFT = NET.replace("self.head(x)", "self.head(x).softmax(1)")
TRAIN = """\
from torch import nn

def step(net, x, y):
    return nn.CrossEntropyLoss()(net(x), y)
"""
MAIN = """\
from net import Net
from train import step

def main(batches):
    net = Net()
    for x, y in batches:
        step(net, x, y)
"""
NOTES = "# Nothing to see here, really.\n"

LONG_AGO = 1_600_000_000


def put(path: Path, text: str, at: int = LONG_AGO) -> None:
    """Write a file as if that was long ago: its time of change can be trusted."""
    path.write_text(text)
    os.utime(path, (at, at))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    put(root / "pyproject.toml", "")
    put(root / "net.py", SOFT)
    put(root / "train.py", TRAIN)
    put(root / "main.py", MAIN)
    put(root / "notes.py", NOTES)
    return root


@pytest.fixture
def cache(tmp_path: Path) -> Folder:
    return Folder(str(tmp_path / "cache"))


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one with each run that is not answered from the cache."""
    counted: list[int] = []
    observe = observer.observe

    def counting(*arguments: object, **keywords: object) -> object:
        counted.append(1)
        return observe(*arguments, **keywords)  # type: ignore[arg-type]

    monkeypatch.setattr(observer, "observe", counting)
    return counted


def outcome(path: Path, cache: Folder | None, codes: frozenset[str] | None = None) -> Outcome:
    jobs = [Job(found.tree, found.asked) for found in discover([str(path)]).projects]
    return lint(jobs, codes or names(), (), 1, cache)


def codes(found: Outcome) -> list[str]:
    return [finding.code for finding in found.report.findings]


def entries(cache: Folder) -> list[Path]:
    return sorted(Path(cache._path).glob("*.json"))


def test_the_second_run_is_answered_from_the_cache(project: Path, cache: Folder, runs: list[int]) -> None:
    first = outcome(project, cache)
    assert codes(first) == ["LL101"] and len(first.report.findings[0].evidence) > 2
    assert outcome(project, cache) == first
    assert len(runs) == 1


@pytest.mark.parametrize("asked", ["", "train.py"])
def test_a_changed_file_that_the_result_depends_on_counts(project: Path, cache: Folder, asked: str) -> None:
    assert codes(outcome(project / asked, cache)) == ["LL101"]
    put(project / "net.py", NET, LONG_AGO + 1)
    assert codes(outcome(project / asked, cache)) == []
    put(project / "net.py", SOFT, LONG_AGO + 2)
    assert codes(outcome(project / asked, cache)) == ["LL101"]


def test_a_file_with_a_new_time_and_the_same_text_is_the_same(project: Path, cache: Folder, runs: list[int]) -> None:
    outcome(project, cache)
    before = entries(cache)[0].read_bytes()
    os.utime(project / "net.py", (LONG_AGO + 9, LONG_AGO + 9))
    assert codes(outcome(project, cache)) == ["LL101"]
    assert len(runs) == 1
    assert entries(cache)[0].read_bytes() != before, "the new time is taken down, so that the file is not read again"


def test_a_change_within_the_same_tick_of_the_clock_counts(project: Path, cache: Folder) -> None:
    (project / "net.py").write_text(SOFT)
    changed = os.stat(project / "net.py").st_mtime_ns
    assert codes(outcome(project, cache)) == ["LL101"]
    same_size = SOFT.replace("softmax(1)", "reshape(1)")
    assert len(same_size) == len(SOFT)
    (project / "net.py").write_text(same_size)
    os.utime(project / "net.py", ns=(changed, changed))
    assert codes(outcome(project, cache)) == []


def test_a_new_file_counts(project: Path, cache: Folder) -> None:
    put(project / "main.py", "")
    assert codes(outcome(project / "train.py", cache)) == []
    put(project / "other.py", MAIN)
    assert codes(outcome(project / "train.py", cache)) == ["LL101"]
    (project / "other.py").unlink()
    assert codes(outcome(project / "train.py", cache)) == []


def test_a_file_that_nobody_looked_into_may_change(project: Path, cache: Folder, runs: list[int]) -> None:
    for number in range(MOST_FILES):  # in a project of a few files all are looked into
        put(project / f"more_{number}.py", NOTES)
    assert codes(outcome(project / "train.py", cache)) == ["LL101"]
    put(project / "notes.py", NOTES + "TEXT = 'changed'\n", LONG_AGO + 1)
    assert codes(outcome(project / "train.py", cache)) == ["LL101"]
    assert len(runs) == 1


@pytest.mark.parametrize("text", [MAIN, "import torch\nloss = torch.nn.MSELoss()\n", "x = 1 #\udcff"])
def test_unless_it_becomes_interesting(project: Path, cache: Folder, runs: list[int], text: str) -> None:
    for number in range(MOST_FILES):
        put(project / f"more_{number}.py", NOTES)
    outcome(project / "train.py", cache)
    (project / "notes.py").write_bytes(text.encode(errors="surrogateescape"))
    os.utime(project / "notes.py", (LONG_AGO + 1, LONG_AGO + 1))
    assert outcome(project / "train.py", cache) == outcome(project / "train.py", None)
    assert len(runs) == 3


def test_other_rules_are_another_question(project: Path, cache: Folder) -> None:
    assert codes(outcome(project, cache, frozenset({"LL102"}))) == []
    assert codes(outcome(project, cache)) == ["LL101"]


def test_another_losslint_does_not_use_what_this_one_found(
    project: Path, cache: Folder, runs: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome(project, cache)
    monkeypatch.setattr(folders, "__version__", "99.0")
    outcome(project, cache)
    assert len(runs) == 2


def test_a_losslint_whose_files_changed_is_another_one(
    project: Path, cache: Folder, runs: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import losslint

    package = tmp_path / "losslint"
    package.mkdir()
    put(package / "__init__.py", "")
    monkeypatch.setattr(losslint, "__file__", str(package / "__init__.py"))
    outcome(project, cache)
    outcome(project, cache)
    put(package / "rule.py", "")
    outcome(project, cache)
    assert len(runs) == 2


def test_what_could_not_be_read_is_tried_again(
    project: Path, cache: Folder, runs: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(tree: DiskTree, name: str) -> bytes:
        if name == "notes.py":
            raise OSError("busy")
        return Path(tree.path(name)).read_bytes()

    with monkeypatch.context() as patch:
        patch.setattr(DiskTree, "read", busy)
        assert sorted(codes(outcome(project, cache))) == ["LL101", "LL900"]
    assert codes(outcome(project, cache)) == ["LL101"]
    assert len(runs) == 2


def _half(text: bytes) -> bytes:
    return text[: len(text) // 2]


def _signed(change: Callable[[dict[str, object]], object]) -> Callable[[bytes], bytes]:
    """A change by somebody who knows how the check of a file is made."""

    def changed(text: bytes) -> bytes:
        content = json.loads(text.partition(b"\n")[2])
        new = json.dumps(change(content) or content)
        return f"{digest(new.encode())}\n{new}".encode()

    return changed


def _outside(content: dict[str, object]) -> None:
    content["files"] = {"../../../etc/passwd": [0, 0, "", None]}


def _forgotten(content: dict[str, object]) -> None:
    content["files"] = {}
    content["findings"] = []


def _odd_severity(content: dict[str, object]) -> None:
    content["findings"][0][2] = "harmless"  # type: ignore[index]


def _odd_place(content: dict[str, object]) -> None:
    content["findings"][0][4][1] = -5  # type: ignore[index]


def _odd_number(content: dict[str, object]) -> None:
    content["files_read"] = True


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda text: b"",
    "truncated": _half,
    "one byte": lambda text: text.replace(b"LL101", b"LL102"),
    "not text": lambda text: bytes(range(256)) * 40,
    "a pickle": lambda text: pickle.dumps(["a", "b"]),
    "deep": lambda text: (lambda deep: f"{digest(deep)}\n".encode() + deep)(b"[" * 200_000),
    "a list": _signed(lambda content: [1, 2]),
    "a number": _signed(lambda content: 12345678901234567890),
    "a file outside": _signed(_outside),
    "nothing it depends on": _signed(_forgotten),
    "a severity that is none": _signed(_odd_severity),
    "a row that is none": _signed(_odd_place),
    "true for a number": _signed(_odd_number),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_answer_is_none(
    project: Path, cache: Folder, runs: list[int], damage: Callable[[bytes], bytes]
) -> None:
    right = outcome(project, cache)
    (entry,) = entries(cache)
    sound = entry.read_bytes()
    entry.write_bytes(damage(sound))
    assert outcome(project, cache) == right
    assert len(runs) == 2
    assert entries(cache)[0].read_bytes() == sound, "the right answer takes its place"


def test_a_folder_that_cannot_be_written_is_done_without(project: Path, tmp_path: Path) -> None:
    put(tmp_path / "file", "")
    assert codes(outcome(project, Folder(str(tmp_path / "file" / "cache")))) == ["LL101"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_done_without(project: Path, cache: Folder) -> None:
    outcome(project, cache)
    put(project / "net.py", NET, LONG_AGO + 1)
    os.chmod(cache._path, 0o500)
    try:
        assert codes(outcome(project, cache)) == []
    finally:
        os.chmod(cache._path, 0o700)


def test_old_answers_and_leftovers_go(project: Path, cache: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome(project, cache)
    place = Path(cache._path)
    old, leftover, foreign = place / f"{'0' * 32}.json", place / "tmpabc.json~", place / "mine.json"
    for path in (old, leftover, foreign):
        put(path, "x")
    put(project / "net.py", NET, LONG_AGO + 1)
    outcome(project, cache)
    assert not old.exists() and not leftover.exists() and foreign.exists()
    assert len(entries(cache)) == 2  # the answer, and what is not ours
    monkeypatch.setattr(folders, "MOST_ANSWERS", 2)
    for name in ("net.py", "main.py", "train.py"):
        outcome(project / name, cache)
    assert len(entries(cache)) == 3


def test_clean_removes_what_is_ours_and_nothing_else(project: Path, cache: Folder, tmp_path: Path) -> None:
    assert cache.clean() == 0
    outcome(project, cache)
    foreign = Path(cache._path) / "mine.json"
    put(foreign, "x")
    assert cache.clean() == 1
    assert list(Path(cache._path).iterdir()) == [foreign]
    other = tmp_path / "other"
    other.mkdir()
    put(other / "CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n")
    put(other / f"{'0' * 32}.json", "x")
    assert Folder(str(other)).clean() == 0
    assert len(list(other.iterdir())) == 2


@pytest.mark.parametrize("seed", range(4))
def test_with_and_without_the_cache_the_same_is_found(project: Path, cache: Folder, seed: int, runs: list[int]) -> None:
    """Edits at random, some of them taken back: after each the cache says what a run says that does not use it."""
    random_ = random.Random(seed)
    files = {
        "net.py": [SOFT, NET, "", "def broken(:\n"],
        "train.py": [TRAIN, TRAIN.replace("CrossEntropyLoss", "NLLLoss"), "import torch.log\n"],
        "main.py": [MAIN, MAIN.replace("net import", "sub.net import"), "from train import step\n"],
        "notes.py": [
            NOTES,
            "",
            "from train import step\nstep(1, 2, 3)\n",
            "class Net: pass\n",
            "'Net, step, net, loss('",
        ],
        "sub/net.py": [NET, SOFT.replace("softmax", "sigmoid"), "#" * 500],
        "sub/__init__.py": ["", "from .net import Net\n"],
    }
    (project / "sub").mkdir()
    different = set()
    for step in range(40):
        name = random_.choice(sorted(files))
        path = project / name
        if path.exists() and random_.random() < 0.2:
            path.unlink()
        else:
            put(path, random_.choice(files[name]), LONG_AGO + step)
        asked = random_.choice(["", "train.py"])
        if not (project / asked).exists():
            continue
        found = outcome(project / asked, cache)
        alone = outcome(project / asked, None)
        assert found == alone, (step, name)
        before = len(runs)
        assert outcome(project / asked, cache) == alone
        assert len(runs) == before, "what was just found is in the cache"
        different.add(str(alone))
    assert len(different) > 5


def test_an_answer_that_is_removed_while_it_is_read_is_no_trouble(
    project: Path, cache: Folder, runs: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = outcome(project, cache)

    def cleaned_meanwhile(*arguments: object) -> object:
        cache.clean()
        return still_so(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(folders, "still_so", cleaned_meanwhile)
    assert outcome(project, cache) == first
    assert len(runs) == 1
