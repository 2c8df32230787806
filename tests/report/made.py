"""Findings and the files that they stand in, made by hand."""

from __future__ import annotations

from losslint.report.texts import Texts
from losslint.sources.read import source_of
from losslint.sources.source import Source
from losslint.vocabulary.findings import Finding, Severity
from losslint.vocabulary.places import Place, Step

NET = """\
class Net:
    def forward(self, x):
        return self.head(x).softmax(1)
"""
TRAIN = """\
def train(net, x, y):
    out = net(x)
    return cross_entropy(out, y)
"""


def texts(**files: str | bytes) -> Texts:
    """The rows of some files: `models__net` is shown as `models/net.py`."""
    return texts_of({f"{name.replace('__', '/')}.py": text for name, text in files.items()})


def texts_of(files: dict[str, str | bytes], names: dict[str, str] | None = None) -> Texts:
    """The rows of some files by the names that people see; `names` are those in their project."""

    def read(shown: str) -> Source | None:
        if shown not in files:
            return None
        text = files[shown]
        data = text if isinstance(text, bytes) else text.encode()
        return source_of(data, (names or {}).get(shown, shown), shown)

    return Texts(read)


def finding(
    place: Place,
    *steps: Step,
    code: str = "LL101",
    name: str = "softmax-into-cross-entropy",
    severity: Severity = Severity.ERROR,
    message: str = "It is given probabilities.",
    mend: str = "",
) -> Finding:
    return Finding(code, name, severity, f"{message} {mend}".rstrip(), place, steps, mend)


SOURCE = Place("models/net.py", 3, 16, 3, 39)
CALL = Place("train.py", 3, 12, 3, 33)
CLASH = finding(
    CALL,
    Step(SOURCE, "`softmax` makes probabilities here"),
    Step(CALL, "given to CrossEntropyLoss here"),
    mend="Remove the softmax at models/net.py:3.",
)
FILES = texts(models__net=NET, train=TRAIN)
