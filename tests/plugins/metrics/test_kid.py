"""KID against double loops in numpy, a closed form for Gaussians, and exhaustive enumeration.

Mutations tried (a test failed for each): kernel power 2, dropped 1 / d, diagonal kept, factor 2 of the cross term
dropped, interaction not taken out of the first-order variance, its sign flipped; for products in float32 the typical
size left out of the kernel's two factors, and the condition for them; subsets drawn with repetition, deviation over
their number less one.
"""

from itertools import combinations, product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from rivalry_zoo.blocks.pair_sums import cross_sums, variances, within_sums
from rivalry_zoo.metrics import kid as module
from rivalry_zoo.metrics.kid import Kid, kid, kid_subsets, pair_sums, random_subsets


def k(x, y):
    return (x @ y.T / x.shape[1] + 1) ** 3


def looped(x, y):
    """The definition, pair by pair."""
    kxx, kyy, kxy = k(x, x), k(y, y), k(x, y)
    same_x = np.mean([kxx[i, j] for i in range(len(x)) for j in range(len(x)) if i != j])
    same_y = np.mean([kyy[i, j] for i in range(len(y)) for j in range(len(y)) if i != j])
    return same_x + same_y - 2 * kxy.mean()


def both(x, y, device="cpu", **options):
    return kid(torch.tensor(x, device=device), torch.tensor(y, device=device), **options)


@given(st.integers(2, 9), st.integers(2, 9), st.integers(1, 5), st.integers(0, 10**6), st.sampled_from([1, 3, 4, 1024]))
@settings(max_examples=15, deadline=None)
def test_value_is_the_definition_for_unequal_counts_and_any_tile(m, n, d, seed, tile):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(1, 2, (m, d)), rng.normal(0, 1, (n, d))
    assert_allclose(both(x, y, tile=tile).value, looped(x, y), rtol=1e-9, atol=1e-9)


def test_tiles_change_neither_value_nor_error(device):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(37, 3)), rng.normal(0.5, size=(23, 3))
    whole, tiled = both(x, y, device), both(x, y, device, tile=7)
    assert_allclose([tiled.value, tiled.error], [whole.value, whole.error], rtol=1e-11)


def test_every_subset_of_a_small_population_gives_its_value_on_average():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(5, 2)), rng.normal(1, size=(5, 2))
    for m, n in [(2, 3), (3, 2), (4, 4)]:
        chosen = product(combinations(range(5), m), combinations(range(5), n))
        values = [both(x[list(a)], y[list(b)]).value for a, b in chosen]
        assert_allclose(np.mean(values), looped(x, y), rtol=1e-10)


@pytest.mark.parametrize("d", [2, 8])
def test_shifted_gaussians_give_the_closed_form(d):
    rng = np.random.default_rng(d)
    shift = np.full(d, 0.6)
    mu2 = shift @ shift
    truth = 3 * mu2 / d + 3 * mu2**2 / d**2 + (mu2**3 + 6 * mu2**2 + 3 * mu2 * d + 6 * mu2) / d**3
    score = both(rng.normal(size=(3000, d)), rng.normal(size=(2500, d)) + shift)
    assert abs(score.value - truth) < 5 * score.error
    assert score.error < truth / 5


def test_variance_is_unbiased_over_all_draws_of_a_small_law():
    x, y = np.array([[-1.0], [2.0]]), np.array([[0.0], [3.0]])
    draws = [(x[list(a)], y[list(b)]) for a in product(range(2), repeat=4) for b in product(range(2), repeat=4)]
    sums = [pair_sums(torch.tensor(a), torch.tensor(b), 8) for a, b in draws]
    truth = np.var([module._unbiased(*one) for one in sums])
    claimed = [float(sum(variances(*one))) for one in sums]
    assert_allclose(np.mean(claimed), truth, rtol=1e-10)


def test_interaction_variances_are_unbiased_over_all_draws():
    points = np.array([[-1.0], [0.5], [2.0]])
    table = k(points, points)
    effects = table.mean(1, keepdims=True)
    truth = ((table - effects - effects.T + table.mean()) ** 2).mean()

    def kernel(a, b):
        return (a @ b.T + 1) ** 3

    four = [torch.tensor(points[list(a)]) for a in product(range(3), repeat=4)]
    assert_allclose(np.mean([float(within_sums(kernel, x, 3).interaction()) for x in four]), truth, rtol=1e-10)
    two = [torch.tensor(points[list(a)]) for a in product(range(3), repeat=2)]
    crossed = [float(cross_sums(kernel, a, b, 2).interaction()) for a in two for b in two]
    assert_allclose(np.mean(crossed), truth, rtol=1e-10)


@pytest.mark.parametrize(("shift", "least", "most"), [(0.7, 0.88, 0.98), (0.0, 0.95, 1.0)])
def test_two_standard_errors_cover(shift, least, most):
    rng = np.random.default_rng(5)
    d, mu2 = 3, 3 * shift**2
    truth = 3 * mu2 / d + 3 * mu2**2 / d**2 + (mu2**3 + 6 * mu2**2 + 3 * mu2 * d + 6 * mu2) / d**3
    scores = [both(rng.normal(size=(80, d)), rng.normal(size=(60, d)) + shift) for _ in range(200)]
    covered = np.mean([abs(score.value - truth) < 1.96 * score.error for score in scores])
    assert least <= covered <= most
    spread, claimed = np.var([s.value for s in scores]), np.mean([s.error**2 for s in scores])
    assert 0.8 < claimed / spread < (1.25 if shift else 1.8)


def test_equal_constant_features_are_no_distance_apart():
    score = both(np.full((6, 3), 2.0), np.full((5, 3), 2.0))
    assert_allclose([score.value, score.error], 0, atol=1e-12)


def test_far_away_from_the_origin_the_error_is_still_a_number():
    rng = np.random.default_rng(2)
    score = both(1e4 + rng.normal(size=(50, 4)).astype(np.float32), 1e4 + rng.normal(size=(50, 4)).astype(np.float32))
    assert score.error > 0
    assert abs(score.value) < 10 * score.error


def test_two_or_three_samples_have_a_value_but_no_error():
    x = np.array([[0.0], [1.0], [2.0]])
    assert both(x, x + 1).error is None
    four = np.array([[0.0], [1.0], [2.0], [4.0]])
    assert both(four, x).error is both(x, four).error is None
    score = both(four, four + 1)
    assert type(score.value) is type(score.error) is float


@pytest.mark.parametrize(
    ("real", "fake", "words"),
    [
        (torch.zeros(0, 2), torch.zeros(5, 2), "real must hold at least 2"),
        (torch.zeros(5, 2), torch.zeros(1, 2), "fake must hold at least 2"),
        (torch.zeros(5, 2), torch.full((5, 2), float("nan")), "fake must be finite"),
        (torch.full((5, 2), float("inf")), torch.zeros(5, 2), "real must be finite"),
        (torch.zeros(5, 2), torch.zeros(5, 3), "equally many features"),
        (torch.zeros(5, 1, 2, 2), torch.zeros(5, 4), "flatten"),
        (torch.zeros(5, 0), torch.zeros(5, 0), "at least one feature"),
    ],
)
def test_bad_input_is_refused_in_words(real, fake, words):
    with pytest.raises(ValueError, match=words):
        kid(real, fake)


FEATURES = {
    "rectified": lambda x: np.maximum(0.6 * x + 0.3, 0),
    "tiny": lambda x: 0.01 * x,
    "large": lambda x: 30 * x,
    "off the origin": lambda x: x + 1.5,
}


@pytest.mark.parametrize("name", FEATURES)
def test_many_products_in_float32_move_the_value_far_less_than_its_error(name, monkeypatch, device):
    rng = np.random.default_rng(8)
    x, y = (FEATURES[name](rng.normal(size=(n, 64))).astype(np.float32) for n in (150, 130))
    monkeypatch.setattr(module, "MANY", 100)
    exact, quick = both(x, y, device, exact=True), both(x, y, device, tile=40)
    assert_allclose(exact.value, looped(x.astype(float), y.astype(float)), rtol=1e-9)
    assert quick.value != exact.value  # it was float32
    assert abs(quick.value - exact.value) < 1e-5 * exact.error
    assert_allclose(quick.error, exact.error, rtol=1e-5)


def test_float32_is_for_many_vectors_near_the_origin(monkeypatch):
    asked = []
    within = module.within_sums
    monkeypatch.setattr(module, "within_sums", lambda k, x, tile: asked.append(x.dtype) or within(k, x, tile))
    monkeypatch.setattr(module, "MANY", 10)
    x, far = torch.tensor(np.random.default_rng(0).normal(size=(2, 10, 4))), torch.tensor([2.2, 0, 0, 0])
    for real, fake, narrow in (
        (x[0], x[1], True),
        (x[0][:9], x[1], False),
        (x[0], x[1][:9], False),
        (x[0] + far, x[1] + far, True),  # |c|^2 = 4.8, d = 4
        (x[0] + 3 * far, x[1] + 3 * far, False),  # about 44, more than 4 d and 4 times the spread
        (10 * x[0] + 4 * far, 10 * x[1] + 4 * far, True),  # about 77, but the spread is about 400
        (10 * x[0] + 30 * far, 10 * x[1] + 30 * far, False),
        (10 * x[0] + 4 * far, x[1] + 4 * far, True),
        (x[0] + 4 * far, 10 * x[1] + 4 * far, True),
    ):
        asked.clear()
        kid(real, fake)
        assert asked == [torch.float32 if narrow else torch.float64] * 2
        kid(real, fake, exact=True)
        assert asked[2:] == [torch.float64] * 2


@pytest.mark.parametrize(
    ("count", "middle", "narrow"), [(2048, 4.0, True), (2047, 4.0, False), (2048, 4.01, False), (2049, 1.0, True)]
)
@pytest.mark.parametrize("size", [1.0, 2.0])
def test_float32_is_for_2048_vectors_no_longer_than_twice_their_spread(count, middle, narrow, size):
    # d is 4 and each vector lies sqrt(4) sizes from the middle: the spread is 4 or 16, and 4 d is 16.
    x = (torch.arange(2 * count) % 2 * 2.0 - 1).reshape(2, count, 1).expand(2, count, 4) * size
    middle = torch.tensor([middle * size, 0, 0, 0], dtype=torch.float64)
    assert module._product_type(*(x + middle), middle) == (torch.float32 if narrow else torch.float64)


def test_given_subsets_have_the_mean_and_deviation_of_their_values():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(12, 3)), rng.normal(0.4, size=(11, 3))
    rows = [(rng.permutation(12)[:4], rng.permutation(11)[:5]) for _ in range(6)]
    values = [looped(x[a], y[b]) for a, b in rows]
    given_rows = [(torch.tensor(a), torch.tensor(b)) for a, b in rows]
    found = kid_subsets(torch.tensor(x), torch.tensor(y), rows=given_rows)
    assert_allclose(found, [np.mean(values), np.std(values)], rtol=1e-10)


def test_drawn_subsets_repeat_nothing_within_but_everything_by_seed():
    before = torch.get_rng_state()
    drawn = list(random_subsets(9, 6, 40, 5, seed=1))
    assert len(drawn) == 40
    for of_real, of_fake in drawn:
        assert len(of_real.unique()) == len(of_fake.unique()) == 5
    assert {int(i) for rows, _ in drawn for i in rows} == set(range(9))
    assert {int(i) for _, rows in drawn for i in rows} == set(range(6))
    x, y = torch.eye(9), torch.ones(6, 9)
    found = kid_subsets(x, y, 40, 5, seed=1)
    assert found == kid_subsets(x, y, rows=drawn)
    assert found != kid_subsets(x, y, 40, 5, seed=2)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize(
    ("subsets", "size", "fine"), [(1, 6, True), (1, 7, False), (1, 2, True), (1, 1, False), (0, 3, False)]
)
def test_subsets_must_fit_into_both_sets(subsets, size, fine):
    assert {type(number) for number in kid_subsets(torch.eye(2), torch.eye(2), 1, 2)} == {float}
    with pytest.raises(ValueError, match="fake must hold at least 2"):
        kid_subsets(torch.eye(2), torch.eye(2)[:1], 1, 2)
    for x, y in ((torch.eye(6), torch.ones(9, 6)), (torch.ones(9, 6), torch.eye(6))):
        if fine:
            kid_subsets(x, y, subsets, size)
        else:
            with pytest.raises(ValueError, match=f"subsets of 2 to 6 samples, got {subsets} of {size}"):
                kid_subsets(x, y, subsets, size)


def test_component_computes_the_function():
    x, y = torch.randn(20, 3, generator=torch.Generator().manual_seed(0)), torch.ones(9, 3)
    assert Kid().compute(x, y) == kid(x, y)
    assert (Kid.direction, Kid().title(), Kid.published) == ("lower", "kid_pixels", "KID")
    metric = Kid(samples=20, subsets=9, size=5, seed=3)
    mean, deviation = kid_subsets(x, y, 9, 5, 3)
    assert metric.compute(x, y).value == mean
    assert_allclose(metric.compute(x, y).error, deviation / 3)
    assert Kid(subsets=9).size == 1000
    assert Kid.is_default
    with pytest.raises(ValueError, match="subsets of 21 need as many samples, got 20"):
        Kid(samples=20, subsets=9, size=21)
