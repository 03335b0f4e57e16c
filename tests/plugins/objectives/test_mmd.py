"""The MMD game against double loops in numpy, closed forms of Gaussians, an integral, tables and enumeration.

Mutations that turn this red: the cross term's 2; the diagonal kept in the unbiased form, or left out of the biased;
w + 1 for w - 1; the scale not squared; the matrix of all pairs kept for the gradient.
"""

from itertools import combinations, product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import oracles
from rivalry_zoo.objectives.mmd import Mmd

KERNELS = ["rbf", "rational_quadratic", "energy"]
every_kernel = pytest.mark.parametrize("kernel", KERNELS)


def matrix(x, y, kernel, scale=1.0):
    r = np.sqrt(((x[:, None] - y[None]) ** 2).sum(2)) / scale
    if kernel == "rbf":
        return np.mean([np.exp(-((r / t) ** 2) / 2) for t in (1, 2, 4, 8, 16)], 0)
    return -r if kernel == "energy" else np.mean([1 / (1 + r * r / 2 / a) ** a for a in (0.1, 1, 10)], 0)


def means(x, y, kernel, biased, scale=1.0):
    def within(z):
        values = matrix(z, z, kernel, scale)
        return values.mean() if biased else values[~np.eye(len(z), dtype=bool)].mean()

    return within(x), within(y), matrix(x, y, kernel, scale).mean()


def played(game, x, y, device="cpu"):
    """Both losses, of the discriminator first."""
    x, y = torch.tensor(x, device=device), torch.tensor(y, device=device)
    return game.discriminator_loss(x, y).item(), game.generator_loss(x, y).item()


@settings(max_examples=25)
@given(
    st.integers(2, 6), st.integers(2, 6), st.integers(1, 4), st.integers(0, 999), st.sampled_from(KERNELS),
    st.booleans(), st.sampled_from([0.5, 3.0]), st.sampled_from([2.0, 0.0, 1.3]),
)  # fmt: skip
def test_losses_are_the_definition_for_unequal_counts(m, n, d, seed, kernel, biased, scale, across):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(1, 2, (m, d)), rng.normal(0, 1, (n, d))
    of_real, of_fake, between = means(x, y, kernel, biased, scale)
    cost, gain = played(Mmd(d, kernel, scale, biased, across), x, y)
    assert gain == pytest.approx(of_real + of_fake - 2 * between, abs=1e-12)
    assert cost == pytest.approx(across * between - of_fake - (across - 1) * of_real, abs=1e-12)


@settings(max_examples=20)
@given(oracles.counts(), st.integers(0, 99), st.sampled_from(KERNELS))
def test_of_tables_it_is_a_quadratic_form(pair, seed, kernel):
    k, m = pair
    points = np.random.default_rng(seed).normal(size=(len(k), 2))
    gap = oracles.law(k) - oracles.law(m)
    value = gap @ matrix(points, points, kernel) @ gap
    cost, gain = played(Mmd(2, kernel, biased=True), np.repeat(points, k, 0), np.repeat(points, m, 0))
    assert (-cost, gain) == (pytest.approx(value, abs=1e-12), pytest.approx(value, abs=1e-12))
    assert gain >= -1e-12


@every_kernel
def test_every_subset_of_a_small_population_gives_its_value_on_average(kernel):
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(4, 2)), rng.normal(1, size=(4, 2))
    of_real, of_fake, between = means(x, y, kernel, False)
    chosen = product(combinations(range(4), 2), combinations(range(4), 3))
    found = np.mean([played(Mmd(2, kernel, across=0.4), x[list(a)], y[list(b)]) for a, b in chosen], 0)
    expected = 0.4 * between - of_fake + 0.6 * of_real, of_real + of_fake - 2 * between
    np.testing.assert_allclose(found, expected, rtol=1e-10)


@pytest.mark.parametrize("d", [1, 4])
def test_gaussians_give_the_closed_form_on_average(d, device):
    rng, s, t, shift = np.random.default_rng(d), 1.0, 1.5, 0.8

    def mean(u, v, apart):
        total = np.array([1.0, 2, 4, 8, 16]) ** 2 + u**2 + v**2
        return np.mean(((total - u**2 - v**2) / total) ** (d / 2) * np.exp(-d * apart**2 / (2 * total)))

    truth = mean(s, s, 0) + mean(t, t, 0) - 2 * mean(s, t, shift)
    found = [played(Mmd(d), rng.normal(0, s, (60, d)), rng.normal(shift, t, (50, d)), device)[1] for _ in range(64)]
    assert abs(np.mean(found) - truth) < 4 * np.std(found) / 8
    assert np.std(found) / 8 < truth / 5


@settings(max_examples=30)
@given(st.lists(st.integers(-9, 9), min_size=1, max_size=8), st.lists(st.integers(-9, 9), min_size=1, max_size=8))
def test_energy_distance_is_twice_the_squared_gap_of_distribution_functions(x, y):
    grid = np.arange(-9, 9)  # both functions are constant on [i, i + 1)
    gap = (np.array(x)[:, None] <= grid).mean(0) - (np.array(y)[:, None] <= grid).mean(0)
    found = played(Mmd(1, "energy", biased=True), np.array(x, float)[:, None], np.array(y, float)[:, None])
    assert found[1] == pytest.approx(2 * (gap**2).sum(), abs=1e-9)


@every_kernel
def test_a_set_beside_itself_is_worth_nothing_biased_and_less_unbiased(kernel):
    x = np.random.default_rng(0).normal(size=(5, 3))
    within, _, whole = means(x, x, kernel, False)
    top = 0.0 if kernel == "energy" else 1.0
    assert played(Mmd(3, kernel, biased=True), x, x)[1] == pytest.approx(0, abs=1e-12)
    assert played(Mmd(3, kernel), x, x)[1] == pytest.approx(2 / 5 * (within - top), abs=1e-12)
    assert 2 * (within - whole) == pytest.approx(2 / 5 * (within - top), abs=1e-12)


@pytest.mark.parametrize("biased", [False, True])
@every_kernel
def test_both_derivatives_are_right_for_either_player(kernel, biased):
    draw = torch.Generator().manual_seed(1)
    x, y = (torch.randn(3, 2, dtype=torch.float64, generator=draw).requires_grad_() for _ in range(2))
    game = Mmd(2, kernel, biased=biased, across=1.7)
    for loss in (game.discriminator_loss, game.generator_loss):
        assert torch.autograd.gradcheck(loss, (x, y))
        assert torch.autograd.gradgradcheck(loss, (x, y), fast_mode=True)
        assert torch.autograd.grad(loss(x, y), y)[0].any()


@every_kernel
def test_gradients_are_finite_where_features_coincide(kernel, device):
    for dtype in (torch.float32, torch.bfloat16, torch.float16):
        x = torch.tensor([[1.7, -0.3]] * 3 + [[300.0, 1.0]], dtype=dtype, device=device).requires_grad_()
        y = torch.tensor([[1.7, -0.3]] * 4, dtype=dtype, device=device).requires_grad_()
        for loss in (Mmd(2, kernel).discriminator_loss, Mmd(2, kernel).generator_loss):
            found = torch.autograd.grad(loss(x, y), [x, y], create_graph=True)
            assert all(gradient.isfinite().all() for gradient in found)
            again = torch.autograd.grad(sum(gradient.float().square().sum() for gradient in found), [x, y])
            assert all(gradient.isfinite().all() for gradient in again)


@every_kernel
def test_precision_is_kept_far_from_the_origin_and_under_autocast(kernel, device):
    rng = np.random.default_rng(3)
    x, y = rng.normal(0, 1, (20, 3)).astype(np.float32), rng.normal(0.5, 1, (15, 3)).astype(np.float32)
    exact = means(x.astype(float), y.astype(float), kernel, False)
    value = exact[0] + exact[1] - 2 * exact[2]
    assert played(Mmd(3, kernel), x + 1000, y + 1000, device)[1] == pytest.approx(value, abs=1e-3)
    with torch.autocast(device.type, torch.bfloat16):
        assert played(Mmd(3, kernel), x, y, device)[1] == pytest.approx(value, abs=1e-5)


def test_large_batches_are_worked_through_in_parts():
    rng, last = np.random.default_rng(2), 1049
    x, y = rng.normal(0, 1, (1100, 2)), rng.normal(1, 1, (last + 1, 2))
    real, fake = torch.tensor(x), torch.tensor(y, requires_grad=True)
    held = []
    with torch.autograd.graph.saved_tensors_hooks(
        lambda t: held.append(t.untyped_storage().nbytes()) or t, lambda t: t
    ):
        loss = Mmd(2, "energy").generator_loss(real, fake)
    of_real, of_fake, between = means(x, y, "energy", False)
    assert loss.item() == pytest.approx(of_real + of_fake - 2 * between, abs=1e-10)
    assert sum(held) < 1e6  # one matrix of all pairs is 10 MB
    (gradient,) = torch.autograd.grad(loss, fake)

    def share(row):  # what the last fake contributes
        within, apart = matrix(row[None], y[:last], "energy").mean(), matrix(row[None], x, "energy").mean()
        return 2 / (last + 1) * (within - apart)

    steps = 1e-5 * np.eye(2)
    slope = [(share(y[last] + step) - share(y[last] - step)) / 2e-5 for step in steps]
    np.testing.assert_allclose(gradient[last].numpy(), slope, rtol=1e-5)


def test_defaults_are_the_unbiased_attractive_form():
    assert Mmd() == Mmd(16, "rbf", 1.0, False, 2.0)


@pytest.mark.parametrize("sizes", [(1, 2), (2, 1), (1, 1)])
def test_one_sample_has_no_pairs_and_is_refused_unless_biased(sizes):
    real, fake = (torch.randn(n, 3) for n in sizes)
    for turn in (Mmd(3).discriminator_loss, Mmd(3).generator_loss):
        with pytest.raises(ValueError, match="pairs of different samples need two of each"):
            turn(real, fake)
    assert Mmd(3, biased=True).generator_loss(real, fake).isfinite()


def test_generator_without_real_features_is_refused_in_words():
    with pytest.raises(ValueError, match="got no real ones"):
        Mmd(3).generator_loss(None, torch.randn(4, 3))
