"""Finding facts: shapes from the data forwards, and from what is compared backwards, until nothing moves.

Networks are built and run on the meta device: shapes are real, nothing is allocated.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import define, field
from torch import Tensor, nn

from rivalry.errors import Fault, Path
from rivalry.fields import Field, Inputs
from rivalry.graph.building import Uninitialised, build, empty
from rivalry.graph.compatibility import couplings, joints, parts
from rivalry.graph.evaluate import FAILURES, apply, main, operation
from rivalry.graph.facts import META, Facts, comparisons, latents_of, numbers_at_end, samples_of, widths
from rivalry.graph.nodes import Graph, Node, numeric, walk
from rivalry.interfaces import Latent
from rivalry.numbers import still
from rivalry.signature import REQUIRED, parameters
from rivalry.spec.uses import Use


def find(
    graphs: Sequence[Graph], fields: Sequence[Mapping[str, Field]], batch: int = 4
) -> tuple[Facts, dict[str, nn.Module], list[Fault]]:
    """The facts of a spec's games and its networks on the meta device, or the faults of substance that were met.

    The games share their networks; the last one, which has all it will have, speaks first.
    """
    shared = _Shared()
    searches = [_Search(graph, own, batch, shared) for graph, own in zip(graphs, fields, strict=True)][::-1]

    def moved(what: Callable[[_Search], bool]) -> bool:
        return any(what(search) for search in searches)

    while (
        moved(lambda search: search.forwards(optional=True))
        or moved(_Search.backwards)
        or moved(lambda search: search.forwards(optional=False))
    ):
        pass
    for search in searches:
        search.conclude()
    return shared.facts, shared.networks, list(dict.fromkeys(shared.faults))


@define
class _Shared:
    """What the games of one spec have in common."""

    facts: Facts = field(factory=Facts)
    networks: dict[str, nn.Module] = field(factory=dict)
    broken: set[str] = field(factory=set)
    wanted: dict[str, Field] = field(factory=dict)
    faults: list[Fault] = field(factory=list)


@define
class _Search:
    graph: Graph
    fields: Mapping[str, Field]
    batch: int
    shared: _Shared
    values: dict[Node, Any] = field(factory=dict)
    failed: set[Node] = field(factory=set)
    misfits: dict[Node, Fault] = field(factory=dict)
    nodes: list[Node] = field(factory=list)
    numbers: dict[str, Any] = field(factory=dict)
    latents: dict[str, Latent] = field(factory=dict)
    leaves: set[Node] = field(factory=set)
    augments: dict[str, Any] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.nodes = list(dict.fromkeys(node for root in samples_of(self.graph) for node in walk(root)))
        self.leaves = {node.args[1] for node in self.nodes if node.op == "gradient"}
        self.numbers = numbers_at_end(self.graph)
        self.augments = {
            name: still(use.build(), ("augments", name), self.numbers.__getitem__)
            for name, use in self.graph.augments.items()
        }
        self.latents, faults = latents_of(self.graph, self.fields)
        scores, disagreements = widths(self.graph)
        self.shared.facts.scores |= scores
        self.shared.faults += [*faults, *disagreements]

    def field_of(self, node: Node) -> Field:
        if node.op == "data":
            return self.fields[node.name]
        if node.op == "latent":
            return self.latents[node.name].field
        value = main(self.values[node])
        if node.op == "operation" and isinstance(value, Tensor) and not value.is_floating_point():
            first = node.args[0] if node.args else None  # what only moves labels leaves them labels
            if first is not None and not numeric(first) and type(operation(node.name)).keeps_shape:
                return self.field_of(first)
        return Field(tuple(value.shape[1:])) if isinstance(value, Tensor) else Field(())

    def inputs(self, node: Node) -> Inputs:
        return tuple(self.field_of(argument) for argument in node.args if not numeric(argument))

    def forwards(self, optional: bool) -> bool:
        """Run what can be run; with `optional` a network waits for an output fact that it could do without."""
        moved = False
        for node in self.nodes:
            if node in self.values or node in self.failed or any(a not in self.values for a in node.args):
                continue
            if node.op == "latent" and node.name not in self.latents:
                continue
            if node.op == "network" and not self.ready(node, optional):
                continue
            moved |= self.run(node)
        return moved

    def ready(self, node: Node, optional: bool) -> bool:
        name, shared = node.name, self.shared
        if name in shared.networks:
            return True
        if name in shared.broken:
            return False
        use = self.graph.networks[name]
        output = getattr(use, "output", None) or shared.wanted.get(name)
        needs = parameters(use.component).get("output") if isinstance(use, Use) else None
        if needs and needs.given and output is None and (optional or needs.default is REQUIRED):
            return False
        shared.facts.inputs[name] = self.inputs(node)
        if needs and output is not None:
            shared.facts.output[name] = output
        try:
            with META, Uninitialised():
                shared.networks[name] = build(use, shared.facts.given(name))
        except (*FAILURES, OSError) as error:
            shared.broken.add(name)
            shared.faults.append(Fault((f"{use.kind}s", name), str(error)))
            return False
        return True

    def run(self, node: Node) -> bool:
        if (node.op == "network" and not self.fits(node)) or not self.on_host(node):
            return False
        try:
            if node.op in ("data", "latent"):
                value: Any = empty(self.field_of(node), self.batch)
            elif node.op == "moving":
                value = self.numbers[node.name]
            else:
                with META:
                    args = [self.values[a] for a in node.args]
                    value = apply(node, args, self.shared.networks, META, augments=self.augments)
        except FAILURES as error:
            self.failed.add(node)
            shown = [a for a in node.args if not numeric(a)]
            got = ", ".join(f"{a.text}: {self.field_of(a)}" for a in shown)
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            self.misfits[node] = Fault(node.path, f"'{node.text}' does not fit ({got}): {reason}", offset=node.offset)
            return False
        differentiable = isinstance(value, Tensor) and value.is_floating_point() and not value.requires_grad
        self.values[node] = value.requires_grad_() if node in self.leaves and differentiable else value
        return True

    def on_host(self, node: Node) -> bool:
        """Whether what must know its numbers on the host gets none that observes."""
        if node.op == "network":
            needy: Any = self.graph.networks[node.name].component
        elif node.op == "operation":
            needy = type(operation(node.name))
        else:
            return True
        if not getattr(needy, "host_numbers", False):
            return True
        numbers = [at for argument in node.args if numeric(argument) for at in walk(argument)]
        steering = next((at.name for at in numbers if at.name in self.graph.observers), None)
        if steering is None:
            return True
        message = f"'{steering}' observes a tensor, so only the device knows it; '{node.name}' wants it on the host"
        self.failed.add(node)
        fix = "give it a schedule of time alone, e.g. linear"
        self.misfits[node] = Fault(node.path, message, fix, offset=node.offset)
        return False

    def fits(self, node: Node) -> bool:
        """Whether a network's call has the inputs that the network was built for."""
        inputs, first = self.inputs(node), self.shared.facts.inputs[node.name]
        if [(f.shape, f.classes) for f in inputs] == [(f.shape, f.classes) for f in first]:
            return True
        self.failed.add(node)
        shown, other = (", ".join(map(str, fields)) for fields in (inputs, first))
        message = f"'{node.text}' gets ({shown}), but elsewhere '{node.name}' gets ({other})"
        self.misfits[node] = Fault(node.path, message, offset=node.offset)
        return False

    def backwards(self) -> bool:
        """A network's output takes the shape of what it is compared with, or of what another call's input is."""
        moved = False
        for left, right, _ in comparisons(self.graph):
            for known, unknown in ((left, right), (right, left)):
                if known in self.values:
                    moved |= self.want(unknown, self.field_of(known))
        for node in self.nodes:
            if node.op == "network" and (inputs := self.shared.facts.inputs.get(node.name)):
                tensors = [argument for argument in node.args if not numeric(argument)]
                for argument, like in zip(tensors, inputs, strict=False):
                    moved |= self.want(argument, like)
        return moved

    def want(self, node: Node, known: Field) -> bool:
        """Pass a fact back to the network whose output this is, through what keeps its shape."""
        if node in self.values:
            return False
        if node.op == "network":
            if node.name in self.shared.wanted or node.name in self.shared.networks:
                return False
            self.shared.wanted[node.name] = known
            return True
        if node.op in ("augment", "detach", "leaf") or (node.op == "output" and not node.name):
            return self.want(node.args[0], known)
        if node.op == "operation" and type(operation(node.name)).keeps_shape:
            return self.want(node.args[0], known)
        if node.op == "arithmetic":
            return any(self.want(a, known) for a in node.args if not numeric(a))
        return False

    def conclude(self) -> None:
        """Faults of what is left: outputs that nobody knows, comparisons that fail, incompatible parts."""
        faults = self.shared.faults
        if not faults and not self.misfits:
            for node in self.nodes:
                if node not in self.values and node.op == "network" and node.name not in self.shared.networks:
                    use = self.graph.networks[node.name]
                    faults.append(
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
        faults += [fault for node, fault in self.misfits.items() if not blamed & set(walk(node))]
        faults += differing.values()
        faults += [*couplings(self.graph, self.shared.networks), *joints(self.graph)]
        faults += parts(self.graph, self.shared.networks)
