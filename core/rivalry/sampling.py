"""Drawing samples from a game: the tensor that its first objective calls fake, without data."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from rivalry.errors import RunError
from rivalry.fields import Field
from rivalry.graph.evaluate import evaluate
from rivalry.graph.nodes import Graph, Node, walk
from rivalry.streams import Streams, own_randomness, seed_of


def sample_node(graph: Graph) -> Node:
    """What a sample of this game is: the first objective's fake (its first part, for a joint sample)."""
    for term in graph.terms:
        if term.fake is not None:
            return term.fake.args[0] if term.fake.op == "sequence" else term.fake
    generator = next((node for node in graph.flow.values() if node.op == "network"), None)
    if generator is None:
        raise RunError("this game has no objective and no named output to sample")
    return generator


class Sampler:
    """Draws samples with the given networks in evaluation mode; a label that the data would give is cycled through."""

    def __init__(
        self, graph: Graph, fields: Mapping[str, Field], networks: Mapping[str, nn.Module], device: torch.device
    ) -> None:
        self.node = sample_node(graph)
        self.fields, self.networks, self.device = fields, networks, device
        self.latents = {name: use.build() for name, use in graph.latents.items()}
        self.sources = [node for node in walk(self.node) if node.op in ("data", "latent")]
        self.conditions = [node for node in self.sources if node.op == "data"]

    def draw(
        self, n: int, seed: int = 0, given: Mapping[str, Tensor] | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """n samples and the conditions they were made for; RunError if the game needs data to sample from."""
        streams = Streams(seed, self.device)
        values: dict[Node, Any] = {}
        conditions: dict[str, Tensor] = {}
        for node in self.sources:
            if node.op == "latent":
                values[node] = self.latents[node.name].sample(n, streams(f"latents.{node.name}"))
                continue
            classes = self.fields[node.name].classes
            if given and node.name in given:
                conditions[node.name] = given[node.name].to(self.device)
            elif classes is not None:
                conditions[node.name] = torch.arange(n, device=self.device) % classes
            else:
                raise RunError(f"a sample of this game is made from the data's '{node.name}': give it with `given`")
            values[node] = conditions[node.name]
        modes = {name: network.training for name, network in self.networks.items()}
        try:
            for network in self.networks.values():
                network.eval()
            with torch.no_grad(), own_randomness(self.device, seed):
                samples = evaluate(self.node, values, self.networks, streams)
        finally:
            for name, network in self.networks.items():
                network.train(modes[name])
        return samples, conditions

    def many(self, n: int, seed: int = 0, chunk: int = 256) -> tuple[Tensor, dict[str, Tensor]]:
        """n samples in bounded memory, chunk by chunk, on the host."""
        samples, conditions = [], []
        for start in range(0, n, chunk):
            some, made_for = self.draw(min(chunk, n - start), seed_of(seed, start))
            samples.append(some.float().cpu())
            conditions.append({name: tensor.cpu() for name, tensor in made_for.items()})
        joined = {name: torch.cat([part[name] for part in conditions]) for name in conditions[0]}
        return torch.cat(samples), joined
