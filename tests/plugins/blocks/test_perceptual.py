"""Extractors through the convolutions of AlexNet and VGG16, on narrow trunks of their structure; what trunks compute
stands in test_lpips.py, and what is each network's own in features/.

Mutations tried (a test failed for each): the size not handed on, layer left out of the fingerprint.
"""

import pytest
import torch
from numpy.testing import assert_allclose

from pretrained import CPU, Pictures, fetched, narrow, pictures, random_weights
from rivalry_zoo.blocks.lpips import Lens
from rivalry_zoo.features.alexnet import AlexNet
from rivalry_zoo.features.vgg16 import Vgg16

LAYERS = {AlexNet: ("relu5", "relu2"), Vgg16: ("relu5_3", "relu2_2")}
"""The last layer, which is the default, and another."""


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache folder of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.fixture(params=LAYERS)
def network(request, monkeypatch):
    """A component, its network narrowed."""
    monkeypatch.setattr(request.param, "trunk", narrow(request.param.trunk))
    return request.param


@pytest.fixture
def weights(network):
    found = random_weights(network.trunk)
    fetched(network.trunk, found)
    return found


@pytest.mark.parametrize("which", [0, 1])
def test_features_are_the_mean_of_the_layers_map(which, network, weights, device):
    layer = LAYERS[network][which]
    features, x = network(**({"layer": layer} if which else {})), pictures(3, 3, 36, 40)
    features.prepare(Pictures(), device)
    found = features(x.to(device))
    assert_allclose(found.cpu(), network.trunk.maps(x, weights)[layer].mean((2, 3)), rtol=1e-4, atol=1e-6)
    assert found.shape == (3, {"relu5": 8, "relu2": 6, "relu5_3": 16, "relu2_2": 4}[layer])


def test_grey_pictures_are_seen_as_rgb_and_values_beyond_the_range_at_its_ends(network, weights):
    grey, colour = network(), network()
    grey.prepare(Pictures((1, 36, 40)), CPU)
    colour.prepare(Pictures(), CPU)
    x = 2 * pictures(2, 1, 36, 40)
    assert torch.equal(grey(x), colour(x.clamp(-1, 1).repeat(1, 3, 1, 1)))


def test_distance_is_that_of_its_trunk_whatever_the_layer(network, weights, device):
    features = network(layer=LAYERS[network][1])
    features.prepare(Pictures(), device)
    a, b = pictures(4, 3, 36, 40).to(device), pictures(4, 3, 36, 40, seed=1).to(device)
    found = features.distance(a, b)
    assert torch.equal(found, Lens.ready(network.trunk, None, Pictures(), device).distances(a, b))
    assert found.shape == (4,)
    assert (found > 0).all()
    assert_allclose(found.cpu(), features.distance(b, a).cpu(), rtol=1e-5)
    assert features.distance(a, a).abs().max() == 0


def test_small_pictures_need_a_side(network, weights):
    small = Pictures((3, 12, 12))
    with pytest.raises(
        ValueError, match=f"{network.name} needs pictures of {network.trunk.least} x .* or more, got 12 x 12"
    ):
        network().prepare(small, CPU)
    features = network(side=40)
    features.prepare(small, CPU)
    a, b = pictures(2, 3, 12, 12), pictures(2, 3, 12, 12, seed=1)
    lens = Lens.ready(network.trunk, 40, small, CPU)
    assert torch.equal(features(a), lens.vectors(a, LAYERS[network][0]))
    assert torch.equal(features.distance(a, b), lens.distances(a, b))


def test_resizing_is_told(network):
    assert network().resize is None
    assert network(side=64).resize == "clean"


def test_equal_fingerprints_are_equal_vectors(network, weights):
    def fingerprint(data=None, **given):
        return network(**given).prepare(data or Pictures(), CPU)

    usual = fingerprint()
    assert usual == fingerprint(Pictures((1, 64, 64)))
    others = [
        fingerprint(layer=LAYERS[network][1]),
        fingerprint(side=64),
        fingerprint(side=65),
        fingerprint(Pictures(low=0.0)),
    ]
    fetched(network.trunk, random_weights(network.trunk, seed=1))
    assert len({usual, *others, fingerprint()}) == 6
    assert usual.startswith(f"{network.name}-")
    assert usual.endswith(f"-{LAYERS[network][0]}-as they are--1..1")


def test_missing_weights_and_other_data_are_refused_in_words(network):
    with pytest.raises(
        ValueError, match=f"weights of {network.name} are missing: fetch them with `rivalry data fetch lpips`"
    ):
        network().prepare(Pictures(), CPU)
    with pytest.raises(ValueError, match="wanted pictures"):
        network().prepare(Pictures((2,)), CPU)


def test_before_prepare_it_says_what_is_missing(network):
    x = torch.zeros(1, 3, 40, 40)
    with pytest.raises(RuntimeError, match="call prepare"):
        network()(x)
    with pytest.raises(RuntimeError, match="call prepare"):
        network().distance(x, x)


def test_it_is_worth_keeping_and_not_what_papers_call_fid(network):
    assert network.costly
    assert not network.published
