"""Figures of the benchmarks of lifetime models.

usage: ltv_report.py beside OURS THEIRS.json N      buyermap's folder beside peers/ltv_numpy.py
       ltv_report.py one OURS N                     buyermap's seconds as JSON
       ltv_report.py whole OURS CASE N              buyermap alone
       ltv_report.py growth ROUNDS
       ltv_report.py render FIGURES.csv PAGE.md
Rows go to the file that BENCH_FIGURES names, each in the place of the one of its case.
BENCH_MOST_SECONDS, BENCH_MOST_MB: what buyermap may take.
"""
import csv
import json
import math
import os
import statistics
import sys

import figures

COLUMNS = ("case,n,patterns,ours,total,theirs,ratio,peak_mb,their_peak_mb,most_seconds,most_mb,"
           "likelihood,note").split(",")
KEY = COLUMNS[:2]
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def run_of(folder):
    """Seconds of fits and predictions; of all; apart: reading."""
    with open(os.path.join(folder, "run.json"), encoding="utf-8") as file:
        run = json.load(file)
    timings = run["timings"]
    return {"seconds": timings["lifetime_seconds"], "read": timings["read_seconds"],
            "total": timings["total_seconds"], "peak_mb": run["peak_memory_bytes"] / 1e6}


def models_of(folder):
    with open(os.path.join(folder, "ltv_models.csv"), newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {row["model"]: row for row in rows}


def most(name):
    text = os.environ.get("BENCH_MOST_" + name)
    return float(text) if text else None


def put(row):
    path = os.environ.get("BENCH_FIGURES")
    if not path:
        return
    row = {name: figures.text(row.get(name)) for name in COLUMNS}
    _, rows = figures.load(path)
    same = [at for at, old in enumerate(rows) if all(old[name] == row[name] for name in KEY)]
    rows[same[0] if same else len(rows):same[0] + 1 if same else len(rows)] = [row]
    import scipy
    with open(path + ".new", "w", newline="", encoding="utf-8") as file:
        file.write("# %s; scipy %s\n" % (figures.machine(), scipy.__version__))
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    os.replace(path + ".new", path)


def within(value, limit, unit):
    return "" if limit is None else "   at most %g %s: %s" % (
        limit, unit, "yes" if value <= limit else "NO")


def beside(folder, theirs, n):
    run, ours = run_of(folder), models_of(folder)
    with open(theirs, encoding="utf-8") as file:
        peer = json.load(file)
    spent = run["total"] - run["read"]
    print("ltv, %s buyers, %s patterns, %s chosen (theirs %s)" % (
        n, peer["patterns"], [name for name, row in ours.items() if row["chosen"] == "1"][0],
        peer["chosen"]))
    print("  buyermap %9.2f s without reading (%.2f s fits and predictions, %.2f s with reading) %6.0f MB%s%s" % (
        spent, run["seconds"], run["total"], run["peak_mb"],
        within(spent, most("SECONDS"), "s"), within(run["peak_mb"], most("MB"), "MB")))
    print("  NumPy    %9.2f s %6.0f MB   ratio %.1f" % (
        peer["seconds"], peer["peak_mb"], peer["seconds"] / run["seconds"]))
    worst = 0.
    for model, fit in peer["models"].items():
        if not ours[model]["log_likelihood"]:
            print("    %-12s %8.2f s   theirs %.6f, ours %s" % (
                model, fit["seconds"], fit["log_likelihood"], ours[model]["note"]))
            continue
        more = float(ours[model]["log_likelihood"]) - fit["log_likelihood"]
        worst = min(worst, more)
        print("    %-12s %8.2f s   %4d evaluations   our log-likelihood %+.2e" % (
            model, fit["seconds"], fit["evaluations"], more))
    put({"case": "fits", "n": n, "patterns": peer["patterns"], "ours": run["seconds"],
         "total": spent, "theirs": peer["seconds"], "ratio": peer["seconds"] / run["seconds"],
         "peak_mb": run["peak_mb"], "their_peak_mb": peer["peak_mb"],
         "most_seconds": most("SECONDS"), "most_mb": most("MB"), "likelihood": worst})


def one(folder, n):
    print(json.dumps({"n": int(n), **run_of(folder)}))


def whole(folder, case, n):
    run = run_of(folder)
    spent = run["total"] - run["read"]
    print("ltv, %s: %.3f s without reading (%.3f s fits and predictions), %.0f MB%s" % (
        case, spent, run["seconds"], run["peak_mb"], within(spent, most("SECONDS"), "s")))
    put({"case": case, "n": n, "ours": run["seconds"], "total": spent, "peak_mb": run["peak_mb"],
         "most_seconds": most("SECONDS")})


def growth(path):
    runs = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            run = json.loads(line)
            runs.setdefault(run["n"], []).append(run)
    of = [(n, statistics.median(run["seconds"] for run in runs[n]),
           statistics.median(run["total"] - run["read"] for run in runs[n]),
           max(run["peak_mb"] for run in runs[n])) for n in sorted(runs)]
    print("ltv: time against buyers")
    for at, (n, seconds, spent, peak) in enumerate(of):
        power = math.log(seconds / of[at - 1][1]) / math.log(n / of[at - 1][0]) if at else None
        print("  %9d %9.3f s lifetime %9.3f s without reading %7.0f MB %7.2f us a buyer%s" % (
            n, seconds, spent, peak, seconds / n * 1e6,
            "   power %.2f since the one before" % power if at else ""))
        put({"case": "growth", "n": n, "ours": seconds, "total": spent, "peak_mb": peak,
             "note": "power %.2f" % power if at else None})
    if len(of) > 1:
        slope, _ = statistics.linear_regression([math.log(n) for n, *_ in of],
                                                [math.log(seconds) for _, seconds, *_ in of])
        print("  time grows with the %.2f power of buyers" % slope)


def number(text, digits="%.3g"):
    if not text:
        return ""
    value = float(text)
    return format(round(value), ",") if abs(value) >= 1000 else digits % value


def against(value, limit):
    shown = number(value)
    if not limit:
        return shown
    return "%s (≤ %s)" % ("**%s**" % shown if float(value) > float(limit) else shown, number(limit))


def table(machine, rows):
    head = ("case", "buyers", "patterns", "buyermap s", "without reading s", "peak MB", "NumPy s",
            "NumPy MB", "ratio", "log-likelihood", "")
    made = ["", "| %s |" % " | ".join(head), "|" + "---|" * len(head)]
    for row in rows:
        made.append("| %s |" % " | ".join((
            row["case"], format(int(row["n"]), ","),
            format(int(row["patterns"]), ",") if row["patterns"] else "", number(row["ours"]),
            against(row["total"], row["most_seconds"]), against(row["peak_mb"], row["most_mb"]),
            number(row["theirs"]), number(row["their_peak_mb"]), number(row["ratio"]),
            "%+.0e" % float(row["likelihood"]) if row["likelihood"] else "", row["note"])))
    return "\n".join(made + ["", machine, ""])


def render(path, page):
    text = "%s\n%s\n" % (BEGIN, END)
    if os.path.exists(page):
        with open(page, encoding="utf-8") as file:
            text = file.read()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    with open(page, "w", encoding="utf-8") as file:
        file.write(before + BEGIN + "\n" + table(*figures.load(path)) + "\n" + END + after)


if __name__ == "__main__":
    {"beside": beside, "one": one, "whole": whole, "growth": growth, "render": render}[sys.argv[1]](*sys.argv[2:])
