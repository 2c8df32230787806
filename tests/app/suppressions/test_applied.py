"""Which findings a comment suppresses, which comments suppress nothing, and what is told of them."""

from __future__ import annotations

import json

import pytest

from losslint.rules.registry import load
from losslint.vocabulary.suppressed import By
from tests.app.suppressions.runs import FIRST, body, fixed, found, run, suppressed, telling
from tests.rules.calls import files_of, marks_of, python_blocks

CALL = "return F.cross_entropy(p, y)"


# ---------------------------------------------------------------- where a comment counts


@pytest.mark.parametrize(
    "text",
    [
        f"{CALL}  # noqa",
        f"{CALL}  # noqa: LL101",
        f"{CALL}  # noqa: E501, LL1",
        f"{CALL}  # losslint: ignore",
        f"{CALL}  # losslint: ignore[softmax-into-cross-entropy]",
        f"{CALL}  # losslint: ignore[ll101]",
        f"# losslint: ignore[LL101]\n{CALL}",
        f"# losslint: ignore[LL101] a reason that takes\n# two rows\n{CALL}",
        "return F.cross_entropy(  # noqa: LL101\n    p,\n    y,\n)",
        "return F.cross_entropy(\n    p,  # noqa: LL101\n    y,\n)",
        "return F.cross_entropy(\n    p,\n    y,\n)  # noqa: LL101",
        "return (\n    F.cross_entropy(p, y)\n    + 1\n)  # noqa: LL101",
        "return (  # noqa: LL101\n    1\n    + F.cross_entropy(p, y)\n)",
        "return (\n    1\n    # losslint: ignore[LL101]\n    + F.cross_entropy(p, y)\n)",
        "return F.cross_entropy(p, y), '''\n'''  # noqa: LL101",
        f"if x:  # losslint: ignore-file\n    pass\n# losslint: ignore-file[LL101]\n{CALL}",
        f"{CALL}\n# flake8: noqa",
        f"{CALL}\n# losslint: noqa: LL1",
    ],
)
def test_a_comment_suppresses(text: str) -> None:
    outcome = run(body(text), select=["LL101"])
    assert found(outcome) == []
    assert [each.finding.code for each in outcome.report.suppressed] == ["LL101"]
    assert outcome.report.suppressed[0].by is By.COMMENT
    assert found(run(body(text), select=["LL101"], comments=False))


@pytest.mark.parametrize(
    "text",
    [
        f"{CALL}  # noqa: LL102, E501",
        f"{CALL}  # noqa: because LL101",
        f"{CALL}  # losslint: ignore[LL102]",
        f"# noqa: LL101\n{CALL}",
        f"# losslint: ignore[LL101]\n\n{CALL}",
        f"pass  # losslint: ignore[LL101]\n{CALL}",
        f"a = F.cross_entropy(head(x), y)  # noqa: LL101\n{CALL}",
        "return (\n    1  # noqa: LL101\n    + 2\n    + F.cross_entropy(p, y)\n)",
        f"{CALL}  # losslint: ignore-file",
        f"{CALL}  # flake8: noqa",
        f"# ruff: noqa\n{CALL}",
        f'"""# losslint: ignore-file"""\n{CALL}',
    ],
)
def test_a_comment_that_is_about_something_else_does_not(text: str) -> None:
    outcome = run(body(text), select=["LL101"])
    assert [each.split()[1] for each in found(outcome)] == ["LL101"]
    assert suppressed(outcome) == []


def test_the_reason_is_kept() -> None:
    text = f"{CALL}  # noqa: E501, LL101 the paper does it  # type: ignore"
    assert suppressed(run(body(text))) == [f"{FIRST} LL101 the paper does it"]
    both = f"# losslint: ignore[LL101] - one\n{CALL}  # noqa: LL101"
    assert suppressed(run(body(both))) == [f"{FIRST + 1} LL101 one"]


def test_the_loss_of_another_file() -> None:
    files = {
        "net.py": "def probabilities(x):\n    return x.softmax(dim=1)\n",
        "train.py": "import torch.nn.functional as F\nfrom net import probabilities\n\n"
        "def train(x, y):\n    return F.cross_entropy(probabilities(x), y)  # noqa: LL101\n",
    }
    outcome = run(files, "net.py")
    assert (found(outcome), suppressed(outcome)) == ([], ["5 LL101"])


def test_cells_and_fences() -> None:
    def cell(text: str) -> dict[str, object]:
        return {"cell_type": "code", "metadata": {}, "outputs": [], "source": text}

    first = body(f"{CALL}  # noqa: LL101 first")
    second = f"p = torch.softmax(head(1), dim=1)\n%time F.cross_entropy(p, 2)\n{CALL[7:]}  # losslint: ignore why"
    notebook = json.dumps({"cells": [cell(first), cell("# losslint: ignore\n"), cell(second)], "nbformat": 4})
    outcome = run({"a.ipynb": notebook}, select=["LL101"])
    assert [(each.place.cell, each.place.row) for each in outcome.report.findings] == [(3, 2)]
    assert [(each.finding.place.cell, each.reason) for each in outcome.report.suppressed] == [(1, "first"), (3, "why")]
    fence = "".join(f"    {row}\n" for row in body(CALL + "  # noqa").splitlines())
    page = f"# Title\n\n- item\n\n    ```python\n{fence}    ```\n"
    outcome = run({"a.md": page}, select=["LL101"])
    assert (found(outcome), len(outcome.report.suppressed)) == ([], 1)


# ---------------------------------------------------------------- comments that suppress nothing


FITS = "return F.cross_entropy(head(x), y)"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"{FITS}  # noqa: LL101", "suppresses `LL101`, but nothing of the kind is found here"),
        (f"{FITS}  # noqa: E501, LL101, LL103", "suppresses `LL101` and `LL103`, but"),
        (f"{FITS}  # noqa: LL1", "suppresses `LL1`, but"),
        (f"{FITS}  # losslint: ignore", "Nothing is found here that this comment could suppress"),
        (f"{FITS}  # losslint: ignore[log-of-softmax]", "suppresses `log-of-softmax`, but"),
        (f"{FITS}  # losslint: ignore[]", "names no rule, so it suppresses nothing"),
        (f"# losslint: ignore-file[LL2]\n{FITS}", "nothing of the kind is found in this file"),
        (f"# losslint: ignore-file\n{FITS}", "Nothing is found in this file"),
        (f"{FITS}  # losslint: ignore-file", "counts on a row of its own"),
        (f"# losslint: ignore[LL101]\n\n{FITS}", "suppresses `LL101`, but"),
        (f"{CALL}  # losslint: ignore[LL101, LL103]", "suppresses `LL103`, but"),
    ],
)
def test_an_unused_comment_is_told(text: str, says: str) -> None:
    outcome = run(body(text))
    (finding,) = [each for each in outcome.report.findings if each.code != "LL101"]
    assert finding.code == "LL901"
    assert says in finding.message


@pytest.mark.parametrize(
    "text",
    [
        f"{FITS}  # noqa",
        f"{FITS}  # noqa: E501",
        f"# flake8: noqa\n{FITS}",
        f"{FITS}  # noqa: LL712",  # only a run of the program sees it
        f"{FITS}  # noqa: LL102",  # advice was not asked for
        f"{FITS}  # noqa: LL901",
        f"{FITS}  # noqa: LL101, LL901",
        "return F.cross_entropy(x, y)  # noqa: LL101",  # cannot be decided: a run may show it
        "# losslint: ignore\nreturn F.cross_entropy(x, y)",
        "# losslint: ignore-file[LL101]\nreturn F.cross_entropy(x, y)",
        f"{CALL}  # noqa: LL101  # losslint: ignore[LL1]",
    ],
)
def test_of_a_comment_that_may_be_used_nothing_is_told(text: str) -> None:
    outcome = run(body(text))
    assert [each for each in found(outcome) if "LL101" not in each] == []


def test_advice_that_was_asked_for_is_missed() -> None:
    assert found(run(body(f"{FITS}  # noqa: LL102"), advice=True)) == [f"{FIRST} LL901"]


def test_rules_that_did_not_run_may_be_needed() -> None:
    text = body(f"{FITS}  # noqa: LL101, LL103\nx = 1  # losslint: ignore")
    assert found(run(text)) == [f"{FIRST} LL901", f"{FIRST + 1} LL901"]
    assert found(run(text, select=["LL103", "LL901"])) == [f"{FIRST} LL901"]
    assert found(run(text, select=["LL103"])) == []
    assert found(run(text, select=["LL2", "LL9"])) == []


def test_nothing_is_certain_beside_what_cannot_be_read() -> None:
    text = body(f"{FITS}  # noqa: LL101")
    assert found(run({"a.py": text, "b.py": "x = (\n"})) == ["1 LL900"]
    assert found(run({"a.py": text, "b.py": "x = (\n"}, select=["LL101", "LL901"])) == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x = 1  # noqa: LL999", "`LL999`"),
        ("x = 1  # losslint: ignore[LL1011]", "`LL1011` (did you mean LL1"),
        ("x = 1  # losslint: ignore[softmax-into-crossentropy]", "(did you mean softmax-into-cross-entropy?)"),
        ("# losslint: ignore-file[E501]\n", "`E501`"),
        ("# flake8: noqa: LL4711\n", "`LL4711`"),
    ],
)
def test_an_unknown_code_is_told(text: str, says: str) -> None:
    (finding,) = run(text).report.findings
    assert finding.code == "LL902"
    assert says in finding.message


@pytest.mark.parametrize("text", ["x = 1  # noqa: E999, LLM101, L1", "x = 1  # noqa: LLX", "y = 1  # noqa LL999"])
def test_codes_of_others_are_theirs(text: str) -> None:
    assert found(run(text)) == []


# ---------------------------------------------------------------- the rules' own examples


@pytest.mark.parametrize("code", ["LL901", "LL902"])
def test_the_examples_of_the_rules(code: str) -> None:
    rule = load(code)
    programs = [*rule.bad, *rule.good]
    assert len(rule.bad) >= 2 and len(rule.good) >= 2
    for example in programs:
        files = files_of(example)
        told = {(each.place.filename, each.place.row, each.code) for each in run(files).report.findings}
        assert told == marks_of(files)
    for heading, expected in (("Example", True), ("Use instead", False)):
        for program in python_blocks(rule.documentation, heading):
            assert (code in {each.code for each in run(program).report.findings}) is expected


# ---------------------------------------------------------------- taking them away


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"{FITS}  # noqa: LL101", FITS),
        (f"{FITS}  # noqa: LL101 why", FITS),
        (f"{FITS}\t#noqa:LL101\t", FITS),
        (f"{FITS}  # noqa: E501, LL101", f"{FITS}  # noqa: E501"),
        (f"{FITS}  # noqa: LL101, E501 long", f"{FITS}  # noqa: E501 long"),
        (f"{FITS}  # noqa: E501  LL101 W291", f"{FITS}  # noqa: E501  W291"),
        (f"{FITS}  # noqa: E501LL101W291", f"{FITS}  # noqa: E501, W291"),
        (f"{FITS}  # type: ignore  # noqa: LL101", f"{FITS}  # type: ignore"),
        (f"{FITS}  # noqa: LL101  # type: ignore", f"{FITS}  # type: ignore"),
        (f"{FITS}  # a # noqa: LL101 # b", f"{FITS}  # a # b"),
        (f"# losslint: ignore[LL101] why\n{FITS}", FITS),
        (f"x = 1\n# losslint: ignore\n\n{FITS}", f"x = 1\n\n{FITS}"),
        (f"{FITS}  # losslint: ignore[LL101, LL103]", FITS),
        (f"{CALL}  # losslint: ignore[LL101,LL103] why", f"{CALL}  # losslint: ignore[LL101] why"),
        (f"{CALL}  # losslint: ignore[LL103, LL101] why", f"{CALL}  # losslint: ignore[LL101] why"),
        (f"{FITS}  # noqa: LL101, LL103  # losslint: ignore", FITS),
    ],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_an_unused_comment_goes_and_nothing_else(before: str, after: str, ends: str) -> None:
    files = {"a.py": body(before).replace("\n", ends).encode("utf-8-sig")}
    result = fixed(files)
    assert result.files[0]["a.py"].decode("utf-8-sig") == body(after).replace("\n", ends)
    assert found(result.outcome) == []
    assert result.dropped == []


def test_at_the_very_end_of_a_file() -> None:
    (files,) = fixed({"a.py": "x = 1\n# losslint: ignore"}).files
    assert files == {"a.py": b"x = 1"}
    (files,) = fixed({"a.py": "# losslint: ignore"}).files
    assert files == {"a.py": b""}


def test_in_a_cell() -> None:
    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": [1], "source": ["# losslint: ignore"]},
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": ["x = 1\n", "# losslint: ignore[LL101]"]},
        {
            "cell_type": "code",
            "metadata": {},
            "outputs": [],
            "source": ["# losslint: ignore\n", "y = 1  # noqa: LL101"],
        },
    ]
    (files,) = fixed({"a.ipynb": json.dumps({"cells": cells, "nbformat": 4}, indent=1)}).files
    after = json.loads(files["a.ipynb"])
    assert ["".join(cell["source"]) for cell in after["cells"]] == ["", "x = 1", "y = 1"]
    assert after["cells"][0]["outputs"] == [1]


def test_what_is_suppressed_is_not_mended() -> None:
    program = "import torch\n\ndef f(x):\n    return torch.log(torch.softmax(x, dim=1))"
    assert fixed({"a.py": program}).files[0]
    result = fixed({"a.py": program + "  # noqa: LL801"})
    assert (result.files, result.mended) == ([{}], [])


def test_a_comment_for_what_is_mended_goes_with_it() -> None:
    program = (
        "import torch\nfrom torch import nn\n\ndef f(x, y):\n"
        "    a = nn.NLLLoss()(torch.log(torch.softmax(x, dim=1)), y)  # noqa: LL103\n    return a\n"
    )
    (files,) = fixed({"a.py": program}).files
    assert b"log_softmax" in files["a.py"] and b"noqa" not in files["a.py"]


# ---------------------------------------------------------------- what it costs


def test_files_without_such_words_are_not_read_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    from losslint.comments import files

    monkeypatch.setattr(files, "comments_of", lambda text: pytest.fail("tokenized"))
    outcome = run({"a.py": body(CALL), "b.py": "x = 1  # noqa\n"})
    assert found(outcome) == [f"{FIRST} LL101"]


def test_a_run_without_findings_imports_nothing_for_it() -> None:
    import subprocess
    import sys

    code = (
        "import sys\nfrom tests.app.suppressions.runs import body, run\n"
        f"run({{'a.py': body({FITS!r})}})\n"
        "print('losslint.app.suppressions.applied' in sys.modules)"
    )
    for program, imported in ((code, "False"), (code.replace(repr(FITS), repr(CALL)), "True")):
        shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        assert shown.strip() == imported


def test_the_same_telling_serves_several_runs() -> None:
    told = telling({"a.py": body(f"{CALL}  # noqa: LL101")})
    from losslint.app.lint import lint

    first = told(lint(told.jobs, told.codes, told.explicit, 1))
    assert told(lint(told.jobs, told.codes, told.explicit, 1)) == first
