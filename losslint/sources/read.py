"""From a file of a tree to a source, by its suffix."""

from __future__ import annotations

from losslint.sources.source import Source, UnreadableSource
from losslint.sources.tree import Tree, is_docstring
from losslint.vocabulary.places import Place

#: Markdown: plain, Quarto's and that of R, each with fences of Python.
DOCUMENTS = (".md", ".markdown", ".qmd", ".rmd")


def read_source(tree: Tree, name: str) -> Source:
    """The source that a file holds. Raises UnreadableSource when it cannot be read or decoded."""
    shown = tree.shown(name)
    try:
        data = tree.read(name)
    except OSError as error:
        raise UnreadableSource(f"cannot be read: {reason(error)}", Place(shown, 1)) from None
    return source_of(data, name, shown)


def source_of(data: bytes, name: str, shown: str) -> Source:
    """The source that some bytes hold: the name's suffix says what they are. Raises UnreadableSource."""
    if is_docstring(name):
        from losslint.sources.doctests import docstring_source

        return docstring_source(data, name, shown)
    lowered = name.lower()
    if lowered.endswith(".ipynb"):
        from losslint.sources.notebook import notebook_source

        return notebook_source(data, name, shown)
    if lowered.endswith(DOCUMENTS):
        from losslint.sources.markdown import markdown_source

        return markdown_source(data, name, shown)
    from losslint.sources.python import decode

    return Source(name, shown, decode(data, shown))


def reason(error: OSError) -> str:
    """What the operating system says, as the end of a sentence."""
    said = error.strerror or str(error) or type(error).__name__
    return said[:1].lower() + said[1:]
