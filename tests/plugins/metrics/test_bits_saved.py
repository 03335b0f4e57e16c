"""What context tells, on chains whose information is known. Mutations caught: nats; places pooled."""

import numpy as np
import pytest
import torch
from scipy.special import log_softmax
from scipy.stats import sem

from rivalry_zoo.metrics.bits_saved import BitsSaved, bits_saved


def test_knowing_the_frequencies_of_each_place_saves_nothing():
    symbols = torch.tensor([[0, 1], [0, 2], [1, 1], [1, 1]])
    shares = torch.tensor([[0.5, 0.5, 0.0], [0.0, 0.75, 0.25]]).T
    found = bits_saved(shares.log().expand(4, 3, 2), symbols)
    assert found.value == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("shape", [(), (3,), (2, 2)])
def test_knowing_everything_saves_the_entropy(shape):
    symbols = torch.arange(8).reshape(-1, *[1] * len(shape)).expand(8, *shape) % 4
    logits = 1e3 * torch.nn.functional.one_hot(symbols, 4).movedim(-1, 1).float()
    assert bits_saved(logits, symbols).value == pytest.approx(2)


def test_a_chain_saves_its_mutual_information():
    numbers, stay = np.random.default_rng(0), 0.9
    first = numbers.integers(2, size=20_000)
    second = np.where(numbers.random(20_000) < stay, first, 1 - first)
    after = np.where(first[:, None] == np.arange(2), np.log(stay), np.log(1 - stay))
    logits = torch.tensor(np.stack([np.zeros_like(after), after], 2))
    found = BitsSaved().compute(logits, torch.tensor(np.stack([first, second], 1)))
    information = 1 + stay * np.log2(stay) + (1 - stay) * np.log2(1 - stay)
    assert found.value == pytest.approx(information / 2, abs=4 * found.error)
    assert found.error < 0.01


def test_a_book_may_be_larger_than_the_sample():
    # At either place one bit, for which a forecast that knows nothing of three symbols pays log2 3.
    found = bits_saved(torch.zeros(2, 3, 2), torch.tensor([[0, 1], [2, 0]]))
    assert found.value == pytest.approx(1 - np.log2(3))


def test_a_wrong_forecast_saves_less_than_nothing():
    assert bits_saved(torch.tensor([[9.0, 0.0], [0.0, 9.0]]), torch.tensor([1, 0])).value < -10


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"got \[4, 2, 3\] and \[4, 2\]"):
        bits_saved(torch.zeros(4, 2, 3), torch.zeros(4, 2, dtype=torch.int64))


def test_error_is_that_of_the_forecasts_cost_over_samples():
    numbers = np.random.default_rng(1)
    logits, symbols = numbers.normal(size=(9, 3, 4)), numbers.integers(3, size=(9, 4))
    cost = -np.take_along_axis(log_softmax(logits, axis=1), symbols[:, None], 1)[:, 0].mean(1) / np.log(2)
    found = bits_saved(torch.tensor(logits), torch.tensor(symbols))
    assert found.error == pytest.approx(sem(cost))
    assert type(found.value) is type(found.error) is float


@pytest.mark.parametrize(("logits", "symbols"), [((1, 2), 1), ((3,), 3), ((3, 2), 2), ((0, 2), 0)])
def test_fewer_than_two_symbols_and_vectors_of_logits_are_refused(logits, symbols):
    assert bits_saved(torch.zeros(2, 2), torch.tensor([0, 1])).value == 0
    with pytest.raises(ValueError, match="at least two, got"):
        bits_saved(torch.zeros(logits), torch.zeros(symbols, dtype=torch.int64))


def test_it_says_what_it_needs():
    assert (BitsSaved.direction, BitsSaved.needs) == ("higher", ("pairs",))
