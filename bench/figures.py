"""The file of figures that the benchmarks of k-means write and chart.py draws: one row a case.

Times are seconds, `ratio` is theirs / ours. Of `memory`, ours and theirs are peak MB and the ratio
is ours / the data (outputs included), of `weekly_memory` ours / theirs; of `growth`, ratio is the
exponent of time against n. These are to stay below their goal, and all other ratios above.
"""
import csv
import os
import platform
import re
import subprocess

COLUMNS = ("n,d,k,kind,precision,what,ours,theirs,ratio,goal,peak_mb,their_peak_mb").split(",")
KEY = COLUMNS[:6]
BELOW = ("memory", "weekly_memory", "growth")


def machine():
    with open("/proc/cpuinfo", encoding="ascii") as file:
        model = re.search(r"model name\s*: (.*)", file.read())
    threads = os.environ.get("BENCH_THREADS", "2")
    parts = ["%s, %s threads" % (model.group(1) if model else platform.machine(), threads)]
    for module in ("sklearn", "numpy", "pandas"):
        parts.append("%s %s" % (module, __import__(module).__version__))
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    version = subprocess.run([os.path.join(root, "buyermap"), "--version"], capture_output=True,
                             text=True, check=False).stdout
    kernel = re.search(r"(?im)^.*kernel.*$", version)
    return "; ".join(parts + ([" ".join(kernel.group(0).split())] if kernel else []))


def load(path):
    if not os.path.exists(path):
        return "", []
    with open(path, newline="", encoding="utf-8") as file:
        lines = file.read().splitlines()
    head = lines[0].lstrip("# ") if lines and lines[0].startswith("#") else ""
    return head, list(csv.DictReader(line for line in lines if not line.startswith("#")))


def text(value):
    return "" if value is None else "%.6g" % value if isinstance(value, float) else str(value)


def put(row, path=None):
    """Replaces the row of this case or adds it; nothing without BENCH_FIGURES or a path."""
    path = path or os.environ.get("BENCH_FIGURES")
    if not path:
        return
    row = {name: text(row.get(name)) for name in COLUMNS}
    _, rows = load(path)
    rows = [old for old in rows if any(old[name] != row[name] for name in KEY)] + [row]
    with open(path + ".new", "w", newline="", encoding="utf-8") as file:
        file.write("# " + machine() + "\n")
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    os.replace(path + ".new", path)
