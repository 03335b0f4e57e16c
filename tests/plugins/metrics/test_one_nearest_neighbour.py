"""The leave-one-out nearest neighbour against a double loop in integers, and its values at the three extremes.

Mutations tried (a test failed for each): a tie counted as a hit, own distance not excluded, `of` exchanged.
"""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from neighbourhoods import KINDS, awkward, radii, squares
from rivalry_zoo.metrics import one_nearest_neighbour as module
from rivalry_zoo.metrics.one_nearest_neighbour import OneNearestNeighbour, one_nearest_neighbour


def hits(mine, theirs):
    """Pair by pair, in integers: 1 if the nearest others are all mine, 0 if none is, else a half."""

    def apart(a, b):
        return sum((p - q) ** 2 for p, q in zip(a, b, strict=True))

    found = []
    for i, point in enumerate(mine):
        own = min(apart(point, other) for j, other in enumerate(mine) if j != i)
        other = min(apart(point, other) for other in theirs)
        found.append(0.5 if own == other else float(own < other))
    return np.mean(found)


def pairs_of_sets(d):
    points = st.lists(st.integers(-3, 3), min_size=d, max_size=d)
    return st.integers(2, 9).flatmap(lambda n: st.tuples(*[st.lists(points, min_size=n, max_size=n)] * 2))


@given(st.integers(1, 3).flatmap(pairs_of_sets))
@settings(max_examples=15)
def test_accuracy_is_the_definition_with_ties_counted_half(sets):
    of_real, of_fake = hits(*sets), hits(*sets[::-1])
    for offset in (0.0, 1000.1):
        real, fake = (torch.tensor(points).double() + offset for points in sets)
        assert_allclose(one_nearest_neighbour(real, fake, "real").value, of_real)
        assert_allclose(one_nearest_neighbour(real, fake, "fake").value, of_fake)
        assert_allclose(one_nearest_neighbour(real, fake).value, (of_real + of_fake) / 2)


def test_last_bits_do_not_break_ties():
    steps = torch.tensor([[0.0], [3.0], [9.0], [15.0]]).double()
    for offset in torch.arange(40) / 7 + 1023.1:
        # Each real sample lies 3 from another or 6, and as far from a fake.
        real, fake = offset + steps, offset + steps + torch.tensor([[-3.0], [3.0], [3.0], [6.0]])
        assert one_nearest_neighbour(real, fake, "real").value == hits(
            *((part - offset).round().tolist() for part in (real, fake))
        )


def test_ties_are_told_by_the_norms_of_both_points(monkeypatch):
    # On a line around 0 a point x whose nearest lies r further out is compared with one of norm |x| + r.
    asked = []
    monkeypatch.setattr(module, "tie", lambda own, *words: asked.append((own, *words)) or 0 * own)
    real = torch.tensor([[-5.0, 0.0], [-3.0, 0.0], [3.0, 0.0], [5.0, 0.0]])
    assert one_nearest_neighbour(real, 10 * real, "real").value == 1
    ((own, norms, dimensions),) = asked  # in whatever unit: r is 2
    assert_allclose(2 * norms / own.sqrt(), [12, 8, 8, 12], rtol=1e-3)
    assert dimensions == 2


def test_copies_give_zero_and_separated_sets_one(device):
    x = torch.randn(30, 4, generator=torch.Generator().manual_seed(0)).to(device)
    assert one_nearest_neighbour(x, x.flip(0)).value == 0
    assert one_nearest_neighbour(x, x + 100).value == 1


def test_constant_features_are_all_ties():
    assert one_nearest_neighbour(torch.full((6, 3), 0.1), torch.full((6, 3), 0.1)).value == 0.5


def test_equal_distributions_give_one_half():
    rng = np.random.default_rng(1)
    values = [one_nearest_neighbour(*torch.tensor(rng.normal(size=(2, 100, 3)))).value for _ in range(60)]
    # A point's nearest is one of 99 of its own set and of 100 others.
    assert_allclose(np.mean(values), 99 / 199, atol=4 * np.std(values) / 60**0.5)
    assert np.std(values) < 0.07


def test_a_dropped_mode_shows_in_the_accuracy_of_the_real_ones():
    g = torch.Generator().manual_seed(2)
    real = torch.randn(300, 2, generator=g) + 50 * (torch.arange(300) % 2)[:, None]
    fake = torch.randn(300, 2, generator=g)
    # Half of the real ones are alone in their mode; in the other they are one to two fakes.
    assert_allclose(one_nearest_neighbour(real, fake, "real").value, 1 / 2 + 1 / 2 * 1 / 3, atol=0.07)
    assert_allclose(one_nearest_neighbour(real, fake, "fake").value, 2 / 3, atol=0.07)


@pytest.mark.parametrize("kind", KINDS)
def test_accuracy_is_right_where_products_of_rounded_points_go_wrong(kind):
    real, fake = (points.astype(np.float32) for points in awkward(kind, np.random.default_rng(3), 30, 30, 20))
    wanted = {}
    for name, own, others in (("real", real, fake), ("fake", fake, real)):
        gap = squares(own, others).min(1) - radii(own, 1)
        wanted[name] = ((gap > 0) + 0.5 * (gap == 0)).mean()
    for name, value in wanted.items():
        assert_allclose(one_nearest_neighbour(torch.tensor(real), torch.tensor(fake), name).value, value)


@pytest.mark.parametrize(
    ("real", "fake", "words"),
    [
        (torch.zeros(1, 2), torch.zeros(1, 2), "real must hold at least 2"),
        (torch.zeros(4, 2), torch.zeros(0, 2), "fake must hold at least 2"),
        (torch.zeros(4, 2), torch.zeros(5, 2), "equally many samples, not 4 and 5: compare 4 of each"),
        (torch.zeros(5, 2), torch.full((5, 2), float("nan")), "fake must be finite"),
        (torch.zeros(5, 2), torch.zeros(5, 3), "equally many features"),
    ],
)
def test_bad_input_is_refused_in_words(real, fake, words):
    with pytest.raises(ValueError, match=words):
        one_nearest_neighbour(real, fake)


def test_component_computes_the_function():
    real, fake = torch.randn(2, 30, 2, generator=torch.Generator().manual_seed(4))
    assert OneNearestNeighbour(of="fake").compute(real, fake) == one_nearest_neighbour(real, fake, "fake")
    assert OneNearestNeighbour().compute(real, fake) == one_nearest_neighbour(real, fake)
    assert one_nearest_neighbour(real, fake).error is None
    assert type(one_nearest_neighbour(real, fake).value) is float
    assert (OneNearestNeighbour.direction, OneNearestNeighbour.range) == ("lower", (0, 1))
    assert OneNearestNeighbour(samples=2).samples == 2
