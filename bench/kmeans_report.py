"""Compares buyermap's k-means with scikit-learn's.

usage: kmeans_report.py lloyd FIRST MAP THEIRS LABELS.npy      prints a line of JSON
       kmeans_report.py start FIRST MAP THEIRS                 the same
       kmeans_report.py medians ROUNDS N D K KIND PRECISION ITERATIONS|all|start
FIRST and MAP are folders that buyermap wrote, FIRST with one iteration from given centroids; THEIRS
and LABELS are what peers/kmeans.py wrote.
"""
import json
import os
import statistics
import sys

import h5py
import numpy as np

import figures

BLOCK = 1 << 20


def seconds_and_peak(folder):
    with open(os.path.join(folder, "run.json"), encoding="utf-8") as file:
        run = json.load(file)
    return run["timings"]["cluster_seconds"], run["peak_memory_bytes"] / 1e6


def table(folder, name):
    with h5py.File(os.path.join(folder, "result.h5"), "r") as file:
        return file[name][:]


def differing(folder, labels):
    """Buyers whose segment is not the one that most of their label's buyers are in, and whether
    these segments are k different ones."""
    labels = np.load(labels, mmap_mode="r")
    k = int(labels.max()) + 1
    counts = np.zeros((k, k + 1), dtype=np.int64)
    with h5py.File(os.path.join(folder, "result.h5"), "r") as file:
        assignments = file["assignments"]
        assert len(assignments) == len(labels)
        for first in range(0, len(labels), BLOCK):
            segment = assignments.fields("segment")[first:first + BLOCK].astype(np.int64)
            pair = labels[first:first + BLOCK].astype(np.int64) * (k + 1) + segment
            counts += np.bincount(pair, minlength=k * (k + 1)).reshape(k, k + 1)
    return int(counts.sum() - counts.max(axis=1).sum()), len(set(counts.argmax(axis=1))) == k


def peer(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def lloyd(first, folder, theirs, labels):
    seconds, peak = seconds_and_peak(folder)
    wrong, matched = differing(folder, labels)
    ours = {"first": seconds_and_peak(first)[0], "seconds": seconds, "peak_mb": peak,
            "iterations": int(table(folder, "iterations")["iteration"].max()),
            "inertia": float(table(folder, "quality")["inertia"][0])}
    print(json.dumps({"ours": ours, "theirs": peer(theirs), "differ": wrong, "matched": matched}))


def start(first, folder, theirs):
    """The log's first inertia is that of the start."""
    seconds, peak = seconds_and_peak(folder)
    ours = {"seconds": max(1e-6, seconds - seconds_and_peak(first)[0]), "peak_mb": peak,
            "inertia": float(table(folder, "iterations")["inertia"][0])}
    print(json.dumps({"ours": ours, "theirs": peer(theirs)}))


def whole(run):
    return run["seconds"]


def iteration(run):
    return (run["seconds"] - run["first"]) / max(1, run["iterations"] - 1)


def average(run):
    return run["seconds"] / run["iterations"]


# What each mode shows: the first is judged by the goal.
SHOWN = {"all": {"converge": whole, "average": average}, "start": {"start": whole}}
SHOWN_OF_ITERATIONS = {"iteration": iteration, "fit": whole}


def compare(rounds, case, shown):
    """Ratios by round, since what slows one turn slows its neighbour as well; their median."""
    goal = os.environ.get("BENCH_GOAL", "")
    for what, of in shown.items():
        row = {side: statistics.median(of(one[side]) for one in rounds)
               for side in ("ours", "theirs")}
        row["ratio"] = statistics.median(of(one["theirs"]) / of(one["ours"]) for one in rounds)
        print("  %-10s buyermap %9.2f ms   scikit-learn %9.2f ms   ratio %6.2f%s" % (
            what, row["ours"] * 1e3, row["theirs"] * 1e3, row["ratio"],
            goal and "   goal %s" % goal))
        figures.put({**case, **row, "what": what, "goal": goal})
        goal = ""


def medians(path, n, d, k, kind, precision, mode):
    with open(path, encoding="utf-8") as file:
        rounds = [json.loads(line) for line in file]

    def median(side, key):
        return statistics.median(one[side][key] for one in rounds)

    data = int(n) * int(d) * (4 if precision == "single" else 8) / 1e6
    case = {"n": n, "d": d, "k": k, "kind": kind, "precision": precision,
            "peak_mb": median("ours", "peak_mb"), "their_peak_mb": median("theirs", "peak_mb")}
    print("k-means %s: %s x %s, k = %s, %s, %s, medians of %d" % (
        kind, n, d, k, precision,
        {"all": "to convergence", "start": "k-means++"}.get(mode, mode + " iterations"),
        len(rounds)))
    compare(rounds, case, SHOWN.get(mode, SHOWN_OF_ITERATIONS))
    print("  inertia    buyermap %.9g   scikit-learn %.9g   (%+.1e)" % (
        median("ours", "inertia"), median("theirs", "inertia"),
        median("ours", "inertia") / median("theirs", "inertia") - 1))
    if mode != "start":
        last = rounds[-1]
        print("  iterations %d and %d; %d labels differ (%.1e of them)%s" % (
            last["ours"]["iterations"], last["theirs"]["iterations"], last["differ"],
            last["differ"] / int(n), "" if last["matched"] else "; SEGMENTS DO NOT MATCH"))
        print("  peak       buyermap %7.0f MB (%.2f of the data)   scikit-learn %7.0f MB" % (
            case["peak_mb"], case["peak_mb"] / data, case["their_peak_mb"]))
    if mode not in SHOWN and int(n) >= 10000000:
        figures.put({**case, "what": "memory", "ours": case["peak_mb"],
                     "theirs": case["their_peak_mb"], "ratio": case["peak_mb"] / data,
                     "goal": "1.3"})


if __name__ == "__main__":
    {"lloyd": lloyd, "start": start, "medians": medians}[sys.argv[1]](*sys.argv[2:])
