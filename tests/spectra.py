"""Lanczos filters of three lobes and what they let pass, by numpy."""

import numpy as np


def kernel(x):
    """sinc(x) sinc(x / 3) between -3 and 3."""
    return np.where(abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0)


def weakened(frequency):
    """The filter's Fourier transform at a frequency in cycles a pixel, 1 at 0, by the trapezium rule."""
    x = np.linspace(-3, 3, 601)
    return (kernel(x) * np.cos(2 * np.pi * frequency * x)).sum() / kernel(x).sum()


def passed(wave, angle):
    """What the filter convolved with that of a grid turned by an angle leaves of a sampled wave, down + across i."""
    aliases = [wave + complex(down, across) for down in (-1, 0, 1) for across in (-1, 0, 1)]
    both = [(alias, alias * np.exp(1j * angle)) for alias in aliases]
    return sum(np.prod([weakened(part) for f in pair for part in (f.real, f.imag)]) for pair in both)
