"""One step of real optimisers and orders, against the closed-form spectral radii of the linear rotation.

The Wasserstein game is the rotation with a = 1; the radii below are those of the textbook formulas.

Mutations caught: one player's turn left out; the optimiser's momentum left out of the state; the ratio given to both
players.
"""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import rivalry as rv
from rivalry.dynamics import Method, dirac, turns
from rivalry.dynamics.game import Games, Setting
from rivalry.dynamics.method import discrete
from rivalry.dynamics.seat import Seat
from rivalry.errors import RunError

W = Setting(rv.make("objective", "wasserstein"))
SGD = rv.make("optimizer", "sgd")
NS = rv.make("objective", "non_saturating")
R1 = rv.make("penalty", "r1")
steps = settings(deadline=None, max_examples=5)
rates = st.floats(0.05, 0.9)


def radius(h, order="alternating", setting=W, optimizer=SGD, **said):
    order = rv.make("order", order, **said) if order in ("simultaneous", "extragradient", "optimistic", "consensus") \
        else turns(order)  # fmt: skip
    found = discrete(Method(optimizer, order, h), setting)
    assert found.radius is not None, found.reason
    assert found.radius == abs(found.eigenvalues[0])
    return found.radius


@given(rates)
@steps
def test_simultaneous_steps_grow(h):
    assert radius(h, "simultaneous") == pytest.approx(math.sqrt(1 + h * h))


@pytest.mark.parametrize("h", [0.1, 1.0, 1.9])
@pytest.mark.parametrize("order", ["alternating", "generator, discriminator"])
def test_alternating_steps_keep_the_distance(h, order):
    assert radius(h, order) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(("order", "n"), [("alternating", 1), ("discriminator * 5, generator", 5)])
def test_alternating_steps_diverge_beyond_two_over_the_root_of_the_turns(order, n):
    assert radius(1.95 / math.sqrt(n), order) == pytest.approx(1, abs=1e-6)
    assert radius(2.05 / math.sqrt(n), order) > 1.1


@given(rates)
@steps
def test_extragradient_shrinks(h):
    assert radius(h, "extragradient", step=h) == pytest.approx(math.sqrt(1 - h**2 + h**4))


@given(st.floats(0.05, 0.7))
@steps
def test_optimism_shrinks_below_one_over_root_three(h):
    """w <- w - 2 h J w + h J w_before: eigenvalues z of z^2 = (1 - 2 i h) z + i h."""
    wanted = max(abs(np.roots([1, -(1 - 2j * h), -1j * h])))
    assert radius(h, "optimistic") == pytest.approx(wanted, rel=1e-6)
    assert (wanted < 1) == (h < 1 / math.sqrt(3))


def test_optimism_at_the_published_point():
    assert radius(0.3, "optimistic") == pytest.approx(0.9487, abs=1e-4)


@given(rates, st.floats(0.1, 1.0))
@steps
def test_consensus_damps_by_its_weight(h, weight):
    assert radius(h, "consensus", weight=weight) == pytest.approx(abs(1 - h * weight + 1j * h))


@pytest.mark.parametrize("gamma", [0.5, 1.0, 3.0])
def test_simultaneous_steps_of_any_game_are_one_plus_h_times_its_eigenvalues(gamma):
    setting = Setting(NS, ((R1, gamma),))
    wanted = max(abs(1 + 0.1 * np.roots([1, gamma, 0.25])))
    assert radius(0.1, "simultaneous", setting) == pytest.approx(wanted, abs=1e-6)


def test_critical_damping_at_a_tenth():
    assert radius(0.1, "simultaneous", Setting(NS, ((R1, 1.0),))) == pytest.approx(0.95, abs=1e-4)


@pytest.mark.parametrize("momentum", [0.5, 0.9])
def test_momentum_is_part_of_the_state(momentum):
    """w <- w - h b, b <- momentum b + v: eigenvalues z of (z - 1)(z - momentum) + i h z = 0."""
    wanted = max(abs(np.roots([1, -(1 + momentum) + 0.1j, momentum])))
    assert radius(0.1, "simultaneous", optimizer=rv.make("optimizer", "sgd", momentum=momentum)) == pytest.approx(
        wanted
    )


def test_the_ratio_is_the_discriminators_alone():
    setting = Setting(W.objective, ratio=4.0)
    assert radius(0.1, "simultaneous", setting) == pytest.approx(math.sqrt(1 + 0.01 * 4))


def test_adam_has_no_linear_part_at_rest_and_is_tried_instead():
    found = discrete(Method(rv.make("optimizer", "adam"), lr=0.01), Setting(NS, ((R1, 1.0),)))
    assert found.radius is None
    assert "no linear part" in found.reason
    assert 0.9 < found.factor < 1.1


def test_clipped_weights_do_not_converge_and_stay_within_the_clip():
    clipped = rv.make("optimizer", "weight_clip", optimizer="sgd", limit=0.5)
    assert radius(0.1, "simultaneous", optimizer=clipped) == pytest.approx(math.sqrt(1.01))
    games = Games(W)
    seat = Seat(games, clipped, turns("alternating"), 0.1)
    games.place(torch.tensor([[0.5, 0.0]], dtype=torch.float64))
    psi = [abs(_played(seat)[1]) for _ in range(300)]
    assert max(psi) <= 0.5
    assert max(psi[-80:]) > 0.2


def _played(seat):
    seat.play()
    return seat.games.points()[0].tolist()


def test_a_player_whose_losses_are_asked_for_moves_alone():
    games = Games(Setting(NS, ((R1, 1.0),)))
    games.place(torch.tensor([[0.3, 0.8]], dtype=torch.float64))
    seat = Seat(games, SGD, turns("alternating"), 0.1)
    gradients = seat.gradients()
    for name, own in seat.parameters().items():
        (found,) = torch.autograd.grad(seat.losses(of=name), own)
        assert torch.equal(found, gradients[name][0])


def test_the_method_is_named_in_the_report():
    found = dirac(NS, ratio=2.0, method=Method(SGD, turns("discriminator * 2, generator"), 0.1)).method
    assert found.words == ("sgd, lr 0.1, the discriminator's 2 times that, discriminator, discriminator, generator")


@pytest.mark.parametrize("text", ["critic, generator", "discriminator * 0, generator", "discriminator,", ""])
def test_turns_that_are_none_are_refused(text):
    with pytest.raises(RunError, match="wanted turns such as"):
        turns(text)
