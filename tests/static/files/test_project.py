"""Which file an import means, and what a name of a module is."""

from __future__ import annotations

import pytest

from losslint.sources.tree import MemoryTree
from losslint.static.files.file import File
from losslint.static.files.project import Project
from tests.static.programs import project_of


def resolved(project: Project, importer: str, module: str, level: int = 0) -> str | None:
    """The name of the file that an import means, `outside:` and the name of what is not of the project, or None."""
    file = project.file(importer)
    assert file is not None
    found = project.imports.resolve_module(file, module, level)
    if found is None:
        return None
    return found.name if isinstance(found, File) else f"outside:{found}"


def named(project: Project, importer: str, name: str) -> object:
    file = project.file(importer)
    assert file is not None
    bound = project.imports.module_name(file, name)
    if isinstance(bound, File):
        return bound.name
    if isinstance(bound, tuple):
        return (bound[0].name, bound[1])
    return bound


PACKAGE = {
    "proj/__init__.py": "",
    "proj/nets/__init__.py": "",
    "proj/nets/small.py": "",
    "proj/engine/__init__.py": "",
    "proj/engine/train.py": "",
    "proj/engine/losses.py": "",
    "scripts/run.py": "",
    "scripts/helper.py": "",
}


@pytest.mark.parametrize(
    ("importer", "module", "level", "expected"),
    [
        ("proj/engine/train.py", "losses", 1, "proj/engine/losses.py"),
        ("proj/engine/train.py", "nets.small", 2, "proj/nets/small.py"),
        ("proj/engine/train.py", "", 1, "proj/engine/__init__.py"),
        ("proj/engine/train.py", "nets", 2, "proj/nets/__init__.py"),
        ("proj/engine/__init__.py", "train", 1, "proj/engine/train.py"),
        ("proj/engine/train.py", "nowhere", 5, None),
        ("proj/engine/train.py", "nowhere", 1, None),
        ("proj/engine/train.py", "proj.nets.small", 0, "proj/nets/small.py"),
        ("scripts/run.py", "helper", 0, "scripts/helper.py"),
        ("scripts/run.py", "proj.engine", 0, "proj/engine/__init__.py"),
        ("scripts/run.py", "torch.nn", 0, "outside:torch.nn"),
        ("scripts/run.py", "proj.missing", 0, "outside:proj.missing"),
        ("scripts/run.py", "small", 0, "outside:small"),  # a module of a package is not imported by its last name
    ],
)
def test_modules(importer: str, module: str, level: int, expected: str | None) -> None:
    assert resolved(project_of(PACKAGE), importer, module, level) == expected


def test_a_script_finds_what_stands_beside_it_first() -> None:
    project = project_of({"net.py": "", "a/net.py": "", "a/train.py": "", "b/train.py": ""})
    assert resolved(project, "a/train.py", "net") == "a/net.py"
    assert resolved(project, "b/train.py", "net") == "net.py"


def test_a_package_below_another_root_is_found_by_its_path() -> None:
    project = project_of({"src/lib/__init__.py": "", "src/lib/net.py": "", "tests/test_net.py": ""})
    assert resolved(project, "tests/test_net.py", "lib.net") == "src/lib/net.py"
    assert resolved(project, "tests/test_net.py", "lib") == "src/lib/__init__.py"


def test_of_two_such_packages_the_nearer_one_is_meant() -> None:
    project = project_of(
        {"one/src/net.py": "", "one/tests/run.py": "", "two/src/net.py": "", "two/tests/run.py": "", "three/run.py": ""}
    )
    assert resolved(project, "two/tests/run.py", "net") == "two/src/net.py"
    assert resolved(project, "one/tests/run.py", "net") == "one/src/net.py"


def test_a_folder_of_a_package_does_not_hide_torch() -> None:
    files = {"lib/__init__.py": "", "lib/torch/__init__.py": "", "lib/torch/nn.py": "", "lib/train.py": ""}
    project = project_of(files)
    assert resolved(project, "lib/train.py", "torch") == "outside:torch"
    assert resolved(project, "lib/train.py", "torch.nn") == "outside:torch.nn"
    assert resolved(project, "lib/train.py", "torch.nn", 1) == "lib/torch/nn.py"
    assert resolved(project, "lib/train.py", "lib.torch.nn") == "lib/torch/nn.py"


def test_names_of_a_module() -> None:
    project = project_of(
        {
            "a.py": "import torch\nfrom torch import nn\nfrom b import helper, Net as N\nimport b\n"
            "x = 1\ndef f(): pass\n",
            "b.py": "class Net: pass\ndef helper(): pass\n",
        }
    )
    assert named(project, "a.py", "torch") == "torch"
    assert named(project, "a.py", "nn") == "torch.nn"
    assert named(project, "a.py", "helper") == ("b.py", "helper")
    assert named(project, "a.py", "N") == ("b.py", "Net")
    assert named(project, "a.py", "b") == "b.py"
    assert named(project, "a.py", "x") == ("a.py", "=x")
    assert named(project, "a.py", "f") == ("a.py", "f")
    assert named(project, "a.py", "nothing") is None


def test_names_that_packages_hand_on() -> None:
    project = project_of(
        {
            "zoo/__init__.py": "from .vision import *\nfrom .text import Reader as TextReader\n",
            "zoo/vision/__init__.py": "from .small import Small\n",
            "zoo/vision/small.py": "class Small: pass\n",
            "zoo/text.py": "class Reader: pass\n",
            "train.py": "import zoo\nfrom zoo import Small, TextReader, text\nfrom zoo.vision import small\n",
        }
    )
    assert named(project, "train.py", "Small") == ("zoo/vision/small.py", "Small")
    assert named(project, "train.py", "TextReader") == ("zoo/text.py", "Reader")
    assert named(project, "train.py", "text") == "zoo/text.py"
    assert named(project, "train.py", "small") == "zoo/vision/small.py"
    assert named(project, "zoo/__init__.py", "vision") == "zoo/vision/__init__.py"


def test_folders_without_an_init_file() -> None:
    project = project_of(
        {
            "models/net.py": "class Net: pass\n",
            "models/more.py": "from . import net\n",
            "run.py": "from models import net\n",
        }
    )
    assert named(project, "run.py", "net") == "models/net.py"
    assert named(project, "models/more.py", "net") == "models/net.py"


def test_a_star_import_that_cannot_give_a_name_is_not_followed() -> None:
    project = project_of(
        {
            "nets/__init__.py": "from .broken import *\nfrom .more import *\nfrom .. import *\nfrom .late import *\n",
            "nets/broken.py": "x = (\n",
            "nets/more.py": "from .deep import\\\n    *\n",
            "nets/deep.py": "class Wanted:\n    pass\n",
            "nets/late.py": "Wanted = 3\n",
        }
    )
    assert named(project, "nets/__init__.py", "Wanted") == ("nets/deep.py", "Wanted")
    assert not project.unreadable  # it would be told of, had somebody read it
    assert "nets/broken.py" in project.trace.files  # what it holds counts all the same
    assert named(project, "nets/__init__.py", "x") is None
    assert "nets/broken.py" in project.unreadable


def test_a_file_is_read_once() -> None:
    class Counting(MemoryTree):
        def read(self, name: str) -> bytes:
            reads.append(name)
            return super().read(name)

    reads: list[str] = []
    project = Project(Counting({"a.py": b"import torch\n"}))
    assert b"torch" in project.scanned("a.py")
    file = project.file("a.py")
    assert file is not None
    assert file.source.text == "import torch\n"
    assert reads == ["a.py"]


def test_a_star_import_of_torch_brings_what_torch_has() -> None:
    project = project_of({"a.py": "from torch.nn import *\n"})
    assert named(project, "a.py", "CrossEntropyLoss") == "torch.nn.CrossEntropyLoss"
    assert named(project, "a.py", "Linear") == "torch.nn.Linear"
    assert named(project, "a.py", "no_such_thing") is None


def test_imports_in_a_circle_end() -> None:
    project = project_of(
        {
            "a.py": "from b import thing\nfrom b import *\n",
            "b.py": "from a import thing\nfrom a import *\n",
            "c.py": "from c import own\nfrom c import *\n",
        }
    )
    assert named(project, "a.py", "thing") is None
    assert named(project, "a.py", "other") is None
    assert named(project, "c.py", "own") == "c.own"  # no module imports itself: one from outside is meant


def test_what_cannot_be_read_is_noted_and_not_found() -> None:
    project = project_of({"a.py": "from b import Net\n", "b.py": "class Net(:\n", "c.py": b"\xff\xff\xff\xff"})
    assert project.file("b.py") is None
    assert project.file("c.py") is None
    assert sorted(project.unreadable) == ["b.py", "c.py"]
    assert project.unreadable["b.py"].place.row == 1
    assert resolved(project, "a.py", "b") in (None, "outside:b")


def test_classes_by_name_and_files_by_words() -> None:
    project = project_of(
        {"a.py": "class Net: pass\n", "b.py": "class Net(Base): pass\n", "c.py": "class Network: pass\n"}
    )
    assert [(file.name, found.name) for file, found in project.classes_named("Net")] == [
        ("a.py", "Net"),
        ("b.py", "Net"),
    ]
    assert project.mentioning("Base") == ("b.py",)
    assert project.mentioning("nowhere at all") == ()
