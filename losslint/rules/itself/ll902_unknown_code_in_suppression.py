"""A suppression that names no rule.

## What it does
Reports a comment that suppresses findings (`# noqa: LL999`, `# losslint: ignore[softmax-into-crossentropy]`) and names
a code or a rule that does not exist.

## Why is this bad?
It suppresses nothing, whatever it was meant for. The message has the nearest code or name. What a `# noqa` says of
other linters' codes is theirs, and is not looked at.

## Example
```python
import torch.nn.functional as F

def training_loss(scores, target):
    p = F.softmax(scores, dim=1)
    return F.cross_entropy(p, target)  # losslint: ignore[softmax-into-crossentropy]
```

## Use instead
```python
import torch.nn.functional as F

def training_loss(scores, target):
    p = F.softmax(scores, dim=1)
    return F.cross_entropy(p, target)  # losslint: ignore[softmax-into-cross-entropy]
```

## Fix safety
Not fixed automatically: only you know which rule was meant.

## References
- [flake8: in-line ignoring of errors](https://flake8.pycqa.org/en/latest/user/violations.html)
"""

from __future__ import annotations

from losslint.rules.rule import rule
from losslint.vocabulary.findings import Severity

RULE = rule(
    __name__,
    __doc__,
    severity=Severity.WARNING,
    observers="S",
    bad=[
        """
        import torch

        def probabilities(scores):
            return torch.softmax(scores, dim=1)  # noqa: LL999  # LL902
        """,
        """
        # losslint: ignore-file[log-of-soft-max]  # LL902
        import torch

        def probabilities(scores):
            return torch.softmax(scores, dim=1)
        """,
    ],
    good=[
        """
        import torch

        def probabilities(scores):
            return torch.softmax(scores, dim=1)  # noqa: E501, WPS432
        """,
        """
        import torch

        def log_probabilities(scores):
            return torch.log(torch.softmax(scores, dim=1))  # losslint: ignore[log-of-softmax]
        """,
    ],
)
