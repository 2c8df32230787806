"""Tables and columns: what pandas and scikit-learn hand to the code that makes tensors of it.

Everything here is either a table (two dimensions: samples and features) or a column (one dimension: a number a
sample). That is what tells a target `[N]` from a prediction `[N, 1]`.
"""

from __future__ import annotations

TABLE = "pandas.DataFrame"
COLUMN = "pandas.Series"

#: A table that was cut down to one column, `df[["price"]]`: a matrix `[N, 1]`.
SINGLE = "a pandas.DataFrame of one column"

#: What is said of the numbers in either.
NUMBERS = "the numbers of a table"

#: Functions that make a table.
TABLES = frozenset(
    {
        "pandas.read_csv",
        "pandas.read_table",
        "pandas.read_excel",
        "pandas.read_parquet",
        "pandas.read_feather",
        "pandas.read_json",
        "pandas.DataFrame",
        "pandas.concat",
        "pandas.get_dummies",
        "pandas.merge",
    }
)

#: Those whose files have a number or a text in each cell, and no lists.
WITHOUT_LISTS = frozenset({"read_csv", "read_table", "read_excel"})

#: Methods of a table that give a table (of a column, a column).
KEEPING = frozenset(
    {
        "drop", "dropna", "fillna", "copy", "head", "tail", "sample", "reset_index", "astype", "sort_values",
        "sort_index", "replace", "drop_duplicates", "query", "assign", "rename", "apply", "map", "shift", "diff", "abs",
        "round", "clip", "interpolate", "set_index", "filter", "select_dtypes", "iloc", "loc",
    }
)  # fmt: skip

#: Those that give as many columns as there were.
AS_WIDE = frozenset(
    {
        "dropna", "fillna", "copy", "head", "tail", "sample", "astype", "sort_values", "sort_index", "replace",
        "drop_duplicates", "shift", "diff", "abs", "round", "clip", "interpolate",
    }
)  # fmt: skip

#: What makes an array of a table or a column.
ARRAYS = frozenset({"values", "to_numpy", "array", "as_matrix"})

#: What makes a list of a column.
LISTS = frozenset({"tolist", "to_list"})

#: What a table has besides columns and methods: what is read of these is not read of a column.
PARTS = frozenset(
    {
        "T", "at", "attrs", "axes", "blocks", "columns", "dtypes", "empty", "flags", "iat", "iloc", "index", "ix",
        "loc", "ndim", "plot", "shape", "size", "sparse", "style", "values",
    }
)  # fmt: skip

#: scikit-learn's data sets as (features, target): the target of a regression is a float, that of classes an index.
DATASETS: dict[str, str] = {
    "sklearn.datasets.make_moons": "int64",
    "sklearn.datasets.make_circles": "int64",
    "sklearn.datasets.make_blobs": "int64",
    "sklearn.datasets.make_classification": "int64",
    "sklearn.datasets.make_regression": "float64",
}

#: Data sets that give the pair only when they are asked to (`return_X_y=True`), and an object with both otherwise.
LOADERS: dict[str, str] = {
    "sklearn.datasets.load_iris": "int64",
    "sklearn.datasets.load_wine": "int64",
    "sklearn.datasets.load_digits": "int64",
    "sklearn.datasets.load_breast_cancer": "int64",
    "sklearn.datasets.load_diabetes": "float64",
    "sklearn.datasets.load_boston": "float64",
    "sklearn.datasets.fetch_california_housing": "float64",
}

#: Functions that give an array with a number for each class, or each sample.
WEIGHTS: dict[str, str] = {
    "sklearn.utils.class_weight.compute_class_weight": "float64",
    "sklearn.utils.class_weight.compute_sample_weight": "float64",
    "sklearn.utils.compute_class_weight": "float64",
    "sklearn.utils.compute_sample_weight": "float64",
}

#: Splits each of its arguments in two.
SPLITS = frozenset({"sklearn.model_selection.train_test_split", "sklearn.cross_validation.train_test_split"})

#: Transformers whose `fit_transform` and `transform` give a table of floats.
SCALERS = "sklearn.preprocessing."

#: What makes one row of zeros and ones of the labels of each sample, of which there may be several.
MULTI_LABEL = "sklearn.preprocessing.MultiLabelBinarizer"

#: Transformers of labels, which give a class index a sample.
LABEL_ENCODERS = frozenset({"sklearn.preprocessing.LabelEncoder"})
