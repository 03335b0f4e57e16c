"""The straight line, at its knots by hand and in between by its properties.

Mutation tried: `after` forgotten in the progress; the knots fail.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry_zoo.schedules.linear import Linear

values = st.floats(-1e3, 1e3)
times = st.floats(0, 1e5)


@pytest.mark.parametrize(
    ("time", "value"), [(0, 2.0), (100, 2.0), (125, 1.0), (150, 0.0), (175, -1.0), (200, -2.0), (10_000, -2.0)]
)
def test_values_at_the_knots(time, value):
    assert Linear(start=2.0, end=-2.0, over=100, after=100).at(time) == value


@given(start=values, end=values, over=st.floats(1e-3, 1e5), after=times, pair=st.tuples(times, times))
@settings(max_examples=60)
def test_it_is_monotone_between_its_ends(start, end, over, after, pair):
    schedule = Linear(start, end, over, after=after)
    first, second = (schedule.at(time) for time in sorted(pair))
    assert min(start, end) <= first <= max(start, end)
    assert first <= second if end >= start else first >= second


@given(start=values, end=values, over=st.floats(1.0, 1e5), time=times)
@settings(max_examples=60)
def test_its_slope_is_nowhere_steeper_than_the_line(start, end, over, time):
    schedule = Linear(start, end, over, after=10.0)
    change = abs(schedule.at(time + 1.0) - schedule.at(time))
    assert change <= abs(end - start) / over * (1 + 1e-6) + 1e-9


@given(start=values, end=values, over=st.floats(1e-3, 1e5))
def test_it_arrives_exactly(start, end, over):
    assert Linear(start, end, over).at(0) == start
    assert Linear(start, end, over).at(over) == end


def test_the_clock_is_steps_unless_told():
    assert Linear(0, 1, 10).clock == "steps"
    assert Linear(0, 1, 10, clock="images").clock == "images"
