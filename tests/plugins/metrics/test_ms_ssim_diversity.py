"""Resemblance within classes. MS-SSIM itself is tested beside metrics/ms_ssim.

Mutations tried (a test failed for each): pairs across classes, span of half the range, the real samples compared.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.stats import sem

from pretrained import pictures
from rivalry_zoo.blocks.structural import multiscale_similarity
from rivalry_zoo.features.samples import SAMPLES
from rivalry_zoo.metrics.ms_ssim_diversity import MsSsimDiversity, ms_ssim_diversity


def test_one_picture_a_class_is_no_diversity(device):
    labels = torch.arange(3).repeat(4)
    score = ms_ssim_diversity(pictures(3, 1, 24, 24)[labels].to(device), labels.to(device))
    assert_allclose([score.value, score.error], [1, 0], atol=1e-9)


def test_a_class_of_two_has_one_pair():
    x = pictures(4, 1, 24, 24)
    labels = torch.tensor([5, 2, 5, 1])
    score = ms_ssim_diversity(x, labels, span=1.5, levels=2)
    assert_allclose(score.value, multiscale_similarity(x[:1], x[2:3], 1.5, 2)[0], rtol=1e-9)
    assert score.error is None


def test_value_and_error_are_those_of_the_pairs():
    """Two classes of two: both pairs are known."""
    x = pictures(4, 3, 24, 24)
    each = multiscale_similarity(x[:2], x[2:], 2.0).numpy()
    score = ms_ssim_diversity(x, torch.tensor([0, 1, 0, 1]))
    assert_allclose([score.value, score.error], [np.mean(each), sem(each)], rtol=1e-9)


def test_variety_within_classes_counts_and_between_classes_does_not():
    base, noise = pictures(2, 1, 24, 24), pictures(40, 1, 24, 24, seed=1)
    labels = torch.arange(2).repeat(20)
    little, much = (ms_ssim_diversity(base[labels] + part * noise, labels).value for part in (0.1, 1))
    assert much < little < 1


def test_the_fakes_are_compared_by_the_labels_they_were_made_for():
    x, labels = pictures(20, 1, 24, 24), torch.arange(20) % 3
    metric = MsSsimDiversity(seed=4, low=-1.0, high=2.0, levels=1)
    found = metric.compute(torch.zeros(0), metric.features(x), labels=labels)
    assert found == ms_ssim_diversity(x, labels, 3.0, 1, 4)
    usual = MsSsimDiversity().compute(torch.zeros(0), x, labels=labels)
    assert usual == ms_ssim_diversity(x, labels) == ms_ssim_diversity(x, labels, 2.0, 5, 0)
    assert usual != MsSsimDiversity(seed=1).compute(torch.zeros(0), x, labels=labels)


@pytest.mark.parametrize("labels", [[], [0], [0, 1, 2]])
def test_classes_without_pairs_are_refused_in_words(labels):
    labels = torch.tensor(labels, dtype=torch.int64)
    words = f"no class has two of the {len(labels)} pictures to compare: draw more samples"
    with pytest.raises(ValueError, match=words):
        ms_ssim_diversity(pictures(len(labels), 1, 24, 24), labels)


@pytest.mark.parametrize("shape", [(3,), (4, 1)])
def test_one_label_a_picture_is_wanted(shape):
    with pytest.raises(ValueError, match="wanted one label a picture, got"):
        ms_ssim_diversity(pictures(4, 1, 24, 24), torch.zeros(shape))


def test_the_range_must_not_be_empty():
    assert MsSsimDiversity(low=0.0, high=0.1)
    with pytest.raises(ValueError, match=r"high must be above low, but they are 1.0 and 1.0: exchange them"):
        MsSsimDiversity(low=1.0)


def test_it_says_what_it_is():
    metric = MsSsimDiversity()
    assert (metric.name, metric.direction, metric.range, metric.needs) == (
        "ms_ssim_diversity", "lower", (0, 1), ("labels",),
    )  # fmt: skip
    assert (metric.samples, metric.low, metric.high, metric.levels, metric.seed) == (2000, -1, 1, 5, 0)
    assert metric.features is SAMPLES
