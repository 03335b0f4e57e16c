"""Half a cosine wave: knots by trigonometry's known angles, properties in between.

Mutation tried: cos(2 pi share); the knots fail.
"""

from math import pi, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry_zoo.schedules.cosine import Cosine

values = st.floats(-1e3, 1e3)
times = st.floats(0, 1e5)


@pytest.mark.parametrize(
    ("time", "value"),
    [(0, 1.0), (10, 1.0), (10 + 3, 0.5 + sqrt(2) / 4), (10 + 4, 0.75), (16, 0.5), (18, 0.25), (22, 0.0), (99, 0.0)],
)
def test_values_at_known_angles(time, value):
    assert Cosine(start=1.0, end=0.0, over=12, after=10).at(time) == pytest.approx(value, abs=1e-15)


@given(start=values, end=values, over=st.floats(1e-3, 1e5), after=times, pair=st.tuples(times, times))
@settings(max_examples=60)
def test_it_is_monotone_between_its_ends(start, end, over, after, pair):
    schedule = Cosine(start, end, over, after=after)
    first, second = (schedule.at(time) for time in sorted(pair))
    assert min(start, end) <= first <= max(start, end)
    assert first <= second if end >= start else first >= second


@given(start=values, end=values, over=st.floats(1.0, 1e5), time=times)
@settings(max_examples=60)
def test_its_slope_is_at_most_half_pi_times_the_lines(start, end, over, time):
    schedule = Cosine(start, end, over)
    change = abs(schedule.at(time + 1.0) - schedule.at(time))
    assert change <= pi / 2 * abs(end - start) / over * (1 + 1e-6) + 1e-9


@given(start=values, end=values, over=st.floats(1e-3, 1e5))
def test_it_arrives_exactly(start, end, over):
    assert Cosine(start, end, over).at(0) == start
    assert Cosine(start, end, over).at(over) == end
