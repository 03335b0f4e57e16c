"""The spatial generator: moving its map moves its image. Mutation caught: vectors not tiled but placed at a corner."""

import pytest
import torch

from rivalry.fields import Field
from rivalry_zoo.generators.patch import PatchGenerator


def test_a_moved_map_gives_a_moved_image_away_from_the_borders(device):
    torch.manual_seed(0)
    network = PatchGenerator([(3, 16, 16)], (2, 64, 64), width=8).to(device).double().eval()
    z = torch.randn(2, 3, 16, 16, device=device).double()
    image, moved = network(z), network(z.roll((1, 2), (2, 3)))
    shifted = image.roll((4, 8), (2, 3))
    torch.testing.assert_close(moved[:, :, 16:-16, 16:-16], shifted[:, :, 16:-16, 16:-16])
    assert not torch.allclose(moved, image)


def test_a_larger_map_gives_a_larger_image():
    network = PatchGenerator([(3, 4, 4), 5], (1, 32, 32), width=4)
    assert network(torch.randn(2, 3, 4, 4), torch.randn(2, 5)).shape == (2, 1, 32, 32)
    assert network(torch.randn(2, 3, 9, 6), torch.randn(2, 5)).shape == (2, 1, 72, 48)


def test_a_tiled_vector_alone_makes_every_inner_place_alike_and_waves_do_not():
    torch.manual_seed(0)
    z = torch.randn(1, 5).double()
    flat = PatchGenerator(5, (1, 48, 96), width=4, waves=0).double().eval()(z)[:, :, 20:28]
    torch.testing.assert_close(flat[..., 24:40], flat[..., 32:48])
    wavy = PatchGenerator(5, (1, 48, 96), width=4).double().eval()(z)[:, :, 20:28]
    assert (wavy[..., 24:40] - wavy[..., 32:48]).abs().max() > 1e-6


def test_a_vector_reaches_every_place():
    torch.manual_seed(0)
    network, z = PatchGenerator([(2, 16, 16), 3], (1, 64, 64), width=4, waves=0).eval(), torch.randn(1, 2, 16, 16)
    apart = (network(z, torch.ones(1, 3)) - network(z, -torch.ones(1, 3))).abs()
    assert (apart.unfold(2, 8, 8).unfold(3, 8, 8).amax((4, 5)) > 0).all()


def test_labels_may_be_a_map():
    network = PatchGenerator([4, Field((4, 4), classes=3)], (1, 16, 16), width=4).eval()
    places = torch.zeros(1, 4, 4, dtype=torch.int64)
    z, other = torch.randn(1, 4), places.clone()
    other[0, 0, 0] = 2
    apart = (network(z, places) - network(z, other)).abs()[0, 0]
    assert apart[0, 0] > 0
    assert apart[-1, -1] == 0


@pytest.mark.parametrize(("base", "size"), [((4, 4), (24, 24)), ((4, 3), (16, 16)), ((8, 8), (8, 8))])
def test_a_map_that_cannot_become_the_image_is_refused(base, size):
    with pytest.raises(ValueError, match=f"doubles a latent map of {base[0]}x{base[1]} at least once, never to"):
        PatchGenerator([(3, *base)], (1, *size))
