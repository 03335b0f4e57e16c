"""The map-making encoder. Mutations caught: one halving too few; conditions left out."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry.fields import Field
from rivalry_zoo.encoders.vqgan import VqganEncoder


@given(st.integers(0, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 9), st.integers(0, 2))
@settings(max_examples=12)
def test_the_map_is_smaller_by_a_power_of_two(halvings, rows, columns, code, depth):
    size = rows * 2**halvings, columns * 2**halvings
    with torch.device("meta"):
        network = VqganEncoder((3, *size), width=4, code=code, halvings=halvings, depth=depth)
        assert network(torch.zeros(2, 3, *size)).shape == (2, code, rows, columns)


def test_every_pixel_and_every_condition_is_seen():
    torch.manual_seed(0)
    network = VqganEncoder([(1, 8, 8), Field((), classes=3)], width=4, code=2, depth=1).double()
    x = torch.randn(2, 1, 8, 8, dtype=torch.float64, requires_grad=True)
    found = network(x, torch.tensor([0, 1]))
    (gradient,) = torch.autograd.grad(found.square().sum(), x)
    assert (gradient != 0).all()
    assert not torch.allclose(found, network(x, torch.tensor([2, 1])))


def test_samples_do_not_meet():
    torch.manual_seed(0)
    network, x = VqganEncoder((1, 8, 8), width=4, code=2, depth=1).double(), torch.randn(3, 1, 8, 8).double()
    torch.testing.assert_close(network(x)[:1], network(x[:1]))


@pytest.mark.parametrize("inputs", [Field(5), Field((), classes=3)])
def test_only_images_are_encoded(inputs):
    with pytest.raises(ValueError, match="encoder vqgan wants an image"):
        VqganEncoder(inputs)


def test_sizes_that_do_not_halve_are_refused_with_the_nearest():
    with pytest.raises(ValueError, match="multiples of 8, got 28x28; the nearest sizes are 24x24 or 32x32"):
        VqganEncoder((1, 28, 28), halvings=3)
