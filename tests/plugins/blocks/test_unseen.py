"""Extractors that stay behind the samples. Mutation tried: the fingerprint of the extractor itself."""

import pytest
import torch
from attrs import define

from pretrained import CPU, Pictures
from rivalry.interfaces import Features
from rivalry_zoo.blocks.unseen import Unseen, built, unseen, with_distance
from rivalry_zoo.features.pixels import PIXELS, Pixels


@define(eq=False)
class Ruler(Features):
    name, paper, resize = "ruler", "none: made here", "stretched"
    prepared: object = None

    def prepare(self, dataset, device):
        self.prepared = dataset, device
        return "ruler-1"

    def __call__(self, samples):
        raise AssertionError("the samples are wanted as they are")

    def distance(self, first, second):
        return (first - second).abs().flatten(1).mean(1)


def test_samples_stay_as_they_are_in_the_extractors_name():
    ruler, data = Ruler(), Pictures()
    hidden = unseen(ruler)
    assert hidden.by is ruler
    assert (hidden.name, hidden.resize, hidden.paper) == ("ruler", "stretched", "none: made here")
    assert hidden.prepare(data, CPU) == "samples for ruler-1"
    assert ruler.prepared == (data, CPU)
    x = torch.rand(2, 3, 4, 4)
    assert torch.equal(hidden(x), x)
    assert not hidden.published
    assert not hidden.costly


def test_what_is_hidden_is_not_hidden_twice():
    hidden = unseen(Ruler)
    assert isinstance(hidden, Unseen)
    assert isinstance(hidden.by, Ruler)
    assert unseen(hidden) is hidden


def test_defaults_are_built_and_others_kept():
    ruler = Ruler()
    assert built(ruler) is ruler
    assert isinstance(built(Pixels), Pixels)
    assert with_distance(ruler) is ruler


def test_features_without_distances_are_refused_in_words():
    words = "how far pictures seem apart, got 'pixels': write `features: alexnet`"
    with pytest.raises(ValueError, match=words):
        with_distance(PIXELS)
    with pytest.raises(ValueError, match=words):
        unseen(Pixels)
