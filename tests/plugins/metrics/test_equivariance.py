"""Equivariance of generators that are, and of ones that ignore their map, whose error numpy writes out.

Mutations tried (a test failed for each): the map moved and the picture not, shifts on half the range, masks of one side
alone, decibels by the natural logarithm, turns of half the range, either or both band limits turned the other way, one
or both left out.
"""

from functools import partial
from math import inf, log10, nan, pi

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from torch.nn.functional import avg_pool2d, interpolate

from probes import Known, gaussian
from rivalry_zoo.blocks.probing import chunks, uniform
from rivalry_zoo.features.samples import SAMPLES
from rivalry_zoo.metrics import equivariance as module
from rivalry_zoo.metrics.equivariance import CEILING, Equivariance, decibels, equivariance, moves
from spectra import passed, weakened


def ramp(h, w):
    """A picture that gets brighter to the right, darker downwards, by the same over its whole size."""
    return 7.2 * np.arange(w) / w - 1.6 * np.arange(h)[:, None] / h


@given(st.integers(2, 30), st.sampled_from([1.0, 2.0, 255.0]), st.integers(0, 10**6))
@settings(max_examples=10)
def test_decibels_are_those_of_the_mean_square(n, span, seed):
    draw = np.random.default_rng(seed)
    counts, errors = draw.integers(1, 50, n), draw.random(n)
    score = decibels(torch.tensor(errors), torch.tensor(counts).double(), span)
    assert_allclose(score.value, 10 * np.log10(span**2 / (errors.sum() / counts.sum())))


def test_error_of_decibels_is_their_spread_over_repetitions():
    draw = np.random.default_rng(0)
    counts = draw.integers(10, 30, size=(300, 100))
    errors = counts * draw.exponential(size=(300, 100))
    scores = [decibels(*map(torch.tensor, pair), 2.0) for pair in zip(errors, counts)]
    assert_allclose(np.std([s.value for s in scores]), np.mean([s.error for s in scores]), rtol=0.12)
    few = decibels(torch.tensor([1.0, 3.0]), torch.tensor([2.0, 2.0]), 2.0)
    assert_allclose(few.error, 10 / np.log(10) * 0.5)  # means of 1/2 and 3/2: 1, give or take 1/2


def test_exact_equality_is_the_last_bit_of_float32():
    ceiling = 20 * log10(2 / 2**-23)
    assert_allclose(CEILING, ceiling)
    for errors in ([0.0, 0.0], [1e-30, 0.0]):
        score = decibels(torch.tensor(errors, dtype=torch.float64), torch.ones(2, dtype=torch.float64), 2.0)
        assert (score.value, score.error) == (CEILING, None)
    assert decibels(torch.tensor([1.0]), torch.tensor([4.0]), 2.0).error is None


def summed(x):
    """An operation that is shifted exactly with what it works on, edges wrapped."""
    return x + 2 * x.roll((1, -1), (2, 3)) - 4 * x.roll((0, 2), (2, 3))


@pytest.mark.parametrize(
    "make",
    [torch.tanh, lambda x: summed(x.round()), lambda x: interpolate(x, scale_factor=2.0), lambda x: avg_pool2d(x, 2)],
)
def test_generators_that_follow_whole_pixels_are_exact(make, device):
    probe = Known(make, gaussian(2, 24, 36, dtype=torch.float32), device=device)
    score = equivariance(probe, 10)["eq_t"]
    assert (score.value, score.error) == (CEILING, None)


@pytest.mark.parametrize(("size", "exact"), [(2, True), (3, False)])
def test_whole_pixels_are_whole_on_both_sides(size, exact):
    # Blocks of 2 follow shifts by their own size; blocks of 3 in maps of 32 share a grid of 2 with them.
    probe = Known(lambda x: avg_pool2d(x, size), gaussian(1, 32, 32))
    if exact:
        assert equivariance(probe, 5)["eq_t"].value == CEILING
    else:
        with pytest.raises(ValueError, match="less than a pixel of both"):
            equivariance(probe, 5)


def numpy_sums(samples, seed, shift, transform):
    """Sums of squares and counts, by numpy, of a picture that stays while it is moved as the draws say."""
    total = count = 0.0
    for n, own in chunks(samples, seed):
        for draw in uniform((n, 3), "moves", own).numpy():
            error, known = transform(*(shift * (2 * draw[:2] - 1)), pi * (2 * draw[2] - 1))
            total, count = total + (error**2)[known].sum(), count + known.sum()
    return total, count


def rolled(map_size, size, down, across, angle):
    h, w = size
    down, across = round(down * 16) * (h // 16), round(across * 24) * (w // 24)  # the grid of both is 16 x 24
    known = np.zeros(size, bool)
    known[max(0, down) : h + min(0, down), max(0, across) : w + min(0, across)] = True
    return ramp(h, w) - np.roll(ramp(h, w), (down, across), (0, 1)), known


def turned(map_size, size, down, across, angle):
    known = []
    for (h, w), edge in ((map_size, 0), (size, 3)):  # a band limit leaves a ramp as it is, and takes 3 pixels
        rows, columns = np.mgrid[:h, :w] - np.array([(h - 1) / 2, (w - 1) / 2])[:, None, None]
        was = np.exp(-1j * angle) * (rows + 1j * columns)
        low = np.floor(np.stack([was.real + (h - 1) / 2, was.imag + (w - 1) / 2]))
        inside = [(part >= 2 + edge) & (part + 3 < n - edge) for part, n in zip(low, (h, w))]
        inside += [abs(place) < n / 2 - edge for place, n in zip((rows, columns), (h, w))]
        known.append(np.logical_and.reduce(inside))
    inner, outer = known
    near = np.ix_(*(np.arange(n) * m // n for n, m in zip(size, map_size)))
    return 7.2 * (columns - was.imag) / w - 1.6 * (rows - was.real) / h, outer & inner[near]


@pytest.mark.parametrize(("map_size", "size"), [((16, 24), (32, 48)), ((32, 48), (16, 24)), ((16, 24), (16, 24))])
@pytest.mark.parametrize(("part", "transform", "close"), [("eq_t", rolled, 1e-9), ("eq_r", turned, 0.03)])
def test_a_generator_that_ignores_its_map_is_as_far_off_as_the_picture_moves(map_size, size, part, transform, close):
    picture = torch.tensor(ramp(*size))
    probe = Known(lambda x: picture.expand(len(x), 2, *size), gaussian(1, *map_size))
    total, count = numpy_sums(70, 3, 0.2, partial(transform, map_size, size))
    score = equivariance(probe, 70, shift=0.2, span=7.0, seed=3)[part]
    assert_allclose(score.value, 10 * np.log10(49 * count / total), atol=close)
    assert 0 < score.error < 1.5


def test_what_moves_by_parts_of_a_pixel_is_as_far_off_as_a_ramp_is_steep():
    # Of a line, (slope * shift)^2 is expected: shifts are uniform, (0.1 * 32)^2 / 3 on average.
    line = torch.arange(32.0).expand(32, 32)
    probe = Known(lambda x: line.expand(len(x), 1, 32, 32), gaussian(1, 32, 32, dtype=torch.float32))
    score = equivariance(probe, 100, shift=0.1)["eq_t_frac"]
    assert abs(score.value - (20 * log10(2) - 10 * log10(3.2**2 / 3))) < 3 * score.error < 1.5


def smooth(n, draw):
    """Random plane waves of periods of 8 pixels and more."""
    rows, columns = torch.meshgrid(torch.arange(24.0), torch.arange(24.0), indexing="ij")
    wave = torch.rand(n, 3, 1, 1, generator=draw)
    return ((wave[:, 0] - 0.5) * rows + (wave[:, 1] - 0.5) * columns + 6 * wave[:, 2]).sin()[:, None]


def test_smooth_maps_are_followed_by_what_works_point_by_point_alone():
    follows = equivariance(Known(lambda x: x / 2, smooth), 20)
    stays = equivariance(Known(lambda x: x / 2 + torch.linspace(-0.5, 0.5, 24), smooth), 20)
    assert follows["eq_t"].value == CEILING
    assert follows["eq_t_frac"].value > 100  # the same filter works on both sides of a linear generator
    assert 60 < follows["eq_r"].value < 100  # and its response is seldom the same to the last bit
    assert max(stays["eq_t_frac"].value, stays["eq_r"].value) < 30
    bent = equivariance(Known(lambda x: (2 * x).sin(), smooth), 20)
    assert bent["eq_t"].value == CEILING
    assert 35 < bent["eq_t_frac"].value < 80
    assert 35 < bent["eq_r"].value < 80


def offsets(size):
    """How far the pixels of a square lie below its middle, and to the right."""
    line = torch.arange(size, dtype=torch.float64) - (size - 1) / 2
    return torch.meshgrid(line, line, indexing="ij")


def needles(n, draw):
    """Smooth maps that tell a direction."""
    (down, across), angle = offsets(64), 2 * pi * torch.rand(n, 1, 1, 1, generator=draw, dtype=torch.float64)
    return (angle.cos() * down + angle.sin() * across) * (-(down**2 + across**2) / 60).exp()


def scene(maps):
    """Plane waves in the directions that maps tell, as far as they fit into a grid of 32 x 32 pixels; white ones."""
    draw, (down, across) = np.random.default_rng(0), offsets(64)
    length, bearing, phase = torch.tensor(draw.random((3, 60, 1, 1)))
    angle = torch.atan2((maps * across).sum((1, 2, 3)), (maps * down).sum((1, 2, 3)))[:, None, None, None]
    waves = torch.polar((length / 2).sqrt(), angle + 2 * pi * bearing)  # cycles a pixel, up to a corner of the square
    fits = (waves.real.abs() <= 0.5) & (waves.imag.abs() <= 0.5)
    down, across = offsets(32)
    shown = fits * (2 * pi * (waves.real * down + waves.imag * across + phase)).cos()
    return shown.sum(1, keepdim=True) / 10


def test_a_perfect_renderer_is_not_blamed_for_the_corners_of_the_spectrum(monkeypatch):
    noise = torch.tensor(np.random.default_rng(1).normal(size=(1, 1, 32, 32))) / 2
    makes = (scene, lambda x: scene(x) + noise, lambda x: noise.repeat(len(x), 1, 1, 1))
    probes = [Known(make, needles) for make in makes]
    renders, sticks, stays = (equivariance(probe, 16)["eq_r"].value for probe in probes)
    monkeypatch.setattr(module, "band_limited", lambda maps, angles: maps[..., 3:-3, 3:-3])
    corners = [equivariance(probe, 16)["eq_r"].value for probe in probes]
    assert renders > corners[0] + 6
    assert renders > 27 > 15 > max(sticks, stays)
    assert abs(stays - corners[2]) < 3


@pytest.mark.parametrize("angle", [pi / 8, -pi / 8, 2.0])
@pytest.mark.parametrize("wave", [0.46 + 0.28j, 0.28 - 0.46j, 0.45 + 0.45j])
def test_both_sides_hold_what_fits_into_both_grids(wave, angle):
    # The amplitudes of a wave and of the same wave turned, drawn in closed form, are those of the filters' transforms.
    (down, across), turned = offsets(33), wave * np.exp(1j * angle)
    here, there = (torch.cos(2 * pi * (w.real * down + w.imag * across))[None, None] for w in (wave, turned))
    draws = torch.tensor([[0.0, 0.0, (angle / pi + 1) / 2]], dtype=torch.float64)
    _, outside, seen = moves(here, here, 0.125, draws)["eq_r"]
    (wanted, known), found = outside(here), seen(there)
    assert_allclose(found, passed(turned, -angle) * there[..., 3:-3, 3:-3], atol=0.02)
    amplitude = (wanted * there[..., 3:-3, 3:-3])[:, 0][known].sum() / there[0, :, 3:-3, 3:-3][known].square().sum()
    assert_allclose(amplitude, passed(wave, angle) * weakened(wave.real) * weakened(wave.imag), atol=0.04)


def test_what_is_random_beside_the_map_is_the_same_in_both_pictures():
    probe = Known(torch.tanh, gaussian(1, 16, 16), noise=1.0)
    equivariance(probe, 70, seed=1)
    (first, a), (second, b) = probe.draws
    assert (first, second) == (64, 6)
    assert probe.calls == [(64, a)] * 4 + [(6, b)] * 4
    other = Known(torch.tanh, gaussian(1, 16, 16))
    equivariance(other, 70, seed=2)
    assert a not in {seed for _, seed in other.draws}


@pytest.mark.parametrize(
    ("points", "make", "shift", "words"),
    [
        (gaussian(8), lambda x: x, 0.125, r"points must be maps \[N, C, h, w\], but are 5x8, torch.float64"),
        (gaussian(1, 8, 8), lambda x: x.flatten(1), 0.125, "samples must be maps .* but are 5x64"),
        (lambda n, draw: torch.ones(n, 1, 8, 8).long(), lambda x: x, 0.125, "torch.int64: name a map with `of`"),
        (gaussian(1, 8, 8), lambda x: x[:, :, :4], 0.125, "proportions of the pictures, got 8x8 for 4x8"),
        (
            gaussian(1, 4, 8),
            lambda x: x,
            0.125,
            "a shift by 0.125 moves 4x8 maps and 4x8 pictures by less than a pixel",
        ),
        (gaussian(1, 8, 4), lambda x: x, 0.125, "less than a pixel"),
        (gaussian(1, 4, 4), lambda x: x.repeat(1, 1, 2, 2), 0.13, "no pixel is known after the moves of eq_t_frac"),
        (gaussian(1, 8, 8), lambda x: x, 0.125, "the moves of eq_r: take a finer map or larger pictures"),
        (gaussian(1, 6, 6), lambda x: x, 0.2, "maps to turn must be larger than 6x6 pixels, got 6x6"),
        (gaussian(1, 8, 8), lambda x: x * nan, 0.125, "samples must be finite"),
        (gaussian(1, 8, 8), lambda x: torch.where(x > 1, inf, x), 0.125, "samples must be finite"),
    ],
)
def test_what_cannot_be_moved_is_refused_in_words(points, make, shift, words):
    with pytest.raises(ValueError, match=words):
        equivariance(Known(make, points), 5, shift)


def test_component_hands_its_settings_on():
    probe = Known(torch.tanh, gaussian(1, 16, 24))
    metric = Equivariance(samples=7, shift=0.2, span=3.0, seed=2)
    assert metric.compute(generator=probe) == equivariance(probe, 7, 0.2, 3.0, 2)
    assert tuple(metric.compute(generator=probe)) == metric.parts
    turned = metric.compute(generator=probe)["eq_r"]
    assert type(turned.value) is type(turned.error) is float
    assert (metric.direction, metric.range, metric.features) == ("higher", (-inf, CEILING), SAMPLES)
