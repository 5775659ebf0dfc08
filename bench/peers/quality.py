"""Quality indices by scikit-learn. Prints seconds and values as JSON.

usage: quality.py prepare DATA.h5 K VALUES LABELS      labels of ten Lloyd iterations, raw files
       quality.py silhouette|centroids D VALUES LABELS
"""
import json
import sys
import time
import warnings

import h5py
import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score

warnings.simplefilter("ignore")
SCORES = {"silhouette": {"silhouette": silhouette_score},
          "centroids": {"davies_bouldin": davies_bouldin_score,
                        "calinski_harabasz": calinski_harabasz_score}}


def prepare(data, k, values, labels):
    with h5py.File(data, "r") as file:
        x = file["x"][:].astype(float)
    model = KMeans(int(k), init="random", n_init=1, max_iter=10, random_state=1).fit(x)
    x.tofile(values)
    model.labels_.astype(np.int32).tofile(labels)


def score(which, d, values, labels):
    x = np.fromfile(values).reshape(-1, int(d))
    label = np.fromfile(labels, dtype=np.int32)
    found = {}
    for name, of in SCORES[which].items():
        of(x, label)  # warms up
        since = time.perf_counter()
        value = of(x, label)
        found[name] = [time.perf_counter() - since, float(value)]
    print(json.dumps(found))


if __name__ == "__main__":
    prepare(*sys.argv[2:]) if sys.argv[1] == "prepare" else score(*sys.argv[1:])
