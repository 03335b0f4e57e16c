"""A tree remembers where every key and value was written, and YAML 1.2 means what it says."""

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

import rivalry.spec.tree
from rivalry.errors import Fault, Place, SpecError
from rivalry.spec.tree import parse, read

TEXT = """a: 1
b:
  c: [x, {d: 2e-4}]
  e: "quoted"
"""


def test_places_are_exact() -> None:
    tree = parse(TEXT, "f")
    assert tree.value == {"a": 1, "b": {"c": ["x", {"d": 2e-4}], "e": "quoted"}}
    assert tree.place(("b",), at_key=True) == Place("f", 2, 1)
    assert tree.place(("b",)) == Place("f", 3, 3)
    assert tree.place(("b", "c", 1, "d")) == Place("f", 3, 14)
    assert tree.place(("b", "c", 1, "d"), at_key=True) == Place("f", 3, 11)


def test_a_path_without_a_place_has_that_of_its_nearest_enclosing_value() -> None:
    tree = parse(TEXT, "f")
    assert tree.place(("b", "c", 1, "missing", 3)) == tree.place(("b", "c", 1)) == Place("f", 3, 10)
    assert parse("", "f").place(("anything",)) == Place("f", 1, 1)


def test_an_offset_counts_from_the_text_and_not_from_its_quote() -> None:
    tree = parse('plain: abc\nquoted: "abc"\nblock: |\n  abc\n', "f")
    places = [
        fault.place for fault in tree.placed([Fault((key,), "", offset=2) for key in ("plain", "quoted", "block")])
    ]
    assert places == [Place("f", 1, 10), Place("f", 2, 12), Place("f", 3, 8)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2e-4", 2e-4),
        ("1_000", 1000),
        ("0x1f", 31),
        ("0o17", 15),
        ("-3", -3),
        ("1.", 1.0),
        (".5", 0.5),
        ("-.inf", -math.inf),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("2020-01-01", "2020-01-01"),
        ("1:30", "1:30"),
        ("'5'", "5"),
        ("!!str 5", "5"),
    ],
)
def test_scalars_are_yaml_1_2(text: str, value: Any) -> None:
    found = parse(f"key: {text}")
    assert found.value == {"key": value}
    assert type(found.value["key"]) is type(value)
    assert found.faults == []


WORDS = st.text(st.characters(exclude_categories=["C", "Z"])).filter(
    lambda text: not text.startswith("?")
)  # ruamel's writer errs there
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcde", min_size=2), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text("abcde", min_size=2), VALUES, min_size=1))
def test_what_a_yaml_writer_wrote_is_read_back(value: dict[str, Any]) -> None:
    from io import StringIO

    text = StringIO()
    YAML(typ="safe", pure=True).dump(value, text)
    tree = parse(text.getvalue())
    assert tree.value == value
    assert tree.faults == []


def test_an_alias_means_the_value_and_has_its_place() -> None:
    tree = parse("a: &small {width: 3}\nb: *small\n", "f")
    assert tree.value["b"] == {"width": 3}
    assert tree.place(("b", "width")) == Place("f", 1, 19)


def test_many_values_are_allowed_and_too_many_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rivalry.spec.tree, "MOST_VALUES", 100)
    assert len(parse(f"[{', '.join('1' for _ in range(99))}]").value) == 99
    with pytest.raises(SpecError, match="wanted at most 100 values"):
        parse(f"[{', '.join('1' for _ in range(100))}]")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe\x00", "wanted UTF-8 text"),
        (b"a: " + b"x" * 1_000_001, "at most 1,000,000 bytes"),
        (b"a: \x07", "not valid YAML"),
    ],
)
def test_a_file_that_is_no_text_is_a_spec_error(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "spec.yaml"
    file.write_bytes(content)
    with pytest.raises(SpecError, match=message) as error:
        read(file)
    assert error.value.faults[0].place is not None
    assert error.value.faults[0].place.file == str(file)


def test_a_folder_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="cannot be read"):
        read(tmp_path)
