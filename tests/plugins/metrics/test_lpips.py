"""The mean of perceptual distances. The distances themselves are tested in blocks/test_lpips.

Mutations tried (a test failed for each): the sum instead of the mean, pairs exchanged with themselves.
"""

import numpy as np
import pytest
import torch
from attrs import define
from numpy.testing import assert_allclose
from scipy.stats import sem

from pretrained import Pictures, fetched, narrow, pictures
from rivalry.interfaces import Features
from rivalry_zoo.blocks.lpips import ALEXNET
from rivalry_zoo.features.alexnet import AlexNet
from rivalry_zoo.features.pixels import PIXELS, Pixels
from rivalry_zoo.metrics.lpips import Lpips, lpips


@define(eq=False)
class Red(Features):
    """How much more red the first is."""

    name, paper = "red", "none: made here"

    def __call__(self, samples):
        return samples

    def distance(self, first, second):
        return (first - second)[:, 0].mean((1, 2))


def test_value_is_the_mean_distance_with_its_error(device):
    a, b = pictures(9, 3, 4, 4), pictures(9, 3, 4, 4, seed=1)
    each = (a - b)[:, 0].numpy().mean((1, 2))
    for score in (
        lpips(a.to(device), b.to(device), Red().distance),
        Lpips(features=Red()).compute(a.to(device), b.to(device)),
    ):
        assert_allclose([score.value, score.error], [np.mean(each), sem(each)], rtol=1e-5)


def test_one_pair_has_no_error():
    x = pictures(1, 3, 4, 4)
    assert lpips(x, 0 * x, Red().distance).error is None


def test_through_alexnet_equal_pictures_are_at_zero_and_worse_ones_further(tmp_path, monkeypatch, device):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    trunk = narrow(ALEXNET, by=8)
    monkeypatch.setattr(AlexNet, "trunk", trunk)
    fetched(trunk)
    metric, x = Lpips(), pictures(8, 3, 36, 40).to(device)
    metric.features.prepare(Pictures(), device)
    noise = pictures(8, 3, 36, 40, seed=1).to(device)
    scores = [metric.compute(x, x + part * noise).value for part in (0, 0.05, 0.5)]
    assert scores[0] == 0
    assert 0 < scores[1] < scores[2]


@pytest.mark.parametrize(
    "shapes", [((0, 3, 4, 4), (0, 3, 4, 4)), ((2, 3, 4, 4), (1, 3, 4, 4)), ((1, 3, 4, 4), (1, 3, 4, 5))]
)
def test_bad_pairs_are_refused_in_words(shapes):
    with pytest.raises(ValueError, match="equally many pictures of one shape, at least one, got"):
        lpips(*map(torch.zeros, shapes), Red().distance)


def test_a_diverged_generator_is_named():
    with pytest.raises(ValueError, match="finite"):
        lpips(torch.full((2, 3, 4, 4), torch.nan), torch.zeros(2, 3, 4, 4), Red().distance)


def test_default_is_an_alexnet_of_its_own():
    assert isinstance(Lpips().features, AlexNet)
    assert Lpips().features is not Lpips().features
    assert Lpips().samples == 1000


@pytest.mark.parametrize("features", [PIXELS, Pixels])
def test_features_without_distances_are_refused_in_words(features):
    with pytest.raises(ValueError, match="how far pictures seem apart, got 'pixels': write `features: alexnet`"):
        Lpips(features=features)


def test_it_says_what_it_is():
    assert (Lpips.name, Lpips.direction, Lpips.range, Lpips.needs) == ("lpips", "lower", (0, np.inf), ("pairs",))
    assert Lpips().title() == "lpips"
