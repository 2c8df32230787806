"""The full format, as people read it."""

from __future__ import annotations

import json
from textwrap import dedent

from losslint.report.formats.full import full
from losslint.report.style import Style
from losslint.vocabulary.findings import Severity
from losslint.vocabulary.places import Place, Step
from tests.report.made import CALL, CLASH, FILES, finding, texts, texts_of

PLAIN = Style(False)


def shown(*findings: object, files: object = FILES) -> str:
    return full(tuple(findings), files, PLAIN)  # type: ignore[arg-type]


def test_the_message_the_call_the_way_there_and_the_help() -> None:
    assert shown(CLASH) == dedent("""\
        LL101 softmax-into-cross-entropy: It is given probabilities.
         --> train.py:3:12
        3 | return cross_entropy(out, y)
          |        ^^^^^^^^^^^^^^^^^^^^^
          = how it gets there:
          1. models/net.py:3:16: `softmax` makes probabilities here
        3 | return self.head(x).softmax(1)
          |        ^^^^^^^^^^^^^^^^^^^^^^^
          = help: Remove the softmax at models/net.py:3.

        """)


def test_without_evidence_and_help_only_the_call_is_shown() -> None:
    assert shown(finding(Place("train.py", 1, 1, 1, 4))) == dedent("""\
        LL101 softmax-into-cross-entropy: It is given probabilities.
         --> train.py:1:1
        1 | def train(net, x, y):
          | ^^^

        """)


def test_steps_at_one_place_share_its_code() -> None:
    here, there = Place("train.py", 2, 11, 2, 17), Place("train.py", 1, 1, 1, 4)
    steps = (
        Step(here, "made here"),
        Step(here, "returned by `Net.forward`"),
        Step(there, "passed"),
        Step(here, "back"),
    )
    assert shown(finding(CALL, *steps)) == dedent("""\
        LL101 softmax-into-cross-entropy: It is given probabilities.
         --> train.py:3:12
        3 | return cross_entropy(out, y)
          |        ^^^^^^^^^^^^^^^^^^^^^
          = how it gets there:
          1. train.py:2:11: made here
          2. train.py:2:11: returned by `Net.forward`
        2 | out = net(x)
          |       ^^^^^^
          3. train.py:1:1: passed
        1 | def train(net, x, y):
          | ^^^
          4. train.py:2:11: back
        2 | out = net(x)
          |       ^^^^^^

        """)


def test_the_gutter_is_as_wide_as_the_widest_row_number() -> None:
    files = texts(a="\n" * 99 + "loss(p)\n", b="\n" * 6 + "p = softmax(x)\n")
    step = Step(Place("b.py", 7, 5, 7, 15), "made here")
    assert shown(finding(Place("a.py", 100, 1, 100, 8), step), files=files) == dedent("""\
        LL101 softmax-into-cross-entropy: It is given probabilities.
           --> a.py:100:1
        100 | loss(p)
            | ^^^^^^^
            = how it gets there:
            1. b.py:7:5: made here
          7 | p = softmax(x)
            |     ^^^^^^^^^^

        """)


def test_a_file_that_is_gone_has_no_frame() -> None:
    assert shown(finding(Place("gone.py", 4, 2))) == dedent("""\
        LL101 softmax-into-cross-entropy: It is given probabilities.
         --> gone.py:4:2

        """)


def test_a_cell_of_a_notebook_is_named_and_its_own_row_shown() -> None:
    cells = ["import torch\nx = 1", "y = 2\nloss = f(x)"]
    notebook = {
        "cells": [
            {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": cell}
            for cell in cells
        ],
        "metadata": {"language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    files = texts_of({"train.ipynb": json.dumps(notebook)})
    step = Step(Place("train.ipynb", 2, 1, 2, 6, cell=1), "made here")
    assert shown(finding(Place("train.ipynb", 2, 8, 2, 12, cell=2), step), files=files) == dedent("""\
        LL101 softmax-into-cross-entropy: It is given probabilities.
         --> train.ipynb:cell 2:2:8
        2 | loss = f(x)
          |        ^^^^
          = how it gets there:
          1. train.ipynb:cell 1:2:1: made here
        2 | x = 1
          | ^^^^^

        """)


def test_what_would_command_a_terminal_is_escaped_wherever_it_stands() -> None:
    name = "evil\x1b[2J\n\u202efile.py"
    files = texts_of({name: "loss('\x1b[31m\u202e', p)\n"})
    clash = finding(
        Place(name, 1, 1, 1, 18),
        Step(Place(name, 1, 6, 1, 7), "made by `f\x1b]0;title\x07\n`"),
        message="It is given \x9b31m.",
        mend="Remove `\x1b[1m` at evil\x1b[2J\n\u202efile.py:1.",
    )
    assert shown(clash, files=files) == dedent("""\
        LL101 softmax-into-cross-entropy: It is given \\x9b31m.
         --> evil\\x1b[2J\\n\\u202efile.py:1:1
        1 | loss('\\x1b[31m\\u202e', p)
          | ^^^^^^^^^^^^^^^^^^^^^^^^^
          = how it gets there:
          1. evil\\x1b[2J\\n\\u202efile.py:1:6: made by `f\\x1b]0;title\\x07\\n`
        1 | loss('\\x1b[31m\\u202e', p)
          |      ^
          = help: Remove `\\x1b[1m` at evil\\x1b[2J\\n\\u202efile.py:1.

        """)


def test_colour_is_for_what_is_wrong_and_the_text_below_it_is_the_same() -> None:
    painted = full((CLASH,), FILES, Style(True))
    assert painted.startswith("\x1b[1;31mLL101\x1b[0m \x1b[1msoftmax-into-cross-entropy\x1b[0m: It is")
    bare = painted
    for code in ("0", "1", "1;31", "1;33", "1;34", "1;32"):
        bare = bare.replace(f"\x1b[{code}m", "")
    assert bare == shown(CLASH)


def test_a_warning_is_yellow() -> None:
    warning = finding(Place("train.py", 1, 1, 1, 4), severity=Severity.WARNING)
    assert full((warning,), FILES, Style(True)).startswith("\x1b[1;33mLL101\x1b[0m")


def test_nothing_found_shows_nothing() -> None:
    assert shown() == ""
