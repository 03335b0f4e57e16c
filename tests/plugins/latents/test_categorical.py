"""Random labels against the uniform law and those of the data.

Mutations caught: never drawing the last class; shares that are not summed up; `right=False`, which gives a number at an
edge to the class below.
"""

import numpy as np
import pytest
import torch
from attrs import evolve
from scipy import stats

from rivalry.fields import Field
from rivalry.streams import stream
from rivalry_zoo.latents.categorical import Categorical


def test_labels_are_uniform():
    labels = Categorical(7).sample(7000, stream(0)).numpy()
    assert stats.chisquare(np.bincount(labels, minlength=7)).pvalue > 0.01


def test_they_are_labels_to_a_network(device):
    latent = Categorical(4)
    labels = latent.sample(50, stream(2, device))
    assert latent.field == Field((), classes=4)
    assert labels.shape == (50,)
    assert labels.dtype == torch.int64
    assert set(labels.tolist()) == {0, 1, 2, 3}


@pytest.mark.parametrize("shares", [(0.5, 0.3, 0.2), (0.05, 0.0, 0.9, 0.05), (1 / 3,) * 3, (0.25,) * 4])
def test_labels_like_a_field_are_as_frequent_as_there(shares):
    labels = Categorical(like=Field((), classes=len(shares), frequencies=shares)).sample(8000, stream(0)).numpy()
    counts = np.bincount(labels, minlength=len(shares))
    possible = np.array(shares) > 0
    assert not counts[~possible].any()
    assert stats.chisquare(counts[possible], 8000 * np.array(shares)[possible]).pvalue > 0.01


@pytest.mark.parametrize("shares", [(0.0, 1.0), (1.0, 0.0), (1.0,)])
def test_a_class_without_examples_is_never_drawn(shares):
    labels = Categorical(like=Field((), classes=len(shares), frequencies=shares)).sample(5000, stream(3))
    assert set(labels.tolist()) == {shares.index(1.0)}


def test_a_field_that_says_no_frequencies_gives_uniform_labels_of_its_shape():
    latent = Categorical(like=Field((2, 3), classes=4))
    labels = latent.sample(2000, stream(0))
    assert labels.shape == (2000, 2, 3)
    assert stats.chisquare(np.bincount(labels.numpy().ravel())).pvalue > 0.01


def test_labels_like_a_field_are_that_field(device):
    field = Field((), classes=3, frequencies=(0.2, 0.3, 0.5))
    labels = Categorical(like=field).sample(9, stream(1, device))
    assert Categorical(like=field).field == field
    assert (labels.dtype, labels.device.type) == (torch.int64, device.type)
    assert Categorical(like=field).sample(9, stream(1, "meta")).shape == (9,)


def test_one_of_classes_and_a_field_of_labels_is_wanted():
    field = Field((), classes=3)
    for arguments, got in (({}, "neither"), ({"classes": 3, "like": field}, "classes: 3 and like")):
        with pytest.raises(ValueError, match=f"got {got}; say one of them"):
            Categorical(**arguments)
    with pytest.raises(ValueError, match="got one of shape 2; use normal or uniform"):
        Categorical(like=evolve(field, shape=2, classes=None))


def test_a_number_at_an_edge_belongs_to_the_class_that_begins_there():
    class Fixed:
        def uniform(self, *shape):
            return torch.tensor([0.0, 0.49, 0.5, 0.99])

    latent = Categorical(like=Field((), classes=3, frequencies=(0.0, 0.5, 0.5)))
    assert latent.sample(4, Fixed()).tolist() == [1, 1, 2, 2]
