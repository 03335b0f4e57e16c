"""What becomes of trajectories where the linear part decides nothing, against closed forms and published fates.

Mutations caught: a limit cycle called a cycle; rest points looked for in the last state only; Runge and Kutta's second
stage taken at the old state; the verdict read off the farthest start (by the last but one test).
"""

import math

import numpy as np
import pytest
import torch

import rivalry as rv
from rivalry.dynamics import dirac
from rivalry.dynamics.field import Flow
from rivalry.dynamics.game import Setting
from rivalry.dynamics.paths import travel


def made(name, **said):
    return rv.make("objective", name, **said)


def gradient(weight, **said):
    return rv.make("penalty", "gradient", **said), weight


W, NS = made("wasserstein"), made("non_saturating")


def test_the_non_saturating_game_decays_algebraically():
    """Averaged, d r^2 / dt = -r^4 / 8: r^2 = 1 / (1 / r0^2 + t / 8), whatever the start."""
    verdict = dirac(NS).verdict
    assert verdict.kind == "algebraic"
    assert verdict.rate == pytest.approx(0, abs=1e-9)
    assert verdict.paths.time >= 200
    for start, radius in zip((0.5, 1, 2), verdict.paths.radii[-1].tolist(), strict=True):
        assert radius == pytest.approx((1 / start**2 + verdict.paths.time / 8) ** -0.5, rel=0.03)


def test_minimax_keeps_its_distance_and_a_mirrored_pair_does_not():
    verdict = dirac(made("minimax")).verdict
    assert verdict.kind == "cycles"
    assert verdict.paths.radii[-1].tolist() == pytest.approx([0.5, 1, 2], rel=0.01)
    assert dirac(made("relativistic")).verdict.kind == "algebraic"


def test_wasserstein_goes_in_circles_at_unit_speed():
    flow = Flow(Setting(W))
    paths = travel(flow, torch.tensor([[1.0, 0.0]], dtype=torch.float64), rotation=1.0, time=7.0)
    times = np.arange(len(paths.points)) * paths.step
    wanted = np.stack([np.cos(times), -np.sin(times)], 1)
    assert np.abs(paths.points[:, 0].numpy() - wanted).max() < 3e-4  # a phase error of h^4 t / 120
    assert paths.turns(0) == pytest.approx(paths.time / (4 * math.pi), rel=0.05)


def test_a_gradient_penalty_below_one_ends_on_a_limit_cycle():
    verdict = dirac(W, [gradient(0.5)]).verdict
    assert verdict.kind == "limit cycle"
    assert verdict.rate is None
    late = verdict.paths.envelope(0.8, 1)
    assert late.tolist() == pytest.approx([late[0].item()] * 3, rel=0.02)
    assert late.min() > 1  # theta must pass 2 lambda g_0 = 1 before psi can change its sign


@pytest.mark.parametrize("weight", [1.0, 4.0])
def test_a_gradient_penalty_from_one_on_stops_at_spurious_points(weight):
    """theta = +-2 lambda g_0, psi -> 0: there the penalty's pull cancels the game's."""
    verdict = dirac(W, [gradient(weight)]).verdict
    assert verdict.kind == "spurious"
    for theta, psi in verdict.rests:
        assert abs(theta) == pytest.approx(2 * weight, rel=0.01)
        assert abs(psi) < 0.02


def test_dragan_stops_twice_as_far():
    """Half the slope of the non-saturating game: theta = +-4 lambda k."""
    verdict = dirac(NS, [gradient(1.0, at="perturbed")]).verdict
    assert verdict.kind == "spurious"
    assert {abs(round(theta, 1)) for theta, _ in verdict.rests} == {4.0}


def test_in_two_dimensions_a_gradient_penalty_ends_on_a_circle():
    """|theta| = |psi| = g_0."""
    verdict = dirac(W, [gradient(0.5)], dimension=2).verdict
    assert verdict.kind == "limit cycle"
    ends = verdict.paths.points[-1]
    assert torch.allclose(ends[:, :2].norm(dim=1), torch.ones(3, dtype=torch.float64), atol=0.02)
    assert torch.allclose(ends[:, 2:].norm(dim=1), torch.ones(3, dtype=torch.float64), atol=0.02)


def test_a_one_sided_penalty_leaves_the_orbits_inside_alone():
    verdict = dirac(W, [gradient(1.0, sided="one")]).verdict
    assert verdict.kind == "cycles"
    assert "marginal" in verdict.words
    inside, _, outside = verdict.paths.radii[-1].tolist()
    assert inside == pytest.approx(0.5, rel=0.01)
    assert outside == pytest.approx(1.0, rel=0.02)


def test_the_wasserstein_divergence_converges_polynomially():
    """d r^2 / dt = -2 k p |psi|^p: averaged, with p = 6 and k = 2, r^-4 = r0^-4 + 15 t."""
    verdict = dirac(W, [gradient(2.0, target=0, exponent=6)]).verdict
    assert verdict.kind == "algebraic"
    for start, radius in zip((0.5, 1, 2), verdict.paths.radii[-1].tolist(), strict=True):
        assert radius == pytest.approx((start**-4 + 15 * verdict.paths.time) ** -0.25, rel=0.05)


def test_the_degenerate_coding_of_least_squares_is_flagged():
    report = dirac(made("lsgan", fake=-1.0, target=0.0), bias="learned")
    assert "2 of 3 vanish (degenerate)" in report.verdict.words
    assert report.verdict.kind == "spurious"
    assert all(abs(theta) < 1e-2 and abs(bias) < 1e-2 for theta, _, bias in report.verdict.rests)


def test_least_squares_without_the_bias_it_needs_says_so():
    assert "would move a bias to 0.5" in dirac(made("lsgan")).notes[0]


def test_the_nearest_start_decides_and_what_happens_farther_away_is_added():
    """Pearson's pull b'(s) = 1 + s / 2 is 0 at s = theta psi = -2: rest points that near orbits do not reach."""
    verdict = dirac(made("f_divergence", divergence="pearson")).verdict
    assert verdict.kind == "cycles"
    assert "from farther away it comes to rest at" in verdict.words
    ((theta, psi),) = verdict.rests
    assert theta * psi == pytest.approx(-2, abs=0.03)


def test_damping_is_exponential_and_its_reversal_diverges():
    r1 = rv.make("penalty", "r1")
    verdict = dirac(NS, [(r1, 0.5)]).verdict
    assert (verdict.kind, verdict.rate) == ("exponential", pytest.approx(-0.25))
    assert verdict.words == "converges exponentially, like exp(-0.25 t)"
    verdict = dirac(NS, [(r1, -0.5)]).verdict
    assert (verdict.kind, verdict.rate) == ("diverges", pytest.approx(0.25))
