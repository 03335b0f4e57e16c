"""Maps of symbols drawn one after the other have the law that the prior's forward gives to whole maps.

Mutations caught: the logits of the last symbol taken instead of those of the next; temperature multiplied.
"""

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from rivalry.fields import Field
from rivalry.streams import stream
from rivalry_zoo.layers.transformer import Transformer
from rivalry_zoo.layers.vector_quantizer import VectorQuantizer
from rivalry_zoo.samplers.autoregressive import Autoregressive, pick

FIELD = Field((2, 1, 3))


def game(condition=False):
    """A prior of three symbols at three places, whose codes are the symbols; what is decoded is the codes."""
    torch.manual_seed(0)
    symbols = Field((1, 3), classes=3)
    prior = Transformer([symbols, Field((), classes=2)] if condition else symbols, width=8, heads=2)
    for weight in prior.parameters():
        nn.init.normal_(weight, 0, 0.6)
    nn.init.zeros_(prior.last.bias)
    nn.init.normal_(prior.last.weight, 0, 0.3)
    if condition:
        nn.init.normal_(prior.told.weight, 0, 3)
    quantizer = VectorQuantizer(FIELD, codes=3)
    quantizer.book.data = torch.tensor([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]])
    return {"T": prior.eval(), "Q": quantizer, "G": nn.Identity()}


@torch.no_grad()
def law(prior, temperature=1.0, *conditions):
    """The probability of every map, by the prior's forward."""
    maps = torch.tensor(list(product(range(3), repeat=3)))
    logits = prior(maps.unsqueeze(1), *(c.expand(27) for c in conditions))[:, :, 0].double().numpy() / temperature
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    return np.prod(np.take_along_axis(shares, maps.unsqueeze(1).numpy(), 1)[:, 0], axis=1)


def counted(samples):
    symbols = samples[:, 0, 0].round().long()
    assert not samples[:, 1].any()
    return np.bincount((symbols @ torch.tensor([9, 3, 1])).numpy(), minlength=27) / len(symbols)


@torch.no_grad()
@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_drawn_maps_have_the_priors_law(temperature):
    networks, n = game(), 20_000
    expected = law(networks["T"], temperature)
    assert expected.sum() == pytest.approx(1)
    found = counted(Autoregressive(temperature=temperature).sample(networks, FIELD, n, {}, stream(0)))
    assert np.abs(found - expected).max() < 5 * np.sqrt(0.25 / n)
    assert np.abs(expected - 1 / 27).max() > 0.02


@torch.no_grad()
def test_conditions_choose_the_law():
    networks, n, label = game(condition=True), 10_000, torch.arange(20_000) % 2
    samples = Autoregressive(conditions=("label",)).sample(networks, FIELD, 2 * n, {"label": label}, stream(0))
    laws = [law(networks["T"], 1.0, torch.tensor(k)) for k in (0, 1)]
    assert np.abs(laws[0] - laws[1]).max() > 0.02
    for k in (0, 1):
        assert np.abs(counted(samples[label == k]) - laws[k]).max() < 5 * np.sqrt(0.25 / n)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=6), st.floats(0, 1, exclude_max=True))
@settings(max_examples=50)
def test_a_symbol_is_picked_by_its_share(logits, place):
    shares = np.exp(logits) / np.exp(logits).sum()
    k = int(pick(torch.tensor([logits], dtype=torch.float64), torch.tensor([place], dtype=torch.float64)))
    edges = np.concatenate([[0], np.cumsum(shares)])
    assert edges[k] - 1e-9 <= place <= edges[k + 1] + 1e-9


def test_a_symbol_without_a_share_is_never_picked():
    logits = torch.tensor([[-torch.inf, 0.0, -torch.inf, 0.0]]).expand(4, 4)
    assert pick(logits, torch.tensor([0.0, 0.499, 0.5, 1.0 - 1e-7])).tolist() == [1, 1, 3, 3]


def test_equal_streams_draw_equal_samples():
    networks = game()
    first, again, other = (Autoregressive().sample(networks, FIELD, 30, {}, stream(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_what_is_missing_is_named():
    networks = game()
    with pytest.raises(ValueError, match="no network 'P'; it has T, Q, G"):
        Autoregressive(prior="P").sample(networks, FIELD, 1, {}, stream(0))
    with pytest.raises(ValueError, match="no condition 'label'; it has none"):
        Autoregressive(conditions=("label",)).sample(networks, FIELD, 1, {}, stream(0))
    with pytest.raises(ValueError, match="wants a layer transformer, got Identity"):
        Autoregressive(prior="G").sample(networks, FIELD, 1, {}, stream(0))
