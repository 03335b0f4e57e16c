"""Arrays in all their forms against NumPy's arithmetic.

Mutations that must fail here: channels last not moved, bytes over 255, classes without the one more, no bounds.
"""

import io
import pickle

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from torch.utils.data import IterableDataset, TensorDataset

from rivalry_zoo.datasets.array import Array

DRAW = np.random.default_rng(0)
PICTURES = DRAW.integers(0, 256, (6, 5, 7, 3), dtype=np.uint8)
LABELS = np.array([0, 2, 1, 2, 0, 3])


def everything(data):
    return {name: rows.numpy() for name, rows in data.batch(torch.arange(len(data))).items()}


def scaled(pictures):
    return pictures.transpose(0, 3, 1, 2).astype(np.float64) / 127.5 - 1


@pytest.mark.parametrize(
    "form",
    [
        PICTURES,
        PICTURES.transpose(0, 3, 1, 2),
        torch.from_numpy(PICTURES),
        torch.from_numpy(PICTURES.transpose(0, 3, 1, 2)),
        PICTURES[::-1][::-1],
        {"x": PICTURES},
        list(PICTURES),
        TensorDataset(torch.from_numpy(PICTURES)),
    ],
    ids=["last", "first", "tensor last", "tensor first", "strided", "mapping", "list", "data set"],
)
def test_all_forms_of_the_same_pictures_are_the_same_data(form):
    data = Array.of(form)
    field = data.fields["x"]
    assert (field.shape, field.low, field.high, len(data)) == ((3, 5, 7), -1, 1, 6)
    np.testing.assert_allclose(everything(data)["x"], scaled(PICTURES), rtol=0, atol=1e-7)
    assert data.fingerprint == Array.of(PICTURES).fingerprint


@pytest.mark.parametrize(
    ("shape", "sample"),
    [
        ((2, 8, 8), (1, 8, 8)),
        ((2, 3, 8, 8), (3, 8, 8)),
        ((2, 8, 8, 4), (4, 8, 8)),
        ((2, 1, 8, 1), (1, 8, 1)),
        ((2, 3, 3, 3), (3, 3, 3)),
        ((2, 8, 8, 2), (8, 8, 2)),
        ((2, 9), (9,)),
        ((2, 4, 8, 8, 3), (4, 8, 8, 3)),
    ],
)
def test_channels_are_last_only_where_the_rule_says(shape, sample):
    data = Array.of(np.zeros(shape, np.uint8))
    assert data.fields["x"].shape == sample
    assert everything(data)["x"].shape == (2, *sample)


@pytest.mark.parametrize(
    "form",
    [
        {"label": LABELS, "x": PICTURES},
        {"x": torch.from_numpy(PICTURES), "label": torch.from_numpy(LABELS.astype(np.uint8))},
        TensorDataset(torch.from_numpy(PICTURES), torch.from_numpy(LABELS)),
        [(picture, int(label)) for picture, label in zip(PICTURES, LABELS, strict=True)],
        [{"x": picture, "label": label} for picture, label in zip(PICTURES, LABELS, strict=True)],
    ],
    ids=["mapping", "small labels", "data set", "pairs", "mappings"],
)
def test_integer_vectors_are_labels(form):
    data = Array.of(form)
    assert list(data.fields) == ["x", "label"]
    assert (data.fields["label"].shape, data.fields["label"].classes) == ((), 4)
    batch = data.batch(torch.tensor([3, 0]))
    assert batch["label"].dtype == torch.int64
    assert batch["label"].tolist() == [2, 0]
    assert data.fingerprint == Array.of({"x": PICTURES, "label": LABELS}).fingerprint


@pytest.mark.parametrize("labels", [LABELS, np.array([1, 1, 3]), np.array([0, 200, 7], np.uint8)])
def test_shares_of_classes_are_counted(labels):
    field = Array.of({"label": labels}).fields["label"]
    kinds, counts = np.unique(labels, return_counts=True)
    wanted = dict(zip(kinds.tolist(), counts / len(labels), strict=True))
    if field.classes > len(labels):  # serial numbers rather than classes
        assert field.frequencies is None
    else:
        assert field.frequencies == tuple(wanted.get(kind, 0.0) for kind in range(field.classes))


@pytest.mark.parametrize(
    ("values", "bounds"),
    [([-1, 0.5], (-1, 1)), ([0, 0.1], (-1, 1)), ([-1.01, 0], (None, None)), ([0.0, 255.0], (None, None))],
)
def test_bounds_of_floats_in_memory_are_found(values, bounds):
    data = Array.of(np.array(values)[:, None])
    assert (data.fields["x"].low, data.fields["x"].high) == bounds
    np.testing.assert_array_equal(everything(data)["x"][:, 0], np.float32(values))


@settings(max_examples=40)
@given(arrays(np.float32, array_shapes(min_dims=1, max_dims=4, max_side=4), elements=st.floats(-9, 9, width=32)))
def test_floats_pass_through_memory_and_files_unchanged(tmp_path_factory, values):
    folder = tmp_path_factory.mktemp("floats")
    np.save(folder / "a.npy", values)
    np.savez(folder / "a.npz", x=values)
    for data in (Array.of(values), Array(str(folder / "a.npy")), Array(str(folder / "a.npz"))):
        assert data.fields["x"].shape == values.shape[1:]
        np.testing.assert_array_equal(everything(data)["x"], values)
        assert data.fingerprint == Array.of(values.copy()).fingerprint


@pytest.mark.parametrize("kind", ["<f8", ">f4", "<f2", torch.bfloat16])
def test_every_float_becomes_single_precision(kind):
    values = np.array([[0.5, -2], [4, 0.25]])
    form = torch.tensor(values).to(kind) if isinstance(kind, torch.dtype) else values.astype(kind)
    batch = Array.of(form).batch(torch.arange(2))["x"]
    assert batch.dtype == torch.float32
    assert batch.tolist() == values.tolist()


def test_read_only_arrays_are_taken():
    values = PICTURES.copy()
    values.flags.writeable = False
    np.testing.assert_allclose(everything(Array.of(values))["x"], scaled(PICTURES), atol=1e-7)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_files_of_several_arrays_are_taken_by_name(tmp_path, save):
    path = str(tmp_path / "a.npz")
    save(path, targets=LABELS, images=PICTURES, other=np.zeros((6, 2), np.float32))
    data = Array(path, keys={"x": "images", "label": "targets"})
    assert list(data.fields) == ["x", "label"]
    np.testing.assert_array_equal(everything(data)["label"], LABELS)
    np.testing.assert_allclose(everything(data)["x"], scaled(PICTURES), atol=1e-7)
    assert list(Array(path).fields) == ["targets", "images", "other"]
    with pytest.raises(ValueError, match="holds targets, images, other, but not image"):
        Array(path, keys={"x": "image"})


def test_facts_of_a_file_need_none_of_its_pictures(tmp_path, monkeypatch):
    path = str(tmp_path / "a.npz")
    np.savez(path, x=PICTURES, label=LABELS)
    read = []
    original = np.lib.npyio.NpzFile.__getitem__
    monkeypatch.setattr(np.lib.npyio.NpzFile, "__getitem__", lambda s, key: read.append(key) or original(s, key))
    data = Array(path)
    assert (data.fields["x"].shape, data.fields["label"].classes, len(data), read) == ((3, 5, 7), 4, 6, ["label"])


def test_declared_bounds_are_checked_when_read(tmp_path):
    path = str(tmp_path / "a.npy")
    np.save(path, np.float32([[0.0], [2.0]]))
    assert Array(path, low=0, high=2).fields["x"].high == 2
    everything(Array(path, low=0, high=2))
    with pytest.raises(ValueError, match="runs from 0 to 2; declared were 0 to 1"):
        everything(Array(path, low=0, high=1))
    with pytest.raises(ValueError, match="low below high"):
        Array(path, low=1, high=0)
    with pytest.raises(ValueError, match="low below high"):
        Array(path, low=1)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (np.array([[1.0], [np.nan]]), "x holds nan in row 1"),
        (np.array([[1.0], [np.inf]]), "x holds inf in row 1"),
        (np.array([[1e300]]), "x holds inf in row 0"),
        (np.zeros((3, 4), np.int32), "x holds int32 of shape .* wanted bytes"),
        (np.zeros((3, 4), bool), "x holds bool"),
        (np.array([{}, {}]), "x holds object"),
        (np.array(["a", "b"]), "x holds <U1"),
        (np.zeros((2, 2), complex), "x holds complex128"),
        (np.zeros((0, 2)), "at least one row"),
        (np.zeros((2, 0)), "no size of 0"),
        (np.array(1.0), "at least one row"),
        ({"x": np.zeros((2, 1)), "label": np.zeros(3, int)}, "x has 2, label has 3"),
        ({"x": np.zeros((2, 1)), "label": np.array([0, -1])}, "label must hold labels from 0, got -1"),
        ({}, "at least one array"),
        ([], "empty"),
        ([np.zeros(2), np.zeros(3)], r"x of item 1 is \(3,\) where item 0 has \(2,\)"),
        ([{"x": np.zeros(2)}, {}], "x of item 1 is nothing"),
        ([(1, 2, 3)], "item 0 has 3 parts"),
        (7, "got int"),
        (type("Stream", (IterableDataset,), {"__iter__": lambda _: iter(())})(), "got Stream"),
    ],
)
def test_what_cannot_be_data_is_refused_in_words(data, words):
    with pytest.raises(ValueError, match=words):
        Array.of(data).fields  # noqa: B018


def pickled():
    file = io.BytesIO()
    np.save(file, np.array([{"a": 1}]), allow_pickle=True)
    return file.getvalue()


@pytest.mark.parametrize("content", [b"", b"garbage", pickle.dumps([1]), pickled(), b"\x93NUMPY\x01\x00\xff"])
@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_damaged_and_pickled_files_are_refused(tmp_path, content, suffix):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="cannot be read as arrays of numbers"):
        Array(str(path))


def test_pickles_within_an_archive_are_refused(tmp_path):
    path = str(tmp_path / "a.npz")
    np.savez(path, x=np.array([{"a": 1}]))
    with pytest.raises(ValueError, match="x holds object"):
        Array(path)


def test_cut_files_are_refused(tmp_path):
    path = tmp_path / "a.npy"
    np.save(path, np.zeros((9, 9), np.float32))
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(ValueError, match="cannot be read"):
        Array(str(path))


def test_other_files_are_refused(tmp_path):
    for name in ("a.csv", "missing.npy"):
        with pytest.raises(ValueError, match=r"wanted a \.npy or \.npz file"):
            Array(str(tmp_path / name))


def test_live_data_must_be_handed_in_again():
    with pytest.raises(ValueError, match="hand it in again"):
        Array().fields  # noqa: B018
