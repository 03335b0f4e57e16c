"""The mapping network against numpy.

Mutation tried: the multiplier left out of the weights in force; the reference and the start fail.
"""

import numpy as np
import torch

from rivalry.fields import Field
from rivalry_zoo.encoders.style_mapping import StyleMapping

LABEL = Field((), classes=5)


def unit(x):
    return x / np.sqrt((x**2).mean(1, keepdims=True) + 1e-8)


def test_it_is_a_perceptron_of_the_codes_direction(device):
    torch.manual_seed(0)
    network, z = StyleMapping(6, width=8, layers=3, multiplier=0.1).to(device).double(), torch.randn(4, 6).double()
    w = unit(z.numpy())
    for layer in network.layers:
        torch.nn.init.normal_(layer.bias)
        weight, bias = layer.weight.detach().cpu().numpy(), layer.bias.detach().cpu().numpy()
        w = w @ weight.T * np.sqrt(2 / weight.shape[1]) * 0.1 + bias * 0.1
        w = np.maximum(w, 0.2 * w)
    found = network(z.to(device)).detach().cpu().numpy()
    np.testing.assert_allclose(found, w, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(network(7 * z.to(device)).detach().cpu().numpy(), found, rtol=1e-6)


def test_labels_are_embedded_and_count_by_their_direction():
    torch.manual_seed(0)
    network, z, y = StyleMapping([6, LABEL], width=8).double(), torch.randn(3, 6).double(), torch.tensor([0, 4, 2])
    told = network.embed.weight.detach().numpy().T[y.numpy()] / np.sqrt(5)
    first = network.layers[0].weight.detach().numpy() * network.layers[0].scale
    before = np.concatenate([unit(z.numpy()), unit(told)], 1) @ first.T
    handed = []
    network.layers[0].register_forward_hook(lambda layer, inputs, output: handed.append(output))
    assert network(z, y).shape == (3, 8)
    np.testing.assert_allclose(handed[0].detach().numpy(), before, rtol=1e-6, atol=1e-9)


def test_signals_keep_their_size_through_eight_layers():
    torch.manual_seed(0)
    w = StyleMapping(256, width=256)(torch.randn(500, 256))
    assert 0.3 < w.square().mean().item() < 2


def test_its_outputs_move_little_where_weights_move_at_one_pace():
    slow, fast = (StyleMapping(64, width=64, layers=1, multiplier=multiplier) for multiplier in (0.01, 1.0))
    moved = []
    for network in (slow, fast):
        z = torch.randn(9, 64, generator=torch.Generator().manual_seed(0))
        before = network(z)
        with torch.no_grad():
            network.layers[0].weight.add_(1e-3)
        moved.append((network(z) - before).abs().mean().item())
    assert 0.003 < moved[0] / moved[1] < 0.03
