"""Credit follows the graph: which networks each side of each loss trains."""

from typing import Any

from attrs import define, evolve, field

from rivalry.errors import Path, nearest
from rivalry.graph.nodes import HOLE, Node, Term, networks, reaching
from rivalry.graph.reading import Reading
from rivalry.interfaces import NetworkPenalty
from rivalry.spec.losses import LossEntry
from rivalry.spec.uses import Live, Ref, Use, key
from rivalry.spec.weights import TwoSided


def numbered(weight: Any, path: Path) -> Any:
    """A weight; one that moves by the name of its number."""
    moves = isinstance(weight, Use | Live) and weight.kind == "schedule"
    return Ref(key(path, weight)) if moves else weight


@define
class Credit:
    """Turns the losses of a spec into terms."""

    reading: Reading
    _games: dict[str, tuple[Node, Node, Node] | None] = field(factory=dict)

    def terms(self, loss: str) -> list[Term]:
        """The terms of one loss: two sides of an objective, one of anything else."""
        source = self.reading.source
        form, path, entry = source.form(loss), source.at("losses", loss), source.losses[loss]
        if not isinstance(entry, LossEntry):
            self.reading.partial = True
        if form is None:
            return []
        found = self._scalar(loss, path) if form == "use" else self._judged(loss, form, path)
        if not isinstance(entry, LossEntry):
            return []
        return [
            evolve(
                term, weight=numbered(term.weight, (*path, "weight")), every=entry.every, after=entry.after,
                apart=entry.apart,
            )
            for term in found
        ]  # fmt: skip

    def _judged(self, loss: str, form: str, path: Path) -> list[Term]:
        source = self.reading.source
        judged, own = loss, source.losses[loss]
        if isinstance(own, LossEntry) and own.on is not None:
            return self._on(loss, own, path)
        if form == "penalty" and source.term(loss, "of") is not None:
            judged = source.term(loss, "of")
            if not isinstance(judged, str):
                return []
            if judged not in source.losses or source.form(judged) != "objective":
                games = [name for name in source.losses if source.form(name) == "objective"]
                self.reading.fault((*path, "of"), f"no game is called '{judged}'", nearest(judged, games))
                return []
        parts = self._game(judged, source.at("losses", judged))
        if parts is None:
            return []
        judge, real, fake = parts
        owners = frozenset(reaching(judge, HOLE))
        if not owners:
            self.reading.fault((*path, "judge"), "no network judges here", "e.g. judge: D")
            return []
        replayed = self._replayed(judged, fake, source.at("losses", judged))
        entry = source.losses[loss]
        if not isinstance(entry, LossEntry) or replayed is None:
            return []
        weight = entry.weight
        if issubclass(entry.use.component, NetworkPenalty):
            return [Term(loss, "penalty", entry.use, weight, 1, owners, path=path)]
        if form == "penalty":
            return [Term(loss, "penalty", entry.use, weight, 1, owners, judge, real, replayed, path=path)]
        trained = self._trained(loss, networks(fake) ^ networks(real), networks(fake) & networks(real), owners)
        critic, own = weight, weight
        if isinstance(weight, TwoSided):
            critic, own = (
                numbered(value, (*path, "weight", side))
                for side, value in (("discriminator", weight.discriminator), ("generator", weight.generator))
            )
        elif isinstance(weight, Use) and weight.kind == "weight":
            critic = 1.0  # it follows gradients of the generator's side
        first = Term(loss, "discriminator", entry.use, critic, 1, owners, judge, real, replayed, path=path)
        factors = {name: factor for name, factor in (entry.trains or {}).items() if factor != 1}
        return [first, evolve(first, side="generator", weight=own, trains=trained, fake=fake, factors=factors)]

    def _on(self, loss: str, entry: LossEntry, path: Path) -> list[Term]:
        """A penalty on the weights of networks."""
        names = [entry.on] if isinstance(entry.on, str) else list(entry.on or ())
        known = self.reading.source.networks
        for index, name in enumerate(names):
            if name not in known:
                where = (*path, "on") if isinstance(entry.on, str) else (*path, "on", index)
                self.reading.fault(where, f"no network is called '{name}'", nearest(name, known))
        return [Term(loss, "penalty", entry.use, entry.weight, 1, frozenset(names), path=path)] if names else []

    def _game(self, loss: str, path: Path) -> tuple[Node, Node, Node] | None:
        if loss not in self._games:
            term = self.reading.source.term
            judge = self.reading.judge(term(loss, "judge"), (*path, "judge"))
            real = self.reading.several(term(loss, "real"), (*path, "real"))
            fake = self.reading.several(term(loss, "fake"), (*path, "fake"))
            self._games[loss] = None if judge is None or real is None or fake is None else (judge, real, fake)
        return self._games[loss]

    def _replayed(self, loss: str, fake: Node, path: Path) -> Node | None:
        """The fakes as the critic sees them: through the layer that keeps earlier ones, where the game names one."""
        pool, source = self.reading.source.term(loss, "replay"), self.reading.source
        if pool is None:
            return fake
        where = (*path, "replay")
        layers = [name for name, (kind, _) in source.networks.items() if kind == "layer"]
        if pool not in source.networks:
            self.reading.fault(where, f"no layer is called '{pool}'", nearest(str(pool), layers))
        elif pool not in layers:
            kind = source.networks[pool][0]
            self.reading.fault(where, f"'{pool}' is a {kind}; only a layer replays", nearest(pool, layers))
        elif fake.op == "sequence":
            self.reading.fault(where, "wanted one tensor to replay, got a joint sample", "leave replay out")
        else:
            kept = Node("detach", args=(fake,), text=fake.text, path=where)
            return self.reading.node(Node("network", pool, (kept,), text=f"{pool}({fake.text})", path=where))
        return None

    def _trained(self, loss: str, default: set[str], both: set[str], judges: frozenset[str]) -> frozenset[str]:
        wanted = self.reading.source.term(loss, "trains")
        path = (*self.reading.source.at("losses", loss), "trains")
        if wanted is None:
            unclear = sorted(both - judges)
            if unclear:
                self.reading.fault(
                    path[:-1],
                    f"'{unclear[0]}' stands upstream of both real and fake",
                    f"say what it does: trains: [{unclear[0]}]",
                )
            return frozenset(default - judges)
        for index, name in enumerate(wanted):
            factored = self._factored(wanted)
            where = (*path, name if factored else index)
            if name not in self.reading.source.networks:
                fix = nearest(name, self.reading.source.networks)
                self.reading.fault(where, f"no network is called '{name}'", fix, at_key=factored)
            elif name not in default | both:
                self.reading.fault(
                    where,
                    f"'{name}' does not stand upstream of this loss",
                    f"upstream: {', '.join(sorted(default | both))}",
                )
        return frozenset(wanted)

    @staticmethod
    def _factored(wanted: Any) -> bool:
        return isinstance(wanted, dict) and any(factor != 1 for factor in wanted.values())

    def _scalar(self, loss: str, path: Path) -> list[Term]:
        text = self.reading.source.term(loss, "of")
        if text is None:
            return []
        node = self.reading.several(text, (*path, "of"))
        entry = self.reading.source.losses[loss]
        if node is None or not isinstance(entry, LossEntry):
            return []
        of = node.args if isinstance(text, list) else (node,)
        trained = self._trained(loss, set().union(*map(networks, of)), set(), frozenset())
        if not trained:
            self.reading.fault((*path, "of"), "no network stands upstream of this loss")
        factors = {name: factor for name, factor in (entry.trains or {}).items() if factor != 1}
        return [Term(loss, "loss", entry.use, entry.weight, 1, trained, of=of, factors=factors, path=path)]
