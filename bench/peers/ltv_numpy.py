"""Lifetime models by NumPy and SciPy. Prints a line of JSON.

usage: ltv_numpy.py SUMMARY.csv [HORIZON]          columns buyer_id, x, t_x, T, m_x
The likelihoods are those of tests/reference/ltv_oracle.py, vectorised over the unique rows of
(x, t_x, T) and over (x, m_x); L-BFGS-B over the logarithms of the parameters with SciPy's own
differences; standard errors from the Hessian by central differences. Then P(alive) and expected
orders of each buyer, under the model with the lowest BIC. Reading the file is not timed.
"""
import json
import os
import resource
import sys
import time

import numpy as np
import pandas
from scipy import optimize

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tests/reference"))
import ltv_oracle as formulas  # noqa: E402

MODELS = ("nbd", "bgnbd", "mbgnbd", "paretonbd")


def unique(*columns):
    rows, counts = np.unique(np.column_stack(columns), axis=0, return_counts=True)
    return tuple(np.ascontiguousarray(column) for column in rows.T), counts.astype(float)


def fit(model, columns, counts):
    since = time.perf_counter()
    n, calls = counts.sum(), [0]

    def loss(logs):
        calls[0] += 1
        return -formulas.total(model, np.exp(logs), columns, counts) / n
    found = optimize.minimize(loss, np.log(formulas.START[model]), method="L-BFGS-B",
                              bounds=[(-12, 12)] * len(formulas.START[model]),
                              options={"ftol": 1e-13, "gtol": 1e-7})
    p = np.exp(found.x)
    h = formulas.central(lambda q: -formulas.total(model, q, columns, counts), p, 1e-3)
    errors = np.sqrt(np.abs(np.diag(np.linalg.pinv(h))))
    value = -found.fun * n
    return {"seconds": time.perf_counter() - since, "parameters": list(p), "errors": list(errors),
            "log_likelihood": value, "evaluations": calls[0],
            "bic": len(p) * np.log(n) - 2 * value}


def predict(model, p, x, t_x, t, horizon):
    """Each buyer's; expected orders once for each (x, T)."""
    since = time.perf_counter()
    alive = formulas.p_alive(model, p, x, t_x, t)
    pairs, of = np.unique(np.column_stack((x, t)), axis=0, return_inverse=True)
    orders = alive * formulas.expected_alive(model, p, *pairs.T, horizon)[of]
    return time.perf_counter() - since, float(orders.sum())


def main(path, horizon="52"):
    table = pandas.read_csv(path, usecols=["x", "t_x", "T", "m_x"], dtype=float)
    x, t_x, t, m = (table[name].to_numpy() for name in ("x", "t_x", "T", "m_x"))
    del table
    since = time.perf_counter()
    columns, counts = unique(x, t_x, t)
    some = x > 0
    spends, spend_counts = unique(x[some], m[some])
    said = {"compress_seconds": time.perf_counter() - since, "patterns": len(counts), "models": {}}
    for model in MODELS:
        said["models"][model] = fit(model, columns, counts)
    said["models"]["gamma_gamma"] = fit("gamma_gamma", spends, spend_counts)
    best = min(MODELS, key=lambda model: said["models"][model]["bic"])
    said["chosen"] = best
    said["predict_seconds"], said["expected_orders"] = predict(
        best, said["models"][best]["parameters"], x, t_x, t, float(horizon))
    said["seconds"] = time.perf_counter() - since
    said["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(json.dumps(said))


if __name__ == "__main__":
    with np.errstate(all="ignore"):  # a search may try anything
        main(*sys.argv[1:])
