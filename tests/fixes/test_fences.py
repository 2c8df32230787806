"""In Markdown only the text of the Python fences changes, byte for byte."""

from __future__ import annotations

import pytest

from losslint.fixes.plan import Plans, Refusal
from losslint.sources.tree import MemoryTree

from .programs import fixed, fixed_all, found

PROGRAM = """\
import torch
import torch.nn.functional as F
from torch import nn

head = nn.Linear(4, 3)


def step(x, y):
    p = F.softmax(head(x), dim=1)  # é
    return F.cross_entropy(p, y)
"""
FIXED = PROGRAM.replace("F.softmax(head(x), dim=1)", "head(x)")


def document(*programs: str, before: str = "", fence: str = "```") -> str:
    """A document with some fences; each of their rows stands behind `before`."""
    parts = ["# Scores\n\nThe `F.softmax(head(x), dim=1)` of a *model*:  \n\n"]
    for program in programs:
        rows = [f"{fence}python", *program.rstrip("\n").split("\n"), fence]
        parts += [f"{before}{row}\n" for row in rows]
        parts.append("\n| é | 🙂 |\n\n")
    return "".join(parts)


@pytest.mark.parametrize("fence", ["```", "~~~~"])
@pytest.mark.parametrize("before", ["", "> ", "  "])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_only_the_fence_changes(fence: str, before: str, end: str, mark: bytes) -> None:
    def written(program: str) -> bytes:
        return mark + document(program, before=before, fence=fence).replace("\n", end).encode()

    assert fixed({"a.md": written(PROGRAM)}) == {"a.md": written(FIXED)}


def test_a_fence_in_a_list() -> None:
    def written(program: str) -> bytes:
        indented = document(program, before="    ").replace("    ```python", "1.  ```python", 1)
        return indented.encode()

    assert fixed({"a.md": written(PROGRAM)}) == {"a.md": written(FIXED)}


def test_a_row_that_goes() -> None:
    before = PROGRAM.replace("    p = F.softmax(head(x), dim=1)  # é\n", "    p = head(x)\n    p = p.softmax(1)\n")
    after = before.replace("    p = p.softmax(1)\n", "")
    for margin in ("", "> ", "  "):
        data = {"a.markdown": document(before, before=margin).encode()}
        assert fixed(data) == {"a.markdown": document(after, before=margin).encode()}


def test_prompts_stay() -> None:
    def written(step: str) -> bytes:
        return document(
            ">>> import torch.nn.functional as F\n>>> from torch import nn\n>>> head = nn.Linear(4, 3)\n"
            f">>> def step(x, y):\n...     return F.cross_entropy({step}, y)\n...\n>>> 1 + 1\n2\n"
        ).encode()

    assert fixed({"a.md": written("F.softmax(head(x), dim=1)")}) == {"a.md": written("head(x)")}


def test_fences_share_their_imports_and_an_import_is_added_where_it_stands() -> None:
    def written(imported: str, step: str) -> bytes:
        head = f"from torch import log\nfrom torch.nn.functional import {imported}"
        return document(head, f"def step(x):\n    return -{step}.mean()").encode()

    before = written("softmax", "log(softmax(x, 1))")
    assert fixed({"a.md": before}) == {"a.md": written("softmax, log_softmax", "log_softmax(x, 1)")}


def test_documents_and_files_are_changed_together() -> None:
    net = "from torch import nn\n\nnet = nn.Sequential(nn.Linear(4, 3), nn.Softmax(dim=1))\n"
    use = "from torch import nn\nfrom net import net\n\ndef step(x, y):\n    return nn.CrossEntropyLoss()(net(x), y)\n"
    files = {"net.py": net.encode(), "a.md": document(use).encode()}
    after = fixed(files)
    assert after["a.md"] == files["a.md"]
    assert after["net.py"] == net.replace(", nn.Softmax(dim=1)", "").encode()


def test_a_document_that_shows_half_a_program_is_left_alone() -> None:
    files = {"a.md": document(PROGRAM, "for x, y in loader:\n    p = step(x, y\n").encode()}
    findings = found(files)
    (refusal,) = [Plans([(MemoryTree(files), ["a.md"])], findings).fix(finding) for finding in findings]
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "parts of the document are not read"
    assert fixed(files) == files


def test_nothing_is_left_to_fix() -> None:
    after = fixed({"a.md": document(PROGRAM, PROGRAM).encode()})
    assert after == {"a.md": document(FIXED, FIXED).encode()}
    assert fixed_all(after).mended == []
