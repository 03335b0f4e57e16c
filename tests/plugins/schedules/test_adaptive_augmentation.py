"""The controller of the augmentation's probability, counted by hand.

Mutation tried: the sign turned; every test but the one on target fails.
"""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry_zoo.schedules.adaptive_augmentation import AdaptiveAugmentation


def after(control, signs, device="cpu"):
    value = torch.tensor(control.initial, device=device)
    for sign in signs:
        value = control.follow(value, torch.tensor(sign, device=device))
    return value.item()


def test_an_overconfident_critic_raises_it_by_one_step_a_time(device):
    assert after(AdaptiveAugmentation(over=500), [0.9] * 50, device) == pytest.approx(0.1, rel=1e-4)


def test_a_critic_that_cannot_tell_lowers_it(device):
    assert after(AdaptiveAugmentation(over=100, initial=0.5), [0.2] * 30, device) == pytest.approx(0.2, rel=1e-4)


def test_on_target_it_rests():
    assert after(AdaptiveAugmentation(target=0.5, initial=0.3), [0.5] * 9) == pytest.approx(0.3)


@given(signs=st.lists(st.floats(-1, 1), min_size=1, max_size=40), over=st.floats(1, 50), high=st.floats(0.1, 1))
@settings(max_examples=50)
def test_it_never_leaves_its_bounds(signs, over, high):
    control, value = AdaptiveAugmentation(over=over, high=high), torch.tensor(0.0)
    for sign in signs:
        value = control.follow(value, torch.tensor(sign))
        assert 0 <= value.item() <= torch.tensor(high).item()
    assert after(control, [1.0] * 60) == pytest.approx(high, rel=1e-6)
    assert after(control, [0.0] * 60) == 0.0
