"""Tables for ltv_invariance.sh, and what buyermap makes of them. usage: ltv_invariance.py write|compare"""
import csv
import os
import sys

import numpy as np

import ltv_figures as f
import ltv_oracle as o

MODELS = ("nbd", "bgnbd", "mbgnbd", "paretonbd")
BUYERS, TRUTH = 1200, (.5, 5, 1.2, 2.5)
HORIZONS = ("0.25", "1", "52", "300", "inf")
# name of a run: table, or table-what; flags
RUNS = [("plain", "--threads 3"), ("plain-threads", "--threads 1"), ("shuffled", ""),
        ("short", "--horizon 0.000052"), ("long", ""), ("double", ""), ("weighted", ""),
        ("days", "--unit day --horizon 364"), ("frequent", "")] + [
            ("plain-%s-%s" % (model, horizon), "--models %s --horizon %s" % (model, horizon))
            for model in MODELS for horizon in HORIZONS]


def buyers():
    """x, t_x, T in whole days, as weeks."""
    r, alpha, a, b = TRUTH
    rng = np.random.default_rng(17)
    rate, leave = rng.gamma(r, 1 / alpha, BUYERS), rng.beta(a, b, BUYERS)
    t = rng.integers(120, 365, BUYERS)
    x, t_x = np.zeros(BUYERS), np.zeros(BUYERS)
    for i in range(BUYERS):
        at = 0.
        while True:
            at += 7 * rng.exponential(1 / rate[i])
            if at >= t[i] - 1:
                break
            x[i], t_x[i] = x[i] + 1, np.ceil(at)
            if rng.uniform() < leave[i]:
                break
    return x, t_x / 7, t / 7


def write_table(name, x, t_x, t, weight=None):
    with open(name + ".csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["x", "t_x", "T"] + (["weight"] if weight is not None else []))
        for i in range(len(x)):
            writer.writerow([int(x[i]), repr(float(t_x[i])), repr(float(t[i]))]
                            + ([int(weight[i])] if weight is not None else []))


def frequent(x, t_x, t):
    return np.append(x, 100000), np.append(t_x, 51.), np.append(t, 52.)


def write():
    x, t_x, t = buyers()
    order = np.random.default_rng(18).permutation(BUYERS)
    write_table("plain", x, t_x, t)
    write_table("shuffled", x[order], t_x[order], t[order])
    write_table("short", x, t_x * 1e-6, t * 1e-6)
    write_table("long", x, t_x * 1e6, t * 1e6)
    write_table("days", x, np.rint(t_x * 7), np.rint(t * 7))
    write_table("double", *(np.repeat(column, 2) for column in (x, t_x, t)))
    write_table("weighted", x, t_x, t, np.full(BUYERS, 2))
    write_table("frequent", *frequent(x, t_x, t))
    with open("runs", "w", encoding="ascii") as file:
        file.writelines("%s %s\n" % run for run in RUNS)


def models_of(name):
    found = {}
    with open(os.path.join(name + ".out", "ltv_models.csv"), newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            own = found.setdefault(row["model"], {"p": [], "e": [], "chosen": row["chosen"],
                                                  "value": float(row["log_likelihood"])})
            own["p"].append(float(row["estimate"] or "nan"))
            own["e"].append(float(row["std_error"] or "nan"))
    return found


def column_of(name, column):
    with open(os.path.join(name + ".out", "ltv_buyers.csv"), newline="", encoding="utf-8") as file:
        return np.array([float(row[column] or "nan") for row in csv.DictReader(file)])


def check_scaled(c, name, scale, orders):
    """Time is an index: alpha (and beta of Pareto/NBD) scale with it, and the density with 1/it."""
    plain, other = models_of("plain"), models_of(name)
    for model in MODELS:
        times = {"alpha": scale, "beta": scale}
        one, two = plain[model], other[model]
        c.near("%s, %s: log-likelihood" % (name, model), two["value"],
               one["value"] - orders * np.log(scale), relative=1e-9)
        for at, parameter in enumerate(o.PARAMETERS[model]):
            by = times.get(parameter, 1)
            c.near("%s, %s: %s" % (name, model, parameter), two["p"][at] / by, one["p"][at],
                   relative=1e-5)
            c.near("%s, %s: s.e. of %s" % (name, model, parameter), two["e"][at] / by,
                   one["e"][at], relative=1e-4)
        c.true("%s: the same model is chosen" % name, one["chosen"] == two["chosen"])


def check_same(c, name, column, relative):
    ours, wanted = column_of(name, column), column_of("plain", column)
    c.true("%s: %s of each buyer" % (name, column), len(ours) == len(wanted) and bool(
        (np.abs(ours - wanted) <= relative * np.abs(wanted)).all()))


def check_doubled(c, name):
    plain, other = models_of("plain"), models_of(name)
    for model in MODELS:
        one, two = plain[model], other[model]
        c.near("%s, %s: log-likelihood" % (name, model), two["value"], 2 * one["value"],
               relative=1e-9)
        for at, parameter in enumerate(o.PARAMETERS[model]):
            c.near("%s, %s: %s" % (name, model, parameter), two["p"][at], one["p"][at],
                   relative=1e-5)
            c.near("%s, %s: s.e. of %s" % (name, model, parameter), two["e"][at] * 2 ** .5,
                   one["e"][at], relative=1e-4)


def check_horizons(c, columns):
    for model in MODELS:
        names = ["plain-%s-%s" % (model, horizon) for horizon in HORIZONS]
        p = models_of(names[0])[model]["p"]
        before = np.zeros(BUYERS)
        for name, horizon in zip(names[:-1], HORIZONS):
            orders = column_of(name, "expected_orders")
            c.true(name + ": more in a longer horizon", bool((orders >= before).all()))
            wanted = o.expected(model, p, *columns, float(horizon))
            c.true(name + ": expected orders", bool(
                (np.abs(orders - wanted) <= 1e-8 * wanted + 1e-300).all()))
            before = orders
        ever = column_of(names[-1], "expected_orders")
        c.true(names[-1] + ": bounded by the rate alone", bool((ever <= (p[0] + columns[0]) / (
            p[1] + columns[2]) / (np.log(1.1) * 7 / 365.25) * (1 + 1e-12)).all()))


def compare():
    c, columns = f.Checks(), buyers()
    for name, table in (("plain", columns), ("frequent", frequent(*columns))):
        fits = models_of(name)
        rows, counts = o.unique(table)
        for model in MODELS:
            p, value = np.array(fits[model]["p"]), fits[model]["value"]
            if name == "frequent" and model == "paretonbd":  # its s is without bound
                c.true("%s, %s: nothing is presented" % (name, model), bool(np.isnan(p).all()))
                continue
            c.near("%s, %s: log-likelihood beside the oracle" % (name, model), value,
                   o.total(model, p, rows, counts), relative=1e-9)
            # A maximum: it falls off to all sides, by about half a square of standard errors.
            for at, parameter in enumerate(o.PARAMETERS[model]):
                for side in (-.05, .05):
                    q = p.copy()
                    q[at] += side * fits[model]["e"][at]
                    c.true("%s, %s: %s is at its best" % (name, model, parameter),
                           o.total(model, q, rows, counts) < value - 1e-4)
            c.true("%s: what BG/NBD made is known as such" % name,
                   (fits[model]["chosen"] == "1") == (model == "bgnbd"))
    orders = columns[0].sum()
    check_scaled(c, "short", 1e-6, orders)
    check_scaled(c, "long", 1e6, orders)
    check_scaled(c, "days", 7, orders)
    for name, digits in (("short", 1e-5), ("long", 1e-5), ("days", 1e-5), ("weighted", 1e-5)):
        check_same(c, name, "p_alive", digits)
    for name in ("short", "days", "weighted"):
        check_same(c, name, "expected_orders", 1e-5)
    check_doubled(c, "double")
    check_doubled(c, "weighted")
    check_horizons(c, columns)
    return c.close()


if __name__ == "__main__":
    sys.exit(write() if sys.argv[1:] == ["write"] else compare())
