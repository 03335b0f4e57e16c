"""Contracts of the kinds with weights."""

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from rivalry.fields import as_inputs
from rivalry.interfaces import FittedLayer, input_gradient
from rivalry.spec.schema import check_use
from rivalry.testing.demands import Build, demand, finite
from rivalry.testing.layers import called, check_fitting
from rivalry.testing.trials import CODE, LABEL, MAP, SAMPLES, SYMBOLS, N, accepted, values


def gradients(total: Tensor, module: nn.Module) -> None:
    """Demand finite gradients of all weights."""
    weights = list(module.parameters())
    if weights:
        finite("gradients", *torch.autograd.grad(total, weights, allow_unused=True, materialize_grads=True))


def _outputs(component: Any, build: Build) -> tuple[str, ...]:
    use = check_use(build.kind, build.name, build.stated)
    outputs: tuple[str, ...] = component.outputs_of(use.arguments)
    return outputs


def _main(outputs: tuple[str, ...], result: Any) -> Any:
    """The main output; the further ones must be there by their names."""
    if not outputs:
        return result
    names = getattr(result, "_fields", ())[1:]
    demand(names == outputs, f"wanted a NamedTuple with {outputs} after its main output, got {names}")
    return result[0]


def _mappings(build: Build, facts: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Codes to everything; the rest to their like, to images and a code."""
    given = [as_inputs(facts["inputs"])] if "inputs" in facts else []
    others = [(LABEL,), (CODE, LABEL), (MAP,), (SYMBOLS,), *((sample,) for sample in SAMPLES)]
    for fields in given or [(CODE,), *others]:
        outputs = [*SAMPLES, CODE] if given or fields == (CODE,) else [fields[0], *SAMPLES[1:3], CODE]
        for output in [facts["output"]] if "output" in facts else dict.fromkeys(outputs):
            yield {"inputs": fields, "output": output if "output" in build.known else None}
            if "output" not in build.known:
                break


def check_mapped(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """Generators, encoders and layers: of the declared output's shape, differentiable."""
    outputs = _outputs(component, build)
    for network, given in accepted(build, list(_mappings(build, facts))):
        for mode in (True, False):
            result = _main(outputs, called(network.train(mode), given["inputs"]))
            parts = [result] if isinstance(result, Tensor) else [part for part in result if isinstance(part, Tensor)]
            demand(all(len(part) == N for part in parts), f"wanted {N} outputs for {N} inputs, got {len(parts[0])}")
            if given["output"] is not None:
                wanted = (N, *given["output"].shape)
                demand(parts[0].shape == wanted, f"wanted a sample of shape {wanted}, got {tuple(parts[0].shape)}")
            finite("outputs", *parts)
        if parts[0].requires_grad:
            gradients((parts[0] * torch.randn_like(parts[0])).sum(), network)
        if isinstance(network, FittedLayer):
            check_fitting(network, given)


def check_discriminator(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """Scores of a shape that objectives take, twice differentiable."""
    outputs = _outputs(component, build)
    tried = (
        [as_inputs(facts["inputs"])]
        if "inputs" in facts
        else [fields for s in SAMPLES for fields in ((s,), (s, LABEL))]
    )
    for network, given in accepted(build, [{"inputs": fields} for fields in tried]):
        for mode in (True, False):
            sample = values(given["inputs"][0]).requires_grad_()
            scores = _main(outputs, called(network.train(mode), given["inputs"], sample))
            for part in [scores] if isinstance(scores, Tensor) else scores:
                fits = part.shape == (N,) or (part.ndim == 4 and part.shape[:2] == (N, 1))
                demand(fits, f"wanted scores [{N}] or [{N}, 1, h, w], got {tuple(part.shape)}")
                finite("scores", part)
        gradient = input_gradient(scores, sample)
        finite("input gradients", gradient)
        gradients(gradient.square().sum(), network)
