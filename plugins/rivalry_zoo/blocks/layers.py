"""Small pieces that plain stacks of layers are made of."""

from collections.abc import Callable
from typing import Literal

from torch import Tensor, nn

from rivalry.fields import Field
from rivalry.interfaces import Norm
from rivalry_zoo.norms.batch import BatchNorm
from rivalry_zoo.norms.instance import InstanceNorm
from rivalry_zoo.norms.none import NoNorm

Activation = Literal["auto", "tanh", "none"]


def shifts(norm: Norm) -> bool:
    """Whether a norm adds a bias of its own, so that the layer before it needs none."""
    return getattr(norm, "bias", None) is not None


def normed(norm: Norm, slope: float = 0.0) -> list[nn.Module]:
    """A norm (left out if it is none) and (leaky) ReLU, in place where no backward pass needs what it overwrites."""
    inplace = isinstance(norm, NoNorm | BatchNorm | InstanceNorm)
    rectifier = nn.LeakyReLU(slope, inplace) if slope else nn.ReLU(inplace)
    return [rectifier] if isinstance(norm, NoNorm) else [norm, rectifier]


def through(layers: nn.Sequential, x: Tensor, condition: Tensor | None) -> Tensor:
    """Run a stack; its norms see the condition."""
    if condition is None:
        return layers(x)
    for layer in layers:
        x = layer(x, condition) if isinstance(layer, Norm) else layer(x)
    return x


def bounded(choice: Activation, field: Field, undeclared: bool) -> list[nn.Module]:
    """The output's activation: for auto, tanh where the field declares [-1, 1]; `undeclared` decides for no bounds."""
    bounds = (field.low, field.high)
    auto = undeclared if bounds == (None, None) else bounds == (-1, 1)
    return [nn.Tanh()] if choice == "tanh" or (choice == "auto" and auto) else []


def real_valued(field: Field, owner: str) -> Field:
    """The output's field; ValueError for labels, which no gradient reaches."""
    if field.classes is not None:
        raise ValueError(f"{owner} makes real values, got {field} as its output; use its scores as a vector instead")
    return field


def initialise_normal(network: nn.Module, deviation: float = 0.02) -> None:
    """DCGAN's start: weights N(0, 0.02), norms' scales N(1, 0.02), biases 0."""
    for module in network.modules():
        if isinstance(module, Norm):
            centre = 1.0
        elif isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            centre = 0.0
        else:
            continue
        if isinstance(getattr(module, "weight", None), nn.Parameter):
            nn.init.normal_(module.weight, centre, deviation)
        if isinstance(getattr(module, "bias", None), nn.Parameter):
            nn.init.zeros_(module.bias)


def perceptron(inside: int, outside: int, width: int, layers: int, norm: Callable[[int], Norm]) -> list[nn.Module]:
    """`layers` times linear, norm, ReLU; then one more linear."""
    stack: list[nn.Module] = []
    for size in [inside, *[width] * layers][:layers]:
        stack += [nn.Linear(size, width), *normed(norm(width))]
    return [*stack, nn.Linear(width if layers else inside, outside)]
