"""Medians of quality indices by buyermap and scikit-learn.

usage: quality_report.py OURS THEIRS N D K KIND     files with a line of JSON a round
"""
import json
import os
import statistics
import sys

import figures

CLOSE = 1e-12


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def main(ours_path, theirs_path, n, d, k, kind):
    ours, theirs = lines(ours_path), lines(theirs_path)
    print("quality %s: %s x %s, k = %s, medians of %d" % (kind, n, d, k, len(ours)))
    for name in ours[0]:
        us = statistics.median(run[name][0] for run in ours)
        them = statistics.median(run[name][0] for run in theirs)
        ratio = statistics.median(t[name][0] / o[name][0] for o, t in zip(ours, theirs))
        away = abs(ours[0][name][1] / theirs[0][name][1] - 1)
        print("  %-18s buyermap %9.2f ms   scikit-learn %9.2f ms   ratio %6.1f   %s by %.1e" % (
            name, us * 1e3, them * 1e3, ratio, "differs" if away <= CLOSE else "DIFFERS", away))
        figures.put({"n": n, "d": d, "k": k, "kind": kind, "precision": "double", "what": name,
                     "ours": us, "theirs": them, "ratio": ratio,
                     "goal": os.environ.get("BENCH_GOAL", "")})


if __name__ == "__main__":
    main(*sys.argv[1:])
