"""EfficientNet-lite0, recomputed from a plan; by hand its trained weights have also been tried on photographs.

Mutations tried (a test failed for each): the odd pixel of padding first, stride in every block of a stage, ReLU6 after
narrowing, no shortcut, another epsilon.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch.nn.functional import conv2d, pad

from rivalry_zoo.blocks.lite_net import LiteNet, SameConv, lite_net

PLAN = """
16 3x3/1
24 3x3/2 24 3x3/1
40 5x5/2 40 5x5/1
80 3x3/2 80 3x3/1 80 3x3/1
112 5x5/1 112 5x5/1 112 5x5/1
192 5x5/2 192 5x5/1 192 5x5/1 192 5x5/1
320 3x3/1
"""


@pytest.mark.parametrize("size", [5, 6, 7, 8])
@pytest.mark.parametrize(("kernel", "stride"), [(1, 1), (3, 1), (5, 1), (3, 2), (5, 2)])
def test_same_padding_puts_the_odd_pixel_last(kernel, stride, size, device):
    layer, x = SameConv(1, 1, kernel, stride).to(device), torch.rand(1, 1, size, 9, device=device)
    truth = []
    for row in range(-(-size // stride)):
        missing = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        middle = row * stride - missing // 2
        missing = max((-(-9 // stride) - 1) * stride + kernel - 9, 0)
        line = []
        for column in range(-(-9 // stride)):
            at = column * stride - missing // 2
            weights = layer.weight[0, 0].detach().cpu().numpy()
            seen = [(i, j) for i in range(kernel) for j in range(kernel)]
            inside = [(i, j) for i, j in seen if 0 <= middle + i < size and 0 <= at + j < 9]
            line.append(sum(weights[i, j] * float(x[0, 0, middle + i, at + j]) for i, j in inside))
        truth.append(line)
    assert_allclose(layer(x).detach().cpu()[0, 0], np.array(truth), atol=1e-5)


@pytest.fixture(scope="module")
def state():
    draw = torch.Generator().manual_seed(0)
    with torch.device("meta"):
        shapes = {name: value.shape for name, value in LiteNet().state_dict().items()}
    found = {}
    for name, shape in shapes.items():
        if name.endswith("num_batches_tracked"):
            found[name] = torch.tensor(0)
        elif name.endswith("running_var"):
            found[name] = 0.01 + 0.01 * torch.rand(shape, generator=draw)
        elif len(shape) > 1:
            found[name] = torch.randn(shape, generator=draw) * (0.03 / shape[1:].numel()) ** 0.5
        elif name.endswith("weight"):
            found[name] = torch.rand(shape, generator=draw) + 0.5
        else:
            found[name] = 0.1 * torch.randn(shape, generator=draw)
    return found


def by_plan(x, state):
    """The features in float64; blocks widen sixfold but for the first."""
    state = {name: value.double() for name, value in state.items()}

    def layer(x, conv, norm, stride=1, groups=1, capped=True):
        kernel = state[f"{conv}.weight"]
        k, (h, w) = kernel.shape[-1], x.shape[2:]
        down, across = (max((-(-n // stride) - 1) * stride + k - n, 0) for n in (h, w))
        around = (across // 2, across - across // 2, down // 2, down - down // 2)
        x = conv2d(pad(x, around), kernel, stride=stride, groups=groups)
        mean, variance, scale, shift = (
            state[f"{norm}.{key}"][:, None, None] for key in ("running_mean", "running_var", "weight", "bias")
        )
        x = (x - mean) / (variance + 0.001).sqrt() * scale + shift
        return x.clamp(0, 6) if capped else x

    x = layer(x.double(), "_conv_stem", "_bn0", 2)
    words = PLAN.split()
    for number, (outputs, how) in enumerate(zip(words[::2], words[1::2])):
        at, stride, y = f"_blocks.{number}.", int(how[-1]), x
        if number:
            y = layer(y, f"{at}_expand_conv", f"{at}_bn0")
            assert y.shape[1] == 6 * x.shape[1]
        assert state[f"{at}_depthwise_conv.weight"].shape[-1] == int(how[0])
        y = layer(y, f"{at}_depthwise_conv", f"{at}_bn1", stride, y.shape[1])
        y = layer(y, f"{at}_project_conv", f"{at}_bn2", capped=False)
        assert y.shape[1] == int(outputs)
        x = x + y if stride == 1 and x.shape == y.shape else y
    return layer(x, "_conv_head", "_bn1").mean((2, 3))


def test_features_are_those_of_the_plan(state, device):
    x = torch.rand(2, 3, 50, 39, generator=torch.Generator().manual_seed(1)) * 2 - 1
    network, wanted = lite_net(dict(state)).to(device), by_plan(x, state)
    found = network(x.to(device))
    assert found.shape == (2, 1280)
    assert not found.requires_grad
    assert wanted.std() > 0.1
    assert_allclose(found.cpu(), wanted, rtol=1e-2, atol=1e-3)
    logits = wanted @ state["_fc.weight"].double().T + state["_fc.bias"].double()
    assert_allclose(network.logits(found).cpu(), logits, rtol=1e-2, atol=1e-3)


def test_it_has_the_published_number_of_parameters():
    with torch.device("meta"):
        network = LiteNet()
    assert sum(value.numel() for value in network.parameters()) == 4_652_008


def test_other_weights_are_refused_in_words(state):
    with pytest.raises(ValueError, match=r"not those of efficientnet_lite0 \(see _fc.bias\)"):
        lite_net({name: value for name, value in state.items() if name != "_fc.bias"})
    with pytest.raises(ValueError, match=r"\(see _fc.bias\)"):
        lite_net(state | {"_fc.bias": torch.zeros(3)})
    with pytest.raises(ValueError, match=r"\(see more\)"):
        lite_net(state | {"more": torch.zeros(3)})
