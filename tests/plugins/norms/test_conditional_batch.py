"""Conditional batch norm: batch norm, then rows of a table or linear maps.

Mutations caught: the 1 of the linear form left out; weight and bias tables exchanged; the moments of each class apart.
"""

import numpy as np
import pytest
import torch

from rivalry.marks import CouplesBatch
from rivalry_zoo.norms.batch import BatchNorm
from rivalry_zoo.norms.conditional_batch import ConditionalBatchNorm


def normalised(x, eps):
    places = (0, *range(2, x.ndim))
    return (x - x.mean(places, keepdims=True)) / np.sqrt(x.var(places, keepdims=True) + eps)


@pytest.mark.parametrize("shape", [(6, 3), (6, 3, 4, 2)], ids=str)
def test_each_class_has_a_weight_and_a_bias_a_channel(shape, device):
    rng, norm = np.random.default_rng(0), ConditionalBatchNorm(3, 4, eps=0.2).double().to(device)
    x, labels = rng.normal(3, 2, size=shape), np.array([0, 3, 3, 1, 2, 0])
    tables = [rng.normal(size=(4, 3)) for _ in range(2)]
    for parameter, table in zip((norm.weight, norm.bias), tables):
        parameter.data.copy_(torch.tensor(table))
    weight, bias = (table[labels].reshape(6, 3, *[1] * (x.ndim - 2)) for table in tables)
    found = norm(torch.tensor(x, device=device), torch.tensor(labels, device=device)).detach().cpu().numpy()
    np.testing.assert_allclose(found, weight * normalised(x, 0.2) + bias, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("shape", [(6, 3), (6, 3, 4, 2)], ids=str)
def test_vectors_act_by_linear_maps_around_1_and_0(shape):
    rng, norm = np.random.default_rng(0), ConditionalBatchNorm(3, 5, form="linear", eps=0.2).double()
    x, vectors = rng.normal(3, 2, size=shape), rng.normal(size=(6, 5))
    ones = [1] * (x.ndim - 2)
    weight = 1 + (vectors @ norm.scale.weight.detach().numpy().T).reshape(6, 3, *ones)
    bias = (vectors @ norm.shift.weight.detach().numpy().T).reshape(6, 3, *ones)
    found = norm(torch.tensor(x), torch.tensor(vectors)).detach().numpy()
    np.testing.assert_allclose(found, weight * normalised(x, 0.2) + bias, rtol=1e-9, atol=1e-12)
    assert {key for key, _ in norm.named_parameters()} == {"scale.weight", "shift.weight"}


def test_labels_are_vectors_of_zeros_and_a_one_in_the_linear_form():
    x, norm = torch.randn(3, 2, 4), ConditionalBatchNorm(2, 4, form="linear")
    labels = torch.tensor([3, 0, 3])
    assert torch.equal(norm(x, labels), norm(x, torch.eye(4)[labels]))


@pytest.mark.parametrize("momentum", [0.1, 0.7])
def test_it_starts_as_batch_norm_in_training_and_in_evaluation(momentum):
    norm, plain = ConditionalBatchNorm(3, 4, momentum=momentum), BatchNorm(3, momentum=momentum)
    for training in (True, True, False):
        x, labels = 2 * torch.randn(5, 3, 4) + 1, torch.tensor([0, 1, 2, 3, 0])
        torch.testing.assert_close(norm.train(training)(x, labels), plain.train(training)(x))


def test_with_one_class_it_is_batch_norm_with_that_class_s_weights():
    norm, plain, x = ConditionalBatchNorm(3, 1), BatchNorm(3), torch.randn(5, 3, 4)
    for own, other in ((norm.weight, plain.weight), (norm.bias, plain.bias)):
        torch.nn.init.normal_(own)
        other.data.copy_(own[0])
    torch.testing.assert_close(norm(x, torch.zeros(5, dtype=torch.int64)), plain(x))


def test_it_says_that_it_couples_the_batch_and_takes_a_condition():
    norm = ConditionalBatchNorm(3, 2)
    assert isinstance(norm, CouplesBatch)
    assert norm.conditional


@pytest.mark.parametrize(
    ("condition", "got"), [(None, "none"), (torch.randn(2, 4), r"\[2, 4\]"), (torch.rand(2), r"\[2\] of torch.float32")]
)
def test_tables_want_labels(condition, got):
    with pytest.raises(ValueError, match=rf"wants labels \[N\] in its form embedding, got {got}.*take form: linear"):
        ConditionalBatchNorm(3, 4)(torch.randn(2, 3), condition)


def test_tables_want_one_label_a_sample():
    with pytest.raises(ValueError, match="wants labels"):
        ConditionalBatchNorm(3, 4)(torch.randn(2, 3, 5), torch.zeros(2, 5, dtype=torch.int64))


def test_linear_maps_want_vectors_and_a_network_must_tell_its_norms():
    with pytest.raises(ValueError, match=r"conditional_batch wants labels \[N\] or vectors \[N, 4\], got \[2, 3\]"):
        ConditionalBatchNorm(3, 4, form="linear")(torch.randn(2, 3), torch.randn(2, 3))
    with pytest.raises(ValueError, match="norm conditional_batch wants a condition, but its network tells"):
        ConditionalBatchNorm(3)
