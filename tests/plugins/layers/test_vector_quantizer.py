"""The code book against brute force. Mutations caught: argmax for argmin; the straight-through bracket not detached."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from rivalry.fields import Field
from rivalry_zoo.layers.vector_quantizer import VectorQuantizer


def quantizer(shape, codes=7, device="cpu"):
    torch.manual_seed(0)
    layer = VectorQuantizer(Field(shape), codes=codes).double().to(device)
    torch.nn.init.normal_(layer.book)
    return layer


@pytest.mark.parametrize("shape", [(3,), (3, 5), (3, 4, 2)])
def test_every_vector_becomes_its_nearest_code(shape, device):
    layer, z = quantizer(shape, device=device), torch.randn(6, *shape, dtype=torch.float64).to(device)
    found = layer(z)
    vectors = np.moveaxis(z.cpu().numpy(), 1, -1).reshape(-1, 3)
    book = layer.book.detach().cpu().numpy()
    nearest = cdist(vectors, book).argmin(1)
    assert found.indices.shape == (6, *shape[1:])
    assert (found.indices.cpu().numpy().reshape(-1) == nearest).all()
    codes = np.moveaxis(found.codes.detach().cpu().numpy(), 1, -1).reshape(-1, 3)
    np.testing.assert_array_equal(codes, book[nearest])
    torch.testing.assert_close(found.quantized, found.codes)


@given(st.integers(1, 20))
@settings(max_examples=10)
def test_codes_are_their_own_nearest(codes):
    layer = quantizer((4,), codes)
    assert layer(layer.book.detach()).indices.tolist() == list(range(codes))


def test_the_gradient_passes_straight_through_and_leaves_the_book_alone():
    layer, z = quantizer((3, 2, 2)), torch.randn(5, 3, 2, 2, dtype=torch.float64, requires_grad=True)
    upstream = torch.randn(5, 3, 2, 2, dtype=torch.float64)
    by_z, by_book = torch.autograd.grad((layer(z).quantized * upstream).sum(), [z, layer.book], allow_unused=True)
    assert torch.equal(by_z, upstream)
    assert by_book is None


def test_the_gradient_of_the_codes_reaches_the_book_and_not_the_encoder():
    layer, z = quantizer((3, 2, 2)), torch.randn(5, 3, 2, 2, dtype=torch.float64, requires_grad=True)
    found = layer(z)
    by_z, by_book = torch.autograd.grad(found.codes.sum(), [z, layer.book], allow_unused=True)
    assert by_z is None
    uses = np.bincount(found.indices.reshape(-1).numpy(), minlength=7)
    np.testing.assert_array_equal(by_book.numpy(), np.repeat(uses[:, None], 3, 1))


def test_looking_up_undoes_indexing():
    layer, z = quantizer((3, 4, 2)), torch.randn(5, 3, 4, 2, dtype=torch.float64)
    found = layer(z)
    assert torch.equal(layer.look_up(found.indices), found.codes)


def test_the_book_starts_uniform_and_small():
    torch.manual_seed(0)
    book = VectorQuantizer(16, codes=500).book.detach()
    assert book.abs().max() <= 1 / 500
    assert float(book.std()) == pytest.approx(1 / 500 / np.sqrt(3), rel=0.03)


LABELS = Field((), classes=3), Field((3, 3), classes=4)


@pytest.mark.parametrize("inputs", [[Field(3), Field(4)], [LABELS[0]], [LABELS[1]], [Field(())]])
def test_other_inputs_are_refused(inputs):
    with pytest.raises(ValueError, match="wants one map or vector of real numbers"):
        VectorQuantizer(inputs)
