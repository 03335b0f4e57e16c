"""Heads and taps against a second network that is read by hand.

Mutations caught: a tap taken before its norm; log-variances handed over as means.
"""

import numpy as np
import pytest
import torch

from rivalry.fields import Field
from rivalry_zoo.blocks.heads import Branches, Head, gaussian
from rivalry_zoo.discriminators.dcgan import DcganDiscriminator
from rivalry_zoo.discriminators.mlp import MlpDiscriminator
from rivalry_zoo.norms.batch import BatchNorm

HEADS = {"code": {"classes": 3, "gaussian": 2}, "kind": {"classes": 5}, "pose": {"gaussian": 4}}
CRITICS = [
    (DcganDiscriminator, [(1, 16, 16)], ("conv1", "conv2")),
    (MlpDiscriminator, [(1, 4, 4)], ("layer1", "layer3")),
]
critics = pytest.mark.parametrize(("critic", "inputs", "taps"), CRITICS, ids=["dcgan", "mlp"])


def test_a_head_is_one_affine_map_of_the_features_cut_into_its_parts(device):
    head, features = Head(12, classes=3, gaussian=2).to(device), torch.randn(5, 3, 2, 2, device=device)
    weight, bias = (p.detach().cpu().numpy() for p in head.parameters())
    expected = features.cpu().numpy().reshape(5, 12) @ weight.T + bias
    for part, columns in zip(head(features), [slice(0, 3), slice(3, 5), slice(5, 7)], strict=True):
        np.testing.assert_allclose(part.detach().cpu().numpy(), expected[:, columns], rtol=1e-4, atol=1e-6)


def test_a_gaussian_is_means_then_log_variances():
    mean, log_variance = gaussian(torch.arange(24.0).reshape(2, 12), (2, 3))
    assert mean[1].tolist() == [[12, 13, 14], [15, 16, 17]]
    assert log_variance[0].tolist() == [[6, 7, 8], [9, 10, 11]]


@critics
def test_a_critic_with_heads_and_taps_scores_as_one_without(critic, inputs, taps):
    branched, plain = critic(inputs, width=4, heads=HEADS, taps=taps), critic(inputs, width=4)
    plain.load_state_dict({key: value for key, value in branched.state_dict().items() if "branches" not in key})
    x = torch.randn(3, *inputs[0])
    found = branched(x)
    assert torch.equal(found.scores, plain(x))
    assert found._fields == ("scores", "code", "kind", "pose", *taps)
    assert critic.outputs_of({"heads": HEADS, "taps": taps}) == found._fields[1:]
    shapes = {"code": [(3, 3), (3, 2), (3, 2)], "kind": (3, 5), "pose": [(3, 4), (3, 4)]}
    for name, shape in shapes.items():
        parts = getattr(found, name)
        assert (parts.shape if isinstance(parts, torch.Tensor) else [part.shape for part in parts]) == shape


@critics
def test_a_critic_without_either_returns_a_plain_tensor_and_holds_no_more_weights(critic, inputs, taps):
    network = critic(inputs, width=4)
    assert isinstance(network(torch.randn(3, *inputs[0])), torch.Tensor)
    assert critic.outputs_of({}) == critic.outputs_of({"heads": None, "width": 3}) == ()
    assert not any("branches" in key for key in network.state_dict())


@pytest.mark.parametrize("norm", [None, BatchNorm])
@critics
def test_a_tap_is_what_the_rest_of_the_critic_sees(critic, inputs, taps, norm):
    options = {} if norm is None else {"norm": norm}
    network, x = critic(inputs, width=4, taps=taps, **options).eval(), torch.randn(3, *inputs[0])
    stack = list(network.body if critic is DcganDiscriminator else network.net[:-1])
    seen, rectifiers = x if critic is DcganDiscriminator else x.reshape(3, -1), []
    for layer in stack:
        seen = layer(seen)
        if type(layer).__name__.endswith("ReLU"):
            rectifiers.append(seen.clone())
    for name in taps:
        torch.testing.assert_close(getattr(network(x), name), rectifiers[int(name[-1]) - 1])


@critics
def test_every_head_and_tap_sends_gradients_to_the_weights_before_it(critic, inputs, taps):
    network = critic(inputs, width=32, heads=HEADS, taps=taps)  # wide: some rectifier is open for some sample
    found = network(torch.randn(3, *inputs[0]))
    first = next(network.parameters())
    for tensor in (*found.code, found.kind, *found.pose, *(getattr(found, tap) for tap in taps)):
        (gradient,) = torch.autograd.grad(tensor.square().sum(), first, retain_graph=True)
        assert gradient.abs().max() > 0


def test_conditions_enter_the_scores_but_not_the_heads():
    network = DcganDiscriminator([(1, 16, 16), Field((), classes=5)], width=4, heads=HEADS).eval()
    x = torch.randn(2, 1, 16, 16)
    first, other = network(x, torch.tensor([0, 1])), network(x, torch.tensor([2, 3]))
    assert not torch.equal(first.scores, other.scores)
    assert torch.equal(first.kind, other.kind)


@pytest.mark.parametrize(
    ("heads", "taps", "words"),
    [
        ({"two words": {"classes": 2}}, (), "cannot call a head 'two words'"),
        ({"class": {"classes": 2}}, (), "cannot call a head 'class'; choose another word, such as 'class_head'"),
        ({"type": {"classes": 2}}, (), "cannot call a head 'type'"),
        ({"scores": {"classes": 2}}, (), "cannot call a head 'scores'"),
        ({"code": {}}, (), "a head 'code' that foretells nothing"),
        ({}, ("conv3",), "has no layer 'conv3' to tap; it has conv1, conv2"),
        ({"conv1": {"classes": 2}}, ("conv1",), "two outputs called 'conv1'"),
        ({}, ("conv1", "conv1"), "two outputs called 'conv1'"),
    ],
)
def test_names_that_do_not_fit_are_refused_in_words(heads, taps, words):
    with pytest.raises(ValueError, match=words):
        Branches(heads, taps, 8, {"conv1": 1, "conv2": 4}, "discriminator dcgan")
