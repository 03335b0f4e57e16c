"""Dual ascent against a recursion in plain floats, and on programmes whose multipliers are known.

Mutations that turn this red: target - observed; the rate left out; no bound; a bound from above.
"""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry.interfaces import Observing
from rivalry_zoo.schedules.dual_ascent import DualAscent


def followed(schedule, values, device="cpu"):
    number = torch.tensor(schedule.initial, dtype=torch.float64, device=device)
    for value in values:
        number = schedule.follow(number, torch.tensor(value, dtype=torch.float64, device=device))
    return number


@settings(max_examples=50)
@given(
    st.lists(st.floats(-50, 50), min_size=1, max_size=20), st.floats(1e-3, 0.1), st.sampled_from(["at_most", "equal"])
)
def test_it_adds_up_what_is_too_much_above_its_bound(values, rate, constraint):
    schedule, expected = DualAscent(target=1.5, rate=rate, constraint=constraint, initial=0.25), 0.25
    for value in values:
        expected += rate * (value - 1.5)
        expected = expected if constraint == "equal" else max(0.0, expected)
    assert followed(schedule, values).item() == pytest.approx(expected, abs=1e-12)


@settings(max_examples=10)
@given(st.floats(0.5, 2), st.floats(-2, 2), st.floats(-2, 2))
def test_it_finds_the_multiplier_of_a_constrained_parabola(curvature, centre, target):
    """min of c/2 (x - a)^2 with x <= b has the multiplier max(0, c (a - b)); with x = b it is c (a - b)."""
    for constraint in ("at_most", "equal"):
        number = torch.tensor(0.0, dtype=torch.float64)
        for _ in range(200):
            number = DualAscent(target, 0.2, constraint).follow(number, centre - number / curvature)
        exact = curvature * (centre - target)
        assert number.item() == pytest.approx(exact if constraint == "equal" else max(0.0, exact), abs=1e-6)


def test_defaults_are_the_bottleneck_s(device):
    schedule = DualAscent()
    assert (schedule.target, schedule.rate, schedule.constraint, schedule.initial) == (0.1, 1e-5, "at_most", 0)
    assert followed(schedule, [100.1, 50.1], device).item() == pytest.approx(1.5e-3)
    assert followed(schedule, [-3.0], device).item() == 0


def test_it_stays_on_the_device_without_dimensions(device):
    for constraint in ("at_most", "equal"):
        number = followed(DualAscent(constraint=constraint), [1.0], device)
        assert (number.shape, number.device.type) == ((), device.type)


def test_time_alone_says_where_it_begins():
    schedule = DualAscent(initial=0.5)
    assert isinstance(schedule, Observing)
    assert (schedule.at(0), schedule.at(1e15), schedule.clock) == (0.5, 0.5, "steps")


def test_a_start_below_the_bound_is_refused_in_words():
    with pytest.raises(ValueError, match=r"are never negative, got initial=-0\.1"):
        DualAscent(initial=-0.1)
    assert DualAscent(initial=0.0).initial == 0
    assert DualAscent(initial=-0.1, constraint="equal").initial == -0.1
