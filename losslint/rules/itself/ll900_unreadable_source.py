"""A source that cannot be read.

## What it does
Reports a file that cannot be decoded or parsed: a syntax error, a wrong encoding, a broken notebook.

## Why is this bad?
What cannot be read cannot be checked, and a run that skipped it in silence would look like a pass. The message says
where reading stopped and why.

## Example
```python
def training_loss(output, target:
    return criterion(output, target)
```

## Use instead
```python
def training_loss(output, target):
    return criterion(output, target)
```
If the file is not meant to be read (a template, a fixture with a deliberate error), exclude it in the configuration.

## Fix safety
Not fixed automatically.

## References
- [PEP 263: source code encodings](https://peps.python.org/pep-0263/)
"""

from __future__ import annotations

from losslint.rules.rule import rule
from losslint.vocabulary.findings import Severity

RULE = rule(
    __name__,
    __doc__,
    severity=Severity.ERROR,
    observers="S",
    bad=[
        """
        def training_loss(output, target:  # LL900
            return criterion(output, target)
        """,
    ],
    good=[
        """
        def training_loss(output, target, criterion):
            return criterion(output, target)
        """,
    ],
)
