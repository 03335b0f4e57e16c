"""Sets that are checked without a copy of them in float64.

Mutations tried (a test failed for each): the second set not looked at, the sum taken in float32, only the first vectors
checked.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from rivalry_zoo.blocks.checked_sets import PART, checked_pair, total


@pytest.mark.parametrize("n", [0, 1, PART, PART + 1, 3 * PART])
def test_the_total_is_that_of_float64(n, device):
    x = torch.tensor(np.random.default_rng(n).normal(1e4, 1, size=(n, 3)), dtype=torch.float32, device=device)
    assert_allclose(total(x).cpu(), x.cpu().numpy().astype(np.float64).sum(0), rtol=1e-14)


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64, torch.int64])
def test_sets_stay_as_they_are_but_for_gradients(dtype, device):
    x, y = torch.ones(4, 2, dtype=dtype, device=device), torch.zeros(3, 2, dtype=dtype, device=device)
    real, fake = checked_pair(x, y, 3)
    assert real.data_ptr() == x.data_ptr()
    assert fake.data_ptr() == y.data_ptr()
    assert not checked_pair(x.double().requires_grad_(), y)[0].requires_grad


@pytest.mark.parametrize(("size", "words"), [((2, 2), "at least 3 feature vectors, not 2"), ((3, 4), "equally many")])
@pytest.mark.parametrize("side", [0, 1])
def test_what_exact_pair_refuses_is_refused(size, words, side):
    sets = [torch.zeros(5, 2), torch.zeros(size)]
    with pytest.raises(ValueError, match=words):
        checked_pair(*sets[:: 1 - 2 * side], at_least=3)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("side", ["real", "fake"])
def test_one_number_that_is_not_finite_is_found_anywhere(bad, side):
    sets = {"real": torch.rand(300, 2), "fake": torch.rand(299, 2)}
    sets[side][250, 1] = bad
    with pytest.raises(ValueError, match=f"{side} must be finite"):
        checked_pair(**sets)


def test_numbers_whose_sum_is_too_large_are_fine():
    x = torch.full((3, 2), 1e308, dtype=torch.float64)
    assert torch.equal(checked_pair(x, x)[0], x)
