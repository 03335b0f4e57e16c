"""Attention against numpy. Mutations caught: no square root of the size; heads mixed; the mask left out."""

import numpy as np
import pytest
import torch
from scipy.special import softmax

from rivalry_zoo.blocks.attention import Attention, PlaceAttention


@pytest.mark.parametrize("causal", [False, True])
def test_each_head_is_a_softmax_mean_of_values(causal):
    torch.manual_seed(0)
    network, x = Attention(6, 2, causal).double(), torch.randn(2, 5, 6, dtype=torch.float64)
    with torch.no_grad():
        found = network(x).numpy()
        joint = network.queries_keys_values(x).numpy()
        last = (network.last.weight.numpy(), network.last.bias.numpy())
    q, k, v = np.split(joint, 3, axis=2)
    heads = []
    for h in range(2):
        own = slice(3 * h, 3 * h + 3)
        scores = q[..., own] @ k[..., own].transpose(0, 2, 1) / np.sqrt(3)
        if causal:
            scores = np.where(np.tril(np.ones((5, 5))) > 0, scores, -np.inf)
        heads.append(softmax(scores, axis=2) @ v[..., own])
    np.testing.assert_allclose(found, np.concatenate(heads, 2) @ last[0].T + last[1], atol=1e-12)


def test_over_places_it_starts_as_the_identity_and_then_sees_every_place():
    torch.manual_seed(0)
    network, x = PlaceAttention(8).double(), torch.randn(1, 8, 4, 3, dtype=torch.float64)
    assert torch.equal(network(x), x)
    torch.nn.init.normal_(network.attention.last.weight)
    moved = x.clone()
    moved[0, :, 0, 0] += torch.randn(8)
    assert ((network(moved) - moved - network(x) + x).abs().amax(1) > 0).all()


def test_over_places_the_order_of_places_is_of_no_account():
    torch.manual_seed(0)
    network, x = PlaceAttention(8).double(), torch.randn(2, 8, 4, 3, dtype=torch.float64)
    torch.nn.init.normal_(network.attention.last.weight)
    torch.testing.assert_close(network(x.flip(2, 3)), network(x).flip(2, 3))
