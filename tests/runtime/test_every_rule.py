"""Every rule that the catalogue gives to the runtime observer is told at run time; the manual names the others."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import losslint
from losslint.rules.registry import all_rules, load
from tests.runtime.programs import ROWS

MANUAL = Path(__file__).parents[2] / "docs" / "runtime.md"

#: A misuse for each rule that has no row in the table of programs, as often as values have to be looked at.
PROGRAMS = {
    "LL102": "F.cross_entropy(net(x).log_softmax(1), y)",
    "LL112": "F.cross_entropy(net(x), F.one_hot(y, 3).float())",
    "LL120": "F.mse_loss(one(x).to('meta'), torch.zeros(8, 1))",
    "LL204": "F.binary_cross_entropy(one(x).sigmoid(), torch.zeros(8, 1))",
    "LL207": "F.binary_cross_entropy(net(x).softmax(1), F.one_hot(y, 3).float())",
    "LL303": "F.kl_div(net(x).softmax(1), net(x).log_softmax(1), reduction='batchmean')",
    "LL306": "F.kl_div(net(x).log_softmax(1), net(x), reduction='batchmean')",
    "LL405": "F.huber_loss(one(x)[:, 0], y)",
    "LL704": "F.mse_loss(one(x), torch.zeros(8, 1)).detach().backward()",
    "LL710": "nn.MSELoss(size_average=False)(one(x), torch.zeros(8, 1))",
}
#: Files of this folder that name rules without running them one by one.
_OF_ALL_RULES = {"test_every_rule.py", "test_examples.py"}
#: Rules that only an accelerator can show.
OF_ACCELERATORS = {"LL205"}


@pytest.mark.parametrize("code", PROGRAMS)
@pytest.mark.filterwarnings("ignore")  # torch's own
def test_a_rule_speaks_at_run_time(code: str) -> None:
    torch.manual_seed(0)
    names = {"torch": torch, "nn": nn, "F": F, "x": torch.randn(8, 5), "y": torch.arange(8) % 3}
    names |= {"net": nn.Linear(5, 3), "one": nn.Linear(5, 1)}
    program = compile(PROGRAMS[code], "program.py", "eval")
    with losslint.watch("record", advice=True) as session:
        for _ in range(10):
            with suppress(RuntimeError):
                eval(program, names)
    assert [finding.code for finding in session.findings] == [code]
    assert session.failures == []


@pytest.mark.skipif(not torch.cuda.is_available(), reason="takes an accelerator")
def test_bce_under_autocast() -> None:
    one, x = nn.Linear(5, 1).cuda(), torch.randn(8, 5).cuda()
    with losslint.watch("record") as session, torch.autocast("cuda"), pytest.raises(RuntimeError, match="autocast"):
        F.binary_cross_entropy(one(x).sigmoid(), torch.zeros(8, 1).cuda())
    assert [finding.code for finding in session.findings] == ["LL205"]


def test_every_rule_of_the_runtime_observer_is_run() -> None:
    watched = {rule.code for rule in all_rules() if "R" in rule.observers}
    elsewhere = [each for each in Path(__file__).parent.glob("test_*.py") if each.name not in _OF_ALL_RULES]
    text = "".join(path.read_text("utf-8") for path in elsewhere)
    in_rows = {code for row in ROWS for code in row.codes}
    told = set(re.findall(r"LL\d{3}", text)) | in_rows | set(PROGRAMS) | OF_ACCELERATORS
    assert watched <= told
    assert in_rows | set(PROGRAMS) <= watched


def test_the_manual_says_which_rules_are_silent_at_run_time() -> None:
    rows = re.findall(r"^\| (LL\d{3}[^|]*) \|", MANUAL.read_text("utf-8"), re.MULTILINE)
    silent = {code for row in rows for code in row.split(", ")}
    assert silent
    assert all(load(code).observers == "S" for code in silent)
