"""Figures of the trees' benchmarks.

usage: linkage_report.py round MAP PEER…            a round's seconds and heights as JSON
       linkage_report.py one MAP N                  the same of buyermap alone
       linkage_report.py medians ROUNDS METHOD N D KIND
       linkage_report.py growth ROUNDS METHOD D KIND
       linkage_report.py agreement EXACT COARSE N D KIND MICRO_SEGMENTS K
       linkage_report.py whole MAP N D KIND MICRO_SEGMENTS
       linkage_report.py medoids_round MAP THEIRS.json DATA.h5
       linkage_report.py medoids ROUNDS N D KIND K
       linkage_report.py render FIGURES.csv PAGE.md
MAP is a folder that buyermap wrote; beside it lie what peers/linkage.py wrote, PEER.json and
PEER.npy. Rows go to the file that BENCH_FIGURES names, each in the place of the one of its case.
"""
import csv
import json
import math
import os
import statistics
import sys

import figures

COLUMNS = ("case,method,n,d,kind,peer,ours,theirs,ratio,goal,peak_mb,their_peak_mb,most_seconds,"
           "most_mb,heights,note").split(",")
KEY = COLUMNS[:6]
NAMES = {"scipy": "scipy linkage", "fastcluster": "fastcluster.linkage",
         "vector": "fastcluster.linkage_vector", "pam": "R cluster::pam"}
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def run_of(folder):
    with open(os.path.join(folder, "run.json"), encoding="utf-8") as file:
        run = json.load(file)
    return {"seconds": run["timings"]["cluster_seconds"], "total": run["timings"]["total_seconds"],
            "peak_mb": run["peak_memory_bytes"] / 1e6}


def result(folder, name):
    import h5py
    with h5py.File(os.path.join(folder, "result.h5"), "r") as file:
        return file[name][:]


def round_of(folder, *peers):
    import numpy as np
    said = {"ours": run_of(folder), "theirs": {}}
    if peers:
        ours = np.sort(result(folder, "model/linkage")[:, 2])
    for peer in peers:
        with open(peer + ".json", encoding="utf-8") as file:
            said["theirs"][peer] = json.load(file)
        theirs = np.load(peer + ".npy")
        apart = np.abs(ours - theirs) / np.where(theirs > 0, theirs, 1)
        said["theirs"][peer]["heights"] = float(apart.max())
    print(json.dumps(said))


def one(folder, n):
    print(json.dumps({"n": int(n), **run_of(folder)}))


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def limits():
    """What the case may take: seconds, MB; None without a limit."""
    of = [os.environ.get(name) for name in ("BENCH_MOST_SECONDS", "BENCH_MOST_MB")]
    return [float(text) if text else None for text in of]


def put(row):
    """Replaces the row of this case or adds it; nothing without BENCH_FIGURES."""
    path = os.environ.get("BENCH_FIGURES")
    if not path:
        return
    case = os.environ.get("BENCH_CASE") or row["method"]
    row = {name: figures.text({**row, "case": case}.get(name)) for name in COLUMNS}
    _, rows = figures.load(path)
    same = [at for at, old in enumerate(rows) if all(old[name] == row[name] for name in KEY)]
    rows[same[0] if same else len(rows):same[0] + 1 if same else len(rows)] = [row]
    import fastcluster
    import scipy
    head = "%s; scipy %s; fastcluster %s" % (figures.machine(), scipy.__version__,
                                             fastcluster.__version__)
    with open(path + ".new", "w", newline="", encoding="utf-8") as file:
        file.write("# " + head + "\n")
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    os.replace(path + ".new", path)


def within(value, most, unit):
    return "" if most is None else "   at most %g %s: %s" % (
        most, unit, "yes" if value <= most else "NO")


def matrix_mb(n):
    return int(n) * (int(n) - 1) / 2 * 8 / 1e6


def medians(path, method, n, d, kind):
    rounds = lines(path)
    seconds = statistics.median(one_round["ours"]["seconds"] for one_round in rounds)
    peak = max(one_round["ours"]["peak_mb"] for one_round in rounds)
    most_seconds, most_mb = limits()
    if most_mb is not None and os.environ.get("BENCH_MATRIX"):
        most_mb += matrix_mb(n)
    goals = dict(goal.split("=") for goal in os.environ.get("BENCH_GOALS", "").split(",") if goal)
    print("%s %s: %s x %s, median of %d" % (method, kind, n, d, len(rounds)))
    print("  %-28s %9.3f s %8.0f MB%s%s" % ("buyermap", seconds, peak,
                                          within(seconds, most_seconds, "s"),
                                          within(peak, most_mb, "MB")))
    row = {"method": method, "n": n, "d": d, "kind": kind, "ours": seconds, "peak_mb": peak,
           "most_seconds": most_seconds, "most_mb": most_mb}
    for peer in rounds[0]["theirs"]:
        runs = [one_round["theirs"][peer] for one_round in rounds if peer in one_round["theirs"]]
        theirs = statistics.median(run["seconds"] for run in runs)
        found = {"peer": peer, "theirs": theirs, "ratio": theirs / seconds,
                 "goal": goals.get(peer), "heights": max(run["heights"] for run in runs),
                 "their_peak_mb": max(run["peak_mb"] for run in runs)}
        print("  %-28s %9.3f s %8.0f MB   ratio %6.2f%s   heights %.1e apart" % (
            NAMES[peer], theirs, found["their_peak_mb"], found["ratio"],
            "   goal " + found["goal"] if found["goal"] else "", found["heights"]))
        put({**row, **found})
    if not rounds[0]["theirs"]:
        put({**row, "peer": "none"})


def growth(path, method, d, kind):
    runs = {}
    for run in lines(path):
        runs.setdefault(run["n"], []).append(run)
    of = [(n, statistics.median(run["seconds"] for run in runs[n]),
           max(run["peak_mb"] for run in runs[n])) for n in sorted(runs)]
    most_seconds, most_mb = limits()
    print("%s %s: x %s, time against buyers" % (method, kind, d))
    for at, (n, seconds, peak) in enumerate(of):
        power = math.log(seconds / of[at - 1][1]) / math.log(n / of[at - 1][0]) if at else None
        last = at == len(of) - 1
        print("  %9d %10.2f s %8.0f MB %9.2f us a buyer%s%s%s" % (
            n, seconds, peak, seconds / n * 1e6,
            "   power %.2f since the one before" % power if at else "",
            within(seconds, most_seconds if last else None, "s"),
            within(peak, most_mb if last else None, "MB")))
        put({"method": method, "n": n, "d": d, "kind": kind, "peer": "none", "ours": seconds,
             "peak_mb": peak, "most_seconds": most_seconds if last else None,
             "most_mb": most_mb if last else None,
             "note": "power %.2f" % power if at else None})
    if len(of) > 1:
        slope, _ = statistics.linear_regression([math.log(n) for n, _, _ in of],
                                                [math.log(seconds) for _, seconds, _ in of])
        print("  time grows with the %.2f power of buyers" % slope)


def agreement(exact, coarse, n, d, kind, micro, k):
    from sklearn.metrics import adjusted_rand_score
    index = adjusted_rand_score(result(exact, "assignments")["segment"],
                                result(coarse, "assignments")["segment"])
    seconds = run_of(coarse)["seconds"], run_of(exact)["seconds"]
    print("ward --coarse %s %s: %s x %s, k = %s: adjusted Rand index %.4f   %.2f s, exact %.2f s" % (
        micro, kind, n, d, k, index, *seconds))
    put({"method": "ward --coarse " + micro, "n": n, "d": d, "kind": kind, "peer": "exact",
         "ours": seconds[0], "theirs": seconds[1], "ratio": seconds[1] / seconds[0],
         "peak_mb": run_of(coarse)["peak_mb"], "note": "adjusted Rand index %.4f, k = %s" % (
             index, k)})


def whole(folder, n, d, kind, micro):
    run, (most_seconds, most_mb) = run_of(folder), limits()
    print("ward --coarse %s %s: %s x %s" % (micro, kind, n, d))
    print("  clustering %.1f s, the whole run %.1f s, %.0f MB%s%s" % (
        run["seconds"], run["total"], run["peak_mb"], within(run["total"], most_seconds, "s"),
        within(run["peak_mb"], most_mb, "MB")))
    put({"method": "ward --coarse " + micro, "n": n, "d": d, "kind": kind, "peer": "none",
         "ours": run["seconds"], "peak_mb": run["peak_mb"], "most_seconds": most_seconds,
         "most_mb": most_mb, "note": "whole run %.1f s" % run["total"]})


def medoids_round(folder, theirs, data):
    """The objective is taken anew from the segments: R's mean distance to the best medoid."""
    import h5py
    from scipy.spatial.distance import cdist
    with h5py.File(data, "r") as file:
        x = file["x"][:].astype(float)
    segment = result(folder, "assignments")["segment"]
    total = sum(cdist(x[segment == s], x[segment == s]).sum(axis=0).min() for s in set(segment))
    with open(theirs, encoding="utf-8") as file:
        print(json.dumps({"ours": {**run_of(folder), "objective": total / len(x)},
                          "theirs": json.load(file)}))


def medoids(path, n, d, kind, k):
    rounds = lines(path)
    ours, theirs = (statistics.median(turn[side]["seconds"] for turn in rounds)
                    for side in ("ours", "theirs"))
    objective = rounds[0]["ours"]["objective"] / rounds[0]["theirs"]["objective"] - 1
    peaks = [max(turn[side]["peak_mb"] for turn in rounds) for side in ("ours", "theirs")]
    goal = os.environ.get("BENCH_GOALS", "").replace("pam=", "") or None
    print("k-medoids %s: %s x %s, k = %s, median of %d" % (kind, n, d, k, len(rounds)))
    print("  buyermap %.3f s %.0f MB   %s %.3f s %.0f MB   ratio %.2f   objective %+.2e of theirs" % (
        ours, peaks[0], NAMES["pam"], theirs, peaks[1], theirs / ours, objective))
    put({"method": "kmedoids", "n": n, "d": d, "kind": kind, "peer": "pam", "ours": ours,
         "theirs": theirs, "ratio": theirs / ours, "goal": goal, "peak_mb": peaks[0],
         "their_peak_mb": peaks[1], "note": "k = %s, objective %+.2e of theirs" % (k, objective)})


def number(text, digits="%.3g"):
    if not text:
        return ""
    value = float(text)
    return format(round(value), ",") if abs(value) >= 1000 else digits % value


def against(value, least, most):
    """A figure and what it is to be, in bold where it is not."""
    if not value:
        return ""
    missed = (least and float(value) < float(least)) or (most and float(value) > float(most))
    shown = number(value)
    wanted = "≥ " + number(least) if least else "≤ " + number(most) if most else ""
    return ("**%s**" % shown if missed else shown) + (" (%s)" % wanted if wanted else "")


def table(machine, rows):
    head = ("case", "tree", "buyers × features", "data", "buyermap s", "peak MB", "peer", "peer s",
            "peer MB", "ratio", "heights apart", "")
    made = ["", "| %s |" % " | ".join(head), "|" + "---|" * len(head)]
    for row in rows:
        peer = {"none": "", "exact": "the exact tree"}.get(row["peer"], NAMES.get(row["peer"], ""))
        made.append("| %s |" % " | ".join((
            row["case"], row["method"], "%s × %s" % (format(int(row["n"]), ","), row["d"]),
            row["kind"], against(row["ours"], "", row["most_seconds"]),
            against(row["peak_mb"], "", row["most_mb"]), peer, number(row["theirs"]),
            number(row["their_peak_mb"]), against(row["ratio"], row["goal"], ""),
            "%.0e" % float(row["heights"]) if row["heights"] else "", row["note"])))
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
    {"round": round_of, "one": one, "medians": medians, "growth": growth, "agreement": agreement,
     "whole": whole, "medoids_round": medoids_round, "medoids": medoids,
     "render": render}[sys.argv[1]](*sys.argv[2:])
