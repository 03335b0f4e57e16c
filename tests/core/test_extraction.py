"""Samples are looked at in chunks, once for all extractors, and what a costly one saw of data is kept.

Mutations caught: all samples given to an extractor that asks for fewer; a chunk left out; the cache read for other
data; vectors of a damaged file used.
"""

from typing import ClassVar

import pytest
import torch
from attrs import define, field, frozen

from rivalry import Features
from rivalry.cache import cache_folder
from rivalry.extraction import CHUNK, Seen, labels_field, look, look_at_data, order_of, real_chunks
from rivalry_zoo.datasets.array import Array

CPU = torch.device("cpu")
N = CHUNK + 44


@define(eq=False)
class Doubled(Features):
    """Twice the sample; it remembers how many it was shown at a time."""

    name: ClassVar[str] = "doubled"
    paper: ClassVar[str] = "none: for tests"
    costly: ClassVar[bool] = True

    shown: list[int] = field(factory=list)

    def __call__(self, samples):
        self.shown.append(len(samples))
        return 2 * samples


@frozen
class Cheap(Features):
    """The sample."""

    name: ClassVar[str] = "cheap"
    paper: ClassVar[str] = "none: for tests"

    def __call__(self, samples):
        return samples


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def data(shift=0.0):
    values = torch.arange(2.0 * N).reshape(N, 2) / N + shift
    return Array.of({"x": values, "label": torch.arange(N) % 3})


def ignore(count):
    return None


def test_fewer_rows_are_the_first_of_more_and_depend_on_the_seed():
    order = order_of(data(), N, 3)
    assert torch.equal(order[:50], order_of(data(), 50, 3))
    assert sorted(order.tolist()) == list(range(N))
    assert not torch.equal(order, order_of(data(), N, 4))


def test_chunks_hold_all_samples_with_their_labels():
    parts = list(real_chunks(data(), N + 1000, 0))
    assert [len(samples) for samples, _ in parts] == [CHUNK, 44]
    samples, labels = (torch.cat(list(side)) for side in zip(*parts, strict=True))
    order = order_of(data(), N, 0)
    assert torch.equal(samples, data().batch(order)["x"])
    assert torch.equal(labels, order % 3)
    assert labels_field(data()) == "label"
    assert labels_field(Array.of(torch.zeros(3, 2))) is None


def test_every_extractor_sees_as_many_as_it_asks_for_in_one_pass():
    doubled, told = Doubled(), []
    wanted = {"few": (doubled, 10), "all": (Cheap(), N)}
    seen = look(real_chunks(data(), N, 0), wanted, CPU, told.append)
    samples = data().batch(order_of(data(), N, 0))["x"]
    assert torch.equal(seen["few"].vectors, 2 * samples[:10])
    assert torch.equal(seen["all"].vectors, samples)
    assert len(seen["few"].labels) == 10
    assert doubled.shown == [10]
    assert told == [CHUNK, 44]


def test_fewer_of_what_was_seen_are_the_first():
    seen = Seen(torch.arange(6.0).reshape(3, 2), torch.arange(3))
    assert torch.equal(seen.first(2).vectors, torch.tensor([[0.0, 1.0], [2.0, 3.0]]))
    assert seen.first(2).labels.tolist() == [0, 1]
    assert Seen(seen.vectors).first(1).labels is None


def test_what_a_costly_extractor_saw_is_kept_for_equal_data_count_and_seed():
    first, again, other = Doubled(), Doubled(), Doubled()
    before = look_at_data(data(), {"d": (first, 40)}, 0, CPU, ignore)["d"]
    after = look_at_data(data(), {"d": (again, 40)}, 0, CPU, ignore)["d"]
    assert (len(first.shown), again.shown) == (1, [])
    assert torch.equal(before.vectors, after.vectors)
    assert torch.equal(before.labels, after.labels)
    for changed in (
        {"dataset": data(1.0), "wanted": {"d": (other, 40)}, "seed": 0},
        {"dataset": data(), "wanted": {"d": (other, 41)}, "seed": 0},
        {"dataset": data(), "wanted": {"d": (other, 40)}, "seed": 1},
        {"dataset": data(), "wanted": {"e": (other, 40)}, "seed": 0},
    ):
        look_at_data(device=CPU, tick=ignore, **changed)
    assert other.shown == [40, 41, 40, 40]


def test_what_a_cheap_extractor_saw_is_not_kept():
    look_at_data(data(), {"c": (Cheap(), 5)}, 0, CPU, ignore)
    assert not cache_folder("features").exists()


def test_a_damaged_file_is_a_warning_and_features_are_extracted_again():
    look_at_data(data(), {"d": (Doubled(), 5)}, 0, CPU, ignore)
    (kept,) = cache_folder("features").iterdir()
    kept.write_bytes(b"half a file")
    again = Doubled()
    with pytest.warns(UserWarning, match=r"are damaged \(.*\): extracting them again"):
        seen = look_at_data(data(), {"d": (again, 5)}, 0, CPU, ignore)
    assert again.shown == [5]
    assert torch.equal(seen["d"].vectors, 2 * data().batch(order_of(data(), 5, 0))["x"])


def test_a_cache_that_cannot_be_written_is_a_warning(tmp_path):
    (tmp_path / "cache").write_text("in the way")
    with pytest.warns(UserWarning, match="features could not be kept for next time"):
        assert look_at_data(data(), {"d": (Doubled(), 5)}, 0, CPU, ignore)["d"].vectors.shape == (5, 2)


def test_vectors_larger_than_the_bound_are_not_kept(monkeypatch):
    monkeypatch.setattr("rivalry.extraction.LARGEST", 5 * 2 * 4 + 5 * 8 - 1)
    look_at_data(data(), {"d": (Doubled(), 5)}, 0, CPU, ignore)
    assert not cache_folder("features").exists()
    monkeypatch.setattr("rivalry.extraction.LARGEST", 5 * 2 * 4 + 5 * 8)
    look_at_data(data(), {"d": (Doubled(), 5)}, 0, CPU, ignore)
    assert len(list(cache_folder("features").iterdir())) == 1
