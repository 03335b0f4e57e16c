"""What holds of every generator that ships. Mutations caught: height and width exchanged; the label ignored."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch._subclasses.fake_tensor import FakeTensorMode

from rivalry.fields import Field
from rivalry_zoo.generators.dcgan import DcganGenerator
from rivalry_zoo.generators.mlp import MlpGenerator
from rivalry_zoo.generators.patch import PatchGenerator
from rivalry_zoo.generators.resnet import ResnetGenerator
from rivalry_zoo.norms.instance import InstanceNorm
from rivalry_zoo.norms.none import NoNorm

ALL = [MlpGenerator, DcganGenerator, ResnetGenerator, PatchGenerator]
IMAGES = ALL[1:]
LABEL = Field((), classes=5)
every = pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
every_image = pytest.mark.parametrize("kind", IMAGES, ids=lambda kind: kind.name)


def with_norms(*norms):
    """Every generator with these norms; vectors have no places for an instance norm."""
    pairs = [(kind, norm) for kind in ALL for norm in norms if (kind, norm) != (MlpGenerator, InstanceNorm)]
    return pytest.mark.parametrize(("kind", "norm"), pairs, ids=lambda component: component.name)


@st.composite
def sizes(draw):
    """Sides of 4 to 7 times a power of two, the longer a multiple of the same power."""
    power = 2 ** draw(st.integers(1, 3))
    short, long = draw(st.integers(4, 7)) * power, draw(st.integers(4, 12)) * power
    short, long = min(short, long), max(short, long)
    return (short, long) if draw(st.booleans()) else (long, short)


@every
@given(size=sizes(), channels=st.integers(1, 4), n=st.integers(1, 3), latent=st.integers(1, 9))
@settings(max_examples=12)
def test_the_sample_has_the_declared_shape(kind, size, channels, n, latent):
    with torch.device("meta"):
        network = kind([latent, LABEL], (channels, *size), width=4, norm=NoNorm)
        sample = network(torch.randn(n, latent), torch.zeros(n, dtype=torch.int64))
    assert sample.shape == (n, channels, *size)


@given(shape=st.lists(st.integers(1, 4), max_size=4).map(tuple))
@settings(max_examples=12)
def test_mlp_makes_any_shape(shape):
    assert MlpGenerator(3, shape, width=4)(torch.randn(2, 3)).shape == (2, *shape)


@every_image
@pytest.mark.parametrize(("size", "offered"), [((30, 30), "28x28 or 32x32"), ((6, 6), "8x8"), ((64, 31), "64x32")])
def test_other_sizes_are_refused_with_the_nearest(kind, size, offered):
    with pytest.raises(ValueError, match=f"got {size[0]}x{size[1]}; the nearest sizes are .*{offered}"):
        kind(8, (3, *size))


@every
def test_labels_are_no_sample(kind):
    with pytest.raises(ValueError, match="makes real values, got label of 5 classes"):
        kind(8, LABEL)


@with_norms(NoNorm, InstanceNorm)
def test_samples_do_not_meet_and_labels_matter_without_batch_norm(kind, norm, device):
    torch.manual_seed(0)
    network = kind([6, LABEL], (2, 16, 8), width=8, norm=norm).to(device).double()
    z, y = torch.randn(4, 6, device=device).double(), torch.tensor([0, 1, 2, 4], device=device)
    sample, order = network(z, y), torch.tensor([2, 0, 3, 1], device=device)
    torch.testing.assert_close(network(z[order], y[order]), sample[order])
    torch.testing.assert_close(network(z[1:2], y[1:2]), sample[1:2])
    other = network(z, torch.tensor([0, 1, 2, 3], device=device))
    torch.testing.assert_close(other[:3], sample[:3])
    assert (other[3] - sample[3]).abs().max() > 1e-9


@every
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64], ids=str)
def test_it_runs_in_other_precisions(kind, dtype, device):
    torch.manual_seed(0)
    network = kind([6, LABEL], (2, 8, 8), width=4).to(device)
    z, y = torch.randn(8, 6, device=device), torch.arange(8, device=device) % 5
    exact = network(z, y)
    sample = network.to(dtype)(z.to(dtype), y)
    assert sample.dtype == dtype
    tolerance = 0.1 if dtype == torch.bfloat16 else 1e-3
    assert (sample - exact).abs().mean() < tolerance * exact.abs().mean()


@every_image
def test_channels_last_gives_the_same_values(kind, device):
    torch.manual_seed(0)
    network, z = kind(6, (3, 16, 8), width=8).to(device).double(), torch.randn(4, 6, device=device).double()
    expected = network(z)
    torch.testing.assert_close(network.to(memory_format=torch.channels_last)(z), expected)


@every
def test_it_needs_no_values(kind):
    with FakeTensorMode():
        network = kind([6, LABEL], (3, 16, 16), width=4)
        sample = network(torch.randn(5, 6), torch.randint(5, (5,)))
        loss = sample.square().mean()
        gradients = torch.autograd.grad(loss, list(network.parameters()))
    assert sample.shape == (5, 3, 16, 16)
    assert len(gradients) == len(list(network.parameters()))


@every
def test_tanh_follows_the_declared_range(kind):
    def last(field, **choice):
        return [module for module in kind(4, field, width=2, **choice).modules() if not list(module.children())][-1]

    shape = (1, 8, 8)
    bounded, other = Field(shape, low=-1, high=1), Field(shape, low=0, high=1)
    assert isinstance(last(bounded), torch.nn.Tanh)
    assert not isinstance(last(other), torch.nn.Tanh)
    assert isinstance(last(Field(shape)), torch.nn.Tanh) == (kind is not MlpGenerator)
    assert isinstance(last(other, activation="tanh"), torch.nn.Tanh)
    assert not isinstance(last(bounded, activation="none"), torch.nn.Tanh)


@every
def test_every_weight_receives_a_gradient(kind):
    torch.manual_seed(0)
    network = kind([6, LABEL], (2, 16, 16), width=8)
    loss = (network(torch.randn(6, 6), torch.arange(6) % 5) * torch.randn(6, 2, 16, 16)).sum()
    gradients = torch.autograd.grad(loss, list(network.parameters()))
    assert all(gradient.abs().max() > 0 for gradient in gradients)
