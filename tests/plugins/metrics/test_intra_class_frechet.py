"""The mean of classes' Frechet distances against closed forms on the line.

Mutations tried (a test failed for each): labels of the other side taken, the sum for the mean.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from rivalry_zoo.metrics.frechet_distance import frechet_distance
from rivalry_zoo.metrics.intra_class_frechet import IntraClassFrechet, frechet_by_class, intra_class_frechet

seeds = st.integers(0, 10**6)


@given(st.lists(st.tuples(st.integers(2, 6), st.integers(2, 6)), min_size=1, max_size=4), seeds)
@settings(max_examples=15, deadline=None)
def test_on_the_line_each_class_gives_the_squared_differences_of_its_moments(counts, seed):
    rng = np.random.default_rng(seed)
    names = rng.permutation(50)[: len(counts)]
    real = [rng.normal(i, 1, n) for i, (n, _) in enumerate(counts)]
    fake = [rng.normal(-i, 2, m) for i, (_, m) in enumerate(counts)]
    expected = {
        int(name): (x.mean() - y.mean()) ** 2 + (x.std(ddof=1) - y.std(ddof=1)) ** 2
        for name, x, y in zip(names, real, fake, strict=True)
    }

    def side(parts):
        labels = np.repeat(names, [len(part) for part in parts])
        order = rng.permutation(len(labels))
        return torch.tensor(np.concatenate(parts)[order])[:, None], torch.tensor(labels[order])

    (x, real_labels), (y, labels) = side(real), side(fake)
    found = frechet_by_class(x, y, real_labels, labels)
    assert list(found) == sorted(expected)
    assert_allclose([found[name] for name in found], [expected[name] for name in found], rtol=1e-8, atol=1e-9)
    score = intra_class_frechet(x, y, real_labels, labels)
    assert_allclose(score.value, np.mean(list(expected.values())), rtol=1e-8, atol=1e-9)
    assert score.error is None


def test_exchanged_classes_are_seen_that_all_together_hide(device):
    draw = torch.Generator().manual_seed(0)
    labels = torch.tensor([0, 1]).repeat(50)
    real = torch.randn(100, 1, generator=draw, dtype=torch.float64)
    fake = real.roll(1, 0)  # the same samples under each other's class
    real = real + 3 * labels[:, None]
    fake = fake + 3 * (1 - labels[:, None])
    together = frechet_distance(real.to(device), fake.to(device)).value
    apart = intra_class_frechet(real.to(device), fake.to(device), labels, labels).value
    assert together < 0.2
    assert apart > 5


@pytest.mark.parametrize(
    ("real_labels", "labels", "words"),
    [
        ([0, 0, 1, 1], [0, 0, 1, 2], "class 1 has 2 real and 1 fake"),
        ([0, 0, 1, 1], [0, 0, 0, 0], "class 1 has 2 real and 0 fake"),
        ([0, 0, 0, 1], [0, 0, 1, 1], "class 1 has 1 real and 2 fake"),
        ([0, 0, 0, 0], [0, 0, 3, 3], "class 3 has 0 real and 2 fake"),
        ([0, 0, 1], [0, 0, 1, 1], r"real needs one whole-numbered label for each of its 4 samples"),
        (
            [0, 0, 1, 1],
            [0.0, 0.0, 1.0, 1.0],
            r"fake needs one .* label .* not torch.float32 of shape \[4\]",
        ),
        ([0, 0, 1, 1], [[0, 0, 1, 1]], r"fake needs .* of shape \[1, 4\]"),
    ],
)
def test_classes_that_cannot_be_compared_are_refused_in_words(real_labels, labels, words):
    x = torch.arange(4.0)[:, None]
    with pytest.raises(ValueError, match=words):
        intra_class_frechet(x, x, torch.tensor(real_labels), torch.tensor(labels))


def test_no_samples_are_refused_in_words():
    none = torch.zeros(0, dtype=torch.long)
    with pytest.raises(ValueError, match="at least one class, got none"):
        intra_class_frechet(torch.zeros(0, 2), torch.zeros(0, 2), none, none)


def test_component_computes_the_function_of_the_right_labels():
    draw = torch.Generator().manual_seed(1)
    x, y = torch.randn(8, 2, generator=draw), torch.randn(6, 2, generator=draw)
    real_labels, labels = torch.tensor([0, 1] * 4), torch.tensor([1, 1, 1, 0, 0, 0])
    metric = IntraClassFrechet()
    assert set(metric.needs) == {"labels", "real_labels"}
    assert (metric.direction, metric.range) == ("lower", (0, float("inf")))
    assert metric.title() == "intra_fd_pixels"
    score = metric.compute(x, y, labels=labels, real_labels=real_labels)
    assert score == intra_class_frechet(x, y, real_labels, labels)
    parts = [frechet_distance(x[real_labels == i], y[labels == i]).value for i in (0, 1)]
    assert_allclose(score.value, np.mean(parts))
