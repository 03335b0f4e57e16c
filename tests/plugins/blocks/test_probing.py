"""Chunks add up, with seeds of their own; numbers are widened as they are.

Mutations tried (a test failed for each): a chunk too many, the seed left alone.
"""

import pytest
import torch

from rivalry_zoo.blocks.probing import CHUNK, chunks, exact, uniform


@pytest.mark.parametrize(("samples", "counts"), [(1, [1]), (6, [6]), (7, [6, 1]), (18, [6, 6, 6])])
def test_chunks_add_up(samples, counts):
    found = list(chunks(samples, 3, 6))
    assert [count for count, _ in found] == counts
    assert len({seed for _, seed in found} | {seed for _, seed in chunks(samples, 4, 6)}) == 2 * len(counts)


def test_a_chunks_seed_does_not_depend_on_those_after_it():
    assert next(iter([*chunks(2 * CHUNK, 0)])) == next(chunks(10 * CHUNK, 0))


def test_exact_values_are_wide_and_detached(device):
    values = torch.tensor([0.1], requires_grad=True, device=device)
    found = exact(values)
    assert found.dtype == torch.float64
    assert not found.requires_grad
    assert float(found) == float(values.detach()) != 0.1


def test_uniform_numbers_follow_name_and_seed():
    first = uniform((1000,), "a", 0)
    assert torch.equal(first, uniform((1000,), "a", 0))
    assert not torch.equal(first, uniform((1000,), "b", 0))
    assert not torch.equal(first, uniform((1000,), "a", 1))
    assert 0 <= first.min() < 0.01
    assert 0.99 < first.max() < 1
