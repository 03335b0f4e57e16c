"""Charts, read back as XML: where points lie, what is thinned, and what breaks a line.

Mutation tried: the y axis upside down; the test of places fails.
"""

import re
from math import inf, log10, nan
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry_zoo.charts import line_chart, spell, thin, ticks


def lines(svg):
    """Title -> list of polylines, each an array of (x, y)."""
    found = {}
    for line in ElementTree.fromstring(svg).iter("polyline"):
        points = [tuple(map(float, pair.split(","))) for pair in line.get("points").split()]
        found.setdefault(line.find("title").text, []).append(np.array(points))
    return found


def axis(svg, anchor):
    """Tick value -> place, of the axis whose labels have this anchor."""
    place = {"middle": "x", "end": "y"}[anchor]
    labels = [text for text in ElementTree.fromstring(svg).iter("text") if text.get("text-anchor") == anchor]
    return {float(t.text.replace(",", "")): float(t.get(place)) for t in labels if re.fullmatch(r"[-\d.,e]+", t.text)}


def test_points_lie_where_the_ticks_say():
    svg = line_chart({"a": [(x, 3 * x - 1) for x in range(11)]})
    (line,) = lines(svg)["a"]
    assert line[-1, 1] < line[0, 1]  # more is higher up
    for anchor, column, values in (("middle", 0, np.arange(11)), ("end", 1, 3 * np.arange(11) - 1)):
        known = axis(svg, anchor)
        slope, offset = np.polyfit(list(known), list(known.values()), 1)
        # Tick labels stand a few units below or beside their ticks.
        np.testing.assert_allclose(line[:, column] - (slope * values + offset), -4 * (column == 1), atol=0.2)


@given(low=st.floats(-1e6, 1e6), size=st.floats(1e-3, 1e6))
@settings(max_examples=60)
def test_ticks_are_round_and_inside(low, size):
    found = ticks(low, low + size)
    assert 2 <= len(found) <= 12
    assert low - 1e-6 * size <= found[0] <= found[-1] <= low + size * (1 + 1e-6)
    step = min(np.diff(found))
    assert min(abs(step / 10 ** np.floor(log10(step * 1.0001)) - round_step) for round_step in (1, 2, 5)) < 1e-2


def test_values_that_are_not_finite_interrupt_their_line():
    values = [1, 2, nan, 3, 4, inf, -inf, 5, 6]
    assert [len(part) for part in lines(line_chart({"a": list(enumerate(values))}))["a"]] == [2, 2, 2]


def test_one_wild_value_does_not_flatten_the_rest():
    points = [(x, np.sin(x / 9)) for x in range(200)]
    points[77] = (77, 1e6)
    (line,) = lines(line_chart({"a": points}))["a"]
    assert np.ptp(np.delete(line[:, 1], 77)) > 60


@pytest.mark.parametrize("series", [{}, {"a": []}, {"a": [(0, nan)]}])
def test_nothing_to_draw_is_said_in_words(series):
    assert line_chart(series) == '<p class="empty">Nothing to draw yet.</p>'


def test_one_point_and_constant_lines_have_a_chart():
    for points in ([(5, 2.0)], [(0, 3.0), (1, 3.0)], [(0, 0.0), (9, 0.0)]):
        assert "nan" not in line_chart({"a": points})


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=400), st.integers(4, 60))
@settings(max_examples=40)
def test_thinning_keeps_order_ends_and_extremes(values, most):
    kept = thin(list(enumerate(values)), most)
    assert len(kept) <= max(most, 2) + 2
    assert kept == sorted(kept)
    assert {min(y for _, y in kept), max(y for _, y in kept)} == {min(values), max(values)}


def test_names_are_escaped_and_points_have_titles():
    svg = line_chart({"<b>&": [(0, 1.0), (1200, 2.0)]})
    titles = [title.text for title in ElementTree.fromstring(svg).iter("title")]
    assert titles == ["<b>&", "<b>&, step 0: 1", "<b>&, step 1,200: 2"]


def test_a_long_legend_takes_more_rows():
    few, many = (line_chart({f"a loss called {i}": [(0, 1), (1, 2)] for i in range(n)}) for n in (2, 9))
    heights = [float(ElementTree.fromstring(svg).get("viewBox").split()[3]) for svg in (few, many)]
    assert heights[1] > heights[0]


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (12000, "12,000"), (0.25, "0.25"), (3e-7, "3e-07"), (-1500, "-1,500")]
)
def test_numbers_are_spelled_for_people(value, text):
    assert spell(value) == text
