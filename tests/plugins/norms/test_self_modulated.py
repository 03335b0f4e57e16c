"""Self-modulation against numpy. Mutations caught: no rectifier; the 1 left out; shift and scale exchanged."""

import numpy as np
import pytest
import torch

from rivalry.marks import CouplesBatch
from rivalry_zoo.norms.batch import BatchNorm
from rivalry_zoo.norms.self_modulated import SelfModulatedNorm


@pytest.mark.parametrize("shape", [(6, 3), (6, 3, 4, 2)], ids=str)
def test_a_small_network_of_the_code_modulates_batch_norm(shape, device):
    rng, norm = np.random.default_rng(0), SelfModulatedNorm(3, 5, hidden=7, eps=0.2).double().to(device)
    x, z = rng.normal(3, 2, size=shape), rng.normal(size=(6, 5))
    for parameter in norm.parameters():
        torch.nn.init.normal_(parameter)
    value = {key: parameter.detach().cpu().numpy() for key, parameter in norm.named_parameters()}
    hidden = np.maximum(z @ value["hidden.weight"].T + value["hidden.bias"], 0)
    scale, shift = (
        (hidden @ value[f"{key}.weight"].T + value[f"{key}.bias"]).reshape(6, 3, *[1] * (x.ndim - 2))
        for key in ("scale", "shift")
    )
    places = (0, *range(2, x.ndim))
    plain = (x - x.mean(places, keepdims=True)) / np.sqrt(x.var(places, keepdims=True) + 0.2)
    found = norm(torch.tensor(x, device=device), torch.tensor(z, device=device)).detach().cpu().numpy()
    np.testing.assert_allclose(found, (1 + scale) * plain + shift, rtol=1e-9, atol=1e-12)


def test_zero_weights_in_the_last_layers_leave_batch_norm():
    norm, plain = SelfModulatedNorm(3, 5, momentum=0.7), BatchNorm(3, momentum=0.7)
    for layer in (norm.scale, norm.shift):
        torch.nn.init.zeros_(layer.weight)  # the biases are there already
    for training in (True, True, False):
        x = 2 * torch.randn(5, 3, 4) + 1
        torch.testing.assert_close(norm.train(training)(x, torch.randn(5, 5)), plain.train(training)(x))


def test_a_label_is_a_code_of_zeros_and_a_one():
    x, norm = torch.randn(3, 2, 4), SelfModulatedNorm(2, 4)
    labels = torch.tensor([3, 0, 3])
    assert torch.equal(norm(x, labels), norm(x, torch.eye(4)[labels]))


def test_hidden_is_32_and_it_couples_the_batch():
    norm = SelfModulatedNorm(3, 5)
    assert norm.hidden.out_features == 32
    assert isinstance(norm, CouplesBatch)
    assert norm.conditional


def test_it_wants_a_code():
    with pytest.raises(ValueError, match=r"norm self_modulated wants labels \[N\] or vectors \[N, 5\], got none"):
        SelfModulatedNorm(3, 5)(torch.randn(2, 3))
    with pytest.raises(ValueError, match="norm self_modulated wants a condition, but its network tells"):
        SelfModulatedNorm(3)
