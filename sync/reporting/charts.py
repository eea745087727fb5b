"""Pictures as SVG text: bars, columns, a curve, a path of cash. Each has a title and a sentence for who cannot see it.

Colour is never alone: bars carry their level's sign, columns and curves their numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

WIDTH: Final = 720
LABEL: Final = 236
ROW: Final = 28
COLOURS: Final = {None: "#7d93a8", "info": "#2f6690", "watch": "#b07a00", "alert": "#c4530f", "critical": "#a4161a"}
MARKS: Final = {"info": "○", "watch": "◔", "alert": "◑", "critical": "●"}
GREY, INK, GRID, BLUE, RED = "#c3cdd6", "#1c2733", "#d9dfe5", "#2f6690", "#a4161a"


TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
NOTHING: Final = Markup("")


def bars(title: str, rows: Sequence[tuple[str, float, str, str | None]], limits: Sequence[tuple[float, str]] = ()) -> Markup:
    """Horizontal bars: (name, value, label, level); a level of "other" is grey. `limits` are dashed lines: (value, label)."""
    top = max([0.05, *(value for _, value, _, _ in rows)])
    scale = (WIDTH - LABEL - 84) / top
    parts = []
    for place, (name, value, label, level) in enumerate(rows):
        y, width = ROW * place, round(max(value, 0) * scale, 1)
        colour = GREY if level == "other" else COLOURS.get(level, BLUE)
        mark = f"{MARKS[level]} " if level in MARKS else ""
        parts.append(
            f'<text x="{LABEL - 8}" y="{y + 17}" text-anchor="end">{escape(mark + short(name))}</text>'
            f'<rect x="{LABEL}" y="{y + 4}" width="{width}" height="18" rx="2" fill="{colour}"/>'
            f'<text x="{LABEL + 6 + width}" y="{y + 17}">{escape(label)}</text>'
        )
    height = ROW * len(rows)
    for value, label in limits:
        if 0 < value <= top:
            x = round(LABEL + value * scale, 1)
            parts.append(
                f'<line x1="{x}" x2="{x}" y1="0" y2="{height}" stroke="#8a949e" stroke-dasharray="3 3"/>'
                f'<text x="{x}" y="{height + 16}" text-anchor="middle">{escape(label)}</text>'
            )
    told = ", ".join(f"{name} {label}" for name, _, label, _ in rows)
    return _svg(title, told, height + (22 if limits else 2), parts)


def columns(title: str, rows: Sequence[tuple[str, float]], show: Callable[[float], str], *, every: int = 3, height: int = 130) -> Markup:
    """Vertical columns, one a month; negative ones hang below the line. The highest and the last carry their figure."""
    if not rows:
        return NOTHING
    high, low = max(0.0, *(value for _, value in rows)), min(0.0, *(value for _, value in rows))
    span = (high - low) or 1.0
    step, zero = WIDTH / len(rows), 18 + (height - 36) * high / span
    parts = [f'<line x1="0" x2="{WIDTH}" y1="{zero:.1f}" y2="{zero:.1f}" stroke="{GRID}"/>']
    tops = []
    for place, (label, value) in enumerate(rows):
        size = (height - 36) * abs(value) / span
        y = zero - size if value >= 0 else zero
        tops.append(y)
        parts.append(
            f'<rect x="{place * step + 2:.1f}" y="{y:.1f}" width="{max(step - 4, 1):.1f}" height="{size:.1f}" fill="{BLUE if value >= 0 else RED}"/>'
        )
        if place % every == (len(rows) - 1) % every:
            parts.append(_under(place * step + step / 2, height - 2, label))
    parts += _figures(rows, tops, step, show)
    return _svg(title, "; ".join(f"{label} {show(value)}" for label, value in rows), height, parts)


def _under(x: float, y: float, label: str) -> str:
    """A label below the picture, never cut off by its edge."""
    return f'<text x="{min(max(x, 18), WIDTH - 18):.1f}" y="{y:.1f}" text-anchor="middle">{escape(label)}</text>'


def _figures(rows: Sequence[tuple[str, float]], tops: Sequence[float], step: float, show: Callable[[float], str]) -> list[str]:
    """The figures of the highest and of the last column, above every column they would cover; the last one alone when they would touch."""
    last, peak = len(rows) - 1, max(range(len(rows)), key=lambda place: rows[place][1])
    parts, taken = [], WIDTH + 1.0
    for place in dict.fromkeys((last, peak)):
        text = show(rows[place][1])
        half = 3.6 * len(text)
        middle = min(max(place * step + step / 2, half), WIDTH - half)
        if middle + half > taken:
            continue
        taken = middle - half
        covered = [top for n, top in enumerate(tops) if n * step < middle + half and (n + 1) * step > middle - half]
        parts.append(f'<text x="{middle:.1f}" y="{max(min(covered) - 4, 11):.1f}" text-anchor="middle">{escape(text)}</text>')
    return parts


def curve(title: str, values: Sequence[float], told: str, *, peak: str, last: str, height: int = 170) -> Markup:
    """A rising line from nothing over equal steps, as the whale curve is; its peak and its end carry their figures."""
    if not values:
        return NOTHING
    high, low = max(*values, 0.0, 1e-9), min(*values, 0.0)
    points = [0.0, *values]

    def at(place: int) -> tuple[float, float]:
        return 40 + (WIDTH - 60) * place / len(values), 14 + (height - 30) * (high - points[place]) / (high - low)

    top = points.index(max(points))
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in map(at, range(len(points))))
    (px, py), (lx, ly), base = at(top), at(len(values)), at(0)[1]
    parts = [
        f'<line x1="40" x2="{WIDTH - 20}" y1="{base:.1f}" y2="{base:.1f}" stroke="{GRID}"/>',
        f'<polyline points="{path}" fill="none" stroke="{BLUE}" stroke-width="2.5"/>',
        f'<circle cx="{px:.1f}" cy="{py:.1f}" r="4" fill="{BLUE}"/><text x="{min(px, WIDTH - 190):.1f}" y="{py + 20:.1f}" text-anchor="end">{escape(peak)}</text>',
    ]
    if top != len(values):
        parts.append(
            f'<circle cx="{lx:.1f}" cy="{ly:.1f}" r="4" fill="{RED}"/><text x="{lx + 8:.1f}" y="{ly + 20:.1f}" text-anchor="end">{escape(last)}</text>'
        )
    return _svg(title, told, height, parts)


def cash(
    title: str,
    paths: Sequence[tuple[str, Sequence[float]]],
    show: Callable[[float], str],
    *,
    cushion: tuple[float, str] | None,
    month: str,
    height: int = 200,
) -> Markup:
    """Cash month by month for each scenario: the first full, the second dashed, with the lowest point of each.

    `cushion`: the line to stay above, and how it is called.
    """
    paths = [path for path in paths if path[1]]
    if not paths:
        return NOTHING
    values = [value for _, path in paths for value in path]
    high, low = max(*values, 0.0, cushion[0] if cushion else 0.0), min(*values, 0.0)
    span = (high - low) or 1.0

    def at(place: float, value: float, count: int) -> tuple[float, float]:
        return 8 + (WIDTH - 16) * place / (count - 1), 30 + (height - 72) * (high - value) / span

    zero = at(0, 0.0, 2)[1]
    parts = [_level(zero, INK, "", show(0.0))]
    if cushion and cushion[0]:
        parts.append(_level(at(0, cushion[0], 2)[1], "#8a949e", ' stroke-dasharray="2 4"', cushion[1]))
    for place, (name, path) in enumerate(paths):
        colour, dash = ((BLUE, ""), (RED, ' stroke-dasharray="7 4"'))[place % 2]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(n, value, len(path)) for n, value in enumerate(path)))
        lowest = min(range(len(path)), key=path.__getitem__)
        x, y = at(lowest, path[lowest], len(path))
        anchor = "start" if x < 90 else "end" if x > WIDTH - 90 else "middle"
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2.5"{dash}/><circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>'
            f'<text x="{x:.1f}" y="{y + 16:.1f}" text-anchor="{anchor}" style="fill:{colour}">{escape(show(path[lowest]))}</text>'
            f'<line x1="{12 + 350 * place}" x2="{40 + 350 * place}" y1="10" y2="10" stroke="{colour}" stroke-width="2.5"{dash}/>'
            f'<text x="{46 + 350 * place}" y="14">{escape(name)}</text>'
        )
    for n in (0, 12, 24, 36):
        x = at(n, 0.0, 37)[0]
        parts.append(
            f'<text x="{x:.1f}" y="{height - 2}" text-anchor="{"start" if n == 0 else "end" if n == 36 else "middle"}">{escape(month)} {n}</text>'
        )
    told = "; ".join(f"{name}: {show(min(path))}" for name, path in paths)
    return _svg(title, told, height, parts)


def _level(y: float, colour: str, dash: str, label: str) -> str:
    """A line over the whole width with its name on the left."""
    return (
        f'<line x1="8" x2="{WIDTH - 8}" y1="{y:.1f}" y2="{y:.1f}" stroke="{colour}"{dash}/>'
        f'<text x="8" y="{y - 4:.1f}" style="fill:#566370;font-size:11px">{escape(label)}</text>'
    )


def steps(title: str, months: Sequence[tuple[str, str | None]], words: Callable[[str | None], str]) -> Markup:
    """The level of each month as a staircase of four steps with its sign; a month without a run is empty."""
    height, step = 92, WIDTH / max(len(months), 1)
    parts = []
    for place, (label, level) in enumerate(months):
        x = place * step
        if level is not None:
            size = 14 * (1 + list(MARKS).index(level)) if level in MARKS else 3
            parts.append(
                f'<rect x="{x + 2:.1f}" y="{72 - size}" width="{step - 4:.1f}" height="{size}" fill="{COLOURS.get(level, GREY)}"/>'
            )
            parts.append(f'<text x="{x + step / 2:.1f}" y="{68 - size}" text-anchor="middle">{MARKS.get(level, "-")}</text>')
        parts.append(f'<text x="{x + step / 2:.1f}" y="{height - 4}" text-anchor="middle">{escape(label)}</text>')
    return _svg(title, "; ".join(f"{label} {words(level)}" for label, level in months), height, parts)


def short(name: str, length: int = 32) -> str:
    """A name for a picture: no sign that turns the direction of what follows, and cut where it would run out of its place."""
    name = "".join(sign for sign in name if sign not in TURNING)
    return name if len(name) <= length else f"{name[: length - 1]}…"


def _svg(title: str, told: str, height: float, parts: Sequence[str]) -> Markup:
    head = f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img"><title>{escape(title)}</title><desc>{escape(told)}</desc>'
    return Markup(head + "".join(parts) + "</svg>")  # noqa: S704 - every text in the parts is escaped where it is put in
