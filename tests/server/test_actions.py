"""Fixes and comments: what the client is given to do leaves a text that lints clean."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types

from tests.e2e.command import MISUSE, NET, TRAIN
from tests.server.editor import Editor, capabilities, editor, run

FIX_ALL = "source.fixAll.losslint"
#: Two loss calls that are mended without a change of what is computed.
STABLE = """\
import torch

def first(x):
    return torch.log(torch.softmax(x, dim=1))

def second(x):
    return torch.log(torch.sigmoid(x))
"""


async def quick(person: Editor, name: str, found: types.Diagnostic) -> dict[str, types.CodeAction]:
    """The quick fixes for a finding, by their titles."""
    return {each.title: each for each in await person.actions(name, found.range, ["quickfix"])}


def test_a_fix_leaves_a_text_that_lints_clean(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"m.py": MISUSE}) as person:
            (found,) = await person.open("m.py")
            actions = await quick(person, "m.py", found)
            (title,) = [title for title in actions if "suppress" not in title]
            assert title.startswith("LL101: ") and "unsafe" in title
            assert actions[title].is_preferred is False
            assert [each.code for each in actions[title].diagnostics or []] == ["LL101"]
            after = person.edited(actions[title].edit)
            assert list(after) == ["m.py"]
            assert await person.type("m.py", after["m.py"]) == []

    run(work())


def test_a_fix_in_another_file_is_made_there(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"models/net.py": NET, "train.py": TRAIN}) as person:
            (found,) = await person.open("train.py")
            actions = await quick(person, "train.py", found)
            (title,) = [title for title in actions if "suppress" not in title]
            after = person.edited(actions[title].edit)
            assert after == {"models/net.py": NET.replace(".softmax(dim=1)", "")}
            await person.open("models/net.py", after["models/net.py"])
            await person.until(lambda: person.last_of("train.py") == [])

    run(work())


def test_comments_keep_a_finding_back(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"m.py": MISUSE}) as person:
            (found,) = await person.open("m.py")
            for comment in ("# noqa: LL101", "# losslint: ignore[LL101]"):
                await person.type("m.py", MISUSE)
                actions = await quick(person, "m.py", found)
                after = person.edited(actions[f"LL101: suppress with {comment}"].edit)
                assert after["m.py"] == MISUSE.rstrip("\n") + f"  {comment}\n"
                assert await person.type("m.py", after["m.py"]) == []

    run(work())


def test_all_that_is_safe_is_fixed_at_once(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"m.py": STABLE}) as person:
            found = await person.open("m.py")
            assert len(found) == 2
            (action,) = await person.actions("m.py", found[0].range, [FIX_ALL])
            assert action.kind == FIX_ALL
            after = person.edited(action.edit)["m.py"]
            assert "log_softmax" in after and "logsigmoid" in after
            assert await person.type("m.py", after) == []
            assert await person.actions("m.py", found[0].range, [FIX_ALL]) == []
            assert await person.actions("m.py", found[0].range, ["source"]) == []

    run(work())


def test_a_safe_fix_is_preferred_and_keeps_the_ends_of_rows(tmp_path: Path) -> None:
    text = STABLE.replace("\n", "\r\n").replace("def first(x):", "def first(x):  # 😀")

    async def work() -> None:
        async with editor(tmp_path) as person:
            found = await person.open("m.py", text)
            actions = await quick(person, "m.py", found[0])
            (title,) = [title for title in actions if "suppress" not in title]
            assert actions[title].is_preferred is True and "unsafe" not in title
            after = person.edited(actions[title].edit)["m.py"]
            assert after.count("\r\n") == after.count("\n")
            assert [each.code for each in await person.type("m.py", after)] == [found[1].code]

    run(work())


def test_a_client_without_versions_gets_plain_changes(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"m.py": MISUSE}, able=capabilities(versioned=False)) as person:
            (found,) = await person.open("m.py")
            for action in (await quick(person, "m.py", found)).values():
                assert action.edit is not None and action.edit.document_changes is None
                assert list(action.edit.changes or {}) == [person.uri("m.py")]

    run(work())


def test_nothing_is_offered_where_nothing_is_found(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"m.py": MISUSE}) as person:
            await person.open("m.py")
            first = types.Range(types.Position(0, 0), types.Position(0, 1))
            assert await person.actions("m.py", first) == []

    run(work())
