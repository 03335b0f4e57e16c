"""Class Gaussians against NumPy's means and covariances.

Mutations tried (a test failed for each): division by n, the factor transposed, the origin not added back, the ridge
left out, the label ignored by forward.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from rivalry.fields import Field
from rivalry.interfaces import FittedLayer
from rivalry.marks import Draws
from rivalry.streams import stream
from rivalry_zoo.layers.class_gaussian import ClassGaussian


def layer(classes, size, **choice):
    return ClassGaussian([Field((), classes=classes)], size, **choice)


def codes(classes, size, n, seed):
    """Correlated codes about class centres far from 0, and labels of which every class has some."""
    draw = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(classes).repeat(2), draw.integers(classes, size=n)])
    mixing = draw.normal(size=(classes, size, size))
    rows = np.einsum("nij,nj->ni", mixing[labels], draw.normal(size=(len(labels), size)))
    return rows + 50 + 9 * draw.normal(size=(classes, size))[labels], labels


def batches(rows, labels, size, dtype=torch.float64):
    pairs = torch.tensor(rows, dtype=dtype), torch.tensor(labels)
    return zip(*(part.split(size) for part in pairs))


@given(st.integers(1, 4), st.integers(1, 5), st.integers(1, 60), st.integers(1, 40), st.integers(0, 99))
@settings(max_examples=25)
def test_means_and_covariances_are_numpys_however_the_data_are_cut(classes, size, n, cut, seed):
    rows, labels = codes(classes, size, n, seed)
    gaussian = layer(classes, size, ridge=0.01).double()
    gaussian.fit(batches(rows, labels, cut))
    ridge = 0.01 * rows.var(0).mean() * np.eye(size)
    for kind in range(classes):
        members = rows[labels == kind]
        assert_allclose(gaussian.mean[kind], members.mean(0), rtol=1e-9)
        covariance = np.cov(members.T, ddof=1).reshape(size, size) + ridge
        assert_allclose(gaussian.factor[kind], np.linalg.cholesky(covariance), rtol=1e-5, atol=1e-7)


def test_codes_of_a_class_have_its_mean_and_covariance(device):
    rows, labels = codes(3, 4, 500, seed=1)
    gaussian = layer(3, 4).to(device)
    gaussian.fit(batches(rows, labels, 64))
    for kind in range(3):
        members = rows[labels == kind]
        drawn = gaussian(torch.full((40_000,), kind, device=device), draw=stream(kind, device)).double().cpu().numpy()
        deviations = members.std(0, ddof=1)
        assert_allclose((drawn.mean(0) - members.mean(0)) / deviations, 0, atol=5 / 200)
        scale = np.outer(deviations, deviations)
        assert_allclose(np.cov(drawn.T) / scale, np.cov(members.T) / scale, atol=0.04)


def test_before_it_is_fitted_it_is_standard_normal():
    noise = stream(5).normal(7, 3)
    assert torch.equal(layer(2, 3)(torch.tensor([0, 1] * 3 + [0]), draw=stream(5)), noise)


def test_one_example_of_a_class_and_codes_in_a_plane_have_factors_too():
    rows = np.random.default_rng(0).normal(size=(30, 2)) @ np.ones((2, 6))
    gaussian = layer(2, 6)
    gaussian.fit(batches(rows, np.array([1] + [0] * 29), 8, torch.float32))
    assert torch.isfinite(gaussian.factor).all()
    assert_allclose(gaussian.mean[1], rows[0], rtol=1e-5)
    same = layer(1, 3)
    same.fit([(torch.full((4, 3), 2.0), torch.zeros(4, dtype=torch.int64))])
    assert_allclose(same(torch.zeros(9, dtype=torch.int64), draw=stream(0)), np.full((9, 3), 2.0), rtol=1e-6)


def test_what_was_fitted_is_in_the_state_and_no_weight():
    fitted, other = layer(2, 3), layer(2, 3)
    fitted.fit(batches(*codes(2, 3, 20, seed=0), 64))
    other.load_state_dict(fitted.state_dict())
    labels = torch.tensor([0, 1, 1])
    assert torch.equal(other(labels, draw=stream(0)), fitted(labels, draw=stream(0)))
    assert list(fitted.parameters()) == []
    assert issubclass(ClassGaussian, Draws)
    assert issubclass(ClassGaussian, FittedLayer)


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        ((torch.ones(3, 2), torch.tensor([0, 2, 2])), r"all 3 classes, got \[1, 0, 2\] of each"),
        ((torch.tensor([[1.0, 2.0], [float("nan"), 0.0], [1.0, 1.0]]), torch.arange(3)), "finite codes"),
    ],
)
def test_codes_that_cannot_be_fitted_are_refused_in_words(batch, words):
    with pytest.raises(ValueError, match=words):
        layer(3, 2).fit([batch])


def test_it_wants_a_label_and_makes_a_vector():
    with pytest.raises(ValueError, match="wants a label of one number per sample, got 4"):
        ClassGaussian([4], 2)
    with pytest.raises(ValueError, match="codes that are vectors, got 1x8x8"):
        layer(3, (1, 8, 8))
