"""Each sample's divergence against quadrature, and its mean against the loss.

Mutations caught: the mean over components for the sum; the mean over samples.
"""

import numpy as np
import pytest
import torch
from scipy.stats import norm

from rivalry_zoo.blocks.heads import Gaussian
from rivalry_zoo.losses.kl_normal import KLNormal as Loss
from rivalry_zoo.operations.kl_normal import KLNormal


def nats(mean, log_variance):
    """KL(N(mean, exp log_variance) || N(0, 1)) by quadrature."""
    law = norm(mean, np.exp(log_variance / 2))
    x = np.linspace(mean - 12 * law.std(), mean + 12 * law.std(), 2001)
    return np.trapezoid(law.pdf(x) * (law.logpdf(x) - norm.logpdf(x)), x)


def test_it_is_one_integral_a_sample(device):
    mean, log_variance = torch.randn(2, 3, 2, 1, dtype=torch.float64) + 0.3
    found = KLNormal()(Gaussian(mean.to(device), log_variance.to(device))).cpu()
    expected = [sum(map(nats, m.ravel(), v.ravel())) for m, v in zip(mean.numpy(), log_variance.numpy(), strict=True)]
    np.testing.assert_allclose(found, expected, rtol=1e-7)
    assert found.mean().item() == pytest.approx(Loss()(mean, log_variance).item())


def test_half_precision_is_squared_in_single():
    assert KLNormal()((torch.full((2, 3), 1e3, dtype=torch.float16), torch.zeros(2, 3))).isfinite().all()


def test_a_plain_tensor_is_refused():
    with pytest.raises(ValueError, match="got a plain code"):
        KLNormal()(torch.zeros(2, 2))
