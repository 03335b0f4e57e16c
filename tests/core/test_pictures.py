"""Grids pixel by pixel against numpy; scatters and plots by where their colours lie.

Mutation tried: rows and columns exchanged in the layout; the pixel tests fail.
"""

from io import BytesIO

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from rivalry.fields import Field
from rivalry.pictures import FAKE, REAL, make_grid, make_plots, make_scatter, picture_of, png, samples_wanted, single


def expected_grid(images, columns, factor):
    """The same sheet by concatenation: every row a stack of cells with two dark pixels between and around."""
    shade = lambda h, w, c: np.full((h, w, c), 40, np.uint8)  # noqa: E731
    n, c, h, w = images.shape
    cells = [np.kron(np.rint((image.transpose(1, 2, 0) + 1) * 127.5), np.ones((factor, factor, 1))) for image in images]
    cells += [shade(h * factor, w * factor, c)] * (-n % columns)
    sheet = shade(2, columns * (w * factor + 2) + 2, c)
    for start in range(0, len(cells), columns):
        row = shade(h * factor, 2, c)
        for cell in cells[start : start + columns]:
            row = np.concatenate([row, cell, shade(h * factor, 2, c)], 1)
        sheet = np.concatenate([sheet, row, shade(2, row.shape[1], c)], 0)
    return sheet.astype(np.uint8)


@given(
    n=st.integers(1, 7), c=st.sampled_from([1, 3]), h=st.integers(20, 70), w=st.integers(20, 70), seed=st.integers(0, 9)
)
@settings(max_examples=15)
def test_the_grid_is_numpys_pixel_by_pixel(n, c, h, w, seed):
    images = np.random.default_rng(seed).uniform(-1, 1, (n, c, h, w))
    picture = make_grid(torch.tensor(images), columns=min(3, n))
    factor = max(1, 64 // max(h, w))
    assert picture.mode == {1: "L", 3: "RGB"}[c]
    pixels = np.asarray(picture).reshape(picture.height, picture.width, c)
    np.testing.assert_array_equal(pixels, expected_grid(images, min(3, n), factor))


@pytest.mark.parametrize(("size", "factor"), [(32, 2), (28, 2), (16, 4), (64, 1), (128, 1)])
def test_tiny_images_are_enlarged_by_whole_factors(size, factor):
    assert make_grid(torch.zeros(64, 3, size, size)).size == (8 * (size * factor + 2) + 2,) * 2


def test_values_outside_the_range_are_cut_and_nan_is_dark():
    image = torch.tensor([-9.0, -1.0, 0.0, 1.0, 9.0, float("nan"), float("inf"), -float("inf")])
    row = np.asarray(make_grid(image.reshape(1, 1, 1, 8), columns=1))[2, 2:-2:8]
    assert row.tolist() == [0, 0, 128, 255, 255, 0, 255, 0]


def test_other_ranges_and_channel_counts_are_shown_too():
    two = torch.stack([torch.linspace(0, 10, 64).reshape(8, 8), torch.zeros(8, 8)])[None]
    picture = np.asarray(make_grid(two, low=0, high=10))
    assert (picture[2, 2], picture[-3, -3]) == (0, 255)
    np.testing.assert_array_equal(np.asarray(make_grid(two, low=None, high=None)), picture)


def _centre(picture, colour):
    """The mean place of the pixels of one colour, in shares of the picture."""
    rows, columns = np.nonzero((np.abs(np.asarray(picture).astype(int) - colour) < 30).all(-1))
    return (columns.mean() / picture.width, rows.mean() / picture.height) if len(rows) else None


def test_points_lie_where_the_real_points_axes_put_them():
    # Real corners at +-1 with 15% margin: x = 1 lies at (1 + 1 / 1.15) / 2 of the width, and larger y is higher up.
    real = torch.tensor([[-1.0, -1.0], [1.0, 1.0], [-1.0, 1.0], [1.0, -1.0]])
    picture = make_scatter(torch.tensor([[0.5, 0.8]]), real)
    assert _centre(picture, FAKE) == pytest.approx(((1 + 0.5 / 1.15) / 2, (1 - 0.8 / 1.15) / 2), abs=3e-3)
    corners = [round(picture.width * (1 + sign / 1.15) / 2) for sign in (-1, 1)]
    np.testing.assert_allclose([picture.getpixel((x, y)) for x in corners for y in corners], [REAL] * 4, atol=12)


def test_points_outside_the_axes_and_broken_ones_are_left_out():
    real = torch.tensor([[-1.0, -1.0], [1.0, 1.0]])
    assert _centre(make_scatter(torch.tensor([[50.0, 0.0], [float("nan"), 0.0]]), real), FAKE) is None


@pytest.mark.parametrize("points", [[[2.0, 3.0]], [[float("nan")] * 2], [[0.0, 0.0], [1.0, 1.0]]])
def test_points_without_real_data_make_their_own_axes(points):
    picture = make_scatter(torch.tensor(points))
    assert picture.size == (520, 520)
    assert (_centre(picture, FAKE) is None) == bool(np.isnan(points).all())


def test_a_signal_goes_up_where_its_values_do():
    picture = make_plots(torch.linspace(0, 1, 30)[None])
    rows, columns = np.nonzero((np.abs(np.asarray(picture).astype(int) - FAKE) < 60).all(-1))
    assert np.corrcoef(rows, columns)[0, 1] < -0.99
    assert make_plots(torch.rand(10, 2, 30)).size == (8 * 98 + 2, 2 * 66 + 2)


@pytest.mark.parametrize(
    ("field", "wanted", "size"),
    [
        (Field((2,)), 1000, (520, 520)),
        (Field((1, 8, 8), low=-1, high=1), 64, (8 * 66 + 2,) * 2),
        (Field((40,)), 64, (8 * 98 + 2, 8 * 66 + 2)),
        (Field((2, 40)), 64, (8 * 98 + 2, 8 * 66 + 2)),
    ],
)
def test_every_shape_has_its_picture(field, wanted, size):
    assert samples_wanted(field) == wanted
    assert picture_of(torch.rand(wanted, *field.shape), field).size == size


@pytest.mark.parametrize("field", [Field(()), Field((1,)), Field((3, 8, 64, 64)), Field((), classes=10)])
def test_other_shapes_have_none(field):
    assert samples_wanted(field) == 0


def test_a_png_holds_the_same_pixels():
    picture = make_grid(torch.rand(4, 3, 8, 8))
    assert np.array_equal(np.asarray(Image.open(BytesIO(png(picture)))), np.asarray(picture))


def test_one_picture_is_its_pixels_at_its_own_size():
    values = np.linspace(-1, 1, 2 * 3).reshape(1, 2, 3)
    picture = single(torch.tensor(values), Field((1, 2, 3), low=-1.0, high=1.0))
    np.testing.assert_array_equal(np.asarray(picture), np.round((values[0] + 1) / 2 * 255))
    colours = torch.tensor([[[0.0]], [[0.5]], [[1.0]]])
    assert single(colours, Field((3, 1, 1), low=0.0, high=1.0)).getpixel((0, 0)) == (0, 128, 255)
