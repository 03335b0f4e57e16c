"""The decoder of maps. Mutations caught: the activation before the last convolution; tiled labels left out."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry.fields import Field
from rivalry_zoo.generators.vqgan import VqganGenerator


@given(st.integers(1, 3), st.integers(1, 4), st.integers(1, 4), st.integers(0, 2))
@settings(max_examples=12)
def test_a_map_is_doubled_to_the_declared_image(times, rows, columns, depth):
    size = rows * 2**times, columns * 2**times
    with torch.device("meta"):
        network = VqganGenerator(Field((5, rows, columns)), (3, *size), width=4, depth=depth)
        assert network(torch.zeros(2, 5, rows, columns)).shape == (2, 3, *size)


def test_the_last_convolution_is_an_attribute_that_the_image_is_linear_in():
    torch.manual_seed(0)
    network = VqganGenerator(Field((5, 4, 4)), Field((1, 8, 8)), width=4, depth=1, activation="none")
    z = torch.randn(2, 5, 4, 4)
    image = network(z)
    for weight in network.last.parameters():
        weight.data *= 3
    torch.testing.assert_close(network(z), 3 * image)


def test_it_stays_in_the_datas_range():
    torch.manual_seed(0)
    network = VqganGenerator(Field((5, 4, 4)), Field((1, 8, 8), low=-1, high=1), width=4, depth=1)
    network.last.weight.data *= 100
    assert network(torch.randn(2, 5, 4, 4)).abs().max() <= 1


def test_labels_beside_the_map_are_seen_and_a_larger_map_gives_a_larger_image():
    torch.manual_seed(0)
    network = VqganGenerator([(5, 4, 4), Field((), classes=3)], (1, 8, 8), width=4, depth=1)
    z = torch.randn(1, 5, 6, 4)
    first, second = (network(z, torch.tensor([k])) for k in (0, 1))
    assert first.shape == (1, 1, 12, 8)
    assert not torch.allclose(first, second)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [(Field(8), "wants a map of codes among its inputs, got 8"), (Field((4, 5, 5)), "never to 8x8; .*nearest sizes")],
)
def test_what_does_not_fit_is_refused(inputs, message):
    with pytest.raises(ValueError, match=message):
        VqganGenerator(inputs, (1, 8, 8), width=4)
