"""Ward's tree by SciPy and fastcluster. usage: linkage.py TABLE; prints seconds as JSON."""
import json
import sys
import time

import fastcluster
import pandas as pd
from scipy.cluster import hierarchy
from sklearn.preprocessing import StandardScaler

frame = pd.read_csv(sys.argv[1])
x = StandardScaler().fit_transform(frame[[c for c in frame.columns if c[1:].isdigit()]])
seconds = {}
for name, linkage in (("scipy", hierarchy.linkage), ("fastcluster", fastcluster.linkage)):
    start = time.perf_counter()
    linkage(x, "ward")
    seconds[name] = time.perf_counter() - start
print(json.dumps(seconds))
