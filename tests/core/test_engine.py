"""What an engine makes of the settings under `train`.

Mutations tried: compiling every network, which fails the test of penalised critics; handing gradients to the optimiser
as autograd returns them, which fails the test of memory formats.
"""

import pytest
import torch
from torch import nn

from small import small_engine


@pytest.fixture
def compiled(monkeypatch):
    """The modules that were compiled, by a backend that needs no compiler."""
    seen, compile_ = [], nn.Module.compile

    def keep(self, *args, **kwargs):
        seen.append(self)
        return compile_(self, backend="aot_eager")

    monkeypatch.setattr(nn.Module, "compile", keep)
    yield seen
    torch._dynamo.reset()


def names(game, modules):
    return {name for name, network in game.networks.items() if any(network is module for module in modules)}


def values(losses):
    return {label: loss.item() for label, loss in losses.items()}


def test_networks_that_a_penalty_differentiates_stay_eager(compiled):
    assert names(small_engine("ring", "train.compile=true"), compiled) == {"G"}


# torch's own compiler looks at the gradient of the fake, which is not a leaf, and warns itself
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")
def test_compiled_games_play_like_eager_ones(compiled):
    eager, fast = small_engine("ring_non_saturating"), small_engine("ring_non_saturating", "train.compile=true")
    assert names(fast, compiled) == {"G", "D"}
    for _ in range(3):
        assert values(fast.step()) == pytest.approx(values(eager.step()), rel=1e-5)


def test_bf16_keeps_weights_in_float32_and_losses_near():
    exact, rough = small_engine("ring"), small_engine("ring", "train.precision=bf16")
    assert values(rough.step()) == pytest.approx(values(exact.step()), abs=0.05)
    assert all(p.dtype == torch.float32 for network in rough.networks.values() for p in network.parameters())


@pytest.mark.parametrize("name", ["dcgan", "wgan_gp", "hinge_resnet"])
def test_memory_format_changes_no_number(name):
    last, first = (small_engine(name, f"train.channels_last={word}") for word in ("true", "false"))
    for _ in range(4):
        assert values(last.step()) == pytest.approx(values(first.step()), rel=1e-3, abs=1e-5)
