"""What holds of every discriminator that ships. Mutations caught: the condition ignored; scores of shape [N, 1]."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch._subclasses.fake_tensor import FakeTensorMode

from rivalry.fields import Field
from rivalry.interfaces import input_gradient
from rivalry_zoo.discriminators.dcgan import DcganDiscriminator
from rivalry_zoo.discriminators.mlp import MlpDiscriminator
from rivalry_zoo.discriminators.patch import PatchDiscriminator
from rivalry_zoo.discriminators.resnet import ResnetDiscriminator
from rivalry_zoo.norms.batch import BatchNorm
from rivalry_zoo.norms.instance import InstanceNorm
from rivalry_zoo.norms.none import NoNorm

ALL = [MlpDiscriminator, DcganDiscriminator, ResnetDiscriminator, PatchDiscriminator]
LABEL = Field((), classes=5)
every = pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
every_image = pytest.mark.parametrize("kind", ALL[1:], ids=lambda kind: kind.name)


def with_norms(*norms):
    """Every discriminator with these norms; vectors have no places for an instance norm."""
    pairs = [(kind, norm) for kind in ALL for norm in norms if (kind, norm) != (MlpDiscriminator, InstanceNorm)]
    return pytest.mark.parametrize(("kind", "norm"), pairs, ids=lambda component: component.name)


@st.composite
def sizes(draw):
    """Sides of 4 to 7 times 4 or 8, the longer a multiple of the same power: what all four accept."""
    power = 2 ** draw(st.integers(2, 3))
    short, long = draw(st.integers(4, 7)) * power, draw(st.integers(4, 12)) * power
    short, long = min(short, long), max(short, long)
    return (short, long) if draw(st.booleans()) else (long, short)


@every
@given(size=sizes(), channels=st.integers(1, 4), n=st.integers(1, 3), norm=st.sampled_from([NoNorm, BatchNorm]))
@settings(max_examples=12)
def test_one_score_per_sample_or_patch(kind, size, channels, n, norm):
    choice = {"layers": 2} if kind is PatchDiscriminator else {}
    with torch.device("meta"):
        network = kind([(channels, *size), LABEL], width=4, norm=norm, **choice).eval()
        scores = network(torch.randn(n, channels, *size), torch.zeros(n, dtype=torch.int64))
    patches = (1, size[0] // 4 - 2, size[1] // 4 - 2) if kind is PatchDiscriminator else ()
    assert scores.shape == (n, *patches)


@pytest.mark.parametrize("kind", [DcganDiscriminator, ResnetDiscriminator], ids=lambda kind: kind.name)
def test_other_sizes_are_refused_with_the_nearest(kind):
    with pytest.raises(ValueError, match="got 30x30; the nearest sizes are 28x28 or 32x32"):
        kind([(3, 30, 30)])


@every_image
def test_a_vector_is_no_image(kind):
    with pytest.raises(ValueError, match="wants an image of shape channels x height x width"):
        kind(12)


@with_norms(NoNorm, InstanceNorm)
def test_samples_do_not_meet_and_labels_matter_without_batch_norm(kind, norm, device):
    torch.manual_seed(0)
    network = kind([(2, 32, 24), LABEL], width=16, norm=norm).to(device).double()
    x, y = torch.randn(4, 2, 32, 24, device=device).double(), torch.tensor([0, 1, 2, 4], device=device)
    scores, order = network(x, y), torch.tensor([2, 0, 3, 1], device=device)
    torch.testing.assert_close(network(x[order], y[order]), scores[order])
    torch.testing.assert_close(network(x[1:2], y[1:2]), scores[1:2])
    other = network(x, torch.tensor([0, 1, 2, 3], device=device))
    torch.testing.assert_close(other[:3], scores[:3])
    if kind is not PatchDiscriminator or norm is NoNorm:
        assert (other[3] - scores[3]).abs().max() > 1e-9


@with_norms(NoNorm, InstanceNorm, BatchNorm)
def test_the_gradient_of_an_input_gradient_is_its_finite_difference(kind, norm, device):
    torch.manual_seed(1)
    network = kind([(2, 24, 24), LABEL], width=4, norm=norm).to(device).double()
    x, y = torch.randn(3, 2, 24, 24, device=device).double(), torch.tensor([0, 1, 4], device=device)
    weights = list(network.parameters())
    directions = [torch.randn_like(weight) * weight.detach().abs().mean() for weight in weights]

    def penalty():
        point = x.clone().requires_grad_()
        return input_gradient(network(point, y).square(), point).square().sum()

    gradients = torch.autograd.grad(penalty(), weights, allow_unused=True, materialize_grads=True)
    slope = sum((gradient * direction).sum() for gradient, direction in zip(gradients, directions))
    values = []
    with torch.no_grad():
        for step in (1e-6, -2e-6):
            for weight, direction in zip(weights, directions):
                weight.add_(direction, alpha=step)
            with torch.enable_grad():
                values.append(penalty().detach())
    torch.testing.assert_close(slope, (values[0] - values[1]) / 2e-6, rtol=1e-4, atol=1e-8)


@every
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64], ids=str)
def test_it_runs_in_other_precisions(kind, dtype, device):
    torch.manual_seed(0)
    network = kind([(2, 24, 24), LABEL], width=4).to(device)
    x, y = torch.randn(8, 2, 24, 24, device=device), torch.arange(8, device=device) % 5
    exact = network(x, y)
    scores = network.to(dtype)(x.to(dtype), y)
    assert scores.dtype == dtype
    tolerance = 0.1 if dtype == torch.bfloat16 else 1e-3
    assert (scores - exact).abs().mean() < tolerance * exact.abs().mean()


@every_image
def test_channels_last_gives_the_same_values(kind, device):
    torch.manual_seed(0)
    network, x = kind([(3, 32, 24)], width=8).to(device).double(), torch.randn(4, 3, 32, 24, device=device).double()
    expected, last = network(x), torch.channels_last
    torch.testing.assert_close(network.to(memory_format=last)(x.contiguous(memory_format=last)), expected)


@every
def test_it_needs_no_values(kind):
    with FakeTensorMode():
        network = kind([(3, 24, 24), LABEL], width=4, norm=NoNorm)
        x = torch.randn(5, 3, 24, 24, requires_grad=True)
        penalty = input_gradient(network(x, torch.randint(5, (5,))), x).square().sum()
        gradients = torch.autograd.grad(penalty, list(network.parameters()), allow_unused=True)
    assert any(gradient is not None for gradient in gradients)


@every
def test_every_weight_receives_a_gradient(kind):
    torch.manual_seed(0)
    network = kind([(2, 32, 32), LABEL], width=4)
    scores = network(torch.randn(6, 2, 32, 32), torch.arange(6) % 5)
    gradients = torch.autograd.grad((scores * torch.randn_like(scores)).sum(), list(network.parameters()))
    assert all(gradient.abs().max() > 0 for gradient in gradients)
