"""The keys of a configuration: what is refused, and that the JSON schema refuses the same."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import pytest

from losslint.app.configuration import ConfigurationError
from losslint.app.configuration.keys import KEYS, schema
from losslint.app.configuration.reading import layers_of
from losslint.rules.registry import names

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

jsonschema = pytest.importorskip("jsonschema")

RIGHT = [
    "",
    'select = ["LL", "LL1", "LL101", "log-of-softmax"]\nextend-select = ["LL102"]',
    'ignore = []\nextend-ignore = ["LL9"]',
    "advice = true",
    'severity = { "LL101" = "warning", "LL2" = "advice", "log-of-softmax" = "error" }',
    '[per-file-ignores]\n"tests/*" = ["LL7", "log-of-softmax"]\n"!src/**.py" = []',
    'exclude = ["gen", "*_pb2.py"]\nextend-exclude = []',
    "force-exclude = true",
    "doctests = false",
    'output-format = "concise"',
    'cache-dir = ".cache/losslint"',
    'baseline = "baseline.json"',
    'observations = "seen.json"',
    'observations = ["a.json", "b.json"]',
    '[contracts.losses."mylib.Loss"]\ninput = "logits"\n[contracts.models."mylib.Net"]\nreturns = ["logits", "real"]',
]
WRONG = [
    ('selekt = ["LL1"]', "unknown key selekt (did you mean select?)"),
    ('select = "LL1"', "select is no list of rules"),
    ("select = [1]", "select is no list of rules"),
    ('select = ["LL999"]', "select has no such rule: no rule is called 'LL999' (did you mean LL"),
    ('ignore = ["ll101"]', "ignore has 'll101', which is written otherwise: codes in capitals"),
    ('extend-select = ["softmax-into-crossentropy"]', "(did you mean softmax-into-cross-entropy"),
    ('extend-ignore = ["E501"]', "extend-ignore has no such rule"),
    ("advice = 1", "advice is neither true nor false"),
    ('advice = "yes"', "advice is neither true nor false"),
    ('severity = "error"', "severity is no table"),
    ('severity = { "LL101" = "fatal" }', "severity is none of error, warning, advice (for LL101)"),
    ('severity = { "LL101" = "warn" }', "(did you mean warning?)"),
    ('severity = { "LL101" = 1 }', "severity is none of error"),
    ('severity = { "LL999" = "error" }', "severity has no such rule"),
    ("per-file-ignores = []", "per-file-ignores is no table"),
    ('per-file-ignores = { "a.py" = "LL1" }', "per-file-ignores is no list of rules"),
    ('per-file-ignores = { "a.py" = ["LL999"] }', "per-file-ignores has no such rule"),
    ('exclude = "gen"', "exclude is no list of texts"),
    ("extend-exclude = [1]", "extend-exclude is no list of texts"),
    ('doctests = "on"', "doctests is neither true nor false"),
    ('force-exclude = ["gen"]', "force-exclude is neither true nor false"),
    ('output-format = "xml"', "output-format is none of full, concise"),
    ("output-format = 1", "output-format is none of"),
    ("cache-dir = 1", "cache-dir is no text"),
    ('cache-dir = ""', "cache-dir is no text"),
    ('baseline = ["a"]', "baseline is no text"),
    ('baseline = "a\\u0000b"', "baseline is no text"),
    ("extend = 1", "extend is no text"),
    ("observations = 1", "observations is no name of a file"),
    ('observations = [""]', "observations is no name of a file"),
    ("contracts = 1", "contracts is no table"),
    ('[contracts.losses."mylib.Loss"]\ninput = "logit"', "(did you mean logits?)"),
    ('[contracts.losses."mylib.Loss"]', "says neither"),
    ('[contracts.losses."Loss"]\ninput = "logits"', "is not named by module and name"),
    ('[contracts.models."mylib.Net"]\nreturns = []', "returns is empty"),
    ('[contracts.models."mylib.Net"]', "does not say what the model returns"),
    ("[contracts.loss]", "did you mean losses?"),
]


def by_schema(document: Mapping[str, object]) -> bool:
    validator = jsonschema.Draft202012Validator(schema())
    return not list(validator.iter_errors(document))


@pytest.mark.parametrize("text", RIGHT)
def test_what_is_right_is_right_for_both(text: str) -> None:
    assert layers_of("losslint.toml", text.encode()) is not None
    assert by_schema(tomllib.loads(text))


@pytest.mark.parametrize(("text", "problem"), WRONG)
def test_what_is_wrong_is_wrong_for_both(text: str, problem: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        layers_of("losslint.toml", text.encode())
    assert str(raised.value).startswith("losslint.toml: ")
    assert problem in str(raised.value)
    assert not by_schema(tomllib.loads(text))


def test_every_key_is_tried_both_ways() -> None:
    for texts in (RIGHT, [text for text, _ in WRONG]):
        tried = {key for text in texts for key in tomllib.loads(text)}
        assert set(KEYS) - tried <= {"extend"}  # a right one takes a file: see below


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    assert set(schema()["properties"]) == set(KEYS)
    assert set(names()) <= set(schema()["properties"]["select"]["items"]["enum"])


def test_the_formats_are_those_of_the_command() -> None:
    assert {"full", "concise", "json"} <= set(schema()["properties"]["output-format"]["enum"])


def test_a_table_in_pyproject_names_its_keys_in_full() -> None:
    with pytest.raises(ConfigurationError, match=r"^pyproject\.toml: tool\.losslint\.advice is neither"):
        layers_of("pyproject.toml", b"[tool.losslint]\nadvice = 1")
    with pytest.raises(ConfigurationError, match=r"^pyproject\.toml: unknown key tool\.losslint\.advise "):
        layers_of("pyproject.toml", b"[tool.losslint]\nadvise = true")
