"""Files with a few rows that no parser of today reads."""

from __future__ import annotations

import ast

import pytest

from losslint.sources.source import UnreadableSource
from losslint.static.files.older_syntax import repaired
from losslint.static.observer import observe
from losslint.vocabulary.observations import LossCall
from tests.static.programs import project_of

PROGRAM = """\
import torch.nn.functional as F

def train(loader, net):
    for i, (x, y) in enumerate(loader):
        loss = F.cross_entropy(net(x).softmax(1), y)
        {row}
        loss.backward()
"""


@pytest.mark.parametrize(
    "row",
    [
        'print "step %d" % i',
        "print i, loss",
        'if i % 10 == 0: print "step"',
        'raise ValueError, "no"',
        'exec "x = 1"',
        "mode = 0755",
        "count = 10L",
        "if i <> 3: pass",
        "x = x.cuda(0, async=True)",
        "x = x.cuda(async = True)",
        "%matplotlib inline",
        "! nvidia-smi",
        "%%time",
    ],
)
def test_rows_of_python_2_and_of_notebooks(row: str) -> None:
    text = PROGRAM.format(row=row)
    found = repaired(text)
    assert found is not None
    changed, rows = found
    assert rows == (6,)
    ast.parse(changed)
    assert [line for number, line in enumerate(changed.split("\n"), 1) if number != 6] == [
        line for number, line in enumerate(text.split("\n"), 1) if number != 6
    ]


@pytest.mark.parametrize("row", ["print", "print >>log, i", 'print ("step"), i'])
def test_rows_that_mean_something_else_today(row: str) -> None:
    text = PROGRAM.format(row=row)
    assert repaired(text) == (text, ())


def test_a_keyword_of_today_in_rows_that_go_on_below() -> None:
    text = PROGRAM.format(row="x, y = x.cuda(async=True), \\\n            y.cuda(async=True)")
    found = repaired(text)
    assert found is not None
    assert found[0] == text.replace("async", "non_blocking") and found[1] == (6, 7)


def test_an_exception_by_its_old_name() -> None:
    found = repaired("try:\n    f()\nexcept (IOError, ValueError), e:\n    print e\n")
    assert found is not None
    assert found[0] == "try:\n    f()\nexcept (IOError, ValueError) as e:\n    pass\n"


def test_tabs_that_lead_to_the_next_multiple_of_eight() -> None:
    found = repaired("def f():\n        a = 1\n\treturn a\n")
    assert found is not None
    assert found[0] == "def f():\n        a = 1\n        return a\n"


def test_a_printing_row_that_slipped() -> None:
    found = repaired('for i in x:\n    y = i\n  print(f"{i}")\n')
    assert found is not None and found[1] == (3,)


@pytest.mark.parametrize(
    "text",
    [
        "x = (1,\n",
        "for i in x:\n    y = i\n  z = y\n",
        "loss = F.cross_entropy(softmax(x) y)\n",
        'print "a %d" % (1,\n  2)\n',
        "def f(:\n    pass\n",
        "x = (1\n% 2)\ny = 3 4\n",
    ],
)
def test_what_nobody_can_tell_is_left_alone(text: str) -> None:
    assert repaired(text) is None


def test_the_rest_of_the_file_is_looked_at_and_the_row_is_named() -> None:
    project = project_of({"train.py": PROGRAM.format(row='print "step %d" % i')})
    seen = list(observe(project.tree, ["train.py"]))
    calls = [each for each in seen if isinstance(each, LossCall)]
    problems = [each for each in seen if isinstance(each, UnreadableSource)]
    assert [call.spot.place().row for call in calls] == [5]
    assert [(problem.place.row, "the rest of the file is read" in problem.message) for problem in problems] == [
        (6, True)
    ]


def test_of_a_script_of_cells_those_that_cannot_be_read_are_left_out() -> None:
    text = "%matplotlib inline\n#%% data\nx = f(1 2)\ny = 3\n# %%\nz = 4\n#%%\n%matplotlib inline\nw = z\n#%%\nf(\n"
    assert repaired(text) == ("pass\n\n\n\n# %%\nz = 4\n#%%\npass\nw = z\n\n\n", (1, 3, 8, 11))
    assert repaired("#%%\nx = f(1 2)\ny = 3\n") is None
    assert repaired("x = f(1 2)\ny = 3\n") is None
