"""Phase shuffle against NumPy's padding by reflection.

Mutations tried (a test failed for each): circular instead of reflected, one move for the whole batch, moves of one side
only.
"""

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rivalry.marks import Draws
from rivalry.streams import stream
from rivalry_zoo.operations.phase_shuffle import PhaseShuffle

MOVED = PhaseShuffle()


@given(st.integers(1, 5), st.integers(1, 3), st.integers(4, 9), st.integers(0, 3), st.integers(0, 999))
@settings(max_examples=40)
def test_each_sound_is_a_reflected_shift_of_itself(n, channels, length, most, seed):
    x = torch.randn(n, channels, length, generator=torch.Generator().manual_seed(seed))
    moved = MOVED(x, most=most, draw=stream(seed)).numpy()
    for sound, result in zip(x.numpy(), moved):
        padded = np.pad(sound, ((0, 0), (most, most)), mode="reflect")
        shifts = [padded[:, most - move : most - move + length] for move in range(-most, most + 1)]
        assert any(np.array_equal(result, shift) for shift in shifts)


def test_all_moves_are_equally_likely_and_independent(device):
    x = torch.arange(100.0, device=device).expand(5_000, 1, 100)
    middle = MOVED(x, most=2, draw=stream(0, device))[:, 0, 50].cpu().numpy()
    counts = np.bincount(middle.astype(int) - 48, minlength=5)
    assert len(counts) == 5
    assert abs(counts - 1_000).max() < 150


def test_gradients_find_their_way_back(device):
    x = torch.randn(3, 2, 8, device=device, requires_grad=True)
    MOVED(x, most=3, draw=stream(1, device)).sum().backward()
    assert x.grad.sum().item() == x.numel()


def test_it_says_that_it_draws_and_keeps_the_shape():
    assert issubclass(PhaseShuffle, Draws)
    assert PhaseShuffle.keeps_shape
