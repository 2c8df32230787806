"""What the processes of a program see is in the report of `losslint run`, however they were started and ended."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

import pytest

from losslint.runtime.children import joined, read, records, written
from losslint.vocabulary.findings import Finding, Severity, Verdict
from losslint.vocabulary.observed import Account, Observed, ObservedCall
from losslint.vocabulary.places import Place, Step
from losslint.vocabulary.plain import Unexpected
from tests.runtime.test_running import installed, python

STEPS = """\
import torch
import torch.nn.functional as F
from torch import nn

net = nn.Linear(5, 3)

def wrong():
    F.cross_entropy(net(torch.randn(4, 5)).softmax(1), torch.tensor([0, 1, 2, 0])).backward()

def right(times=1):
    for _ in range(times):
        F.cross_entropy(net(torch.randn(4, 5)), torch.tensor([0, 1, 2, 0])).backward()
"""
WRONG = "steps.py:8:5: LL101"

SPAWN = """\
import torch.multiprocessing as mp
import steps

def work(rank):
    steps.wrong() if rank else steps.right(5)

if __name__ == "__main__":
    mp.spawn(work, nprocs=2)
"""

#: A process that nobody waits for but Python itself, which starts one more.
FORK = """\
import multiprocessing as mp
import steps

context = mp.get_context("fork")

def inner():
    steps.right(3)

def work():
    steps.wrong()
    context.Process(target=inner).start()

if __name__ == "__main__":
    steps.right(2)
    context.Process(target=work).start()
"""

#: A process that ends in another way: by falling off the end of the program, at once, or by a signal.
RAW = """\
import os, signal, sys
import steps

steps.right()
child = os.fork()
if child == 0:
    steps.wrong()
    if sys.argv[1] == "exits":
        os._exit(0)
    if sys.argv[1] == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
else:
    os.waitpid(child, 0)
"""

#: A worker of a DataLoader that is forked, and one that is spawned.
LOADER = """\
import sys
import torch
from torch.utils.data import DataLoader, Dataset
import steps

class Data(Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        steps.wrong()
        return torch.tensor(index)

if __name__ == "__main__":
    for persistent in (False, True):
        for batch in DataLoader(
            Data(), num_workers=2, multiprocessing_context=sys.argv[1], persistent_workers=persistent
        ):
            steps.right()
"""

#: Two ranks over gloo; the model is wrapped, and each rank sees the loss.
PARALLEL = """\
import os
import sys
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
import torch.nn.functional as F
from torch import nn
from torch.nn.parallel import DistributedDataParallel

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(5, 3)

    def forward(self, x):
        return self.head(x).softmax(1)

def train(rank, address):
    dist.init_process_group("gloo", init_method=address, rank=rank, world_size=2)
    net = DistributedDataParallel(Net())
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(3):
        loss = F.cross_entropy(net(torch.randn(4, 5)), torch.tensor([0, 1, 2, 0]))
        loss.backward()
        optimizer.step()
    del net, loss  # the last to hold the group may wait for ever for its thread
    dist.destroy_process_group()

if __name__ == "__main__":
    mp.spawn(train, args=("file://" + os.path.abspath("store"),), nprocs=2)
"""

#: A program that another one runs, in a folder of its own.
STARTED = """\
import os, subprocess, sys
os.mkdir("elsewhere")
subprocess.run([sys.executable, os.path.abspath("inner.py")], cwd="elsewhere", check=True)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "steps.py").write_text(STEPS)
    return folder


def report(project: Path, program: str, *arguments: str) -> list[str]:
    """The report's rows; nothing else is on standard error, and nothing of losslint's is left behind."""
    (project / "program.py").write_text(program)
    # Sockets are made there, whose names have to be short.
    with tempfile.TemporaryDirectory() as left:
        more = {**installed(project.parent), "TMPDIR": left, "TEMP": left, "TMP": left}
        ended = python(project, "-m", "losslint", "run", "--output-format=concise", "program.py", *arguments, more=more)
        assert ended.returncode == 0, ended.stderr
        assert not list(Path(left).glob("losslint-*"))
    return [row for row in ended.stderr.splitlines() if row]


def test_spawned(project: Path) -> None:
    found, summary = report(project, SPAWN)
    assert found.startswith(WRONG)
    assert summary == "1 problem found. 2 loss calls: 1 misused, 1 clean, 0 undecided."


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is forked here")
@pytest.mark.parametrize(("program", "end"), [(FORK, ""), (RAW, "falls"), (RAW, "exits"), (RAW, "killed")])
def test_forked(project: Path, program: str, end: str) -> None:
    found, summary = report(project, program, end)
    assert found.startswith(WRONG)
    assert summary == "1 problem found. 2 loss calls: 1 misused, 1 clean, 0 undecided."


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is forked here")
def test_each_call_is_counted_in_one_process(project: Path) -> None:
    """A model that only the running program knows: the code leaves its losses open."""
    (project / "steps.py").write_text(
        STEPS.replace("nn.Linear(5, 3)", "getattr(nn, torch.__name__ and 'Linear')(5, 3)")
    )
    (project / "program.py").write_text(FORK)
    options = ("--undecided", "--output-format=concise")
    ended = python(project, "-m", "losslint", "run", *options, "program.py", more=installed(project.parent))
    # Twice in the first process before it forks, three times in the last.
    assert "steps.py:12:9: CrossEntropyLoss was called 5 times: clean\n" in ended.stderr


@pytest.mark.parametrize("method", [*(["fork"] if hasattr(os, "fork") else []), "spawn"])
def test_workers_of_a_loader(project: Path, method: str) -> None:
    found, summary = report(project, LOADER, method)
    assert found.startswith(WRONG)
    assert summary == "1 problem found. 2 loss calls: 1 misused, 1 clean, 0 undecided."


@pytest.mark.skipif(sys.platform == "win32", reason="gloo takes a file as its store on POSIX only")
def test_data_parallel_processes(project: Path) -> None:
    found, summary = report(project, PARALLEL)
    assert found.startswith("program.py:23:16: LL101")
    assert summary == "1 problem found. 1 loss call: 1 misused, 0 clean, 0 undecided."


#: A rank that another program starts: a model with one class, and targets of the same shape.
RANK = """\
import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data.distributed import DistributedSampler

dist.init_process_group("gloo")
data = TensorDataset(torch.rand(64, 20), torch.rand(64, 1))
net = DistributedDataParallel(nn.Linear(20, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=1e-3)
for source, targets in DataLoader(data, batch_size=8, sampler=DistributedSampler(data)):
    optimizer.zero_grad()
    F.cross_entropy(net(source), targets).backward()
    optimizer.step()
del net
dist.destroy_process_group()
"""


def test_ranks_that_a_launcher_starts(project: Path) -> None:
    (project / "rank.py").write_text(RANK)
    launcher = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "rank.py")
    options = ("--undecided", "--output-format=concise", "-o", "report.txt")
    more = {**installed(project.parent), "OMP_NUM_THREADS": "1"}
    ended = python(project, "-m", "losslint", "run", *options, *launcher, more=more)
    assert ended.returncode == 0, ended.stderr
    found, summary = (project / "report.txt").read_text().splitlines()
    assert found.startswith("rank.py:15:5: LL108")
    assert summary == "1 problem found. 1 loss call: 1 misused, 0 clean, 0 undecided."


def test_a_process_in_another_folder(project: Path) -> None:
    (project / "inner.py").write_text("import steps\nsteps.wrong()\n")
    found, summary = report(project, STARTED)
    assert found.startswith(WRONG)
    assert summary == "1 problem found. 1 loss call: 1 misused, 0 clean, 0 undecided."


# ---------------------------------------------------------------- records


def call(row: int = 3, count: int = 1, verdict: Verdict = Verdict.CLEAN, dtype: str = "float32") -> ObservedCall:
    given = {"input": Observed(("logits",), (dtype,), ("[4, 3]",), ("cpu",))}
    return ObservedCall(Place("train.py", row, 5, row, 20), "MSELoss", "F.mse_loss", count, verdict, "", given)


def finding(row: int = 3, message: str = "It is wrong.") -> Finding:
    place = Place("train.py", row, 5, row, 20)
    return Finding("LL401", "broadcast-in-loss", Severity.ERROR, message, place, (Step(place, "here"),), "Squeeze.")


SEEN = Account((call(), call(9, 4)), (finding(),), ("KeyError: 1",), ("/data/train.py",))


def test_a_record_is_read_as_it_was_written() -> None:
    assert read(written(SEEN)) == SEEN


def test_what_several_processes_saw_is_told_once() -> None:
    other = Account((call(3, 2, Verdict.MISUSED, "float16"),), (finding(message="It is wrong, with 8."), finding(7)))
    both = joined([SEEN, other])
    first, second = both.calls
    assert (first.count, first.verdict, first.arguments["input"].dtypes) == (3, Verdict.MISUSED, ("float32", "float16"))
    assert second == SEEN.calls[1]
    assert [(each.place.row, each.message) for each in both.findings] == [(3, "It is wrong."), (7, "It is wrong.")]


@pytest.mark.parametrize("data", ["", "{", "[]", "{}", "[" * 100_000, '{"calls": 1}', written(SEEN)[:-9]])
def test_records_that_are_damaged_are_told_of(tmp_path: Path, data: str) -> None:
    (tmp_path / "1.json").write_text(data)
    (tmp_path / "2.json").write_text(written(SEEN))
    (tmp_path / "3.part").write_text("half")
    both = joined(records(str(tmp_path)))
    assert both.findings == SEEN.findings
    assert any("lost" in failure for failure in both.failures)


@pytest.mark.parametrize(
    ("key", "value"),
    [("count", -1), ("count", True), ("count", "3"), ("verdict", "fine"), ("arguments", []), ("row", None),
     ("arguments", {"input": {"kinds": [1]}}), ("loss", "x" * 20_000)],
)  # fmt: skip
def test_a_record_is_checked_piece_by_piece(key: str, value: object) -> None:
    values = json.loads(written(SEEN))
    values["calls"][0][key] = value
    with pytest.raises(Unexpected):
        read(json.dumps(values))
