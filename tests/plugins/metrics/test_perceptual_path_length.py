"""Path lengths of linear generators in closed form, their trimmed mean by numpy and scipy.

Mutations tried (a test failed for each): epsilon not squared, 2 count points not drawn but count, another seed for the
second sample, slerp for w, the trimmed mean's quantiles exchanged or rounded the other way.
"""

from itertools import cycle
from math import gamma, inf, nan, pi, sqrt

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from probes import Known, gaussian
from rivalry_zoo.blocks.probing import uniform
from rivalry_zoo.features.pixels import PIXELS
from rivalry_zoo.metrics.perceptual_path_length import (
    PerceptualPathLength,
    path_lengths,
    perceptual_path_length,
    trimmed_mean,
)

A = np.random.default_rng(0).normal(size=(5, 3))
TRACE = float((A**2).sum())
ANGLE = (pi**2 - 4) / 2  # E theta^2 of the angle between two directions in space, density sin(theta) / 2
LENGTH = sqrt(2) * gamma(2) / gamma(1.5)  # E |z| in space


def linear(points):
    return points @ torch.tensor(A.T, device=points.device)


def near(score, truth, relative=0.03):
    assert score.error < relative * truth
    assert abs(score.value - truth) < 3 * score.error


@pytest.mark.parametrize("path", ["full", "end"])
def test_straight_paths_of_a_linear_generator_have_twice_its_variance(path, device):
    spread = np.random.default_rng(1).normal(size=(3, 3))
    truth = 2 * np.trace(A @ spread @ spread.T @ A.T)
    w = lambda n, draw: gaussian(3)(n, draw) @ torch.tensor(spread.T) + 5.0  # noqa: E731
    near(
        perceptual_path_length(Known(linear, w, source=False, device=device), samples=5000, path=path, reject=0), truth
    )


@pytest.mark.parametrize(
    ("path", "truth"),
    # Speed is the length times the angle along the arc, and the difference of lengths across it.
    [("end", TRACE * (ANGLE + 2 * (3 - LENGTH**2) / 3)),
     ("full", TRACE * (ANGLE * (2 + LENGTH**2 / 3) / 3 + 2 * (3 - LENGTH**2) / 3))],
)  # fmt: skip
def test_bent_paths_of_a_linear_generator_turn_by_the_angle_of_their_ends(path, truth):
    near(perceptual_path_length(Known(linear, gaussian(3)), samples=5000, path=path, reject=0), truth)


def test_a_constant_generator_has_no_length():
    score = perceptual_path_length(Known(lambda z: 0 * z + 3, gaussian(2)), samples=10)
    assert (score.value, score.error) == (0, 0)


def test_both_samples_of_a_pair_share_their_noise():
    known = [Known(linear, gaussian(3), noise=noise) for noise in (0.0, 100.0)]
    quiet, loud = (perceptual_path_length(probe, samples=100) for probe in known)
    assert_allclose(loud.value, quiet.value, rtol=1e-6)
    assert len({seed for _, seed in known[0].calls}) == 2  # a seed for each chunk, other than 0
    assert [n for n, _ in known[0].calls] == [64, 64, 36, 36]
    assert [n for n, _ in known[0].draws] == [64, 64, 36, 36]  # both ends alike: the first n points of as many classes
    assert len({seed for _, seed in known[0].draws}) == 4


def test_full_paths_are_looked_at_everywhere_and_ends_at_their_beginning():
    # |w| for scalar w: the speed at t is that of w(t)^2 / 2, (w1 - w0)^2 w(t)^2.
    ends = cycle([1.0, 3.0])
    square = lambda w: w**2 / 2  # noqa: E731
    points = lambda n, draw: torch.full((n, 1), next(ends), dtype=torch.float64)  # noqa: E731
    probe = Known(square, points, source=False)
    lengths = path_lengths(probe, PIXELS, 500, "full", 1e-6, seed=3).numpy()
    speeds = np.sort(np.sqrt(lengths))  # 2 w(t), uniform on [2, 6]
    assert_allclose(speeds, np.linspace(2, 6, 500), atol=0.3)
    assert np.ptp(speeds) > 3.9
    assert_allclose(path_lengths(probe, PIXELS, 50, "end", 1e-6, seed=3), 4, rtol=1e-4)


def test_a_larger_step_sees_chords():
    # cos and sin of w: two points a turn of angle a apart are 2 sin(a / 2) apart.
    circle = lambda w: torch.cat([w.cos(), w.sin()], 1)  # noqa: E731
    ends = cycle([0.0, 1.0])
    points = lambda n, draw: torch.full((n, 1), next(ends), dtype=torch.float64)  # noqa: E731
    score = perceptual_path_length(Known(circle, points, source=False), samples=20, epsilon=0.5)
    assert_allclose(score.value, (2 * np.sin(0.25) / 0.5) ** 2)


def test_features_that_know_a_distance_are_asked_for_it(device):
    class Counted:
        name = "counted"
        published = False

        def distance(self, first, second):
            return 7 * (second - first).abs().sum(1).float()

    probe = Known(linear, gaussian(3), source=False, device=device)
    score = perceptual_path_length(probe, Counted(), samples=4, path="end", epsilon=0.01)
    first, second = (probe.drawn(n, torch.Generator().manual_seed(seed)).numpy() for n, seed in probe.draws)
    assert_allclose(score.value, 7 * np.abs((second - first) @ A.T).sum(1).mean() * 0.01 / 0.01**2, rtol=1e-5)
    assert path_lengths(probe, Counted(), 4, "end", 0.01, 0).dtype == torch.float64
    assert PerceptualPathLength(Counted()).title() == "ppl_counted"


def test_features_that_know_none_are_compared_by_their_squares():
    class Tripled:
        def __call__(self, samples):
            return 3 * samples

    once, thrice = (path_lengths(Known(linear, gaussian(3)), f, 9, "end", 0.1, 0) for f in (PIXELS, Tripled()))
    assert_allclose(thrice, 9 * once)


@given(st.integers(1, 250), st.sampled_from([0.0, 0.01, 0.1, 0.3]), st.integers(0, 10**6))
@settings(max_examples=25)
def test_trimmed_mean_leaves_out_what_numpys_quantiles_do(n, share, seed):
    values = np.random.default_rng(seed).normal(size=n) ** 3
    low, high = np.quantile(values, share, method="lower"), np.quantile(values, 1 - share, method="higher")
    kept = values[(values >= low) & (values <= high)]
    score = trimmed_mean(torch.tensor(values), share)
    assert type(score.value) is float
    assert_allclose(score.value, kept.mean())
    if n == 1:
        assert score.error is None
    else:
        assert type(score.error) is float
        assert_allclose(score.error, np.clip(values, low, high).std(ddof=1) / np.sqrt(n) * n / len(kept))


def test_of_up_to_a_hundred_values_a_hundredth_drops_none():
    assert trimmed_mean(torch.arange(100.0) ** 2).value == np.mean(np.arange(100) ** 2)


def test_two_values_have_an_error():
    assert trimmed_mean(torch.tensor([1.0, 3.0])).error == pytest.approx(1)


def test_error_of_a_trimmed_mean_is_its_spread_over_repetitions():
    draws = np.random.default_rng(0).standard_t(3, size=(400, 200))
    scores = [trimmed_mean(torch.tensor(row), 0.1) for row in draws]
    assert_allclose(np.std([s.value for s in scores]), np.mean([s.error for s in scores]), rtol=0.1)


def test_equal_seeds_give_equal_numbers_and_others_do_not():
    values = [perceptual_path_length(Known(linear, gaussian(3)), samples=9, seed=seed).value for seed in (0, 0, 1)]
    assert values[0] == values[1] != values[2]


def test_component_hands_its_settings_on():
    metric = PerceptualPathLength(samples=70, path="end", epsilon=0.1, reject=0.2, seed=4)
    probe = Known(lambda z: linear(z).sin(), gaussian(3))
    assert metric.compute(generator=probe) == perceptual_path_length(probe, PIXELS, 70, "end", 0.1, 0.2, 4)
    assert (metric.title(), metric.direction, metric.range) == ("ppl_pixels", "lower", (0, inf))


def test_points_of_float32_lie_on_paths_of_float64():
    seen = []
    probe = Known(lambda w: seen.append(w) or w, gaussian(3, dtype=torch.float32), source=False)
    path_lengths(probe, PIXELS, 50, "full", 1e-4, 0)
    drawn = (probe.drawn(50, torch.Generator().manual_seed(seed)) for _, seed in probe.draws)
    first, second = (points.double().numpy() for points in drawn)
    for points, step in zip(seen, (0, 1e-4), strict=True):
        times = (uniform((50,), "path", 0).numpy() + step)[:, None]
        assert np.array_equal(points.numpy(), (first + times * (second - first)).astype(np.float32))


@pytest.mark.parametrize("bad", [nan, inf])
def test_a_diverged_generator_is_refused(bad):
    probe = Known(lambda z: torch.where(z > 0, bad * z.abs(), z), gaussian(3))
    with pytest.raises(ValueError, match="distances along paths must be finite"):
        perceptual_path_length(probe, samples=10)


def test_a_space_of_whole_numbers_is_refused():
    probe = Known(lambda z: z, lambda n, draw: torch.arange(n)[:, None])
    with pytest.raises(ValueError, match=r"need a continuous space, but its points are .*int64: name another one"):
        perceptual_path_length(probe, samples=10)
