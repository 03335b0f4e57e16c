"""Vectors and maps of inputs against numpy's identity matrix. Mutation caught: conditions before the latent."""

import numpy as np
import pytest
import torch
from torch import nn

from rivalry.fields import Field
from rivalry_zoo.blocks.inputs import as_vector, map_channels, vector_width, with_maps

LABEL, IMAGE = Field((), classes=4), Field((3, 5, 2))


def test_inputs_stand_side_by_side_with_labels_one_hot():
    z, y, s, m = torch.randn(3, 2), torch.tensor([3, 0, 2]), torch.randn(3), torch.randn(3, 2, 2)
    fields = (Field(2), LABEL, Field(()), Field((2, 2)))
    expected = np.concatenate([z, np.eye(4)[y], s[:, None], m.reshape(3, 4)], axis=1)
    found = as_vector(fields, (z, y, s, m), nn.Linear(1, 1))
    assert found.shape[1] == vector_width(fields, "it") == 11
    np.testing.assert_array_equal(found.numpy(), expected.astype(np.float32))


def test_labels_take_the_dtype_of_the_network():
    assert as_vector((LABEL,), (torch.tensor([1]),), nn.Linear(1, 1).double()).dtype == torch.float64


def test_conditions_become_channels():
    x, y, v, m = torch.randn(2, 3, 5, 2), torch.tensor([3, 1]), torch.randn(2, 2), torch.randn(2, 1, 5, 2)
    places = torch.randint(0, 3, (2, 5, 2))
    fields = (LABEL, Field(2), Field((1, 5, 2)), Field((5, 2), classes=3))
    found = with_maps(x, fields, (y, v, m, places)).numpy()
    assert found.shape[1] == 3 + map_channels(fields, 5, 2, "it") == 3 + 4 + 2 + 1 + 3
    for sample, row, column in np.ndindex(2, 5, 2):
        expected = [x[sample, :, row, column], np.eye(4)[y[sample]], v[sample], m[sample, :, row, column]]
        expected.append(np.eye(3)[places[sample, row, column]])
        np.testing.assert_array_equal(found[sample, :, row, column], np.concatenate(expected).astype(np.float32))


def test_unfit_conditions_are_refused_in_words():
    with pytest.raises(ValueError, match="labels, vectors or maps of 4x4, got 3x5x2; resize it in the flow"):
        map_channels((IMAGE,), 4, 4, "it")
    with pytest.raises(ValueError, match="labels of one number per sample, got a 5x2 map of labels"):
        vector_width((Field((5, 2), classes=3),), "it")
    with pytest.raises(ValueError, match="at least one input, got none"):
        vector_width((), "it")


@pytest.mark.parametrize("given", [(torch.randn(2, 2),), (torch.randn(2, 2), torch.tensor([0, 1]), torch.randn(2, 1))])
def test_as_many_values_as_declared_are_wanted(given):
    with pytest.raises(ValueError, match="argument 2"):
        as_vector((Field(2), LABEL), given, nn.Linear(1, 1))
