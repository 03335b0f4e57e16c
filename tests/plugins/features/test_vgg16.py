"""Vgg16 as a component, on a narrow trunk of its structure; what trunks compute stands in blocks/test_lpips.py.

Mutations tried (a test failed for each): another default layer, the size not handed on, layer left out of the
fingerprint.
"""

import pytest
import torch
from numpy.testing import assert_allclose

from pretrained import CPU, Pictures, fetched, narrow, pictures, random_weights
from rivalry.signature import parameters
from rivalry_zoo.blocks.lpips import VGG16, Lens
from rivalry_zoo.features import vgg16
from rivalry_zoo.features.vgg16 import Vgg16

TRUNK = narrow(VGG16)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache folder of its own, and a narrow network."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(vgg16, "VGG16", TRUNK)


@pytest.fixture
def weights():
    found = random_weights(TRUNK)
    fetched(TRUNK, found)
    return found


@pytest.mark.parametrize(("given", "layer"), [({}, "relu5_3"), ({"layer": "relu2_2"}, "relu2_2")])
def test_features_are_the_mean_of_the_layers_map(given, layer, weights, device):
    features, x = Vgg16(**given), pictures(3, 3, 36, 40)
    features.prepare(Pictures(), device)
    found = features(x.to(device))
    assert_allclose(found.cpu(), TRUNK.maps(x, weights)[layer].mean((2, 3)), rtol=1e-4, atol=1e-6)
    assert found.shape == (3, {"relu5_3": 16, "relu2_2": 4}[layer])


def test_grey_pictures_are_seen_as_rgb_and_values_beyond_the_range_at_its_ends(weights):
    grey, colour = Vgg16(), Vgg16()
    grey.prepare(Pictures((1, 36, 40)), CPU)
    colour.prepare(Pictures(), CPU)
    x = 2 * pictures(2, 1, 36, 40)
    assert torch.equal(grey(x), colour(x.clamp(-1, 1).repeat(1, 3, 1, 1)))


def test_distance_is_that_of_its_trunk_whatever_the_layer(weights, device):
    features = Vgg16(layer="relu2_2")
    features.prepare(Pictures(), device)
    a, b = pictures(4, 3, 36, 40).to(device), pictures(4, 3, 36, 40, seed=1).to(device)
    found = features.distance(a, b)
    assert torch.equal(found, Lens.ready(TRUNK, None, Pictures(), device).distances(a, b))
    assert found.shape == (4,)
    assert (found > 0).all()
    assert_allclose(found.cpu(), features.distance(b, a).cpu(), rtol=1e-5)
    assert features.distance(a, a).abs().max() == 0


def test_small_pictures_need_a_side(weights):
    small = Pictures((3, 12, 12))
    with pytest.raises(ValueError, match="vgg16 needs pictures of 16 x 16 or more, got 12 x 12"):
        Vgg16().prepare(small, CPU)
    features = Vgg16(side=40)
    features.prepare(small, CPU)
    a, b = pictures(2, 3, 12, 12), pictures(2, 3, 12, 12, seed=1)
    lens = Lens.ready(TRUNK, 40, small, CPU)
    assert torch.equal(features(a), lens.vectors(a, "relu5_3"))
    assert torch.equal(features.distance(a, b), lens.distances(a, b))


def test_the_least_side_is_what_the_network_can_see(weights):
    side = parameters(Vgg16)["side"]
    Vgg16(side=16).prepare(Pictures((3, 8, 8)), CPU)
    assert "Ge(ge=16)" in repr(side)


def test_resizing_is_told():
    assert Vgg16().resize is None
    assert Vgg16(side=64).resize == "clean"


def test_equal_fingerprints_are_equal_vectors(weights):
    def fingerprint(data=None, **given):
        return Vgg16(**given).prepare(data or Pictures(), CPU)

    usual = fingerprint()
    assert usual == fingerprint(Pictures((1, 64, 64)))
    others = [
        fingerprint(layer="relu2_2"),
        fingerprint(side=64),
        fingerprint(side=65),
        fingerprint(Pictures(low=0.0)),
    ]
    fetched(TRUNK, random_weights(TRUNK, seed=1))
    assert len({usual, *others, fingerprint()}) == 6
    assert usual.startswith("vgg16-")
    assert usual.endswith("-relu5_3-as they are--1..1")


def test_missing_weights_and_other_data_are_refused_in_words():
    with pytest.raises(ValueError, match="weights of vgg16 are missing: fetch them with `rivalry data fetch lpips`"):
        Vgg16().prepare(Pictures(), CPU)
    with pytest.raises(ValueError, match="wanted pictures"):
        Vgg16().prepare(Pictures((2,)), CPU)


def test_before_prepare_it_says_what_is_missing():
    x = torch.zeros(1, 3, 40, 40)
    with pytest.raises(RuntimeError, match="call prepare"):
        Vgg16()(x)
    with pytest.raises(RuntimeError, match="call prepare"):
        Vgg16().distance(x, x)


def test_it_is_worth_keeping_and_not_what_papers_call_fid():
    assert Vgg16.costly
    assert not Vgg16.published
    assert Vgg16.name == "vgg16"
