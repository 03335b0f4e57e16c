"""Cascading rejection against Gram-Schmidt in numpy.

Mutations that turn this red: the projection added; the norm in place of its square; the projection by the first vector;
the gradient kept from the coefficients; a mean over rounds in place of the list.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from rivalry.errors import SpecError
from rivalry.fields import Inputs
from rivalry.interfaces import Discriminator
from rivalry.making import make
from rivalry.marks import Given
from rivalry.testing import check_component
from rivalry_zoo.discriminators.cascading_rejection import CascadingRejection
from rivalry_zoo.discriminators.mlp import MlpDiscriminator
from rivalry_zoo.discriminators.residual import ResidualDiscriminator
from rivalry_zoo.objectives.hinge import Hinge


class Features(Discriminator):
    """A linear layer of `scores` outputs, which also adds conditions."""

    name = "features"

    def __init__(self, inputs: Given[Inputs], *, scores: Given[int] = 1):
        super().__init__()
        self.linear = nn.Linear(inputs, scores, dtype=torch.float64)

    def forward(self, x, *conditions):
        return self.linear(x) + sum(conditions)


def cascade(width=5, rounds=3, weights=None):
    made = CascadingRejection(4, critic=Features, width=width, rounds=rounds).double()
    for linear, weight in zip(made.rounds, [] if weights is None else weights):
        linear.weight.data = torch.tensor(np.array(weight, dtype=float)[None])
    return made


def by_numpy(vectors, weights):
    """Scores [rounds, N]: the part along each weight is taken away by a projection matrix."""
    scores = []
    for w in weights:
        scores.append(vectors @ w)
        vectors = vectors @ (np.eye(len(w)) - np.outer(w, w) / np.dot(w, w))
    return np.array(scores)


@settings(max_examples=20)
@given(st.integers(2, 6), st.integers(1, 6), st.integers(0, 99))
def test_every_score_is_of_what_the_ones_before_left(width, rounds, seed):
    numbers = np.random.default_rng(seed)
    weights = numbers.normal(size=(min(rounds, width), width))
    made = cascade(width, len(weights), weights)
    x = torch.tensor(numbers.normal(size=(3, 4)))
    found = made(x)
    assert isinstance(found, list)
    assert [scores.shape for scores in found] == [(3,)] * len(weights)
    expected = by_numpy(made.critic(x).detach().numpy(), weights)
    np.testing.assert_allclose(torch.stack(found).detach(), expected, rtol=1e-9, atol=1e-10)


def test_one_round_is_a_linear_layer():
    made, x = cascade(rounds=1), torch.randn(3, 4, dtype=torch.float64)
    (found,) = made(x)
    expected = made.critic(x).detach().numpy() @ made.rounds[0].weight.detach().numpy()[0]
    np.testing.assert_allclose(found.detach(), expected, rtol=1e-10)


def test_a_parallel_weight_scores_zero_and_orthogonal_ones_as_alone():
    x = torch.randn(3, 4, dtype=torch.float64)
    first, second, _ = cascade(3, 3, [[1.0, -2, 3], [-0.5, 1, -1.5], [1, 1, 1]])(x)
    assert first.abs().max() > 0.1
    np.testing.assert_allclose(second.detach(), np.zeros(3), atol=1e-12)
    made = cascade(3, 3, np.diag([1.0, -2, 0.5]))
    np.testing.assert_allclose(
        torch.stack(made(x)).detach(), made.critic(x).detach().numpy().T * np.array([[1], [-2], [0.5]]), rtol=1e-10
    )


def test_nothing_is_left_after_as_many_rounds_as_components():
    weights = np.random.default_rng(0).normal(size=(2, 2))
    weights[1] = [weights[0, 1], -weights[0, 0]]
    made = cascade(2, 2, weights)
    made.rounds.append(nn.Linear(2, 1, bias=False).double())
    assert made(torch.randn(3, 4, dtype=torch.float64))[2].abs().max() < 1e-12


def test_a_weight_of_zero_rejects_nothing():
    made = cascade(3, 2, [np.zeros(3), np.ones(3)])
    x = torch.randn(3, 4, dtype=torch.float64)
    first, second = made(x)
    assert not first.any()
    np.testing.assert_allclose(second.detach(), made.critic(x).detach().numpy().sum(1), rtol=1e-10)
    gradients = torch.autograd.grad((first + second).sum(), list(made.parameters()))
    assert all(gradient.isfinite().all() for gradient in gradients)


def test_a_short_weight_rejects_as_much_as_a_long_one():
    x, weight = torch.randn(3, 4, dtype=torch.float64), np.array([1.0, -2, 3])
    made = cascade(3, 2, [weight, np.ones(3)])
    long = made(x)[1].detach()
    made.rounds[0].weight.data *= 1e-5
    np.testing.assert_allclose(made(x)[1].detach(), long, rtol=1e-9)


def test_gradients_flow_through_the_projections():
    weights = [torch.randn(1, 4, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    x = torch.randn(2, 4, dtype=torch.float64, requires_grad=True)
    made = cascade(4, 2)

    def last(x, *weights):
        for linear, weight in zip(made.rounds, weights):
            del linear.weight
            linear.weight = weight
        return made(x)[1]

    assert torch.autograd.gradcheck(last, [x, *weights])
    assert torch.autograd.gradgradcheck(last, [x, *weights])
    assert torch.autograd.grad(last(x, *weights).sum(), weights[0])[0].any()


def test_conditions_pass_and_objectives_take_the_mean():
    made = cascade()
    x, y = torch.randn(2, 3, 4, dtype=torch.float64).unbind()
    shift = torch.randn(3, 5, dtype=torch.float64)
    expected = by_numpy((made.critic(x) + shift).detach().numpy(), [r.weight.detach().numpy()[0] for r in made.rounds])
    scores = made(x, shift)
    np.testing.assert_allclose(torch.stack(scores).detach(), expected, rtol=1e-9)
    loss = Hinge().discriminator_loss(scores, made(y))
    fakes = by_numpy(made.critic(y).detach().numpy(), [r.weight.detach().numpy()[0] for r in made.rounds])
    assert loss.item() == pytest.approx(np.mean(np.clip(1 - expected, 0, None)) + np.mean(np.clip(1 + fakes, 0, None)))


def test_more_rounds_than_components_are_refused_in_words():
    with pytest.raises(ValueError, match="got 4 rounds for vectors of 3; take rounds: 3 or a larger width"):
        cascade(3, 4)
    assert [linear.weight.shape for linear in cascade(3, 3).rounds] == [(1, 3)] * 3


def test_a_critic_of_one_score_is_refused_in_words():
    with pytest.raises(ValueError, match="wants a critic that can give a vector, 'residual' cannot"):
        CascadingRejection((3, 16, 16), critic=ResidualDiscriminator)
    with pytest.raises(SpecError, match=r"'residual' cannot; take e\.g\. critic: mlp"):
        make("discriminator", "cascading_rejection", inputs=(3, 16, 16), critic={"use": "residual", "width": 4})


def test_critics_of_more_than_vectors_are_refused_in_words():
    def headed(inputs, *, scores):
        return MlpDiscriminator(inputs, scores=scores, heads={"code": {"classes": 4}})

    with pytest.raises(ValueError, match="wants a critic that gives one vector a sample and nothing else, got 2 tens"):
        CascadingRejection(3, critic=headed)(torch.randn(2, 3))

    def mapped(inputs, *, scores):
        return nn.Conv2d(1, scores, 3)

    with pytest.raises(ValueError, match=r"got \[2, 64, 3, 3\]"):
        CascadingRejection((1, 5, 5), critic=mapped)(torch.randn(2, 1, 5, 5))


def test_a_spec_names_its_critic():
    made = make("discriminator", "cascading_rejection", inputs=(3, 16, 16), width=8, rounds=2, critic="mlp")
    assert [scores.shape for scores in made(torch.randn(5, 3, 16, 16))] == [(5,), (5,)]
    check_component("discriminator", "cascading_rejection", width=8, critic={"use": "dcgan", "width": 4})
