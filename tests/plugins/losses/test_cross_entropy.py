"""Cross-entropy against scipy. Mutations caught: classes along the last dimension; ignored places in the mean."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import log_softmax
from scipy.stats import entropy

from rivalry_zoo.losses.cross_entropy import CrossEntropy


@pytest.mark.parametrize("places", [(), (5,), (2, 3)])
@given(seed=st.integers(0, 99))
@settings(max_examples=10)
def test_it_is_the_mean_surprise(places, seed):
    numbers = np.random.default_rng(seed)
    logits, target = numbers.normal(size=(4, 6, *places)), numbers.integers(6, size=(4, *places))
    surprise = -np.take_along_axis(log_softmax(logits, axis=1), target[:, None], 1)
    found = CrossEntropy()(torch.tensor(logits), torch.tensor(target))
    assert found.item() == pytest.approx(surprise.mean())
    kept = target != 2
    some = CrossEntropy(ignore=2)(torch.tensor(logits), torch.tensor(target))
    assert some.item() == pytest.approx(surprise[:, 0][kept].mean() if kept.any() else 0)


def test_knowing_nothing_costs_the_logarithm_of_the_classes(device):
    target = torch.randint(27, (8, 3), device=device)
    assert CrossEntropy()(torch.zeros(8, 27, 3, device=device), target).item() == pytest.approx(np.log(27))


def test_the_best_constant_forecast_costs_the_entropy():
    counts = np.array([1, 2, 5])
    target = torch.tensor(np.repeat(np.arange(3), counts))
    logits = torch.tensor(np.log(counts / 8)).expand(8, 3).clone().requires_grad_()
    loss = CrossEntropy()(logits, target)
    assert loss.item() == pytest.approx(entropy(counts))
    (gradient,) = torch.autograd.grad(loss, logits)
    np.testing.assert_allclose(gradient.sum(0), 0, atol=1e-12)


def test_ignored_places_get_no_gradient_whatever_they_hold():
    logits = torch.randn(2, 3, 4, requires_grad=True)
    target = torch.tensor([[0, -1, 2, -1], [-1, 1, 1, 0]])
    (gradient,) = torch.autograd.grad(CrossEntropy(ignore=-1)(logits, target), logits)
    assert torch.equal(gradient.abs().sum(1) > 0, target >= 0)
    nothing = CrossEntropy(ignore=1)(logits, torch.ones(2, 4, dtype=torch.int64))
    assert nothing.item() == 0


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="put the classes along dimension 1"):
        CrossEntropy()(torch.zeros(2, 4, 3), torch.zeros(2, 4, dtype=torch.int64))
    with pytest.raises(ValueError, match=r"whole numbers, got torch\.float32"):
        CrossEntropy()(torch.zeros(2, 3), torch.zeros(2))
