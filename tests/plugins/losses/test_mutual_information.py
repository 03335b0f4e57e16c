"""The surprise of a reading against scipy's densities, and the bound on the mutual information on exact laws.

Mutations that turn this red: the constant left out; the variance not inverted; a half on the cross-entropy.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import log_softmax
from scipy.stats import multivariate_normal

from oracles import minimise
from rivalry_zoo.blocks.heads import Gaussian, Mixed
from rivalry_zoo.losses.mutual_information import MutualInformation

LOSS = MutualInformation()


def normal_numbers(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_value_is_minus_the_log_density_of_the_codes(device):
    logits, mean, log_variance, u = normal_numbers(6, 4), *normal_numbers(3, 6, 2, seed=1)
    c = torch.tensor([0, 3, 1, 1, 2, 0])
    by_label = -np.mean(log_softmax(logits.numpy(), 1)[np.arange(6), c.numpy()])
    densities = [
        multivariate_normal(m, np.diag(np.exp(v))).logpdf(x)
        for m, v, x in zip(mean.numpy(), log_variance.numpy(), u.numpy(), strict=True)
    ]
    to = lambda *tensors: [t.to(device) for t in tensors]  # noqa: E731
    assert LOSS(*to(logits, c)).item() == pytest.approx(by_label)
    assert LOSS(Gaussian(*to(mean, log_variance)), *to(u)).item() == pytest.approx(-np.mean(densities))
    both = LOSS(Mixed(*to(logits, mean, log_variance)), *to(c, u))
    assert both.item() == pytest.approx(by_label - np.mean(densities))
    flat = [multivariate_normal(m, np.eye(2)).logpdf(x) for m, x in zip(mean.numpy(), u.numpy(), strict=True)]
    assert LOSS(*to(mean, u)).item() == pytest.approx(-np.mean(flat))


def test_several_real_codes_are_read_side_by_side_in_any_order_with_the_label():
    reading = Mixed(*(normal_numbers(5, size, seed=size) for size in (4, 3, 3)))
    c, u, v = torch.tensor([0, 3, 1, 1, 2]), normal_numbers(5), normal_numbers(5, 2, seed=9)
    expected = LOSS(reading, c, torch.cat([u[:, None], v], 1))
    torch.testing.assert_close(LOSS(reading, u[:, None], c, v), expected)


def test_codes_of_any_shape_are_read_component_by_component():
    mean, log_variance, u = normal_numbers(3, 5, 2, 3, seed=4)
    rows = [part.reshape(5, 6) for part in (mean, log_variance, u)]
    expected = LOSS(Gaussian(*rows[:2]), rows[2])
    torch.testing.assert_close(LOSS(Gaussian(mean, log_variance), u), expected)
    torch.testing.assert_close(LOSS(Gaussian(*rows[:2]), u), expected)
    torch.testing.assert_close(LOSS(mean[:, 0, 0], u[:, 0, 0]), LOSS(rows[0][:, :1], rows[2][:, :1]))


def test_half_precision_is_computed_in_single():
    """Of numbers that float16 holds exactly, the loss is what float64 makes of them."""
    logits, mean, log_variance, u = (
        (8 * normal_numbers(4, size, seed=size)).half().double() / 8 for size in (5, 2, 2, 2)
    )
    u = u + torch.tensor([20.0, 0.0], dtype=torch.float64)
    reading, c = (
        (logits.half().double(), mean.half().double(), log_variance.half().double()),
        torch.tensor([1, 0, 4, 2]),
    )
    u = u.half().double()
    expected = LOSS(Mixed(*reading), c, u).item()
    for narrow in range(4):  # one of them at a time
        parts = [part.half() if i == narrow else part.float() for i, part in enumerate((*reading, u))]
        assert LOSS(Mixed(*parts[:3]), c, parts[3]).item() == pytest.approx(expected, rel=1e-6)
    assert LOSS(Mixed(*(part.half() for part in reading)), c, u.half()).item() == pytest.approx(expected, rel=1e-6)
    assert LOSS(reading[0].half(), c).item() == pytest.approx(LOSS(reading[0], c).item(), rel=1e-6)


@settings(max_examples=15)
@given(st.lists(st.lists(st.integers(1, 6), min_size=3, max_size=3), min_size=2, max_size=4))
def test_the_best_reading_leaves_the_conditional_entropy_so_the_bound_is_the_mutual_information(table):
    """Codes c (3) and samples x (2 to 4) with exact joint counts; the reading is a free table of logits."""
    joint = np.array(table) / np.sum(table)
    x, c = np.repeat(np.indices(joint.shape).reshape(2, -1), np.ravel(table), axis=1)
    c = torch.tensor(c)
    _, least = minimise(lambda s: LOSS(s.reshape(joint.shape)[torch.tensor(x)], c), joint.size)
    entropy = -np.sum(joint.sum(0) * np.log(joint.sum(0)))
    information = np.sum(joint * np.log(joint / np.outer(joint.sum(1), joint.sum(0))))
    assert entropy - least == pytest.approx(information, abs=1e-7)


def test_the_best_gaussian_reading_of_a_noisy_code_attains_its_conditional_entropy():
    """u ~ N(0, 1), x = u + N(0, s^2): the posterior is N(x / (1 + s^2), s^2 / (1 + s^2))."""
    u, noise = normal_numbers(200_000, 1), normal_numbers(200_000, 1, seed=1)
    variance = 0.25 / 1.25
    mean = (u + 0.5 * noise) / 1.25
    entropy = 0.5 * np.log(2 * np.pi * np.e * variance)
    best = LOSS(Gaussian(mean, torch.full_like(mean, np.log(variance))), u).item()
    assert best == pytest.approx(entropy, abs=0.01)
    for factor, shift in ((1.3, 0.0), (0.7, 0.0), (1.0, 0.2)):
        worse = Gaussian(mean + shift, torch.full_like(mean, np.log(factor * variance)))
        assert LOSS(worse, u).item() > best + 0.005


def test_derivatives_are_right():
    c, u = torch.tensor([0, 3, 1]), normal_numbers(3, 2)
    tensors = [normal_numbers(3, size, seed=size).requires_grad_() for size in (4, 2, 2)]
    assert torch.autograd.gradcheck(lambda *parts: LOSS(Mixed(*parts), c, u), tensors)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_far_readings_are_finite_in_half_precision(dtype):
    far = torch.full((2, 3), 1e4, dtype=dtype)
    assert LOSS(far, -far).isfinite()
    assert LOSS(far, torch.tensor([0, 1])).isfinite()


C, U, LOGITS = torch.tensor([0, 1]), torch.zeros(2, 3), torch.zeros(2, 4)


@pytest.mark.parametrize(
    ("tensors", "words"),
    [
        ((LOGITS, C, U), "a reading of 1 parts does not fit 1 labels and 1 vectors"),
        ((LOGITS, C, C), "1 parts does not fit 2 labels and 0 vectors"),
        (((LOGITS, LOGITS), C, C), "2 parts does not fit 2 labels and 0 vectors"),
        ((Gaussian(U, U), C), "2 parts does not fit 1 labels"),
        ((Mixed(LOGITS, U, U), U), "3 parts does not fit 0 labels and 1 vectors"),
        ((Mixed(LOGITS, U, U), C), "3 parts does not fit 1 labels and 0 vectors"),
        ((Gaussian(LOGITS, LOGITS), U), "one mean per component, got .2, 4. for codes .2, 3."),
    ],
)
def test_readings_that_do_not_match_the_codes_are_refused_in_words(tensors, words):
    with pytest.raises(ValueError, match=words):
        LOSS(*tensors)
