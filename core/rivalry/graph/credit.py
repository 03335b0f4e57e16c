"""Credit follows the graph: which networks each side of each loss trains."""

from typing import Any

from attrs import define, evolve, field

from rivalry.errors import Path, nearest
from rivalry.graph.nodes import HOLE, Node, Term, networks, reaching
from rivalry.graph.reading import Reading
from rivalry.spec.losses import LossEntry
from rivalry.spec.schema import Live, Use


@define
class Credit:
    """Turns the losses of a spec into terms."""

    reading: Reading
    _games: dict[str, tuple[Node, Node, Node]] = field(factory=dict)

    def terms(self, loss: str) -> list[Term]:
        """The terms of one loss: two sides of an objective, one of anything else."""
        form, path = self.reading.source.form(loss), ("losses", loss)
        self.reading.partial |= not isinstance(self.reading.source.losses[loss], LossEntry)
        if form == "use":
            return self._scalar(loss, path)
        if form == "penalty" and self.reading.source.term(loss, "of") is not None:
            game = self.reading.source.term(loss, "of")
            if not isinstance(game, str):
                return []
            if game not in self.reading.source.losses or self.reading.source.form(game) != "objective":
                games = [name for name in self.reading.source.losses if self.reading.source.form(name) == "objective"]
                self.reading.fault((*path, "of"), f"no game is called '{game}'", nearest(game, games))
                return []
            parts = self._game(game, ("losses", game))
        else:
            parts = self._game(loss, path)
        if form is None or parts is None:
            return []
        judge, real, fake = parts
        owners = frozenset(reaching(judge, HOLE))
        if not owners:
            self.reading.fault((*path, "judge"), "no network judges here", "e.g. judge: D")
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
        if loss not in self._games:
            judge = self.reading.judge(self.reading.source.term(loss, "judge"), (*path, "judge"))
            real = self.reading.several(self.reading.source.term(loss, "real"), (*path, "real"))
            fake = self.reading.several(self.reading.source.term(loss, "fake"), (*path, "fake"))
            if judge is None or real is None or fake is None:
                return None
            self._games[loss] = judge, real, fake
        return self._games[loss]

    def _common(self, loss: str) -> tuple[Use | Live | None, Any, int]:
        entry = self.reading.source.losses[loss]
        return getattr(entry, "use", None), getattr(entry, "weight", 1.0), getattr(entry, "every", 1)

    def _trained(self, loss: str, default: set[str], both: set[str], judges: frozenset[str]) -> frozenset[str]:
        wanted = self.reading.source.term(loss, "trains")
        path = ("losses", loss, "trains")
        if wanted is None:
            unclear = sorted(both - judges)
            if unclear:
                self.reading.fault(
                    path[:2],
                    f"'{unclear[0]}' stands upstream of both real and fake",
                    f"say what it does: trains: [{unclear[0]}]",
                )
            return frozenset(default - judges)
        for index, name in enumerate(wanted):
            if name not in self.reading.source.networks:
                self.reading.fault(
                    (*path, index), f"no network is called '{name}'", nearest(name, self.reading.source.networks)
                )
            elif name not in default | both:
                self.reading.fault(
                    (*path, index),
                    f"'{name}' does not stand upstream of this loss",
                    f"upstream: {', '.join(sorted(default | both))}",
                )
        return frozenset(wanted)

    def _scalar(self, loss: str, path: Path) -> list[Term]:
        text = self.reading.source.term(loss, "of")
        if text is None:
            return []
        items = text if isinstance(text, list) else [text]
        tensors = [
            self.reading.expression(item, (*path, "of", i) if isinstance(text, list) else (*path, "of"))
            for i, item in enumerate(items)
        ]
        of = tuple(tensor for tensor in tensors if tensor is not None)
        use, weight, every = self._common(loss)
        if use is None or len(of) < len(tensors):
            return []
        upstream = set().union(*map(networks, of))
        trained = self._trained(loss, upstream, set(), frozenset())
        if not trained:
            self.reading.fault((*path, "of"), "no network stands upstream of this loss")
        return [Term(loss, "loss", use, weight, every, trained, of=of)]
