"""EfficientNet-lite0 as a component: what its network is shown. The network is tested in blocks/test_lite_net.

Here the network is a stand-in that returns the picture itself, so that what it is shown can be read off.

Mutations tried (a test failed for each): mean and deviation exchanged, values left in [0, 1], side not handed on.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from PIL import Image
from safetensors.torch import save_file
from torch import nn

from pretrained import CPU, Pictures, pictures
from rivalry.cache import cache_folder
from rivalry.signature import parameters
from rivalry_zoo.blocks.lite_net import LiteNet
from rivalry_zoo.features import efficientnet_lite0
from rivalry_zoo.features.efficientnet_lite0 import EfficientNetLite0


class Mirror(nn.Module):
    """Its features are the picture, its logits sums of three pixels with alternating sign."""

    def __init__(self, weight):
        super().__init__()
        self.weight, self.chunks = nn.Parameter(weight, requires_grad=False), []

    def forward(self, x):
        self.chunks.append(len(x))
        return x.flatten(1)

    def logits(self, features):
        return features[:, :3] * self.weight


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def fetched(value=1.0):
    path = cache_folder("downloads", "efficientnet_lite0") / "efficientnet_lite0.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({"weight": torch.tensor([value, -value, value])}, path)
    return path


@pytest.fixture
def mirror(monkeypatch):
    fetched()
    monkeypatch.setattr(efficientnet_lite0, "lite_net", lambda weights: Mirror(weights["weight"]))


def ready(device=CPU, data=None, **given):
    features = EfficientNetLite0(**given)
    return features, features.prepare(data or Pictures(), device)


@pytest.mark.parametrize(("given", "side"), [({}, 224), ({"side": 32}, 32)])
def test_it_is_shown_pillows_bicubic_less_127_over_128(given, side, mirror, device):
    x = pictures(1, 3, 36, 40)
    found = ready(device, **given)[0](x.to(device)).reshape(3, side, side).cpu()
    values = ((x[0].numpy().astype(float) + 1) * 127.5).astype(np.float32)
    truth = [np.asarray(Image.fromarray(c).resize((side, side), Image.Resampling.BICUBIC)).clip(0, 255) for c in values]
    assert_allclose(found * 128 + 127, truth, atol=1e-3)


def test_pictures_are_seen_in_chunks(mirror):
    features, _ = ready(side=32)
    assert features(pictures(70, 1, 3, 3)).shape == (70, 3 * 32**2)
    assert features._network.chunks == [32, 32, 6]


def test_the_likeliest_class_has_the_largest_logit(mirror, device):
    features, _ = ready(device, side=32)
    x = pictures(6, 3, 32, 32)
    values = ((x + 1) * 127.5 - 127).flatten(1)[:, :3] / 128 * torch.tensor([1, -1, 1])
    assert_allclose(features.head(features(x.to(device))).cpu(), values, atol=1e-4)
    assert features.classify(x.to(device)).tolist() == values.argmax(1).tolist()
    assert len(set(values.argmax(1).tolist())) > 1


def test_equal_fingerprints_are_equal_vectors(mirror):
    usual = ready()[1]
    others = [ready(side=96)[1], ready(data=Pictures(low=0.0))[1]]
    fetched(2.0)
    assert len({usual, *others, ready()[1]}) == 4
    assert usual.startswith("efficientnet_lite0-")
    assert usual.endswith("-clean 224--1..1")
    assert EfficientNetLite0().resize == "clean"


def test_real_weights_fit_the_real_network():
    with torch.device("meta"):
        shapes = {name: (value.shape, value.dtype) for name, value in LiteNet().state_dict().items()}
    save_file({name: torch.ones(shape, dtype=dtype) for name, (shape, dtype) in shapes.items()}, fetched())
    features, _ = ready(side=32)
    x = pictures(2, 1, 9, 9)
    assert features(x).shape == (2, 1280)
    assert features.head(features(x)).shape == (2, 1000)


def test_missing_damaged_and_other_weights_are_refused_in_words():
    with pytest.raises(ValueError, match="are missing: fetch them with `rivalry data fetch efficientnet_lite0`"):
        ready()
    path = fetched()
    with pytest.raises(ValueError, match="not those of efficientnet_lite0"):
        ready()
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match=r"are damaged .*: remove the file and fetch it again"):
        ready()
    with pytest.raises(ValueError, match="wanted pictures"):
        ready(data=Pictures((2,)))


def test_before_prepare_it_says_what_is_missing():
    with pytest.raises(RuntimeError, match=r"call prepare\(dataset, device\) first"):
        EfficientNetLite0()(torch.zeros(1, 3, 9, 9))
    with pytest.raises(RuntimeError, match="call prepare"):
        EfficientNetLite0().head(torch.zeros(1, 1280))


def test_it_is_worth_keeping_and_not_what_papers_call_fid():
    assert EfficientNetLite0.costly
    assert not EfficientNetLite0.published
    assert "Ge(ge=32)" in repr(parameters(EfficientNetLite0)["side"])
    assert EfficientNetLite0.name == "efficientnet_lite0"
