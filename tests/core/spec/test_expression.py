"""What is shown parses to what was shown; what is no expression is refused without being run."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry.spec.expression import (
    OPERATORS,
    Arithmetic,
    Call,
    Expression,
    ExpressionError,
    Name,
    Number,
    Output,
    Sequence,
    parse,
    show,
)

NAMES = st.sampled_from(["x", "fake", "_", "G", "label", "z_2"])
CONSTANTS = (
    st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
    | st.text(max_size=5)
)
LEAVES = st.builds(Name, NAMES) | st.builds(Number, CONSTANTS)


def _larger(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(inner, max_size=3).map(tuple)
    keywords = st.dictionaries(NAMES.filter("_".__ne__), CONSTANTS, max_size=2).map(lambda found: tuple(found.items()))
    calls = st.builds(Call, NAMES, several, keywords)
    return (
        calls
        | st.builds(Output, calls | st.builds(Name, NAMES), st.sampled_from(["classes", "features"]))
        | st.builds(Arithmetic, st.sampled_from(sorted(OPERATORS.values())), inner, inner)
        | st.builds(Sequence, several)
    )


@settings(max_examples=100)
@given(st.recursive(LEAVES, _larger, max_leaves=10))
def test_what_is_shown_parses_to_itself(expression: Expression) -> None:
    assert parse(show(expression)) == expression


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a - b - c", "((a - b) - c)"),
        ("a + b * c", "(a + (b * c))"),
        ("-x", "(-1 * x)"),
        ("--1", "1"),
        ("x, y", "[x, y]"),
        (" D( x ).classes ", "D(x).classes"),
        ("a > 0.28", "(a > 0.28)"),
        ("x  # why", "x"),
    ],
)
def test_precedence_is_that_of_arithmetic(text: str, shown: str) -> None:
    assert show(parse(text)) == shown


@pytest.mark.parametrize(
    ("text", "offset", "words"),
    [
        ("x + y[0]", 4, "'y[0]' (subscript)"),
        ("G(z).__class__", 0, "(attribute)"),
        ("G(z).a.b", 0, "(attribute)"),
        ("x + (lambda: 1)", 5, "(lambda)"),
        ("G(**z)", 0, "'**'"),
        ("1 < x < 2", 0, "(chained comparison)"),
        ("x == y", 0, "(comparison)"),
        ("x @ y", 0, "(matmult)"),
        ("x and y", 0, "(and, or)"),
        ("not x", 0, "(not)"),
        ("(y := x)", 1, "(namedexpr)"),
        ("None", 0, "(constant)"),
        ("...", 0, "(constant)"),
        ("b'x'", 0, "(constant)"),
        ("1j", 0, "(constant)"),
        ("x.real.G(z)", 0, "(call)"),
        ("{x}", 0, "(set)"),
        ("x + 1e999", 4, "finite"),
        ("noise(x, d=1e999)", 11, "finite"),
        ("x = y", 2, "not an expression"),
        ("", 0, "not an expression"),
        ("x\x00", 0, "not an expression"),
        ("0777", 0, "not an expression"),
        ("'\\d'", 0, "not an expression"),
        ("await x", 0, "(await)"),
        ("x; import os", 1, "not an expression"),
        ("not " * 400 + "x", 0, "(not)"),
        ("x" + ".a" * 900, 0, "(attribute)"),
        ("(" * 900 + "x" + ")" * 900, 0, "not an expression"),
        ("-" * 40 + "x", 31, "nested at most 30"),
    ],
)
def test_foreign_python_is_refused_where_it_stands(text: str, offset: int, words: str) -> None:
    with pytest.raises(ExpressionError) as error:
        parse(text)
    assert words in str(error.value)
    if words != "not an expression":
        assert error.value.offset == offset


@settings(max_examples=200)
@given(st.text(st.sampled_from([*"xG_()[].,+-*/<>='\"0123 \\\n\t\x00é:lambda{}@!#"]), max_size=40))
def test_any_text_parses_or_is_an_expression_error(text: str) -> None:
    with suppress(ExpressionError):
        parsed = parse(text)
        assert parse(show(parsed)) == parsed
