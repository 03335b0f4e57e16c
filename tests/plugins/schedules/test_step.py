"""The staircase, stair by stair.

Mutation tried: milestones counted from the step after; the milestones' test fails.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rivalry_zoo.schedules.step import Staircase


@pytest.mark.parametrize(("time", "value"), [(0, 8.0), (9, 8.0), (10, 4.0), (19.5, 4.0), (20, 2.0), (45, 0.5)])
def test_a_stair_every_so_often(time, value):
    assert Staircase(start=8.0, factor=0.5, every=10).at(time) == value


@pytest.mark.parametrize(("time", "value"), [(0, 1.0), (29, 1.0), (30, 0.25), (79, 0.25), (80, 0.0625), (1e6, 0.0625)])
def test_a_stair_at_each_milestone(time, value):
    assert Staircase(start=1.0, factor=0.25, milestones=(30, 80)).at(time) == value


@given(time=st.integers(0, 1000), every=st.integers(1, 50), factor=st.floats(0.1, 1.0))
def test_equally_spaced_milestones_are_a_stride(time, every, factor):
    milestones = tuple(range(every, 1001, every))
    by_stride, by_list = Staircase(3.0, factor, every=every), Staircase(3.0, factor, milestones=milestones)
    assert by_stride.at(time) == by_list.at(time) <= 3.0


@pytest.mark.parametrize(("arguments", "word"), [({}, "neither"), ({"every": 5, "milestones": (3,)}, "both")])
def test_exactly_one_way_to_place_the_stairs(arguments, word):
    with pytest.raises(ValueError, match=f"wanted either every .* or milestones .*, got {word}"):
        Staircase(1.0, 0.5, **arguments)
