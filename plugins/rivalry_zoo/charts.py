"""Line charts as inline SVG, without any library in the page."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from math import ceil, floor, isfinite, log10

Point = tuple[float, float]

WIDTH, HEIGHT = 720, 280
LEFT, RIGHT, TOP, BOTTOM = 62, 30, 12, 40
LINE_POINTS, HOVER_POINTS = 600, 80
COLOURS = 8
"""The page defines the classes .c0 ... .c7 (`stroke` and `fill`), so that a theme decides on colours."""

STYLE = """
.chart { width: 100%; height: auto; display: block; font: 12px system-ui, sans-serif; }
.chart text { fill: var(--soft); } .chart .grid { stroke: var(--line); } .chart .axis { stroke: var(--soft); }
.chart .line { fill: none; stroke-width: 1.6; stroke-linejoin: round; } .chart .dot { stroke: none; fill-opacity: 0; }
.chart .dot:hover { fill-opacity: 1; } .chart .only { fill-opacity: 1; }
""" + "\n".join(f".c{i} {{ stroke: var(--c{i}); fill: var(--c{i}); }}" for i in range(COLOURS))


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten apart) within [low, high]."""
    raw = (high - low) / about
    power = 10.0 ** floor(log10(raw))
    step = power * next(multiple for multiple in (1, 2, 5, 10) if multiple * power >= raw * 0.999)
    return [i * step for i in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]


def spell(value: float) -> str:
    """A number for people: 12,000 and 0.25, but 3e-07."""
    if value == int(value) and 1000 <= abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:.4g}"


def thin(points: Sequence[Point], most: int) -> list[Point]:
    """At most about `most` points that keep every peak and valley: of each stretch the lowest and the highest."""
    if len(points) <= most:
        return list(points)
    size = ceil(2 * len(points) / most)
    kept: list[Point] = []
    for start in range(0, len(points), size):
        stretch = points[start : start + size]
        known = [point for point in stretch if isfinite(point[1])]
        kept += sorted({min(known, key=lambda p: p[1]), max(known, key=lambda p: p[1])}) if known else stretch[:1]
    return kept


def _range(values: Sequence[float]) -> tuple[float, float]:
    """The values' range with some air; a few wild values do not flatten the rest (they leave the picture)."""
    ordered = sorted(values)
    low, high = ordered[0], ordered[-1]
    tail = len(ordered) // 50
    calm_low, calm_high = ordered[tail], ordered[-1 - tail]
    if calm_high > calm_low:
        low, high = max(low, 2 * calm_low - calm_high), min(high, 2 * calm_high - calm_low)
    air = (high - low) * 0.05 or abs(high) * 0.1 or 1.0
    return low - air, high + air


def _runs(points: Iterable[Point]) -> list[list[Point]]:
    """Unbroken stretches of finite values."""
    runs: list[list[Point]] = [[]]
    for point in points:
        if isfinite(point[1]):
            runs[-1].append(point)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def line_chart(series: Mapping[str, Sequence[Point]], x_label: str = "step", name: str = "chart") -> str:
    """An SVG element with one line per series of (x, y); values that are not finite interrupt their line.

    `name` must be unique within the page. Axes, round ticks, a legend, and a title on every line and on some of its
    points, which browsers show when the pointer rests there.
    """
    finite = [point for points in series.values() for point in points if isfinite(point[1])]
    if not finite:
        return '<p class="empty">Nothing to draw yet.</p>'
    first, last = min(x for x, _ in finite), max(x for x, _ in finite)
    last = last if last > first else first + 1
    low, high = _range([y for _, y in finite])

    def across(x: float) -> float:
        return LEFT + (x - first) / (last - first) * (WIDTH - LEFT - RIGHT)

    legend, left, row = [], LEFT, 0
    for i, label in enumerate(series):
        needed = 30 + 7 * len(label)
        if left + needed > WIDTH - RIGHT and left > LEFT:
            left, row = LEFT, row + 1
        top = HEIGHT + 6 + 18 * row
        legend.append(
            f'<rect class="c{i % COLOURS}" x="{left}" y="{top}" width="14" height="3"/>'
            f'<text x="{left + 19}" y="{top + 6}">{escape(label)}</text>'
        )
        left += needed
    floor_y, total = HEIGHT - BOTTOM, HEIGHT + 20 + 18 * row

    def down(y: float) -> float:
        # What leaves the picture is drawn a little outside it and cut off there.
        return min(max(floor_y - (y - low) / (high - low) * (floor_y - TOP), -HEIGHT), 2 * HEIGHT)

    parts = [
        f'<svg class="chart" viewBox="0 0 {WIDTH} {total}" role="img" aria-label="{escape(", ".join(series))}">',
        f'<clipPath id="{escape(name)}"><rect x="{LEFT}" y="{TOP}" width="{WIDTH - LEFT - RIGHT}" '
        f'height="{floor_y - TOP}"/></clipPath>',
    ]
    for y in ticks(low, high):
        at = f"{down(y):.1f}"
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at}" y2="{at}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{float(at) + 4:.1f}" text-anchor="end">{spell(y)}</text>')
    for x in ticks(first, last, 7):
        at = f"{across(x):.1f}"
        parts.append(f'<line class="axis" x1="{at}" x2="{at}" y1="{floor_y}" y2="{floor_y + 4}"/>')
        parts.append(f'<text x="{at}" y="{floor_y + 17}" text-anchor="middle">{spell(x)}</text>')
    parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{floor_y}" y2="{floor_y}"/>')
    parts.append(f'<text x="{WIDTH - RIGHT}" y="{floor_y + 32}" text-anchor="end">{escape(x_label)}</text>')
    parts.append(f'<g clip-path="url(#{escape(name)})">')
    for i, (label, points) in enumerate(series.items()):
        colour = f"c{i % COLOURS}"
        for run in _runs(thin(points, LINE_POINTS)):
            path = " ".join(f"{across(x):.1f},{down(y):.1f}" for x, y in run)
            # The class sets a fill for the legend; an open line has none.
            parts.append(f'<polyline class="{colour} line" points="{path}"><title>{escape(label)}</title></polyline>')
        known = [point for point in points if isfinite(point[1])]
        for x, y in known[:: max(1, len(known) // HOVER_POINTS)]:
            dot = "dot only" if len(known) == 1 else "dot"
            at = f'cx="{across(x):.1f}" cy="{down(y):.1f}"'
            told = f"{escape(label)}, {escape(x_label)} {spell(x)}: {spell(y)}"
            parts.append(f'<circle class="{colour} {dot}" {at} r="4"><title>{told}</title></circle>')
    return "".join([*parts, "</g>", *legend, "</svg>"])
