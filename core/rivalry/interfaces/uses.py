"""What is done with a game besides training it: other ways to sample it, and games that lay themselves out."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from rivalry.fields import Field
from rivalry.interfaces.component import Component
from rivalry.streams import Stream


class Sampler(Component):
    """How a trained game is sampled, where that is more than evaluating one tensor of its flow."""

    kind = "sampler"

    @abstractmethod
    def sample(
        self, networks: Mapping[str, nn.Module], field: Field, n: int, conditions: Mapping[str, Tensor], draw: Stream
    ) -> Tensor:
        """n samples [n, *field.shape] from the game's networks (by name, in evaluation mode)."""


class Variant(Component):
    """A game that lays itself out from parameters: `extends: {use: lapgan, levels: 3}`."""

    kind = "variant"

    @abstractmethod
    def spec(self) -> dict[str, Any]:
        """The spec as plain values, as a file would hold them."""
