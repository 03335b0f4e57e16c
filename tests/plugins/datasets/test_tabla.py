"""The recording against the stored samples, cut by NumPy's sliding windows.

Mutations tried (a test failed for each): the hop forgotten, the peak not 1, one window too many.
"""

from pathlib import Path

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import rivalry_zoo.datasets.tabla as module
from rivalry_zoo.datasets.tabla import Tabla

with np.load(Path(module.__file__).with_name("tabla.npz")) as arrays:
    SOUND = arrays["sound"]
PARTS = {"train": SOUND[:68_000], "test": SOUND[68_000:]}


def windows(split, length, hop):
    return np.lib.stride_tricks.sliding_window_view(PARTS[split], length)[::hop]  # a view: nothing is copied


@given(st.sampled_from(["train", "test"]), st.integers(16, 5_000), st.integers(1, 900))
@settings(max_examples=25)
def test_examples_are_all_windows_at_the_hop(split, length, hop):
    data, expected = Tabla(length=length, hop=hop, split=split), windows(split, length, hop)
    assert len(data) == len(expected)
    rows = [0, len(data) // 2, len(data) - 1]
    x = data.batch(torch.tensor(rows))["x"]
    assert x.shape == (3, *data.fields["x"].shape)
    np.testing.assert_allclose(x[:, 0], expected[rows] / np.abs(SOUND).max(), atol=1e-7)


def test_it_is_a_sound_of_the_declared_range():
    data = Tabla()
    x, field = data.batch(torch.arange(0, len(data), 64))["x"], data.fields["x"]
    assert (field.low, field.high, field.shape) == (-1, 1, (1, 1024))
    assert x.dtype == torch.float32
    assert np.abs(SOUND).max() == 2047
    assert 0.9 < x.abs().max() <= 1
    assert abs(x.mean()) < 0.01


def test_the_recording_is_a_tabla_and_no_noise():
    """Its power lies at low frequencies: under 1 kHz there is most of it, and a drum's tuned partial stands out."""
    power = np.abs(np.fft.rfft(PARTS["train"] / 2047)) ** 2
    frequency = np.fft.rfftfreq(68_000, 1 / 8_000)
    assert power[frequency < 1_000].sum() > 0.8 * power.sum()


def test_fingerprints_tell_windows_and_splits_apart():
    kinds = [Tabla(), Tabla(length=512), Tabla(hop=32), Tabla(split="test")]
    assert len({data.fingerprint for data in kinds}) == 4
    assert Tabla().fingerprint == Tabla(length=1024).fingerprint


def test_held_out_is_the_end():
    assert Tabla(hop=8).held_out() == Tabla(hop=8, split="test")
    assert Tabla(split="test").held_out() is None
