"""Adaptive augmentation's transforms: laws counted, movements against index arithmetic, derivatives.

Mutations tried: the matrix in units of the sides, which differ; 1 - p in place of p. Quarter turns and counts fail.
"""

import numpy as np
import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck

from rivalry.marks import Draws
from rivalry.streams import Streams
from rivalry_zoo.augments.ada import Ada


def draw(seed=0, device="cpu"):
    return Streams(seed, torch.device(device))("A")


@pytest.mark.parametrize("probability", [0.0, torch.tensor(0.0)])
@pytest.mark.parametrize("shape", [(5, 1, 28, 28), (3, 3, 16, 20)])
def test_probability_0_is_the_identity_bit_for_bit(probability, shape, device):
    x = torch.randn(shape, device=device)
    p = probability.to(device) if isinstance(probability, torch.Tensor) else probability
    assert torch.equal(Ada(p)(x, draw=draw(0, device)), x)


def test_a_tensor_and_a_number_give_the_same(device):
    x = torch.randn(6, 1, 12, 12, device=device)
    number, tensor = Ada(0.4)(x, draw=draw(1, device)), Ada(torch.tensor(0.4, device=device))(x, draw=draw(1, device))
    torch.testing.assert_close(number, tensor)


@pytest.mark.parametrize("probability", [0.2, 0.6])
def test_each_sample_is_left_alone_as_often_as_independent_chances_say(probability):
    n, x = 4000, torch.randn(1, 1, 8, 8)
    found = Ada(probability, blit=False, geometry=False)(x.expand(n, -1, -1, -1), draw=draw(2))
    alone = (found == x).flatten(1).all(1).double().mean().item()
    chance = (1 - probability) ** 2  # brightness and contrast
    assert alone == pytest.approx(chance, abs=4 * np.sqrt(chance / n))


def test_blitting_mirrors_and_turns_exactly():
    n, x = 1000, torch.randn(1, 1, 8, 8)
    found = Ada(1.0, geometry=False, colour=False)(x.expand(n, -1, -1, -1), draw=draw(3)).numpy()[:, 0]
    padded = np.pad(x.numpy()[0, 0], 1, mode="symmetric")
    moves = [padded[1 + down : 9 + down, 1 + right : 9 + right] for down in (-1, 0, 1) for right in (-1, 0, 1)]
    whole = padded[1:9, 1:9]
    squares = [np.rot90(whole[:, ::step], k) for k in range(4) for step in (1, -1)]
    centred = np.array([any(np.allclose(one, square, atol=1e-4) for square in squares) for one in found])
    turned = [np.rot90(move[:, ::step], k) for move in moves for k in range(4) for step in (1, -1)]
    known = np.array([any(np.allclose(one, other, atol=1e-4) for other in turned) for one in found[:60]])
    assert known.all()
    assert centred.mean() == pytest.approx(0.25, abs=0.055)  # round(U(-1, 1)) is 0 half the time, either way


def test_oblong_images_turn_in_pixels_not_in_sides():
    n, x = 200, torch.randn(1, 1, 8, 16)
    found = Ada(1.0, geometry=False, colour=False)(x.expand(n, -1, -1, -1), draw=draw(8)).numpy()[:, 0, 2:6, 6:10]
    plain = x.numpy()[0, 0]
    crops = [plain[2 + down : 6 + down, 6 + right : 10 + right] for down in range(-2, 3) for right in range(-2, 3)]
    known = [np.rot90(crop[:, ::step], k) for crop in crops for k in range(4) for step in (1, -1)]
    assert all(any(np.allclose(one, other, atol=1e-4) for other in known) for one in found)


def test_colours_have_the_stated_moments():
    n = 20_000
    ones, zeros = torch.ones(n, 1, 1, 1), torch.zeros(n, 1, 1, 1)
    colour = Ada(1.0, blit=False, geometry=False)
    base = colour(zeros, draw=draw(4)).flatten().double()
    contrast = colour(ones, draw=draw(4)).flatten().double() - base
    logs = contrast.log2().numpy()
    assert (logs.mean(), logs.std()) == pytest.approx((0, 0.5), abs=0.02)
    brightness = (base / contrast).numpy()
    assert (brightness.mean(), brightness.std()) == pytest.approx((0, 0.2), abs=0.01)


def test_geometry_moves_the_middle_by_an_eighth_of_the_sides():
    n, side = 1500, 64
    down, right = torch.meshgrid(torch.arange(side) + 0.5, torch.arange(side) + 0.5, indexing="ij")
    x = torch.stack([down, right])[None].expand(n, -1, -1, -1)
    found = Ada(1.0, blit=False, colour=False)(x, draw=draw(5))
    moved = found[:, :, side // 2 - 1 : side // 2 + 1, side // 2 - 1 : side // 2 + 1].mean((2, 3)) - side / 2
    assert moved.median(0).values.abs().max() < 1
    assert moved.abs().median().item() == pytest.approx(0.6745 * side / 8, rel=0.1)  # a normal law's quartile


@pytest.mark.parametrize("group", ["blit", "geometry", "colour"])
def test_it_is_twice_differentiable(group):
    choice = {name: name == group for name in ("blit", "geometry", "colour")}
    x = torch.randn(3, 1, 5, 6, dtype=torch.float64, requires_grad=True)

    def augmented(images):
        return Ada(0.8, **choice)(images, draw=draw(6))

    assert gradcheck(augmented, (x,))
    assert gradgradcheck(lambda images: augmented(images).sin(), (x,))


def test_seen_through_it_orientations_are_recovered_below_certainty_only():
    """A law over 4 orientations, mixed as (1 - p) I + p / 4: invertible if and only if p < 1."""
    n, x = 4000, torch.randn(1, 1, 8, 8)
    turned = [torch.rot90(x, k, (2, 3)) for k in range(4)]
    frequencies = []
    for probability in (0.5, 1.0):
        found = Ada(probability, geometry=False, colour=False)(x.expand(n, -1, -1, -1), draw=draw(7))
        hits = [torch.isclose(found, image, atol=1e-4).flatten(1).all(1) for image in turned]
        frequencies.append([hit.double().mean().item() for hit in hits])
    assert frequencies[0][0] > 3 * max(frequencies[0][1:])
    assert max(frequencies[1]) - min(frequencies[1]) < 0.03


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64])
def test_the_samples_dtype_is_kept(dtype):
    assert Ada(0.5)(torch.randn(4, 1, 8, 8).to(dtype), draw=draw()).dtype == dtype


def test_it_says_that_it_draws():
    assert issubclass(Ada, Draws)
