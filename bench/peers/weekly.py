"""The weekly job as a data scientist writes it: pandas and scikit-learn.

usage: weekly.py TABLE.csv OUT [K_LOW K_HIGH RESTARTS]
Reads the table, brings the features towards a normal distribution (Yeo-Johnson) and to mean 0 and
standard deviation 1, runs k-means for each k with all restarts (scikit-learn's defaults: k-means++,
tolerance 1e-4, at most 300 iterations), takes the k of the best silhouette of 10,000 buyers, and
writes what `buyermap cluster` writes: assignments, segments, segment_profile, quality, as CSV and
in result.h5. Prints the seconds of each step, inertia and silhouette by k and the peak memory as
JSON.
"""
import json
import os
import resource
import sys
import time
import warnings

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import PowerTransformer

warnings.simplefilter("ignore")


def statistics(frame, x, columns, model):
    """Each buyer's distances, each segment's figures, each feature's by segment."""
    by_size = np.argsort(-np.bincount(model.labels_), kind="stable")
    rank = np.empty_like(by_size)
    rank[by_size] = np.arange(1, len(by_size) + 1)
    distance = model.transform(x)
    two = np.argpartition(distance, 1, axis=1)[:, :2]
    nearest = np.take_along_axis(distance, two, axis=1)
    assignments = pd.DataFrame({
        "buyer_id": frame["buyer_id"], "segment": rank[model.labels_], "distance": nearest[:, 0],
        "second_segment": rank[two[:, 1]], "margin": 1 - nearest[:, 0] / nearest[:, 1]})
    groups = assignments.groupby("segment")
    segments = groups["distance"].agg(buyers="size", distance_mean="mean").reset_index()
    segments["share"] = segments["buyers"] / len(frame)
    segments["inertia"] = groups["distance"].apply(lambda own: np.square(own).sum()).to_numpy()
    features = frame[columns].groupby(assignments["segment"])
    parts = {"mean": features.mean(), "sd": features.std(), "median": features.median(),
             "p10": features.quantile(0.1), "p90": features.quantile(0.9)}
    profile = pd.DataFrame({name: part.stack() for name, part in parts.items()})
    profile.index.names = ["segment", "feature"]
    profile = profile.reset_index()
    mean, sd = frame[columns].mean(), frame[columns].std()
    profile["population_mean"] = profile["feature"].map(mean)
    profile["z"] = (profile["mean"] - profile["population_mean"]) / profile["feature"].map(sd)
    return {"assignments": assignments, "segments": segments, "segment_profile": profile}


def main(table, out, low=2, high=10, restarts=10):
    steps, since = {}, time.perf_counter()
    begun = since

    def done(step):
        nonlocal since
        now = time.perf_counter()
        steps[step] = steps.get(step, 0) + now - since
        since = now

    frame = pd.read_csv(table)
    columns = [name for name in frame.columns if name != "buyer_id"]
    done("read")
    x = PowerTransformer(method="yeo-johnson", standardize=True).fit_transform(frame[columns])
    done("normalize")
    best, quality = None, []
    for k in range(int(low), int(high) + 1):
        model = KMeans(k, n_init=int(restarts), random_state=1).fit(x)
        done("k-means alone")
        silhouette = silhouette_score(x, model.labels_, sample_size=min(10000, len(x)),
                                      random_state=1)
        done("silhouette")
        quality.append({"k": k, "inertia": model.inertia_, "silhouette": silhouette})
        if best is None or silhouette > best[0]:
            best = silhouette, model
    steps["k-means"] = steps["k-means alone"] + steps["silhouette"]
    tables = statistics(frame, x, columns, best[1])
    tables["quality"] = pd.DataFrame(quality)
    done("statistics")
    os.makedirs(out, exist_ok=True)
    for name, content in tables.items():
        content.to_csv(os.path.join(out, name + ".csv"), index=False)
        content.to_hdf(os.path.join(out, "result.h5"), name, format="table")
    done("write")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps({"total": time.perf_counter() - begun, "steps": steps, "quality": quality,
                      "chosen": best[1].n_clusters, "peak_mb": peak}))


if __name__ == "__main__":
    main(*sys.argv[1:])
