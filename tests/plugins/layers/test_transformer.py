"""The prior gives every map of symbols a probability, and these sum to one.

Mutations caught: the mask left out; a symbol that sees itself (no shift); conditions forgotten.
"""

from itertools import product

import pytest
import torch
from torch import nn

from rivalry.fields import Field
from rivalry_zoo.layers.transformer import Transformer

LABEL = Field((), classes=3)


def lively(inputs, **arguments):
    """A transformer whose weights are large enough for symbols to matter."""
    torch.manual_seed(0)
    network = Transformer(inputs, **{"width": 8, "heads": 2, **arguments}).double()
    for weight in network.parameters():
        nn.init.normal_(weight, 0, 0.5)
    return network.eval()


@torch.no_grad()
def test_the_probabilities_of_all_maps_sum_to_one():
    network = lively(Field((2, 2)), codes=3)
    maps = torch.tensor(list(product(range(3), repeat=4))).unflatten(1, (2, 2))
    chosen = network(maps).log_softmax(1).gather(1, maps.unsqueeze(1)).sum((1, 2, 3))
    assert float(chosen.exp().sum()) == pytest.approx(1, abs=1e-12)
    assert float(chosen.exp().std()) > 1e-3


@torch.no_grad()
@pytest.mark.parametrize("place", range(6))
def test_a_symbol_is_seen_by_all_later_places_and_by_no_other(place):
    network, row = lively(Field((2, 3)), codes=5), torch.randint(5, (4, 2, 3))
    other = row.flatten(1).clone()
    other[:, place] = (other[:, place] + 1) % 5
    apart = (network(row) - network(other.unflatten(1, (2, 3)))).abs().amax((0, 1)).flatten()
    assert (apart[: place + 1] == 0).all()
    assert (apart[place + 1 :] > 0).all()


@torch.no_grad()
def test_a_beginning_continued_is_the_whole():
    network, row = lively([Field((2, 3)), LABEL], codes=5), torch.randint(5, (4, 2, 3))
    label = torch.tensor([0, 1, 2, 0])
    whole = network(row, label).flatten(2).transpose(1, 2)
    for length in range(6):
        some = network.continued(row.flatten(1)[:, :length], label)
        torch.testing.assert_close(some, whole[:, : length + 1])


@torch.no_grad()
def test_a_condition_is_seen_by_every_place(device):
    network = lively([Field((2, 3)), LABEL, 2], codes=5).to(device)
    row, vector = torch.randint(5, (1, 2, 3), device=device), torch.zeros(1, 2, device=device).double()
    logits = [network(row, torch.tensor([k], device=device), vector) for k in (0, 1)]
    assert ((logits[0] - logits[1]).abs().amax((0, 1)) > 0).all()


def test_the_classes_of_the_input_say_how_many_symbols_there_are():
    assert Transformer(Field((7,), classes=27))(torch.randint(27, (2, 7))).shape == (2, 27, 7)
    with pytest.raises(ValueError, match="codes must be the 27 that the input has, got 5"):
        Transformer(Field((7,), classes=27), codes=5)


def test_weights_are_as_many_as_counted_by_hand():
    k, d, places = 11, 12, 6
    block = 4 * d * d + 4 * d + 8 * d * d + 5 * d + 4 * d  # attention, perceptron, two norms
    expected = k * d + places * d + d + (3 * d + d) + 2 * block + 2 * d + (d * k + k)
    network = Transformer([Field((2, 3)), LABEL], codes=k, width=d, heads=3)
    assert sum(weight.numel() for weight in network.parameters()) == expected


def test_it_starts_almost_undecided():
    torch.manual_seed(0)
    logits = Transformer(Field((4, 4)), codes=10)(torch.randint(10, (8, 4, 4)))
    assert logits.abs().max() < 1


@pytest.mark.parametrize(
    ("inputs", "arguments", "message"),
    [
        (Field((4, 4)), {}, "wants the number of symbols, got 4x4"),
        (Field(()), {"codes": 4}, "wants a map or row of symbols, got scalar"),
        (Field((4,)), {"codes": 4, "width": 10, "heads": 4}, "must divide the width 10, got 4; take 5"),
    ],
)
def test_what_does_not_fit_is_refused(inputs, arguments, message):
    with pytest.raises(ValueError, match=message):
        Transformer(inputs, **arguments)
