"""McGAN against numpy's singular values, Ky Fan's theorem and dual norms.

Mutations that turn this red: fakes added, not subtracted; moments over N - 1; eigenvalues without their absolute
values; the smallest for the largest; one norm for another.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry_zoo.objectives.mcgan import McGan

NORMS = {"l1": 1, "l2": 2, "max": np.inf}
FORMS = [McGan(4, "mean", norm) for norm in NORMS] + [
    McGan(4, "covariance", directions=2), McGan(4, "covariance"), McGan(4, "both", "l1", 3)
]  # fmt: skip
every_form = pytest.mark.parametrize("game", FORMS, ids=repr)


def features(seed, m=7, n=5, k=4):
    rng = np.random.default_rng(seed)
    return rng.normal(1, 2, (m, k)), rng.normal(-0.3, 1, (n, k))


def gaps(x, y):
    def second(z):
        return np.mean([np.outer(row, row) for row in z], 0)

    return x.mean(0) - y.mean(0), second(x) - second(y)


def truth(game, x, y):
    mean, moments = gaps(x, y)
    first = 0 if game.match == "covariance" else np.linalg.norm(mean, NORMS[game.norm])
    values = np.linalg.svd(moments, compute_uv=False)[: game.directions]
    return first + (0 if game.match == "mean" else values.sum())


def played(game, x, y, device="cpu"):
    x, y = torch.tensor(x, device=device), torch.tensor(y, device=device)
    return game.discriminator_loss(x, y).item(), game.generator_loss(x, y).item()


@every_form
@settings(max_examples=15)
@given(seed=st.integers(0, 999), m=st.integers(1, 6), n=st.integers(1, 6))
def test_values_are_norms_and_singular_values(game, seed, m, n):
    x, y = features(seed, m, n)
    cost, gain = played(game, x, y)
    assert (-cost, gain) == (pytest.approx(truth(game, x, y)), pytest.approx(truth(game, x, y)))


@pytest.mark.parametrize(("norm", "dual"), [("l1", np.inf), ("l2", 2), ("max", 1)])
def test_no_direction_of_the_dual_ball_tells_the_means_further_apart(norm, dual):
    x, y = features(1)
    mean = gaps(x, y)[0]
    attained = {"l1": np.sign(mean), "l2": mean / np.sqrt(mean @ mean), "max": np.eye(4)[np.abs(mean).argmax()]}[norm]
    value = played(McGan(4, norm=norm), x, y)[1]
    assert abs(attained @ mean) == pytest.approx(value)
    others = np.random.default_rng(2).normal(size=(200, 4))
    assert (others / np.linalg.norm(others, dual, axis=1, keepdims=True) @ mean).max() <= value + 1e-12


@pytest.mark.parametrize("directions", [1, 2, 4])
def test_no_orthonormal_directions_tell_the_moments_further_apart(directions):
    x, y = features(3)
    moments, rng = gaps(x, y)[1], np.random.default_rng(4)
    value = played(McGan(4, "covariance", directions=directions), x, y)[1]
    left, _, right = np.linalg.svd(moments)
    assert np.trace(left[:, :directions].T @ moments @ right[:directions].T) == pytest.approx(value)
    for _ in range(50):
        u, v = (np.linalg.qr(rng.normal(size=(4, directions)))[0] for _ in range(2))
        assert np.trace(u.T @ moments @ v) <= value + 1e-12


def test_it_is_zero_exactly_if_the_moments_that_it_sees_match(device):
    x = np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]])
    mirrored, wider, moved = x * [1, -1], x * 2, x + np.array([0.5, 0])
    for match, others in (("mean", [mirrored, wider]), ("covariance", [mirrored]), ("both", [mirrored])):
        for y in others:
            assert played(McGan(2, match), x, y, device) == (pytest.approx(0), pytest.approx(0))
    assert played(McGan(2, "covariance"), x, wider, device)[1] == pytest.approx(3)  # eigenvalues 1/2 - 2, twice
    assert played(McGan(2, "mean"), x, moved, device)[1] == pytest.approx(0.5)
    assert played(McGan(2, "both"), x, moved, device)[1] == pytest.approx(0.75)


@every_form
def test_both_derivatives_are_right_for_either_player(game):
    x, y = (torch.tensor(part, requires_grad=True) for part in features(5))
    for loss in (game.discriminator_loss, game.generator_loss):
        assert torch.autograd.gradcheck(loss, (x, y))
        assert torch.autograd.gradgradcheck(loss, (x, y), fast_mode=True)


@every_form
def test_gradients_are_finite_where_moments_match_and_where_samples_are_few(game):
    for x in (torch.zeros(3, 4), torch.ones(1, 4), torch.eye(4)):
        fake = x.clone().requires_grad_()
        assert torch.autograd.grad(game.generator_loss(x, fake), fake)[0].isfinite().all()


@every_form
def test_half_precision_is_widened_and_autocast_does_not_round(game, device):
    x, y = (part.astype(np.float32) for part in features(6, 40, 30))
    with torch.autocast(device.type, torch.bfloat16):
        assert played(game, x, y, device)[1] == pytest.approx(truth(game, x.astype(float), y.astype(float)), rel=1e-5)
    half = torch.full((2, 4), 300.0, dtype=torch.float16, device=device)
    value = truth(game, np.full((2, 4), 300.0), np.zeros((2, 4)))
    for real, fake in ((half, torch.zeros_like(half)), (torch.zeros_like(half), half)):
        assert game.generator_loss(real, fake).item() == pytest.approx(value, rel=1e-5)
        assert game.discriminator_loss(real, fake).item() == pytest.approx(-value, rel=1e-5)


def test_defaults_match_means_in_the_euclidean_norm():
    assert McGan() == McGan(16, "mean", "l2", None)


def test_more_directions_than_features_are_refused_in_words():
    assert McGan(3, "covariance", directions=3).directions == 3
    with pytest.raises(ValueError, match="features of 3 numbers have as many directions, got directions=4"):
        McGan(3, "covariance", directions=4)


def test_generator_without_real_features_is_refused_in_words():
    with pytest.raises(ValueError, match="got no real ones"):
        McGan(3).generator_loss(None, torch.randn(4, 3))
