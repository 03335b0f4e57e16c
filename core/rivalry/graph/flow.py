"""From the expressions of a spec to the graph of its game, with every fault of form on the way."""

import re
from typing import Any

from attrs import define, evolve, field

from rivalry.errors import Fault, Path, nearest
from rivalry.graph.nodes import HOLE, Graph, Node, Player, Term, networks, reaching, walk
from rivalry.graph.outline import Outline, outline
from rivalry.plugins import plugins
from rivalry.spec import expression as ex
from rivalry.spec.losses import LossEntry
from rivalry.spec.schema import Live, Use, checked_entry

__all__ = ["build", "outline"]

ORDER = re.compile(r"\s*(\w+)\s*(?:\*\s*(\d+)\s*)?")
MOST_TURNS = 1_000
DEEPEST = 150


def build(source: Outline) -> tuple[Graph | None, list[Fault]]:
    """The graph, or None with the faults that prevent it."""
    builder = _Builder(source, list(source.faults))
    try:
        flow = {name: node for name in source.flow if (node := builder.named(name, ("flow", name))) is not None}
        terms = [term for loss in source.losses for term in builder.terms(loss)]
    except RecursionError:
        return None, [*builder.faults, Fault(("flow",), "wanted names that rest on fewer others in a row")]
    if (longest := max(builder.depths.values(), default=0)) > DEEPEST:
        builder.fault(("flow",), f"wanted tensors that rest on at most {DEEPEST} others in a row, got {longest}")
    players = builder.players()
    order = builder.order(list(players))
    if not builder.faults and not builder.partial:
        builder.everyone_is_trained(terms)
    if builder.faults or builder.partial:
        return None, builder.faults
    uses = {name: use for name, (_, use) in source.networks.items() if use is not None}
    latents = {name: use for name, use in source.latents.items() if use is not None}
    names = {node: name for name, node in flow.items()}
    return Graph(flow, uses, latents, tuple(terms), players, tuple(order), names), []


@define
class _Builder:
    source: Outline
    faults: list[Fault]
    interned: dict[Node, Node] = field(factory=dict)
    known: dict[str, Node | None] = field(factory=dict)
    resolving: list[str] = field(factory=list)
    games: dict[str, tuple[Node, Node, Node]] = field(factory=dict)
    depths: dict[Node, int] = field(factory=dict)
    holes: int = 0
    partial: bool = False
    """Whether some loss could not be read, so that what it would train is unknown."""

    def fault(self, path: Path, message: str, fix: str = "", offset: int = 0) -> None:
        fault = Fault(path, message, fix, offset=offset)
        if fault not in self.faults:
            self.faults.append(fault)

    # names and expressions

    def named(self, name: str, path: Path, offset: int = 0) -> Node | None:
        """The tensor of a name: of the flow, of the data or a latent."""
        source = self.source
        if name in source.flow:
            if name in self.resolving:
                loop = [*self.resolving[self.resolving.index(name) :], name]
                self.fault(("flow", self.resolving[-1]), "stands in a circle: " + " -> ".join(loop))
                return None
            if name not in self.known:
                self.resolving.append(name)
                self.known[name] = self.expression(source.flow[name], ("flow", name))
                self.resolving.pop()
            return self.known[name]
        if source.fields is not None and name in source.fields:
            return self.node(Node("data", name, text=name, path=path, offset=offset))
        if name in source.latents:
            return self.node(Node("latent", name, text=name, path=path, offset=offset))
        if source.fields is None:
            return None  # the data section is at fault: the name may well be one of its fields
        if name in source.networks:
            self.fault(path, f"'{name}' is a network, not a tensor", f"call it: {name}(...)", offset)
        else:
            names = [*source.flow, *source.fields, *source.latents]
            self.fault(path, f"no tensor is called '{name}'", nearest(name, names), offset)
        return None

    def expression(self, text: Any, path: Path, hole: bool = False) -> Node | None:
        """The node of an expression's text; None after a fault."""
        if not isinstance(text, str):
            self.partial = True
            return None
        try:
            return self.convert(ex.parse(text), path, hole)
        except ex.ExpressionError as error:
            fix = 'quote it: "G(z, label)"' if "was never closed" in str(error) else ""
            self.fault(path, str(error), fix, error.offset)
            return None

    def several(self, text: Any, path: Path) -> Node | None:
        """One expression, or a list of them as one joint sample."""
        if not isinstance(text, list):
            return self.expression(text, path)
        parts = [self.expression(item, (*path, index)) for index, item in enumerate(text)]
        found = [part for part in parts if part is not None]
        if len(found) < len(parts):
            return None
        return self.node(Node("sequence", args=tuple(found), text=f"[{', '.join(part.text for part in found)}]", path=path))

    def node(self, node: Node) -> Node:
        self.depths[node] = 1 + max((self.depths.get(argument, 0) for argument in node.args), default=0)
        return self.interned.setdefault(node, node)

    def convert(self, found: ex.Expression, path: Path, hole: bool) -> Node | None:
        text, at = ex.show(found), found.offset
        match found:
            case ex.Name(id="_"):
                if not hole:
                    self.fault(path, "'_' is the hole of a judge and means nothing here", offset=at)
                self.holes += 1
                return HOLE if hole else None
            case ex.Name(id=name):
                return self.named(name, path, at)
            case ex.Number(value=value):
                return self.node(Node("number", constants=(("value", value),), text=text, path=path, offset=at))
            case ex.Sequence(items=items):
                return self._over("sequence", "", items, (), text, path, at, hole)
            case ex.Arithmetic(operator=operator, left=left, right=right):
                return self._over("arithmetic", operator, (left, right), (), text, path, at, hole)
            case ex.Output(of=ex.Name(id=name), name=attribute) if f"{name}.{attribute}" in (self.source.fields or {}):
                return self.node(Node("data", f"{name}.{attribute}", text=text, path=path, offset=at))
            case ex.Output(of=of, name=attribute):
                return self._output(of, attribute, text, path, at, hole)
            case ex.Call():
                return self._call(found, text, path, hole)

    def _over(self, op: Any, name: str, items: Any, constants: Any, text: str, path: Path, at: int, hole: bool) -> Node | None:
        args = [self.convert(item, path, hole) for item in items]
        if any(argument is None for argument in args):
            return None
        return self.node(Node(op, name, tuple(a for a in args if a is not None), constants, text, path, at))

    def _call(self, call: ex.Call, text: str, path: Path, hole: bool) -> Node | None:
        operations = plugins().table()["operation"]
        if call.function in self.source.networks:
            if call.keywords:
                self.fault(path, f"'{call.function}' is a network: it takes tensors only, got {call.keywords[0][0]}=", offset=call.offset)
                return None
            if not call.arguments:
                self.fault(path, f"'{call.function}' is called on nothing", f"e.g. {call.function}(z)", call.offset)
                return None
            return self._over("network", call.function, call.arguments, (), text, path, call.offset, hole)
        if call.function in operations:
            return self._over("operation", call.function, call.arguments, call.keywords, text, path, call.offset, hole)
        what = nearest(call.function, [*self.source.networks, *operations])
        self.fault(path, f"no network or operation is called '{call.function}'", what, call.offset)
        return None

    def _output(self, of: ex.Expression, attribute: str, text: str, path: Path, at: int, hole: bool) -> Node | None:
        if isinstance(of, ex.Name) and of.id not in self.source.flow:
            if self.source.fields is not None:
                self.fault(path, f"'{of.id}' has no field '{attribute}'", nearest(f"{of.id}.{attribute}", self.source.fields), at)
            return None
        inner = self.convert(of, path, hole)
        if inner is None:
            return None
        if inner.op != "network":
            self.fault(path, f"'{ex.show(of)}' has no named outputs", "only a network's call has them, as in D(x).classes", at)
            return None
        use = self.source.networks[inner.name][1]
        outputs = getattr(use.component, "outputs", ()) if use else ()
        if use is not None and attribute not in outputs:
            self.fault(path, f"'{use.name}' has no output '{attribute}'", nearest(attribute, outputs), at)
            return None
        return self.node(Node("output", attribute, (inner,), (), text, path, at))

    # losses

    def judge(self, text: Any, path: Path) -> Node | None:
        """A judge: an expression with one hole; a bare network name is short for its call on the hole."""
        if isinstance(text, str) and text.strip() in self.source.networks:
            text = f"{text.strip()}(_)"
        elif isinstance(text, str) and text.strip().isidentifier() and text.strip() not in self.source.flow:
            self.fault(path, f"no network is called '{text.strip()}'", nearest(text.strip(), self.source.networks))
            return None
        self.holes = 0
        node = self.expression(text, path, hole=True)
        if node is None:
            return None
        if self.holes != 1:
            self.fault(path, f"wanted a judge with one hole, got {self.holes} in '{text}'", "e.g. D(_) or D(_, label)")
            return None
        return node

    def terms(self, loss: str) -> list[Term]:
        """The terms of one loss: two sides of an objective, one of anything else."""
        form, path = self.source.form(loss), ("losses", loss)
        self.partial |= not isinstance(self.source.losses[loss], LossEntry)
        if form == "use":
            return self._scalar(loss, path)
        if form == "penalty" and self.source.term(loss, "of") is not None:
            game = self.source.term(loss, "of")
            if not isinstance(game, str):
                return []
            if game not in self.source.losses or self.source.form(game) != "objective":
                games = [name for name in self.source.losses if self.source.form(name) == "objective"]
                self.fault((*path, "of"), f"no game is called '{game}'", nearest(game, games))
                return []
            parts = self._game(game, ("losses", game))
        else:
            parts = self._game(loss, path)
        if form is None or parts is None:
            return []
        judge, real, fake = parts
        owners = frozenset(reaching(judge, HOLE))
        if not owners:
            self.fault((*path, "judge"), "no network judges here", "e.g. judge: D")
            return []
        use, weight, every = self._common(loss)
        if use is None:
            return []
        if form == "penalty":
            return [Term(loss, "penalty", use, weight, every, owners, judge, real, fake)]
        trained = self._trained(loss, networks(fake) ^ networks(real), networks(fake) & networks(real), owners)
        sides = Term(loss, "discriminator", use, weight, every, owners, judge, real, fake)
        return [sides, evolve(sides, side="generator", trains=trained)]

    def _game(self, loss: str, path: Path) -> tuple[Node, Node, Node] | None:
        if loss not in self.games:
            judge = self.judge(self.source.term(loss, "judge"), (*path, "judge"))
            real = self.several(self.source.term(loss, "real"), (*path, "real"))
            fake = self.several(self.source.term(loss, "fake"), (*path, "fake"))
            if judge is None or real is None or fake is None:
                return None
            self.games[loss] = judge, real, fake
        return self.games[loss]

    def _common(self, loss: str) -> tuple[Use | Live | None, Any, int]:
        entry = self.source.losses[loss]
        return getattr(entry, "use", None), getattr(entry, "weight", 1.0), getattr(entry, "every", 1)

    def _trained(self, loss: str, default: set[str], both: set[str], judges: frozenset[str]) -> frozenset[str]:
        wanted = self.source.term(loss, "trains")
        path = ("losses", loss, "trains")
        if wanted is None:
            unclear = sorted(both - judges)
            if unclear:
                self.fault(path[:2], f"'{unclear[0]}' stands upstream of both real and fake", f"say what it does: trains: [{unclear[0]}]")
            return frozenset(default - judges)
        for index, name in enumerate(wanted):
            if name not in self.source.networks:
                self.fault((*path, index), f"no network is called '{name}'", nearest(name, self.source.networks))
            elif name not in default | both:
                self.fault((*path, index), f"'{name}' does not stand upstream of this loss", f"upstream: {', '.join(sorted(default | both))}")
        return frozenset(wanted)

    def _scalar(self, loss: str, path: Path) -> list[Term]:
        text = self.source.term(loss, "of")
        if text is None:
            return []
        items = text if isinstance(text, list) else [text]
        tensors = [self.expression(item, (*path, "of", i) if isinstance(text, list) else (*path, "of")) for i, item in enumerate(items)]
        of = tuple(tensor for tensor in tensors if tensor is not None)
        use, weight, every = self._common(loss)
        if use is None or len(of) < len(tensors):
            return []
        upstream = set().union(*map(networks, of))
        trained = self._trained(loss, upstream, set(), frozenset())
        if not trained:
            self.fault((*path, "of"), "no network stands upstream of this loss")
        return [Term(loss, "loss", use, weight, every, trained, of=of)]

    # players

    def players(self) -> dict[str, Player]:
        """Every player with its networks; by default one owns all discriminators and one every other network."""
        networks, declared = self.source.networks, self.source.players
        free = set(networks)
        for name, (moves, _) in declared.items():
            for index, network in enumerate(moves or ()):
                path = ("players", name, "moves", index)
                if not isinstance(network, str):
                    continue
                if network not in networks:
                    self.fault(path, f"no network is called '{network}'", nearest(network, networks))
                elif network not in free:
                    self.fault(path, f"'{network}' already has a player")
                free.discard(network)
        result = {}
        for name in [*declared, *(n for n in ("discriminator", "generator") if n not in declared)]:
            moves, optimizer = declared.get(name, (None, "adam"))
            if moves is None:
                if name not in ("discriminator", "generator"):
                    self.fault(("players", name), "does not say what it moves", "e.g. moves: [E]")
                judges = name == "discriminator"
                moves = [n for n, (kind, _) in networks.items() if n in free and (kind == "discriminator") == judges]
            if moves:
                use = optimizer if isinstance(optimizer, Use | Live) else checked_entry("optimizer", "adam")
                result[name] = Player(name, tuple(moves), use)
        return result

    def order(self, players: list[str]) -> list[str]:
        """Who moves, in order, one name a turn."""
        written = self.source.order
        if not isinstance(written, list):
            first = [name for name in ("discriminator", "generator") if name in players]
            return [*first, *(name for name in players if name not in first)]
        turns: list[str] = []
        for index, item in enumerate(written):
            path = ("train", "order", index)
            match = ORDER.fullmatch(item) if isinstance(item, str) else None
            if match is None:
                self.fault(path, f"wanted a player, or player * turns, got {item!r}", "e.g. [discriminator * 5, generator]")
                continue
            name, times = match[1], int(match[2] or 1)
            if name not in players:
                self.fault(path, f"no player is called '{name}'", nearest(name, players))
            elif not 1 <= times <= MOST_TURNS:
                self.fault(path, f"wanted 1 to {MOST_TURNS} turns, got {times}")
            else:
                turns += [name] * times
        missing = [name for name in players if name not in turns]
        if missing and not self.faults:
            self.fault(("train", "order"), f"the player '{missing[0]}' never moves", f"add it: [..., {missing[0]}]")
        return turns

    def everyone_is_trained(self, terms: list[Term]) -> None:
        """A network that no loss trains is a fault that names what does reach it."""
        trained = set().union(*(term.trains for term in terms)) if terms else set()
        used = {node.name for term in terms for root in (term.judge, term.real, term.fake, *term.of) if root for node in walk(root)}
        used |= {node.name for name in self.source.flow if (root := self.known.get(name)) for node in walk(root)}
        for name, (kind, _) in self.source.networks.items():
            if name not in trained:
                section = {"generator": "generators", "discriminator": "discriminators", "encoder": "encoders", "layer": "layers"}[kind]
                why = "it is called, but no loss trains it" if name in used else "it is never called"
                self.fault((section, name), f"no loss trains '{name}': {why}", "add a loss on its output or remove it")


