"""Where fences begin and end: our answers beside those of a CommonMark parser."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from losslint.sources.markdown import _fences, _holds_python

markdown_it = pytest.importorskip("markdown_it")

ROWS = st.sampled_from(
    (
        *(
            "```python",
            "```",
            "~~~py",
            "~~~",
            "````",
            "x = 1",
            "  y",
            "- item",
            "  ```python",
            "  ```",
            "> ```py",
            "> q",
        ),
        *("> ```", ">", "", "1. one", "   ```python", "   z", "   ```", "- ```py", "   - deep", "    ```python"),
        *("     ```", "<!--", "-->", "* ~~~python", "# head", "> - ~~~py", ">   w"),
    )
)


def fences_of_commonmark(document: str) -> list[tuple[int, str]]:
    return [
        (token.map[0] + 1, token.content.rstrip("\n"))
        for token in markdown_it.MarkdownIt().parse(document)
        if token.type == "fence" and _holds_python(token.info.strip()) and token.content.strip()
    ]


def our_fences(document: str) -> list[tuple[int, str]]:
    found = [(first, "\n".join(piece.rows)) for first, piece in _fences(document.split("\n"))]
    return [(first, text.rstrip("\n")) for first, text in found if text.strip()]


@given(rows=st.lists(ROWS, min_size=2, max_size=9))
@settings(max_examples=500, deadline=None)
def test_fences_are_those_of_commonmark(rows: list[str]) -> None:
    document = "\n".join(rows) + "\n"
    assert our_fences(document) == fences_of_commonmark(document)


def test_the_comparison_can_fail() -> None:
    assert our_fences("```python\nx\n```\n") != fences_of_commonmark("```python\ny\n```\n")
