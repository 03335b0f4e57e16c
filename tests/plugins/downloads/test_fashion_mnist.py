"""The whole of Fashion-MNIST. Mutations tried (a test failed for each): counts changed, the folders kept."""

import gzip

import numpy as np
import torch

import packages
from rivalry.testing import check_component
from rivalry_zoo.datasets.fashion_mnist import FashionMNIST as Data
from rivalry_zoo.downloads import fashion_mnist


def idx(values) -> bytes:
    head = bytes([0, 0, 8, values.ndim]) + np.array(values.shape, ">u4").tobytes()
    return gzip.compress(head + values.astype(np.uint8).tobytes())


def test_the_data_set_reads_what_is_unpacked(monkeypatch, tmp_path):
    stated = packages.Stated(monkeypatch, fashion_mnist)
    rng = np.random.default_rng(0)
    root = "usr/share/datasets/fashion-mnist/"
    images = {stem: rng.integers(0, 256, (n, 28, 28)) for stem, n in (("train", 20), ("t10k", 10))}
    files = {}
    for stem, pixels in images.items():
        files[f"{root}{stem}-images-idx3-ubyte.gz"] = idx(pixels)
        files[f"{root}{stem}-labels-idx1-ubyte.gz"] = idx(np.arange(len(pixels)) % 10)
    files["usr/share/doc/dataset-fashion-mnist/README.md.gz"] = b"no data"
    folder = packages.unpacked(fashion_mnist.FashionMNIST, tmp_path, packages.deb(files))
    assert stated.calls == [(4, 4_422_079 + 5_125 + 26_421_856 + 29_491, False)]
    assert len([*folder.iterdir()]) == 4
    for split, stem in (("train", "train"), ("test", "t10k")):
        data = Data(path=str(folder), split=split, size=28)
        rows = data.batch(torch.arange(len(data)))
        np.testing.assert_allclose(rows["x"][:, 0], images[stem] / 127.5 - 1, atol=1e-6)
        assert rows["label"].tolist() == (np.arange(len(data)) % 10).tolist()


def test_contract():
    check_component("download", "fashion_mnist")
