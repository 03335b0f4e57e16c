"""Every objective with what it needs, on the ring of eight Gaussians; twelve of them under three seeds, and on a grid.

python benchmarks/objectives.py --budget 60m    # train what has no record yet, rewrite docs/results/objectives.md
python benchmarks/objectives.py --only hinge --only wgan_gp
python benchmarks/objectives.py --list          # what there is to run, and what has run
python benchmarks/objectives.py --check         # every case's spec, without training
python benchmarks/objectives.py --page          # only rewrite the page

A record is a line of docs/results/data/objectives.jsonl and is never made twice. Each case is the shipped spec `ring`
with a few words changed (CASES); all train for the same number of generator steps, and their rates fall to zero.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, perf_counter
from typing import Any

import torch
from attrs import field, frozen
from results import RESULTS, commit, number, table

from rivalry import Spec, check, train
from rivalry.pictures import make_scatter
from rivalry_zoo.blocks.known_modes import high_quality_counts
from rivalry_zoo.metrics.mode_kl import reverse_kl
from rivalry_zoo.metrics.mode_quality import high_quality_fraction

RECORDS = RESULTS / "data" / "objectives.jsonl"
PICTURES = RESULTS / "objectives"
STEPS, SAMPLES, SIDE = 6_000, 2_500, 260
SEEDS = (0, 1, 2)
DATA = {"ring": "ring", "grid": "grid"}


@frozen
class Case:
    """One game: what it changes in the spec `ring`, and what its paper says of missing modes."""

    name: str
    says: str
    change: dict[str, Any] = field(factory=dict)
    often: bool = False
    """Whether it runs under three seeds and on the grid too."""


def game(objective: Any, judge: str = "D", losses: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """The spec `ring` under another objective; r1 with weight 0.1 stays unless `losses` says otherwise."""
    return {"losses": {"game": {"objective": objective, "judge": judge}, **(losses or {})}, **more}


def falling(rate: float) -> dict[str, Any]:
    """A learning rate that falls to zero over the run."""
    return {"use": "linear", "start": rate, "end": 0, "over": STEPS}


def plain() -> dict[str, Any]:
    """The players of `ring`."""
    rule = {"use": "adam", "lr": falling(1e-3), "betas": [0, 0.9]}
    return {"discriminator": {"optimizer": rule}, "generator": {"optimizer": rule}}


def clipped(limit: float) -> dict[str, Any]:
    """A discriminator with clipped weights."""
    inner = {"use": "rmsprop", "lr": falling(5e-4)}
    return {**plain(), "discriminator": {"optimizer": {"use": "weight_clip", "limit": limit, "optimizer": inner}}}


ENERGY = "-square(D(_))"
"""An energy U = D(x)^2 in place of an autoencoder's, which would take images."""
THREE = {"order": ["discriminator * 3", "generator"]}
ALONE: dict[str, Any] = {"penalty": None}
QUIET = "nothing on missed modes"


def penalised(weight: float, **words: Any) -> dict[str, Any]:
    """A gradient penalty in place of r1."""
    return {"penalty": {"penalty": {"use": "gradient", **words}, "of": "game", "weight": weight}}


CASES = [
    Case(
        "minimax",
        "names the failure: the generator maps too many z to one x (the Helvetica scenario)",
        game("minimax"),
        often=True,
    ),
    Case(
        "non_saturating",
        "as minimax; with r1, local convergence is proved (Mescheder et al. 2018)",
        game("non_saturating"),
        often=True,
    ),
    Case("hinge", "proves convergence to a Nash equilibrium and claims superior results", game("hinge"), often=True),
    Case("lsgan", "learns a ring of eight Gaussians on which the plain game drops modes", game("lsgan"), often=True),
    Case(
        "wgan",
        "saw no mode collapse; calls its clipping a clearly terrible way to enforce a Lipschitz constraint",
        game("wasserstein", losses=ALONE, players=clipped(0.05), train=THREE),
        often=True,
    ),
    Case(
        "wgan_gp",
        "shows critics of this ring and the grid: clipped ones see only the coarsest differences, penalised ones all",
        game("wasserstein", losses=penalised(1), train=THREE),
        often=True,
    ),
    Case(
        "dragan",
        "blames missed modes on sharp gradients around the data, and claims to avoid them",
        game("non_saturating", losses=penalised(1, at="perturbed")),
        often=True,
    ),
    Case(
        "relativistic",
        "with r1 and r2 (R3GAN) proves local convergence and covers all 1,000 modes of stacked MNIST",
        game("relativistic", losses={"fake_penalty": {"penalty": "r2", "of": "game", "weight": 0.1}}),
        often=True,
    ),
    Case("mmd", QUIET, game({"use": "mmd", "scores": 8}), often=True),
    Case("gan_qp", QUIET, game("gan_qp", losses=ALONE), often=True),
    Case(
        "ebgan",
        "adds pull_away against samples that gather in one or few modes; it is left out here",
        game({"use": "ebgan", "margin": 1}, ENERGY),
        often=True,
    ),
    Case("f_divergence_kl", QUIET, game({"use": "f_divergence", "divergence": "kl"}), often=True),
    Case(
        "non_saturating_alone",
        "without any penalty; Metz et al. 2017 (unrolled GANs) show it hop from mode to mode of this ring",
        game("non_saturating", losses=ALONE),
    ),
    Case("logit", "says that this divergence, KL(q, p), hardly charges for dropped modes", game("logit")),
    Case("boundary_seeking", QUIET, game("boundary_seeking")),
    Case("softmax", "claims more stable training; " + QUIET, game("softmax")),
    Case("dual_space_kl", QUIET, game({"use": "dual_space", "pair": "kl"})),
    Case("dual_space_least_squares", QUIET, game({"use": "dual_space", "pair": "least_squares"})),
    Case(
        "relativistic_average",
        "claims more stable training; " + QUIET,
        game({"use": "relativistic", "pairing": "average"}),
    ),
    Case("label_smoothing", QUIET, game({"use": "label_smoothing", "objective": "non_saturating"})),
    Case("mirrored", QUIET + "; here nobody trains upstream of the data", game("mirrored")),
    Case(
        "wgan_div",
        "claims less sensitivity to settings than a penalty at target 1; " + QUIET,
        game("wasserstein", losses=penalised(2, target=0, exponent=6), train=THREE),
    ),
    Case("c_transform", "finds that closer to W1 need not mean better samples", game("c_transform", losses=ALONE)),
    Case("loss_sensitive", QUIET, game({"use": "loss_sensitive", "scale": 1}, ENERGY)),
    Case(
        "mcgan",
        "matches a few moments on purpose: laws that share them are not told apart",
        game({"use": "mcgan", "match": "both", "scores": 16}, losses=ALONE, players=clipped(0.05), train=THREE),
    ),
    Case(
        "fisher",
        "claims stable training without clipping; " + QUIET,
        game(
            {
                "use": "fisher",
                "rho": 0.1,
                "multiplier": {
                    "use": "dual_ascent",
                    "observe": "0.5 * square(D(x)) + 0.5 * square(D(fake))",
                    "target": 1,
                    "rate": 0.1,
                    "constraint": "equal",
                },
            },
            losses=ALONE,
            train=THREE,
        ),
    ),
    Case(
        "began",
        "trades diversity for quality by gamma, and sees modes missing at small ones",
        game(
            {"use": "began", "balance": "k"},
            ENERGY,
            losses=ALONE,
            flow={"u_real": "square(D(x))", "u_fake": "square(D(fake))"},
            schedules={
                "k": {"use": "proportional_control", "observe": "0.7 * u_real - u_fake", "gain": 0.01},
            },
        ),
    ),
    Case(
        "magan",
        "claims that a margin that falls keeps training stable; " + QUIET,
        game(
            {"use": "ebgan", "margin": "m"},
            ENERGY,
            flow={"u_real": "square(D(x))", "u_fake": "square(D(fake))"},
            schedules={"m": {"use": "margin_adaptation", "observe": ["u_real", "u_fake"], "epoch": 200}},
        ),
    ),
    Case(
        "meg",
        "with its entropy covers all 1,000 modes of stacked MNIST",
        game(
            "wasserstein",
            discriminators={"T": {"use": "mlp", "width": 128, "layers": 3}},
            losses={
                "entropy": {
                    "use": "joint_information",
                    "of": ["T(fake, z)", "T(fake, shuffle(z))"],
                    "trains": ["G", "T"],
                },
                "penalty": {"penalty": "r1", "of": "game", "weight": 1},
            },
        ),
    ),
]


@frozen
class Run:
    """One training run."""

    case: Case
    data: str
    seed: int

    @property
    def key(self) -> tuple[str, str, int]:
        """What tells it from others."""
        return self.case.name, self.data, self.seed

    @property
    def picture(self) -> Path:
        """Where its samples are drawn."""
        return PICTURES / ("_".join(map(str, self.key)) + ".png")


def runs() -> Iterator[Run]:
    """Every run, the ring under one seed first."""
    yield from (Run(case, "ring", SEEDS[0]) for case in CASES)
    often = [case for case in CASES if case.often]
    yield from (Run(case, "ring", seed) for seed in SEEDS[1:] for case in often)
    yield from (Run(case, "grid", seed) for seed in SEEDS for case in often)


def spec_of(run: Run, steps: int) -> Spec:
    """The whole spec of a run."""
    change = {"extends": "ring", "data": run.data, "players": plain(), "metrics": None, **run.case.change}

    def over(found: dict[str, Any]) -> dict[str, Any]:
        return {**found, "over": steps} if found.get("over") == STEPS else found

    ends = ["train.device=cpu", *(f"train.{word}={steps}" for word in ("steps", "sample_every", "checkpoint_every"))]
    return Spec.load(json.loads(json.dumps(change), object_hook=over), [*ends, f"train.seed={run.seed}"])


def measured(run: Run, steps: int) -> dict[str, Any]:
    """Train, measure, draw."""
    torch.set_num_threads(1)
    start, values, problem = perf_counter(), {}, None
    with tempfile.TemporaryDirectory() as folder:
        done = train(spec_of(run, steps), out=Path(folder) / run.case.name, quiet=True)
        seconds = perf_counter() - start
        modes, deviation = done.dataset.modes, done.dataset.deviation
        fake = done.sample(SAMPLES)
        if done.status == "interrupted":
            raise KeyboardInterrupt  # by a signal: that says nothing of the objective
        if done.status != "done":
            problem = f"{done.status}: {done.problem}"
        elif not bool(fake.isfinite().all()):
            problem = "its samples are not finite"
        else:
            counts = high_quality_counts(fake, modes, deviation)
            values = {
                "modes": int((counts > 0).sum()),
                "strict": int((counts >= SAMPLES / (10 * len(modes))).sum()),
                "high_quality": high_quality_fraction(fake, modes, deviation).value,
                "reverse_kl": reverse_kl(fake, modes).value,
            }
            PICTURES.mkdir(parents=True, exist_ok=True)
            picture = make_scatter(fake[:500], done.real(500), SIDE).quantize(16)
            picture.save(run.picture, optimize=True)
        of = len(modes)
    return {
        "name": run.case.name,
        "data": run.data,
        "commit": commit(),
        "command": f"python benchmarks/objectives.py --only {run.case.name} --steps {steps}",
        "seed": run.seed,
        "threads": 1,
        "seconds": round(seconds, 1),
        "steps": steps,
        "of": of,
        "values": values,
        "problem": problem,
    }


def records() -> dict[tuple[str, str, int], dict[str, Any]]:
    """The last record of every run."""
    lines = RECORDS.read_text(encoding="utf-8").splitlines() if RECORDS.is_file() else []
    return {(row["name"], row["data"], row["seed"]): row for row in map(json.loads, lines)}


PAGE = """# Objectives, trained

Generated by `python benchmarks/objectives.py` from `docs/results/data/objectives.jsonl`; nothing here is typed by hand.

Every objective plays on the eight Gaussians of `ring` with the same multilayer perceptrons, batch and number of
generator steps, and with the penalty, clipping or schedule that it needs; twelve of them also under three seeds and on
the 25 Gaussians of `grid`. A mode is *missed* if none of {samples:,} samples lies within three standard deviations of
it, and held *by a few samples* if fewer than a tenth of its fair share do. *High quality* is the part of the samples
that lie so near to any mode. *Reverse KL* is that of the samples' shares of the modes from equal shares, in nats.
Energies are squared scores of the perceptron, since the autoencoder takes images. What papers say
is paraphrased from abstracts and well-known experiments; the texts were not all read again for it.

{summary}

## The ring

{ring}

## The grid

{grids}

{missing}

## What the papers say

{papers}

## Pictures

Samples in colour on samples of the data in grey; the first seed.

{pictures}
"""


def verdict(row: dict[str, Any]) -> str:
    """Whether it covers every mode, in words."""
    if row["problem"]:
        return f"**fails**: {row['problem']}"
    left, thin = (row["of"] - row["values"][key] for key in ("modes", "strict"))
    if left == 0 and thin > 0:
        return f"**holds {thin} of {row['of']} by a few samples**"
    return "covers all" if left == 0 else f"**misses {left} of {row['of']}**"


def rows_of(data: str, known: dict[tuple[str, str, int], dict[str, Any]]) -> str:
    """The table of one data set; a seed is a line."""
    lines = []
    for run in sorted((run for run in runs() if run.data == data), key=lambda run: CASES.index(run.case)):
        row = known.get(run.key)
        if row is not None:
            values = [number(row["values"].get(key)) for key in VALUES]
            how = [f"{row['seconds']:.0f}", row["steps"], row["commit"]]
            lines.append([f"`{row['name']}`", row["seed"], verdict(row), *values, *how])
    head = ["game", "seed", "modes", "high quality", "reverse KL", "seconds", "steps", "commit"]
    return table(head, lines) if lines else "Nothing has run yet."


VALUES = ("high_quality", "reverse_kl")


def page() -> str:
    """The page, from the records."""
    known = records()
    every = list(runs())
    failing = [f"`{run.case.name}` ({run.data}, seed {run.seed})" for run in every if bad(known.get(run.key))]
    waiting = [f"`{run.case.name}` ({run.data}, seed {run.seed})" for run in every if run.key not in known]
    tiles = [
        f"![{run.case.name}](objectives/{run.picture.name}) `{run.case.name}`"
        for run in every
        if run.seed == SEEDS[0] and run.key in known and run.picture.is_file()
    ]
    ran = sum(run.key in known for run in every)
    told = f"{ran - len(failing)} of {ran} runs cover every mode."
    return PAGE.format(
        samples=SAMPLES,
        summary=told + (f" These do not: {', '.join(failing)}." if failing else ""),
        ring=rows_of("ring", known),
        grids=rows_of("grid", known),
        papers=table(["game", "its paper"], [[f"`{case.name}`", case.says] for case in CASES]),
        missing=f"Not run yet: {', '.join(waiting)}." if waiting else "",
        pictures="\n\n".join(tiles) or "None yet.",
    )


def bad(row: dict[str, Any] | None) -> bool:
    """Whether a run is there and missed a mode, or failed."""
    return row is not None and verdict(row) != "covers all"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--budget", default="60m", help="begin no run after this: 60m, 90s, 1h")
    parser.add_argument("--steps", type=int, default=STEPS, help=f"generator steps ({STEPS:,})")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", choices=[case.name for case in CASES])
    parser.add_argument("--part", default="0/1", metavar="I/N", help="of N processes at once, this is number I")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--page", action="store_true")
    options = parser.parse_args()
    part, parts = map(int, options.part.split("/"))
    chosen = [run for run in runs() if not options.only or run.case.name in options.only][part::parts]
    if options.check:
        for run in chosen:
            check(spec_of(run, options.steps))
        print(f"{len(chosen)} specs are right")
        return
    if options.list:
        known = records()
        for run in chosen:
            print(*run.key, verdict(known[run.key]) if run.key in known else "-")
        return
    deadline = monotonic() + seconds(options.budget)
    left = 0
    for run in [] if options.page else chosen:
        if run.key in records():
            continue
        if monotonic() >= deadline:
            left += 1
            continue
        row = measured(run, options.steps)
        RECORDS.parent.mkdir(parents=True, exist_ok=True)
        with RECORDS.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        print(*run.key, verdict(row), row["values"], f"{row['seconds']} s", flush=True)
        (RESULTS / "objectives.md").write_text(page(), encoding="utf-8")
    (RESULTS / "objectives.md").write_text(page(), encoding="utf-8")
    if left:
        print(f"not reached: {left} runs")


def seconds(text: str) -> float:
    """60m, 90s, 1h, or plain minutes."""
    units = {"s": 1, "m": 60, "h": 3600}
    try:
        return float(text.rstrip("smh")) * units[text[-1] if text[-1:] in units else "m"]
    except ValueError:
        sys.exit(f"a budget is like 60m, 90s or 1h, got '{text}'")


if __name__ == "__main__":
    main()
