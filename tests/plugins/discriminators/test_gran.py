"""GraN of critics whose gradient is known, or found by finite differences.

Mutations that turn this red: the norm in place of its square; eps left out or subtracted; the constant left out.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from rivalry.fields import Field
from rivalry.testing import check_component
from rivalry_zoo.discriminators.dcgan import DcganDiscriminator
from rivalry_zoo.discriminators.gran import Gran
from rivalry_zoo.discriminators.mlp import MlpDiscriminator

vectors = st.lists(st.floats(-3, 3), min_size=3, max_size=3).filter(lambda w: np.linalg.norm(w) > 1e-2)


class Linear(nn.Module):
    """slope . x + offset."""

    def __init__(self, slope, offset):
        super().__init__()
        self.slope = nn.Parameter(torch.tensor(slope, dtype=torch.float64))
        self.offset = offset

    def forward(self, x):
        return x @ self.slope + self.offset


def linear(slope, offset, **numbers):
    return Gran(3, critic=lambda inputs: Linear(slope, offset), **numbers)


def rectified(seed, **numbers):
    torch.manual_seed(seed)
    wrapped = Gran(3, critic=lambda inputs: MlpDiscriminator(inputs, width=8, layers=2), **numbers).double()
    return wrapped, torch.randn(6, 3, dtype=torch.float64)


def differences(function, x, step=1e-6):
    """The norm of each score's gradient by central differences, [N]."""
    with torch.no_grad():
        moves = step * torch.eye(x.shape[1], dtype=x.dtype)
        found = np.stack([((function(x + m) - function(x - m)) / (2 * step)).numpy() for m in moves], 1)
    return np.linalg.norm(found, axis=1)


@settings(max_examples=30)
@given(vectors, st.floats(-2, 2), st.floats(0.01, 2), st.floats(0.1, 5), st.integers(0, 99))
def test_of_a_linear_critic_it_is_the_score_over_its_slope_softly(slope, offset, eps, scale, seed):
    x, norm = np.random.default_rng(seed).normal(size=(4, 3)), np.linalg.norm(slope)
    scores = x @ np.array(slope) + offset
    found = linear(slope, offset, eps=eps, scale=scale)(torch.tensor(x)).detach()
    np.testing.assert_allclose(found, scale * scores * norm / (norm**2 + eps), rtol=1e-6, atol=1e-12)
    assert (np.sign(found.numpy()) == np.sign(scores)).all()


@pytest.mark.parametrize("seed", range(3))
def test_its_slope_stays_below_the_constant(seed):
    wrapped, x = rectified(seed, eps=0.02, scale=1.7)
    norms, scores = differences(wrapped.critic, x), wrapped.critic(x).detach().numpy()
    np.testing.assert_allclose(wrapped(x).detach(), 1.7 * scores * norms / (norms**2 + 0.02), rtol=1e-6)
    slopes = differences(wrapped, x)
    np.testing.assert_allclose(slopes, 1.7 * norms**2 / (norms**2 + 0.02), rtol=1e-5)
    assert slopes.max() < 1.7


def test_by_default_eps_is_a_tenth_and_the_constant_one():
    assert linear((3.0, 0.0, -4.0), 0.0)(torch.tensor([[1.0, 0, 0]]).double()).item() == pytest.approx(15 / 25.1)


def test_a_flat_critic_is_finite_with_its_derivatives():
    wrapped = linear((0.0, 0.0, 0.0), 3.0)
    x = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    scores = wrapped(x)
    np.testing.assert_allclose(scores.detach(), np.zeros(4), atol=1e-4)
    assert all(gradient.isfinite().all() for gradient in torch.autograd.grad(scores.sum(), [x, wrapped.critic.slope]))


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


def test_samples_may_need_no_gradient_and_none_may_be_taken():
    wrapped, x = rectified(4)
    scores = wrapped(x)
    assert scores.requires_grad
    with torch.no_grad():
        still = wrapped(x)
    assert not still.requires_grad
    torch.testing.assert_close(still, scores.detach(), rtol=0, atol=0)
    assert torch.autograd.grad(wrapped(x.requires_grad_() * 1).sum(), x)[0].any()


def test_conditions_pass(device):
    torch.manual_seed(0)
    inputs = [(2, 4, 4), Field((), classes=3)]
    wrapped = Gran(inputs, critic=lambda inputs: MlpDiscriminator(inputs, width=8, layers=0)).to(device)
    x, y = torch.randn(5, 2, 4, 4, device=device), torch.tensor([2, 0, 1, 1, 2], device=device)
    weight, bias = wrapped.critic.net[0].weight.detach().cpu().numpy()[0], wrapped.critic.net[0].bias.item()
    scores = x.cpu().numpy().reshape(5, -1) @ weight[:32] + weight[32:][y.cpu()] + bias
    norm = np.linalg.norm(weight[:32])
    np.testing.assert_allclose(wrapped(x, y).detach().cpu(), scores * norm / (norm**2 + 0.1), rtol=1e-4)


def test_half_precision_keeps_its_type():
    wrapped = linear((300.0, 200.0, 100.0), 0.0).half()
    found = wrapped(torch.tensor([[1.0, 0.0, 0.0]], dtype=torch.float16))
    assert found.dtype == torch.float16
    assert found.item() == pytest.approx(300 / np.linalg.norm([300, 200, 100]), rel=0.01)


def test_unfit_critics_are_refused_in_words():
    with pytest.raises(ValueError, match=r"gran .* \(BatchNorm\); give the critic a norm that does not"):
        Gran((1, 16, 16), critic=DcganDiscriminator)
    with pytest.raises(ValueError, match=r"gran wants a critic that gives one score a sample .*got \[2, 4\]"):
        Gran(3, critic=lambda inputs: nn.Linear(3, 4))(torch.randn(2, 3))


def test_a_spec_names_its_critic():
    check_component("discriminator", "gran", inputs=(3, 16, 16), critic={"use": "dcgan", "width": 4, "norm": "none"})
