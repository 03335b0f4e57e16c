"""Writes a game's step as plain Python: the code that runs is the code that is printed."""

import re
from collections.abc import Callable, Iterable
from keyword import iskeyword

from attrs import define, field

from rivalry.errors import Path, dotted
from rivalry.graph.evaluate import operation
from rivalry.graph.nodes import Graph, Node, Term, fill, networks, replace, walk
from rivalry.graph.turns import Segment, Turn, compares, segments
from rivalry.interfaces import SamplePenalty
from rivalry.marks import Draws

RESERVED = {"now", "losses", "players", "operations", "input_gradient", "gather", "sample"}


@define
class Program:
    """The source of one step: a prelude and turns as functions, and `step(now)` that calls them in order."""

    source: str
    segments: list[Segment]


def emit(graph: Graph, fakes: str = "shared", gathers: bool = False, origin: Callable[[Path], str] = lambda path: "") -> Program:
    """Write the step of a game. `gathers` joins the scores of all processes before an objective sees them."""
    parts = segments(graph, fakes)
    functions: dict[str, str] = {}  # body -> function text, so that equal turns are written once
    names: dict[str, str] = {}
    body: list[str] = []
    for segment in parts:
        body += _segment(graph, segment, fakes, gathers, origin, functions, names)
    step = "\n".join(["def step(now):", *("    " + line for line in body)])
    return Program("\n\n\n".join([*functions.values(), step]) + "\n", parts)


def _segment(
    graph: Graph, segment: Segment, fakes: str, gathers: bool, origin: Callable[[Path], str],
    functions: dict[str, str], names: dict[str, str],
) -> list[str]:  # fmt: skip
    turns = [_Writer(graph, segment, turn, gathers, origin) for turn in segment.turns]
    for writer in turns:
        writer.turn()
    wanted = list(dict.fromkeys(node for writer in turns for node in writer.borrowed))
    sources = [node for writer in turns for node in writer.sources]
    prelude: _Writer | None = None
    if wanted:
        prelude = _Writer(graph, segment, None, gathers, origin)
        prelude.prelude(wanted)
        sources += prelude.sources
    lines = []
    for source in dict.fromkeys(sources):
        if source.op == "data" or fakes == "shared":
            lines.append(f"{_variable(source.name)} = now.{source.op}({source.name!r}, {segment.index})")
    if prelude is not None:
        name = _function("prelude", prelude, functions, names)
        lines.append(f"{', '.join(prelude.variables[node] for node in wanted)} = {name}({', '.join(prelude.parameters())})")
    for writer, turn in zip(turns, segment.turns, strict=True):
        if fakes == "fresh":
            latents = [source for source in writer.sources if source.op == "latent"]
            lines += [f"{_variable(source.name)} = now.latent({source.name!r}, {turn.index})" for source in latents]
        name = _function(f"{turn.player}_turn", writer, functions, names)
        lines.append(f"{name}({', '.join(writer.parameters())})")
    return lines


def _function(name: str, writer: "_Writer", functions: dict[str, str], names: dict[str, str]) -> str:
    body = "\n".join("    " + line if line else "" for line in writer.lines)
    key = f"{name}({', '.join(writer.parameters())})\n{body}"
    if key not in names:
        count = sum(1 for used in names.values() if re.fullmatch(rf"{name}(_\d+)?", used))
        names[key] = name if count == 0 else f"{name}_{count + 1}"
        functions[key] = f"def {names[key]}({', '.join(writer.parameters())}):\n{body}"
    return names[key]


def _variable(text: str) -> str:
    name = re.sub(r"\W+", "_", text).strip("_") or "value"
    name = f"v_{name}" if name[0].isdigit() or iskeyword(name) else name
    return name if len(name) <= 40 else name[:40].rstrip("_")


@define
class _Writer:
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

    @property
    def mine(self) -> set[str]:
        return set(self.graph.players[self.at.player].networks) if self.at else set()

    def parameters(self) -> list[str]:
        return ["now", *(_variable(s.name) for s in dict.fromkeys(self.sources)), *(self.variables[n] for n in self.borrowed)]

    def write(self, line: str, path: Path = ()) -> None:
        where = f"{dotted(path)} {self.origin(path)}".strip() if path else ""
        self.lines.append("    " * (self.depth - 1) + line + (f"  # {where}" if where else ""))

    def fresh(self, text: str) -> str:
        taken = {*self.variables.values(), *self.leaves.values(), *self.graph.networks, *RESERVED, *map(_variable, self.graph.flow)}
        taken |= {_variable(s.name) for s in self.sources}
        base = name = _variable(text)
        count = 1
        while name in taken:
            count += 1
            name = f"{base}_{count}"
        return name

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
        if node in self.variables:
            return self.variables[node]
        match node.op:
            case "data" | "latent":
                self.sources.append(node)
                self.variables[node] = _variable(node.name)
                return self.variables[node]
            case "number":
                return repr(dict(node.constants)["value"])
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
            self.variables[node] = self.graph.names.get(node) or self.fresh(self.label(node))
            return self.variables[node]
        name = self.graph.names.get(node)
        if name is None or name in self.graph.networks or name in RESERVED or name in self.variables.values():
            name = self.fresh(name or self.label(node))
        call = self.call(node)
        self.write(f"{name} = {call}", node.path)
        self.variables[node] = name
        return name

    def call(self, node: Node) -> str:
        if node.op == "output":
            return f"{self.value(node.args[0])}.{node.name}"
        arguments = [self.value(argument) for argument in node.args]
        if node.op == "network":
            return f"{node.name}({', '.join(arguments)})"
        keywords = [f"{key}={value!r}" for key, value in node.constants if key != "draw"]
        if isinstance(operation(node.name), Draws):
            keywords.append(f"draw=now.draw({node.text!r})")
        return f"operations.{node.name}({', '.join([*arguments, *keywords])})"

    def may_borrow(self, node: Node) -> bool:
        """A shared tensor serves a turn that only reads it, or the one turn whose gradients flow through its graph."""
        assert self.at is not None
        through = any(term.trains & self.mine & networks(node) for term in self.graph.terms_of(self.at.player))
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
        if node not in self.leaves:
            value = self.value(node)
            name = self.leaves[node] = self.fresh(f"{value}_leaf")
            every = [term.every for term in self.sample_penalties() if self.penalised(term) == node]
            when = "" if min(every) == 1 else " or ".join(f"now.step % {k} == 0" for k in sorted(set(every)))
            self.write(f"{name} = {value}.detach().requires_grad_({when})")
        return self.leaves[node]

    # terms

    def terms(self) -> list[Term]:
        assert self.at is not None
        return sorted(self.graph.terms_of(self.at.player), key=lambda term: term.every > 1)

    def sample_penalties(self) -> Iterable[Term]:
        return [t for t in self.terms() if t.side == "penalty" and issubclass(t.use.component, SamplePenalty)]

    @staticmethod
    def penalised(term: Term) -> Node | None:
        return term.real if getattr(term.use.component, "at", "") == "real" else term.fake

    def judged(self, term: Term, sample: Node) -> Node:
        """The judge on a detached sample; on a leaf where a penalty of this turn differentiates by it."""
        assert term.judge is not None
        shared = any(p.judge == term.judge and self.penalised(p) == sample for p in self.sample_penalties())
        op = "leaf" if shared and sample.op != "sequence" else "detach"
        if sample.op == "sequence":
            parts = tuple(Node("detach", args=(part,), text=part.text) for part in sample.args)
            return fill(term.judge, Node("sequence", args=parts, text=sample.text))
        return fill(term.judge, Node(op, args=(sample,), text=sample.text))

    def prelude(self, wanted: list[Node]) -> None:
        """What several turns of this batch use, computed once before anyone moves."""
        users = sorted({user for node in wanted if (user := self.segment.shared[node])})
        if users:
            self.write(f"with {', '.join(f'players.{user}' for user in users)}:")
            self.depth += 1
        for node in wanted:
            self.value(node)
        self.write(f"return {', '.join(self.variables[node] for node in wanted)}")

    def turn(self) -> None:
        """One player's losses and its move."""
        assert self.at is not None
        player = self.at.player
        self.write(f"with players.{player}:")
        self.depth += 1
        groups: dict[frozenset[str], str] = {}
        for term in self.terms():
            before = dict(self.variables), dict(self.leaves)
            if term.every > 1:
                self.write(f"if now.step % {term.every} == 0:")
                self.depth += 1
            name = self.fresh(term.label.replace(".", "_"))
            self.write(f"{name} = {self.loss(term)}", ("losses", term.loss))
            self.variables[Node("number", term.label)] = name
            self.write(f"now.record({term.label!r}, {name})")
            scaled = self.scaled(term, name)
            group = self.group(term)
            total = groups.get(group)
            groups[group] = total or self.fresh("total" if not groups else "total_" + "_".join(sorted(group)))
            self.write(f"{groups[group]} = {f'{total} + {scaled}' if total else scaled}")
            if term.every > 1:
                self.depth -= 1
                if total is None:
                    self.write("else:")
                    self.write(f"    {groups[group]} = None")
                kept = {node: v for node, v in self.variables.items() if node in self.borrowed or node in self.sources}
                self.variables, self.leaves = {**before[0], **kept}, before[1]
        for group, total in groups.items():
            only = "" if not group else f", only={sorted(group)!r}"
            last = "" if total == [*groups.values()][-1] else ", more=True"
            self.write(f"players.{player}.differentiate({total}{only}{last})")
        self.write(f"players.{player}.move(now)")

    def group(self, term: Term) -> frozenset[str]:
        """The networks that a term's gradient must be kept to; none where it reaches no other of the player's."""
        reached = self.mine & set().union(*(networks(node) for node in (term.judge, term.real, term.fake, *term.of) if node))
        if term.side in ("discriminator", "penalty"):
            reached &= networks(term.judge)
        return frozenset() if reached <= term.trains else frozenset(term.trains & self.mine)

    def scaled(self, term: Term, name: str) -> str:
        if not isinstance(term.weight, int | float):
            factor = f"now.number({f'losses.{term.loss}.weight'!r})"
            return f"{term.every} * {factor} * {name}" if term.every > 1 else f"{factor} * {name}"
        factor = float(term.weight) * term.every
        return name if factor == 1 else f"{factor!r} * {name}"

    def scores(self, node: Node) -> str:
        value = self.value(node)
        return f"gather({value})" if self.gathers else value

    def loss(self, term: Term) -> str:
        loss = f"losses.{term.loss}"
        if term.judge is None or term.real is None or term.fake is None:
            return f"{loss}({', '.join(map(self.value, term.of))})"
        if term.side == "discriminator":
            real, fake = (self.scores(self.judged(term, sample)) for sample in (term.real, term.fake))
            return f"{loss}.discriminator_loss({real}, {fake})"
        if term.side == "generator":
            real = self.scores(fill(term.judge, term.real)) if compares(term) else "None"
            return f"{loss}.generator_loss({real}, {self.scores(fill(term.judge, term.fake))})"
        if issubclass(term.use.component, SamplePenalty):
            sample = self.penalised(term)
            assert sample is not None
            scores = self.value(self.judged(term, sample))
            return f"{loss}.of_gradient(input_gradient({scores}, {self.leaf(sample)}))"
        return self.free_penalty(term, loss)

    def free_penalty(self, term: Term, loss: str) -> str:
        """A penalty at points of its own receives the judge as a function of the sample."""
        assert term.judge is not None
        assert term.real is not None
        assert term.fake is not None
        judge = _inline(term.judge, self)
        draw = f", draw=now.draw({'losses.' + term.loss!r})" if issubclass(term.use.component, Draws) else ""
        return f"{loss}(lambda sample: {judge}, {self.detached(term.real)}, {self.detached(term.fake)}{draw})"


def _inline(judge: Node, writer: _Writer) -> str:
    """The judge as one expression of `sample`; everything else in it is context, computed outside."""
    if judge.op == "hole":
        return "sample"
    if not any(node.op == "hole" for node in walk(judge)):
        return writer.value(judge)
    arguments = [_inline(argument, writer) for argument in judge.args]
    if judge.op == "arithmetic":
        return f"({arguments[0]} {judge.name} {arguments[1]})"
    stand_in = {argument: Node("number", text, text=text) for argument, text in zip(judge.args, arguments, strict=True)}
    if judge.op == "output":
        return f"{arguments[0]}.{judge.name}"
    if judge.op == "network":
        return f"{judge.name}({', '.join(arguments)})"
    filled = judge
    for argument, node in stand_in.items():
        filled = replace(filled, argument, node)
        writer.variables[node] = node.name
    return writer.call(filled)
