"""What holds for every objective: finite everywhere, blind to the scores' layout and order, differentiable.

Mutations that turn this red: squares in half precision (lsgan, relativistic); log(sigmoid(s)) in two steps (minimax).
"""

from itertools import product

import pytest
import torch

from rivalry.interfaces import Objective
from rivalry.marks import ComparesScores
from rivalry_zoo.divergences.rows import GAN, JS, Pearson, TotalVariation
from rivalry_zoo.objectives.boundary_seeking import BoundarySeeking
from rivalry_zoo.objectives.dual_space import DualSpace
from rivalry_zoo.objectives.f_divergence import FDivergence
from rivalry_zoo.objectives.hinge import Hinge
from rivalry_zoo.objectives.logit import Logit
from rivalry_zoo.objectives.lsgan import LeastSquares
from rivalry_zoo.objectives.minimax import Minimax
from rivalry_zoo.objectives.non_saturating import NonSaturating
from rivalry_zoo.objectives.relativistic import Relativistic
from rivalry_zoo.objectives.softmax import Softmax
from rivalry_zoo.objectives.wasserstein import Wasserstein

FORMS = product(["logistic", "hinge", "least_squares"], ["paired", "average"])
GAMES = [Minimax(), NonSaturating(), Hinge(), LeastSquares(), LeastSquares(1.0, -1.0, 0.0), Wasserstein()]
GAMES += [Relativistic(*form) for form in FORMS]
GAMES += [
    Logit(),
    BoundarySeeking(),
    Softmax(),
    *(DualSpace(pair) for pair in ("logistic", "chi_square", "least_squares")),
]
# rows whose conjugate is an exponential overflow at extreme scores, as their docstrings say
GAMES += [FDivergence(row, other) for row in (GAN(), JS(), Pearson(), TotalVariation()) for other in (False, True)]
every_game = pytest.mark.parametrize("game", GAMES, ids=repr)


def both(game: Objective, real, fake):
    """Both players' losses; the generator sees the real scores only where the objective asks for them."""
    seen = real if isinstance(game, ComparesScores) else None
    return game.discriminator_loss(real, fake), game.generator_loss(seen, fake)


@every_game
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_losses_and_gradients_are_finite_at_extreme_scores(game, dtype, device):
    for sign in (1, -1):
        real = torch.tensor([1e4, -1e4, 1e4, 0.0], dtype=dtype, device=device).mul(sign).requires_grad_()
        fake = torch.tensor([-1e4, -1e4, 1e4, 1e4], dtype=dtype, device=device).mul(sign).requires_grad_()
        for loss in both(game, real, fake):
            assert loss.shape == ()
            assert loss.isfinite()
            gradients = torch.autograd.grad(loss, [real, fake], allow_unused=True, retain_graph=True)
            assert all(g.isfinite().all() for g in gradients if g is not None)


@every_game
@pytest.mark.parametrize("shape", [(8, 1), (8, 1, 1, 1), (2, 4), (2, 1, 2, 2)])
def test_losses_do_not_depend_on_the_layout_of_scores(game, shape, device):
    real, fake = torch.randn(2, 8, dtype=torch.float64, device=device)
    expected = both(game, real, fake)
    torch.testing.assert_close(both(game, real.reshape(shape), fake.reshape(shape)), expected)


@every_game
def test_a_vector_beside_a_column_does_not_broadcast(game):
    real, fake = torch.randn(2, 8, dtype=torch.float64)
    torch.testing.assert_close(both(game, real, fake.unsqueeze(1)), both(game, real, fake))


@every_game
def test_a_list_of_scales_is_their_mean(game):
    scales = [torch.randn(2, 4, 1, size, size, dtype=torch.float64) for size in (1, 2, 3)]
    lists = [real for real, _ in scales], [fake for _, fake in scales]
    for turn, loss in enumerate(both(game, *lists)):
        singles = [both(game, real, fake)[turn].item() for real, fake in scales]
        assert loss.item() == pytest.approx(sum(singles) / 3)


@every_game
def test_a_batch_of_one_works(game):
    for loss in both(game, torch.tensor([0.3]), torch.tensor([-0.2])):
        assert loss.isfinite()


@every_game
def test_the_order_of_the_batch_does_not_matter(game):
    real, fake = torch.randn(2, 8, dtype=torch.float64)
    order = torch.randperm(8)
    torch.testing.assert_close(both(game, real[order], fake[order]), both(game, real, fake))


@every_game
def test_both_derivatives_of_the_losses_are_right(game):
    draw = torch.Generator().manual_seed(1)
    real, fake = (torch.randn(5, dtype=torch.float64, generator=draw).requires_grad_() for _ in range(2))
    assert torch.autograd.gradcheck(lambda r, f: both(game, r, f), (real, fake))
    assert torch.autograd.gradgradcheck(game.discriminator_loss, (real, fake))


@every_game
def test_objectives_are_values(game):
    assert game == type(game)(
        **{name: getattr(game, name) for name in type(game).__annotations__ if name not in ("name", "paper")}
    )
    assert hash(game) is not None
