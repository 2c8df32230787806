"""Pages of Quarto and R Markdown: found, read and mended as Markdown is, and their chunks of R left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.command import concise, losslint, put

PAGE = """\
---
title: A step
---

```{r, echo=FALSE}
loss <- F$cross_entropy(p, y)
```

```{python FENCE}
#| label: step
import torch.nn.functional as F

def step(x, y):
    return F.cross_entropy(x.softmax(dim=1), y)
```
"""


@pytest.mark.parametrize("name", ["page.qmd", "page.Rmd", "page.rmd"])
@pytest.mark.parametrize("options", ["", "step, echo=FALSE"])
def test_a_page_is_found_and_mended(tmp_path: Path, name: str, options: str) -> None:
    text = PAGE.replace(" FENCE", f" {options}" if options else "")
    put(tmp_path / name, text)
    put(tmp_path / "pyproject.toml", "")
    assert concise(tmp_path).found == [f"{name}:14:12: LL101"]
    assert concise(tmp_path, "-", "--stdin-filename", name, given=text).found == [f"{name}:14:12: LL101"]
    run = losslint(tmp_path, "--fix", "--unsafe-fixes", ".")
    assert run.status == 0, run
    assert (tmp_path / name).read_text() == text.replace("x.softmax(dim=1)", "x")
