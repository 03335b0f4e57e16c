"""Instance noise: the moments of a normal distribution, and draws that repeat.

Mutation tried: deviation squared; the moments fail.
"""

import numpy as np
import pytest
import scipy.stats
import torch

from rivalry.marks import Draws
from rivalry.streams import Streams
from rivalry_zoo.operations.noise import Noise


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
