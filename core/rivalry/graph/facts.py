"""Facts follow the graph: shapes from the data forwards, and from what is compared backwards, until nothing moves.

Networks are built and run on the meta device: shapes are real, nothing is allocated.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import torch
from attrs import define, field
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from rivalry.errors import Fault, Path
from rivalry.fields import Field, Inputs
from rivalry.graph.evaluate import FAILURES, apply
from rivalry.graph.nodes import Graph, Node, fill, walk
from rivalry.marks import CouplesBatch, NeedsIndependentSamples
from rivalry.signature import REQUIRED, parameters
from rivalry.spec.schema import Live, Use

META = torch.device("meta")


@define
class Facts:
    """What is known of every network: the fields of its inputs and of its output."""

    inputs: dict[str, Inputs] = field(factory=dict)
    output: dict[str, Field] = field(factory=dict)

    def given(self, network: str) -> dict[str, Any]:
        """The facts that a network's constructor is given."""
        given: dict[str, Any] = {"inputs": self.inputs[network]}
        if network in self.output:
            given["output"] = self.output[network]
        return given


def samples_of(graph: Graph) -> Iterator[Node]:
    """Every tensor that a loss needs: judges are filled with what they judge."""
    for term in graph.terms:
        if term.judge is not None and term.real is not None and term.fake is not None:
            yield fill(term.judge, term.real)
            yield fill(term.judge, term.fake)
        yield from term.of
    yield from graph.flow.values()


def comparisons(graph: Graph) -> Iterator[tuple[Node, Node, Path]]:
    """Pairs of tensors that must look alike, and where that is written: real and fake of a game, the tensors of a
    loss that compares.
    """
    for term in graph.terms:
        if term.real is not None and term.fake is not None:
            reals, fakes = (node.args if node.op == "sequence" else (node,) for node in (term.real, term.fake))
            for index, (real, fake) in enumerate(zip(reals, fakes, strict=False)):
                yield real, fake, ("losses", term.loss, "fake", *([index] if term.fake.op == "sequence" else []))
        elif getattr(term.use.component, "compares", False):
            for index, (first, second) in enumerate(zip(term.of, term.of[1:], strict=False), 1):
                yield first, second, ("losses", term.loss, "of", index)


def find(graph: Graph, fields: dict[str, Field], batch: int = 4) -> tuple[Facts, dict[str, nn.Module], list[Fault]]:
    """The facts of a graph and its networks on the meta device, or the faults of substance that were met."""
    search = _Search(graph, fields, batch)
    while search.forwards(optional=True) or search.backwards() or search.forwards(optional=False):
        pass
    search.conclude()
    return search.facts, search.networks, search.faults


@define
class _Search:
    graph: Graph
    fields: dict[str, Field]
    batch: int
    facts: Facts = field(factory=Facts)
    networks: dict[str, nn.Module] = field(factory=dict)
    values: dict[Node, Any] = field(factory=dict)
    failed: set[Node] = field(factory=set)
    broken: set[str] = field(factory=set)
    wanted: dict[str, tuple[Field, Node]] = field(factory=dict)
    faults: list[Fault] = field(factory=list)
    misfits: dict[Node, Fault] = field(factory=dict)
    nodes: list[Node] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.nodes = list(dict.fromkeys(node for root in samples_of(self.graph) for node in walk(root)))

    def field_of(self, node: Node) -> Field:
        if node.op == "data":
            return self.fields[node.name]
        if node.op == "latent":
            return self.graph.latents[node.name].build().field  # type: ignore[no-any-return]
        value = self.values[node]
        return Field(tuple(value.shape[1:])) if isinstance(value, Tensor) else Field(())

    def empty(self, field: Field) -> Tensor:
        dtype = torch.int64 if field.classes is not None else torch.float32
        return torch.empty(self.batch, *field.shape, dtype=dtype, device=META)

    def forwards(self, optional: bool) -> bool:
        """Run what can be run; with `optional` a network waits for an output fact that it could do without."""
        moved = False
        for node in self.nodes:
            if node in self.values or node in self.failed or any(a not in self.values for a in node.args):
                continue
            if node.op == "network" and not self.ready(node, optional):
                continue
            moved |= self.run(node)
        return moved

    def ready(self, node: Node, optional: bool) -> bool:
        name = node.name
        if name in self.networks:
            return True
        if name in self.broken:
            return False
        use = self.graph.networks[name]
        output = getattr(use, "output", None) or self.wanted.get(name, (None,))[0]
        needs = parameters(use.component).get("output") if isinstance(use, Use) else None
        if needs and needs.given and output is None and (optional or needs.default is REQUIRED):
            return False
        self.facts.inputs[name] = tuple(self.field_of(argument) for argument in node.args)
        if needs and output is not None:
            self.facts.output[name] = output
        try:
            with META, _Uninitialised():
                self.networks[name] = build(use, self.facts.given(name))
        except (*FAILURES, OSError) as error:
            self.broken.add(name)
            self.faults.append(Fault((f"{use.kind}s", name), str(error)))
            return False
        return True

    def run(self, node: Node) -> bool:
        if node.op == "network" and not self.fits(node):
            return False
        try:
            if node.op in ("data", "latent"):
                self.values[node] = self.empty(self.field_of(node))
            else:
                with META:
                    self.values[node] = apply(node, [self.values[a] for a in node.args], self.networks, META)
        except FAILURES as error:
            self.failed.add(node)
            got = ", ".join(f"{a.text}: {self.field_of(a)}" for a in node.args if a.op != "number")
            reason = str(error).strip().splitlines()[0]
            self.misfits[node] = Fault(node.path, f"'{node.text}' does not fit ({got}): {reason}", offset=node.offset)
            return False
        return True

    def fits(self, node: Node) -> bool:
        """Whether a network's call has the inputs that the network was built for."""
        inputs, first = tuple(self.field_of(argument) for argument in node.args), self.facts.inputs[node.name]
        if [(f.shape, f.classes) for f in inputs] == [(f.shape, f.classes) for f in first]:
            return True
        self.failed.add(node)
        shown, other = (", ".join(map(str, fields)) for fields in (inputs, first))
        message = f"'{node.text}' gets ({shown}), but elsewhere '{node.name}' gets ({other})"
        self.misfits[node] = Fault(node.path, message, offset=node.offset)
        return False

    def backwards(self) -> bool:
        """A network's output takes the shape of what it is compared with."""
        moved = False
        for left, right, _ in comparisons(self.graph):
            for known, unknown in ((left, right), (right, left)):
                if (
                    known in self.values
                    and unknown not in self.values
                    and unknown.op == "network"
                    and unknown.name not in self.wanted
                ):
                    self.wanted[unknown.name] = self.field_of(known), known
                    moved = True
        return moved

    def conclude(self) -> None:
        """Faults of what is left: outputs that nobody knows, comparisons that fail, incompatible parts."""
        if not self.faults and not self.misfits:
            for node in self.nodes:
                if node not in self.values and node.op == "network" and node.name not in self.networks:
                    use = self.graph.networks[node.name]
                    self.faults.append(
                        Fault(
                            (f"{use.kind}s", node.name),
                            f"the shape of '{node.text}' is unknown: nothing known is compared with it",
                            "write output: [...]",
                        )
                    )
                    break
        differing: dict[Path, Fault] = {}
        blamed: set[Node] = set()
        for left, right, path in comparisons(self.graph):
            if left in self.values and right in self.values and self.field_of(left).shape != self.field_of(right).shape:
                shapes = f"'{right.text}' is {self.field_of(right)}, but '{left.text}' is {self.field_of(left)}"
                message = f"{shapes}; they are compared"
                differing[path] = Fault(path, message, "give one of them the other's shape")
                blamed |= {left, right}
        self.faults += [fault for node, fault in self.misfits.items() if not blamed & set(walk(node))]
        self.faults += differing.values()
        self.couplings()

    def couplings(self) -> None:
        for term in self.graph.terms:
            if term.side != "penalty" or not issubclass(term.use.component, NeedsIndependentSamples) or not term.judge:
                continue
            for name in {node.name for node in walk(term.judge) if node.op == "network"} & set(self.networks):
                culprit = next((m for m in self.networks[name].modules() if couples(m)), None)
                if culprit is not None:
                    own = f"'{term.use.name}' differentiates each score by its own sample"
                    message = f"{own}, but '{name}' mixes the samples of a batch ({type(culprit).__name__})"
                    fix = f"give '{name}' a norm that does not, e.g. norm: none or instance"
                    self.faults.append(Fault(("losses", term.loss), message, fix))


class _Uninitialised(TorchFunctionMode):
    """Leaves out the filling of weights: on the meta device there is nothing to fill, and torch would load its
    compiler for it.
    """

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if getattr(func, "__name__", "") in ("normal_", "uniform_", "trunc_normal_"):
            return args[0] if args else kwargs["tensor"]
        return func(*args, **kwargs)


def couples(module: nn.Module) -> bool:
    """Whether a module mixes the samples of a batch."""
    return isinstance(module, CouplesBatch | nn.modules.batchnorm._BatchNorm)


def build(use: Use | Live, given: dict[str, Any]) -> nn.Module:
    """A network from its entry; on the meta device a live module is copied, so that the original stays as it is."""
    module: nn.Module = use.build(**given)
    if isinstance(use, Live) and torch.get_default_device().type == "meta":
        return deepcopy(module).to(META)
    return module
