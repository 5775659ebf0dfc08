"""Compares buyermap's k-means with scikit-learn's.

usage: kmeans_report.py round FIRST MAP THEIRS LABELS.npy      prints a line of JSON
       kmeans_report.py medians ROUNDS N D K KIND PRECISION ITERATIONS|all
FIRST and MAP are folders that buyermap wrote with one and with all iterations; THEIRS and LABELS
are what peers/kmeans.py wrote.
"""
import csv
import json
import os
import statistics
import sys

import h5py
import numpy as np

import figures

BLOCK = 1 << 20


def timing(folder):
    with open(os.path.join(folder, "run.json"), encoding="utf-8") as file:
        return json.load(file)


def rows_of(folder, table):
    with open(os.path.join(folder, table + ".csv"), newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def differing(folder, labels):
    """Buyers whose segment is not the one that most of their label's buyers are in."""
    labels = np.load(labels, mmap_mode="r")
    k = int(labels.max()) + 1
    counts = np.zeros((k, k + 1), dtype=np.int64)
    with h5py.File(os.path.join(folder, "result.h5"), "r") as file:
        table = file["assignments"]
        assert len(table) == len(labels)
        for first in range(0, len(labels), BLOCK):
            segment = table.fields("segment")[first:first + BLOCK].astype(np.int64)
            pair = labels[first:first + BLOCK].astype(np.int64) * (k + 1) + segment
            counts += np.bincount(pair, minlength=k * (k + 1)).reshape(k, k + 1)
    segments = counts.argmax(axis=1)
    one_to_one = len(set(segments)) == k
    return int(counts.sum() - counts.max(axis=1).sum()), one_to_one


def one_round(first, folder, theirs, labels):
    run = timing(folder)
    log = rows_of(folder, "iterations")
    with open(theirs, encoding="utf-8") as file:
        peer = json.load(file)
    wrong, one_to_one = differing(folder, labels)
    ours = {"first": timing(first)["timings"]["cluster_seconds"],
            "seconds": run["timings"]["cluster_seconds"],
            "total": run["timings"]["total_seconds"],
            "iterations": max(int(row["iteration"]) for row in log),
            "inertia": float(rows_of(folder, "quality")[0]["inertia"]),
            "peak_mb": run["peak_memory_bytes"] / 1e6}
    print(json.dumps({"ours": ours, "theirs": peer, "differ": wrong, "one_to_one": one_to_one}))


def median(rounds, of):
    return statistics.median(of(one["ours"], one["theirs"]) for one in rounds)


def iteration(run):
    return (run["seconds"] - run["first"]) / max(1, run["iterations"] - 1)


def medians(path, n, d, k, kind, precision, iterations):
    with open(path, encoding="utf-8") as file:
        rounds = [json.loads(line) for line in file]
    goal = os.environ.get("BENCH_GOAL", "")
    data = int(n) * int(d) * (4 if precision == "single" else 8) / 1e6
    last, peer = rounds[-1]["ours"], rounds[-1]["theirs"]
    case = {"n": n, "d": d, "k": k, "kind": kind, "precision": precision,
            "peak_mb": median(rounds, lambda o, t: o["peak_mb"]),
            "their_peak_mb": median(rounds, lambda o, t: t["peak_mb"])}
    print("k-means %s: %s x %s, k = %s, %s, iterations %d and %d (scikit-learn), medians of %d" % (
        kind, n, d, k, precision, last["iterations"], peer["iterations"], len(rounds)))

    def show(what, ours, theirs, wanted):
        # The median of the rounds' ratios, since what slows one turn slows its neighbour as well.
        ratio = median(rounds, lambda o, t: theirs(t) / ours(o))
        row = {"what": what, "ours": median(rounds, lambda o, t: ours(o)),
               "theirs": median(rounds, lambda o, t: theirs(t)), "ratio": ratio, "goal": wanted}
        print("  %-10s buyermap %9.2f ms   scikit-learn %9.2f ms   ratio %6.2f%s" % (
            what, row["ours"] * 1e3, row["theirs"] * 1e3, ratio, wanted and "   goal %s" % wanted))
        figures.put({**case, **row})

    if iterations == "all":
        show("converge", lambda o: o["seconds"], lambda t: t["seconds"], goal)
        show("average", lambda o: o["seconds"] / o["iterations"],
             lambda t: t["seconds"] / t["iterations"], "")
    else:
        show("iteration", iteration, iteration, goal)
        show("fit", lambda o: o["seconds"], lambda t: t["seconds"], "")
    print("  inertia    differs by %.1e of it; %d of %s labels differ%s" % (
        abs(last["inertia"] - peer["inertia"]) / peer["inertia"], rounds[-1]["differ"], n,
        "" if rounds[-1]["one_to_one"] else ", and segments do not match"))
    print("  peak       buyermap %7.0f MB (%.2f of the data)   scikit-learn %7.0f MB" % (
        case["peak_mb"], case["peak_mb"] / data, case["their_peak_mb"]))
    if int(n) >= 10000000:
        figures.put({**case, "what": "memory", "ours": case["peak_mb"],
                     "theirs": case["their_peak_mb"], "ratio": case["peak_mb"] / data,
                     "goal": "1.3"})


if __name__ == "__main__":
    {"round": one_round, "medians": medians}[sys.argv[1]](*sys.argv[2:])
