"""Equalised learning rates: He's weights in use, unit weights trained. Mutation caught: the multiplier on one side."""

import numpy as np
import pytest
import torch
from torch import nn

from rivalry_zoo.blocks.equalised import EqualisedConv, EqualisedLinear
from rivalry_zoo.weight_norms.equalised import Equalised

LAYERS = {
    "linear": (lambda: nn.Linear(300, 100), 300),
    "conv": (lambda: nn.Conv2d(40, 30, 5), 1000),
    "grouped": (lambda: nn.Conv1d(60, 60, 5, groups=2), 150),
    "transposed": (lambda: nn.ConvTranspose2d(40, 30, 4, stride=2), 160),
}


@pytest.mark.parametrize(("gain", "multiplier"), [(np.sqrt(2), 1.0), (0.5, 0.1)])
@pytest.mark.parametrize(("make", "inputs"), LAYERS.values(), ids=LAYERS)
def test_unit_weights_are_trained_and_he_s_are_used(make, inputs, gain, multiplier, device):
    torch.manual_seed(0)
    layer = Equalised(gain=gain, multiplier=multiplier).apply(make().to(device))
    trained, used = layer.parametrizations["weight"].original, layer.weight
    assert trained.std().item() * multiplier == pytest.approx(1, rel=0.03)
    torch.testing.assert_close(used, trained * (gain * multiplier / inputs**0.5))
    assert abs(trained.mean().item()) * multiplier < 0.03


def test_the_default_is_he_s_gain_at_full_pace():
    layer = Equalised().apply(nn.Linear(8, 2))
    torch.testing.assert_close(layer.weight, layer.parametrizations["weight"].original / 2)
    assert isinstance(layer.bias, nn.Parameter)


def test_biases_start_as_they_were_and_move_at_the_multiplied_pace():
    layer = nn.Linear(8, 2)
    before = layer.bias.detach().clone()
    Equalised(multiplier=0.25).apply(layer)
    torch.testing.assert_close(layer.bias, before)
    torch.testing.assert_close(layer.parametrizations["bias"].original, 4 * before)
    assert Equalised(multiplier=0.25).apply(nn.Linear(8, 2, bias=False)).bias is None


@pytest.mark.parametrize("multiplier", [1.0, 0.01])
def test_it_is_the_layer_that_is_written_so(multiplier):
    written = EqualisedLinear(6, 3, gain=1.5, multiplier=multiplier, bias=False)
    layer = nn.Linear(6, 3, bias=False)
    Equalised(gain=1.5, multiplier=multiplier).apply(layer)
    layer.weight = written.weight * written.scale
    torch.testing.assert_close(layer.parametrizations["weight"].original, written.weight)
    x = torch.randn(4, 6)
    torch.testing.assert_close(layer(x), written(x))
    conv = Equalised().apply(nn.Conv2d(4, 3, 3, padding=1))
    same = EqualisedConv(4, 3)
    same.weight.data, same.bias.data = conv.parametrizations["weight"].original.data, conv.bias.data
    maps = torch.randn(2, 4, 5, 5)
    torch.testing.assert_close(conv(maps), same(maps))


def test_ten_layers_keep_the_mean_square():
    torch.manual_seed(0)
    layers = [Equalised().apply(nn.Linear(256, 256, bias=False)) for _ in range(10)]
    x = torch.randn(200, 256)
    for layer in layers:
        x = torch.relu(layer(x))
    assert 0.5 < x.square().mean().item() < 2


def test_a_step_of_adam_is_the_same_part_of_every_layer():
    parts = []
    for inputs in (20, 500):
        torch.manual_seed(0)
        layer = Equalised().apply(nn.Linear(inputs, 50))
        before = layer.weight.detach().clone()
        optimizer = torch.optim.Adam(layer.parameters(), lr=0.01)
        layer(torch.randn(20, inputs)).square().sum().backward()
        optimizer.step()
        parts.append(((layer.weight - before).norm() / before.norm()).item())
    assert parts == pytest.approx([0.01, 0.01], rel=0.1)


def test_embeddings_are_left_as_they_are():
    network = Equalised().apply(nn.Sequential(nn.Embedding(3, 2)))
    assert set(network.state_dict()) == {"0.weight"}


def test_gradients_are_differentiable_twice():
    layer = Equalised(multiplier=0.5).apply(nn.Conv2d(2, 2, 3).double())
    (form,) = layer.parametrizations["weight"]
    assert torch.autograd.gradcheck(form, layer.parametrizations["weight"].original)
