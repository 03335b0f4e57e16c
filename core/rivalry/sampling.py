"""Drawing samples from a game, and evaluating any tensor of its flow, with averaged networks in evaluation mode."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from rivalry.errors import RunError
from rivalry.extraction import CHUNK, Chunks
from rivalry.fields import Field
from rivalry.graph.evaluate import evaluate
from rivalry.graph.facts import sources_of
from rivalry.graph.nodes import Graph, Node, walk
from rivalry.numbers import still
from rivalry.pieces import resting
from rivalry.spec.model import Spec
from rivalry.streams import Streams, seed_of

Rows = Callable[[int, int], Mapping[str, Tensor]]
"""n rows of the data, chosen by a seed, as the flow names their fields."""


def sample_node(graph: Graph) -> Node:
    """What a sample of this game is: what the spec says, or the first objective's fake (its first part, for a joint
    sample).
    """
    if graph.sample is not None:
        return graph.sample
    for term in graph.terms:
        if term.fake is not None and term.side == "generator":
            return term.fake.args[0] if term.fake.op == "sequence" else term.fake
    generator = next((node for node in graph.flow.values() if node.op == "network"), None)
    if generator is None:
        raise RunError("this game has no objective and no named output to sample")
    return generator


class Sampling:
    """Draws from a game with the given networks; a label that the data would give is cycled through.

    `numbers` are those that move, as they stand; `rows` gives examples where a sample is made from one.
    """

    def __init__(
        self, spec: Spec, fields: Mapping[str, Field], networks: Mapping[str, nn.Module], device: torch.device,
        numbers: Mapping[str, Any] | None = None, rows: Rows | None = None,
    ) -> None:  # fmt: skip
        graph = spec.graph
        self.fields, self.networks, self.device = fields, networks, device
        self.numbers, self.rows = dict(numbers or {}), rows
        self.own = spec.sampler.build() if spec.sampler is not None else None
        self.node = None if self.own is not None else sample_node(graph)
        number = self.numbers.__getitem__
        self.latents = {n: still(latent, ("latents", n), number) for n, latent in sources_of(graph, fields).items()}
        self.augments = {n: still(use.build(), ("augments", n), number) for n, use in graph.augments.items()}

    def draw(
        self, n: int, seed: int = 0, given: Mapping[str, Tensor] | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """n samples and the conditions they were made for; RunError if the game needs data to sample from."""
        if self.own is not None:
            main = next(iter(self.fields.values()))
            conditions = self.examples(getattr(self.own, "conditions", ()), n, seed, given or {})
            with self.resting(seed):
                draw = Streams(seed, self.device)("sampler")
                return self.own.sample(self.networks, main, n, conditions, draw), conditions
        assert self.node is not None
        data = [node.name for node in walk(self.node) if node.op == "data"]
        conditions = self.examples(data, n, seed, given or {})
        (samples,) = self.values([self.node], n, seed, conditions)
        return samples, conditions

    def examples(self, names: Sequence[str], n: int, seed: int, given: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What a sample is made from: what is given, labels in turn, or rows of the data."""
        found: dict[str, Tensor] = {name: given[name].to(self.device) for name in names if name in given}
        wanted = [name for name in names if name not in found]
        if all(self.fields[name].classes is not None and not self.fields[name].shape for name in wanted):
            turn = torch.arange(n, device=self.device)
            return {**found, **{name: turn % (self.fields[name].classes or 1) for name in wanted}}
        if self.rows is None:
            raise RunError(f"a sample of this game is made from the data's '{wanted[0]}': give it with `given`")
        rows = self.rows(n, seed)
        return {**found, **{name: rows[name].to(self.device) for name in wanted}}

    def values(
        self, nodes: Sequence[Node], n: int, seed: int, data: Mapping[str, Tensor],
        given: Mapping[Node, Tensor] | None = None,
    ) -> list[Any]:  # fmt: skip
        """Tensors of the flow for n rows of data, with fresh latents; nodes that are `given` have their values."""
        joint = Node("sequence", args=tuple(nodes))
        streams = Streams(seed, self.device)
        values: dict[Node, Any] = dict(given or {})
        for node in walk(joint):
            if node.op == "latent":
                values[node] = self.latents[node.name].sample(n, streams(f"latents.{node.name}"))
            elif node.op == "data":
                values[node] = data[node.name]
        with self.resting(seed):
            found = evaluate(joint, values, self.networks, streams, self.numbers, self.augments)
        return list(found)

    @contextmanager
    def resting(self, seed: int) -> Iterator[None]:
        """A block in which no network trains and nothing of the caller's randomness is used up."""
        with resting(self.networks, self.device, seed):
            yield

    def stream(self, n: int, seed: int = 0) -> Chunks:
        """n samples with the labels they were made for, chunk by chunk on the device.

        Chunks are drawn whole and the last one is cut, so that fewer samples are the first of more.
        """
        for start in range(0, n, CHUNK):
            samples, conditions = self.draw(CHUNK, seed_of(seed, start))
            labels = next((tensor for tensor in conditions.values() if not tensor.is_floating_point()), None)
            yield samples[: n - start].float(), labels if labels is None else labels[: n - start]

    def many(self, n: int, seed: int = 0, chunk: int = 256) -> tuple[Tensor, dict[str, Tensor]]:
        """n samples in bounded memory, chunk by chunk, on the host."""
        samples, conditions = [], []
        for start in range(0, n, chunk):
            some, made_for = self.draw(min(chunk, n - start), seed_of(seed, start))
            samples.append(some.float().cpu())
            conditions.append({name: tensor.cpu() for name, tensor in made_for.items()})
        joined = {name: torch.cat([part[name] for part in conditions]) for name in conditions[0]}
        return torch.cat(samples), joined
