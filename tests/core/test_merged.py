"""The arithmetic of the merged backward pass, alone.

Mutations caught: the factor of the derivative before it is rounded; the floor in units of the critic's own; a strict
comparison turned round.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry.merged import LEAST, cotangents, pull

derivatives = st.one_of(st.just(0.0), st.floats(-1e3, 1e3), st.floats(-1e-30, 1e-30))
rows = st.lists(st.tuples(derivatives, derivatives), min_size=1, max_size=8)


@given(rows)
@settings(max_examples=200)
def test_what_is_sent_times_its_factor_is_the_generators_derivative(pairs):
    critic, own = (torch.tensor(column, dtype=torch.float64) for column in zip(*pairs, strict=True))
    sent, factor = cotangents(critic, own)
    assert sent.isfinite().all()
    np.testing.assert_allclose((sent * factor).numpy(), own.numpy(), rtol=1e-15, atol=1e-300)
    disturbed = (sent - critic).abs()
    assert (disturbed <= 2 * 2.0**-64 * own.abs()).all()
    assert torch.equal(sent[critic.abs() >= LEAST * own.abs()], critic[critic.abs() >= LEAST * own.abs()])


def test_where_neither_side_minds_a_score_nothing_is_sent():
    sent, factor = cotangents(torch.zeros(2), torch.zeros(2))
    assert sent.tolist() == factor.tolist() == [0, 0]


def test_the_floor_is_below_float64s_last_digit_and_a_power_of_two():
    assert np.finfo(np.float64).eps > LEAST
    assert np.frexp(LEAST)[0] == 0.5


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_rounded_derivatives_still_part_exactly(dtype):
    """The factor is of what is sent: in bfloat16 too only the last multiplication rounds, in float32."""
    torch.manual_seed(0)
    critic, own = torch.randn(64).to(dtype), torch.randn(64).to(dtype)
    critic[::3] = 0
    sent, factor = cotangents(critic, own)
    assert sent.dtype == dtype
    assert factor.dtype == torch.promote_types(dtype, torch.float32)
    assert ((sent.double() * factor.double() - own.double()).abs() <= 2e-7 * own.double().abs()).all()


def test_in_half_precision_a_flat_sample_gives_the_generator_nothing():
    _, factor = cotangents(torch.zeros(1, dtype=torch.float16), torch.ones(1, dtype=torch.float16))
    assert factor.tolist() == [0]


@pytest.mark.parametrize("shape", [(), (1,)])
def test_pull_has_the_given_gradient_at_every_fake(shape):
    fakes = [
        torch.randn(3, 2, 4, dtype=torch.float64, requires_grad=True),
        torch.randn(3, dtype=torch.float64, requires_grad=True),
    ]
    wanted = [torch.randn_like(fake) for fake in fakes]
    factor = torch.tensor([1.0, -2.0, 0.0], dtype=torch.float64).reshape(3, *shape)
    found = torch.autograd.grad(pull(fakes, wanted, factor), fakes)
    for gradient, want in zip(found, wanted, strict=True):
        expected = want.numpy() * np.array([1.0, -2.0, 0.0]).reshape(3, *[1] * (want.ndim - 1))
        np.testing.assert_allclose(gradient.numpy(), expected, rtol=1e-15)
