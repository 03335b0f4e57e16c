"""What holds for every objective of single scores: blind to the order of a batch, differentiable twice, a value.

Mutations that turn this red: a score weighted by its place in the batch; a loss that detaches its own scores. Numbers
and layouts are test_numerics'.
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
