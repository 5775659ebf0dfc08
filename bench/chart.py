"""Draws the ratios of the k-means benchmarks: an SVG file, and bars of text on stdout.

usage: chart.py [FIGURES.csv] [CHART.svg]      (default: kmeans.csv and kmeans.svg beside this file)
A row of the chart is a case with its bars, one a kind of data; cases are sorted by the least of
their ratios. A mark shows the goal. Colours follow the reader's light or dark mode. What is to stay
below its goal (memory, growth) stands under the chart in words.
"""
import os
import sys
from xml.sax.saxutils import escape

import figures

NAMES = {"iteration": "Lloyd iteration", "converge": "to convergence", "start": "k-means++ start",
         "silhouette": "silhouette, exact", "davies_bouldin": "Davies–Bouldin",
         "calinski_harabasz": "Calinski–Harabasz", "weekly": "weekly job",
         "weekly_memory": "weekly job, peak memory", "memory": "peak memory",
         "growth": "time against buyers"}
KINDS = {"g": "separated Gaussian clouds", "l": "lognormal, no segments"}
WIDTH, LABEL, MARGIN, BAR, GAP, ROW_GAP = 880, 300, 16, 11, 2, 10
PLOT = WIDTH - LABEL - 2 * MARGIN - 70  # room for the ratio after the longest bar
STYLE = """
text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328 }
.title { font-size: 16px; font-weight: 600 }
.note, .tick { font-size: 12px; fill: #59636e }
.g { fill: #0969da }
.l { fill: #d1762c }
.goal { stroke: #1f2328; stroke-width: 2 }
.even { stroke: #59636e; stroke-dasharray: 3 3 }
.grid { stroke: #d1d9e0 }
"""
DARK = """
text { fill: #f0f6fc }
.note, .tick { fill: #9198a1 }
.g { fill: #58a6ff }
.l { fill: #e8964f }
.goal { stroke: #f0f6fc }
.even { stroke: #9198a1 }
.grid { stroke: #3d444d }
"""


def count(text):
    """1000000 as 1 M, 20000 as 20,000; a range as both ends."""
    if ":" in text:
        return " to ".join(count(part) for part in text.split(":"))
    n = int(float(text))
    return "%d M" % (n // 10**6) if n >= 10**6 and n % 10**6 == 0 else format(n, ",")


def label(row):
    k = row["k"].replace(":", "…")
    size = "%s × %s, k = %s" % (count(row["n"]), row["d"], k)
    double = row["what"] in ("iteration", "converge", "start") and row["precision"] == "double"
    return "%s, %s%s" % (NAMES.get(row["what"], row["what"]), size, ", double" if double else "")


def cases(rows):
    """[(label, goal, [(kind, ratio)])] by falling ratio."""
    found = {}
    for row in rows:
        if row["goal"] and row["what"] not in figures.BELOW:
            bars = found.setdefault(label(row), (float(row["goal"]), []))[1]
            bars.append((row["kind"], float(row["ratio"])))
    listed = [(name, goal, sorted(bars)) for name, (goal, bars) in found.items()]
    return sorted(listed, key=lambda case: (-min(ratio for _, ratio in case[2]), case[0]))


def words(row):
    what = {"growth": "the %.3f power of buyers", "memory": "%.2f of the data",
            "weekly_memory": "%.2f of the peer's"}[row["what"]]
    return "%s (%s): %s, goal at most %s" % (
        label(row), row["kind"], what % float(row["ratio"]), row["goal"])


def step_of(most):
    return next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 10**9) if most / step <= 8)


def shown(ratio, goal):
    value = "%.1f×" % ratio if ratio < 99.95 else "%.0f×" % ratio
    return value if ratio >= goal else value + " (goal %g)" % goal


class Drawing:
    def __init__(self):
        self.parts = []

    def text(self, x, y, content, kind="", anchor="start"):
        self.parts.append('<text x="%.1f" y="%.1f" class="%s" text-anchor="%s">%s</text>' % (
            x, y, kind, anchor, escape(content)))

    def line(self, x, top, bottom, kind):
        self.parts.append('<line x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f" class="%s"/>' % (
            x, x, top, bottom, kind))

    def bar(self, x, y, width, kind):
        self.parts.append('<rect x="%.1f" y="%.1f" width="%.1f" height="%d" rx="1.5" class="%s"/>' % (
            x, y, width, BAR, kind))

    def written(self, height):
        head = ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" '
                'role="img" aria-label="How many times as fast as scikit-learn">' % (
                    WIDTH, height, WIDTH, height))
        style = "<style>%s@media (prefers-color-scheme: dark) {%s}\n</style>" % (STYLE, DARK)
        return "\n".join([head, style] + self.parts + ["</svg>", ""])


def legend(drawing, y, kinds):
    x = MARGIN
    for kind in kinds:
        drawing.bar(x, y - BAR + 1, 18, kind)
        drawing.text(x + 24, y, KINDS[kind], "note")
        x += 46 + 6.6 * len(KINDS[kind])
    drawing.line(x + 4, y - BAR, y + 2, "goal")
    drawing.text(x + 12, y, "goal", "note")
    drawing.line(x + 64, y - BAR, y + 2, "even")
    drawing.text(x + 72, y, "scikit-learn = 1", "note")


def draw(listed, notes, machine):
    drawing = Drawing()
    most = max(max([goal] + [ratio for _, ratio in bars]) for _, goal, bars in listed)
    left, top, step = MARGIN + LABEL, 84, step_of(most)
    scale = PLOT / most
    heights = [max(len(bars) * (BAR + GAP), BAR + 4) for _, _, bars in listed]
    bottom = top + sum(heights) + ROW_GAP * len(heights)
    drawing.text(MARGIN, 26, "How many times as fast as pandas and scikit-learn", "title")
    legend(drawing, 52, sorted({kind for _, _, bars in listed for kind, _ in bars}))
    for tick in range(0, int(most) + 1, step):
        drawing.line(left + tick * scale, top - 6, bottom, "grid")
        drawing.text(left + tick * scale, top - 11, "%d×" % tick, "tick", "middle")
    y = top
    for (name, goal, bars), height in zip(listed, heights):
        drawing.text(left - 10, y + height / 2 + 3, name, "", "end")
        for index, (kind, ratio) in enumerate(bars):
            at = y + index * (BAR + GAP) + (height - len(bars) * (BAR + GAP)) / 2
            drawing.bar(left, at, max(1, ratio * scale), kind)
            end = max(ratio, goal if goal > ratio and (goal - ratio) * scale < 90 else 0)
            drawing.text(left + end * scale + 6, at + BAR - 1, shown(ratio, goal), "note")
        drawing.line(left + goal * scale, y - 3, y + height + 1, "goal")
        y += height + ROW_GAP
    drawing.line(left + scale, top - 6, bottom, "even")
    y = bottom + 22
    for note in notes + [machine]:
        drawing.text(MARGIN, y, note, "note")
        y += 18
    return drawing.written(y - 4)


def bars_of_text(listed, notes, machine, width=40):
    most = max(max([goal] + [ratio for _, ratio in bars]) for _, goal, bars in listed)
    wide = max(len(name) for name, _, _ in listed)
    lines = ["```", "times as fast as pandas and scikit-learn: g clouds, l lognormal; | goal"]
    for name, goal, bars in listed:
        for index, (kind, ratio) in enumerate(bars):
            cells = ["█" if (cell + 0.5) * most / width <= ratio else " " for cell in range(width)]
            cells[min(width - 1, int(goal * width / most))] = "|"
            lines.append("%-*s %s %s %s" % (wide, name if index == 0 else "", kind,
                                            "".join(cells), shown(ratio, goal)))
    return "\n".join(lines + notes + [machine, "```"])


def main(path=None, svg=None):
    here = os.path.dirname(os.path.abspath(__file__))
    machine, rows = figures.load(path or os.path.join(here, "kmeans.csv"))
    listed = cases(rows)
    if not listed:
        sys.exit("chart.py: no ratios with a goal in %s" % path)
    notes = [words(row) for row in rows if row["goal"] and row["what"] in figures.BELOW]
    with open(svg or os.path.join(here, "kmeans.svg"), "w", encoding="utf-8") as file:
        file.write(draw(listed, notes, machine))
    print(bars_of_text(listed, notes, machine))


if __name__ == "__main__":
    main(*sys.argv[1:])
