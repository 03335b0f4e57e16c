"""Consistency under augments that are known in closed form.

Mutations that turn this red: the gradient kept from one of the two scores; the fakes counted where only real samples
are wanted; their weight left out; the square left out; one draw for real and fake samples.
"""

from typing import ClassVar

import numpy as np
import pytest
import torch
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry.interfaces import Augment
from rivalry.making import make
from rivalry.marks import Draws
from rivalry.streams import stream
from rivalry_zoo.augments.diffaugment import DiffAugment
from rivalry_zoo.penalties.consistency import Consistency

vectors = st.lists(st.floats(-2, 2), min_size=3, max_size=3)


@frozen
class Shift(Augment):
    """Adds a vector."""

    name: ClassVar[str] = "shift"
    paper: ClassVar[str] = "none: of this test"
    by: tuple[float, ...] = (1.0, -2.0, 0.5)

    def __call__(self, x):
        return x + torch.tensor(self.by, dtype=x.dtype)


@frozen
class Jolt(Augment, Draws):
    """Adds one random number a sample."""

    name: ClassVar[str] = "jolt"
    paper: ClassVar[str] = "none: of this test"

    def __call__(self, x, *, draw):
        return x + draw.uniform(len(x)).to(x)[:, None]


def normal(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@settings(max_examples=20)
@given(w=vectors, by=vectors)
def test_a_linear_critic_pays_the_squared_step_along_its_slope(w, by):
    slope = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    poison = torch.full((4, 3), torch.nan, dtype=torch.float64)
    value = Consistency(Shift(tuple(by)))(lambda x: x @ slope, normal(4, 3), poison, draw=stream(0))
    value.backward()
    step = np.dot(w, by)
    assert value.item() == pytest.approx(step**2, abs=1e-12)
    np.testing.assert_allclose(slope.grad, 2 * step * np.array(by), atol=1e-9)  # of both scores: the samples cancel


@settings(max_examples=20)
@given(weight=st.floats(0, 5), seed=st.integers(0, 99))
def test_fakes_count_with_their_weight(weight, seed):
    real, fake, by = normal(4, 3, seed=seed), normal(5, 3, seed=seed + 100), np.array(Shift().by)

    def change(x):  # of |x|^2
        return np.mean((np.sum((x + by) ** 2, 1) - np.sum(x**2, 1)) ** 2)

    value = Consistency(Shift(), "both", weight)(lambda x: (x**2).sum(1), real, fake, draw=stream(0))
    expected = change(real.numpy()) + weight * change(fake.numpy())
    assert value.item() == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("on", ["real", "both"])
def test_what_changes_nothing_costs_nothing(on):
    still = DiffAugment(colour=False, translation=False, cutout=False)
    images = torch.rand(3, 2, 8, 8)
    assert Consistency(still, on)(lambda x: (x**3).sum((1, 2, 3)), images, images, draw=stream(0)).item() == 0


def test_by_default_images_are_augmented_and_what_the_critic_ignores_costs_nothing():
    images = torch.rand(3, 2, 8, 8)
    assert Consistency()(lambda x: x.sum((1, 2, 3)), images, images, draw=stream(0)).item() > 1e-3
    grey = Consistency(DiffAugment(colour=False, cutout=False))  # nothing leaves this image
    inner = torch.zeros(3, 2, 8, 8)
    inner[:, :, 3:5, 3:5] = 1
    assert grey(lambda x: x.sum((1, 2, 3)), inner, inner, draw=stream(0)).item() == 0


def test_every_sample_real_or_fake_has_a_draw_of_its_own():
    seen = []

    def judge(x):
        seen.append(x)
        return x.sum(1)

    x = torch.zeros(4, 2, dtype=torch.float64)
    value = Consistency(Jolt(), "both")(judge, x, x, draw=stream(3))
    jolts = torch.cat([moved[:, 0] for moved in seen if moved.any()]).numpy()
    assert len({*jolts}) == 8
    assert value.item() == pytest.approx(np.mean((2 * jolts[:4]) ** 2) + np.mean((2 * jolts[4:]) ** 2), rel=1e-10)
    assert Consistency(Jolt(), "both")(judge, x, x, draw=stream(3)).item() == value.item()
    assert Consistency(Jolt(), "both")(judge, x, x, draw=stream(4)).item() != value.item()


def test_patches_and_scales_count_alike():
    x, by = normal(4, 3), np.array(Shift().by)

    def judge(x):
        return [x[:, None, None], 2 * x.sum(1)]

    expected = (np.mean(by**2) + (2 * by.sum()) ** 2) / 2
    assert Consistency(Shift())(judge, x, x, draw=stream(0)).item() == pytest.approx(expected, rel=1e-10)


def test_no_gradient_reaches_the_generator():
    weight, slope = normal(3, seed=1).requires_grad_(), normal(3, seed=2).requires_grad_()
    x, y = normal(4, 3), normal(4, 3, seed=5)
    value = Consistency(Jolt(), "both")(lambda x: (x**2) @ slope, x * weight, y * weight, draw=stream(0))
    by_generator, by_critic = torch.autograd.grad(value, [weight, slope], allow_unused=True)
    assert by_generator is None
    assert by_critic.any()


def test_derivatives_by_the_critics_weights_are_right():
    weights = [normal(*shape, seed=seed).requires_grad_() for seed, shape in enumerate([(3, 4), (4,), (4,)], 1)]
    real, fake = normal(3, 3), normal(3, 3, seed=9)

    def value(first, bias, second):
        penalty = Consistency(Jolt(), "both", 0.5)
        return penalty(lambda x: torch.tanh(x @ first + bias) @ second, real, fake, draw=stream(0))

    assert torch.autograd.gradcheck(value, weights)
    assert torch.autograd.gradgradcheck(value, weights)


def test_half_precision_is_finite():
    x = torch.zeros(4, 3, dtype=torch.float16)
    assert Consistency(Shift())(lambda x: 2000 * x[:, 0], x, x, draw=stream(0)).item() == 4e6


def test_a_weight_of_fakes_that_are_not_looked_at_is_refused_in_words():
    with pytest.raises(ValueError, match=r"weighs the fakes' part, got 0\.5 with on: real; take on: both"):
        Consistency(fake_weight=0.5)
    assert Consistency(fake_weight=1.0).on == "real"
    assert Consistency(on="both", fake_weight=0.5).fake_weight == 0.5


def test_a_spec_names_its_augment():
    made = make("penalty", "consistency", augment={"use": "diffaugment", "cutout": False}, on="both")
    assert made.augment == DiffAugment(cutout=False)
    assert make("penalty", "consistency").augment == DiffAugment()
