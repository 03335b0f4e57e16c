"""Random labels against the uniform law. Mutation caught: never drawing the last class."""

import numpy as np
import torch
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
