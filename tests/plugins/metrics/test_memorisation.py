"""Memorisation against scipy's Mann-Whitney test, numpy's medians and what new samples score on average.

Mutations tried (a test failed for each): the ratio the other way round, held-out and fakes exchanged in the rank score,
no correction for ties, `>` for `>=`, distances from the real samples.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.stats import mannwhitneyu, norm

from neighbourhoods import squares
from rivalry_zoo.metrics.memorisation import Memorisation, memorisation, rank_score


def drawn(rng, *counts, d=3):
    return [torch.tensor(rng.normal(size=(n, d))) for n in counts]


def values(real, fake, held_out, **options):
    return {name: score.value for name, score in memorisation(real, fake, held_out=held_out, **options).items()}


@pytest.mark.parametrize("digits", [0, 8])
def test_rank_score_is_that_of_the_mann_whitney_test(digits):
    rng = np.random.default_rng(digits)
    first, second = (rng.normal(shift, size=n).round(digits) for shift, n in ((0.4, 37), (0, 52)))
    one_sided = mannwhitneyu(first, second, alternative="greater", method="asymptotic", use_continuity=False).pvalue
    score = rank_score(torch.tensor(first), torch.tensor(second))
    assert_allclose(norm.sf(score), one_sided, rtol=1e-9)
    assert_allclose(rank_score(torch.tensor(second), torch.tensor(first)), -score)
    assert score > 0.05


def test_rank_score_of_equal_numbers_is_zero():
    assert rank_score(torch.ones(4), torch.ones(7)) == 0
    assert rank_score(torch.ones(1), torch.ones(1)) == 0


def test_all_numbers_come_from_distances_to_the_nearest_real_sample(device):
    rng = np.random.default_rng(0)
    real, fake, new = (points.to(device) for points in drawn(rng, 60, 45, 40))
    fake = fake * 0.7
    found = values(real, fake, new, part=0.2)
    fakes, news = (np.sqrt(squares(points.cpu(), real.cpu()).min(1)) for points in (fake, new))
    assert_allclose(found["ratio"], np.median(fakes) / np.median(news))
    nearer = mannwhitneyu(fakes, news, alternative="less", method="asymptotic", use_continuity=False).pvalue
    assert_allclose(norm.cdf(found["copying"]), nearer)
    assert found["novel"] == (fakes >= np.sort(news)[7]).mean()
    assert 0.3 < found["ratio"] < 0.95
    assert 0 < found["novel"] < 1


def test_new_samples_score_one_none_and_their_part():
    rng = np.random.default_rng(1)
    found = [values(*drawn(rng, 50, 60, 39), part=0.1) for _ in range(80)]
    for name, mean in (("ratio", 1), ("copying", 0), ("novel", 1 - 4 / 40)):
        column = [scores[name] for scores in found]
        assert_allclose(np.mean(column), mean, atol=4 * np.std(column) / 80**0.5)
    assert_allclose(np.std([scores["copying"] for scores in found]), 1, atol=4 / 160**0.5)
    assert np.std(column) < 0.1


def test_copies_are_found_and_few_among_many_by_novelty_alone():
    real, new, fake = drawn(np.random.default_rng(2), 300, 200, 200)
    tied = (200**3 - 200) / (400 * 399)
    all_below = -200 * 200 / 2 / (200 * 200 * (401 - tied) / 12) ** 0.5
    assert values(real, real[:200], new) == {"ratio": 0, "copying": pytest.approx(all_below), "novel": 0}
    some = torch.cat([fake[:180], real[:20]])
    found = values(real, some, new)
    assert 0.85 < found["ratio"] < 1.1
    assert abs(found["copying"]) < 3.5
    assert found["novel"] == pytest.approx(0.9, abs=0.02)
    assert values(real, fake + 50, new)["copying"] > 15


def test_held_out_samples_themselves_count_as_new():
    real, new = drawn(np.random.default_rng(3), 40, 30)
    assert values(real, new, new) == {"ratio": 1, "copying": 0, "novel": 1}
    # The first four of thirty are closer than the fifth, which is the border: 0.15 * 30 rounds to 4.
    assert values(real, new, new, part=0.15)["novel"] == pytest.approx(27 / 30)


@pytest.mark.parametrize(
    ("real", "fake", "held_out", "words"),
    [
        (torch.zeros(0, 2), torch.zeros(5, 2), torch.zeros(5, 2), "real must hold at least 1"),
        (torch.zeros(5, 2), torch.zeros(0, 2), torch.ones(5, 2), "fake must hold at least 1"),
        (torch.zeros(5, 2), torch.zeros(5, 2), torch.zeros(0, 2), "held_out must hold at least 1"),
        (torch.zeros(5, 2), torch.zeros(5, 2), torch.full((5, 2), float("nan")), "held_out must be finite"),
        (torch.zeros(5, 2), torch.full((5, 2), float("nan")), torch.ones(5, 2), "fake must be finite"),
        (torch.zeros(5, 2), torch.zeros(5, 2), torch.zeros(5, 3), "real and held_out must have equally many features"),
        (torch.zeros(5, 2), torch.ones(5, 2), torch.zeros(5, 2), "held_out must be new, but half"),
    ],
)
def test_bad_input_is_refused_in_words(real, fake, held_out, words):
    with pytest.raises(ValueError, match=words):
        memorisation(real, fake, held_out=held_out)


def test_one_held_out_sample_is_enough():
    real, fake, new = drawn(np.random.default_rng(4), 20, 15, 1)
    found = values(real, fake, new)
    fakes, news = (np.sqrt(squares(points, real).min(1)) for points in (fake, new))
    assert_allclose(found["ratio"], np.median(fakes) / news[0])
    assert_allclose(found["novel"], (fakes >= news[0]).mean())


def test_component_computes_the_function():
    real, fake, new = drawn(np.random.default_rng(5), 30, 30, 30)
    component = Memorisation(part=0.5)
    assert component.compute(real, fake, held_out=new) == memorisation(real, fake, held_out=new, part=0.5)
    assert Memorisation().compute(real, fake, held_out=new) == memorisation(real, fake, held_out=new)
    assert Memorisation().part == 0.01 != component.part
    assert tuple(component.compute(real, fake, held_out=new)) == component.parts
    assert {type(score.value) for score in component.compute(real, fake, held_out=new).values()} == {float}
    assert (component.direction, component.needs, component.samples) == ("higher", ("held_out",), 10_000)
    assert component.range == (-float("inf"), float("inf"))
