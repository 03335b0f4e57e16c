"""What Rivalry relies on, and what the formulas promise."""

import pytest
import torch

import rivalry
from rivalry.testing import check_component, installed


@pytest.mark.parametrize(("kind", "name"), installed("rivalry_example"))
def test_contract(kind, name):
    needed = {"features": "pixels"} if kind == "metric" else {}
    check_component(kind, name, **needed)


def test_the_optimal_exponential_discriminator_gives_the_hellinger_distance():
    p, q = torch.tensor([[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]])
    real, fake = (torch.repeat_interleave(torch.arange(3), (10 * law).long()) for law in (p, q))
    scores = torch.zeros(3, requires_grad=True)
    game = rivalry.make("objective", "exponential")
    for _ in range(500):
        loss = game.discriminator_loss(scores[real], scores[fake])
        (slope,) = torch.autograd.grad(loss, scores)
        scores.data -= 0.3 * slope
    torch.testing.assert_close(scores.detach(), (p / q).log() / 2)
    assert loss.item() == pytest.approx(4 - 2 * (p.sqrt() - q.sqrt()).square().sum().item())


def test_rms_leaves_every_place_with_a_mean_square_of_one():
    y = rivalry.make("norm", "rms", channels=6)(torch.randn(2, 6, 3, 3))
    torch.testing.assert_close(y.square().mean(1), torch.ones(2, 3, 3))


def test_shifted_points_are_as_far_as_they_were_shifted():
    x = torch.randn(50, 2)
    score = rivalry.make("metric", "mean_distance", features="pixels").compute(x, x + torch.tensor([3.0, 4.0]))
    assert score.value == pytest.approx(5, rel=1e-5)
