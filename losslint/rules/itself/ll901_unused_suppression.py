"""A comment that suppresses nothing.

## What it does
Reports a comment that suppresses findings (`# noqa: LL101`, `# losslint: ignore[LL101]`, `# losslint: ignore-file`)
where there is nothing to suppress.

## Why is this bad?
The code was mended and the comment forgotten, or it stands in the wrong row. The next misuse on that row would be
suppressed without a word, and whoever reads it takes the code for wrong.

A comment is only called unused where that can be told. The rules that it names have to have run on the file, and the
loss call beside it has to be decided: it may be there for what only a run of the program shows (`losslint run`). A
`# noqa` without a code belongs to other linters, too, and is never reported.

## Example
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return F.cross_entropy(head(hidden), target)  # noqa: LL101
```

## Use instead
```python
import torch.nn.functional as F
from torch import nn

head = nn.Linear(64, 10)

def training_loss(hidden, target):
    return F.cross_entropy(head(hidden), target)
```

## Fix safety
Safe: only the comment goes, or the codes in it that suppress nothing; other tools' codes stay.

## References
- [ruff: unused `noqa` comments](https://docs.astral.sh/ruff/rules/unused-noqa/)
"""

from __future__ import annotations

from losslint.rules.rule import rule
from losslint.vocabulary.findings import Severity

RULE = rule(
    __name__,
    __doc__,
    severity=Severity.WARNING,
    observers="S",
    fix="safe",
    bad=[
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            return F.cross_entropy(head(hidden), target)  # losslint: ignore[LL101] it was a softmax  # LL901
        """,
        """
        import torch

        def log_probabilities(scores):
            # losslint: ignore[log-of-softmax, LL804] the textbook's form  # LL901
            return torch.log(torch.softmax(scores, dim=1))
        """,
    ],
    good=[
        """
        import torch

        def log_probabilities(scores):
            return torch.log(torch.softmax(scores, dim=1))  # noqa: E501, LL801
        """,
        """
        # What nobody passes cannot be decided: the finding that is kept back may be one of a run.
        import torch.nn.functional as F

        def training_loss(output, target):
            return F.cross_entropy(output, target)  # noqa: LL101
        """,
        """
        import torch.nn.functional as F
        from torch import nn

        head = nn.Linear(64, 10)

        def training_loss(hidden, target):
            return F.cross_entropy(head(hidden), target)  # noqa
        """,
    ],
)
