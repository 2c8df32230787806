"""Seeds: which files and which units are looked at."""

from __future__ import annotations

import pytest

from losslint.static.files.seeds import Seeds, loss_names
from tests.static.programs import project_of


def seeds_of(files: dict[str, str]) -> Seeds:
    return Seeds(project_of(files))


@pytest.mark.parametrize(
    "text",
    [
        "nn.CrossEntropyLoss()",
        "F.cross_entropy(x, y)",
        "F.nll_loss",
        "from torch.nn import KLDivLoss as K",
        "F.kl_div(x, y)",
        "torch.nn.functional.binary_cross_entropy_with_logits",
        "nn.BCELoss",
    ],
)
def test_every_spelling_of_a_loss_is_a_seed(text: str) -> None:
    seeds = seeds_of({"a.py": text + "\n", "b.py": "x = 1\n"})
    assert seeds.losses == ["a.py"]
    assert seeds


@pytest.mark.parametrize(
    "text", ["loss = 1", "class MyLossy: pass", "def cross_entropy_like(): pass", "# glossary", "import torch"]
)
def test_words_that_hold_a_losss_name_are_none(text: str) -> None:
    seeds = seeds_of({"a.py": text + "\n"})
    assert not seeds.losses
    assert not seeds


def test_the_names_of_the_losses_come_from_the_contracts() -> None:
    assert {"CrossEntropyLoss", "cross_entropy", "BCEWithLogitsLoss", "kl_div", "nll_loss", "MSELoss"} <= loss_names()
    assert "" not in loss_names()


def test_logarithms_count_only_beside_activations_of_torch() -> None:
    logarithm = "def f(x):\n    return x.softmax(1).log()\n"
    assert seeds_of({"a.py": "import torch\n" + logarithm}).logarithms == ["a.py"]
    assert not seeds_of({"a.py": logarithm}).logarithms
    assert not seeds_of({"a.py": "import torch\ndef f(x, logger):\n    logger.log(softmax)\n"}).logarithms


def test_activations_made_with_something() -> None:
    made = seeds_of(
        {
            "bad.py": "import torch\nnn.Softmax(logits)\n",
            "good.py": "import torch\nnn.Softmax(dim=1), nn.ReLU(), nn.ReLU(True), nn.Softmax(-1), nn.Sigmoid( )\n",
            "other.py": "nn.Softmax(logits)\n",
        }
    )
    assert made.constructors == ["bad.py"]


def test_files_of_other_sorts_are_not_looked_at() -> None:
    assert seeds_of({"a.py": "nn.BCELoss()\n"}).losses == ["a.py"]
    project = project_of({"a.txt": "nn.BCELoss()\n", "b.md": "nn.BCELoss()\n"})
    project.asked = frozenset()
    assert Seeds(project).losses == ["b.md"]
    project = project_of({"a.txt": "nn.BCELoss()\n"})  # somebody asked for it
    assert Seeds(project).losses == ["a.txt"]


def test_names_under_which_losses_are_held_lead_to_further_files() -> None:
    seeds = seeds_of(
        {
            "main.py": "objectif = nn.CrossEntropyLoss()\n",
            "loop.py": "def run(model, x, y):\n    return objectif(model(x), y)\n",
            "other.py": "def run(model, x, y):\n    return ziel(model(x), y)\n",
            "usual.py": "def run(x, y):\n    return criterion(x, y)\n",
        }
    )
    held = seeds.held_names()
    assert held == {"objectif"}
    assert seeds.files(held) == ["loop.py", "main.py", "usual.py"]


def test_units_that_may_call_a_loss() -> None:
    text = """
import torch.nn.functional as F
from torch.nn.functional import cross_entropy as ce

def by_name(x, y):
    return F.nll_loss(x, y)

def by_alias(x, y):
    return ce(x, y)

def by_usual_name(x, y):
    return self.criterion(x, y)

def by_held_name(x, y):
    return ziel(x, y)

def none(x, y):
    return compute(x, y)

class Net:
    def logarithm(self, x):
        return x.log()
"""
    seeds = seeds_of({"a.py": text})
    file = seeds.project.file("a.py")
    assert file is not None
    assert seeds.units(file, {"ziel"}) == {
        "by_name": {"nll_loss"},
        "by_alias": {"ce"},
        "by_usual_name": {"criterion"},
        "by_held_name": {"ziel"},
        "Net.logarithm": {"log"},
    }


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("from torchvision.ops import sigmoid_focal_loss\n", "losses_torchvision"),
        ("import segmentation_models_pytorch as smp\nf = smp.losses.JaccardLoss\n", "losses_segmentation"),
        ("from monai.losses import DiceCELoss as L\n", "losses_monai"),
        ("import kornia\nkornia.losses.focal_loss(x, y)\n", "losses_kornia"),
        ("from timm.loss import SoftTargetCrossEntropy\n", "losses_timm"),
        ("from fastai.vision.all import *\nf = CrossEntropyLossFlat()\n", "losses_fastai"),
        ("from pytorch_metric_learning import losses\nlosses.NTXentLoss()\n", "losses_metric_learning"),
    ],
)
def test_the_losses_of_a_library_are_seeds_beside_its_name(text: str, table: str) -> None:
    seeds = seeds_of({"a.py": text, "b.py": "def f(x, y):\n    return loss(x, y)\n"})
    assert seeds.losses == ["a.py"]
    assert seeds.tables == {table}
    assert {"CrossEntropyLoss"} < seeds.known


@pytest.mark.parametrize(
    "text", ["import monai\nloss = 1\n", "DiceLoss()\n", "import timm.loss\nJaccardLoss\n", "# monai\nDiceLossy\n"]
)
def test_without_the_name_of_its_library_a_loss_is_nobodys(text: str) -> None:
    seeds = seeds_of({"a.py": text})
    assert not seeds.losses
    assert not seeds.tables
    assert "DiceLoss" not in seeds.known


def test_a_loss_is_held_under_another_name_than_its_own() -> None:
    seeds = seeds_of(
        {
            "main.py": "from torch.nn import MSELoss as M\nziel = M()\n",
            "loop.py": "def f(x, y):\n    return ziel(x, y)\n",
        }
    )
    assert seeds.held_names() == {"ziel"}
    assert seeds.files({"ziel"}) == ["loop.py", "main.py"]


def test_a_loss_that_the_configuration_declares_is_a_seed() -> None:
    project = project_of({"a.py": "measure = mylib.Overlap()\n", "b.py": "Overlapping()\n", "c.py": "measure(x, y)\n"})
    seeds = Seeds(project, ["Overlap"])
    assert seeds.losses == ["a.py"]
    assert seeds.held_names() == {"measure"}
    assert seeds.files({"measure"}) == ["a.py", "c.py"]
    assert not Seeds(project).losses


def test_a_held_name_counts_where_it_is_called_or_read_from() -> None:
    seeds = seeds_of(
        {
            "main.py": "ziel = nn.CrossEntropyLoss()\n",
            "called.py": "a = 1\nziel (x, y)\n",
            "indexed.py": "self.ziel[0](x, y)\n",
            "read.py": "run(ziel.weight)\n",
            "passed.py": "run(ziel, 1)\n",
            "part.py": "mein_ziel(x)\nziele(x)\n",
            "as_loss.py": "my_loss(x, y)\n",
        }
    )
    assert seeds.files({"ziel"}) == ["as_loss.py", "called.py", "indexed.py", "main.py", "read.py"]


def test_a_held_name_need_not_be_ascii() -> None:
    seeds = seeds_of(
        {"main.py": "größe = nn.MSELoss()\nziel = größe\n", "loop.py": "größe(x, y)\n", "other.py": "maß(x)\n"}
    )
    assert seeds.files({"größe", "ziel"}) == ["loop.py", "main.py"]


def test_a_held_name_that_functions_have_counts_where_torch_is_spoken_of() -> None:
    seeds = seeds_of(
        {
            "main.py": "from torch import nn\nvalue = nn.CrossEntropyLoss()\nziel = nn.CrossEntropyLoss()\n",
            "tree.py": "class Tree:\n    def value(self, form):\n        return form\n",
            "reader.py": "def read(tree, form):\n    return tree.value(form)\n",
            "loop.py": "import torch\ndef run(value, x, y):\n    return value(x, y)\n",
            "other.py": "def run(tree, x, y):\n    return ziel(tree.value(x), y)\n",
        }
    )
    held = seeds.held_names()
    assert held == {"value", "ziel"}
    assert seeds.files(held) == ["loop.py", "main.py", "other.py"]
    other = seeds.project.file("other.py")
    assert other is not None
    assert seeds.units(other, held) == {"run": {"ziel"}}


def test_signs_count_in_the_files_of_torch_alone() -> None:
    logarithm = "from torch import log\ndef f(x):\n    return log(1 - x), torch.exp(x / 2)\n"
    seeds = seeds_of({"a.py": logarithm, "b.py": logarithm.replace("torch", "numpy")})
    assert seeds.logarithms == seeds.exponents == ["a.py"]
    activated = seeds_of({"a.py": "import torch\nsoftmax\n", "b.py": logarithm.replace("torch", "numpy")})
    assert activated.logarithms == ["b.py"]
