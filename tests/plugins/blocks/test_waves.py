"""Planar waves against numpy's sine. Mutation caught: cosine instead of sine."""

import numpy as np
import torch

from rivalry.fields import Field
from rivalry_zoo.blocks.waves import PlanarWaves


def test_each_wave_is_a_sine_of_the_place():
    torch.manual_seed(0)
    waves, z = PlanarWaves((Field(3),), 4, "it").double(), torch.randn(2, 3, dtype=torch.float64)
    first, _, last = waves.net
    hidden = np.maximum(z.numpy() @ first.weight.detach().numpy().T + first.bias.detach().numpy(), 0)
    numbers = hidden @ last.weight.detach().numpy().T + last.bias.detach().numpy()
    found = waves((z,), 3, 5).detach().numpy()
    for n, wave, row, column in np.ndindex(2, 4, 3, 5):
        angle = numbers[n, wave] * row + numbers[n, 4 + wave] * column + numbers[n, 8 + wave]
        np.testing.assert_allclose(found[n, wave, row, column], np.sin(angle), rtol=1e-10, atol=1e-12)
