"""Gumbel-softmax: the law of its largest component, its limits, its gradients.

Mutations tried (a test failed for each): the noise subtracted, no noise, noise not divided by the temperature, the
straight-through gradient of the hard value.
"""

import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry.marks import Draws
from rivalry.streams import Streams, stream
from rivalry_zoo.operations.gumbel_softmax import GumbelSoftmax

DRAWN = GumbelSoftmax()


@pytest.mark.parametrize("temperature", [0.1, 1.0, 5.0])
def test_the_largest_symbol_is_a_draw_of_the_softmax(device, temperature):
    logits = torch.tensor([0.3, -1.0, 1.2, 0.0], device=device)
    n = 40_000
    soft = DRAWN(logits.expand(n, 4), temperature, draw=stream(1, device))
    counts = np.bincount(soft.argmax(1).cpu(), minlength=4)
    law = np.exp(logits.cpu().double().numpy())
    assert scipy.stats.chisquare(counts, n * law / law.sum()).pvalue > 1e-3


def test_two_symbols_have_the_binary_concrete_law():
    """logit(y) = (difference of logits + a logistic variable) / temperature (Maddison et al. 2016, appendix B)."""
    soft = DRAWN(torch.tensor([0.7, -0.4]).expand(20_000, 2).double(), 0.8, draw=stream(2))
    logit = torch.log(soft[:, 0] / soft[:, 1]).numpy()
    assert scipy.stats.kstest(logit, scipy.stats.logistic(loc=1.1 / 0.8, scale=1 / 0.8).cdf).pvalue > 1e-3


@given(st.integers(1, 3), st.integers(1, 5), st.integers(1, 4), st.floats(0.05, 9), st.booleans(), st.integers(0, 99))
@settings(max_examples=25)
def test_every_place_holds_a_law_over_symbols(n, symbols, length, temperature, hard, seed):
    logits = torch.randn(n, symbols, length, generator=torch.Generator().manual_seed(seed))
    soft = DRAWN(logits, temperature, hard=hard, draw=stream(seed))
    assert soft.shape == logits.shape
    torch.testing.assert_close(soft.sum(1), torch.ones(n, length))
    if hard:
        torch.testing.assert_close(soft.max(1).values, torch.ones(n, length))


def test_hard_is_the_one_hot_of_soft_with_its_gradient(device):
    logits = torch.randn(6, 5, 3, device=device, dtype=torch.float64, requires_grad=True)
    weights = torch.randn(6, 5, 3, device=device, dtype=torch.float64)
    soft, hard = (DRAWN(logits, 0.7, hard=choice, draw=stream(4, device)) for choice in (False, True))
    expected = np.eye(5)[soft.argmax(1).cpu().numpy()].transpose(0, 2, 1)
    np.testing.assert_allclose(hard.detach().cpu(), expected, atol=1e-12)
    gradients = [torch.autograd.grad((value * weights).sum(), logits)[0] for value in (soft, hard)]
    torch.testing.assert_close(*gradients)
    assert gradients[0].abs().max() > 0


def test_a_low_temperature_makes_it_nearly_one_hot():
    logits = torch.zeros(500, 4)
    largest = [DRAWN(logits, t, draw=stream(0)).max(1).values.mean().item() for t in (5.0, 1.0, 0.2, 0.01)]
    assert largest == sorted(largest)
    assert largest[0] < 0.4
    assert largest[-1] > 0.99


def test_a_temperature_on_the_device_is_a_temperature(device):
    logits = torch.randn(3, 4, 2, device=device)
    tensor = DRAWN(logits, torch.tensor(0.5, device=device), draw=stream(3, device))
    torch.testing.assert_close(tensor, DRAWN(logits, 0.5, draw=stream(3, device)))


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_the_dtype_is_kept(dtype):
    assert DRAWN(torch.zeros(2, 3, dtype=dtype), draw=stream(0)).dtype == dtype


class ZeroStream:
    """A stream whose uniform numbers are the ends of what is possible."""

    def uniform(self, *shape):
        return torch.tensor([0.0, 1 - 2**-24]).expand(*shape)


def test_the_ends_of_the_uniform_law_stay_finite():
    logits = torch.zeros(3, 2, requires_grad=True)
    soft = DRAWN(logits, 0.1, draw=ZeroStream())
    soft[:, 0].sum().backward()
    assert torch.isfinite(soft).all()
    assert torch.isfinite(logits.grad).all()


def test_it_says_that_it_draws_and_keeps_the_shape():
    assert issubclass(GumbelSoftmax, Draws)
    assert GumbelSoftmax.keeps_shape
    first, again, other = (DRAWN(torch.zeros(2, 3), draw=Streams(0, torch.device("cpu"))("g", k)) for k in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
