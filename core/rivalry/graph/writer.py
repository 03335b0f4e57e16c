"""Writes one function of a step: a prelude, or a player's turn, statement by statement."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import define, field

from rivalry.errors import Path, dotted
from rivalry.graph.evaluate import operation
from rivalry.graph.naming import RESERVED, variable
from rivalry.graph.nodes import Graph, Node, Observer, Op, Term, fill, networks, walk
from rivalry.graph.turns import Segment, Turn
from rivalry.interfaces import SamplePenalty
from rivalry.marks import Draws
from rivalry.spec.uses import Use


@define
class Writer:
    """The lines of one function and what they use: `sources` come as arguments, `borrowed` tensors from the prelude."""

    graph: Graph
    segment: Segment
    at: Turn | None
    gathers: bool
    origin: Callable[[Path], str]
    lines: list[str] = field(factory=list)
    variables: dict[Node, str] = field(factory=dict)
    sources: list[Node] = field(factory=list)
    borrowed: list[Node] = field(factory=list)
    depth: int = 1
    leaves: dict[Node, str] = field(factory=dict)
    losses: dict[str, str] = field(factory=dict)
    weights: dict[str, str] = field(factory=dict)
    named: set[str] = field(factory=set)
    active: list[Term] = field(factory=list)
    computed: set[Node] = field(factory=set)
    """What is known when the turn's own losses are differentiated, whether detached or not."""
    within: dict[str, set[Node]] = field(factory=dict)
    """The same for what is known beside each loss that is computed now and then."""
    observed: Mapping[str, Mapping[str, Observer]] = field(factory=dict)
    by: set[Node] = field(factory=set)
    """What this turn differentiates by that carries no gradient of its own: it becomes a leaf."""
    moved: bool = False

    @property
    def mine(self) -> set[str]:
        return set(self.graph.players[self.at.player].networks) if self.at else set()

    def parameters(self) -> list[str]:
        return [
            "now",
            *(variable(s.name) for s in dict.fromkeys(self.sources)),
            *(self.variables[n] for n in self.borrowed),
        ]

    def write(self, line: str, path: Path = ()) -> None:
        where = f"{dotted(path)} {self.origin(path)}".strip() if path else ""
        self.lines.append("    " * (self.depth - 1) + line + (f"  # {where}" if where else ""))

    def fresh(self, text: str) -> str:
        taken = {
            *self.variables.values(),
            *self.leaves.values(),
            *self.named,
            *self.segment.names.values(),
            *self.weights.values(),
            *self.graph.networks,
            *RESERVED,
            *map(variable, self.graph.flow),
        }
        taken |= {variable(s.name) for s in self.sources}
        base = name = variable(text)
        count = 1
        while name in taken:
            count += 1
            name = f"{base}_{count}"
        return name

    def shared_name(self, node: Node) -> str:
        """The one name of a tensor that several turns use."""
        names = self.segment.names
        if node not in names:
            own = self.graph.names.get(node)
            names[node] = own if own and own not in {*self.graph.networks, *RESERVED} else self.fresh(self.label(node))
        return names[node]

    def label(self, node: Node) -> str:
        """A short name for a node: its expression, with the flow's own names for what it is called on."""
        if node in self.graph.names:
            return self.graph.names[node]
        if node.op in ("leaf", "detach"):
            return self.label(node.args[0])
        return f"{node.name}({', '.join(map(self.label, node.args))})" if node.op == "network" else node.text

    # nodes

    def value(self, node: Node) -> str:
        """Write what a node needs and return the expression that stands for it."""
        if node in self.by:
            return self.leaf(node)
        if node in self.variables:
            return self.variables[node]
        match node.op:
            case "data" | "latent":
                self.sources.append(node)
                self.variables[node] = variable(node.name)
                return self.variables[node]
            case "number":
                return repr(dict(node.constants)["value"])
            case "moving" | "latest":
                return f"now.{'number' if node.op == 'moving' else 'latest'}({node.name!r})"
            case "sequence":
                return f"[{', '.join(map(self.value, node.args))}]"
            case "arithmetic":
                left, right = map(self.value, node.args)
                return f"({left} {node.name} {right})"
            case "leaf":
                return self.leaf(node.args[0])
            case "detach":
                return self.detached(node.args[0])
        if self.at and node in self.segment.shared and self.may_borrow(node):
            self.borrowed.append(node)
            self.variables[node] = self.shared_name(node)
            return self.variables[node]
        call = self.call(node)  # before the name: what it needs is named first
        name = self.shared_name(node) if node in self.segment.shared and self.at is None else self.graph.names.get(node)
        if name is None or name in self.graph.networks or name in RESERVED or name in self.variables.values():
            name = self.fresh(name or self.label(node))
        self.write(f"{name} = {call}", node.path)
        self.variables[node] = name
        return name

    def call(self, node: Node) -> str:
        arguments = [self.value(argument) for argument in node.args]
        if node.op == "output":
            return f"{arguments[0]}.{node.name}" if node.name else f"{arguments[0]}[0]"
        if node.op == "gradient":
            return f"input_gradient({', '.join(arguments)})"
        called: str = node.name
        component: type[Any]
        match node.op:
            case "network":
                component = self.graph.networks[node.name].component
            case "augment":
                called, component = f"augments.{node.name}", self.graph.augments[node.name].component
            case _:
                called, component = f"operations.{node.name}", type(operation(node.name))
        arguments += [f"{key}={value!r}" for key, value in node.constants if key != "draw"]
        if issubclass(component, Draws):
            arguments.append(f"draw=now.draw({node.text!r})")
        return f"{called}({', '.join(arguments)})"

    def may_borrow(self, node: Node) -> bool:
        """A shared tensor serves a turn that only reads it, or the one turn whose gradients flow through its graph."""
        assert self.at is not None
        through = any(term.trains & self.mine & networks(node) for term in self.graph.terms_of(self.at.player))
        if self.moved and networks(node) & self.mine:
            return False
        return not through or self.segment.shared[node] == self.at.player

    def carries_graph(self, node: Node) -> bool:
        """Whether a node's value, in this turn, has a gradient path to parameters."""
        if networks(node) & self.mine:
            return True
        return any(self.segment.shared.get(at) for at in walk(node) if at in self.borrowed)

    def detached(self, node: Node) -> str:
        if node.op == "sequence":
            return f"[{', '.join(map(self.detached, node.args))}]"
        value = self.value(node)
        return f"{value}.detach()" if self.carries_graph(node) else value

    def leaf(self, node: Node) -> str:
        if node.op == "sequence":
            return f"[{', '.join(map(self.leaf, node.args))}]"
        if node not in self.leaves:
            by, self.by = self.by, self.by - {node}
            value = self.value(node)
            self.by = by
            name = self.leaves[node] = self.fresh(f"{value}_leaf")
            penalised = [(term, self.penalised(term)) for term in self.sample_penalties()]
            users = [(term, sample) for term, sample in penalised if sample and node in (sample, *sample.args)]
            whens = sorted({"" if term.apart else term.when() for term, _ in users})
            joint = any(sample.op == "sequence" for _, sample in users)
            when = f"{value}.is_floating_point()" if joint else ""  # labels are conditions
            if node not in self.by and "" not in whens:
                when = " and ".join(filter(None, (when, f"({' or '.join(whens)})" if joint else " or ".join(whens))))
            self.write(f"{name} = {value}.detach().requires_grad_({when})")
        return self.leaves[node]

    # terms

    def terms(self) -> list[Term]:
        """The player's losses: those of every step first, one whose weight follows others after these."""
        assert self.at is not None
        found = self.graph.terms_of(self.at.player)
        return sorted(
            found, key=lambda term: (term.rare, isinstance(term.weight, Use) and term.weight.kind == "weight")
        )

    def sample_penalties(self) -> Iterable[Term]:
        return [t for t in self.active if t.side == "penalty" and issubclass(t.use.component, SamplePenalty)]

    @staticmethod
    def penalised(term: Term) -> Node | None:
        return term.real if getattr(term.use.component, "at", "") == "real" else term.fake

    def judged(self, term: Term, sample: Node) -> Node:
        """The judge on a detached sample; on a leaf where a penalty of this turn differentiates by it."""
        assert term.judge is not None
        if sample in self.by:
            return fill(term.judge, sample)
        shared = any(p.judge == term.judge and self.penalised(p) == sample for p in self.sample_penalties())
        if not shared and self.asked(whole := fill(term.judge, sample), sample):
            return whole
        op: Op = "leaf" if shared and sample.op != "sequence" else "detach"
        if sample.op == "sequence":
            op = "leaf" if shared else "detach"
            parts = tuple(Node(op, args=(part,), text=part.text) for part in sample.args)
            return fill(term.judge, Node("sequence", args=parts, text=sample.text))
        return fill(term.judge, Node(op, args=(sample,), text=sample.text))

    def seen(self, sample: Node) -> Node:
        """A sample as the discriminator's side sees it beside its scores: detached."""
        parts = sample.args if sample.op == "sequence" else (sample,)
        cut = tuple(Node("detach", args=(part,), text=part.text) for part in parts)
        return Node("sequence", args=cut, text=sample.text) if sample.op == "sequence" else cut[0]

    def asked(self, judged: Node, sample: Node) -> bool:
        """Whether another loss of this turn calls a judge on the same sample; one in which nobody of this player
        stands need not be detached, so that both are one call.
        """
        if networks(sample) & self.mine:
            return False
        calls = {at for at in walk(judged) if at.op == "network" and at != sample and sample in set(walk(at))}
        return any(calls & set(walk(node)) for term in self.active if term.judge is None for node in term.of)

    def prelude(self, wanted: list[Node]) -> None:
        """What several turns of this batch use, computed once before anyone moves."""
        users = sorted({user for node in wanted if (user := self.segment.shared[node])})
        if users:
            self.write(f"with {', '.join(f'players.{user}' for user in users)}:")
            self.depth += 1
        for node in wanted:
            self.value(node)
        self.write(f"return {', '.join(self.variables[node] for node in wanted)}")
