"""Gradient normalisation of critics whose gradient is known, or found by finite differences.

Mutations that turn this red: the difference in place of the sum; the size of the score left out; the norm over a batch;
the gradient kept from the norm; samples that need no gradient refused.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from rivalry.fields import Field
from rivalry.interfaces import Discriminator, input_gradient
from rivalry.making import make
from rivalry.testing import check_component
from rivalry_zoo.discriminators.dcgan import DcganDiscriminator
from rivalry_zoo.discriminators.gradient_normalised import GradientNormalised
from rivalry_zoo.discriminators.mlp import MlpDiscriminator
from rivalry_zoo.discriminators.patch import PatchDiscriminator
from rivalry_zoo.norms.batch import BatchNorm
from rivalry_zoo.norms.none import NoNorm

vectors = st.lists(st.floats(-3, 3), min_size=3, max_size=3).filter(lambda w: np.linalg.norm(w) > 1e-2)


class Linear(Discriminator):
    """slope . x + offset, of samples of any shape."""

    def __init__(self, inputs=None, slope=(1.0, -2.0, 0.5), offset=0.25):
        super().__init__()
        self.slope = nn.Parameter(torch.tensor(slope, dtype=torch.float64))
        self.offset = offset

    def forward(self, x):
        return x.flatten(1) @ self.slope + self.offset


def linear(slope, offset):
    return GradientNormalised(3, critic=lambda inputs: Linear(inputs, slope, offset))


def rectified(seed, width=8):
    """A random ReLU network in float64, its points, and the same inside the wrapper."""
    torch.manual_seed(seed)
    wrapped = GradientNormalised(3, critic=lambda inputs: MlpDiscriminator(inputs, width=width, layers=2)).double()
    return wrapped, wrapped.critic, torch.randn(6, 3, dtype=torch.float64)


def differences(function, x, step=1e-6):
    """The gradient of each sample's score by central differences, [N, d]."""
    with torch.no_grad():
        moves = step * torch.eye(x.shape[1], dtype=x.dtype)
        return np.stack([((function(x + m) - function(x - m)) / (2 * step)).numpy() for m in moves], 1)


@settings(max_examples=30)
@given(vectors, st.floats(-2, 2), st.integers(0, 99))
def test_of_a_linear_critic_it_is_the_score_over_slope_and_score(slope, offset, seed):
    x = np.random.default_rng(seed).normal(size=(4, 3))
    scores = x @ np.array(slope) + offset
    found = linear(slope, offset)(torch.tensor(x))
    np.testing.assert_allclose(found.detach(), scores / (np.linalg.norm(slope) + np.abs(scores)), rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_of_a_relu_network_it_is_the_score_over_differences_and_score(seed):
    wrapped, critic, x = rectified(seed)
    scores, slopes = critic(x).detach().numpy(), differences(critic, x)
    expected = scores / (np.linalg.norm(slopes, axis=1) + np.abs(scores))
    np.testing.assert_allclose(wrapped(x).detach(), expected, rtol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_its_own_slope_is_a_square_below_one(seed):
    wrapped, critic, x = rectified(seed)
    norms, scores = np.linalg.norm(differences(critic, x), axis=1), critic(x).detach().abs().numpy()
    slopes = np.linalg.norm(differences(wrapped, x), axis=1)
    np.testing.assert_allclose(slopes, (norms / (norms + scores)) ** 2, rtol=1e-5)
    point = x.requires_grad_()
    np.testing.assert_allclose(input_gradient(wrapped(point), point).norm(dim=1).detach(), slopes, rtol=1e-5)


@settings(max_examples=20)
@given(vectors, st.floats(-2, 2), st.floats(0.05, 20), st.integers(0, 99))
def test_scaling_the_critic_changes_nothing_and_its_sign_the_sign(slope, offset, factor, seed):
    x = torch.tensor(np.random.default_rng(seed).normal(size=(4, 3)))
    scores = linear(slope, offset)(x).detach()
    for k, sign in ((factor, 1), (-factor, -1)):
        other = linear(tuple(k * w for w in slope), k * offset)(x).detach()
        np.testing.assert_allclose(other, sign * scores, rtol=1e-6, atol=1e-9)
    assert scores.abs().max() < 1


@pytest.mark.parametrize("offset", [0.0, 3.0])
def test_a_flat_critic_is_finite_with_its_derivatives(offset):
    wrapped = linear((0.0, 0.0, 0.0), offset)
    x = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    scores = wrapped(x)
    np.testing.assert_allclose(scores.detach(), np.full(4, float(offset > 0)), atol=1e-6)
    found = torch.autograd.grad(scores.sum(), [x, wrapped.critic.slope])
    assert all(gradient.isfinite().all() for gradient in found)


def test_samples_may_need_no_gradient_and_none_may_be_taken():
    wrapped, _, x = rectified(4)
    scores = wrapped(x)
    assert scores.requires_grad
    assert not x.requires_grad
    with torch.no_grad():
        still = wrapped(x)
    assert not still.requires_grad
    leaf = x.clone().requires_grad_()
    inner = wrapped(leaf * 1)
    for found in (still, inner, wrapped.eval()(x)):
        torch.testing.assert_close(found.detach(), scores.detach(), rtol=0, atol=0)
    assert torch.autograd.grad(inner.sum(), leaf)[0].any()


def test_frozen_weights_leave_the_samples_gradient():
    wrapped, _, x = rectified(5)
    wrapped.requires_grad_(False)
    assert not wrapped(x).requires_grad
    assert torch.autograd.grad(wrapped(x.requires_grad_()).sum(), x)[0].any()


def test_both_derivatives_by_weights_and_samples_are_right():
    slope = torch.tensor([0.7, -1.2, 0.4], dtype=torch.float64, requires_grad=True)
    bend = torch.tensor([0.3, 0.1, -0.6], dtype=torch.float64, requires_grad=True)
    x = torch.randn(2, 3, dtype=torch.float64, requires_grad=True)
    wrapped = linear((0.0,) * 3, 0.0)

    def scores(slope, bend, x):
        wrapped.critic.forward = lambda x: torch.tanh(x @ slope) + (x**2) @ bend + 0.2
        return wrapped(x)

    assert torch.autograd.gradcheck(scores, [slope, bend, x])
    assert torch.autograd.gradgradcheck(scores, [slope, bend, x])


def test_samples_do_not_meet():
    wrapped, _, x = rectified(6)
    together = wrapped(x)
    alone = torch.cat([wrapped(sample[None]) for sample in x])
    torch.testing.assert_close(together, alone)


def test_conditions_pass_and_images_are_normed_over_all_their_pixels(device):
    torch.manual_seed(0)
    inputs = [(2, 8, 8), Field((), classes=3)]
    wrapped = GradientNormalised(inputs, critic=lambda inputs: MlpDiscriminator(inputs, width=8, layers=0)).to(device)
    x, y = torch.randn(5, 2, 8, 8, device=device), torch.tensor([2, 0, 1, 1, 2], device=device)
    weight = wrapped.critic.net[0].weight.detach().cpu().numpy()[0]
    bias = wrapped.critic.net[0].bias.item()
    scores = x.cpu().numpy().reshape(5, -1) @ weight[:128] + weight[128:][y.cpu()] + bias
    expected = scores / (np.linalg.norm(weight[:128]) + np.abs(scores))
    np.testing.assert_allclose(wrapped(x, y).detach().cpu(), expected, rtol=1e-4)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_scores_keep_their_type_and_steep_critics_their_range(dtype):
    wrapped = linear((300.0, 200.0, 100.0), 0.0).to(dtype)
    found = wrapped(torch.tensor([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0]], dtype=dtype))
    norm = np.linalg.norm([300, 200, 100])
    assert found.dtype == dtype
    np.testing.assert_allclose(found.detach().float(), [300 / (norm + 300), -200 / (norm + 200)], rtol=0.01)


def test_batch_norm_is_refused_with_the_fix():
    with pytest.raises(ValueError, match=r"gradient_normalised .* \(BatchNorm\); give the critic a norm that does not"):
        GradientNormalised((1, 16, 16), critic=DcganDiscriminator)
    with pytest.raises(ValueError, match="BatchNorm1d"):
        GradientNormalised(3, critic=lambda inputs: nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)))
    with pytest.raises(ValueError, match="BatchNorm"):
        GradientNormalised(3, critic=lambda inputs: MlpDiscriminator(inputs, norm=BatchNorm))


def test_critics_of_many_scores_are_refused_in_words():
    patches = GradientNormalised((1, 32, 32), critic=lambda inputs: PatchDiscriminator(inputs, width=4, norm=NoNorm))
    with pytest.raises(
        ValueError, match=r"gradient_normalised wants a critic that gives one score .*got \[2, 1, 2, 2\]"
    ):
        patches(torch.randn(2, 1, 32, 32))
    headed = GradientNormalised(3, critic=lambda inputs: MlpDiscriminator(inputs, heads={"code": {"classes": 4}}))
    with pytest.raises(ValueError, match="got 2 tensors"):
        headed(torch.randn(2, 3))
    column = GradientNormalised(3, critic=lambda inputs: nn.Linear(3, 1))
    assert column(torch.randn(2, 3)).shape == (2,)
    with torch.no_grad():
        assert column(torch.randn(2, 3)).shape == (2,)


def test_a_spec_names_its_critic():
    critic = {"use": "dcgan", "width": 4, "norm": "none"}
    made = make("discriminator", "gradient_normalised", inputs=(3, 16, 16), critic=critic)
    assert isinstance(made.critic, DcganDiscriminator)
    check_component("discriminator", "gradient_normalised", inputs=(3, 16, 16), critic=critic)
