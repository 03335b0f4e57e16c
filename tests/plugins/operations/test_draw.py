"""Reparametrised draws: the moments of the Gaussians, and gradients known in closed form.

Mutation caught: the log-variance not halved.
"""

import numpy as np
import pytest
import scipy.stats
import torch

from rivalry.marks import Draws
from rivalry.streams import Streams
from rivalry_zoo.blocks.heads import Gaussian
from rivalry_zoo.operations.draw import Draw


def test_samples_have_the_law_that_the_gaussian_says(device):
    mean, log_variance = torch.tensor([[1.0, -2.0]]), torch.tensor([[0.0, 2 * np.log(3.0)]])
    many = Gaussian(*(t.expand(20_000, 2).to(device) for t in (mean, log_variance)))
    samples = Draw()(many, draw=Streams(3, device)("n")).cpu().double().numpy()
    for column, centre, deviation in ((samples[:, 0], 1.0, 1.0), (samples[:, 1], -2.0, 3.0)):
        assert scipy.stats.kstest(column, "norm", (centre, deviation)).pvalue > 1e-3


def test_gradients_of_the_mean_square_are_those_of_its_expectation():
    mean = torch.full((50_000, 1), 0.7, dtype=torch.float64, requires_grad=True)
    log_variance = torch.full((50_000, 1), -0.4, dtype=torch.float64, requires_grad=True)
    Draw()((mean, log_variance), draw=Streams(0, torch.device("cpu"))("n")).square().mean().backward()
    # E[z^2] = m^2 + v: slopes 2 m and v
    assert mean.grad.sum().item() == pytest.approx(1.4, abs=0.03)
    assert log_variance.grad.sum().item() == pytest.approx(np.exp(-0.4), abs=0.03)


def test_without_variance_it_is_the_mean():
    mean = torch.randn(4, 2, 3)
    assert torch.equal(Draw()((mean, torch.full_like(mean, -400)), draw=Streams(0, torch.device("cpu"))("n")), mean)


def test_the_same_draw_gives_the_same_tensor_and_another_draw_another(device):
    law, streams = Gaussian(*torch.zeros(2, 4, 3, device=device)), Streams(0, device)
    first, again, other = (Draw()(law, draw=streams("n", number)) for number in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_the_codes_dtype_is_kept(dtype):
    law = torch.zeros(2, 3, dtype=dtype), torch.zeros(2, 3, dtype=dtype)
    assert Draw()(law, draw=Streams(0, torch.device("cpu"))("n")).dtype == dtype


def test_a_plain_code_is_refused_in_words():
    with pytest.raises(ValueError, match=r"wants a pair .* got one tensor of shape"):
        Draw()(torch.zeros(2, 3), draw=Streams(0, torch.device("cpu"))("n"))


def test_it_says_that_it_draws():
    assert issubclass(Draw, Draws)
