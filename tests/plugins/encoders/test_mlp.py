"""The fully connected encoder against numpy. Mutation caught: the halves of a Gaussian swapped."""

import numpy as np
import pytest
import torch

from rivalry.fields import Field
from rivalry_zoo.encoders.mlp import MlpEncoder


def test_without_hidden_layers_it_is_an_affine_map(device):
    network = MlpEncoder([(2, 3), Field((), classes=4)], (2, 2), layers=0).to(device)
    x, y = torch.randn(5, 2, 3, device=device), torch.tensor([3, 1, 0, 3, 2], device=device)
    weight, bias = (p.detach().cpu().numpy() for p in network.parameters())
    expected = x.cpu().numpy().reshape(5, 6) @ weight[:, :6].T + weight[:, 6:].T[y.cpu()] + bias
    np.testing.assert_allclose(network(x, y).detach().cpu().numpy(), expected.reshape(5, 2, 2), rtol=1e-4, atol=1e-6)


def test_a_gaussian_head_is_two_codes_of_one_body():
    network, x = MlpEncoder([(7,)], (2, 3), width=5, layers=2, head="gaussian"), torch.randn(4, 7)
    halves = [MlpEncoder([(7,)], (2, 3), width=5, layers=2) for _ in range(2)]
    state = network.state_dict()
    for half, rows in zip(halves, (slice(0, 6), slice(6, 12)), strict=True):
        half.load_state_dict({k: v[rows] if k.startswith("net.4") else v for k, v in state.items()})
    mean, log_variance = network(x)
    torch.testing.assert_close(mean, halves[0](x))
    torch.testing.assert_close(log_variance, halves[1](x))
    assert network(x)._fields == ("mean", "log_variance")


def test_codes_of_a_uniform_latents_range_are_bounded_and_others_are_not():
    x = 1e4 * torch.randn(8, 3)
    assert MlpEncoder([(3,)], Field(3, low=-1, high=1), layers=0)(x).abs().max() <= 1
    assert MlpEncoder([(3,)], Field(3), layers=0)(x).abs().max() > 1
    assert MlpEncoder([(3,)], Field(3, low=-1, high=1), layers=0, activation="none")(x).abs().max() > 1


def test_a_code_of_labels_is_refused_in_words():
    with pytest.raises(ValueError, match="encoder mlp makes real values, got label of 10 classes"):
        MlpEncoder([(3,)], Field((), classes=10))
