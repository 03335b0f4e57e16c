"""The denoising U-net. Mutations caught: the time not told; the wrong skip; height and width exchanged in patches."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry.fields import Field
from rivalry_zoo.generators.unet import UnetGenerator, waves_of

TIME, LABEL = Field((), classes=50), Field((), classes=3)


def lively(inputs, output, **arguments):
    """A U-net whose last layers do not stand at zero."""
    torch.manual_seed(0)
    network = UnetGenerator(inputs, output, **{"width": 4, "multiples": (1, 2), "depth": 1, **arguments}).double()
    for weight in network.parameters():
        if not weight.any():
            torch.nn.init.normal_(weight, 0, 0.3)
    return network


@given(st.integers(1, 3), st.integers(1, 2), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
@settings(max_examples=12)
def test_the_result_has_the_declared_shape(levels, depth, patch, rows, columns):
    unit = patch * 2 ** (levels - 1)
    image = (2, rows * unit, columns * unit)
    with torch.device("meta"):
        network = UnetGenerator([image, TIME], image, width=4, multiples=(1, 2, 2)[:levels], depth=depth, patch=patch)
        assert network(torch.zeros(3, *image), torch.zeros(3, dtype=torch.int64)).shape == (3, *image)


def test_it_starts_at_zero_so_the_first_loss_is_the_noises_variance():
    torch.manual_seed(0)
    network, noise = UnetGenerator([(1, 8, 8), TIME], (1, 8, 8), width=4, depth=1), torch.randn(64, 1, 8, 8)
    found = network(noise, torch.randint(50, (64,)))
    assert not found.any()
    assert float((found.detach() - noise).square().mean()) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("patch", [1, 2])
def test_time_label_vector_and_second_map_are_seen_at_every_pixel(patch):
    inputs = [(1, 8, 12), TIME, LABEL, Field(2), (2, 8, 12)]
    network = lively(inputs, (1, 8, 12), patch=patch)
    values = [torch.randn(1, *f.shape).double() if f.classes is None else torch.tensor([1]) for f in network.inputs]
    first = network(*values)
    for place in range(5):
        others = list(values)
        others[place] = others[place] + 1
        apart = (network(*others) - first).abs()
        # Adding a constant to a map is partly undone by group norms, yet not at the skips and borders.
        assert (apart > 1e-9).double().mean() > 0.9, place


@pytest.mark.parametrize("shape", [(8, 12), (12, 8)])
def test_patches_are_put_back_where_they_were(shape):
    network = lively([(1, *shape)], (1, *shape), patch=2, multiples=(1,))
    x = torch.randn(1, 1, *shape, dtype=torch.float64, requires_grad=True)
    row, column = 5, 3
    (gradient,) = torch.autograd.grad(network.first(
        torch.nn.functional.pixel_unshuffle(x, 2))[0, :, row // 2, column // 2].sum(), x)  # fmt: skip
    assert gradient[0, 0, row, column] != 0
    for weight in network.last[2].parameters():
        torch.nn.init.zeros_(weight)
    network.last[2].bias.data = torch.tensor([1.0, 2.0, 3.0, 4.0]).double()
    image = network(x)[0, 0]
    assert image[:2, :2].tolist() == [[1, 2], [3, 4]]
    torch.testing.assert_close(image, image[:2, :2].repeat(shape[0] // 2, shape[1] // 2))


def test_times_are_told_by_waves_of_falling_speed():
    found = waves_of(torch.tensor([0, 7]), 8, torch.float64).numpy()
    speeds = 10.0 ** (-4 * np.arange(4) / 3)
    np.testing.assert_allclose(found[0], [0, 0, 0, 0, 1, 1, 1, 1])
    np.testing.assert_allclose(found[1], [*np.sin(7 * speeds), *np.cos(7 * speeds)], rtol=1e-5)


def test_samples_do_not_meet(device):
    network = lively([(1, 8, 8), TIME], (1, 8, 8)).to(device)
    x, t = torch.randn(3, 1, 8, 8, device=device).double(), torch.tensor([1, 2, 3], device=device)
    torch.testing.assert_close(network(x, t)[1:2], network(x[1:2], t[1:2]))


def test_without_a_time_it_translates_images_into_the_declared_range():
    network = lively([(3, 8, 8)], Field((1, 8, 8), low=-1, high=1))
    found = network(100 * torch.randn(2, 3, 8, 8).double())
    assert found.shape == (2, 1, 8, 8)
    assert found.abs().max() <= 1


@pytest.mark.parametrize(
    ("inputs", "arguments", "message"),
    [
        ([(1, 28, 28), TIME], {"multiples": (1, 2, 2, 2)}, "multiples of 8, got 28x28; the nearest sizes are 24x24 or"),
        ([Field(5), TIME], {}, "wants an image"),
        ([(1, 14, 14), TIME], {}, "wants conditions that are labels, vectors or maps of 28x28, got 1x14x14"),
        ([(1, 28, 28), TIME], {"width": 7}, "an even width and a level or more"),
    ],
)
def test_what_does_not_fit_is_refused(inputs, arguments, message):
    with pytest.raises(ValueError, match=message):
        UnetGenerator(inputs, (1, 28, 28), **{"width": 4, **arguments})
