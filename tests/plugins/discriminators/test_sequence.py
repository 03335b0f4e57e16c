"""The critic of texts. Mutations tried (a test failed for each): conditions ignored; a mean over places at the end."""

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from rivalry.fields import Field
from rivalry.interfaces import input_gradient
from rivalry_zoo.discriminators.sequence import SequenceDiscriminator

LABEL = Field((), classes=4)


def test_one_score_per_text_and_a_penalty_without_values():
    with FakeTensorMode():
        network = SequenceDiscriminator([(27, 8), LABEL, Field(3)], width=5)
        x = torch.randn(2, 27, 8, requires_grad=True)
        scores = network(x, torch.randint(4, (2,)), torch.randn(2, 3))
        gradients = torch.autograd.grad(
            input_gradient(scores, x).square().sum(), list(network.parameters()), allow_unused=True
        )
    assert scores.shape == (2,)
    assert any(gradient is not None for gradient in gradients)


def test_without_blocks_it_is_linear_in_every_letter(device):
    torch.manual_seed(0)
    network = SequenceDiscriminator((4, 5), width=3, blocks=0).to(device).double()
    x = torch.randn(6, 4, 5, dtype=torch.float64, device=device)
    places = network.last.weight.reshape(3, 5)
    first = torch.einsum("nvl,cv->ncl", x, network.first.weight[:, :, 0]) + network.first.bias[:, None]
    torch.testing.assert_close(network(x), (first * places).sum((1, 2)) + network.last.bias)


def test_texts_do_not_meet_and_labels_and_letters_matter(device):
    torch.manual_seed(0)
    network = SequenceDiscriminator([(5, 6), LABEL], width=8).to(device).double()
    x, y = torch.eye(5)[torch.randint(5, (4, 6))].transpose(1, 2).double().to(device), torch.arange(4, device=device)
    scores = network(x, y)
    torch.testing.assert_close(network(x[1:3], y[1:3]), scores[1:3])
    assert (network(x, (y + 1) % 4) - scores).abs().min() > 1e-9
    assert (network(x.flip(2), y) - scores).abs().min() > 1e-9


def test_every_weight_receives_a_gradient():
    torch.manual_seed(0)
    network = SequenceDiscriminator([(5, 6), LABEL], width=8)
    scores = network(torch.randn(6, 5, 6), torch.arange(6) % 4)
    gradients = torch.autograd.grad((scores * torch.randn(6)).sum(), list(network.parameters()))
    assert all(gradient.abs().max() > 0 for gradient in gradients)


def test_what_does_not_fit_is_refused_in_words():
    with pytest.raises(ValueError, match="wants a sequence of shape channels x length, such as 1x1024, got 12"):
        SequenceDiscriminator(12)
    with pytest.raises(ValueError, match="odd kernel, got 2; the nearest are 1 or 3"):
        SequenceDiscriminator((3, 8), kernel=2)
