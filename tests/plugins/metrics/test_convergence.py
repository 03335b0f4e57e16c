"""BEGAN's measure on numbers by hand, and its error against repetitions.

Mutations tried (a test failed for each): the absolute value taken before the mean; the target on the fakes.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from rivalry_zoo.metrics.convergence import Convergence, convergence


@pytest.mark.parametrize(
    ("real", "fake", "target", "value"),
    [
        ([0.2, 0.6], [0.1, 0.3], 0.5, 0.4),  # balanced: 0.5 * 0.4 = 0.2, though no single pair is
        ([0.2, 0.6], [0.5, 0.7], 0.5, 0.8),  # 0.4 + |0.2 - 0.6|
        ([1.0, 3.0], [0.0, 1.0], 1.0, 3.5),  # 2 + |2 - 0.5|
    ],
)
def test_value_by_hand(real, fake, target, value, device):
    tensors = (torch.tensor(x, dtype=torch.float64, device=device) for x in (real, fake))
    assert convergence(*tensors, target).value == pytest.approx(value)


@pytest.mark.parametrize("fake", [0.3, 1.5])
def test_error_is_the_spread_over_repetitions(fake):
    g = torch.Generator().manual_seed(0)
    scores = [
        convergence(1 + 0.2 * torch.randn(80, generator=g), fake + 0.1 * torch.randn(40, generator=g), 0.7)
        for _ in range(400)
    ]
    assert_allclose(np.std([s.value for s in scores]), np.mean([s.error for s in scores]), rtol=0.12)


def test_it_scales_with_the_energies_and_one_sample_has_no_error():
    a, b = torch.rand(2, 6, dtype=torch.float64)
    assert convergence(3 * a, 3 * b, 0.4).value == pytest.approx(3 * convergence(a, b, 0.4).value)
    assert convergence(a[:1], b, 0.4).error is None


def test_component_computes_the_function():
    a, b = torch.rand(2, 5)
    assert Convergence(target=0.3).compute(a, b) == convergence(a, b, 0.3)


@pytest.mark.parametrize(
    ("fake", "target", "value", "error"),
    [
        # Of 1 and 3 the mean is 2 and its variance 1; that of 0 and 1, or of 9 and 10, has the variance 1/4.
        ([0.0, 1.0], 0.75, 3.0, np.sqrt(1.75**2 + 0.25)),
        ([9.0, 10.0], 0.75, 10.0, np.sqrt(0.25**2 + 0.25)),
        ([1.0, 2.0], 0.75, 2.0, np.sqrt(1.75**2 + 0.25)),  # balanced: the steeper side
    ],
)
def test_two_samples_have_an_error_by_hand(fake, target, value, error):
    score = convergence(torch.tensor([1.0, 3.0]), torch.tensor(fake), target)
    assert_allclose([score.value, score.error], [value, error])
    apart = torch.tensor([-5.0, 5.0])  # values of one sample count by their mean
    assert convergence(torch.tensor([[1.0], [3.0]]) + apart, torch.tensor(fake)[:, None] + apart, target) == score
    assert type(score.value) is type(score.error) is float
    assert convergence(torch.tensor([1.0, 3.0]), torch.tensor(fake[:1]), target).error is None
    assert (Convergence.direction, Convergence.needs) == ("lower", ("pairs",))
