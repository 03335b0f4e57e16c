"""Sampling symbols one after the other, and making samples of them."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import torch
from attrs import frozen
from torch import Tensor, nn

from rivalry.fields import Field
from rivalry.hooks import hookimpl
from rivalry.interfaces import Sampler
from rivalry.marks import Gt
from rivalry.streams import Stream


def pick(logits: Tensor, place: Tensor) -> Tensor:
    """The symbol [N] of logits [N, K] in whose share of [0, 1) a number [N] lies, shares laid out in order."""
    edges = torch.softmax(logits.double(), 1).cumsum(1)
    # Rounding may leave the last edge below 1, hence below the number: that is the last symbol's share too.
    return torch.searchsorted(edges[:, :-1].contiguous(), place.double().unsqueeze(1), right=True).squeeze(1)


@frozen
class Autoregressive(Sampler):
    """Symbols drawn from the prior in reading order, each given those before it, then looked up and decoded.

    `prior` is a layer transformer of a map of indices, `quantizer` the layer vector_quantizer whose book they point
    into, `decoder` the network that makes samples of the codes. Logits are divided by `temperature`; below 1 the likely
    symbols become likelier. `conditions` names the fields of the data that the prior is given after the indices.

    Raises ValueError for a network or condition that the game does not have, and for a prior or quantizer of another
    kind.
    """

    name: ClassVar[str] = "autoregressive"
    paper: ClassVar[str] = "Esser, Rombach & Ommer 2020, arXiv:2012.09841, section 3.2"

    prior: str = "T"
    quantizer: str = "Q"
    decoder: str = "G"
    temperature: Annotated[float, Gt(0)] = 1.0
    conditions: tuple[str, ...] = ()

    def sample(
        self, networks: Mapping[str, nn.Module], field: Field, n: int, conditions: Mapping[str, Tensor], draw: Stream
    ) -> Tensor:
        """n samples [n, *field.shape]."""
        for what, names, there in (
            ("network", (self.prior, self.quantizer, self.decoder), networks),
            ("condition", self.conditions, conditions),
        ):
            for name in names:
                if name not in there:
                    raise ValueError(f"the game has no {what} '{name}'; it has {', '.join(there) or 'none'}")
        prior, quantizer = networks[self.prior], networks[self.quantizer]
        for network, word, method in ((prior, "transformer", "continued"), (quantizer, "vector_quantizer", "look_up")):
            if not hasattr(network, method):
                raise ValueError(f"this sampler wants a layer {word}, got {type(network).__name__}; name another")
        given = [conditions[name] for name in self.conditions]
        row = torch.empty(n, 0, dtype=torch.int64, device=draw.device)
        for _ in range(prior.places.shape[0]):
            logits = prior.continued(row, *given)[:, -1] / self.temperature
            row = torch.cat([row, pick(logits, draw.uniform(n)).unsqueeze(1)], 1)
        return networks[self.decoder](quantizer.look_up(row.unflatten(1, prior.shape)))


@hookimpl
def rivalry_components():
    return [Autoregressive]
