"""The excess of information against quadrature, and the multiplier that brings it to its limit.

Mutations caught: the sum of both sides for their mean; the limit added; a limit that is ignored.
"""

import numpy as np
import pytest
import torch
from scipy.stats import norm

from rivalry_zoo.blocks.heads import Gaussian
from rivalry_zoo.losses.variational_bottleneck import VariationalBottleneck


def nats(mean, log_variance):
    """KL(N(mean, exp log_variance) || N(0, 1)) by quadrature."""
    law = norm(mean, np.exp(log_variance / 2))
    x = np.linspace(mean - 12 * law.std(), mean + 12 * law.std(), 2001)
    return np.trapezoid(law.pdf(x) * (law.logpdf(x) - norm.logpdf(x)), x)


def codes(seed, *shape):
    draw = torch.Generator().manual_seed(seed)
    mean, log_variance = torch.randn(2, *shape, dtype=torch.float64, generator=draw)
    return Gaussian(mean + 0.3, log_variance - 0.2)


def by_hand(gaussian):
    """The mean over samples of the sum over components."""
    flat = (part.flatten(1).numpy() for part in gaussian)
    return np.mean([sum(map(nats, means, logs)) for means, logs in zip(*flat, strict=True)])


@pytest.mark.parametrize("limit", [0.0, 0.1, 0.7])
def test_it_is_half_of_each_side_less_the_limit(limit):
    real, fake = codes(0, 3, 2), codes(1, 4, 1, 2)
    found = VariationalBottleneck(limit=limit)(real, fake)
    assert found.item() == pytest.approx((by_hand(real) + by_hand(fake)) / 2 - limit, rel=1e-7)


def test_one_gaussian_may_be_two_tensors():
    code, loss = codes(2, 3, 2), VariationalBottleneck(limit=0.25)
    assert loss(*code).item() == pytest.approx(by_hand(code) - 0.25, rel=1e-7)
    assert loss(code).item() == loss(*code).item()


def test_codes_that_are_the_prior_have_the_whole_limit_to_spare():
    prior = Gaussian(torch.zeros(2, 3), torch.zeros(2, 3))
    assert VariationalBottleneck()(prior, prior).item() == pytest.approx(-0.1)


def test_gradients_are_those_of_half_the_divergences():
    real, fake = codes(3, 2, 2), codes(4, 4, 2)
    tensors = [tensor.requires_grad_() for tensor in (*real, *fake)]
    found = torch.autograd.grad(VariationalBottleneck()(real, fake), tensors)
    for (mean, log_variance), by_mean, by_log in ((real, *found[:2]), (fake, *found[2:])):
        n = len(mean)
        np.testing.assert_allclose(by_mean, mean.detach().numpy() / n / 2, rtol=1e-12)
        np.testing.assert_allclose(by_log, np.expm1(log_variance.detach().numpy()) / 2 / n / 2, rtol=1e-12)


def test_dual_ascent_on_it_reaches_the_limit():
    """An encoder that would like its code's mean at 3: information 4.5 nats, held at 0.5 by a multiplier of 2."""
    mean, beta = torch.tensor([[3.0]], dtype=torch.float64, requires_grad=True), 0.0
    loss = VariationalBottleneck(limit=0.5)
    for _ in range(400):
        excess = loss(Gaussian(mean, torch.zeros_like(mean)))
        (slope,) = torch.autograd.grad((mean - 3).square().sum() / 2 + beta * excess, mean)
        mean.data -= 0.1 * slope
        beta = max(0.0, beta + 0.1 * excess.item())
    assert excess.item() == pytest.approx(0, abs=1e-3)
    assert beta == pytest.approx(2, abs=1e-2)  # 3 / (1 + beta) = 1


@pytest.mark.parametrize(
    "given",
    [(torch.zeros(3, 2),), (torch.zeros(3, 2),) * 3, ((torch.zeros(3, 2),) * 3,), (codes(0, 2, 2), torch.zeros(2, 2))],
)
def test_what_is_no_gaussian_is_refused(given):
    with pytest.raises(ValueError, match="needs a Gaussian's mean and log-variance"):
        VariationalBottleneck()(*given)
