"""The mean distance of random pairs, against all pairs.

Mutations tried (a test failed for each): a picture paired with itself, the real samples compared, the seed ignored.
"""

import numpy as np
import pytest
import torch
from attrs import define
from numpy.testing import assert_allclose

from pretrained import CPU, Pictures, pictures
from rivalry.interfaces import Features
from rivalry_zoo.features.alexnet import AlexNet
from rivalry_zoo.features.pixels import PIXELS
from rivalry_zoo.metrics.lpips_diversity import LpipsDiversity, lpips_diversity


@define(eq=False)
class Levels(Features):
    """The squared difference of mean levels, and the pairs that were asked for."""

    name, paper = "levels", "none: made here"
    asked = ()

    def __call__(self, samples):
        raise AssertionError("the samples are wanted as they are")

    def prepare(self, dataset, device):
        return "levels-1"

    def distance(self, first, second):
        self.asked = list(zip(first.mean((1, 2, 3)).tolist(), second.mean((1, 2, 3)).tolist()))
        return (first - second).mean((1, 2, 3)) ** 2


def flat(levels):
    return torch.as_tensor(levels, dtype=torch.float32)[:, None, None, None].expand(-1, 3, 2, 2)


def test_independent_pairs_estimate_twice_the_variance_within_their_error(device):
    """The mean of (a - b)^2 over independent pairs is 2 var; the error is told by repeating."""
    draw = np.random.default_rng(0)
    scores = [
        lpips_diversity(flat(draw.normal(0, 3, 400)).to(device), Levels().distance, seed=turn) for turn in range(60)
    ]
    values = np.array([score.value for score in scores])
    assert abs(values.mean() - 18) < 4 * values.std() / np.sqrt(60)
    assert_allclose(np.mean([score.error for score in scores]), values.std(), rtol=0.25)


@pytest.mark.parametrize("count", [2, 3, 8, 9])
def test_no_picture_is_compared_twice_or_with_itself(count):
    levels = Levels()
    lpips_diversity(flat(np.arange(count)), levels.distance)
    used = np.ravel(levels.asked)
    assert len(levels.asked) == count // 2
    assert len(set(used)) == len(used)


def test_collapsed_samples_have_no_diversity():
    assert lpips_diversity(flat([0.3] * 6), Levels().distance).value == 0


def test_the_fakes_alone_are_compared_by_the_features_in_their_own_shape():
    metric, fake = LpipsDiversity(features=Levels(), seed=3), pictures(20, 3, 4, 4)
    assert metric.features.prepare(Pictures(), CPU) == "samples for levels-1"
    seen = metric.features(fake)
    assert torch.equal(seen, fake)
    found = metric.compute(torch.zeros(0), seen)
    assert found == lpips_diversity(fake, Levels().distance, 3)
    assert found != LpipsDiversity(features=Levels()).compute(torch.zeros(0), seen)
    assert LpipsDiversity(features=Levels()).compute(0, seen) == lpips_diversity(fake, Levels().distance)


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_pictures_are_refused_in_words(count):
    with pytest.raises(ValueError, match=f"at least two pictures to compare, got {count}: draw more samples"):
        lpips_diversity(flat([1.0] * count), Levels().distance)


def test_it_says_what_it_is():
    metric = LpipsDiversity()
    assert isinstance(metric.features.by, AlexNet)
    assert metric.features.by is not LpipsDiversity().features.by
    assert (metric.samples, metric.seed) == (1000, 0)
    assert (metric.name, metric.direction, metric.range, metric.needs) == (
        "lpips_diversity", "higher", (0, np.inf), (),
    )  # fmt: skip
    assert metric.title() == "lpips_diversity"
    with pytest.raises(ValueError, match="how far pictures seem apart, got 'pixels'"):
        LpipsDiversity(features=PIXELS)
