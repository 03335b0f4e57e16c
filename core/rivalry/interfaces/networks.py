"""Components with weights that a flow calls, and the parts they are built of."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, final

from torch import Tensor, nn
from torch.nn.utils import parametrize

from rivalry.interfaces.component import Component


class Network(nn.Module, Component):
    """A component with weights that the flow calls; its constructor may take `inputs` (and `output`) as given facts."""

    outputs: ClassVar[tuple[str, ...]] = ()
    """Further named outputs: `forward` then returns a NamedTuple whose first field is the main one."""
    host_numbers: ClassVar[bool] = False
    """Whether moving numbers among its inputs must be known on the host: an observing schedule is refused."""

    @classmethod
    def outputs_of(cls, arguments: Mapping[str, Any]) -> tuple[str, ...]:
        """The further named outputs of a network made with these arguments, where they depend on them (heads, taps)."""
        return cls.outputs


class Generator(Network):
    """Latents and conditions in, a sample out: `forward(*inputs) -> sample [N, ...]` of any shape, not only images.

    Given facts: `inputs`, one Field per positional input; `output`, the Field of the sample.
    """

    kind = "generator"


class Discriminator(Network):
    """A sample and conditions in, scores out: `forward(x, *conditions) -> scores`.

    Scores are [N], [N, 1, h, w] for patch critics, or a list of these for multi-scale critics.
    Given facts: `inputs`, the Field of the sample first, then those of the conditions.
    """

    kind = "discriminator"


class Encoder(Network):
    """A sample and conditions in, a code out; also recognition and mapping networks. Given facts as for Generator."""

    kind = "encoder"


class Layer(Network):
    """Any other module with weights or state that a flow calls (quantiser, replay pool ...). Given facts: `inputs`.

    With the marker `Draws` its `forward` also receives `draw`.
    """

    kind = "layer"


class FittedLayer(Layer):
    """A layer whose state is computed from data, by a stage's entry action `fit`."""

    @abstractmethod
    def fit(self, batches: Iterable[tuple[Tensor, ...]]) -> None:
        """Set the state from the values of the expressions that `fit` names, batch by batch over the data set."""


class Norm(nn.Module, Component):
    """Normalises activations: `forward(x, condition=None) -> x` with x [N, C, ...].

    Given facts: `channels`, and for one that says `conditional` also `condition`: how many classes its condition has
    (labels [N]) or how wide it is (vectors [N, d], maps [N, d, H, W]).
    """

    kind = "norm"
    conditional: ClassVar[bool] = False
    """Whether it wants a condition; a network hands one to those that do, and to no other."""


class WeightNorm(Component):
    """Reparametrises the weights of a network: its entry names one with `weight_norm`, whatever the network is.

    A subclass writes `reparametrise` for one layer, by torch.nn.utils.parametrize, so that optimisers, averages and
    checkpoints see what is trained, and every use of the weight what is made of it.
    """

    kind = "weight_norm"
    layers: ClassVar[tuple[type[nn.Module], ...]] = (
        nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d,
        nn.Embedding,
    )  # fmt: skip
    """Which layers' `weight` it changes."""

    @abstractmethod
    def reparametrise(self, layer: nn.Module) -> None:
        """Give one layer's `weight` this form."""

    @final
    def apply(self, network: nn.Module) -> nn.Module:
        """Give it to every layer of a network that has a weight of its own; the network itself."""
        for layer in list(network.modules()):
            if isinstance(layer, self.layers) and not parametrize.is_parametrized(layer, "weight"):
                self.reparametrise(layer)
        return network
