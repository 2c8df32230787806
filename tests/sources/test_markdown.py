"""Markdown: the Python fences where they stand, everything else blank."""

from __future__ import annotations

import ast
import textwrap

import pytest

from .reading import read, refused


def code(document: str, name: str = "d.md") -> dict[int, str]:
    """The rows of a document that hold code."""
    document = textwrap.dedent(document)
    source = read(document, name)
    ast.parse(source.text)
    assert source.cells == () and source.problems == ()
    rows = source.text.split("\n")
    assert not source.text or len(rows) == document.count("\n") + 1
    for number, row in enumerate(rows, 1):
        column = len(row) - len(row.lstrip()) + 1
        if row.strip() and row.strip() != "pass":  # every character is where the document has it
            place = source.place(number, column)
            assert place.cell is None and place.row == number
            assert document.split("\n")[number - 1][place.column - 1 :].startswith(row.strip())
    return {number: row for number, row in enumerate(rows, 1) if row.strip()}


def test_fences_stand_where_the_document_has_them() -> None:
    document = "# Title\n\n```python\nx = 1\n```\nprose = 3\n~~~py\ny = x\n~~~\n```\nz\n```\n```bash\nls\n```\n"
    assert code(document) == {4: "x = 1", 8: "y = x"}
    assert code(document, "d.markdown") == code(document)
    assert code(document.replace("\n", "\r\n")) == code(document)
    assert code("\ufeff" + document) == code(document)


@pytest.mark.parametrize(
    ("info", "is_python"),
    [
        *((info, True) for info in ("python", "py", "python3", "Python", " python", "ipython3", "pycon", "py3")),
        *((info, True) for info in ('python title="x"', "python,ignore", "python:a.py", "py {1,3}", "python{1}")),
        *((info, True) for info in ("{python}", "{python, echo=FALSE}", "{.python .numberLines}", "{ .py }")),
        *((info, True) for info in ("{code-block} python", "{code-cell}", "{code-cell} ipython3", "{testcode}")),
        *((info, False) for info in ("", "bash", "pytb", "pyi", "text", "{r}", "{code-block} bash", "{code-block}")),
        *((info, False) for info in ("json python", "{note} python", "pytorch")),
    ],
)
def test_the_info_string_says_what_it_is(info: str, is_python: bool) -> None:
    assert code(f"```{info}\nx = 1\n```\n") == ({2: "x = 1"} if is_python else {})
    assert code(f"~~~~{info}\nx = 1\n~~~~\n") == ({2: "x = 1"} if is_python else {})


def test_fences_end_with_their_own_characters() -> None:
    assert code('````python\ns = """\n```\n~~~~\n"""\n`````\nno\n') == {2: 's = """', 3: "```", 4: "~~~~", 5: '"""'}
    assert code("~~~python\nx = 1\n```\n~~~\n") == {}  # what is in it does not parse
    assert code("```python\nx = 1") == {2: "x = 1"}
    assert code("``python\nx = 1\n``\n") == {}
    assert code("```python `x`\ny\n") == {}
    assert code("```python\n```\n```python\n\n```\n") == {}


def test_a_fence_inside_a_fence_is_text() -> None:
    assert code("````markdown\n```python\nx = 1\n```\n````\n```python\ny = 2\n```\n") == {7: "y = 2"}
    assert code("~~~\n```python\nx = 1\n```\n~~~\n") == {}


def test_indented_fences() -> None:
    assert code("   ```python\n   x = 1\n  y = 2\n   if x:\n     z = 3\n   ```\n") == {
        2: "x = 1",
        3: "y = 2",
        4: "if x:",
        5: "  z = 3",
    }
    assert code("text\n\n    ```python\n    x = 1\n    ```\n") == {}  # an indented block, not a fence
    assert code("```python\n    x = 1\n    y = 2\n```\n") == {2: "x = 1", 3: "y = 2"}


def test_fences_in_lists() -> None:
    document = """
        1. First:

           ```python
           x = 1
           if x:

               y = 2
           ```
           - deeper
             ~~~py
             z = 3
             ~~~
        * ```python
          w = 4
        left = "the list"
        ```
        no = 5
        """
    assert code(document) == {5: "x = 1", 6: "if x:", 8: "    y = 2", 12: "z = 3", 15: "w = 4"}
    assert code("-\n  ```python\n  x = 1\n  ```\n-\t```python\n\ty = 2\n\t```\n") == {3: "x = 1", 6: "y = 2"}


def test_a_paragraph_of_a_list_may_go_on_without_indentation() -> None:
    assert code("1. one\ngoes on\n\n    ```python\n    x = 1\n    ```\n") == {5: "x = 1"}
    assert code("- one\n# Title\n\n     ```python\n     x = 1\n     ```\n") == {}


def test_tabs_reach_into_lists() -> None:
    assert code("* ~~~python\n\tx = 1\n\ty = 2\n  ~~~\n") == {2: "x = 1", 3: "y = 2"}


def test_fences_in_quotes() -> None:
    document = (
        "> ```python\n> x = 1\n>\n>     \n> y = 2\n> ```\n\n>> ```python\n"
        ">> z = 3\nend = 4\n\n> - ```py\n>   w = 5\n>   ```\n"
    )
    assert code(document) == {2: "x = 1", 5: "y = 2", 9: "z = 3", 13: "w = 5"}


def test_fences_in_admonitions_and_tabs() -> None:
    assert code('!!! note\n    ```python\n    x = 1\n    ```\n=== "Tab"\n\n    ```py\n    y = 2\n    ```\n') == {
        3: "x = 1",
        8: "y = 2",
    }


def test_comments_show_nothing() -> None:
    assert code("<!--\n```python\nx = 1\n```\n-->\n<!-- one row -->\n```python\ny = 2\n```\n") == {8: "y = 2"}


@pytest.mark.parametrize("info", ["pycon", "python", "py"])
def test_prompts_are_stripped_and_output_is_left_out(info: str) -> None:
    document = (
        f"```{info}\n>>> import torch\n>>> for x in y:\n...     z = x\n...\n"
        ">>> torch.ones(2)\ntensor([1., 1.])\n... not code\n>>>\n```\n"
    )
    assert code(document) == {2: "import torch", 3: "for x in y:", 4: "    z = x", 6: "torch.ones(2)"}


def test_a_statement_that_is_shown_to_raise_is_left_out() -> None:
    session = ">>> a\n>>> b(\n... c)\nTraceback (most recent call last):\n  ...\nValueError: no\n>>> d\nTraceback: no\n"
    assert code(f"```pycon\n{session}```\n") == {2: "a", 8: "d"}


def test_ipython_prompts_too() -> None:
    document = "```ipython\nIn [1]: x = 1\n\nIn [2]: if x:\n   ...:     y = 2\n   ...: \nOut[2]: 3\n```\n"
    assert code(document) == {2: "x = 1", 4: "if x:", 5: "    y = 2"}


def test_half_a_program_is_left_out_alone() -> None:
    document = (
        "```python\nx = 1\n```\n```python\nmodel = Net(…)\n```\n```python\n"
        "def f(x):\n    ...\n```\n```py\n!ls\ny = 2\n```\n"
    )
    assert code(document) == {2: "x = 1", 8: "def f(x):", 9: "    ...", 12: "pass", 13: "y = 2"}


def test_options_of_directives_are_left_out() -> None:
    assert code("```{code-cell} ipython3\n:tags: [hide-input]\n\nx = 1\n```\n") == {4: "x = 1"}


def test_only_a_document_with_code_has_to_be_decodable() -> None:
    assert read(b"caf\xe9\n", "d.md").text == ""
    assert read(b"caf\xe9 ```py``` \n```python `\n", "d.md").text == ""
    error = refused(b"x\ncaf\xe9\n```python\nx = 1\n```\n", "d.md")
    assert (error.place.row, error.place.column) == (2, 4)
    assert "0xe9" in error.message
    assert "UTF-16" in refused("```python".encode("utf-16"), "d.md").message


def test_no_document_takes_for_ever() -> None:
    for document in ("`" * 200_000, "``` " * 50_000, "> " * 5_000 + "```python", "```python" + " " * 200_000 + "x"):
        assert read(document + "\n", "d.md").problems == ()
