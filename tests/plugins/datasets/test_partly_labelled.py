"""Hidden labels against what the full data says.

Mutations that must fail here: the mask turned round, labels left to be read where they are hidden, a share of the
length not taken.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry_zoo.datasets.array import Array
from rivalry_zoo.datasets.fashion_mnist import FashionMNIST
from rivalry_zoo.datasets.partly_labelled import PartlyLabelled
from rivalry_zoo.datasets.ring import Ring


def full(size):
    return Array.of({"x": np.arange(size, dtype=np.float32)[:, None], "label": 1 + np.arange(size) % 5})


@settings(deadline=None, max_examples=30)
@given(size=st.integers(5, 60), share=st.floats(0.01, 1), seed=st.integers(0, 9))
def test_a_share_of_the_rows_keeps_its_labels_and_the_rest_has_none(size, share, seed):
    data = PartlyLabelled(full(size), share=share, seed=seed)
    rows = data.batch(torch.arange(size))
    kept = rows["labelled"].numpy().astype(bool)
    assert kept.sum() == max(1, round(share * size))
    np.testing.assert_array_equal(rows["label"].numpy(), np.where(kept, 1 + np.arange(size) % 5, 0))
    np.testing.assert_array_equal(rows["x"].numpy()[:, 0], np.arange(size))


def test_its_fields_are_those_of_the_data_and_the_mask():
    inner, data = full(10), PartlyLabelled(full(10))
    assert list(data.fields) == ["x", "label", "labelled"]
    assert data.fields["label"] == inner.fields["label"]
    assert (data.fields["labelled"].shape, data.fields["labelled"].classes) == ((), None)


def test_other_rows_are_other_data():
    prints = [PartlyLabelled(full(20), share=share, seed=seed).fingerprint for share in (0.2, 0.5) for seed in (0, 1)]
    assert len({*prints, full(20).fingerprint}) == 5
    assert PartlyLabelled(full(20)).fingerprint == PartlyLabelled(full(20)).fingerprint


def test_held_out_examples_keep_all_labels():
    kept = PartlyLabelled(FashionMNIST(size=28), share=0.02).held_out()
    rows = kept.batch(torch.arange(len(kept)))
    assert len(kept) == 1_000
    assert rows["labelled"].min() == 1
    assert rows["label"].equal(FashionMNIST(size=28, split="test").batch(torch.arange(1_000))["label"])
    assert PartlyLabelled(full(9)).held_out() is None


def test_data_without_labels_is_refused_in_words():
    with pytest.raises(ValueError, match="labels called 'label'; its labels are: none"):
        PartlyLabelled(Ring(size=9))
    with pytest.raises(ValueError, match="labels called 'kind'; its labels are: label"):
        PartlyLabelled(full(9), label="kind")
    with pytest.raises(ValueError, match="without a field 'labelled'"):
        PartlyLabelled(PartlyLabelled(full(9)))
