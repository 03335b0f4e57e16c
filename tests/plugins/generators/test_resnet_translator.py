"""The translating generator against published counts, and what its paddings and norms keep.

Mutations that turn this red: a block without its sum; a ReLU after it; zeros for reflection.
"""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from rivalry.fields import Field
from rivalry_zoo.blocks.translation import PostActivationBlock
from rivalry_zoo.generators.resnet_translator import ResnetTranslator
from rivalry_zoo.norms.batch import BatchNorm
from rivalry_zoo.norms.instance import InstanceNorm
from rivalry_zoo.norms.none import NoNorm

LABEL = Field((), classes=3)


@pytest.mark.parametrize(("blocks", "count"), [(9, 11_378_179), (6, 7_837_699)])
def test_it_has_the_published_number_of_parameters(blocks, count):
    with torch.device("meta"):
        network = ResnetTranslator([(3, 256, 256)], (3, 256, 256), blocks=blocks)
    assert sum(parameter.numel() for parameter in network.parameters()) == count


@given(
    st.tuples(st.integers(2, 6), st.integers(2, 6)), st.integers(0, 3), st.integers(1, 3), st.integers(1, 3),
    st.integers(1, 3),
)  # fmt: skip
@settings(max_examples=15)
def test_an_image_comes_back_in_its_size_with_the_outputs_channels(sides, downsamplings, inside, outside, n):
    size = tuple(side * 2**downsamplings * (2 if downsamplings == 0 else 1) for side in sides)
    with torch.device("meta"):
        network = ResnetTranslator([(inside, *size), LABEL], (outside, *size), width=4, downsamplings=downsamplings)
        image = network(torch.randn(n, inside, *size), torch.zeros(n, dtype=torch.int64))
    assert image.shape == (n, outside, *size)


def test_a_block_is_the_textbook_order_of_its_layers():
    block, x = PostActivationBlock(3, BatchNorm, "reflect").double(), torch.randn(2, 3, 5, 4, dtype=torch.float64)
    plain = nn.Sequential(
        nn.ReflectionPad2d(1), nn.Conv2d(3, 3, 3, bias=False), nn.BatchNorm2d(3), nn.ReLU(),
        nn.ReflectionPad2d(1), nn.Conv2d(3, 3, 3, bias=False), nn.BatchNorm2d(3),
    ).double()  # fmt: skip
    with torch.no_grad():
        for ours, theirs in zip(plain.parameters(), block.parameters(), strict=True):
            ours.copy_(theirs)
    torch.testing.assert_close(block(x), x + plain(x))


def test_reflection_makes_no_border_of_a_constant_image_and_zeros_do(device):
    torch.manual_seed(0)
    x = torch.full((1, 1, 16, 16), 0.7, device=device, dtype=torch.float64)
    # Without halvings, for those pad by zeros always.
    for padding, flat in [("reflect", True), ("zeros", False)]:
        network = ResnetTranslator([(1, 16, 16)], (1, 16, 16), width=4, downsamplings=0, norm=NoNorm, padding=padding)
        for parameter in network.parameters():
            nn.init.normal_(parameter, 0, 0.3)
        y = network.to(device).double()(x)
        assert (bool((y - y.mean()).abs().max() < 1e-12)) == flat


def test_a_label_survives_instance_norms_only_where_zeros_pad(device):
    torch.manual_seed(0)
    x = torch.randn(1, 1, 16, 16, device=device, dtype=torch.float64)
    labels = [torch.tensor([k], device=device) for k in (0, 2)]
    for padding, survives in [("reflect", False), ("zeros", True)]:
        network = ResnetTranslator([(1, 16, 16), LABEL], (1, 16, 16), width=8, downsamplings=0, padding=padding)
        network = network.to(device).double()
        first, second = (network(x, label) for label in labels)
        assert (bool((first - second).abs().max() > 1e-6)) == survives


def test_samples_do_not_meet(device):
    torch.manual_seed(0)
    network = ResnetTranslator([(2, 16, 8)], (1, 16, 8), width=4, blocks=1).to(device).double()
    x = torch.randn(4, 2, 16, 8, device=device, dtype=torch.float64)
    torch.testing.assert_close(network(x.flip(0)), network(x).flip(0))
    torch.testing.assert_close(network(x[1:2]), network(x)[1:2])


@pytest.mark.parametrize("norm", [InstanceNorm, BatchNorm, NoNorm], ids=lambda norm: norm.name)
def test_every_weight_receives_a_gradient_unless_an_instance_norm_takes_its_bias(norm):
    torch.manual_seed(0)
    network = ResnetTranslator([(1, 16, 16)], (1, 16, 16), width=4, blocks=1, norm=norm)
    loss = (network(torch.randn(4, 1, 16, 16)) * torch.randn(4, 1, 16, 16)).sum()
    gradients = torch.autograd.grad(loss, [p for p in network.parameters() if p.ndim > 1])
    assert all(gradient.abs().max() > 0 for gradient in gradients)


def test_the_last_activation_follows_the_declared_range():
    shape = (1, 8, 8)

    def last(field, **choice):
        return list(ResnetTranslator([shape], field, width=2, blocks=0, **choice).net)[-1]

    assert isinstance(last(Field(shape, low=-1, high=1)), nn.Tanh)
    assert isinstance(last(Field(shape)), nn.Tanh)
    assert not isinstance(last(Field(shape, low=0, high=1)), nn.Tanh)
    assert not isinstance(last(Field(shape, low=-1, high=1), activation="none"), nn.Tanh)


@pytest.mark.parametrize(
    ("source", "output", "words"),
    [
        ((1, 16, 16), (1, 32, 32), "keeps the size of an image, got 1x16x16 for 1x32x32"),
        ((1, 18, 18), (1, 18, 18), "divisible by 4 and not too small, got 18x18; the nearest sizes are 16x16 or 20x20"),
        ((1, 4, 4), (1, 4, 4), "got 4x4; the nearest sizes are 8x8"),
        (12, (1, 8, 8), "wants an image of shape"),
        ((1, 16, 16), Field((), classes=4), "makes real values"),
    ],
)
def test_images_that_do_not_fit_are_refused_in_words(source, output, words):
    with pytest.raises(ValueError, match=words):
        ResnetTranslator([source], output)
