"""Tables, columns and arrays on their way to tensors: numpy, pandas and scikit-learn."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from losslint.contracts import numpy, tabular
from losslint.static.behaviour.rows import is_number
from losslint.static.evaluation.frames import Frame
from losslint.static.evaluation.values import (
    Bindings,
    ConstV,
    Lazy,
    MethodV,
    ObjectV,
    SeqV,
    TensorV,
    UnknownV,
    Value,
    given,
)
from losslint.static.files.file import File
from losslint.static.lowering import forms as f
from losslint.vocabulary.kinds import Kind
from losslint.vocabulary.meaning import Meaning
from losslint.vocabulary.shapes import Shape

if TYPE_CHECKING:
    from losslint.static.evaluation.evaluator import Evaluator

#: Files that mention a column, which are searched for what fills it.
MOST_FILES = 8

#: The mark of a column in which no code is seen to put lists.
NUMBERS_ALONE = "numbers alone"

#: What makes entries of a column that are no numbers.
_WORKED_OUT = re.compile(
    r"""\.(?:apply|map|transform|explode|str)\b|literal_eval|json\.loads|\.tolist\(\)|DataFrame\("""
)

#: What is read of a column on its way to an array or a list.
_OF_COLUMNS = tabular.ARRAYS | tabular.LISTS | tabular.AS_WIDE | {"iloc", "loc"}

_SORTS = (tabular.TABLE, tabular.SINGLE, tabular.COLUMN)


def in_torch_terms(ev: Evaluator, name: str, arguments: Bindings) -> Bindings:
    """The arguments of a numpy function under the names that the operation of torch gives them."""
    short = name.removeprefix("numpy.")
    positional = arguments.positional
    keywords = {numpy.KEYWORDS.get(key, key): lazy for key, lazy in arguments.keywords.items()}
    if short in numpy.DTYPE_SECOND and len(positional) > 1:
        keywords.setdefault("dtype", positional[1])
        positional = positional[:1]
    if short in numpy.SIZED:
        size = Bindings(positional, keywords, arguments.complete).get(numpy.SIZED[short], "size")
        if size is None:
            plain = all(is_number(ev.value(lazy)) for lazy in (*positional, *keywords.values()))
            # Of a mean for each of several numbers, several are drawn.
            size = given(SeqV("tuple", (), True) if plain else UnknownV("as many as are asked for"))
        return Bindings((size,), {}, arguments.complete)
    if short in ("array", "asarray", "ascontiguousarray"):
        keywords = {key: lazy for key, lazy in keywords.items() if key in ("data", "dtype")}
    return Bindings(positional, keywords, arguments.complete)


def called(ev: Evaluator, name: str, arguments: Bindings, form: f.Call, frame: Frame) -> Value | None:
    """What a function of pandas or scikit-learn gives, None when it is none that is known."""
    if name in tabular.TABLES:
        return _made(tabular.TABLE, form)
    if name == tabular.COLUMN:
        return _made(tabular.COLUMN, form)
    if name in tabular.SPLITS:
        halves: list[Lazy] = []
        for lazy in arguments.positional:
            value = ev.value(lazy)
            if isinstance(value, TensorV):
                shape = value.meaning.shape
                if shape is not None and not shape.open and shape.sizes:
                    shape = Shape((None, *shape.sizes[1:]))
                value = TensorV(value.meaning.but(shape=shape, identity=None, likely=value.meaning.likely))
            halves += [given(value), given(value)]
        return SeqV("list", tuple(halves), arguments.complete)
    if name in tabular.WEIGHTS:
        return _column(tabular.WEIGHTS[name])
    dtype = tabular.DATASETS.get(name)
    if dtype is None and name in tabular.LOADERS:
        dtype = tabular.LOADERS[name]
        parts = {"data": given(_array(2, "float64")), "target": given(_column(dtype))}
        if _is_asked(ev, arguments, "as_frame"):
            parts = {"data": given(_made(tabular.TABLE, form)), "target": given(_made(tabular.COLUMN, form))}
            parts["frame"] = parts["data"]
        if _is_asked(ev, arguments, "return_X_y"):
            return SeqV("tuple", (parts["data"], parts["target"]))
        return ObjectV(name, arguments, form, None, parts)
    if dtype is not None:
        return SeqV("tuple", (given(_array(2, "float64")), given(_column(dtype))))
    return None


def with_arrays(ev: Evaluator, arguments: Bindings) -> Bindings:
    """The arguments of what makes an array or a tensor of data: of a table or a column it takes the numbers."""
    data = ev.value(arguments.positional[0]) if arguments.positional else None
    if not isinstance(data, ObjectV) or data.name not in _SORTS:
        return arguments
    return Bindings((given(_numbers(data)), *arguments.positional[1:]), arguments.keywords, arguments.complete)


def listed(column: Value) -> TensorV | None:
    """The list of a column's entries, as an array, of which as much is known. Of lists it would be a matrix: the table
    has to come from a file that can hold none."""
    if not isinstance(column, ObjectV) or column.name != tabular.COLUMN or NUMBERS_ALONE not in column.attributes:
        return None
    read = column.origin
    return _numbers(column) if isinstance(read, f.Call) and read.callee_name in tabular.WITHOUT_LISTS else None


def _is_asked(ev: Evaluator, arguments: Bindings, name: str) -> bool:
    asked = arguments.keywords.get(name)
    wanted = ev.value(asked) if asked is not None else None
    return isinstance(wanted, ConstV) and wanted.value is True


def attribute(base: ObjectV, name: str) -> Value | None:
    """An attribute of a table or a column, None when it is not known here."""
    if base.name not in _SORTS:
        return None
    if name in ("values", "array"):
        return _numbers(base)
    if name in ("iloc", "loc"):
        return base
    return None


def of_a_column(ev: Evaluator, written: MethodV, name: str) -> Value | None:
    """`values` of `table.price`, which is written like a method: what no method has is read of a column."""
    table = written.receiver
    if not isinstance(table, ObjectV) or table.name not in (tabular.TABLE, tabular.SINGLE):
        return None
    if written.name in tabular.PARTS | tabular.KEEPING or name not in _OF_COLUMNS:
        return None
    column = item(ev, table, ConstV(written.name), None)
    if not isinstance(column, ObjectV):
        return None
    return attribute(column, name) or MethodV(column, name)


def item(ev: Evaluator, base: ObjectV, key: Value, file: File | None) -> Value | None:
    """`frame["label"]`, `frame[["a", "b"]]`, `frame.iloc[:, -1]`, as a file has it (None where it is not known)."""
    found = _item(base, key)
    if isinstance(found, ObjectV) and found.name == tabular.COLUMN and base.name != tabular.COLUMN:
        if not _may_hold_lists(ev, key, file):
            found.attributes = {NUMBERS_ALONE: given(ConstV(True))}
    return found


def _may_hold_lists(ev: Evaluator, key: Value, file: File | None) -> bool:
    """Whether the code fills a column itself: `frame["label"] = frame["labels"].apply(split)`."""
    name = key.value if isinstance(key, ConstV) else None
    if not isinstance(name, str):
        return file is None or any(map(_WORKED_OUT.search, file.lines))
    word = re.escape(name)
    fills = re.compile(rf"""["']{word}["']\s{{0,9}}(?::|\]\s{{0,9}}(?:=(?!=)|\.(?:apply|map|transform|str)\b))""")
    files = map(ev.project.file, ev.project.mentioning(name)[:MOST_FILES])
    return any(fills.search(row) for each in (file, *files) if each is not None for row in each.lines)


def _item(base: ObjectV, key: Value) -> Value | None:
    """The part of a table that a key picks, whatever is in it."""
    if base.name not in _SORTS:
        return None
    if base.name == tabular.COLUMN:
        # One entry may be anything, a list among others.
        return _unknown() if _is_one(key) else base
    if isinstance(key, ConstV):
        if isinstance(key.value, str):
            return _of(tabular.COLUMN, base)
        return base if isinstance(key.value, slice) else _unknown()
    if isinstance(key, SeqV) and key.sort == "list":
        return _columns(base, key)
    if isinstance(key, SeqV) and key.sort == "tuple" and len(key.items) == 2:
        rows, columns = (lazy.value for lazy in key.items)
        if rows is not None and _is_one(rows):
            return _unknown()
        if isinstance(columns, ConstV) and not isinstance(columns.value, slice):
            return _of(tabular.COLUMN, base)
        return _columns(base, columns) if isinstance(columns, (ConstV, SeqV)) else _unknown()
    return _unknown()


def _is_one(key: Value) -> bool:
    """Whether a key picks one row."""
    return is_number(key) or (isinstance(key, ConstV) and not isinstance(key.value, slice))


def _columns(base: ObjectV, key: ConstV | SeqV) -> Value:
    """A table cut down to some columns: `["price"]`, `-1:` and `3:4` leave one, `:` and other slices as they were."""
    if isinstance(key, SeqV):
        names = [lazy.value for lazy in key.items]
        one = key.complete and len(names) == 1 and isinstance(names[0], ConstV) and isinstance(names[0].value, str)
        return _of(tabular.SINGLE if one else tabular.TABLE, base)
    cut = key.value
    assert isinstance(cut, slice)
    if cut == slice(None):
        return base
    start, stop = cut.start, cut.stop
    one = (start, stop) == (-1, None) or (
        isinstance(start, int) and isinstance(stop, int) and stop - start == 1 and start * stop >= 0
    )
    return _of(tabular.SINGLE if one and cut.step in (None, 1) else tabular.TABLE, base)


def may_hold_objects(meaning: Meaning) -> bool:
    """Whether something is the array of a table as it came, of lists, texts or numbers: what one entry is, is open."""
    return meaning.reason == tabular.NUMBERS and meaning.dtype is None


def method(ev: Evaluator, base: ObjectV, name: str, arguments: Bindings) -> Value | None:
    """What a method of a table, a column or a transformer of scikit-learn gives."""
    if base.name in _SORTS:
        if name in tabular.ARRAYS:
            return _numbers(base)
        if name in tabular.LISTS:
            return listed(base)
        if name == "pop" and base.name != tabular.COLUMN:
            return _of(tabular.COLUMN, base)
        if name == "to_frame":
            return _of(tabular.SINGLE, base)
        if name not in tabular.KEEPING:
            return None
        return _of(tabular.TABLE, base) if base.name == tabular.SINGLE and name not in tabular.AS_WIDE else base
    if name in ("fit_transform", "transform") and base.name.startswith(tabular.SCALERS):
        if base.name in tabular.LABEL_ENCODERS:
            return _column("int64")
        given_value = ev.value(arguments.positional[0]) if arguments.positional else None
        if base.name == tabular.MULTI_LABEL:
            return _multi_hot(base) if given_value is not None and _are_lists(ev, given_value) else None
        if isinstance(given_value, TensorV) or (isinstance(given_value, ObjectV) and given_value.name in _SORTS):
            return _array(2, None)
    return None


def _are_lists(ev: Evaluator, labels: Value) -> bool:
    """Whether the labels of a sample may be several: not one in a list of its own, `[[label], [label]]`."""
    if isinstance(labels, SeqV):
        rows = [ev.value(lazy) for lazy in labels.items]
        return any(not isinstance(row, SeqV) or len(row.items) != 1 or not row.complete for row in rows)
    return not isinstance(labels, TensorV)


def _multi_hot(base: ObjectV) -> TensorV | None:
    """The rows of zeros and ones that a binariser makes, None for sparse ones."""
    if "sparse_output" in base.arguments.keywords or not base.arguments.complete:
        return None
    array = _array(2, "int64").meaning
    return TensorV(array.but(kind=Kind.MULTI_HOT, bounds=(0.0, 1.0), made_by="MultiLabelBinarizer", reason=""))


def _numbers(base: ObjectV) -> TensorV:
    """The array of a table or a column."""
    if base.name == tabular.SINGLE:
        return TensorV(_array(2, None).meaning.but(shape=Shape((None, 1))))
    array = _array(1 if base.name == tabular.COLUMN else 2, None)
    return TensorV(array.meaning.but(likely=Shape((None,)))) if NUMBERS_ALONE in base.attributes else array


def _made(sort: str, form: f.Call) -> ObjectV:
    return ObjectV(sort, Bindings(complete=False), form)


def _of(sort: str, base: ObjectV) -> ObjectV:
    return ObjectV(sort, Bindings(complete=False), base.origin, base.trail)


def _unknown() -> UnknownV:
    return UnknownV("an entry of a table that is not known")


def _array(rank: int, dtype: str | None) -> TensorV:
    """An array of which only the number of dimensions is known."""
    return TensorV(Meaning(reason=tabular.NUMBERS, dtype=dtype, shape=Shape((None,) * rank), device="cpu"))


def _column(dtype: str) -> TensorV:
    return _array(1, dtype)
