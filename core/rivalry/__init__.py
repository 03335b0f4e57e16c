"""Rivalry: generative adversarial networks as games.

Names are imported when first used, so that `import rivalry` and the command line's help do not wait for torch.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "train": "rivalry.training",
    "check": "rivalry.checking",
    "compare": "rivalry.comparing",
    "make": "rivalry.making",
    "plugin": "rivalry.plugins",
    "Spec": "rivalry.spec.model",
    "SpecError": "rivalry.errors",
    "RunError": "rivalry.errors",
    "PluginError": "rivalry.errors",
    "Run": "rivalry.run",
    "hookimpl": "rivalry.hooks",
    "Given": "rivalry.marks",
    "Number": "rivalry.marks",
    "Gt": "rivalry.marks",
    "Ge": "rivalry.marks",
    "Lt": "rivalry.marks",
    "Le": "rivalry.marks",
    "Interval": "rivalry.marks",
    "Len": "rivalry.marks",
    "ComparesScores": "rivalry.marks",
    "CouplesBatch": "rivalry.marks",
    "CouplesWeakly": "rivalry.marks",
    "Draws": "rivalry.marks",
    "NeedsIndependentSamples": "rivalry.marks",
    "Field": "rivalry.fields",
    "Inputs": "rivalry.fields",
    "as_field": "rivalry.fields",
    "as_inputs": "rivalry.fields",
    "Stream": "rivalry.streams",
    "Streams": "rivalry.streams",
    "stream": "rivalry.streams",
    **dict.fromkeys(
        (
            "Component", "Dataset", "Discriminator", "Divergence", "Encoder", "Features", "Generator", "Judge",
            "Latent", "Layer", "Loss", "Metric", "Network", "Norm", "Objective", "Operation", "Optimizer", "Penalty",
            "SamplePenalty", "Schedule", "Score", "State", "input_gradient",
        ),
        "rivalry.interfaces",
    ),
}  # fmt: skip

__all__ = ["__version__", *_HOMES]  # noqa: PLE0604 - the table above is the list


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'rivalry' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
