"""Ancestral sampling with networks that are exact, so that what comes out is known.

Data N(m, s^2) have the exact network e(x, t) = sqrt(1 - a) (x - sqrt(a) m) / (a s^2 + 1 - a).
Mutations caught: noise at the last step; the two variances exchanged; the mean's weights exchanged; times in order.
"""

import numpy as np
import pytest
import torch
from torch import nn

from rivalry.fields import Field
from rivalry.streams import stream
from rivalry_zoo.samplers.ancestral import Ancestral

POINT = Field(1)


class Exact(nn.Module):
    """The network that knows Gaussian data."""

    def __init__(self, steps, mean, deviation):
        super().__init__()
        beta = np.linspace(1e-4, 0.02, steps) * 1000 / steps
        self.register_buffer("kept", torch.tensor(np.cumprod(1 - beta)))
        self.mean, self.variance = mean, deviation**2

    def forward(self, x, t):
        a = self.kept[t].unsqueeze(1)
        return (1 - a).sqrt() * (x - a.sqrt() * self.mean) / (a * self.variance + 1 - a)


def drawn(steps, mean, deviation, n, device="cpu", **arguments):
    network = {"N": Exact(steps, mean, deviation).to(device)}
    sampler = Ancestral(steps=steps, **arguments)
    return sampler.sample(network, POINT, n, {}, stream(0, device)).double()


@pytest.mark.parametrize("steps", [25, 100])
def test_standard_normal_data_come_back_with_the_variance_of_the_steps(steps):
    samples = drawn(steps, 0.0, 1.0, 20_000, variance="step")
    left = np.prod(1 - np.linspace(1e-4, 0.02, steps) * 1000 / steps)  # x_T is drawn a trifle too wide or narrow
    assert float(samples.mean()) == pytest.approx(0, abs=0.03)
    # The last step adds no noise, hence its beta is missing.
    assert float(samples.var()) == pytest.approx(1 - 0.1 / steps, abs=0.03 + left)


@pytest.mark.parametrize("variance", ["posterior", "step"])
def test_data_at_one_point_come_back_exactly(variance, device):
    samples = drawn(50, 0.7, 0.0, 50, device, variance=variance)
    np.testing.assert_allclose(samples.cpu().numpy(), 0.7, atol=1e-6)


@pytest.mark.parametrize("variance", ["posterior", "step"])
def test_many_steps_bring_any_gaussian_back(variance):
    samples = drawn(1000, -0.6, 0.5, 8_000, variance=variance)
    assert float(samples.mean()) == pytest.approx(-0.6, abs=0.02)
    assert float(samples.std()) == pytest.approx(0.5, rel=0.025)


def test_the_posterior_variance_is_the_smaller():
    narrow, wide = (float(drawn(25, 0.0, 0.5, 5_000, variance=name).std()) for name in ("posterior", "step"))
    assert narrow < 0.97 * wide


def test_samples_are_clipped_to_the_datas_range():
    field = Field((1, 2, 2), low=-1, high=1)
    wild = {"N": lambda x, t: -5 * x}
    held = Ancestral(steps=25).sample(wild, field, 6, {}, stream(0))
    free = Ancestral(steps=25, clip=False).sample(wild, field, 6, {}, stream(0))
    assert held.shape == (6, 1, 2, 2)
    assert held.abs().max() <= 1
    assert free.abs().max() > 1


def test_equal_streams_draw_equal_samples():
    first, again = (drawn(25, 0.0, 1.0, 9) for _ in range(2))
    assert torch.equal(first, again)


def test_the_network_is_told_the_time_going_down_and_the_conditions():
    heard = []

    def network(x, t, label):
        heard.append((int(t[0]), label.tolist()))
        return torch.zeros_like(x)

    labels = torch.tensor([3, 1])
    sampler = Ancestral(network="U", steps=22, conditions=("label",))
    sampler.sample({"U": network}, POINT, 2, {"label": labels}, stream(0))
    assert heard == [(t, [3, 1]) for t in range(21, -1, -1)]


def test_what_is_missing_is_named():
    with pytest.raises(ValueError, match="no network 'N'; it has G"):
        Ancestral().sample({"G": nn.Identity()}, POINT, 1, {}, stream(0))
    with pytest.raises(ValueError, match="no condition 'label'; it has none"):
        Ancestral(conditions=("label",)).sample({"N": nn.Identity()}, POINT, 1, {}, stream(0))
    with pytest.raises(ValueError, match="more than 20 steps"):
        Ancestral(steps=20)
