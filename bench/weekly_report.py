"""Compares the weekly job by buyermap and by pandas + scikit-learn.

usage: weekly_report.py round MAP THEIRS PEER      prints a line of JSON
       weekly_report.py medians ROUNDS N KIND
MAP is a folder that buyermap wrote; THEIRS what peers/weekly.py printed and PEER its folder.
"""
import json
import os
import statistics
import sys

import pandas as pd
from sklearn.metrics import adjusted_rand_score

import figures

# Steps of the script beside the timings of run.json; choose_k_seconds holds both the k-means of the
# k that are not chosen and silhouettes.
STEPS = {"read": ("read_seconds", "hash_seconds", "feature_seconds"),
         "normalize": ("normalize_seconds",),
         "k-means": ("cluster_seconds", "choose_k_seconds", "quality_seconds"),
         "statistics": ("statistics_seconds",), "write": ("write_seconds",)}


def one_round(folder, theirs, peer):
    with open(os.path.join(folder, "run.json"), encoding="utf-8") as file:
        run = json.load(file)
    with open(theirs, encoding="utf-8") as file:
        them = json.load(file)
    quality = pd.read_csv(os.path.join(folder, "quality.csv"))
    segments = [pd.read_csv(os.path.join(where, "assignments.csv"),
                            usecols=["buyer_id", "segment"]).set_index("buyer_id").segment
                for where in (folder, peer)]
    seconds = run["timings"]
    us = {"total": seconds["total_seconds"], "peak_mb": run["peak_memory_bytes"] / 1e6,
          "steps": {step: sum(seconds[key] for key in keys) for step, keys in STEPS.items()},
          "quality": quality[["k", "inertia", "silhouette"]].to_dict("records"),
          "chosen": int(quality[quality.chosen == 1].k.iloc[0])}
    agreement = adjusted_rand_score(segments[0], segments[1].reindex(segments[0].index))
    print(json.dumps({"ours": us, "theirs": them, "agreement": agreement}))


def medians(path, n, kind):
    with open(path, encoding="utf-8") as file:
        rounds = [json.loads(line) for line in file]

    def both(of):
        return [statistics.median(of(one[side]) for one in rounds) for side in ("ours", "theirs")]

    print("weekly job %s: %s buyers x 16, k = 2…10, 10 restarts, medians of %d" % (
        kind, n, len(rounds)))
    for step in STEPS:
        us, them = both(lambda run, step=step: run["steps"][step])
        print("  %-11s buyermap %8.2f s   pandas + scikit-learn %8.2f s   ratio %6.1f" % (
            step, us, them, them / max(us, 1e-6)))
    us, them = both(lambda run: run["total"])
    ratio = statistics.median(one["theirs"]["total"] / one["ours"]["total"] for one in rounds)
    peak = both(lambda run: run["peak_mb"])
    print("  %-11s buyermap %8.2f s   pandas + scikit-learn %8.2f s   ratio %6.1f" % (
        "total", us, them, ratio))
    print("  %-11s buyermap %8.0f MB  pandas + scikit-learn %8.0f MB  share %6.2f" % (
        "peak", *peak, peak[0] / peak[1]))
    last = rounds[-1]
    for us, them in zip(last["ours"]["quality"], last["theirs"]["quality"]):
        print("  k = %-2d      inertia %.6g and %.6g (%+.2e)   silhouette %.4f and %.4f" % (
            us["k"], us["inertia"], them["inertia"], us["inertia"] / them["inertia"] - 1,
            us["silhouette"], them["silhouette"]))
    print("  chosen      k = %d and %d; adjusted Rand index of the two maps %.4f" % (
        last["ours"]["chosen"], last["theirs"]["chosen"], last["agreement"]))
    case = {"n": n, "d": 16, "k": "2:10", "kind": kind, "precision": "double",
            "peak_mb": peak[0], "their_peak_mb": peak[1]}
    us, them = both(lambda run: run["total"])
    figures.put({**case, "what": "weekly", "ours": us, "theirs": them, "ratio": ratio,
                 "goal": os.environ.get("BENCH_GOAL", "")})
    figures.put({**case, "what": "weekly_memory", "ours": peak[0], "theirs": peak[1],
                 "ratio": peak[0] / peak[1], "goal": "0.5"})


if __name__ == "__main__":
    {"round": one_round, "medians": medians}[sys.argv[1]](*sys.argv[2:])
