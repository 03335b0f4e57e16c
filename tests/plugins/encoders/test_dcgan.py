"""The DCGAN encoder against a hand-written stack. Mutations caught: a norm on the first layer; the halves swapped."""

import numpy as np
import pytest
import torch
from torch import nn

from rivalry.fields import Field
from rivalry_zoo.discriminators.dcgan import DcganDiscriminator
from rivalry_zoo.encoders.dcgan import DcganEncoder


def plain(code: int) -> nn.Sequential:
    net = nn.Sequential(
        nn.Conv2d(1, 8, 4, 2, 1, bias=False), nn.LeakyReLU(0.2),
        nn.Conv2d(8, 16, 4, 2, 1, bias=False), nn.BatchNorm2d(16), nn.LeakyReLU(0.2),
        nn.Flatten(), nn.Linear(16 * 7 * 7, code),
    )  # fmt: skip
    for module in net:
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.normal_(module.weight, 0.0, 0.02)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.02)
    nn.init.zeros_(net[-1].bias)
    return net


def test_equal_seeds_give_the_plain_network_bit_for_bit(device):
    torch.manual_seed(5)
    expected = plain(6).to(device)
    torch.manual_seed(5)
    network = DcganEncoder([(1, 28, 28)], (6,), width=8).to(device)
    x = torch.randn(4, 1, 28, 28, device=device)
    assert torch.equal(network(x), expected(x))
    assert sum(p.numel() for p in network.parameters()) == sum(p.numel() for p in expected.parameters())


def test_its_body_is_the_discriminators():
    network, critic = DcganEncoder([(3, 32, 32)], (6,), width=4), DcganDiscriminator([(3, 32, 32)], width=4)
    critic.body.load_state_dict(network.body.state_dict())


def test_a_gaussian_head_gives_means_and_log_variances_of_the_codes_shape():
    network = DcganEncoder([(1, 16, 16)], (2, 3), width=4, head="gaussian").eval()
    x = torch.randn(5, 1, 16, 16)
    mean, log_variance = network(x)
    features = network.body(x).detach().numpy().reshape(5, -1)
    weight, bias = network.last.weight.detach().numpy(), network.last.bias.detach().numpy()
    for part, rows in ((mean, slice(0, 6)), (log_variance, slice(6, 12))):
        expected = (features @ weight[rows].T + bias[rows]).reshape(5, 2, 3)
        np.testing.assert_allclose(part.detach().numpy(), expected, rtol=1e-4, atol=1e-5)
    assert network(x)._fields == ("mean", "log_variance")


def test_codes_of_a_uniform_latents_range_are_bounded_and_others_are_not():
    x = 1e4 * torch.randn(8, 1, 16, 16)
    assert DcganEncoder([(1, 16, 16)], Field(3, low=-1, high=1), width=4).eval()(x).abs().max() <= 1
    assert DcganEncoder([(1, 16, 16)], Field(3), width=4).eval()(x).abs().max() > 1


def test_conditions_are_maps_beside_the_image():
    network, x = DcganEncoder([(1, 16, 16), Field((), classes=5)], 3, width=4), torch.randn(2, 1, 16, 16)
    assert network.body[0].weight.shape[1] == 6
    assert not torch.equal(network(x, torch.tensor([0, 1])), network(x, torch.tensor([2, 3])))


@pytest.mark.parametrize(
    ("inputs", "output", "words"),
    [
        ([(1, 30, 30)], 4, "encoder dcgan wants a shorter side"),
        ([4], 4, "encoder dcgan wants an image"),
        ([(1, 28, 28)], Field((), classes=10), "encoder dcgan makes real values, got label of 10 classes"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(inputs, output, words):
    with pytest.raises(ValueError, match=words):
        DcganEncoder(inputs, output)
