"""The kinds of component, each an interface of one or two abstract methods.

Conventions: N is the batch; scores are logits, never probabilities; larger is more real; losses are minimised.
"""

from rivalry.interfaces.component import Component
from rivalry.interfaces.divergences import Divergence
from rivalry.interfaces.fetching import Download
from rivalry.interfaces.games import (
    Judge,
    Loss,
    NetworkPenalty,
    Objective,
    Penalty,
    SamplePenalty,
    Samples,
    Scores,
    SeparableObjective,
    input_gradient,
    total_score,
)
from rivalry.interfaces.measuring import Features, Metric, Probe, Score
from rivalry.interfaces.networks import Discriminator, Encoder, FittedLayer, Generator, Layer, Network, Norm, WeightNorm
from rivalry.interfaces.orders import Gradients, Joint, Order
from rivalry.interfaces.training import (
    Augment,
    Dataset,
    Latent,
    Observing,
    Operation,
    Optimizer,
    Schedule,
    State,
    Weight,
)
from rivalry.interfaces.uses import Sampler, Variant

__all__ = [
    "KINDS",
    "Augment",
    "Component",
    "Dataset",
    "Discriminator",
    "Divergence",
    "Download",
    "Encoder",
    "Features",
    "FittedLayer",
    "Generator",
    "Gradients",
    "Joint",
    "Judge",
    "Latent",
    "Layer",
    "Loss",
    "Metric",
    "Network",
    "NetworkPenalty",
    "Norm",
    "Objective",
    "Observing",
    "Operation",
    "Optimizer",
    "Order",
    "Penalty",
    "Probe",
    "SamplePenalty",
    "Sampler",
    "Samples",
    "Schedule",
    "Score",
    "Scores",
    "SeparableObjective",
    "State",
    "Variant",
    "Weight",
    "WeightNorm",
    "input_gradient",
    "kind",
    "kind_of",
    "total_score",
]

KINDS: dict[str, type[Component]] = {
    base.kind: base
    for base in (
        Generator, Discriminator, Encoder, Layer, Objective, Divergence, Penalty, Loss, Norm, WeightNorm, Latent,
        Operation, Augment, Schedule, Weight, Optimizer, Order, Metric, Features, Dataset, Download, Sampler,
        Variant,
    )
}  # fmt: skip


def kind_of(component: type[Component]) -> str:
    """The kind of a component class; TypeError names what it lacks."""
    kind = getattr(component, "kind", None)
    if kind not in KINDS or not issubclass(component, KINDS[kind]):
        raise TypeError(f"{component.__qualname__} derives from no kind of component ({', '.join(KINDS)})")
    return str(kind)
