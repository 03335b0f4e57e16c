"""The Inception features as a component: what its network is shown. The network is tested in blocks/test_inception_net.

Here the network is a stand-in that returns the picture itself, so that what it is shown can be read off.

Mutations tried (a test failed for each): 128 for pytorch-fid's range, 127.5 for the others, not rounded to bytes, the
last layer's bias used, published not taken over, resize not handed on.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from PIL import Image

from pretrained import CPU, Pictures, pictures
from rivalry_zoo.blocks.inception_net import FILES, Weights
from rivalry_zoo.blocks.resizing import resized
from rivalry_zoo.features import inception
from rivalry_zoo.features.inception import Inception


@pytest.fixture
def shown(monkeypatch):
    """What was loaded, and the sizes of the chunks that the network saw."""
    seen = {"chunks": [], "published": False, "last": torch.arange(1008.0 * 5).reshape(1008, 5), "sha256": "ab" * 32}

    def features(x):
        seen["chunks"].append(len(x))
        return x.flatten(1)

    def load(path, device):
        seen["path"] = path
        return Weights(features, seen["last"].to(device), seen["sha256"], seen["published"])

    monkeypatch.setattr(inception, "load", load)
    monkeypatch.setattr(inception, "weights_file", lambda path, folder: (path, folder))
    return seen


def ready(device=CPU, data=None, **given):
    features = Inception(**given)
    return features, features.prepare(data or Pictures(), device)


def test_clean_shows_pillows_bicubic_of_bytes(shown, device):
    found = ready(device)[0](pictures(1, 3, 36, 40).to(device)).reshape(3, 299, 299).cpu()
    bytes_ = np.round((pictures(1, 3, 36, 40)[0].numpy().astype(float) + 1) * 127.5).astype(np.float32)
    truth = [np.asarray(Image.fromarray(c).resize((299, 299), Image.Resampling.BICUBIC)).clip(0, 255) for c in bytes_]
    assert_allclose(found * 128 + 128, truth, atol=1e-3)


@pytest.mark.parametrize(
    ("mode", "middle"), [("clean", 128), ("legacy_tensorflow", 128), ("legacy_pytorch", 127.5)], ids=str
)
def test_each_way_has_its_own_resizing_and_range(mode, middle, shown):
    values = torch.arange(12).reshape(1, 3, 2, 2) * 21
    features, _ = ready(data=Pictures((3, 2, 2), 0, 255), resize=mode)
    wanted = resized(values.float(), 299, mode, 255) / middle - 1
    assert_allclose(features(values).reshape(1, 3, 299, 299), wanted, atol=1e-5)
    assert features.resize == mode


def test_samples_are_judged_as_the_bytes_that_files_would_hold(shown):
    features, _ = ready(data=Pictures((1, 2, 2), 0, 255))
    x = torch.tensor([[0.4, 100.6], [254.6, 300.0]]).reshape(1, 1, 2, 2)
    assert torch.equal(features(x), features(torch.tensor([[0.0, 101.0], [255.0, 255.0]]).reshape(1, 1, 2, 2)))


def test_pictures_are_seen_in_chunks(shown):
    features, _ = ready()
    assert features(pictures(70, 1, 3, 3)).shape == (70, 3 * 299**2)
    assert shown["chunks"] == [32, 32, 6]


def test_head_is_the_last_layer_without_its_bias(shown, device):
    x = pictures(4, 5).to(device)
    assert_allclose(ready(device)[0].head(x).cpu(), x.cpu().numpy() @ shown["last"].numpy().T, rtol=1e-4, atol=1e-2)


@pytest.mark.parametrize("published", [True, False])
def test_only_published_weights_give_published_numbers(published, shown):
    assert not Inception().published
    shown["published"] = published
    assert ready()[0].published is published


def test_equal_fingerprints_are_equal_vectors(shown):
    usual = ready()[1]
    assert usual == "inception-" + "ab" * 8 + "-clean--1..1"
    others = [ready(resize="legacy_pytorch")[1], ready(data=Pictures(low=0.0))[1]]
    shown["sha256"] = "cd" * 32
    assert len({usual, *others, ready()[1]}) == 4


def test_the_users_path_comes_first_then_the_cache_folder(shown, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    ready(path="mine.pth")
    assert shown["path"] == ("mine.pth", tmp_path / "rivalry" / "weights")
    ready()
    assert shown["path"][0] is None


def test_missing_weights_and_other_data_are_refused_in_words(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(ValueError, match=f"are missing: put {FILES[0]}, .* into {tmp_path}/rivalry/weights"):
        Inception().prepare(Pictures(), CPU)
    with pytest.raises(ValueError, match="wanted pictures"):
        Inception().prepare(Pictures((2,)), CPU)


def test_before_prepare_it_says_what_is_missing():
    with pytest.raises(RuntimeError, match=r"call prepare\(dataset, device\) first"):
        Inception()(torch.zeros(1, 3, 9, 9))
    with pytest.raises(RuntimeError, match="call prepare"):
        Inception().head(torch.zeros(1, 2048))


def test_it_is_worth_keeping_and_knows_no_classes_of_the_data():
    assert Inception.costly
    assert not hasattr(Inception, "classify")
    assert Inception.name == "inception"
