"""Writes a step in which all players move on one joint graph: every loss once, then everybody's gradients."""

from collections.abc import Callable, Iterator, Mapping

from attrs import define, field

from rivalry.errors import Path
from rivalry.graph.merging import sides
from rivalry.graph.naming import variable
from rivalry.graph.nodes import HOLE, Graph, Node, Observer, Term, fill, networks, walk
from rivalry.graph.playing import observe, recorded
from rivalry.graph.terms import Group, groups, weighted
from rivalry.graph.turns import Segment, Turn, canonical, leaves
from rivalry.graph.writer import Writer

Watched = Mapping[str, Mapping[str, Observer]]
Key = tuple[str, Group]
"""A player, and which of its networks a sum of losses trains; none named: all."""


@define
class Game:
    """What is written of a game's two sides where one backward pass serves both."""

    critic: Term
    own: Term
    share: str = ""
    parts: dict[Key, float] = field(factory=dict)
    call: str = ""


@define
class JointWriter(Writer):
    """Writes the function that computes every player's gradients; nothing is detached but what would be felt twice."""

    game: Game | None = None
    totals: dict[Key, str] = field(factory=dict)
    certain: set[Key] = field(factory=set)
    closed: set[Node] = field(factory=set)
    """Samples that are cut off from what they are made of: a judge's player would feel itself through them too."""

    def __attrs_post_init__(self) -> None:
        self.active = list(self.graph.terms)
        self.closed = set(_closed(self.graph))
        by = leaves(self.graph.terms) | {sample for term in self.sample_penalties() if (sample := self.penalised(term))}
        self.by = {node for node in by - self.closed if not networks(node) & self.everybody}

    @property
    def everybody(self) -> set[str]:
        return {name for player in self.graph.players.values() for name in player.networks}

    def carries_graph(self, node: Node) -> bool:
        return bool(networks(node) & self.everybody) or any(at in self.by for at in walk(node))

    def judged(self, term: Term, sample: Node) -> Node:
        if sample in self.closed:
            return super().judged(term, sample)
        assert term.judge is not None
        return fill(term.judge, sample)

    def seen(self, sample: Node) -> Node:
        return super().seen(sample) if sample in self.closed else sample

    def leaf(self, node: Node) -> str:
        if node in self.leaves or node in self.by or node in self.closed or not self.carries_graph(node):
            return super().leaf(node)
        return self.value(node)  # what is computed from parameters can be differentiated by as it is

    def function(self) -> str:
        """The whole function."""
        self.write("with joint.precision():")
        self.depth += 1
        if self.game is not None:
            self.cut(self.game)
        for index, player in enumerate(self.graph.order):
            self.at = Turn(player, index)
            for term in self.terms():
                self.add(player, term)
        self.by = set()
        self.computed = set(map(canonical, self.variables))
        for name, observer in self.observed.get("", {}).items():
            observe(self, name, observer)
        self.depth -= 1
        if self.game is None:
            self.write(f"return take({', '.join(self.sums())})")
        else:
            self.one_backward(self.game)
        body = "\n".join("    " + line for line in self.lines)
        more = ["take"] if self.game is None else []
        return f"def gradients_of_all({', '.join([*self.parameters(), *more])}):\n{body}"

    def add(self, player: str, term: Term) -> None:
        """A loss in its player's sums; one that trains several players is computed for the first of them."""
        before = dict(self.variables), dict(self.leaves)
        parts = {(player, group): factor for group, factor in groups(self, term)}
        shared = self.game is not None and term == self.game.own
        condition = term.when()
        for key in () if shared else parts:
            if key not in self.totals:
                self.totals[key] = self.fresh("_".join([player, "total", *sorted(key[1])]))
                self.named.add(self.totals[key])
                if condition:
                    self.write(f"{self.totals[key]} = None")
        if condition:
            self.write(f"if {condition}:")
            self.depth += 1
        if term.label not in self.losses:
            recorded(self, term)
        name = self.losses[term.label]
        if shared:
            assert self.game is not None
            self.game.share = weighted(self, term, name)
            self.game.parts |= parts
            return
        for key, factor in parts.items():
            total, scaled = self.totals[key], weighted(self, term, name, factor)
            sum_ = f"{total} + {scaled}" if key in self.certain else f"added({total}, {scaled})"
            self.write(f"{total} = {sum_ if key in self.certain or condition else scaled}")
            self.certain |= set() if condition else {key}
        if condition:
            self.depth -= 1
            kept = {node: name for node, name in self.variables.items() if node in self.sources}
            self.variables, self.leaves = {**before[0], **kept}, before[1]

    def sums(self) -> list[str]:
        """Every player's sums, as `backward` takes them."""
        return [f"({player!r}, {total}, {sorted(group)})" for (player, group), total in self.totals.items()]

    # one backward pass through the judge

    def cut(self, game: Game) -> None:
        """The judge's scores of leaves in the fakes' place; what both sides' losses see of the scores is a leaf too."""
        fake, judge = game.own.fake, game.own.judge
        assert fake is not None
        assert judge is not None
        parts = fake.args if fake.op == "sequence" else (fake,)
        names, cut = [], []
        for part in parts:
            if self.carries_graph(part):
                value = self.value(part)
                self.leaves[part] = self.fresh(f"{value}_leaf")
                self.write(f"{self.leaves[part]} = {value}.detach().requires_grad_()")
                names.append(value)
                cut.append(Node("leaf", args=(part,), text=part.text))
            else:
                cut.append(part)
        sample = Node("sequence", args=tuple(cut), text=fake.text) if fake.op == "sequence" else cut[0]
        scores = self.value(fill(judge, sample))
        if not scores.isidentifier():
            expression, scores = scores, self.fresh("scores")
            self.write(f"{scores} = {expression}")
            self.named.add(scores)
        seen = self.variables[fill(judge, fake)] = self.fresh(f"{scores}_seen")
        self.write(f"{seen} = {scores}.detach().requires_grad_()")
        cuts = ", ".join(self.leaves[part] for part in parts if part in self.leaves)
        game.call = f"scores={scores}, seen={seen}, fakes=[{', '.join(names)}], leaves=[{cuts}]"

    def one_backward(self, game: Game) -> None:
        """The judge's player's gradient and, in place of the generator's side, a loss with the same gradient."""
        owner = self.graph.owner(next(iter(game.critic.trains)))
        assert owner is not None
        total = self.totals.pop((owner, frozenset()))
        others = any(term.loss != game.own.loss and term.side != "penalty" for term in self.graph.terms)
        again = ", retain=True" if others else ""  # another loss may be computed from what this one is
        rows, pulled = self.fresh(f"{owner}_gradients"), self.fresh("pulled")
        self.named |= {rows, pulled}
        self.write(f"{rows}, {pulled} = joint.merged({owner!r}, {total}, {game.share}, {game.call}{again})")
        for key, factor in game.parts.items():
            scaled = pulled if factor == 1 else f"{factor!r} * {pulled}"
            if key in self.totals:
                old = self.totals[key]
                self.write(f"{old} = {f'{old} + {scaled}' if key in self.certain else f'added({old}, {scaled})'}")
            else:
                self.totals[key] = self.fresh("_".join([key[0], "total", *sorted(key[1])]))
                self.named.add(self.totals[key])
                self.write(f"{self.totals[key]} = {scaled}")
        self.write(f"return joint.backward({', '.join([*self.sums(), f'found={{{owner!r}: {rows}}}'])})")


def _closed(graph: Graph) -> Iterator[Node]:
    for term in graph.terms:
        if term.judge is None or term.side == "generator":
            continue
        movers = {graph.owner(name) for name in term.trains} - {None}
        theirs = {name for mover in movers for name in graph.players[str(mover)].networks}
        context = {at for at in walk(term.judge) if HOLE not in set(walk(at))}
        for sample in (term.real, term.fake):
            assert sample is not None
            parts = sample.args if sample.op == "sequence" else (sample,)
            if networks(sample) & theirs or context & set(parts):
                yield sample


def joint_step(
    graph: Graph, segment: Segment, gathers: bool, origin: Callable[[Path], str], merged: bool
) -> tuple[list[str], list[str]]:
    """The functions of a joint step, and the lines of `step` that call them."""
    pair = sides(graph) if merged else None

    def written(observed: Watched) -> tuple[JointWriter, str]:
        game = Game(*pair) if pair else None
        writer = JointWriter(graph, segment, None, gathers, origin, game=game, observed=observed)
        return writer, writer.function()

    writer, function = written({})
    if graph.observers:
        writer, function = written(_watched(graph, writer))
    functions = [function]
    lines = [f"now.deal({segment.index})"]
    for source in dict.fromkeys(writer.sources):
        lines.append(f"{variable(source.name)} = now.{source.op}({source.name!r})")
    given = ", ".join(["at", *writer.parameters()[1:], *([] if pair else ["take"])])
    call = f"now, lambda at, take: gradients_of_all({given})"
    if gated := _gates(graph, writer):
        functions.append(gated)
        call += ", gates"
    return functions, [*lines, f"joint.play({call})"]


def _watched(graph: Graph, writer: JointWriter) -> Watched:
    """Beside which loss each moving number observes: one of some steps that has computed it, else ("") at the end."""
    found: dict[str, dict[str, Observer]] = {}
    for name, observer in graph.observers.items():
        known = {canonical(node) for node in walk(observer.of) if node.op == "network"} <= writer.computed
        beside = [label for label, nodes in writer.within.items() if {*map(canonical, observer.parts)} <= nodes]
        found.setdefault("" if known or not beside else beside[-1], {})[name] = observer
    return found


def _gates(graph: Graph, writer: Writer) -> str:
    rows = []
    for player in graph.players.values():
        if player.when is not None:
            labels = sorted({at.name for at in walk(player.when) if at.op == "latest"})
            known = f"now.knows({', '.join(map(repr, labels))})"
            rows.append(f"        {player.name!r}: {writer.value(player.when)} if {known} else None,\n")
    return f"def gates(now):\n    return {{\n{''.join(rows)}    }}" if rows else ""
