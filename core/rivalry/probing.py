"""A game's samples as a function of one tensor of its flow."""

from typing import Any

import torch
from torch import Tensor

from rivalry.errors import RunError
from rivalry.graph.nodes import Node, replace, walk
from rivalry.interfaces import Probe
from rivalry.sampling import Sampling


class FlowProbe(Probe):
    """The probe of a game that is sampled by its flow; the space is the first continuous latent unless one is named.

    RunError for a game that is sampled in a way of its own, has no such latent, or does not make samples of the space.
    """

    def __init__(self, sampling: Sampling, space: Node | None = None) -> None:
        if sampling.node is None:
            raise RunError("this game has a sampler of its own: there is no tensor of the flow that samples follow")
        upstream = list(walk(sampling.node))
        found = space if space is not None else next((node for node in upstream if _continuous(node, sampling)), None)
        if found is None:
            raise RunError("samples of this game are not made from a continuous latent: name a tensor with `of`")
        if found not in upstream:
            raise RunError(f"'{found.text}' is no tensor that samples ('{sampling.node.text}') are made from")
        self.sampling, self.space, self.device = sampling, found, sampling.device
        self.source = found.op == "latent"
        self._leaf = Node("latest", name="space", text=found.text)
        self._rest = replace(sampling.node, found, self._leaf)

    @torch.no_grad()
    def draw(self, n: int, seed: int) -> Tensor:
        return self._value(self.space, n, seed, {})

    @torch.no_grad()
    def __call__(self, points: Tensor, seed: int = 0) -> Tensor:
        return self._value(self._rest, len(points), seed, {self._leaf: points})

    def _value(self, node: Node, n: int, seed: int, given: dict[Node, Any]) -> Tensor:
        fields = [at.name for at in walk(node) if at.op == "data"]
        rows = self.sampling.examples(fields, n, seed, {})
        found: Tensor = self.sampling.values([node], n, seed, rows, given)[0]
        return found


def _continuous(node: Node, sampling: Sampling) -> bool:
    return node.op == "latent" and sampling.latents[node.name].field.classes is None
