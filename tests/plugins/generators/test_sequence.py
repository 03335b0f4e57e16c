"""The generator of texts. Mutations tried (a test failed for each): the label ignored; channels and places swapped."""

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from rivalry.fields import Field
from rivalry_zoo.generators.sequence import SequenceGenerator

LABEL = Field((), classes=4)


@pytest.mark.parametrize(("symbols", "length"), [(27, 8), (3, 5), (1, 1)])
def test_logits_have_the_declared_shape_without_values(symbols, length):
    with FakeTensorMode():
        network = SequenceGenerator([6, LABEL], (symbols, length), width=5)
        logits = network(torch.randn(2, 6), torch.randint(4, (2,)))
    assert logits.shape == (2, symbols, length)


def test_without_blocks_and_with_known_weights_it_is_two_matrices(device):
    """The place varies fastest within a channel, as in a reshape of rows [channel, place]."""
    torch.manual_seed(0)
    network = SequenceGenerator(3, (4, 5), width=2, blocks=0).to(device).double()
    z = torch.randn(6, 3, dtype=torch.float64, device=device)
    maps = (z @ network.opening.weight.T + network.opening.bias).reshape(6, 2, 5)
    expected = torch.einsum("ncl,vc->nvl", maps, network.last.weight[:, :, 0]) + network.last.bias[:, None]
    torch.testing.assert_close(network(z), expected)


def test_every_weight_receives_a_gradient_and_labels_matter():
    torch.manual_seed(0)
    network = SequenceGenerator([6, LABEL], (5, 7), width=8)
    z, y = torch.randn(6, 6), torch.arange(6) % 4
    logits = network(z, y)
    gradients = torch.autograd.grad((logits * torch.randn_like(logits)).sum(), list(network.parameters()))
    assert all(gradient.abs().max() > 0 for gradient in gradients)
    assert (network(z, (y + 1) % 4) - logits).abs().flatten(1).max(1).values.min() > 1e-4


def test_what_does_not_fit_is_refused_in_words():
    with pytest.raises(ValueError, match="wants a sequence of shape channels x length, such as 1x1024, got 1x8x8"):
        SequenceGenerator(4, (1, 8, 8))
    with pytest.raises(ValueError, match="odd kernel, got 4; the nearest are 3 or 5"):
        SequenceGenerator(4, (3, 8), kernel=4)
    with pytest.raises(ValueError, match="makes real values, got label of 4 classes"):
        SequenceGenerator(4, LABEL)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64], ids=str)
def test_it_runs_in_other_precisions(dtype, device):
    network = SequenceGenerator(4, (3, 8), width=4).to(device, dtype)
    assert network(torch.randn(2, 4, device=device, dtype=dtype)).dtype == dtype
