"""What norms and weight norms may not do: each component below breaks one promise and must be found out."""

from typing import Any, ClassVar

import pytest
import torch
from attrs import frozen
from torch import Tensor, nn
from torch.nn.utils import parametrize

from rivalry import Given, Norm
from rivalry.interfaces import WeightNorm
from rivalry.plugins import configure, plugin
from rivalry.testing import check_component


class Described:
    """What every component says of itself."""

    name: ClassVar[str] = "broken"
    paper: ClassVar[str] = "none: broken on purpose"


class Plain(Described, Norm):
    """A norm to break."""

    def __init__(self, channels: Given[int]) -> None:
        super().__init__()

    def forward(self, x: Tensor, condition: Tensor | None = None) -> Tensor:
        return x


class Mixing(Plain):
    """Samples meet unsaid."""

    def forward(self, x, condition=None):
        return x - x.mean(0) if self.training else x


class MixingInEvaluation(Plain):
    """Samples meet in evaluation."""

    def forward(self, x, condition=None):
        return x if self.training else x - x.mean(0)


class Cutting(Plain):
    """No gradient."""

    def forward(self, x, condition=None):
        return 0 * x


class Deaf(Plain):
    """Wants a condition and does not miss it."""

    conditional: ClassVar[bool] = True


class Refusing(Plain):
    """Takes nothing."""

    def forward(self, x, condition=None):
        raise ValueError("never")


class Doubled(nn.Module):
    """A form to break."""

    def forward(self, weight):
        return 2 * weight


class Unsaved(nn.Module):
    """State that no checkpoint has."""

    factor = None

    def forward(self, weight):
        self.factor = torch.rand(()) + 1 if self.factor is None else self.factor
        return weight * self.factor


class Random(nn.Module):
    """Never twice the same."""

    def forward(self, weight):
        return weight * (1 + torch.rand(()))


class Detached(nn.Module):
    """A weight that does not learn."""

    def forward(self, weight):
        return weight.detach() + 0 * weight


@frozen
class Reparametrised(Described, WeightNorm):
    """A weight norm to break."""

    form: ClassVar[Any] = Doubled

    def reparametrise(self, layer):
        parametrize.register_parametrization(layer, "weight", self.form())


@frozen
class Idle(Reparametrised):
    """Does nothing."""

    def reparametrise(self, layer):
        pass


@frozen
class Roaming(Reparametrised):
    """Is for none of torch's layers."""

    layers = (nn.Bilinear,)


def of(form: type[nn.Module]) -> type[WeightNorm]:
    return frozen(type(form.__name__, (Reparametrised,), {"form": form, "__doc__": form.__doc__}))


FAULTS = [
    (Mixing, "mark it `CouplesBatch`"),
    (MixingInEvaluation, "in evaluation no sample may change another's"),
    (Cutting, "gradients must pass"),
    (Deaf, "refuse none by a ValueError"),
    (Refusing, "neither vectors nor maps of 6 channels: never"),
    (Idle, "leaves the weight of Linear as it was"),
    (Roaming, "names none of torch's"),
    (of(Unsaved), "must be saved"),
    (of(Random), "in evaluation it must give the same every time"),
    (of(Detached), "every parameter must get a gradient"),
]


@pytest.mark.parametrize(("component", "message"), FAULTS, ids=lambda value: getattr(value, "__name__", None))
def test_a_broken_promise_is_found_and_named(component, message):
    try:
        plugin(component)
        with pytest.raises(AssertionError, match=message):
            check_component(component.kind, "broken")
    finally:
        configure()


@pytest.mark.parametrize("component", [Plain, Reparametrised], ids=lambda value: value.__name__)
def test_what_keeps_its_promises_passes(component):
    try:
        plugin(component)
        check_component(component.kind, "broken")
    finally:
        configure()
