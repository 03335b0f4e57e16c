"""No norm is the identity. Mutation caught: returning -x."""

import torch

from rivalry_zoo.norms.none import NoNorm


def test_it_returns_the_very_tensor():
    x = torch.randn(2, 3)
    assert NoNorm(3)(x) is x
    assert NoNorm(3)(x, torch.ones(2, 1)) is x
    assert not list(NoNorm(3).parameters())
