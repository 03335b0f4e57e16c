"""One-hot vectors against rows of numpy's identity. Mutation tried: classes - 1 columns; both tests fail."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from rivalry_zoo.operations.one_hot import OneHot


@given(st.data())
def test_rows_are_rows_of_the_identity(data):
    classes = data.draw(st.integers(1, 9))
    label = data.draw(st.lists(st.integers(0, classes - 1), min_size=1, max_size=12))
    hot = OneHot()(torch.tensor(label), classes=classes)
    assert hot.dtype == torch.get_default_dtype()
    np.testing.assert_array_equal(hot.numpy(), np.eye(classes)[label])


def test_classes_stand_where_channels_stand_also_for_label_maps(device):
    label = np.random.default_rng(0).integers(0, 4, size=(2, 3, 5))
    hot = OneHot()(torch.tensor(label, device=device), 4)
    np.testing.assert_array_equal(hot.cpu().numpy(), np.moveaxis(np.eye(4)[label], -1, 1))
