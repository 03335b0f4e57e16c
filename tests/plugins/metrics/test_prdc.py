"""All four numbers of neighbourhoods at once, against a brute-force oracle.

Mutations tried (a test failed for each): precision and recall exchanged, density of another k, one neighbour more.
"""

import numpy as np
import pytest
import torch

from neighbourhoods import inside, strictly_inside
from rivalry_zoo.metrics.prdc import Prdc, prdc


def sets(n=31, m=24):
    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(n, 3)), 0.6 * rng.normal(size=(m, 3)) + 1
    return real, fake, *map(torch.tensor, (real, fake))


@pytest.mark.parametrize("k", [1, 2, 5])
def test_each_is_the_definition(k, device):
    real, fake, x, y = sets()
    within = strictly_inside(real, fake, k)
    wanted = {
        "precision": inside(real, fake, k).any(0).mean(), "recall": inside(fake, real, k).any(0).mean(),
        "density": within.sum() / (k * len(fake)), "coverage": within.any(1).mean(),
    }  # fmt: skip
    assert len({*wanted.values()}) == 4
    assert {part: score.value for part, score in prdc(x.to(device), y.to(device), k).items()} == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("real", "fake", "words"),
    [
        (torch.zeros(5, 2), torch.zeros(9, 2), "5 neighbours need at least 6 points, not 5"),
        (torch.zeros(9, 2), torch.zeros(2, 2), "5 neighbours need at least 6 points, not 2"),
        (torch.zeros(9, 2), torch.zeros(0, 2), "fake must hold at least 1"),
        (torch.full((9, 2), float("nan")), torch.zeros(9, 2), "real must be finite"),
    ],
)
def test_bad_input_is_refused_in_words(real, fake, words):
    with pytest.raises(ValueError, match=words):
        prdc(real, fake)


def test_component_computes_the_function_of_five_neighbours_unless_told():
    *_, x, y = sets()
    assert Prdc(neighbours=2).compute(x, y) == prdc(x, y, 2) != prdc(x, y, 5)
    assert Prdc().compute(x, y) == prdc(x, y) == prdc(x, y, 5)
    assert tuple(prdc(x, y)) == Prdc.parts == ("precision", "recall", "density", "coverage")
    assert (Prdc.direction, Prdc.range, Prdc().samples) == ("higher", (0, float("inf")), 1000)


def test_more_samples_than_neighbours_are_asked_for():
    assert Prdc(samples=6).samples == 6
    with pytest.raises(ValueError, match="samples must exceed neighbours, but got 5 and 5: raise samples"):
        Prdc(samples=5)
