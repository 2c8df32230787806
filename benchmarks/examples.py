"""Training scripts of pytorch/examples under `losslint run`: they run to their end, and what is found is what is there.

    git clone https://github.com/pytorch/examples
    python benchmarks/examples.py examples [NAME ...]

Nothing is downloaded and no accelerator is needed. What stands for torchvision is a package of a few lines, made for
the run: its images are noise of the right size. The four scripts of the tutorial on data-parallel training ask for CUDA
devices; copies of them run on the CPU, over gloo, with their devices taken out and nothing else. Those train a single
output with a cross-entropy, which is LL108; in the others there is nothing to be found.

Exit status 1 where a script does not end with 0, or something else is found.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

ROOT = Path(__file__).resolve().parents[1]
#: Seconds that a script has.
LIMIT = 300

#: What stands for packages that are not there, by its file.
STUBS = {
    "torchvision/__init__.py": "from . import datasets, models, transforms, utils\n",
    "torchvision/datasets.py": '''\
import torch

class MNIST(torch.utils.data.Dataset):
    def __init__(self, root, train=True, transform=None, download=False):
        count = 512 if train else 256
        self.data = torch.randint(0, 256, (count, 28, 28), dtype=torch.uint8)
        self.targets = torch.arange(count) % 10
        self.transform = transform or (lambda image: image)

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        return self.transform(self.data[index]), int(self.targets[index])

class FakeData(torch.utils.data.Dataset):
    def __init__(self, size=128, image_size=(3, 224, 224), transform=None):
        self.size, self.image_size = size, image_size

    def __len__(self):
        return self.size

    def __getitem__(self, index):
        return torch.rand(self.image_size), index % 10
''',
    "torchvision/transforms.py": '''\
class Compose:
    def __init__(self, steps):
        self.steps = steps

    def __call__(self, image):
        for step in self.steps:
            image = step(image)
        return image

class ToTensor:
    def __call__(self, image):
        return image.float().unsqueeze(0) / 255

class Normalize:
    def __init__(self, mean, std):
        self.mean, self.std = mean[0], std[0]

    def __call__(self, image):
        return (image - self.mean) / self.std

class Lambda:
    def __init__(self, function):
        self.function = function

    def __call__(self, image):
        return self.function(image)
''',
    "torchvision/utils.py": "def save_image(*arguments, **keywords):\n    pass\n",
    "torchvision/models.py": '''\
from torch import nn

class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3)
        self.relu, self.pool = nn.ReLU(), nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        return self.fc(self.pool(self.relu(self.conv1(x))).flatten(1))

def resnet18(weights=None):
    return Small()
''',
    # As if losslint were installed: the processes that are started anew find it by what torch's loading looks for.
    "losslint_here-0.dist-info/METADATA": "Metadata-Version: 2.1\nName: losslint-here\nVersion: 0\n",
    "losslint_here-0.dist-info/entry_points.txt": (
        "[torch.backends]\nlosslint = losslint.runtime.environment:autoload\n"
    ),
    "tqdm.py": "def tqdm(steps, **keywords):\n    return steps\n",
}  # fmt: skip

#: What takes the devices out of the data-parallel scripts.
ON_THE_CPU = (
    (r"^\s*torch\.cuda\.set_device\(.*\)\n", ""),
    (r'"nccl"', '"gloo"'),
    (r"\.to\((self\.)?(gpu_id|local_rank)\)", ""),
    (r", device_ids=\[[^]]*\]", ""),
    (r"torch\.cuda\.device_count\(\)", "2"),
    (r'f"cuda:\{[^}]*\}"', '"cpu"'),
    (r"pin_memory=True", "pin_memory=False"),
    (r'"12355"', '"29555"'),
    (r"init_process_group\(backend=", "torch.distributed.init_process_group(backend="),
)


@dataclass(frozen=True)
class Script:
    """A script, what it is given, and what is found in it. `launched` has torch's launcher start two processes."""

    path: str
    arguments: str = ""
    finds: tuple[str, ...] = ()
    launched: bool = False

    @property
    def name(self) -> str:
        """What it is called in the report."""
        return self.path.removesuffix("/main.py")


SERIES = "distributed/ddp-tutorial-series"

SCRIPTS = (
    Script("mnist/main.py", "--epochs 1 --no-accel"),
    Script("mnist_hogwild/main.py", "--epochs 1"),
    Script("mnist_rnn/main.py", "--epochs 1"),
    Script("mnist_forward_forward/main.py", "--epochs 1 --train_size 128 --test_size 64"),
    Script("vae/main.py", "--epochs 1 --no-accel"),
    Script("siamese_network/main.py", "--epochs 1 --no-accel"),
    Script("regression/main.py"),
    Script("dcgan/main.py", "--dataset fake --niter 1 --dry-run --workers 0 --batchSize 8"),
    Script("word_language_model/main.py", "--epochs 1 --emsize 16 --nhid 16"),
    Script(f"{SERIES}/single_gpu.py", "1 1", ("LL108",)),
    Script(f"{SERIES}/multigpu.py", "1 1", ("LL108",)),
    Script(f"{SERIES}/multigpu_torchrun.py", "1 1", ("LL108",), launched=True),
    Script(f"{SERIES}/multinode.py", "1 1", ("LL108",), launched=True),
)


def prepared(examples: Path, folder: Path) -> None:
    """Copies of the scripts and what they need, in a folder of their own."""
    for top in sorted({script.path.partition("/")[0] for script in SCRIPTS}):
        if (examples / top).is_dir():
            shutil.copytree(examples / top, folder / top)
    for name, text in STUBS.items():
        file = folder / "stubs" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    for file in (folder / SERIES).glob("*.py"):
        text = file.read_text("utf-8")
        for pattern, instead in ON_THE_CPU:
            text = re.sub(pattern, instead, text, flags=re.MULTILINE)
        file.write_text(text, "utf-8")
    words = folder / "word_language_model" / "data" / "wikitext-2"
    words.mkdir(parents=True, exist_ok=True)
    for part in ("train", "valid", "test"):
        lines = (" ".join(f"word{(row * column) % 97}" for column in range(1, 20)) for row in range(1, 60))
        (words / f"{part}.txt").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "vae" / "results").mkdir(exist_ok=True)


def outcome(script: Script, folder: Path) -> tuple[bool, str]:
    """Whether a script ends with 0 and what is found is what is there; and what came of it."""
    file, found = folder / script.path, folder / "found.json"
    found.unlink(missing_ok=True)
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"] if script.launched else []
    options = ["--output-format", "json", "-o", str(found)]
    command = [sys.executable, "-m", "losslint", "run", *options, *launcher, file.name, *script.arguments.split()]
    paths = [str(ROOT), str(folder / "stubs")]
    more = {"PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    environment = {**os.environ, **more}
    begun = monotonic()
    try:
        ended = subprocess.run(
            command, cwd=file.parent, env=environment, capture_output=True, text=True, timeout=LIMIT, check=False
        )
    except subprocess.TimeoutExpired:
        return False, f"not at its end after {LIMIT} s"
    took = f"{monotonic() - begun:.0f} s"
    if ended.returncode or not found.is_file():
        return False, f"status {ended.returncode}: {ended.stderr.strip().splitlines()[-1:]}"
    codes = tuple(sorted({finding["code"] for finding in json.loads(found.read_text("utf-8"))}))
    return codes == script.finds, f"{took}, found {', '.join(codes) or 'nothing'}"


def report(examples: Path, wanted: list[str]) -> Iterator[bool]:
    """Run the scripts that are wanted, all where none is named; tell of each."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        prepared(examples, folder)
        for script in SCRIPTS:
            if wanted and script.name not in wanted:
                continue
            right, told = outcome(script, folder) if (folder / script.path).is_file() else (False, "not there")
            print(f"{'ok   ' if right else 'WRONG'} {script.name:52} {told}", flush=True)
            yield right


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(0 if all(list(report(Path(sys.argv[1]), sys.argv[2:]))) else 1)
