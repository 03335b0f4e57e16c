"""Growth: knots by hand, and the line between them.

Mutation tried: the fade counted from the level's start instead of after its hold; the knots fail.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry_zoo.schedules.staircase import Growth

lengths = st.floats(1.0, 1e6)


@pytest.mark.parametrize(
    ("time", "value"),
    [(0, 0), (100, 0), (125, 0.5), (150, 1), (200, 1), (250, 1), (260, 1.2), (300, 2), (301, 2), (1e15, 2)],
)
def test_values_at_the_knots(time, value):
    assert Growth(levels=3, hold=100, fade=50).at(time) == pytest.approx(value, abs=1e-12)


@given(levels=st.integers(1, 8), hold=lengths, fade=lengths, pair=st.tuples(st.floats(0, 1e7), st.floats(0, 1e7)))
@settings(max_examples=80)
def test_it_only_grows_and_never_leaves_the_levels(levels, hold, fade, pair):
    growth = Growth(levels, hold=hold, fade=fade)
    first, second = (growth.at(time) for time in sorted(pair))
    assert 0 <= first <= second + 1e-9 <= levels - 1 + 1e-9
    assert growth.at(pair[0]) <= levels - 1


@given(levels=st.integers(1, 8), hold=lengths, fade=lengths)
@settings(max_examples=40)
def test_every_level_is_held_exactly(levels, hold, fade):
    growth = Growth(levels, hold=hold, fade=fade)
    for level in range(levels):
        assert growth.at(level * (hold + fade) + hold / 2) == level


def test_without_a_hold_it_is_a_straight_line():
    growth = Growth(levels=4, hold=0, fade=10)
    assert [growth.at(time) for time in (0, 5, 10, 15, 30, 99)] == [0, 0.5, 1, 1.5, 3, 3]


def test_the_clock_counts_images_unless_told():
    assert Growth(levels=2).clock == "images"
    assert Growth(levels=2, clock="steps").clock == "steps"
