"""What holds for every installed objective, in each of its forms: finite, whatever the precision; blind to the scores'
layout; of a batch of one too, or refused in words; and without a gradient for whoever does not play.

Mutations that turn this red: squares in half precision (lsgan, boundary_seeking); `_by_sample` left out of the core.
"""

from itertools import product
from typing import Annotated, Literal, get_args, get_origin

import pytest
import torch

from rivalry.interfaces import Objective
from rivalry.marks import ComparesScores, SeesSamples
from rivalry.plugins import plugins
from rivalry.signature import parameters
from rivalry_zoo.divergences.rows import Alpha

MOVED = {"began": {"balance": 0.5}, "ebgan": {"margin": 2.0}}
"""Numbers that games are played with, where they begin at one that leaves a term out."""
OVERFLOW = {
    ("dual_space", "exponential"): "phi and psi are exp(|t|)",
    ("dual_space", "kl"): "psi is exp(t - 1)",
    ("f_divergence", "kl"): "f* is exp(v - 1)",
    ("f_divergence", "reverse_kl"): "g is -exp(-v)",
    ("f_divergence", "neyman"): "g is 1 - exp(-v)",
    ("f_divergence", "squared_hellinger"): "g is 1 - exp(-v), f* exp(v) - 1",
    ("f_divergence", "jeffreys"): "f* is 1/w with 1/w = exp(v) for large v",
    ("f_divergence", "alpha=0.5"): "f* is a power of 1/sp(-v)",
}
"""The forms that overflow far from 0, as their docstrings say, and why."""
STEEP = {
    ("fisher", ""): "the slope grows with the cube of the score",
    ("mcgan", "covariance"): "the slope is the score times as many scores as are judged",
    ("mcgan", "both"): "as of the covariance",
}
"""The forms whose slope there is finite, but larger than any number of float16 (65504), in which gradients arrive."""


def forms():
    """Every objective of the table, once for each combination of its choices."""
    table = plugins().table()
    for name, (component, _) in table["objective"].items():
        choices = {}
        for key, parameter in parameters(component).items():
            bare = get_args(parameter.annotation)[0] if get_origin(parameter.annotation) is Annotated else None
            kind = bare or parameter.annotation
            if get_origin(kind) is Literal:
                choices[key] = get_args(kind)
            elif kind is bool:
                choices[key] = (False, True)
            elif parameter.part is not None and parameter.part.kind == "divergence":
                choices[key] = [*(row() for row, _ in table["divergence"].values()), Alpha(-1.0), Alpha(2.0)]
        for values in product(*choices.values()):
            try:
                game = component(**MOVED.get(name, {}), **dict(zip(choices, values)))
            except ValueError:  # choices that do not go together
                continue
            words = [getattr(value, "name", str(value)) for value in values]
            words = [f"alpha={v.alpha:g}" if isinstance(v, Alpha) else w for v, w in zip(values, words)]
            yield pytest.param(game, {(name, word) for word in ["", *words]}, id="-".join([name, *words]))


ALL = list(forms())
every_game = pytest.mark.parametrize("game", [pytest.param(param.values[0], id=param.id) for param in ALL])


def drawn(n, game, dtype=torch.float64, device="cpu"):
    """Real and fake scores, [n] or vectors [n, k], and the samples [n, 3] that they are of."""
    shape = (n,) if game.scores == 1 else (n, game.scores)
    scores = torch.randn(2, *shape, dtype=torch.float64).to(device, dtype).unbind()
    samples = torch.randn(2, n, 3, dtype=torch.float64).to(device, dtype).unbind()
    return *scores, samples


def both(game: Objective, real, fake, samples):
    """Both players' losses; each sees what its marks ask for."""
    seen = {"samples": samples} if isinstance(game, SeesSamples) else {}
    own = real if isinstance(game, ComparesScores) else None
    return game.discriminator_loss(real, fake, **seen), game.generator_loss(own, fake, **seen)


def slopes(loss, tensors):
    return torch.autograd.grad(loss, tensors, allow_unused=True, materialize_grads=True, retain_graph=True)


@pytest.mark.parametrize(("game", "keys"), ALL)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_losses_and_gradients_are_finite_at_extreme_scores_unless_they_say_not(game, keys, dtype, device):
    *_, samples = drawn(4, game, dtype, device)
    values, gradients = [], []
    for sign in (1, -1):
        real, fake = (
            torch.tensor(row, dtype=dtype, device=device).mul(sign).requires_grad_()
            for row in ([1e4, -1e4, 1e4, 0.0], [-1e4, -1e4, 1e4, 1e4])
        )
        scores = (real, fake) if game.scores == 1 else (s[:, None].repeat(1, game.scores) for s in (real, fake))
        for loss in both(game, *scores, samples):
            assert loss.shape == ()
            values.append(loss)
            gradients += slopes(loss, [real, fake])
    overflows = not keys.isdisjoint(OVERFLOW)
    steep = dtype == torch.float16 and not keys.isdisjoint(STEEP)
    assert all(value.isfinite() for value in values) == (not overflows)
    assert all(gradient.isfinite().all() for gradient in gradients) == (not overflows and not steep)


@every_game
def test_losses_do_not_depend_on_the_layout_of_scores(game):
    real, fake, samples = drawn(8, game)
    expected = both(game, real, fake, samples)
    if game.scores > 1:
        layouts = [(8, -1, 1, 1), (8, 1, -1)]
    elif isinstance(game, SeesSamples):  # one score a sample
        layouts = [(8, 1), (8, 1, 1, 1)]
    else:
        layouts = [(8, 1), (8, 1, 1, 1), (2, 4), (2, 1, 2, 2)]
    for shape in layouts:
        torch.testing.assert_close(both(game, real.reshape(shape), fake.reshape(shape), samples), expected)
    other = fake.reshape(layouts[0])  # a vector beside a column: never [N, N]
    torch.testing.assert_close(both(game, real, other, samples), expected)


@every_game
def test_a_list_of_scales_is_their_mean(game):
    scales, (*_, samples) = [drawn(6, game)[:2] for _ in range(3)], drawn(6, game)
    lists = [real for real, _ in scales], [fake for _, fake in scales]
    for turn, loss in enumerate(both(game, *lists, samples)):
        singles = [both(game, real, fake, samples)[turn].item() for real, fake in scales]
        assert loss.item() == pytest.approx(sum(singles) / 3)


@every_game
def test_a_batch_of_one_works_or_is_refused_in_words(game):
    refusal, losses = "", ()
    try:
        losses = both(game, *drawn(1, game))
    except ValueError as error:
        refusal = str(error)
    assert len(refusal.split()) > 4 or all(loss.isfinite() for loss in losses or [torch.tensor(torch.nan)])


@every_game
def test_a_detached_player_receives_nothing_and_the_other_something(game):
    critic = torch.randn(3, game.scores, dtype=torch.float64, requires_grad=True)
    maker = torch.randn(3, 3, dtype=torch.float64, requires_grad=True)
    real, latent = torch.randn(2, 8, 3, dtype=torch.float64)
    fake = torch.tanh(latent @ maker)
    loss, _ = both(game, real @ critic, fake.detach() @ critic, (real, fake.detach()))
    by_critic, by_maker = slopes(loss, [critic, maker])
    assert by_critic.any()
    assert not by_maker.any()
    _, loss = both(game, real @ critic.detach(), fake @ critic.detach(), (real, fake))
    by_critic, by_maker = slopes(loss, [critic, maker])
    assert by_maker.any()
    assert not by_critic.any()


def test_every_form_that_is_excused_is_in_the_table():
    assert set().union(*(param.values[1] for param in ALL)) >= {*OVERFLOW, *STEEP}
