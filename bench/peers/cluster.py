"""The work of `buyermap cluster` as a data scientist writes it: pandas and scikit-learn.

usage: cluster.py TABLE K RESTARTS OUT
Prints the seconds of reading, clustering and the whole, and the inertia, as JSON.
"""
import json
import sys
import time

import pandas as pd
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler

table, k, restarts, out = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
start = time.perf_counter()
frame = pd.read_csv(table)
read = time.perf_counter()
columns = [c for c in frame.columns if c.startswith("c") and c[1:].isdigit()]
x = StandardScaler().fit_transform(frame[columns])
begun = time.perf_counter()
model = KMeans(k, n_init=restarts, tol=0, max_iter=300, random_state=1, algorithm="lloyd").fit(x)
clustered = time.perf_counter()
frame[["buyer_id"]].assign(segment=model.labels_ + 1).to_csv(out, index=False)
print(json.dumps({
    "read_seconds": read - start,
    "cluster_seconds": clustered - begun,
    "total_seconds": time.perf_counter() - start,
    "inertia": model.inertia_,
}))
