"""What watching costs: calls of a loss and a small training step, with the watch off and on, in one process.

    python benchmarks/runtime.py [ROUNDS]

Each block with the watch (without values, then with them) stands between two and two without, and is compared with
their median: what a machine does that slowly gets warm, or busy with something else, is taken off. What is told is the
median over the rounds. A block that has no watch either is compared in the same way, and shows how far to trust the
rest. A ratio is what to compare between machines; the microseconds are for people. Each block is at least 200 calls
long, so that it pays for its share of the looks at values; the first calls of a line, which are looked at more, come
before.

With a CUDA device there is a second part: a training loop in which torch raises whatever waits for the device, and a
step of a transformer, timed by the device's own clock.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from contextlib import nullcontext
from time import thread_time

import torch
import torch.nn.functional as F
from torch import nn

import losslint

#: What the watch is told about values in each of the blocks that are compared with those around it that have none. The
#: first has none either: what it shows is the noise.
WATCHES: dict[str, bool | None] = {"none": None, "on": False, "values": True}

Block = Callable[[], object]


def per_run(block: Block, runs: int) -> float:
    """Seconds of this thread for one run of a block: what others compute meanwhile does not count."""
    start = thread_time()
    for _ in range(runs):
        block()
    return (thread_time() - start) / runs


def per_run_on_device(block: Block, runs: int) -> float:
    """Seconds of the device for one run of a block, the gaps in which it waits for Python included."""
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
    torch.cuda.synchronize()
    start.record()
    for _ in range(runs):
        block()
    end.record()
    torch.cuda.synchronize()
    return float(start.elapsed_time(end)) / 1000 / runs


def compared(
    name: str, block: Block, runs: int, rounds: int, timed: Callable[[Block, int], float] = per_run
) -> dict[str, float]:
    """Tell what a block takes without the watch and with each of its sorts; the ratios."""
    timed(block, runs)
    without: list[float] = []
    difference: dict[str, list[float]] = {sort: [] for sort in WATCHES}
    ratio: dict[str, list[float]] = {sort: [] for sort in WATCHES}
    for _ in range(rounds):
        for sort, values in WATCHES.items():
            around = [timed(block, runs) for _ in range(2)]
            with nullcontext() if values is None else losslint.watch("record", values=values):
                timed(block, runs)  # the first calls of a line are judged, later ones ever more rarely
                on = timed(block, runs)
            timed(block, runs)  # Python finds its shortcuts through the functions anew
            off = statistics.median([*around, timed(block, runs), timed(block, runs)])
            without.append(off)
            difference[sort].append(on - off)
            ratio[sort].append(on / off)
    told = [
        f"{sort} {statistics.median(difference[sort]) * 1e6:+7.2f} us, ratio {statistics.median(ratio[sort]):.3f}"
        for sort in WATCHES
    ]
    print(f"{name:34} off {statistics.median(without) * 1e6:9.2f} us; {'; '.join(told)}")
    return {sort: statistics.median(each) for sort, each in ratio.items()}


def step(wide: int, deep: int, batch: int) -> Block:
    """A training step of a network of blocks."""
    blocks = [nn.Sequential(nn.Linear(wide, wide), nn.LayerNorm(wide), nn.GELU()) for _ in range(deep)]
    net = nn.Sequential(*blocks, nn.Linear(wide, 10))
    optimizer, criterion = torch.optim.SGD(net.parameters(), 0.01), nn.CrossEntropyLoss()
    x, y = torch.randn(batch, wide), torch.arange(batch) % 10

    def run() -> None:
        optimizer.zero_grad()
        criterion(net(x), y).backward()
        optimizer.step()

    return run


# ---------------------------------------------------------------- on a CUDA device


def transformer_step(device: torch.device) -> Block:
    """A training step of a small language model: 32 sequences of 256 tokens out of 8192, 6 layers of 512."""
    layer = nn.TransformerEncoderLayer(512, 8, 2048, batch_first=True, dropout=0.0)
    net = nn.Sequential(nn.Embedding(8192, 512), nn.TransformerEncoder(layer, 6), nn.Linear(512, 8192)).to(device)
    optimizer = torch.optim.AdamW(net.parameters(), 1e-4, fused=True)
    tokens = torch.randint(0, 8192, (32, 257), device=device)

    def run() -> None:
        optimizer.zero_grad()
        with torch.autocast("cuda", dtype=torch.bfloat16):
            scores = net(tokens[:, :-1])
            loss = F.cross_entropy(scores.flatten(0, 1), tokens[:, 1:].flatten())
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    return run


def never_waits(block: Block, runs: int) -> None:
    """Run a block while torch raises whatever waits for the device. Raises what torch raises, or what losslint met."""
    block()
    torch.cuda.synchronize()
    with losslint.watch("record") as session:
        torch.cuda.set_sync_debug_mode("error")
        try:
            for _ in range(runs):
                block()
        finally:
            torch.cuda.set_sync_debug_mode("default")
    if session.failures:
        # An error of losslint's does not reach the program; here it is what was looked for.
        raise RuntimeError("; ".join(session.failures))
    looked = [kinds for call in session.calls for each in call.arguments.values() for kinds in each.kinds]
    print(
        f"{runs} steps without waiting for the device; found {len(session.findings)}, saw {', '.join(sorted(looked))}"
    )


def on_device(rounds: int) -> None:
    """The part for a CUDA device."""
    device = torch.device("cuda")
    print(torch.cuda.get_device_name(device))
    scores = nn.Linear(8, 1000, device=device)(torch.randn(1024, 8, device=device))
    labels = torch.arange(1024, device=device) % 1000
    block = transformer_step(device)
    never_waits(block, 120)
    compared(
        "cuda: F.cross_entropy, 1024x1000", lambda: F.cross_entropy(scores, labels), 200, rounds, per_run_on_device
    )
    compared("cuda: a step of a transformer", block, 200, rounds, per_run_on_device)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    torch.set_num_threads(1)
    scores, labels = nn.Linear(5, 5)(torch.randn(8, 5)), torch.arange(8) % 5
    wide, wide_labels = nn.Linear(8, 1000)(torch.randn(1024, 8)), torch.arange(1024) % 1000
    unknown = wide.detach().clone()
    criterion = nn.CrossEntropyLoss()
    compared("F.cross_entropy, 8x5", lambda: F.cross_entropy(scores, labels), 3000, rounds)
    compared("nn.CrossEntropyLoss, 8x5", lambda: criterion(scores, labels), 3000, rounds)
    compared("F.cross_entropy, 1024x1000", lambda: F.cross_entropy(wide, wide_labels), 200, rounds)
    compared("the same without a history", lambda: F.cross_entropy(unknown, wide_labels), 200, rounds)
    compared("a step, 18 blocks of 64, batch 32", step(64, 18, 32), 200, rounds)
    if torch.cuda.is_available():
        on_device(rounds)


if __name__ == "__main__":
    main()
