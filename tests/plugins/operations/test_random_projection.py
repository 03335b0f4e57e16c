"""Random projections: the mean square of their gradient is the Jacobian's norm.

Mutation tried: the division by the places left out; both moments fail.
"""

import numpy as np
import pytest
import torch

from rivalry.marks import Draws
from rivalry.streams import Streams
from rivalry_zoo.operations.random_projection import RandomProjection

CPU = torch.device("cpu")


@pytest.mark.parametrize("shape", [(3, 4, 6), (7,), (2, 5)])
def test_its_variance_is_the_squared_norm_by_places(shape, device):
    n = 20_000
    x = torch.randn(shape, generator=torch.Generator().manual_seed(1)).double()
    values = RandomProjection()(x.to(device).expand(n, *shape), draw=Streams(0, device)("r")).cpu().numpy()
    assert values.shape == (n,)
    variance = float((x.numpy() ** 2).sum() / np.prod(shape[1:]))
    assert abs(values.mean()) < 4 * np.sqrt(variance / n)
    assert values.var() == pytest.approx(variance, rel=4 * np.sqrt(2 / n))


def test_the_gradient_by_a_linear_code_has_the_jacobians_norm_on_average():
    n, places = 20_000, 12
    jacobian = torch.randn(2 * places, 5, generator=torch.Generator().manual_seed(2)).double()
    w = torch.zeros(n, 5, dtype=torch.float64, requires_grad=True)
    image = (w @ jacobian.T).reshape(n, 2, 3, 4)
    (gradient,) = torch.autograd.grad(RandomProjection()(image, draw=Streams(3, CPU)("r")).sum(), w)
    expected = np.linalg.norm(jacobian.numpy(), "fro") ** 2 / places
    assert gradient.square().sum(1).mean().item() == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_the_samples_dtype_is_kept(dtype):
    assert RandomProjection()(torch.ones(2, 1, 3, 3, dtype=dtype), draw=Streams(0, CPU)("r")).dtype == dtype


def test_it_says_that_it_draws():
    assert issubclass(RandomProjection, Draws)
