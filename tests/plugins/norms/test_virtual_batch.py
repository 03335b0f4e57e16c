"""Virtual batch norm against numpy's moments of the reference and a copy of the sample.

Mutations caught: the sample's weight 1 / n; the variance without what lies between the means; a reference that moves.
"""

from copy import deepcopy

import numpy as np
import pytest
import torch

from rivalry.marks import CouplesBatch
from rivalry_zoo.norms.batch import BatchNorm
from rivalry_zoo.norms.virtual_batch import VirtualBatchNorm

SHAPES = pytest.mark.parametrize("shape", [(3,), (3, 4), (3, 4, 2)], ids=str)


def settled(shape, device="cpu", **options):
    """A norm with weights that has seen a reference, and the reference."""
    norm = VirtualBatchNorm(3, **options).double().to(device)
    torch.nn.init.normal_(norm.weight)
    torch.nn.init.normal_(norm.bias)
    reference = torch.from_numpy(np.random.default_rng(1).normal(3, 2, size=(5, *shape))).to(device)
    norm(reference)
    return norm, reference.cpu().numpy()


@SHAPES
@pytest.mark.parametrize("training", [True, False])
def test_moments_are_those_of_the_reference_and_the_sample_together(shape, training, device):
    norm, reference = settled(shape, device, eps=0.3)
    x = np.random.default_rng(2).normal(-1, 3, size=(4, *shape))
    found = norm.train(training)(torch.tensor(x, device=device)).detach().cpu().numpy()
    weight, bias = (p.detach().cpu().numpy() for p in (norm.weight, norm.bias))
    for own, y in zip(x, found):
        together = np.concatenate([reference, own[None]]).swapaxes(0, 1).reshape(3, -1)
        expected = (own.reshape(3, -1) - together.mean(1)[:, None]) / np.sqrt(together.var(1)[:, None] + 0.3)
        expected = expected * weight[:, None] + bias[:, None]
        np.testing.assert_allclose(y, expected.reshape(own.shape), rtol=1e-9, atol=1e-11)


@SHAPES
def test_a_sample_depends_on_no_other_of_its_batch(shape):
    norm, _ = settled(shape)
    x = torch.randn(4, *shape).double()
    torch.testing.assert_close(norm(x)[1:2], norm(x[1:2]))
    assert not isinstance(norm, CouplesBatch)


def test_a_reference_of_equal_moments_makes_it_batch_norm():
    one = torch.randn(1, 3, 6, 5)
    x = torch.cat([one, one.flip(2), one.flip(3)])
    norm = VirtualBatchNorm(3)
    torch.testing.assert_close(norm(x), BatchNorm(3)(x))
    torch.testing.assert_close(norm(x[:1]), BatchNorm(3)(x)[:1])


def test_the_first_batch_of_training_is_the_reference_and_stays():
    norm, x = VirtualBatchNorm(3), torch.randn(5, 3, 4)
    assert {key for key, _ in norm.named_parameters()} == {"weight", "bias"}
    assert norm.eval()(x).isfinite().all()
    assert norm.reference_size == 0
    norm.train()(x)
    kept = deepcopy(norm.state_dict())
    assert norm.reference_size == 5
    norm(torch.randn(7, 3, 4) + 3)
    for key, value in norm.state_dict().items():
        assert torch.equal(value, kept[key])
    other = VirtualBatchNorm(3)
    other.load_state_dict(kept)
    y = torch.randn(2, 3, 4)
    assert torch.equal(other(y), norm(y))


def test_before_a_reference_a_sample_s_own_moments_serve():
    x = torch.randn(2, 3, 50)
    torch.testing.assert_close(
        VirtualBatchNorm(3).eval()(x), torch.nn.functional.instance_norm(x), rtol=1e-5, atol=1e-5
    )


def test_one_that_forgets_takes_the_next_batch():
    norm, x = VirtualBatchNorm(3), torch.randn(6, 3, 4) + 2
    norm(torch.randn(5, 3, 4))
    norm.forget()
    fresh = VirtualBatchNorm(3)
    assert torch.equal(norm(x), fresh(x))
    assert norm.reference_size == 6


def test_gradients_pass_through_the_sample_s_own_moments():
    norm, _ = settled((3, 4))
    x = torch.randn(2, 3, 4).double().requires_grad_()
    assert torch.autograd.gradcheck(norm, x)
    assert torch.autograd.gradgradcheck(norm, x)


def test_two_forwards_before_one_backward_are_well():
    norm = VirtualBatchNorm(3)
    x = torch.randn(4, 3, 5, requires_grad=True)
    (norm(x).square().sum() + norm(x[:2]).sum()).backward()
    assert x.grad.isfinite().all()


def test_half_precision_stays_and_is_reckoned_wide():
    norm = VirtualBatchNorm(3)
    x = 300 * torch.randn(4, 3, 5)
    y = norm(x.half())
    assert y.dtype == torch.float16
    torch.testing.assert_close(y.float(), VirtualBatchNorm(3)(x.half().float()), rtol=1e-3, atol=1e-3)
