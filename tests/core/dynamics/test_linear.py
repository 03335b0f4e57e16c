"""The Dirac game's linear part, row by row, against eigenvalues that were worked out by hand.

Two sides pull with b'(0) and g'(0) at the fakes' score and a penalty's second derivative is k, so the field's Jacobian
is [[0, -g'], [-b', -k]]; the numbers below are its closed-form eigenvalues, not the program's.

Mutations caught: the velocity's sign dropped; the penalty's weight ignored; differences compared at one scale only; the
resting bias looked for on one side.
"""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import rivalry as rv
from rivalry.dynamics import dirac
from rivalry.dynamics.bias import pull, resting
from rivalry.dynamics.field import Flow
from rivalry.dynamics.game import Setting
from rivalry.dynamics.linear import linearised


def made(name, **said):
    return rv.make("objective", name, **said)


def penalty(name, **said):
    return rv.make("penalty", name, **said)


def found(objective, *penalties, bias=None, **said):
    """Eigenvalues of the linear part; `bias` as in `dirac`."""
    setting = Setting(objective, penalties, **said)
    if bias is not None:
        rest = resting(setting) if isinstance(bias, str) else bias
        setting = Setting(objective, penalties, bias=rest, learned=bias == "learned", **said)
    linear = linearised(Flow(setting))
    assert linear.smooth
    return linear.eigenvalues


def same(values, wanted):
    """Equal as sets with multiplicity; a double eigenvalue is known to half the digits only."""
    rest = list(map(complex, wanted))
    assert len(values) == len(rest)
    for value in values:
        nearest = min(rest, key=lambda other: abs(other - value))
        assert abs(nearest - value) < 1e-6, f"{values} are not {wanted}"
        rest.remove(nearest)
    return True


def turning(rate):
    return [1j * rate, -1j * rate]


ALONE = [
    ("minimax", {}, 0.5),
    ("non_saturating", {}, 0.5),
    ("wasserstein", {}, 1),
    ("hinge", {}, 1),
    ("relativistic", {}, 0.5),
    ("relativistic", {"pairing": "average"}, 1),
    ("logit", {}, math.sqrt(0.5)),
]


@pytest.mark.parametrize(("name", "said", "rate"), ALONE)
def test_no_objective_alone_does_more_than_turn(name, said, rate):
    assert same(found(made(name, **said)), turning(rate))


PULLS = {
    "kl": 1, "reverse_kl": 1, "pearson": 1, "neyman": 1, "squared_hellinger": 1, "jeffreys": 1,
    "js": 0.5, "gan": 0.5, "total_variation": 0.5,
}  # fmt: skip


@pytest.mark.parametrize("divergence", PULLS)
def test_an_f_divergence_turns_at_the_slope_of_its_output_at_the_threshold(divergence):
    assert same(found(made("f_divergence", divergence=divergence), bias="rest"), turning(PULLS[divergence]))


@pytest.mark.parametrize("alpha", [0.2, 0.5])
def test_an_alpha_divergence_turns_by_its_closed_form(alpha):
    objective = made("f_divergence", divergence={"use": "alpha", "alpha": alpha})
    assert same(found(objective, bias="rest"), turning(1 - math.exp(-1 / (1 - alpha))))


@pytest.mark.parametrize(
    ("said", "rest", "values"),
    [
        ({}, 0.5, [-2, 0.5j, -0.5j]),
        ({"fake": -1.0, "target": 0.0}, 0.0, [-2, 0, 0]),
        ({"fake": -1.0, "target": 1.0}, 0.0, [-2, 1j, -1j]),
        ({"real": 2.0, "fake": 0.0, "target": 5.0}, 1.0, [-2, 2j, -2j]),
    ],
)
def test_least_squares_with_a_learned_bias(said, rest, values):
    """{-2, +-i sqrt((b - a)/2 (c - (a + b)/2))}, the bias at (a + b)/2."""
    objective = made("lsgan", **said)
    assert resting(Setting(objective)) == pytest.approx(rest)
    assert same(found(objective, bias="learned"), values)


def test_a_learned_bias_of_the_non_saturating_game_settles_at_half_the_rate():
    assert same(found(made("non_saturating"), bias="learned"), [-0.5, 0.5j, -0.5j])


def test_generators_that_are_content_at_the_middle_leave_a_degenerate_game():
    """boundary_seeking and softmax: the generator's slope at equal scores is 0, so J = [[0, 0], [-1/2, 0]]."""
    for name in ("boundary_seeking", "softmax"):
        assert same(found(made(name)), [0, 0])


def roots(trace, determinant):
    return np.roots([1, -trace, determinant])


@pytest.mark.parametrize("name", ["r1", "r2"])
@pytest.mark.parametrize("gamma", [0.3, 1.0, 4.0])
def test_a_zero_centred_penalty_damps_the_critic(name, gamma):
    values = roots(-gamma, 0.25)
    assert same(found(made("non_saturating"), (penalty(name), gamma)), values)
    assert same(found(made("minimax"), (penalty(name), gamma)), values)
    assert same(found(made("wasserstein"), (penalty(name), gamma)), roots(-gamma, 1))


def test_critical_damping_is_at_gamma_one():
    assert same(found(made("non_saturating"), (penalty("r1"), 1.0)), [-0.5, -0.5])


def test_two_penalties_add_up():
    both = (penalty("r1"), 0.4), (penalty("r2"), 0.4)
    assert same(found(made("relativistic"), *both), [-0.4 + math.sqrt(0.09) * 1j, -0.4 - math.sqrt(0.09) * 1j])


@given(st.floats(0.1, 3.0))
@settings(deadline=None, max_examples=8)
def test_zero_centred_interpolates_damp_twice_as_much_as_r1(weight):
    assert same(found(made("non_saturating"), (penalty("gradient", target=0), weight)), roots(-2 * weight, 0.25))


@pytest.mark.parametrize("sigma", [0.5, 1.0, 2.0])
def test_instance_noise_damps_by_half_its_variance(sigma):
    for name in ("non_saturating", "minimax"):
        assert same(found(made(name), noise=sigma), roots(-(sigma**2) / 2, 0.25))


def test_noise_tells_a_linear_critic_nothing():
    assert same(found(made("wasserstein"), noise=3.0), turning(1))


@pytest.mark.parametrize("tau", [0.25, 4.0])
def test_a_faster_discriminator_turns_faster_and_only_a_penalty_converges(tau):
    assert same(found(made("wasserstein"), ratio=tau), turning(math.sqrt(tau)))
    assert same(found(made("wasserstein"), (penalty("r1"), 1.0), ratio=tau), roots(-tau, tau))


def test_one_sided_and_high_powers_say_nothing_to_first_order():
    assert same(found(made("wasserstein"), (penalty("gradient", sided="one"), 10.0)), turning(1))
    assert same(found(made("wasserstein"), (penalty("gradient", target=0, exponent=6), 2.0)), turning(1))


def test_lecam_says_nothing_to_first_order():
    assert same(found(made("wasserstein"), (penalty("lecam"), 1.0)), turning(1))


@pytest.mark.parametrize("said", [{}, {"at": "perturbed"}])
@pytest.mark.parametrize("weight", [0.1, 10.0])
@pytest.mark.parametrize("dimension", [1, 2])
def test_a_norm_pulled_to_one_is_not_smooth_where_it_is_zero(said, weight, dimension):
    setting = Setting(made("wasserstein"), ((penalty("gradient", **said), weight),), dimension)
    linear = linearised(Flow(setting))
    assert not linear.smooth
    assert linear.eigenvalues == ()
    assert linear.gap > 1e-3


def test_in_two_dimensions_everything_comes_twice():
    assert same(found(made("wasserstein"), (penalty("r1"), 1.0), dimension=2), [*roots(-1, 1)] * 2)


def test_differences_see_what_a_penalty_detaches():
    """A cost m s_f of the fake score has the mixed slope m by theta and psi, and detaches its samples."""

    class Blind(rv.Penalty):
        name = paper = "blind"

        def forward(self, judge, real, fake, **draw):
            return judge(fake.detach()).mean()

    linear = linearised(Flow(Setting(made("wasserstein"), ((Blind(), 0.75),))))
    assert linear.smooth
    assert linear.blind
    assert same(linear.eigenvalues, turning(math.sqrt(1.75)))
    report = dirac(made("wasserstein"), [(Blind(), -1.75)])
    assert "something is detached" in report.notes[0]


@pytest.mark.parametrize(("name", "rest"), [("wasserstein", 0.0), ("hinge", 0.0), ("began", None)])
def test_where_a_bias_rests(name, rest):
    assert resting(Setting(made(name))) == rest


def test_the_bias_of_kl_rests_where_its_output_is_one():
    setting = Setting(made("f_divergence", divergence="kl"))
    assert resting(setting) == pytest.approx(1.0)
    assert pull(setting, 0.0) == pytest.approx(math.exp(-1) - 1)


def test_the_matrix_is_of_the_stated_form():
    linear = linearised(Flow(Setting(made("logit"), ((penalty("r1"), 3.0),))))
    wanted = torch.tensor([[0, 1], [-0.5, -3]], dtype=torch.float64)
    assert torch.allclose(linear.matrix, wanted)
    assert torch.allclose(linear.forward, wanted, atol=1e-4)
    assert torch.allclose(linear.backward, wanted, atol=1e-4)
