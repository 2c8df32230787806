"""What could go on for ever ends, what is too much is left, and twice the same is the same."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from losslint.sources.source import UnreadableSource
from losslint.sources.tree import MemoryTree
from losslint.static.files.trace import Trace
from losslint.static.observer import observe
from losslint.static.worlds.world import TOO_DEEP
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.observations import LossCall

from .programs import CASES, cases, files_of, findings, judged, marks_of, observed

HEAD = "import torch\nimport torch.nn.functional as F\nfrom torch import nn\n\nhead = nn.Linear(8, 3)\n\n"

#: Something that every program holds beside what goes in circles: what is wrong elsewhere is still found.
WRONG = "\n\ndef wrong(x, y):\n    return F.cross_entropy(F.softmax(head(x), dim=1), y)  # LL101\n"

CIRCLES = {
    "functions that call each other": """
def ping(x, n):
    return pong(x, n - 1)

def pong(x, n):
    return ping(x, n - 1)

def step(x, y):
    return F.cross_entropy(ping(x, 3), y)
""",
    "a function whose only caller is itself": """
def step(x, y):
    step(x * 2, y)
    return F.cross_entropy(x, y)
""",
    "a lambda that calls itself": """
loop = lambda x: loop(x)

def step(x, y):
    return F.cross_entropy(loop(x), y)
""",
    "a class that is its own base": """
class Net(Net):
    def step(self, x, y):
        return F.cross_entropy(self(x), y)
""",
    "classes that are each other's bases": """
class A(B):
    def forward(self, x):
        return super().forward(x)

class B(A):
    def step(self, x, y):
        return F.cross_entropy(self(x), y)
""",
    "a class that makes itself": """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = Net()

    def forward(self, x):
        return self.inner(x)

def step(x, y):
    return F.cross_entropy(Net()(x), y)
""",
    "an attribute that is itself": """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = self.b
        self.b = self.a

    def forward(self, x):
        return self.a(x)

    def step(self, x, y):
        return F.cross_entropy(self(x), y)
""",
    "a forward that calls itself": """
class Net(nn.Module):
    def forward(self, x):
        return self(x)

    def step(self, x, y):
        return F.cross_entropy(self.forward(x), y)
""",
    "a property that reads itself": """
class Net(nn.Module):
    @property
    def scores(self):
        return self.scores

    def step(self, y):
        return F.cross_entropy(self.scores, y)
""",
    "names of the module that wait for each other": """
first = second
second = first

def step(y):
    return F.cross_entropy(first, y)
""",
    "a list that holds itself": """
def step(x, y):
    layers = [head]
    layers.append(layers)
    net = nn.Sequential(*layers)
    return F.cross_entropy(net(x), y)
""",
    "a Sequential that holds itself": """
net = nn.Sequential(head)
net.append(net)

def step(x, y):
    return F.cross_entropy(net(x), y)
""",
    "a default that is the function's own result": """
def step(x, y, out=None):
    out = step(x, y, out) if out is None else out
    return F.cross_entropy(out, y)
""",
    "a loop that feeds itself": """
def step(x, y):
    while True:
        x = F.cross_entropy(x, y) * x
""",
    "callers in a circle": """
def a(out, y):
    return b(out, y)

def b(out, y):
    return c(out, y)

def c(out, y):
    a(out, y)
    return F.cross_entropy(out, y)
""",
}


@pytest.mark.parametrize("name", CIRCLES)
def test_circles_end_and_stay_quiet(name: str) -> None:
    files = {"a.py": HEAD + CIRCLES[name] + WRONG}
    assert judged(files) == marks_of(files)
    assert len({observation.spot.place().row for observation in observed(files)}) == 2


def test_imports_in_a_circle() -> None:
    files = files_of(
        """
        # file: a.py
        from b import *
        from b import head, activate
        import torch.nn.functional as F

        def step(x, y):
            return F.cross_entropy(activate(head(x)), y)

        def known(x, y):
            return F.cross_entropy(soft(x), y)  # LL101
        # file: b.py
        from a import *
        from a import head, activate
        import torch.nn.functional as F

        def soft(x):
            return F.softmax(x, dim=1)
        """
    )
    assert judged(files) == marks_of(files)


def nested_calls(depth: int) -> str:
    return "F.dropout(" * depth + "x" + ")" * depth


def chained_methods(length: int) -> str:
    return "x" + ".view(-1, 3)" * length


@pytest.mark.parametrize("argument", [nested_calls(100), nested_calls(180), chained_methods(100), chained_methods(180)])
def test_what_is_nested_may_be_left_undecided_and_what_stands_beside_it_may_not(argument: str) -> None:
    files = {"a.py": f"{HEAD}def step(x, y):\n    return F.cross_entropy({argument}, y)\n{WRONG}"}
    assert judged(files) == marks_of(files)


def test_what_is_nested_a_little_is_followed() -> None:
    files = {
        "a.py": f"{HEAD}def step(x, y):\n    x = head(x).softmax(1)\n"
        f"    return F.cross_entropy({nested_calls(30)}, y)  # LL101\n{WRONG}"
    }
    assert judged(files) == marks_of(files)


@pytest.mark.parametrize("argument", [nested_calls(400), chained_methods(400), chained_methods(4000)])
def test_what_is_nested_very_deeply_is_never_passed_over(argument: str) -> None:
    """400 calls in each other are more than Python itself takes: somebody is told, or everything was read."""
    text = f"{HEAD}def step(x, y):\n    return F.cross_entropy({argument}, y)\n{WRONG}"
    tree = MemoryTree({"a.py": text.encode(), "b.py": (HEAD + WRONG).encode()})
    seen = list(observe(tree, tree.names()))
    calls = [observation.spot.place() for observation in seen if isinstance(observation, LossCall)]
    told = [problem for problem in seen if isinstance(problem, UnreadableSource)]
    assert [place.row for place in calls if place.filename == "b.py"] == [10]
    rows = [place.row for place in calls if place.filename == "a.py"]
    assert rows == [8, 12] or [problem.place.filename for problem in told] == ["a.py"]


def conditions(count: int) -> str:
    """Conditions that hang on each other: each is short enough to be read, but not all that they hang on."""
    named = [f"    c{number} = " + " and ".join([f"c{number - 1}"] + ["flag"] * 1_100) for number in range(1, count)]
    return HEAD + "\n".join(
        ["def step(x, y, z, flag):", "    c0 = flag", *named, f"    x = head(x) if c{count - 1} else z"]
    )


@pytest.mark.parametrize("loss", ["F.cross_entropy(x, y)", "nn.CrossEntropyLoss()(x, y)", "nn.KLDivLoss()(x, y)"])
def test_a_loss_call_that_the_stack_is_too_small_for_is_undecided(loss: str) -> None:
    program = conditions(12) + f"\n    return {loss}\n" + WRONG
    calls = [seen for seen in observed({"a.py": program}) if isinstance(seen, LossCall)]
    deep = [seen for seen in calls if seen.argument("input").reason == TOO_DEEP]
    assert [seen.spelling for seen in deep] == [loss.partition("(")[0]]
    assert all(meaning.reason == TOO_DEEP for meaning in deep[0].arguments.values())
    assert {code for _, _, code in judged({"a.py": program})} == {"LL101"}


def test_the_same_with_fewer_conditions_is_followed() -> None:
    program = conditions(2) + "\n    return F.cross_entropy(x, y)\n"
    (call,) = (seen for seen in observed({"a.py": program}) if isinstance(seen, LossCall))
    assert call.argument("input").reason != TOO_DEEP


def alternatives(count: int, wrong: int) -> str:
    """A function that picks one of many networks by its name, of which one ends in a softmax."""
    nets = "".join(
        f"class Net{n}(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        f"        self.fc = nn.Linear({n + 8}, 10)\n\n    def forward(self, x):\n"
        f"        return self.fc(x){'.softmax(1)' if n == wrong else ''}\n\n"
        for n in range(count)
    )
    branches = "".join(
        f"    {'el' if n else ''}if args.net == 'net{n}':\n        net = Net{n}()\n" for n in range(count)
    )
    step = "def step(args, x, y):\n    return F.cross_entropy(get_network(args)(x), y)"
    return f"{HEAD}{nets}def get_network(args):\n{branches}    return net\n\n{step}"


@pytest.mark.parametrize(("count", "wrong"), [(16, 15), (35, 30), (35, -1)])
def test_one_of_many_alternatives(count: int, wrong: int) -> None:
    files = {"a.py": alternatives(count, wrong) + ("  # LL101\n" if wrong >= 0 else "\n")}
    assert judged(files) == marks_of(files)


def test_a_call_with_more_alternatives_than_are_looked_at_is_undecided() -> None:
    calls = [seen for seen in observed({"a.py": alternatives(200, 199)}) if isinstance(seen, LossCall)]
    assert any(call.argument("input").kind is Kind.UNKNOWN for call in calls)


def called_from(arguments: list[str]) -> str:
    """A function that is called under one flag after the other."""
    sites = "".join(f"    if args.f{n}:\n        train({given}, loader)\n" for n, given in enumerate(arguments))
    train = "def train(net, loader):\n    for x, y in loader:\n        F.cross_entropy(net(x), y).backward()"
    nets = "class Net(nn.Linear):\n    pass\n\nshares = nn.Sequential(nn.Linear(8, 3), nn.Softmax(1))\n\n"
    return f"{HEAD}{nets}def main(args, loader):\n{sites}\n{train}"


@pytest.mark.parametrize(
    "right",
    [
        [f"nn.Linear({n}, 3)" for n in range(17)],  # each gives something of its own
        ["nn.Linear(8, 3)"] * 19 + ["nn.Linear(8, args.classes)"] * 40,  # most give the same
    ],
)
def test_one_of_many_callers(right: list[str]) -> None:
    files = {"a.py": called_from([*right, "shares"]) + "  # LL101\n"}
    assert judged(files) == marks_of(files)
    calls = [seen for seen in observed({"a.py": called_from(right)}) if isinstance(seen, LossCall)]
    assert {call.argument("input").kind for call in calls} == {Kind.LOGITS}


@pytest.mark.parametrize("count", [30, 200])
def test_with_more_callers_than_are_looked_at_it_is_undecided(count: int) -> None:
    right = [f"nn.Linear({n}, 3)" for n in range(count)]
    calls = [seen for seen in observed({"a.py": called_from(right)}) if isinstance(seen, LossCall)]
    assert {call.argument("input").kind for call in calls} == {Kind.LOGITS, Kind.UNKNOWN}
    wrong = {"a.py": called_from(["shares", *right]) + "  # LL101\n"}
    assert judged(wrong) == marks_of(wrong)


def test_a_chain_of_functions() -> None:
    chain = "".join(f"def f{n}(x):\n    return f{n + 1}(x)\n\n" for n in range(400))
    last = "def f400(x):\n    return head(x)\n\n"
    files = {"a.py": f"{HEAD}{chain}{last}def step(x, y):\n    return F.cross_entropy(f0(x), y)\n{WRONG}"}
    assert judged(files) == marks_of(files)


def test_a_short_chain_of_functions_is_followed_to_its_end() -> None:
    chain = "".join(f"def f{n}(x):\n    return f{n + 1}(x)\n\n" for n in range(6))
    last = "def f6(x):\n    return head(x).softmax(1)\n\n"
    files = {"a.py": f"{HEAD}{chain}{last}def step(x, y):\n    return F.cross_entropy(f0(x), y)  # LL101\n"}
    assert judged(files) == marks_of(files)


def test_many_assignments_to_one_name() -> None:
    assignments = "out = head(x)\n" + "out = out * 2\n" * 2999
    files = {"a.py": f"{HEAD}x = torch.randn(4, 8)\n{assignments}loss = F.cross_entropy(out, y)\n{WRONG}"}
    assert judged(files) == marks_of(files)


def test_of_many_assignments_the_last_counts() -> None:
    assignments = "out = F.softmax(head(x), dim=1)\n" * 2999 + "out = head(x)\n"
    files = {"a.py": f"{HEAD}x = torch.randn(4, 8)\n{assignments}loss = F.cross_entropy(out, y)\n{WRONG}"}
    assert judged(files) == marks_of(files)
    assert {o.argument("input").kind.name for o in observed(files) if isinstance(o, LossCall)} == {
        "LOGITS",
        "PROBABILITIES",
    }


def test_many_branches_after_each_other() -> None:
    branches = "".join(f"    if x.size({n}) > {n}:\n        out = out * {n + 2}\n" for n in range(60))
    files = {"a.py": f"{HEAD}def step(x, y):\n    out = head(x)\n{branches}    return F.cross_entropy(out, y)\n{WRONG}"}
    assert judged(files) == marks_of(files)


def test_attributes_set_under_many_conditions() -> None:
    """Each condition is looked at once, not once for each way through those after it."""
    switches = "".join(
        f"        if options.flag{i}:\n            self.option{i} = options.value{i}\n" for i in range(60)
    )
    text = f"""
import torch.nn.functional as F
from torch import nn

class Net(nn.Module):
    def __init__(self, options):
        super().__init__()
        self.fc = nn.Linear(8, 3)
        self.out = nn.Softmax(dim=1)
{switches}
        if options.plain:
            self.out = nn.Softmax(dim=-1)

    def step(self, x, y):
        if self.option7:
            x = x * 2
        return F.cross_entropy(self.out(self.fc(x)), y)  # LL101
"""
    files = {"a.py": text}
    assert judged(files) == marks_of(files)


def test_what_is_known_before_anything_is_asked_stays_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worlds of the target are too many for the steps that there are; the input is one thing in all of them."""
    ask = "    if args.{0}:\n        labels = load(labels) if args.{0}{0} else labels.argmax(1)\n"
    asked = "".join(map(ask.format, "abc"))
    head = f"{HEAD}def step(x, args):\n    labels = torch.zeros(4, 3)\n"
    files = {"a.py": f"{head}{asked}    return F.cross_entropy(head(x).softmax(1), labels)  # LL101\n"}
    for steps in (20, 80, 160):
        monkeypatch.setattr("losslint.static.worlds.exploring.STEPS_FOR_A_LOSS", steps)
        assert judged(files) == marks_of(files), steps


def test_the_recursion_limit_is_put_back() -> None:
    before = sys.getrecursionlimit()
    assert observed({"a.py": HEAD + WRONG})
    assert sys.getrecursionlimit() == before


# ---------------------------------------------------------------- determinism


def story() -> str:
    """Everything that is seen and found in all cases, as one text."""
    told = []
    for case in cases():
        for observation in observed(case.files):
            place = observation.spot.place()
            told.append(f"{case.title}: {type(observation).__name__} {place}")
            if isinstance(observation, LossCall):
                arguments = [
                    (name, m.kind.name, m.dtype, str(m.shape), m.dim, m.bounds, m.made_by, m.reason)
                    for name, m in observation.arguments.items()
                ]
                told.append(f"  {observation.loss} {observation.spelling} {arguments} {sorted(observation.settings)}")
        for finding in findings(case.files):
            told.append(f"  {finding.code} {finding.message} {finding.evidence}")
    return "\n".join(told)


def test_twice_the_same() -> None:
    assert story() == story()


def test_the_order_of_hashes_does_not_matter() -> None:
    root = Path(CASES).parents[2]
    code = (
        "import hashlib, sys; from tests.static.test_limits import story; "
        "sys.stdout.write(hashlib.sha256(story().encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert digests == {hashlib.sha256(story().encode()).hexdigest()}


def test_a_file_whose_name_is_not_unicode_among_many_that_use_one_name() -> None:
    text = "import torch.nn.functional as F\n\ndef misuse(x, y):\n    return F.cross_entropy(x.softmax(1), y)\n"
    names = ["not utf-8 \udcff.py", *(f"m{number}.py" for number in range(12))]
    tree = MemoryTree({name: (text + "\nmisuse(1, 2)\n").encode() for name in names})
    seen = list(observe(tree, names))
    assert len(seen) == len(names)
    assert all(isinstance(each, LossCall) for each in seen), seen


@pytest.mark.parametrize(
    ("statement", "is_followed"),
    [
        ("return run.log('loss', loss)", False),
        ("return run.log(20, loss, sync=True)", False),
        ("return run.log(value=loss)", False),
        ("run.log(loss)", False),  # nothing takes what it gives
        ("return run.log(loss)", True),
        ("return run.log(*loss)", True),
        ("return run.log()", True),
    ],
)
def test_only_what_may_be_a_logarithm_is_followed(statement: str, is_followed: bool) -> None:
    files = {
        "train.py": "from torch import nn\nfrom far import run\n\ndef step(x, y):\n"
        f"    loss = nn.functional.mse_loss(x, y)\n    {statement}\n    return loss\n",
        "far.py": "from farther import made\nrun = made()\n",
        "farther.py": "def made():\n    return 1\n",
    }
    trace = Trace()
    seen = list(observe(MemoryTree({name: text.encode() for name, text in files.items()}), ["train.py"], trace=trace))
    assert len(seen) == 1
    assert ("farther.py" in trace.files) == is_followed
