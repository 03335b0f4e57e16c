"""Which rows a batch holds: every epoch is a permutation, and processes share it out.

Mutations that were tried and fail here: one order for all epochs, every process the first slice.
"""

import torch
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry.batches import Feeder
from rivalry.fields import Field
from rivalry.interfaces import Dataset

sizes = st.integers(1, 40)


@frozen
class Numbers(Dataset):
    """The numbers 0 to n - 1, and their negatives."""

    n: int

    @property
    def fields(self):
        return {"x": Field(()), "minus": Field(())}

    def __len__(self):
        return self.n

    def batch(self, indices):
        return {"x": indices, "minus": -indices}

    @property
    def fingerprint(self):
        return str(self.n)


def rows(n, batch, count, seed=0, name="", **where):
    feeder = Feeder(name, Numbers(n), batch, seed, **where)
    return [feeder(number)["x"] for number in range(count)]


@settings(max_examples=40)
@given(n=sizes, batch=sizes, epochs=st.integers(1, 4), seed=st.integers(0, 2**40))
def test_every_epoch_is_a_permutation_whatever_the_batch(n, batch, epochs, seed):
    count = -(-n * epochs // batch)
    drawn = torch.cat(rows(n, batch, count, seed))
    assert len(drawn) == count * batch
    for epoch in drawn[: n * epochs].split(n):
        assert sorted(epoch.tolist()) == list(range(n))


def test_each_epoch_has_its_own_order():
    first, second = rows(30, 30, 2)
    assert not torch.equal(first, second)


@settings(max_examples=40)
@given(n=sizes, share=st.integers(1, 9), world=st.integers(1, 4), number=st.integers(0, 50), seed=st.integers(0, 99))
def test_slices_of_the_processes_are_the_joint_batch(n, share, world, number, seed):
    joint = Feeder("", Numbers(n), share * world, seed)(number)["x"]
    slices = [Feeder("", Numbers(n), share * world, seed, rank, world)(number)["x"] for rank in range(world)]
    assert torch.equal(torch.cat(slices), joint)


@settings(max_examples=20)
@given(n=sizes, batch=sizes, numbers=st.lists(st.integers(0, 60), min_size=1, max_size=6))
def test_a_batch_depends_on_its_number_alone(n, batch, numbers):
    feeder = Feeder("", Numbers(n), batch, 3)
    for number in numbers:  # in any order, also backwards, as after a resume
        assert torch.equal(feeder(number)["x"], Feeder("", Numbers(n), batch, 3)(number)["x"])


def test_fields_of_a_batch_come_from_the_same_rows():
    batch = Feeder("", Numbers(9), 4, 0)(1)
    assert torch.equal(batch["minus"], -batch["x"])


def test_data_sets_of_other_names_have_other_orders():
    assert not torch.equal(rows(30, 30, 1, name="horse")[0], rows(30, 30, 1, name="zebra")[0])


def test_the_data_is_read_once_a_batch():
    feeder = Feeder("", Numbers(9), 4, 0)
    assert feeder(2) is feeder(2)
