"""Both sides of zCR on linear networks, where they are closed forms of the codes' difference.

Mutations caught: a plus sign; the sum for the mean, and the other way round.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry_zoo.losses.l2 import L2
from rivalry_zoo.losses.latent_consistency import LatentConsistency


@given(st.integers(0, 99))
@settings(max_examples=20)
def test_of_a_linear_generator_it_is_minus_the_squared_image_of_the_difference(seed):
    numbers = np.random.default_rng(seed)
    a, z, step = numbers.normal(size=(6, 3)), numbers.normal(size=(4, 3)), numbers.normal(size=(4, 3))
    fake, near = (torch.tensor((codes @ a.T).reshape(4, 1, 2, 3)) for codes in (z, z + step))
    squares = np.array([delta @ a.T @ a @ delta for delta in step])
    assert LatentConsistency(over="sum")(fake, near).item() == pytest.approx(-squares.mean(), rel=1e-9)
    assert LatentConsistency()(fake, near).item() == pytest.approx(-squares.mean() / 6, rel=1e-9)
    w = numbers.normal(size=6)  # the critic's side: a linear critic's scores
    scores = [torch.tensor(x.reshape(4, 6).numpy() @ w) for x in (fake, near)]
    assert L2()(*scores).item() == pytest.approx(np.mean((step @ a.T @ w) ** 2), rel=1e-9)


@pytest.mark.parametrize(("over", "factor"), [("mean", 1 / 6), ("sum", 1.0)])
def test_descending_it_drives_the_samples_apart(over, factor, device):
    fake, near = torch.randn(2, 4, 3, 2, dtype=torch.float64, device=device).requires_grad_()
    found = torch.autograd.grad(LatentConsistency(over=over)(fake, near), [fake, near])
    apart = (fake - near).detach().cpu()
    np.testing.assert_allclose(found[0].cpu(), -2 * apart * factor / 4, rtol=1e-12)
    np.testing.assert_allclose(found[1].cpu(), 2 * apart * factor / 4, rtol=1e-12)


def test_codes_that_change_nothing_give_nothing():
    assert LatentConsistency()(torch.ones(2, 3), torch.ones(2, 3)).item() == 0


def test_one_number_a_sample_has_one_form():
    fake, near = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 3.0])
    assert LatentConsistency()(fake, near) == LatentConsistency(over="sum")(fake, near) == -2.5


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_large_differences_are_finite_in_half_precision(dtype):
    far = torch.full((2, 3), 1e4, dtype=dtype)
    assert LatentConsistency(over="sum")(far, -far).isfinite()


@pytest.mark.parametrize("shapes", [((4, 2), (4, 1)), ((4, 2), (1, 2)), ((4,), (4, 1))])
def test_differing_shapes_are_refused(shapes):
    with pytest.raises(ValueError, match="two tensors of one shape, got"):
        LatentConsistency()(*map(torch.zeros, shapes))
