"""Fashion-MNIST against the stored bytes, read by NumPy alone.

Mutations that must fail here: dividing by 255, padding with 127, padding on one side, a shifted label.
"""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import rivalry_zoo.datasets.fashion_mnist as module
from rivalry_zoo.blocks.idx import idx_shape, read_idx
from rivalry_zoo.datasets.fashion_mnist import FashionMNIST

STORED = Path(module.__file__).with_name("fashion_mnist.npz")
SPLITS = [("train", 5_000), ("test", 1_000)]


def stored(split):
    with np.load(STORED) as arrays:
        return arrays[f"{split}_x"], arrays[f"{split}_label"]


def everything(data):
    return data.batch(torch.arange(len(data)))


@pytest.mark.parametrize(("split", "count"), SPLITS)
def test_classes_are_equally_many(split, count):
    labels = everything(FashionMNIST(split=split))["label"]
    assert labels.dtype == torch.int64
    assert np.bincount(labels.numpy()).tolist() == [count // 10] * 10


@pytest.mark.parametrize(("split", "count"), SPLITS)
def test_pixels_are_the_stored_bytes_on_minus_one_to_one(split, count):
    images, labels = stored(split)
    data = FashionMNIST(size=28, split=split)
    batch = everything(data)
    assert len(data) == count
    np.testing.assert_allclose(batch["x"][:, 0].numpy(), images / 127.5 - 1, rtol=0, atol=1e-7)
    np.testing.assert_array_equal(batch["label"].numpy(), labels)
    assert batch["x"].dtype == torch.float32
    assert batch["x"].is_contiguous()


def test_ends_of_the_range_are_exact():
    images = stored("train")[0]
    x = everything(FashionMNIST(size=28))["x"][:, 0].numpy()
    assert set(x[images == 0]) == {-1.0}
    assert set(x[images == 255]) == {1.0}


def test_padding_adds_background_about_the_same_picture():
    small, large = (everything(FashionMNIST(size=size))["x"] for size in (28, 32))
    assert torch.equal(large[:, :, 2:30, 2:30], small)
    border = torch.ones(32, 32, dtype=torch.bool)
    border[2:30, 2:30] = False
    assert set(large[:, 0, border].unique().tolist()) == {-1.0}


def test_examples_come_in_the_order_asked():
    rows = torch.tensor([17, 3, 3, 4999])
    batch = FashionMNIST().batch(rows)
    assert torch.equal(batch["x"], everything(FashionMNIST())["x"][rows])
    np.testing.assert_array_equal(batch["label"].numpy(), stored("train")[1][rows])


@pytest.mark.parametrize("size", [28, 32])
def test_facts_need_no_data(size, monkeypatch):
    monkeypatch.setattr(np, "load", lambda *_, **__: pytest.fail("read"))
    data = FashionMNIST(size=size)
    assert list(data.fields) == ["x", "label"]
    assert (data.fields["x"].shape, data.fields["x"].low, data.fields["x"].high) == ((1, size, size), -1, 1)
    assert (data.fields["label"].shape, data.fields["label"].classes, len(data)) == ((), 10, 5_000)


def test_held_out_is_the_test_split():
    held_out = FashionMNIST(size=28).held_out()
    assert held_out == FashionMNIST(size=28, split="test")
    assert held_out.held_out() is None


def test_fingerprint_is_the_contents():
    prints = [FashionMNIST(size=s, split=p).fingerprint for s in (28, 32) for p in ("train", "test")]
    assert len(set(prints)) == 4


def idx(array):
    sizes = b"".join(n.to_bytes(4, "big") for n in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes()


def write_four(folder, images, labels, zipped=False):
    for split in ("train", "t10k"):
        for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
            name = folder / f"{split}-{kind}-ubyte{'.gz' if zipped else ''}"
            name.write_bytes(gzip.compress(idx(array), 1) if zipped else idx(array))
    return str(folder)


@pytest.mark.parametrize("zipped", [False, True])
def test_files_of_the_same_pictures_are_the_same_data(tmp_path, zipped):
    images, labels = stored("train")
    data = FashionMNIST(path=write_four(tmp_path, images, labels, zipped))
    assert len(data) == 5_000
    assert data.fingerprint == FashionMNIST().fingerprint


@given(st.lists(st.integers(0, 5), min_size=1, max_size=3), st.booleans())
def test_idx_files_are_read_back(tmp_path_factory, shape, zipped):
    array = np.arange(np.prod(shape)).reshape(shape) % 251
    path = tmp_path_factory.mktemp("idx") / ("a.gz" if zipped else "a")
    path.write_bytes(gzip.compress(idx(array)) if zipped else idx(array))
    assert idx_shape(path) == tuple(shape)
    np.testing.assert_array_equal(read_idx(path), array)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda b: b[:-1], "should hold 12 bytes .* holds 11"),
        (lambda b: b + b"\0", "should hold 12 bytes .* holds more"),
        (lambda b: b[:9], "ends within its header"),
        (lambda b: b"", "begins with nothing"),
        (lambda b: b"<html>" + b, "is not an IDX file: it begins with 3c 68"),
        (lambda b: b[:2] + b"\x0d" + b[3:], "IDX type 0x0d"),
    ],
)
def test_damaged_idx_files_are_refused_in_words(tmp_path, damage, words):
    path = tmp_path / "a"
    path.write_bytes(damage(idx(np.zeros((3, 4)))))
    with pytest.raises(ValueError, match=words):
        read_idx(path)


@pytest.mark.parametrize("cut", [slice(0, 20), slice(3, None)])
def test_damaged_gzip_is_refused_in_words(tmp_path, cut):
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(idx(np.arange(120).reshape(3, 40)))[cut])
    with pytest.raises(ValueError, match="not a sound gzip file"):
        read_idx(path)


def test_files_that_do_not_belong_together_are_refused(tmp_path):
    with pytest.raises(ValueError, match="no file train-images-idx3-ubyte or"):
        FashionMNIST(path=str(tmp_path))
    with pytest.raises(ValueError, match=r"28 x 28 .* \(3, 28, 28\) and \(4,\)"):
        FashionMNIST(path=write_four(tmp_path, np.zeros((3, 28, 28)), np.zeros(4)))
    data = FashionMNIST(path=write_four(tmp_path, np.zeros((1, 28, 28)), np.array([10])))
    with pytest.raises(ValueError, match=r"labels 0 to 9 .* got 10"):
        everything(data)


@pytest.mark.skipif("RIVALRY_FASHION_MNIST" not in os.environ, reason="RIVALRY_FASHION_MNIST names no IDX files")
def test_whole_training_set_has_its_known_mean():
    data = FashionMNIST(size=28, path=os.environ["RIVALRY_FASHION_MNIST"])
    x = everything(data)["x"].double()
    assert len(data) == 60_000
    assert ((x.mean() + 1) * 127.5).item() == pytest.approx(72.94, abs=0.005)
    assert len(data.held_out()) == 10_000
    full, ours = x.numpy()[:, 0], stored("train")[0] / 127.5 - 1
    np.testing.assert_allclose(full[:100], ours[:100], atol=1e-6)


@pytest.mark.parametrize("split", ["train", "test"])
def test_halves_are_disjoint_and_together_the_whole(split):
    first, second, whole = (FashionMNIST(size=28, split=split, half=half) for half in ("first", "second", "whole"))
    assert len(first) == len(second) == len(whole) // 2
    for key, values in everything(whole).items():
        assert torch.equal(torch.cat([everything(first)[key], everything(second)[key]]), values)
    assert len({data.fingerprint for data in (first, second, whole)}) == 3
    assert np.bincount(everything(first)["label"].numpy()).min() > 0.7 * len(first) / 10


def test_halves_of_files_of_an_odd_number_lose_no_row(tmp_path):
    folder = write_four(tmp_path, np.arange(5 * 784).reshape(5, 28, 28) % 251, np.arange(5))
    halves = [FashionMNIST(path=folder, half=half) for half in ("first", "second")]
    assert [len(half) for half in halves] == [2, 3]
    assert torch.cat([everything(half)["label"] for half in halves]).tolist() == [0, 1, 2, 3, 4]


def test_held_out_data_are_halved_alike():
    assert FashionMNIST(half="second").held_out() == FashionMNIST(half="second", split="test")


@pytest.mark.parametrize(("small", "large"), [(14, 28), (16, 32)])
def test_small_pictures_are_means_of_four_pixels(small, large):
    rows = torch.arange(50)
    fine, coarse = (FashionMNIST(size=size).batch(rows)["x"].numpy()[:, 0] for size in (large, small))
    means = fine.reshape(50, small, 2, small, 2).mean((2, 4))
    np.testing.assert_allclose(coarse, means, atol=0.5 / 127.5 + 1e-6)
    assert FashionMNIST(size=small).fields["x"].shape == (1, small, small)
    assert len({FashionMNIST(size=size).fingerprint for size in (small, large)}) == 2
