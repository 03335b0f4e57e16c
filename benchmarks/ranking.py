"""What every metric sees and misses: real Fashion-MNIST against itself, and against images spoiled in known ways.

python benchmarks/ranking.py               # measure all, write docs/results/metrics.md and its record in data/
python benchmarks/ranking.py --only kid    # measure these again, keep the rest
python benchmarks/ranking.py --page        # only rewrite the page

Nothing is trained but what metrics train themselves. The training images are dealt into disjoint halves, real and fake,
several times over; every fake half is spoiled in every way. How unspoiled halves differ from deal to deal is noise.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from math import inf, isfinite, isnan
from statistics import fmean, stdev
from time import perf_counter, process_time
from typing import Any

import torch
from attrs import frozen
from results import RESULTS, commit, table
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample

from rivalry.interfaces import Dataset, Features, Metric, Score
from rivalry.plugins import plugins
from rivalry.signature import parameters
from rivalry_zoo.datasets.fashion_mnist import FashionMNIST

RECORD = RESULTS / "data" / "ranking.json"
SIZE, SIDE, DEALS, SEED = 28, 400, 6, 0
SEEN = 3.0
"""Standard deviations of real against real, in the worse direction, from which a metric sees something."""
FEATURES = ("judge", "alexnet", "pixels")
SEEN_AT = 64
"""Pixels a side at which networks for photographs see the images; their own size is too small for them."""
PATIENCE = 5.0
BASE, HELD_OUT = "the real half", "held out"
NONE = Score(float("nan"))
COMPUTABLE = {"labels", "real_labels", "held_out", "held_out_labels"}


@frozen
class Deal:
    """One deal: a real and a fake half, all other training images, and images that nothing was trained on."""

    real: tuple[Tensor, Tensor]
    fake: tuple[Tensor, Tensor]
    rest: tuple[Tensor, Tensor]
    held_out: tuple[Tensor, Tensor]
    draw: torch.Generator


Spoiled = tuple[Tensor, Tensor]
"""Images [N, 1, s, s] and the labels that they are said to be made for [N]."""


def deals(n: int = SIDE, many: int = DEALS, seed: int = SEED) -> list[Deal]:
    """Halves of n images that share none, within a deal and between deals."""
    train, test = FashionMNIST(size=SIZE), FashionMNIST(size=SIZE, split="test")
    draw = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(train), generator=draw)
    if 2 * n * many > len(order):
        raise ValueError(f"{many} deals of two halves of {n} want {2 * n * many} images, got {len(order)}")

    def rows(dataset: Dataset, indices: Tensor) -> Spoiled:
        batch = dataset.batch(indices)
        return batch["x"], batch["label"]

    found = []
    for part in order[: 2 * n * many].split(2 * n):
        real, fake = part.split(n)
        rest = order[~torch.isin(order, real)]
        unseen = torch.randperm(len(test), generator=draw)[:n]
        own = torch.Generator().manual_seed(int(part[0]))
        found.append(Deal(rows(train, real), rows(train, fake), rows(train, rest), rows(test, unseen), own))
    return found


def blurred(sigma: float) -> Callable[[Deal], Spoiled]:
    """A Gaussian of that many pixels."""

    def spoil(deal: Deal) -> Spoiled:
        images, labels = deal.fake
        reach = torch.arange(-round(3 * sigma + 1), round(3 * sigma + 1) + 1.0)
        weights = torch.exp(-0.5 * (reach / sigma) ** 2)
        weights = weights / weights.sum()
        size = len(reach) // 2
        padded = torch.nn.functional.pad(images, [size] * 4, mode="replicate")
        rows = torch.nn.functional.conv2d(padded, weights.view(1, 1, 1, -1))
        return torch.nn.functional.conv2d(rows, weights.view(1, 1, -1, 1)), labels

    return spoil


def noisy(deviation: float) -> Callable[[Deal], Spoiled]:
    """Gaussian noise of that deviation, of a range of 2."""

    def spoil(deal: Deal) -> Spoiled:
        images, labels = deal.fake
        return (images + deviation * torch.randn(images.shape, generator=deal.draw)).clamp(-1, 1), labels

    return spoil


def only(classes: int) -> Callable[[Deal], Spoiled]:
    """Nothing but the first classes, from all training images that are not in the real half."""

    def spoil(deal: Deal) -> Spoiled:
        images, labels = deal.rest
        rows = (labels < classes).nonzero()[:, 0]
        rows = rows[torch.randperm(len(rows), generator=deal.draw)][: len(deal.fake[0])]
        return images[rows], labels[rows]

    return spoil


def repeated(deal: Deal) -> Spoiled:
    """Twenty images, each as often as the others."""
    rows = torch.arange(len(deal.fake[0])) % 20
    return deal.fake[0][rows], deal.fake[1][rows]


def memorised(deal: Deal) -> Spoiled:
    """The real half itself, in another order."""
    rows = torch.randperm(len(deal.real[0]), generator=deal.draw)
    return deal.real[0][rows], deal.real[1][rows]


def moved(degrees: float = 0.0, pixels: float = 0.0) -> Callable[[Deal], Spoiled]:
    """Turned about the centre and pushed to the right, on a background of black."""

    def spoil(deal: Deal) -> Spoiled:
        images, labels = deal.fake
        angle = torch.tensor(degrees).deg2rad()
        matrix = torch.tensor([[angle.cos(), -angle.sin(), -2 * pixels / SIZE], [angle.sin(), angle.cos(), 0.0]])
        grid = affine_grid(matrix.expand(len(images), 2, 3), list(images.shape), align_corners=False)
        return grid_sample(images + 1, grid, align_corners=False) - 1, labels

    return spoil


def relit(contrast: float = 1.0, brightness: float = 0.0) -> Callable[[Deal], Spoiled]:
    """Grey values times one number plus another, as far as the range goes."""
    return lambda deal: ((contrast * deal.fake[0] + brightness).clamp(-1, 1), deal.fake[1])


def mislabelled(deal: Deal) -> Spoiled:
    """Unspoiled images, said to be made for the labels of others."""
    return deal.fake[0], deal.fake[1][torch.randperm(len(deal.fake[1]), generator=deal.draw)]


REAL = "real"
WAYS: dict[str, tuple[str, Callable[[Deal], Spoiled]]] = {
    REAL: ("other real images", lambda deal: deal.fake),
    "blur": ("a Gaussian blur of 0.7 pixels", blurred(0.7)),
    "strong blur": ("of 2 pixels", blurred(2.0)),
    "noise": ("Gaussian noise of a twentieth of the range", noisy(0.1)),
    "strong noise": ("of a quarter of the range", noisy(0.5)),
    "shift": ("all images 2 pixels to the right", moved(pixels=2)),
    "rotation": ("all images turned by 10 degrees", moved(degrees=10)),
    "brighter": ("a tenth of the range brighter", relit(brightness=0.2)),
    "flat": ("six tenths of the contrast", relit(contrast=0.6, brightness=-0.4)),
    "half the classes": ("five of ten classes", only(5)),
    "one class": ("one of ten classes", only(1)),
    "duplicates": ("20 real images, each 20 times", repeated),
    "memorised": ("the very images that the fakes are compared with", memorised),
    "wrong labels": ("real images, said to be of other classes", mislabelled),
}
"""Ways to spoil images: name -> words, what it does."""

STRENGTHS = (("blur", "strong blur"), ("noise", "strong noise"), ("half the classes", "one class"))


@frozen
class Case:
    """A metric through one extractor."""

    name: str
    metric: Metric
    through: str

    @property
    def title(self) -> str:
        """What it is called here."""
        return f"{self.name} through {self.through}"


def cases(names: Sequence[str] = FEATURES, n: int = SIDE) -> tuple[list[Case], dict[str, str]]:
    """Every installed metric that can be computed from features of real and fake images and their labels, and why the
    others are left out. One that looks through something of its own, as at texts or pictures, does so here too.
    """
    known = plugins().table()
    extractors = {name: extractor(known["features"][name][0]) for name in names}
    found, left = [], {}
    wholes = {part: name for name, (metric, _) in known["metric"].items() for part in metric.parts}
    for name, (metric, _) in sorted(known["metric"].items()):
        taken = parameters(metric)
        if name in wholes:
            left[name] = f"is a part of {wholes[name]}"
        elif lacking := [need for need in metric.needs if need not in COMPUTABLE]:
            left[name] = f"needs {' and '.join(lacking)}"
        elif given := [key for key, parameter in taken.items() if parameter.given]:
            left[name] = f"needs data of known {' and '.join(given)}"
        else:
            own = None if "features" in taken and taken["features"].required else metric(samples=n)
            if own is not None and own.features.name != "pixels":
                if own.features.name in extractors and "features" in taken:
                    own = metric(features=extractors[own.features.name], samples=n)
                found.append(Case(name, own, own.features.name))
                continue
            for through, features in extractors.items() if "features" in taken else ():
                try:
                    found.append(Case(name, metric(features=features, samples=n), through))
                except ValueError as error:
                    left[f"{name} through {through}"] = str(error)
    return found, left


def extractor(features: type[Features]) -> Features:
    """Features with their usual settings, at `SEEN_AT` where they resize."""
    return features(**({"side": SEEN_AT} if "side" in parameters(features) else {}))


def measured(
    chosen: Sequence[Case],
    dealt: Sequence[Deal],
    left: dict[str, str],
    ways: Sequence[str] = tuple(WAYS),
    patience: float = PATIENCE,
) -> dict[str, Any]:
    """Every case on every spoiled half of every deal. What cannot look at real images, or takes more than `patience`
    seconds of a processor to, is noted in `left`.
    """
    entries: dict[str, Any] = {}
    at = commit()
    prints: dict[int, str] = {}
    for number, deal in enumerate(dealt):
        halves = {way: WAYS[way][1](deal) for way in ways}
        looks: dict[int, dict[str, Tensor]] = {}
        for case in (case for case in chosen if case.title not in left):
            features, started = case.metric.features, process_time()
            try:
                if id(features) not in prints:
                    prints[id(features)] = features.prepare(FashionMNIST(size=SIZE), torch.device("cpu"))
                if id(features) not in looks:
                    looks[id(features)] = seen_through(features, deal, halves)
                seen, started = looks[id(features)], process_time()
                compared(case, seen, deal, REAL, halves[REAL][1])
            except ValueError as error:
                left[case.title] = str(error)
                continue
            if number == 0 and (seconds := process_time() - started) > patience:
                left[case.title] = (
                    f"takes {seconds:.1f} seconds a comparison, and the run had a patience of {patience:g}"
                )
                continue
            for way in ways:
                for part, score in compared(case, seen, deal, way, halves[way][1], refuse=True).items():
                    title = f"{case.name}{part and '.' + part} through {case.through}"
                    blank = {
                        "metric": case.name, "through": case.through, "fingerprint": prints[id(features)],
                        "title": title, "better": case.metric.direction, "commit": at, "values": {},
                    }  # fmt: skip
                    entries.setdefault(title, blank)["values"].setdefault(way, []).append(score.value)
        print(f"deal {number + 1} of {len(dealt)}", file=sys.stderr)
    return entries


@torch.no_grad()
def seen_through(features: Features, deal: Deal, halves: Mapping[str, Spoiled]) -> dict[str, Tensor]:
    """What an extractor sees of a deal: the real half, held-out images, and every spoiled half by its name."""
    images = {BASE: deal.real[0], HELD_OUT: deal.held_out[0], **{way: half[0] for way, half in halves.items()}}
    return {name: features(some) for name, some in images.items()}


def compared(
    case: Case, seen: Mapping[str, Tensor], deal: Deal, way: str, labels: Tensor, refuse: bool = False
) -> Mapping[str, Score]:
    """A metric's numbers by part ("" where it has none) of one spoiled half; nan where it may `refuse` and does."""
    offered = {
        "labels": labels, "real_labels": deal.real[1],
        "held_out": seen[HELD_OUT], "held_out_labels": deal.held_out[1],
    }  # fmt: skip
    try:
        found = case.metric.compute(seen[BASE], seen[way], **{need: offered[need] for need in case.metric.needs})
    except ValueError:
        if not refuse:
            raise
        return dict.fromkeys(case.metric.parts or ("",), NONE)
    return {"": found} if isinstance(found, Score) else found


def worse_by(entry: Mapping[str, Any], way: str) -> float:
    """How much worse than real images spoiled ones are found, in standard deviations of real against real."""
    real, other = entry["values"][REAL], entry["values"][way]
    if any(isnan(value) for value in other):
        return float("nan")
    gap = fmean(other) - fmean(real) if all(map(isfinite, other)) else next(v for v in other if not isfinite(v))
    gap *= -1 if entry["better"] == "higher" else 1
    noise = stdev(real)
    return gap / noise if noise > 0 else (gap and gap * inf)


def sees(entry: Mapping[str, Any], way: str) -> str:
    """`seen`, `missed`, `fooled` (better than real images), or `refused`."""
    gap = worse_by(entry, way)
    if isnan(gap):
        return "refused"
    return "seen" if gap > SEEN else "fooled" if gap < -SEEN else "missed"


def in_order(entry: Mapping[str, Any]) -> list[str]:
    """The pairs of a weak and a strong way of which the strong one is not found worse than the weak one, and that not
    worse than real images.
    """
    wrong = []
    for weak, strong in STRENGTHS:
        first, second = worse_by(entry, weak), worse_by(entry, strong)
        if not 0 < first < second:
            wrong.append(strong)
    return wrong


def told(entry: Mapping[str, Any]) -> str:
    """What the metric sees and misses, in a sentence."""
    found: dict[str, list[str]] = {}
    for way in WAYS:
        if way != REAL and way in entry["values"]:
            found.setdefault(sees(entry, way), []).append(way)
    words = {
        "seen": "sees {}", "missed": "misses {}", "fooled": "takes {} for better than real", "refused": "refuses {}",
    }  # fmt: skip
    said = [text.format(listed(found[key])) for key, text in words.items() if key in found]
    return f"`{entry['title']}` " + "; ".join(said) + "."


def listed(names: Sequence[str]) -> str:
    """a, b and c."""
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def cell(entry: Mapping[str, Any], way: str) -> str:
    """A gap as the page shows it: bold where seen, in italics where the metric is fooled."""
    if way not in entry["values"]:
        return ""
    gap = worse_by(entry, way)
    digits = ".1f" if abs(gap) < 9.95 else ".0f" if abs(gap) < 1e4 else ".0e"
    text = "-" if isnan(gap) else "0" if abs(gap) < 0.05 else f"{gap:+{digits}}"
    return {"seen": f"**{text}**", "fooled": f"*{text}*"}.get(sees(entry, way), text)


PAGE = """# What each metric sees and misses

Generated by `{command}` from `docs/results/data/ranking.json`; nothing here is typed by hand. Commit {commit}, seed
{seed}, {threads} thread(s), {seconds:.0f} seconds.

Fashion-MNIST at {size} x {size}: {side} images on each side, and no generator. {deals} times, two halves that share no
image are dealt, real and fake, and the fake half is spoiled:

{ways}

A cell says how much *worse* than real images the metric finds the spoiled ones, in standard deviations of real against
real over the {deals} deals: the noise that a difference has to rise above. Above {seen:g}, in **bold**, the metric
*sees* it; below -{seen:g}, in *italics*, it takes it for better than real; between, it *misses* it. What is missed may
be seen with more images. *Real* is the mean and deviation of real against real: the best value that a generator can
honestly have with so many images, whatever the metric's direction says. Held-out images are {side} of the test split.

The `judge` is a classifier of the same training images, so it has seen what stands for fake here; a generator's images
it has not. `alexnet` is a classifier of photographs, which knows nothing of these images; it sees them at
{seen_at} x {seen_at}.

## Who sees what

{who}

## Order

{order}

{tables}

## In words

{words}

## Left out

{left}
"""


def page(record: Mapping[str, Any]) -> str:
    """The page, from the record."""
    entries = list(record["values"].values())
    others = [way for way in WAYS if way != REAL]
    who = []
    for way in others:
        known = [entry for entry in entries if way in entry["values"]]
        seeing, fooled = ([f"`{e['title']}`" for e in known if sees(e, way) == what] for what in ("seen", "fooled"))
        who.append([way, f"{len(seeing)} of {len(known)}", ", ".join(fooled) or "none"])
    tables = []
    for through in dict.fromkeys(entry["through"] for entry in entries):
        rows = [
            [f"`{entry['title'].removesuffix(f' through {through}')}`", entry["better"], anchor(entry)]
            + [cell(entry, way) for way in others]
            for entry in entries
            if entry["through"] == through
        ]
        tables.append(f"## Through {through}\n\n" + table(["metric", "better", "real", *others], rows))
    wrong = {entry["title"]: in_order(entry) for entry in entries if len(entry["values"]) == len(WAYS)}
    order = (
        "A strong blur or noise should be found worse than a weak one, one class worse than five, and the weak one "
        f"worse than real images. {sum(not some for some in wrong.values())} of {len(wrong)} numbers have all three "
        "orders right. "
    )
    order += "The others fail at: " * any(wrong.values())
    order += "; ".join(f"`{title}` {listed(some)}" for title, some in wrong.items() if some)
    left = [f"- `{name}`: {reason}" for name, reason in sorted(record["left_out"].items())]
    return PAGE.format(
        **{key: record[key] for key in ("command", "seed", "threads", "seconds", "size", "side", "deals")},
        seen=SEEN,
        seen_at=SEEN_AT,
        commit=", ".join(dict.fromkeys(entry["commit"] for entry in entries)),
        ways=table(["name", "what it is"], [[name, words] for name, (words, _) in WAYS.items()]),
        who=table(["", "seen by", "taken for better than real by"], who),
        order=order,
        tables="\n\n".join(tables),
        words="\n".join(f"- {told(entry)}" for entry in entries),
        left="\n".join(left) or "Nothing.",
    )


def anchor(entry: Mapping[str, Any]) -> str:
    """Real against real."""
    real = entry["values"][REAL]
    return f"{fmean(real):.4g} +- {stdev(real):.2g}"


def record(options: Any, kept: dict[str, Any] | None) -> dict[str, Any]:
    """Measure what is asked for; with --only or --through, beside what was kept of a run of the same size."""
    torch.set_num_threads(options.threads)
    started = perf_counter()
    chosen, left = cases(options.through or FEATURES, options.samples)
    chosen = [case for case in chosen if not options.only or case.name in options.only]
    values = measured(chosen, deals(options.samples, options.deals), left, patience=options.patience)
    seconds = perf_counter() - started
    if kept is not None and (options.only or options.through) and sized(kept) == (options.samples, options.deals):
        known = plugins().table()["metric"].keys() - left.keys()
        old = {title: entry for title, entry in kept["values"].items() if entry["metric"] in known}
        values = dict(sorted({**old, **values}.items()))
        seen = {f"{entry['metric']} through {entry['through']}" for entry in values.values()}
        left = {name: why for name, why in {**kept["left_out"], **left}.items() if name not in seen}
        seconds += kept["seconds"]
    size = [f"--samples {options.samples}"] * (options.samples != SIDE)
    size += [f"--deals {options.deals}"] * (options.deals != DEALS)
    size += [f"--patience {options.patience:g}"] * (options.patience != PATIENCE)
    return {
        "command": " ".join(["python benchmarks/ranking.py", *size]),
        "seed": SEED,
        "threads": options.threads,
        "seconds": round(seconds, 1),
        "size": SIZE,
        "side": options.samples,
        "deals": options.deals,
        "left_out": left,
        "values": values,
    }


def sized(kept: Mapping[str, Any]) -> tuple[int, int]:
    """Images a side and deals of a record."""
    return kept["side"], kept["deals"]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", default=[], metavar="METRIC")
    parser.add_argument("--through", action="append", default=[], metavar="FEATURES", help="(judge, alexnet, pixels)")
    parser.add_argument(
        "--patience", type=float, default=PATIENCE, help=f"seconds a comparison may take ({PATIENCE:g})"
    )
    parser.add_argument("--samples", type=int, default=SIDE, help=f"images a side ({SIDE})")
    parser.add_argument("--deals", type=int, default=DEALS, help=f"({DEALS})")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--page", action="store_true")
    options = parser.parse_args()
    kept = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.is_file() else None
    if not options.page:
        kept = record(options, kept)
        RECORD.parent.mkdir(parents=True, exist_ok=True)
        RECORD.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    if kept is None:
        sys.exit(f"there is no {RECORD}: run without --page first")
    (RESULTS / "metrics.md").write_text(page(kept), encoding="utf-8")


if __name__ == "__main__":
    main()
