"""Contract tests: what holds for every component of a kind, for the zoo and for strangers alike.

    from rivalry.testing import check_component

    def test_the_contract_of_my_objective():
        check_component("objective", "exponential")

Plain asserts, no test framework. What a component means, its own tests must say; a contract is only what the rest relies on.
"""

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isfinite
from typing import Any, get_type_hints

import torch
from pydantic import ValidationError
from torch import Tensor, nn

from rivalry.errors import SpecError
from rivalry.fields import Field, as_inputs
from rivalry.interfaces import Component, Dataset, Score, Scores, input_gradient
from rivalry.making import make
from rivalry.marks import ComparesScores, Draws
from rivalry.plugins import plugins
from rivalry.signature import parameters
from rivalry.spec.schema import Use, check_use
from rivalry.streams import stream

Build = Callable[..., Any]
N = 4
CODE, LABEL, MAP = Field(6), Field((), classes=5), Field((4, 4, 4))
SAMPLES = (Field(2), Field((1, 28, 28), low=-1, high=1), Field((3, 32, 32), low=-1, high=1))
"""What networks are tried on. One may refuse some of them, in words."""


def installed(plugin: str = "") -> list[tuple[str, str]]:
    """(kind, name) of every component of a plugin and all below it, for parametrised tests; of all plugins by default."""
    table = plugins().table()
    inside = (plugin, f"{plugin}.")
    return [
        (kind, name)
        for kind, row in table.items()
        for name, (_, provider) in row.items()
        if not plugin or provider == plugin or provider.startswith(inside[1])
    ]


def check_component(kind: str, name: str, **arguments: Any) -> None:
    """Hold an installed component to the contract of its kind; AssertionError says what it breaks.

    `arguments` are those of a spec, for components that cannot do without any; given facts (`inputs`, `output`, `channels`) among
    them replace those that are tried otherwise. The global random state is left as it was.
    """
    component = plugins().find(kind, name)
    known = parameters(component)
    facts = {key: value for key, value in arguments.items() if key in known and known[key].given}
    stated = {key: value for key, value in arguments.items() if key not in facts}

    def build(**given: Any) -> Any:
        return make(kind, name, **stated, **{**{key: value for key, value in given.items() if key in known}, **facts})

    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        _description(component)
        _constructor(component, stated)
        CONTRACTS[kind](component, build, facts)


def _description(component: type[Component]) -> None:
    name, module = component.name, component.__module__
    assert name.isidentifier() and name == name.lower(), f"wanted a lower-case name for specs, got '{name}'"
    assert isinstance(getattr(component, "paper", None), str) and component.paper, f"'{name}' lacks `paper`: a citation, or why there is none"
    assert (vars(component).get("__doc__") or "").strip(), f"'{name}' lacks a docstring: what it computes, its formula, its shapes"
    hook = getattr(sys.modules[module], "rivalry_components", tuple)
    if "." in module and len(list(hook())) == 1:
        assert module.rpartition(".")[2] == name, f"'{name}' is alone in {module}: give the file its name"


def _constructor(component: type[Component], stated: Mapping[str, Any]) -> None:
    untyped = [key for key, parameter in parameters(component).items() if parameter.annotation is Any]
    assert not untyped, f"'{component.name}' does not say what {', '.join(untyped)} must be: annotate the constructor"
    use = check_use(component.kind, component.name, stated)
    try:
        again = _reread(use)
    except ValidationError as error:
        raise AssertionError(f"'{component.name}' has defaults that its own annotations refuse: {error}") from error
    assert _reread(again).plain() == again.plain(), f"'{component.name}' does not survive being written and read again"


def _reread(use: Use) -> Use:
    """The entry as written with every default, and read again."""
    return check_use(use.kind, use.name, {key: value for key, value in use.plain().items() if key not in ("use", "output")})


# Kinds with weights


def values(field: Field, n: int = N) -> Tensor:
    """Random numbers that fit a field, [n, *field.shape]."""
    return torch.randint(field.classes, (n, *field.shape)) if field.classes is not None else torch.rand(n, *field.shape) * 2 - 1


def _finite(what: str, *tensors: Tensor) -> None:
    assert all(tensor.isfinite().all() for tensor in tensors), f"{what} must be finite"


def _gradients(total: Tensor, module: nn.Module) -> None:
    weights = list(module.parameters())
    if weights:
        _finite("gradients", *torch.autograd.grad(total, weights, allow_unused=True, materialize_grads=True))


def _accepted(build: Build, facts: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    """What can be built, and of which facts; none is an error."""
    refusals, found = [], 0
    for given in facts:
        try:
            made = build(**given)
        except SpecError as error:
            refusals.append(str(error))
            continue
        found += 1
        yield made, given
    assert found, "it refuses everything it is tried on; say what it takes, as in inputs=..., output=...:\n" + "\n".join(refusals)


def _main(component: Any, result: Any) -> Any:
    """The main output; the further ones must be there by their names."""
    if not component.outputs:
        return result
    names = getattr(result, "_fields", ())[1:]
    assert names == component.outputs, f"wanted a NamedTuple with {component.outputs} after its main output, got {names}"
    return result[0]


def _mapped(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    """Generators, encoders and layers: of the declared output's shape, differentiable."""
    inputs = [as_inputs(facts["inputs"])] if "inputs" in facts else [(CODE,), (CODE, LABEL), (MAP,), *((sample,) for sample in SAMPLES)]
    outputs = [facts["output"]] if "output" in facts else [*SAMPLES, CODE]
    tried = [{"inputs": fields, "output": output} for fields in inputs for output in outputs]
    for network, given in _accepted(build, tried):
        for mode in (True, False):
            result = _main(component, network.train(mode)(*map(values, given["inputs"])))
            assert len(result) == N, f"wanted {N} outputs for {N} inputs, got {len(result)}"
            if "output" in parameters(component):
                wanted = (N, *given["output"].shape)
                assert result.shape == wanted, f"wanted a sample of shape {wanted}, got {tuple(result.shape)}"
            _finite("outputs", result)
        if result.requires_grad:
            _gradients((result * torch.randn_like(result)).sum(), network)


def _discriminator(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    tried = [as_inputs(facts["inputs"])] if "inputs" in facts else [fields for s in SAMPLES for fields in ((s,), (s, LABEL))]
    for network, given in _accepted(build, [{"inputs": fields} for fields in tried]):
        for mode in (True, False):
            sample, *conditions = map(values, given["inputs"])
            sample.requires_grad_()
            scores = _main(component, network.train(mode)(sample, *conditions))
            for part in [scores] if isinstance(scores, Tensor) else scores:
                fits = part.shape == (N,) or (part.ndim == 4 and part.shape[:2] == (N, 1))
                assert fits, f"wanted scores [{N}] or [{N}, 1, h, w], got {tuple(part.shape)}"
                _finite("scores", part)
        gradient = input_gradient(scores, sample)
        _finite("input gradients", gradient)
        _gradients(gradient.square().sum(), network)


def _norm(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    channels = facts.get("channels", 6)
    norm, accepted = build(channels=channels), 0
    for shape in ((N, channels), (N, channels, 5, 3)):
        for mode in (True, False):
            x = torch.randn(shape)
            try:
                y = norm.train(mode)(x)
            except ValueError:  # vectors leave some norms nothing to do
                continue
            accepted += 1
            assert y.shape == x.shape and y.dtype == x.dtype, f"wanted {shape} as it came, got {tuple(y.shape)} of {y.dtype}"
            _finite("normalised activations", y)
    assert accepted, f"it normalises neither vectors nor maps of {channels} channels"


# Losses


def _scalar(what: str, loss: Tensor) -> Tensor:
    assert isinstance(loss, Tensor) and loss.shape == (), f"{what} must be a scalar tensor, got {getattr(loss, 'shape', loss)}"
    _finite(what, loss)
    return loss


def _objective(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    objective = build()

    def losses(real: Scores, fake: Scores) -> list[Tensor]:
        seen = real if isinstance(objective, ComparesScores) else None
        return [objective.discriminator_loss(real, fake), objective.generator_loss(seen, fake)]

    real, fake = torch.randn(2, 6, dtype=torch.float64).unbind()
    sides = "the discriminator's loss", "the generator's loss"
    for shape in ((6,), (6, 1), (6, 1, 1, 1), (3, 1, 2, 1), (1, 1, 3, 2)):
        some = real.reshape(shape).requires_grad_(), fake.reshape(shape).requires_grad_()
        for what, loss in zip(sides, losses(*some), strict=True):
            found = torch.autograd.grad(_scalar(what, loss), some, allow_unused=True, materialize_grads=True)
            _finite(f"gradients of {what}", *found)
            assert found[1].any(), f"{what} must depend on the fakes' scores"
    for what, flat, column in zip(sides, losses(real, fake), losses(real[:, None], fake[:, None]), strict=True):
        assert torch.allclose(flat, column), f"{what} must not depend on whether scores are [N] or [N, 1]"
    scales = [(real[:4], fake[:4]), (real[4:], fake[4:])]
    joint, parts = losses(*map(list, zip(*scales, strict=True))), [losses(*scale) for scale in scales]
    for what, whole, *each in zip(sides, joint, *parts, strict=True):
        assert torch.allclose(whole, torch.stack(each).mean()), f"{what} of several scales must be the mean over them"


def _penalty(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    penalty = build()
    judge = nn.Sequential(nn.Flatten(), nn.Linear(12, 8), nn.Tanh(), nn.Linear(8, 1)).double()
    real, fake = (torch.randn(N, 3, 2, 2, dtype=torch.float64, requires_grad=True) for _ in range(2))
    loss = _scalar("the penalty", penalty(judge, real, fake, **({"draw": stream(1)} if isinstance(penalty, Draws) else {})))
    assert loss >= 0, f"a penalty is never negative, got {loss.item()}"
    weights, samples = list(judge.parameters()), [real, fake]
    found = torch.autograd.grad(loss, [*weights, *samples], allow_unused=True)
    _finite("the penalty's gradients", *(gradient for gradient in found if gradient is not None))
    assert any(gradient is not None and gradient.any() for gradient in found[: len(weights)]), "the penalty must move the judge"
    assert found[-1] is found[-2] is None, "a penalty is the judge's alone: detach the samples"


def _loss(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    loss, accepted = build(), 0
    arguments = inspect.signature(loss.forward).parameters.values()
    count = sum(p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD for p in arguments) or 2
    for shape in ((N, 3), (N, 1, 8, 8), (N,)):
        tensors = [torch.randn(shape, requires_grad=True) for _ in range(count)]
        try:
            value = loss(*tensors)
        except ValueError:
            continue
        accepted += 1
        found = torch.autograd.grad(_scalar("the loss", value), tensors, allow_unused=True, materialize_grads=True)
        _finite("the loss's gradients", *found)
        assert any(gradient.any() for gradient in found), "a loss must depend on a tensor"
    assert accepted, f"it refuses {count} vectors, images and rows of numbers alike"


# Numbers


def _latent(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    latent, before = build(), torch.get_rng_state()
    codes, again, others = latent.sample(64, stream(1)), latent.sample(64, stream(1)), latent.sample(64, stream(2))
    field = latent.field
    assert codes.shape == (64, *field.shape), f"`field` says {field}, but codes have shape {tuple(codes.shape)}"
    if field.classes is None:
        assert codes.is_floating_point(), f"wanted real numbers, got {codes.dtype}"
    else:
        fits = codes.dtype == torch.int64 and 0 <= codes.min() and codes.max() < field.classes
        assert fits, f"wanted int64 labels in [0, {field.classes}), got {codes.dtype} from {codes.min()} to {codes.max()}"
    _finite("codes", codes)
    assert torch.equal(codes, again), "equal streams must give equal codes: draw from `draw` alone"
    assert not torch.equal(codes, others), "other streams must give other codes"
    assert torch.equal(before, torch.get_rng_state()), "a latent draws from `draw`, not from the global state"


def _schedule(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    schedule = build()
    assert schedule.clock in ("steps", "images", "epochs"), f"wanted a clock of steps, images or epochs, got {schedule.clock!r}"
    for time in (0, 0.5, 1, 10, 999.5, 1e4, 1e9):
        value = schedule.at(time)
        assert isinstance(value, int | float) and isfinite(value), f"wanted a finite number at {time:g}, got {value!r}"


def _optimizer(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    optimizer = build()
    start = [torch.randn(3, 2), torch.randn(5), torch.randn(())]
    weights, gradients = [weight.clone() for weight in start], [torch.ones_like(weight) for weight in start]
    state = optimizer.start(weights)
    shapes = {key: [tensor.shape for tensor in row] for key, row in state.items()}
    held = {key: [tensor.clone() for tensor in row] for key, row in state.items()}
    optimizer.step(weights, gradients, state, lr=0.1, skip=torch.tensor(1.0))
    assert all(map(torch.equal, weights, start)), "nothing may move where `skip` is 1"
    assert all(torch.equal(a, b) for key in held for a, b in zip(held[key], state[key], strict=True)), "a skipped step leaves the state alone"
    for _ in range(2):
        optimizer.step(weights, gradients, state, lr=0.1)
    assert all(bool((a < b).all()) for a, b in zip(weights, start, strict=True)), "parameters must go against their gradients"
    assert shapes == {key: [tensor.shape for tensor in row] for key, row in state.items()}, "the state must keep its keys and shapes"
    optimizer.step([], [], optimizer.start([]), lr=0.1)


# Data and judgement


class Points(Dataset):
    """A small data set of known modes and labels, for metrics and features to look at."""

    name, paper = "points", "none: made for tests"
    deviation = 0.1

    def __init__(self) -> None:
        self.modes = torch.tensor([[1.0, 0.0], [-1.0, 0.0]])
        self._labels = torch.arange(64) % 2
        self._points = self.modes[self._labels] + 0.1 * torch.randn(64, 2, generator=torch.Generator().manual_seed(0))

    @property
    def fields(self) -> Mapping[str, Field]:
        return {"x": Field(2), "label": Field((), classes=2)}

    def __len__(self) -> int:
        return 64

    def batch(self, indices: Tensor) -> dict[str, Tensor]:
        return {"x": self._points[indices], "label": self._labels[indices]}

    @property
    def fingerprint(self) -> str:
        return "points"


def _features(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    features, data = build(), Points()
    fingerprint = features.prepare(data, torch.device("cpu"))
    assert isinstance(fingerprint, str) and fingerprint, f"`prepare` returns the protocol's fingerprint, a text, got {fingerprint!r}"
    samples = data.batch(torch.arange(16))["x"]
    found = features(samples)
    assert found.ndim == 2 and len(found) == 16, f"wanted feature vectors [16, d], got {tuple(found.shape)}"
    _finite("features", found)
    assert torch.allclose(features(samples[:5]), found[:5], atol=1e-5), "a sample's features must not depend on the others"


def _metric(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    data = Points()
    metric = build(modes=data.modes, deviation=data.deviation)
    assert component.direction in ("lower", "higher"), f"wanted a direction, lower or higher, got {component.direction!r}"
    assert metric.samples > 0, f"wanted a number of samples, got {metric.samples}"
    metric.features.prepare(data, torch.device("cpu"))
    rows = data.batch(torch.arange(64))
    labels = {"labels": rows["label"]} if metric.needs_labels else {}
    real = metric.features(rows["x"])
    scores = [metric.compute(real, metric.features(fake), **labels) for fake in (rows["x"].flip(0), rows["x"] + 100)]
    for score in scores:
        assert isinstance(score, Score) and isfinite(score.value), f"wanted a Score with a finite value, got {score!r}"
    near, far = (score.value if component.direction == "higher" else -score.value for score in scores)
    assert metric.needs_labels or near > far, f"{component.direction} is better, yet points far from the data are not worse: {scores}"


def _dataset(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    data, length = build(), len(build())
    assert data.fields and length > 0, "a data set has fields and examples"
    order = torch.tensor([length - 1, 0, length // 2, 0])
    rows = data.batch(order)
    assert list(rows) == list(data.fields), f"`fields` says {list(data.fields)}, but a batch has {list(rows)}"
    for key, field in data.fields.items():
        row = rows[key]
        assert row.shape == (4, *field.shape), f"`{key}` is declared as {field}, but a batch has {tuple(row.shape)}"
        wanted = torch.float32 if field.classes is None else torch.int64
        assert row.dtype == wanted, f"wanted `{key}` as {wanted}, got {row.dtype}"
        low, high = (0, field.classes - 1) if field.classes is not None else (field.low, field.high)
        _finite(f"`{key}`", row)
        assert low is None or row.min() >= low, f"`{key}` is declared to be at least {low}, got {row.min()}"
        assert high is None or row.max() <= high, f"`{key}` is declared to be at most {high}, got {row.max()}"
        assert torch.equal(row[1], row[3]), f"row 0 of `{key}` must be the same each time"
        assert torch.equal(data.batch(order.flip(0))[key], row.flip(0)), f"rows of `{key}` must follow the indices, in any order"
    assert isinstance(data.fingerprint, str) and data.fingerprint == build().fingerprint, "equal data must have equal fingerprints"
    kept = data.held_out()
    assert kept is None or dict(kept.fields) == dict(data.fields), "held-out data must have the same fields"


def _operation(component: Any, build: Build, facts: Mapping[str, Any]) -> None:
    operation = build()
    assert callable(operation), "an operation is called"
    get_type_hints(type(operation).__call__)
    taken = inspect.signature(operation).parameters
    assert any(p.kind is not p.KEYWORD_ONLY for p in taken.values()), "an operation takes at least one tensor"
    assert ("draw" in taken) == isinstance(operation, Draws), "an operation takes `draw` exactly where it is marked `Draws`"


CONTRACTS: Mapping[str, Callable[[Any, Build, Mapping[str, Any]], None]] = {
    "generator": _mapped, "encoder": _mapped, "layer": _mapped, "discriminator": _discriminator, "norm": _norm,
    "objective": _objective, "penalty": _penalty, "loss": _loss,
    "latent": _latent, "schedule": _schedule, "optimizer": _optimizer, "operation": _operation,
    "features": _features, "metric": _metric, "dataset": _dataset,
}  # fmt: skip
"""Kind -> what holds for it."""
