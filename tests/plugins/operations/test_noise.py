"""Instance noise: the moments of a normal distribution, draws that repeat, and what the best critic makes of it.

Mutation tried: deviation squared; the moments fail.
"""

import numpy as np
import pytest
import scipy.stats
import torch

from oracles import minimise
from rivalry.marks import Draws
from rivalry.streams import Streams
from rivalry_zoo.operations.noise import Noise
from small import engine_of


@pytest.mark.parametrize("deviation", [0.1, 2.0])
def test_what_is_added_is_normal_with_the_stated_deviation(device, deviation):
    x = torch.linspace(-1, 1, 20_000, device=device).reshape(100, 2, 100)
    added = (Noise()(x, deviation, draw=Streams(3, device)("n")) - x).cpu().double().numpy().ravel()
    error = deviation / np.sqrt(added.size)
    assert abs(added.mean()) < 4 * error
    assert added.std() == pytest.approx(deviation, abs=4 * error / np.sqrt(2))
    assert scipy.stats.kstest(added / deviation, "norm").pvalue > 1e-3


def test_the_same_draw_gives_the_same_tensor_and_another_draw_another(device):
    x, streams = torch.zeros(4, 3, device=device), Streams(0, device)
    first, again, other = (Noise()(x, draw=streams("n", draw)) for draw in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_the_samples_dtype_is_kept(dtype):
    x = torch.zeros(2, 3, dtype=dtype)
    assert Noise()(x, draw=Streams(0, torch.device("cpu"))("n")).dtype == dtype


def test_gradients_pass_unchanged(device):
    x = torch.zeros(5, device=device, requires_grad=True)
    Noise()(x, 0.3, draw=Streams(0, device)("n")).sum().backward()
    assert x.grad.tolist() == [1.0] * 5


def test_it_says_that_it_draws():
    assert issubclass(Noise, Draws)


@pytest.mark.parametrize("sigma", [0.0, 0.5, 1.5])
def test_the_best_critic_of_blurred_gaussians_is_their_blurred_log_ratio(sigma):
    """N(0.4, s^2) against N(-0.3, s^2), s = 0.5: log p/q is a line, which logistic regression finds."""
    s, (p, q), n, streams = 0.5, (0.4, -0.3), 200_000, Streams(5, torch.device("cpu"))
    real, fake = (mean + s * streams(f"x{mean}").normal(n).double() for mean in (p, q))
    blurred = torch.cat([Noise()(x, sigma, draw=streams(f"n{i}")) for i, x in enumerate((real, fake))])
    sign = torch.cat([-torch.ones(n), torch.ones(n)]).double()
    (slope, offset), _ = minimise(lambda w: torch.nn.functional.softplus(sign * (w[0] * blurred + w[1])).mean(), 2)
    v = s**2 + sigma**2
    assert slope == pytest.approx((p - q) / v, abs=5 * 2 / np.sqrt(2 * n * v * 0.2))
    assert offset == pytest.approx((q**2 - p**2) / (2 * v), abs=5 / np.sqrt(2 * n * 0.2))


def test_as_a_judges_instance_noise_it_follows_a_schedule_to_zero():
    game = engine_of(
        "ring", "generators.G.width=8", "discriminators.D.width=8", "train.batch=8", "losses.penalty=null",
        "losses.game.judge=D(noise(_, sigma))", "schedules={sigma: {use: linear, start: 0.5, end: 0, over: 2}}",
    )  # fmt: skip
    assert [game.step()["game.discriminator"].isfinite().item() for _ in range(2)] == [True, True]
    assert game.now.number("sigma") == 0
