"""Proportional control against a recursion in plain floats, and its rest.

Mutations that turn this red: the sign of the gain; no bounds; the gain applied to the value.
"""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry.interfaces import Observing
from rivalry_zoo.schedules.proportional_control import ProportionalControl

observations = st.lists(st.floats(-100, 100), min_size=1, max_size=20)


def followed(control, values, device="cpu"):
    number = torch.tensor(control.initial, dtype=torch.float64, device=device)
    for value in values:
        number = control.follow(number, torch.tensor(value, dtype=torch.float64, device=device))
    return number


@given(observations, st.floats(1e-4, 0.1))
@settings(max_examples=50)
def test_it_adds_up_what_it_observes_within_its_bounds(values, gain):
    control, expected = ProportionalControl(gain=gain, low=-0.5, high=2.0, initial=0.25), 0.25
    for value in values:
        expected = min(2.0, max(-0.5, expected + gain * value))
    assert followed(control, values).item() == pytest.approx(expected, abs=1e-12)


@given(st.floats(0.2, 0.8), st.floats(0.05, 1.5))
@settings(max_examples=30)
def test_it_finds_the_number_at_which_nothing_is_left_to_observe(root, slope):
    control = ProportionalControl(gain=0.5)
    number = torch.tensor(0.0, dtype=torch.float64)
    for _ in range(800):
        number = control.follow(number, slope * (root - number))
    assert number.item() == pytest.approx(root, abs=1e-6)


def test_defaults_are_began_s(device):
    control = ProportionalControl()
    assert (control.gain, control.low, control.high, control.initial) == (1e-3, 0, 1, 0)
    assert followed(control, [10.0, 10.0], device).item() == pytest.approx(0.02)
    assert followed(control, [-10.0], device).item() == 0


def test_it_stays_on_the_device_without_dimensions(device):
    number = followed(ProportionalControl(), [1.0], device)
    assert (number.shape, number.device.type) == ((), device.type)


def test_time_alone_says_where_it_begins():
    control = ProportionalControl(initial=0.5)
    assert isinstance(control, Observing)
    assert (control.at(0), control.at(1e15), control.clock) == (0.5, 0.5, "steps")


@pytest.mark.parametrize("wrong", [{"low": 2.0}, {"initial": -1.0}, {"high": -0.5}, {"low": 1.0, "high": 0.0}])
def test_a_start_outside_the_bounds_is_refused_in_words(wrong):
    with pytest.raises(ValueError, match="wanted low <= initial <= high, got"):
        ProportionalControl(**wrong)


def test_it_may_begin_at_either_bound():
    assert ProportionalControl(initial=1.0).at(0) == 1
    assert ProportionalControl(initial=0.0).at(0) == 0
