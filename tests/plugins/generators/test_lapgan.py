"""The generator of detail. Mutations tried (a test failed for each): an input left out; tanh at undeclared ranges."""

import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from rivalry.fields import Field
from rivalry_zoo.generators.lapgan import LapganGenerator

LABEL = Field((), classes=4)


def test_the_papers_network_is_the_plain_stack(device):
    """Convolutions of one size on three channels and a plane of noise (the published code ends in a smaller one)."""
    network = LapganGenerator([(1, 14, 14), (3, 14, 14)], (3, 14, 14), width=8).to(device)
    stack = [nn.Conv2d(4, 8, 7, padding=3), nn.ReLU(), nn.Conv2d(8, 8, 7, padding=3), nn.ReLU()]
    plain = nn.Sequential(*stack, nn.Conv2d(8, 3, 7, padding=3)).to(device)
    plain.load_state_dict({key.removeprefix("net."): value for key, value in network.state_dict().items()})
    noise, low = torch.randn(2, 1, 14, 14, device=device), torch.randn(2, 3, 14, 14, device=device)
    assert torch.equal(network(noise, low), plain(torch.cat([noise, low], 1)))


@pytest.mark.parametrize(("size", "layers", "kernel"), [((7, 7), 1, 3), ((9, 14), 3, 5)])
def test_detail_has_the_size_of_the_image_without_values(size, layers, kernel):
    with FakeTensorMode():
        network = LapganGenerator([(1, *size), (2, *size), LABEL], (2, *size), width=4, layers=layers, kernel=kernel)
        detail = network(torch.randn(3, 1, *size), torch.randn(3, 2, *size), torch.randint(4, (3,)))
    assert detail.shape == (3, 2, *size)


def test_detail_is_unbounded_unless_a_range_is_declared():
    def last(field, **choice):
        return LapganGenerator([(1, 8, 8)], field, width=2, **choice).net[-1]

    assert not isinstance(last(Field((1, 8, 8))), nn.Tanh)
    assert isinstance(last(Field((1, 8, 8), low=-1, high=1)), nn.Tanh)


def test_every_weight_receives_a_gradient():
    network = LapganGenerator([(1, 8, 8), (2, 8, 8), LABEL], (2, 8, 8), width=8, kernel=3)
    detail = network(torch.randn(4, 1, 8, 8), torch.randn(4, 2, 8, 8), torch.arange(4))
    gradients = torch.autograd.grad((detail * torch.randn_like(detail)).sum(), list(network.parameters()))
    assert all(gradient.abs().max() > 0 for gradient in gradients)


def test_what_does_not_fit_is_refused_in_words():
    with pytest.raises(ValueError, match=r"maps of 8x8, got 1x4x4; resize it in the flow"):
        LapganGenerator([(1, 4, 4)], (1, 8, 8))
    with pytest.raises(ValueError, match="odd kernel, got 6; the nearest are 5 or 7"):
        LapganGenerator([(1, 8, 8)], (1, 8, 8), kernel=6)
