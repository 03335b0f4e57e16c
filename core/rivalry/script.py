"""A checked spec as a Python file of its own: components made by their classes, the step as it is emitted."""

from collections.abc import Mapping, Sequence
from textwrap import indent

from attrs import define, field

from rivalry import checkpoint, pieces
from rivalry.batches import Feeder
from rivalry.checking import Checked
from rivalry.engine import apart_rate, gating, left_eager
from rivalry.errors import SpecError
from rivalry.graph.binding import called, following, operations_of
from rivalry.graph.emit import Program, emit
from rivalry.graph.facts import words_of
from rivalry.graph.fitting import fitting, wanted
from rivalry.graph.naming import RESERVED, variable
from rivalry.graph.nodes import walk
from rivalry.graph.outline import outline
from rivalry.initial import sources
from rivalry.joint import Table
from rivalry.now import Counts, Now
from rivalry.pen import Bracket, Expression, Pen, call, table, text_of
from rivalry.players import Player
from rivalry.plugins import plugins
from rivalry.spec.model import Spec
from rivalry.spec.sections import Stage
from rivalry.spec.uses import Use
from rivalry.streams import Streams, seed_of

STEPS = 5


def script(checked: Checked) -> str:
    """The text of the file: run as a program, it plays some steps of every stage and prints their losses.

    It imports components, and of Rivalry what a step is made of, but no spec, graph or trainer. SpecError for what was
    handed in from Python.
    """
    taken = {*checked.spec.graph.networks, *RESERVED}
    taken |= {f"{player}_turn" for graph in checked.spec.whole for player in graph.players} | {"prelude"}
    try:
        return Script(checked, Pen(taken)).whole()
    except SpecError as error:
        raise checked.spec.fail(list(error.faults)) from error


@define
class Script:
    """A script, section by section."""

    checked: Checked
    pen: Pen
    lines: list[str] = field(factory=list)
    own: dict[str, str] = field(factory=dict)
    """The script's own names."""

    def __attrs_post_init__(self) -> None:
        self.own = {
            name: self.pen.name(name) for name in ("DEVICE", "SEED", "networks", "data", "streams", "before", "main")
        }

    def whole(self) -> str:
        """The text of the file."""
        spec = self.checked.spec
        self.head()
        stages = [self.stage(index, stage) for index, stage in enumerate(spec.stages)]
        if not stages:
            self.game(spec, 0)
        self.play(stages)
        paper = f"\n\n{spec.paper}\n" if spec.paper else ""
        title = f"A game as a program of its own: `python FILE 100` plays 100 steps, alone it plays {STEPS}.{paper}"
        return "\n".join([f'"""{title}"""', "", *self.pen.lines(), *self.lines]) + "\n"

    def set(self, name: str, value: Expression) -> None:
        """An assignment."""
        self.lines.append(f"{name} = {text_of(value, 0, len(name) + 3)}")

    def space(self, name: str, items: Mapping[str, Expression]) -> None:
        """What emitted code finds under one name, where there is any."""
        if items:
            self.set(name, call(self.pen.imported("types", "SimpleNamespace"), **items))

    # what stays from stage to stage

    def head(self) -> None:
        """The device, the seed, the data, and the networks with their facts."""
        spec, own, pen = self.checked.spec, self.own, self.pen
        train, torch = spec.train, pen.imported("torch")
        if train.threads:
            self.lines.append(f"{torch}.set_num_threads({train.threads})")
        best = f'"cuda" if {torch}.cuda.is_available() else "cpu"'
        self.set(own["DEVICE"], f"{torch}.device({best if train.device == 'auto' else repr(train.device)})")
        self.set(own["SEED"], repr(train.seed))
        self.set(own["data"], self.data(spec))
        self.lines.append("")
        made, partial = pen.of(pieces.network), pen.imported("functools", "partial")
        for name, use in spec.graph.networks.items():
            named = pen.arguments(use, (f"{use.kind}s", name), **self.checked.facts.given(name))
            make = call(partial, pen.of(use.component), **named)
            more = self.format()
            if norm := words_of(use).get("weight_norm"):
                more["weight_norm"] = pen.component(norm, (f"{use.kind}s", name, "weight_norm"))
            self.set(name, call(made, repr(name), make, own["SEED"], own["DEVICE"], **more))
        self.set(own["networks"], table({name: name for name in spec.graph.networks}))
        for name, source, _ in sources(spec):
            folder = f"{pen.imported('pathlib', 'Path')}({str(source.parent)!r})"
            found = f"{pen.of(checkpoint.newest)}({folder})[0].tensors"
            loaded = table({f"networks.{source.name}": name})
            self.lines.append(call(pen.of(pieces.load_modules), loaded, found).text())
        if train.compile:
            self.lines += [f"{name}.compile()" for name in spec.graph.networks if name not in left_eager(spec)]

    def format(self) -> dict[str, Expression]:
        """The memory format, where it is said."""
        return {"channels_last": "True"} if self.checked.spec.train.channels_last else {}

    def data(self, game: Spec) -> Bracket:
        """A game's data sets by name."""
        found = {n: self.pen.component(use, ("data", n) if n else ("data",)) for n, use in game.data.items()}
        return table(found)

    # one game

    def stage(self, index: int, stage: Stage) -> str:
        """A stage as a function; its name."""
        name = self.pen.name(f"stage_{index + 1}_{variable(stage.name)}")
        before, self.lines = self.lines, []
        self.game(self.checked.spec.games()[index], index, stage)
        body = indent("\n".join(self.lines).strip("\n"), "    ")
        old, players = self.own["before"], f"{self.pen.builtin('vars')}(players)"
        says = f'"""Enter the stage {stage.name!r}; `{old}` are the players of the one that it follows."""'
        self.lines = [*before, "", "", f"def {name}({old}):\n    {says}\n{body}\n    return step, now, {players}"]
        return name

    def game(self, game: Spec, index: int, stage: Stage | None = None) -> None:
        """The components of one game, its players, its moment and the code of its step; what a stage begins with."""
        graph, train, pen = game.graph, game.train, self.pen
        program = emit(graph, train.fakes, origin=game.origin, merged=self.checked.stages[index].merged)
        fits = {} if stage is None else {name: wanted(outline(game), name, text) for name, text in stage.fit.items()}
        nodes = [*called(graph), *(at for found in fits.values() for node in found for at in walk(node))]
        weights = {term.loss: term.weight for term in following(graph) if isinstance(term.weight, Use)}
        augments = graph.augments.items()
        self.lines.append("")
        if stage is not None:
            self.lines += [f"{name}.{'eval' if name in graph.frozen else 'train'}()" for name in graph.networks]
        self.space("losses", {term.loss: pen.component(term.use, term.path) for term in graph.terms})
        self.space("augments", {name: pen.component(use, ("augments", name)) for name, use in augments})
        self.space("weights", {name: pen.component(use, ("losses", name, "weight")) for name, use in weights.items()})
        self.space("parts", {name: self.part(use.words["at"]) for name, use in weights.items()})
        self.space("operations", {name: self.operation(name) for name in operations_of(nodes)})
        self.space("players", {name: self.player(game, index, name) for name in graph.players})
        if graph.together is not None:
            order = pen.component(graph.together, ("train", "order"))
            self.set("joint", call(pen.of(Table), f"{pen.builtin('vars')}(players)", order))
        self.now(game, stage, program)
        texts = [fitting(graph, name, found) for name, found in fits.items()]
        for source in (program.source, *(source for _, source in texts)):
            pen.spoken(source)
            self.lines += ["", "", source.rstrip()]
        if stage is not None:
            self.lines.append("")
            self.entry(stage, dict(zip(fits, (name for name, _ in texts), strict=True)))

    def part(self, at: str) -> str:
        """The parameters by which a weight follows gradients."""
        return f"{self.pen.of(pieces.part)}({self.own['networks']}, {at!r})"

    def operation(self, name: str) -> str:
        """An operation."""
        return f"{self.pen.of(plugins().find('operation', name))}()"

    def player(self, game: Spec, index: int, name: str) -> Bracket:
        """A player; parameters that no loss reaches are none of its own."""
        pen, player = self.pen, game.graph.players[name]
        more: dict[str, Expression] = {}
        if idle := [key for key in sorted(self.checked.stages[index].idle) if key.partition(".")[0] in player.networks]:
            more["idle"] = call(pen.builtin("frozenset"), Bracket("{", [("", repr(key)) for key in idle], "}"))
        if game.train.precision == "bf16":
            more["autocast"] = f"({self.own['DEVICE']}.type, {pen.imported('torch')}.bfloat16)"
        if (rate := apart_rate(game.graph, name)) != 1:
            more["rate"] = repr(rate)
        networks = table({network: network for network in player.networks})
        optimizer = pen.component(player.optimizer, ("players", name, "optimizer"))
        return call(pen.of(Player), repr(name), networks, optimizer, **more)

    def now(self, game: Spec, stage: Stage | None, program: Program) -> None:
        """The moment: sources, counts and moving numbers."""
        graph, pen, own, batch = game.graph, self.pen, self.own, game.train.batch
        partial = pen.imported("functools", "partial")
        if game.data is not self.checked.spec.data:
            self.set(own["data"], self.data(game))
        seed = own["SEED"] if stage is None else f"{pen.of(seed_of)}({own['SEED']}, 'stage', {stage.name!r})"
        self.set(own["streams"], f"{pen.of(Streams)}({seed}, {own['DEVICE']})")
        fed = f"{pen.of(Feeder)}(name, rows, {batch}, {own['streams']}.seed)"
        fields = (outline(game).fields or {}) if graph.latents else {}
        latents = {name: pen.component(use, ("latents", name), like=fields.get(words_of(use).get("like", "")))
                   for name, use in graph.latents.items()}  # fmt: skip
        numbers = {name: pen.component(use, tuple(name.split("."))) for name, use in graph.numbers.items()}
        more: dict[str, Expression] = {}
        if graph.observers:
            more["observers"] = table({name: repr(observer.every) for name, observer in graph.observers.items()})
        if gates := sorted(gating(graph)):
            more["gating"] = Bracket("{", [("", repr(label)) for label in gates], "}")
        found = call(
            pen.of(Now),
            feeders=f"{{name: {fed} for name, rows in {own['data']}.items()}}",
            latents=table(latents), streams=own["streams"],
            counts=call(pen.of(Counts), batches=str(len(program.segments)),
                        turns=str(sum(len(segment.turns) for segment in program.segments))),
            numbers=table(numbers), batch=str(batch),
            place=call(partial, pen.of(pieces.placed), device=own["DEVICE"], **self.format()), **more,
        )  # fmt: skip
        self.set("now", found)

    def entry(self, stage: Stage, fits: Mapping[str, str]) -> None:
        """What a stage does before its first step."""
        pen, networks = self.pen, self.own["networks"]
        for target, source in stage.copies.items():
            self.lines.append(f"{pen.of(pieces.copy)}({networks}, {target!r}, {source!r})")
        for layer, rows in fits.items():
            self.lines.append(f"{layer}.fit({pen.of(pieces.everywhere)}({rows}, {networks}, now))")
        forgotten = stage.reset_optimizer
        mine, old = f"{pen.builtin('vars')}(players)", self.own["before"]
        self.lines.append(f"{pen.of(pieces.take_over)}({mine}, {old}, {forgotten!r})")

    # playing

    def play(self, stages: Sequence[str]) -> None:
        """The program: some steps, or some of every stage."""
        pen, main = self.pen, self.own["main"]
        loop = [
            f"for _ in {pen.builtin('range')}(steps):",
            f"    losses = {pen.of(pieces.play_once)}(step, now, {self.own['SEED']})",
            f"    {pen.builtin('print')}(now.step, {{name: loss.item() for name, loss in losses.items()}})",
        ]
        if stages:
            loop = [
                "players = {}",
                f"for stage in [{', '.join(stages)}]:",
                "    step, now, players = stage(players)",
                f"    {pen.builtin('print')}(stage.__name__)",
                *("    " + line for line in loop),
            ]
        says = f'"""Play {"steps of every stage" if stages else "some steps"} and print the losses of each."""'
        self.lines += ["", "", f"def {main}(steps={STEPS}):", f"    {says}", *("    " + line for line in loop)]
        argv = f"{pen.imported('sys')}.argv"
        given = f"{pen.builtin('int')}({argv}[1]) if {pen.builtin('len')}({argv}) > 1 else {STEPS}"
        self.lines += ["", "", 'if __name__ == "__main__":', f"    {main}({given})"]
