"""The residual discriminator: its size, its pool and its projection. Mutation caught: a mean instead of the sum."""

import numpy as np
import pytest
import torch
from torch import nn

from rivalry.fields import Field
from rivalry_zoo.discriminators.resnet import ResnetDiscriminator

LABEL = Field((), classes=5)


def test_sngan_at_32_pixels_has_the_known_number_of_parameters():
    with torch.device("meta"):
        plain, biased = ResnetDiscriminator([(3, 32, 32)]), ResnetDiscriminator([(3, 32, 32)], bias=True)
    assert sum(parameter.numel() for parameter in plain.parameters()) == 1_053_824
    assert sum(parameter.numel() for parameter in biased.parameters()) == 1_053_825


@pytest.mark.parametrize(("size", "left"), [(32, 8), (28, 7), (64, 8), (16, 8), (8, 4), (48, 12), (56, 7), (40, 10)])
def test_it_halves_to_about_8(size, left):
    with torch.device("meta"):
        network = ResnetDiscriminator([(1, size, size)], width=2)
        assert network.blocks(torch.randn(1, 1, size, size)).shape == (1, 2, left, left)


@pytest.mark.parametrize("pool", ["sum", "mean"])
def test_the_score_is_linear_in_the_pooled_features(pool):
    network = ResnetDiscriminator([(1, 16, 8)], width=4, pool=pool).double()
    x = torch.randn(3, 1, 16, 8).double()
    maps = np.maximum(network.blocks(x).detach().numpy(), 0)
    features = getattr(maps, pool)((2, 3))
    expected = features @ network.head.weight.detach().numpy()[0]
    np.testing.assert_allclose(network(x).detach().numpy(), expected, rtol=1e-9)


def test_labels_differ_by_the_projection_of_the_features():
    network = ResnetDiscriminator([(1, 16, 8), LABEL], width=4).double()
    x, a, b = torch.randn(3, 1, 16, 8).double(), torch.tensor([0, 4, 2]), torch.tensor([3, 3, 2])
    phi = np.maximum(network.blocks(x).detach().numpy(), 0).sum((2, 3))
    table = network.projection.embed.weight.detach().numpy().T
    expected = np.einsum("nc,nc->n", table[a] - table[b], phi)
    np.testing.assert_allclose((network(x, a) - network(x, b)).detach().numpy(), expected, rtol=1e-9, atol=1e-12)


def test_a_vector_condition_is_projected_linearly():
    network = ResnetDiscriminator([(1, 8, 8), 3], width=4).double()
    x, v, w = (torch.randn(2, *shape).double() for shape in [(1, 8, 8), (3,), (3,)])
    zero = torch.zeros_like(v)
    parts = network(x, v) + network(x, w) - network(x, zero)
    torch.testing.assert_close(network(x, v + w), parts)


def test_head_and_inputs_must_agree():
    with pytest.raises(ValueError, match=r"wants a condition besides the sample.*write the judge as `D\(_, label\)`"):
        ResnetDiscriminator([(1, 8, 8)], head="projection")
    with pytest.raises(ValueError, match=r"ignores conditions, got label of 5 classes; write the judge as `D\(_\)`"):
        ResnetDiscriminator([(1, 8, 8), LABEL], head="linear")
    assert ResnetDiscriminator([(1, 8, 8)]).projection is None
    assert isinstance(ResnetDiscriminator([(1, 8, 8), LABEL]).projection, nn.Module)
