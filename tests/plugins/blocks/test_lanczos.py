"""Maps moved and turned, against the filter's sum written out in numpy, rolled and turned arrays, and plane waves.

Mutations tried (a test failed for each): a tap too few, the filter of two lobes, weights not scaled, edges not wrapped,
down and across exchanged, the turn's sense reversed, a kernel added up in whole pixels.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.signal import fftconvolve

from rivalry_zoo.blocks import lanczos as module
from rivalry_zoo.blocks.lanczos import band_limited, lanczos, rotated, translated
from spectra import kernel, passed

MAPS = np.random.default_rng(0).normal(size=(3, 2, 9, 8))


def written_out(image, rows, columns):
    """The values of an image [h, w] at places, summed over all pixels about it; and whether those in reach are its."""
    parts, inside = [], True
    for places, size in zip((rows, columns), image.shape):
        pixels = np.arange(-2 * size, 3 * size)
        weights = kernel(places[..., None] - pixels)
        inside &= ((abs(weights) < 1e-9) | ((pixels >= 0) & (pixels < size))).all(-1)
        parts.append(weights / weights.sum(-1, keepdims=True))
    return np.einsum("rci,rcj,ij->rc", *parts, np.tile(image, (5, 5))), inside


def test_filter_is_one_in_the_middle_and_nothing_at_other_whole_numbers():
    x = torch.tensor([0.0, 1, 2, 3, 4, -1, -2, -3, 2.9, 3.1, -0.5])
    found = lanczos(x)
    assert found[:8].tolist() == [1, 0, 0, 0, 0, 0, 0, 0]
    assert_allclose(found[8:], kernel(x[8:].numpy()), atol=1e-7)


@given(st.lists(st.integers(-20, 20), min_size=6, max_size=6))
@settings(max_examples=15)
def test_whole_pixels_are_rolled_exactly(pixels):
    moves = np.array(pixels).reshape(2, 3)
    found, known = translated(torch.tensor(MAPS), *torch.tensor(moves))
    for index, (down, across) in enumerate(moves.T):
        assert np.array_equal(found[index], np.roll(MAPS[index], (down, across), (1, 2)))
        inside = np.zeros((9, 8), bool)
        inside[max(0, down) : max(0, 9 + min(0, down)), max(0, across) : max(0, 8 + min(0, across))] = True
        assert np.array_equal(known[index], inside)


def test_parts_of_pixels_are_the_filters_sum(device):
    down, across = np.array([0.3, -1.5, 2.0]), np.array([-0.25, 0.0, 3.75])
    found, known = translated(*(torch.tensor(x, device=device) for x in (MAPS, down, across)))
    for index in range(3):
        rows, columns = np.mgrid[:9, :8] - np.array([down[index], across[index]])[:, None, None]
        for channel in range(2):
            values, inside = written_out(MAPS[index, channel], rows, columns)
            assert_allclose(found[index, channel].cpu(), values, atol=1e-12)
            assert np.array_equal(known[index].cpu(), inside)


def test_turns_are_the_filters_sum(device):
    angles = np.array([0.4, -2.0, 3.0])
    found, known = rotated(torch.tensor(MAPS, device=device), torch.tensor(angles, device=device))
    rows, columns = np.mgrid[:9, :8] - np.array([4, 3.5])[:, None, None]
    for index, angle in enumerate(angles):
        turned = np.exp(-1j * angle) * (rows + 1j * columns)  # where the content of a place was
        for channel in range(2):
            values, inside = written_out(MAPS[index, channel], turned.real + 4, turned.imag + 3.5)
            assert_allclose(found[index, channel].cpu(), values, atol=1e-9)
            assert np.array_equal(known[index].cpu(), inside)


@pytest.mark.parametrize("quarters", [-1, 0, 1, 2])
def test_quarter_turns_turn_arrays(quarters):
    square = torch.tensor(MAPS[..., :-1, :])
    found, _ = rotated(square, torch.full((3,), quarters * torch.pi / 2, dtype=torch.float64))
    assert_allclose(found, np.rot90(MAPS[..., :-1, :], quarters, (2, 3)), atol=1e-12)


def test_plane_waves_move_and_turn_with_little_error():
    rows, columns = np.mgrid[:32, :32] - 15.5
    wave = lambda r, c: np.sin(0.5 * r + 0.4 * c)  # noqa: E731 (10 pixels a period)
    maps = torch.tensor(wave(rows, columns))[None, None]
    moved, known = translated(maps, torch.tensor([1.4]), torch.tensor([-2.3]))
    assert_allclose(moved[0, 0][known[0]], wave(rows - 1.4, columns + 2.3)[known[0]], atol=0.01)
    angle = 0.7
    turned, known = rotated(maps, torch.tensor([angle]))
    was = np.exp(-1j * angle) * (rows + 1j * columns)
    assert_allclose(turned[0, 0][known[0]], wave(was.real, was.imag)[known[0]], atol=0.02)
    assert known.sum() > 500


@pytest.mark.parametrize("places", [1, 2 * 72, 1000])
def test_maps_turned_a_few_at_a_time_are_the_same(places, monkeypatch):
    angles = torch.tensor([0.4, -2.0, 3.0])
    whole, valid = rotated(torch.tensor(MAPS), angles)
    monkeypatch.setattr(module, "PLACES", places)
    turned, known = rotated(torch.tensor(MAPS), angles)
    assert_allclose(turned, whole, atol=1e-6)
    assert torch.equal(known, valid)


def test_constants_stay_constant():
    maps, any_ = torch.full((3, 1, 7, 8), 4.0), torch.tensor([0.3, 0.5, -9.2])
    for found in (translated(maps, any_, -any_)[0], rotated(maps, any_)[0], band_limited(maps, any_)):
        assert found.dtype == torch.float32
        assert_allclose(found, 4, rtol=1e-6)


@pytest.mark.parametrize(("steps", "close"), [(2, 1e-12), (8, 1e-3)])  # a pixel: those of the code, and finer ones
def test_band_limit_is_the_filter_convolved_with_the_turned_one(steps, close, device):
    angles, fine = np.array([0.4, -2.0, 0.8]), np.mgrid[-8 * steps : 8 * steps + 1, -8 * steps : 8 * steps + 1] / steps
    pixels = slice(5 * steps, 12 * steps, steps)
    maps = torch.zeros(3, 2, 13, 14, device=device, dtype=torch.float64)
    maps[:, 0, 6, 7], maps[:, 1, 0, 0] = 1, 1  # what the kernels make of a point, and of a corner
    found = band_limited(maps, torch.tensor(angles, device=device)).cpu()
    for index, angle in enumerate(angles):
        turned = np.exp(1j * angle) * (fine[0] + 1j * fine[1])
        both = fftconvolve(kernel(fine[0]) * kernel(fine[1]), kernel(turned.real) * kernel(turned.imag), "same")
        wanted = both[pixels, pixels] / both[pixels, pixels].sum()
        assert_allclose(found[index, 0, :, 1:], wanted, atol=close)
        assert_allclose(found[index, 1, 0, 0], wanted[0, 0], atol=close)
        assert not found[index, 0, :, 0].any()
    assert found.shape == (3, 2, 7, 8)


@pytest.mark.parametrize("angle", [0.0, np.pi / 8, -np.pi / 8, np.pi / 4, np.pi / 2 + 0.3])
@pytest.mark.parametrize("wave", [0.46 + 0.28j, 0.28 + 0.46j, 0.28j - 0.46, 0.45 + 0.45j, 0.4 + 0j, 0.1 + 0.2j])
def test_band_limit_lets_pass_what_also_fits_into_the_turned_square(wave, angle):
    rows, columns = np.mgrid[:15, :16]
    map_ = torch.tensor(np.cos(2 * np.pi * (wave.real * rows + wave.imag * columns) + 1))
    found = band_limited(map_[None, None], torch.tensor([angle], dtype=torch.float64))[0, 0]
    assert_allclose(found, passed(wave, angle) * map_[3:-3, 3:-3], atol=0.02)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_quarter_turns_and_band_limits_come_in_any_order(quarters):
    square = torch.tensor(MAPS[..., :-1, :])
    limited = band_limited(square, torch.full((3,), quarters * torch.pi / 2, dtype=torch.float64))
    assert_allclose(limited, band_limited(square, torch.zeros(3)), atol=1e-12)
    again = band_limited(square.rot90(quarters, (2, 3)), torch.zeros(3))
    assert_allclose(again, limited.rot90(quarters, (2, 3)), atol=1e-12)


def test_maps_without_room_for_the_kernel_are_refused_in_words():
    for size in ((6, 7), (7, 6)):
        with pytest.raises(ValueError, match=f"maps to turn must be larger than 6x6 pixels, got {size[0]}x{size[1]}"):
            band_limited(torch.ones(1, 1, *size), torch.ones(1))
    assert_allclose(band_limited(torch.full((1, 1, 7, 7), 4.0), torch.ones(1)), 4, rtol=1e-6)
