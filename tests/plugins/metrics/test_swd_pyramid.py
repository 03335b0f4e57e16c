"""The pyramid's sliced Wasserstein distance against numpy where every patch is the whole level, and what it must see.

Mutations tried (a test failed for each): one mean and deviation for all channels, the mean left in, the factor 1000 not
applied, the finest level taken for all, errors added up rather than their squares, rounding taken for detail.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from rivalry_zoo.features.samples import SAMPLES
from rivalry_zoo.metrics import swd_pyramid as module
from rivalry_zoo.metrics.sliced_wasserstein import directions_on_sphere
from rivalry_zoo.metrics.swd_pyramid import SwdPyramid, pyramid_distances, swd_pyramid

SMALL = {"smallest": 4, "patch": 3, "patches": 16, "directions": 32}


def pictures(n, c=2, h=8, w=8, seed=0, device="cpu"):
    return torch.tensor(np.random.default_rng(seed).normal(size=(n, c, h, w)), dtype=torch.float32, device=device)


def test_whole_pictures_as_patches_give_numpys_distance(device):
    # One level, of patches of its size: what is left is standardisation, projection and sorting.
    real, fake = pictures(9, seed=1, h=5, w=5), 3 * pictures(9, seed=2, h=5, w=5) - 4
    real[:, 1] *= 10
    rows = []
    for raw in (real.double().cpu().numpy(), fake.double().cpu().numpy()):
        x = (raw - raw.mean((0, 2, 3), keepdims=True)) / raw.std((0, 2, 3), keepdims=True)
        rows.append(x.reshape(9, -1) @ directions_on_sphere(40, 50, 7).numpy().T)
    costs = 1e3 * np.abs(np.sort(rows[0], 0) - np.sort(rows[1], 0)).mean(0)
    found = pyramid_distances(real.to(device), fake.to(device), smallest=5, patch=5, patches=1, directions=40, seed=7)
    assert list(found) == [5]
    assert_allclose(found[5].value, costs.mean(), rtol=1e-4)
    assert_allclose(found[5].error, costs.std(ddof=1) / np.sqrt(40), rtol=1e-3)
    more = fake.repeat(2, 1, 1, 1)  # the same distribution in more samples
    repeated = pyramid_distances(real, more, smallest=5, patch=5, patches=1, directions=40, seed=7)
    assert_allclose(repeated[5].value, found[5].value, rtol=1e-4)


def test_a_set_is_no_distance_from_itself_nor_in_other_units():
    x = pictures(20)
    assert [score.value for score in pyramid_distances(x, x, **SMALL).values()] == [0, 0]
    assert swd_pyramid(x, 100 * x, **SMALL).value < 1e-2
    whole = {**SMALL, "smallest": 8, "patch": 8}
    assert_allclose(swd_pyramid(x, x.flip(0), **whole).value, 0, atol=1e-2)  # the order of pictures is nothing


def test_levels_are_halves_down_to_the_smallest():
    x, y = pictures(4, h=20, w=17), pictures(3, h=20, w=17, seed=1)
    for smallest, heights in (
        (3, [20, 10, 5, 3]),
        (5, [20, 10, 5]),
        (6, [20, 10]),
        (9, [20, 10]),
        (10, [20]),
        (17, [20]),
    ):
        found = pyramid_distances(x, y, smallest=smallest, patch=3, patches=4, directions=3)
        assert list(found) == heights
        parts = [(score.value, score.error) for score in found.values()]
        score = swd_pyramid(x, y, smallest=smallest, patch=3, patches=4, directions=3)
        assert_allclose(score.value, np.mean([value for value, _ in parts]), rtol=1e-12)
        assert_allclose(score.error, np.sqrt(np.sum([error**2 for _, error in parts])) / len(parts), rtol=1e-12)


def test_blur_shows_most_at_the_finest_level_and_a_coarse_change_at_the_coarsest():
    x = pictures(150, c=1, h=16, w=16)
    smooth = torch.nn.functional.avg_pool2d(x, 3, 1, 1)
    blurred = pyramid_distances(x, smooth, **SMALL)
    assert max(blurred, key=lambda size: blurred[size].value) == 16
    coarse = x + 2 * pictures(150, c=1, h=1, w=1, seed=3).abs().pow(2)
    shifted = pyramid_distances(x, coarse, **SMALL)
    assert max(shifted, key=lambda size: shifted[size].value) == 4


def test_flat_channels_are_no_distance_apart_whatever_their_rounding():
    flat = torch.full((5, 1, 8, 8), 0.1)
    assert swd_pyramid(flat, 3 * flat, **SMALL).value == 0
    both = torch.cat([flat, pictures(5, c=1)], 1)
    assert swd_pyramid(both, both + torch.tensor([7.0, 0.0])[:, None, None], **SMALL).value < 1e-3


def test_groups_of_directions_and_of_pictures_change_nothing(monkeypatch):
    x, y = pictures(9), pictures(7, seed=1)
    whole = pyramid_distances(x, y, **SMALL)
    asked = []

    def threes(*words):
        asked.append(words)
        return (slice(i, i + 3) for i in range(0, words[0], 3))

    monkeypatch.setattr(module, "spans", threes)
    split = pyramid_distances(x, y, **SMALL)
    assert asked == [(32, 16 * (9 + 7), 2**26)] * 2  # shadows of both sets' patches take at most 256 MiB
    assert_allclose([split[size].value for size in (8, 4)], [whole[size].value for size in (8, 4)], rtol=1e-5)
    monkeypatch.setattr(module, "PICTURES", 4)
    assert {*pyramid_distances(x, x, **SMALL).values()} == {*pyramid_distances(y, y, **SMALL).values()}


def test_the_seed_fixes_everything_and_the_global_state_stays():
    x, y = pictures(6), pictures(6, seed=1)
    before = torch.get_rng_state()
    assert swd_pyramid(x, y, **SMALL) == swd_pyramid(x, y, **SMALL)
    assert swd_pyramid(x, y, **SMALL) != swd_pyramid(x, y, **SMALL, seed=1)
    assert torch.equal(before, torch.get_rng_state())


def test_levels_are_cut_at_places_of_their_own(monkeypatch):
    seeds = []
    cut = module._descriptors
    monkeypatch.setattr(module, "_descriptors", lambda *words: seeds.append(words[-1]) or cut(*words))
    pyramid_distances(pictures(2), pictures(2), **SMALL, seed=5)
    assert seeds == [5, 5, 6, 6]


def test_places_follow_the_seed():
    x = pictures(3)
    first, again, other = (module._descriptors(x, 2, 0, 4, 3, seed) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_units_mean_nothing_however_small_or_large(unit):
    x, y = pictures(6), pictures(6, seed=1)
    assert_allclose(swd_pyramid(unit * x, unit * y, **SMALL).value, swd_pyramid(x, y, **SMALL).value, rtol=1e-4)


def test_pictures_of_float64_that_carry_gradients_are_compared_in_float32():
    x, y = pictures(4), pictures(4, seed=1)
    assert swd_pyramid(x.double().requires_grad_(), y.double(), **SMALL) == swd_pyramid(x, y, **SMALL)


def test_two_directions_and_patches_of_one_pixel_are_enough():
    assert swd_pyramid(pictures(3), pictures(3, seed=1), **{**SMALL, "directions": 2, "patch": 1}).error > 0


def test_one_direction_has_no_error():
    assert swd_pyramid(pictures(3), pictures(3, seed=1), **{**SMALL, "directions": 1}).error is None


@pytest.mark.parametrize(
    ("real", "fake", "options", "words"),
    [
        (torch.zeros(3, 64), torch.zeros(3, 64), {}, r"real must be pictures .* not of shape \[3, 64\]"),
        (torch.zeros(3, 1, 8, 8), torch.zeros(0, 1, 8, 8), {}, "fake must be pictures"),
        (torch.zeros(3, 1, 8, 8), torch.full((3, 1, 8, 8), float("nan")), {}, "fake must be finite"),
        (torch.zeros(3, 1, 8, 8), torch.zeros(3, 1, 8, 9), {}, "one shape"),
        (torch.zeros(3, 1, 8, 8), torch.zeros(3, 1, 8, 8), {"smallest": 9}, "at least 9 x 9, got 8 x 8"),
        (torch.zeros(3, 1, 9, 8), torch.zeros(3, 1, 9, 8), {"smallest": 9}, "at least 9 x 9, got 9 x 8"),
        (torch.zeros(3, 1, 8, 8), torch.zeros(3, 1, 8, 8), {"patch": 5}, "must fit into the smallest level"),
        (torch.zeros(3, 1, 8, 8), torch.zeros(3, 1, 8, 8), {"patch": 0}, "must fit into the smallest level"),
        (torch.zeros(3, 1, 8, 8), torch.zeros(3, 1, 8, 8), {"smallest": 2, "patch": 1}, "of at least 3"),
    ],
)
def test_bad_input_is_refused_in_words(real, fake, options, words):
    with pytest.raises(ValueError, match=words):
        pyramid_distances(real, fake, **{**SMALL, **options})


def test_the_smallest_that_fits_is_taken():
    x = pictures(3, h=3, w=3)
    assert swd_pyramid(x, x, smallest=3, patch=3, patches=2, directions=2).value == 0


def test_component_computes_the_function():
    x, y = pictures(5), pictures(4, seed=1)
    metric = SwdPyramid(smallest=4, patch=3, patches=9, directions=5, seed=2)
    assert metric.compute(x, y) == swd_pyramid(x, y, smallest=4, patch=3, patches=9, directions=5, seed=2)
    plain = SwdPyramid()
    assert plain.features is SAMPLES
    assert type(metric.compute(x, y).value) is type(metric.compute(x, y).error) is float
    assert (plain.samples, plain.smallest, plain.patch, plain.patches, plain.directions) == (2048, 16, 7, 128, 512)
    assert (plain.direction, plain.range) == ("lower", (0, float("inf")))
    assert SwdPyramid(smallest=7).patch == 7
    with pytest.raises(ValueError, match="got 7 and 6: lower patch"):
        SwdPyramid(smallest=6)
    grey = x[:, :1].repeat(1, 1, 2, 2)
    assert plain.compute(grey, grey).value == 0
