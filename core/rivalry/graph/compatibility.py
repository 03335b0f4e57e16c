"""Parts that do not go together, though their shapes do."""

from collections.abc import Iterator, Mapping

from torch import nn

from rivalry.errors import Fault, nearest
from rivalry.graph.nodes import Graph, networks
from rivalry.interfaces import SamplePenalty
from rivalry.marks import CouplesBatch, NeedsIndependentSamples
from rivalry.spec.uses import Live, Use


def couplings(graph: Graph, built: Mapping[str, nn.Module]) -> Iterator[Fault]:
    """Penalties that differentiate each score by its own sample, on a critic that mixes its batch."""
    for term in graph.terms:
        if term.side != "penalty" or not issubclass(term.use.component, NeedsIndependentSamples) or not term.judge:
            continue
        for name in networks(term.judge) & set(built):
            culprit = next((m for m in built[name].modules() if couples(m)), None)
            if culprit is not None:
                own = f"'{term.use.name}' differentiates each score by its own sample"
                message = f"{own}, but '{name}' mixes the samples of a batch ({type(culprit).__name__})"
                fix = f"give '{name}' a norm that does not, e.g. norm: none or instance"
                yield Fault(term.path, message, fix)


def joints(graph: Graph) -> Iterator[Fault]:
    """Penalties at points of their own, in a game of joint samples."""
    for term in graph.terms:
        if term.side != "penalty" or term.real is None or term.real.op != "sequence":
            continue
        if not issubclass(term.use.component, SamplePenalty):
            message = f"'{term.use.name}' wants one tensor, but the judge sees a joint sample, {term.real.text}"
            yield Fault(term.path, message, "take a penalty at the samples themselves, e.g. r1")


def parts(graph: Graph, built: Mapping[str, nn.Module]) -> Iterator[Fault]:
    """Weights that take gradients at a part that its network does not have."""
    for term in graph.terms:
        if not isinstance(term.use, Use | Live) or not isinstance(term.weight, Use) or "at" not in term.weight.words:
            continue
        network, _, part = term.weight.words["at"].partition(".")
        if network in built and part not in (names := part_names(built[network])):
            message = f"'{network}' has no part '{part}'"
            yield Fault((*term.path, "weight", "at"), message, nearest(part, sorted(names)))


def part_names(module: nn.Module) -> set[str]:
    """The names of a network's own parts and parameters."""
    return {"", *(name for name, _ in module.named_modules()), *(name for name, _ in module.named_parameters())}


def couples(module: nn.Module) -> bool:
    """Whether a module mixes the samples of a batch."""
    return isinstance(module, CouplesBatch | nn.modules.batchnorm._BatchNorm)
