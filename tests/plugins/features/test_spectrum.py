"""Log spectra against SciPy's Welch estimate.

Mutations tried (a test failed for each): frequency 0 kept, the Hann window's power not divided out, natural log, frames
and bands exchanged.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.signal import welch

from rivalry_zoo.features.spectrum import Spectrum


@pytest.mark.parametrize(("bands", "frames", "window"), [(16, 4, 128), (8, 1, 64), (32, 2, 64)])
def test_it_is_welchs_estimate_in_bands(device, bands, frames, window):
    draw = np.random.default_rng(0)
    sounds = np.cumsum(draw.normal(size=(3, 2, 1024)), axis=2) / 20
    stretches = sounds.reshape(3, 2, frames, 1024 // frames)
    # A sampling rate of 1 gives a one-sided density, which is twice the power but at the Nyquist frequency.
    _, power = welch(stretches, 1.0, "hann", window, window // 2, detrend=False, axis=3)
    power[..., 1:-1] /= 2
    banded = power[..., 1:].reshape(3, 2, frames, bands, -1).mean(4)
    expected = np.log10(banded + 1e-6).reshape(3, -1)
    features = Spectrum(bands=bands, frames=frames, window=window)(torch.tensor(sounds, device=device))
    assert_allclose(features.cpu(), expected, atol=1e-4)


def test_white_noise_has_its_variance_in_every_band():
    sounds = 0.3 * np.random.default_rng(1).normal(size=(400, 1, 1024))
    features = Spectrum()(torch.tensor(sounds).float())
    assert features.shape == (400, 64)
    assert_allclose((10**features).mean(0), 0.09, rtol=0.1)


def test_a_tone_stands_in_its_band_and_stretch():
    tone = torch.zeros(1, 1, 1024)
    tone[..., 512:768] = torch.sin(2 * np.pi * 0.2 * torch.arange(256))
    features = Spectrum()(tone).reshape(4, 16)
    assert divmod(int(features.argmax()), 16) == (2, 6)  # 0.2 of the rate is 6.4 bands of 1/32
    assert_allclose(features[0], -6, atol=1e-4)


@pytest.mark.parametrize(
    ("choice", "sounds", "words"),
    [
        ({}, torch.zeros(2, 1, 500), "sounds of 512 samples or more"),
        ({}, torch.zeros(2, 1, 32, 32), "sounds .*, not of samples of shape"),
        ({"bands": 40, "window": 64}, None, "at most 32 bands of a window of 64, got 40"),
    ],
)
def test_what_has_no_spectrum_is_refused_in_words(choice, sounds, words):
    with pytest.raises(ValueError, match=words):
        Spectrum(**choice)(sounds)
