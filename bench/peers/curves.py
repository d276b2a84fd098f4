"""Curves of queries a second over recall as SVG: curves.py FOLDER writes FOLDER/DATA.svg for each set of
data.

Both axes are stretched: queries a second logarithmically, recall by -log10(1 - recall), so that 0.9, 0.99
and 0.999 are equally far apart. Exact peers are points at recall 1.
"""

import html
import json
import math
import pathlib
import sys

WIDTH, HEIGHT = 960, 560
LEFT, RIGHT, TOP, BOTTOM = 80, 700, 50, 490  # of the plot; the legend is right of it
RECALLS = (0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
LOWEST, END = 0.7, 3.6  # recalls below LOWEST are not drawn; END is where recall 1 is
REEL_COLOURS = ("#c0102a", "#e8590c")
COLOURS = (
    "#1864ab",
    "#2b8a3e",
    "#862e9c",
    "#0b7285",
    "#5c940d",
    "#495057",
    "#a61e4d",
    "#364fc7",
    "#087f5b",
    "#e67700",
    "#7048e8",
    "#868e96",
)


def across(recall):
    stretched = END if recall >= 0.99975 else -math.log10(1 - recall)
    low = -math.log10(1 - LOWEST)
    return LEFT + (RIGHT - LEFT) * (stretched - low) / (END - low)


class Heights:
    """The logarithmic axis: whole decades around all values."""

    def __init__(self, values):
        self.low = math.floor(math.log10(min(values)))
        self.high = max(self.low + 1, math.ceil(math.log10(max(values))))

    def __call__(self, value):
        return BOTTOM - (BOTTOM - TOP) * (math.log10(value) - self.low) / (self.high - self.low)


def text(x, y, content, anchor="middle", size=13, extra=""):
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"'
    return f"<text {place}{extra}>{html.escape(content)}</text>"


def line(x1, y1, x2, y2, colour):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def mark(x, y, colour, size, shape):
    """A circle, square, diamond or triangle, so that peers whose colours repeat can be told apart."""
    if shape == 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size}" fill="{colour}"/>'
    corners = {
        1: ((-1, -1), (1, -1), (1, 1), (-1, 1)),
        2: ((0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)),
        3: ((0, -1.3), (1.2, 1), (-1.2, 1)),
    }[shape]
    points = " ".join(f"{x + size * dx:.1f},{y + size * dy:.1f}" for dx, dy in corners)
    return f'<polygon points="{points}" fill="{colour}"/>'


def axes(heights, title):
    parts = [text((LEFT + RIGHT) / 2, 28, title, size=16)]
    for recall in RECALLS:
        parts += [
            line(across(recall), TOP, across(recall), BOTTOM, "#dee2e6"),
            text(across(recall), BOTTOM + 20, f"{recall:g}"),
        ]
    parts += [line(RIGHT, TOP, RIGHT, BOTTOM, "#868e96"), text(RIGHT, BOTTOM + 20, "1")]
    for decade in range(heights.low, heights.high + 1):
        for step in range(1, 10):
            value = step * 10.0**decade
            if decade == heights.high and step > 1:
                break
            parts.append(
                line(LEFT, heights(value), RIGHT, heights(value), "#ced4da" if step == 1 else "#f1f3f5")
            )
        parts.append(text(LEFT - 8, heights(10.0**decade) + 4, f"{10.0 ** decade:,.10g}", "end"))
    middle = (TOP + BOTTOM) / 2
    parts += [
        text((LEFT + RIGHT) / 2, BOTTOM + 46, "recall of the ten nearest"),
        text(24, middle, "queries a second, one thread", extra=f' transform="rotate(-90 24 {middle})"'),
    ]
    return parts


def series_of(cell):
    """[(recall, queries a second)] of a cell, ascending, or []."""
    query = cell["steps"].get("query") or {}
    if "curve" in query:
        points = sorted((point["recall"], point["qps"]) for point in query["curve"])
    elif "exact" in query:
        points = [(query["exact"]["recall"], query["exact"]["qps"])]
    else:
        points = []
    points = [point for point in points if point[0] >= LOWEST]
    # Only what no other effort beats in both.
    return [point for i, point in enumerate(points) if all(point[1] >= later[1] for later in points[i + 1 :])]


class Style:
    """How a peer's curve looks: Reel's are thick."""

    def __init__(self, name, place):
        self.is_reel = name.startswith("reel")
        colours = REEL_COLOURS if self.is_reel else COLOURS
        self.colour = colours[place % len(colours)]
        self.shape = place // len(COLOURS) % 4
        self.width, self.size = (3.5, 4.5) if self.is_reel else (1.6, 3.2)
        self.dash = ' stroke-dasharray="6 4"' if not self.is_reel and place % 2 else ""

    def path(self, places):
        corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        stroke = f'fill="none" stroke="{self.colour}" stroke-width="{self.width}"{self.dash}'
        marks = [mark(x, y, self.colour, self.size, self.shape) for x, y in places]
        return [f'<polyline points="{corners}" {stroke}/>', *marks]


def draw(cells, title):
    series = [(cell["peer"], series_of(cell)) for cell in cells]
    series = [(name, points) for name, points in series if points]
    if not series:
        return None
    series.sort(key=lambda entry: (not entry[0].startswith("reel"), entry[0]))
    heights = Heights([qps for _, points in series for _, qps in points])
    parts = axes(heights, title)
    for place, (name, points) in enumerate(series):
        style = Style(name, place)
        parts += style.path([(across(recall), heights(qps)) for recall, qps in points])
        y = TOP + 8 + 18 * place
        parts += [
            *style.path([(RIGHT + 28, y), (RIGHT + 56, y)]),
            text(RIGHT + 66, y + 4, name, "start", extra=' font-weight="bold"' if style.is_reel else ""),
        ]
    height = max(HEIGHT, TOP + 30 + 18 * len(series))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            'font-family="sans-serif">',
            f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
            *parts,
            "</svg>",
            "",
        ]
    )


def write(folder):
    for data in sorted(path for path in folder.glob("*") if path.is_dir()):
        drawing = draw([json.loads(path.read_text()) for path in sorted(data.glob("*.json"))], data.name)
        if drawing:
            (folder / f"{data.name}.svg").write_text(drawing)


if __name__ == "__main__":
    write(pathlib.Path(sys.argv[1]))
