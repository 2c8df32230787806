"""What is shown under the cursor."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.command import MISUSE, NET, TRAIN
from tests.server.editor import editor, run


def test_a_tensor_shows_what_it_means_and_where_it_comes_from(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"models/net.py": NET, "train.py": TRAIN}) as person:
            await person.open("train.py")
            shown = await person.hover("train.py", 8, "net(x)")
            assert shown is not None
            meaning = shown.split("---")[0]
            assert "**softmax probabilities**, along dimension 1" in meaning
            assert "- shape: `[…, 10]`" in meaning
            assert "- values: from 0 to 1" in meaning
            assert f"[net.py:9]({person.uri('models/net.py')}#L9)" in meaning

    run(work())


def test_names_attributes_and_calls_are_looked_at_where_they_stand(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"models/net.py": NET}) as person:
            await person.open("models/net.py")
            over = {part: await person.hover("models/net.py", 9, part) for part in ("self.head(", "head(", "softmax")}
            assert "**logits**" in (over["head("] or "")
            assert "**softmax probabilities**" in (over["softmax"] or "")
            assert over["self.head("] is None  # the module itself is no tensor
            assert await person.hover("models/net.py", 3, "Net") is None

    run(work())


def test_what_goes_into_a_loss_and_is_not_known_says_why(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"m.py": MISUSE}) as person:
            await person.open("m.py")
            shown = await person.hover("m.py", 6, "y)")
            assert shown is not None and shown.startswith("**undecided**: ")
            assert "misuse" in shown

    run(work())


def test_a_finding_shows_its_rule(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"m.py": MISUSE}) as person:
            await person.open("m.py")
            shown = await person.hover("m.py", 6, "cross_entropy")
            assert shown is not None
            assert "### LL101 softmax-into-cross-entropy" in shown
            assert "## What it does" in shown
            assert await person.hover("m.py", 1, "torch") is None

    run(work())


def test_each_caller_is_a_run_of_its_own_and_branches_have_to_agree(tmp_path: Path) -> None:
    text = """\
import torch
import torch.nn.functional as F

def train(p, y, flat):
    q = torch.exp(y) if flat else torch.tanh(y)
    return F.mse_loss(p, q)

def one(x, y, flat):
    return train(torch.softmax(x, dim=1), y, flat)

def other(x, y, flat):
    return train(torch.tanh(x), y, flat)
"""

    async def work() -> None:
        async with editor(tmp_path, {"m.py": text}) as person:
            await person.open("m.py")
            shown = await person.hover("m.py", 6, "p, q")
            assert shown is not None
            assert shown.startswith("This is not the same in every run (2):")
            assert "softmax probabilities" in shown and "tanh outputs" in shown
            assert (await person.hover("m.py", 6, "q)") or "").startswith("**undecided**: it depends on a condition")
            assert (await person.hover("m.py", 9, "torch.softmax") or "") == ""

    run(work())


def test_a_text_that_cannot_be_read_shows_nothing(tmp_path: Path) -> None:
    async def work() -> None:
        async with editor(tmp_path, {"m.py": MISUSE}) as person:
            await person.open("m.py")
            await person.type("m.py", MISUSE + "x = (")
            assert await person.hover("m.py", 6, "p, y") is None

    run(work())


def test_a_fence_in_a_document_is_looked_at_where_it_stands(tmp_path: Path) -> None:
    text = "# How\n\n> ```python\n" + "".join(f"> {row}\n" for row in MISUSE.splitlines()) + "> ```\n"

    async def work() -> None:
        async with editor(tmp_path, {"how.md": text}) as person:
            await person.open("how.md", language="markdown")
            assert "**softmax probabilities**" in (await person.hover("how.md", 9, "p, y") or "")
            assert await person.hover("how.md", 1, "How") is None

    run(work())


def test_the_cursor_is_counted_in_the_units_of_the_client(tmp_path: Path) -> None:
    text = MISUSE.replace("    return F", '    s = "😀😀😀😀"; return F')

    async def work() -> None:
        async with editor(tmp_path, {"m.py": text}) as person:
            await person.open("m.py")
            row = text.split("\n")[5]
            over = {}
            for part in ("p, y", ", y"):
                units = len(row[: row.index(part)].encode("utf-16-le")) // 2
                over[part] = await person.hover_at("m.py", 5, units)
            assert "**softmax probabilities**" in (over["p, y"] or "")
            assert "**softmax probabilities**" not in (over[", y"] or "")

    run(work())
