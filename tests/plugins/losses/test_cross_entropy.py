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


def test_one_place_that_is_asked_counts_for_itself():
    logits, target = torch.tensor([[0.5, -1.0, 2.0]] * 3), torch.tensor([0, 2, 2])
    assert CrossEntropy(ignore=2)(logits, target).item() == pytest.approx(-log_softmax([0.5, -1, 2])[0])


def test_a_single_class_is_no_surprise_beside_ignored_places():
    assert CrossEntropy(ignore=7)(torch.ones(3, 1), torch.tensor([0, 7, 0])).item() == 0


@pytest.mark.parametrize("wrong", [-100, -1, 3])
def test_labels_outside_of_the_classes_are_never_left_out_in_silence(wrong):
    with pytest.raises(IndexError, match="out of bounds"):
        CrossEntropy()(torch.zeros(2, 3), torch.tensor([0, wrong]))


@pytest.mark.parametrize("ignore", [None, 1])
def test_half_precision_is_computed_in_single(ignore):
    logits, target = torch.tensor([[8.0, 8.25, 3.0], [1.0, -9.5, 2.5]]), torch.tensor([0, 2])
    expected = -log_softmax(logits.numpy(), axis=1)[[0, 1], [0, 2]].mean()
    found = CrossEntropy(ignore=ignore)(logits.half(), target)
    assert found.dtype == torch.float32
    assert found.item() == pytest.approx(expected, rel=1e-6)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"got \(4,\) and \(4,\)"):
        CrossEntropy()(torch.zeros(4), torch.zeros(4, dtype=torch.int64))
    with pytest.raises(ValueError, match="put the classes along dimension 1"):
        CrossEntropy()(torch.zeros(2, 4, 3), torch.zeros(2, 4, dtype=torch.int64))
    with pytest.raises(ValueError, match=r"whole numbers, got torch\.float32"):
        CrossEntropy()(torch.zeros(2, 3), torch.zeros(2))
