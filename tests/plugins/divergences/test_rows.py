"""Every row of the table against the divergence it claims (scipy's) and the conjugate that an optimiser finds.

Mutations that turn this red, a row each: exp(v) for exp(v - 1) in kl; v + 1 in reverse_kl; the sign of log 2 in js's
conjugate; f without its + 1 in gan; v^2 / 2 in pearson; exp(-v) for exp(-v / 2) in neyman; g = 1 - exp(-2 v) in
squared_hellinger; no half in total_variation's g; -log w left out of jeffreys; power 1 / (alpha - 1) in alpha;
expm1 for exp - 1, which loses the small slopes.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.spatial.distance import jensenshannon
from scipy.special import rel_entr, wrightomega
from scipy.stats import chisquare

import oracles
from rivalry import SpecError
from rivalry.making import make
from rivalry_zoo.divergences.rows import (
    GAN,
    JS,
    KL,
    Alpha,
    Jeffreys,
    Neyman,
    Pearson,
    ReverseKL,
    SquaredHellinger,
    TotalVariation,
)


def renyi(alpha):
    return lambda p, q: (np.sum(p**alpha * q ** (1 - alpha)) - 1) / (alpha * (alpha - 1))


MEASURED = {
    KL(): lambda p, q: rel_entr(p, q).sum(),
    ReverseKL(): lambda p, q: rel_entr(q, p).sum(),
    JS(): lambda p, q: 2 * jensenshannon(p, q) ** 2,
    GAN(): lambda p, q: 2 * jensenshannon(p, q) ** 2 - np.log(4),
    Pearson(): lambda p, q: chisquare(p, q).statistic,
    Neyman(): lambda p, q: chisquare(q, p).statistic,
    SquaredHellinger(): lambda p, q: 2 - 2 * np.sqrt(p * q).sum(),
    TotalVariation(): oracles.tv,
    Jeffreys(): lambda p, q: rel_entr(p, q).sum() + rel_entr(q, p).sum(),
    **{Alpha(alpha): renyi(alpha) for alpha in (-1.0, 0.25, 0.5, 1.5, 2.0, 3.0)},
}
"""Row -> the divergence of two laws."""
FAR = {  # output at -1e4 and 1e4, then the conjugate: whether it is finite in float32
    "kl": (True, True, True, False),
    "reverse_kl": (False, True, True, True),
    "neyman": (False, True, False, True),
    "squared_hellinger": (False, True, True, False),
    "jeffreys": (True, True, True, False),
    "alpha between 0 and 1": (True, True, True, False),
}
every_row = pytest.mark.parametrize("row", MEASURED, ids=repr)


def f(row, u):
    return row.f(torch.tensor(u, dtype=torch.float64)).numpy()


def output(row, v):
    return row.output(torch.tensor(v, dtype=torch.float64)).numpy()


def conjugate(row, v):
    return row.conjugate_of_output(torch.tensor(v, dtype=torch.float64)).numpy()


@every_row
@settings(max_examples=10)
@given(oracles.counts())
def test_f_generates_the_divergence(row, pair):
    p, q = map(oracles.law, pair)
    assert q @ f(row, p / q) == pytest.approx(MEASURED[row](p, q), abs=1e-7)
    assert q @ f(row, p / q) >= f(row, 1.0) - 1e-12


@every_row
def test_f_is_convex_and_no_distance_lies_between_equal_laws(row):
    u = np.linspace(1e-3, 20, 2001)
    assert (np.diff(f(row, u), 2) > -1e-9).all()
    assert f(row, 1.0) == pytest.approx(-np.log(4) if row == GAN() else 0, abs=1e-12)


@every_row
@pytest.mark.parametrize("v", [-2.0, -1.3, -0.4, 0.0, 0.7, 2.0, 5.0])
def test_composed_conjugate_is_the_one_that_an_optimiser_finds(row, v):
    t = float(output(row, v))

    def short(logarithm):
        u = np.exp(logarithm)
        return float(f(row, u)) - u * t

    found = minimize_scalar(short, bounds=(-30, 30), method="bounded", options={"xatol": 1e-11})
    assert conjugate(row, v) == pytest.approx(-found.fun, rel=1e-6, abs=1e-7)


def test_pearsons_conjugate_goes_on_below_the_ratios_and_stays_a_bound():
    v = np.linspace(-50, -2, 25)
    assert (conjugate(Pearson(), v) >= -1).all()  # what sup over u >= 0 is there
    assert conjugate(Pearson(), -2.0) == -1


def test_alphas_conjugate_is_constant_below_the_ratios():
    for alpha in (1.5, 2.0, 3.0):
        v = torch.linspace(-9, -1.01 / (alpha - 1), 9, dtype=torch.float64, requires_grad=True)
        reached = Alpha(alpha).conjugate_of_output(v)
        np.testing.assert_allclose(reached.detach(), -1 / alpha)
        (slope,) = torch.autograd.grad(reached.sum(), v, create_graph=True)
        assert not slope.any()
        assert not torch.autograd.grad(slope.sum(), v)[0].any()


@every_row
@settings(max_examples=10)
@given(low=st.floats(-12, 12), gap=st.floats(0.01, 3))
def test_output_increases_within_the_domain(row, low, gap):
    assert output(row, low) < output(row, low + gap)
    top = {
        "reverse_kl": 0, "js": np.log(2), "gan": 0, "neyman": 1, "squared_hellinger": 1, "total_variation": 0.5,
        "alpha": 1 / (1 - row.alpha) if row.name == "alpha" and row.alpha < 1 else np.inf,
    }.get(row.name, np.inf)  # fmt: skip
    assert output(row, low) < top
    assert output(row, -low) > (-0.5 if row.name == "total_variation" else -np.inf)


@every_row
def test_threshold_is_the_slope_of_f_at_one(row):
    step = 1e-6
    slope = (f(row, 1 + step) - f(row, 1 - step)) / (2 * step)
    assert row.threshold == pytest.approx(float(slope), abs=1e-6)


def test_jeffreys_conjugate_is_the_published_one_by_scipys_omega():
    v = np.linspace(-20, 20, 81)
    omega = wrightomega(1 - v)
    np.testing.assert_allclose(conjugate(Jeffreys(), v), omega + 1 / omega + v - 2, rtol=1e-10, atol=1e-10)


@settings(max_examples=10)
@given(oracles.counts(), st.sampled_from([(-1.0, Neyman(), 0.5), (0.5, SquaredHellinger(), 2), (2.0, Pearson(), 0.5)]))
def test_members_of_the_alpha_family_are_the_rows_they_are_known_by(pair, member):
    p, q = map(oracles.law, pair)
    alpha, row, factor = member
    assert q @ f(Alpha(alpha), p / q) == pytest.approx(factor * MEASURED[row](p, q), abs=1e-9)


@pytest.mark.parametrize(("alpha", "row"), [(1 + 1e-6, KL()), (1 - 1e-6, KL()), (1e-6, ReverseKL())], ids=repr)
def test_the_limits_of_the_alpha_family_are_the_two_kullback_leiblers(alpha, row):
    p, q = np.array([0.2, 0.3, 0.5]), np.array([0.6, 0.3, 0.1])
    assert q @ f(Alpha(alpha), p / q) == pytest.approx(MEASURED[row](p, q), abs=1e-5)


@pytest.mark.parametrize(("alpha", "instead"), [(0.0, "reverse_kl"), (1.0, "kl")])
def test_alpha_zero_and_one_are_refused_with_what_to_name(alpha, instead):
    with pytest.raises(ValueError, match=f"other than 0 and 1, got {alpha}; .* divergence '{instead}'"):
        Alpha(alpha)
    with pytest.raises(SpecError, match="other than 0 and 1"):
        make("objective", "f_divergence", divergence={"use": "alpha", "alpha": alpha})


@every_row
def test_far_scores_are_finite_or_infinite_as_documented_and_never_nan(row, device):
    far = torch.tensor([-1e4, 1e4], device=device)
    found = [value for each in (row.output(far), row.conjugate_of_output(far)) for value in each.cpu()]
    name = "alpha between 0 and 1" if row.name == "alpha" and 0 < row.alpha < 1 else row.name
    assert tuple(bool(value.isfinite()) for value in found) == FAR.get(name, (True,) * 4)
    assert not any(value.isnan() for value in found)


@pytest.mark.parametrize(
    ("function", "v", "expected"),
    [
        (Neyman().output, 40.0, np.exp(-40)),
        (SquaredHellinger().output, 40.0, np.exp(-40)),
        (ReverseKL().output, 40.0, np.exp(-40)),
        (JS().output, 40.0, np.exp(-40)),
        (Alpha(0.5).output, 40.0, np.exp(-40)),
        (Neyman().conjugate_of_output, 80.0, np.exp(-40)),
        (SquaredHellinger().conjugate_of_output, -40.0, np.exp(-40)),
        (KL().conjugate_of_output, -39.0, np.exp(-40)),
        (JS().conjugate_of_output, -40.0, np.exp(-40)),
        (Jeffreys().conjugate_of_output, -1e4, 1 / wrightomega(1e4 + 1)),
        (Alpha(-1.0).conjugate_of_output, 80.0, np.exp(-40) / np.sqrt(2)),
    ],
)
def test_small_slopes_are_not_rounded_away(function, v, expected):
    score = torch.tensor(v, requires_grad=True)
    (slope,) = torch.autograd.grad(function(score), score)
    assert slope.item() == pytest.approx(expected, rel=1e-4, abs=0)


@every_row
def test_derivatives_are_right_twice_and_finite_wherever_the_value_is(row):
    v = torch.tensor([-5.0, -1.7, -0.3, 0.2, 1.1, 4.0, 45.0], dtype=torch.float64, requires_grad=True)
    for function in (row.output, row.conjugate_of_output):
        assert torch.autograd.gradcheck(function, v[:-1])
        assert torch.autograd.gradgradcheck(function, v[:-1])
        far = torch.tensor([-1e4, -60.0, 60.0, 1e4], requires_grad=True)
        (slope,) = torch.autograd.grad(function(far).sum(), far)
        assert not slope.isnan().any()
        assert (slope.isfinite() | ~function(far).isfinite()).all()
