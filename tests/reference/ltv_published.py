"""Tables for ltv_published.sh, and what buyermap makes of them beside figures and oracle.

usage: ltv_published.py write CLV_FOLDER TRANSACTIONS_FOLDER | compare CLV_FOLDER
"""
import csv
import datetime
import gzip
import os
import sys

import numpy as np

import ltv_figures as f
import ltv_oracle as o

WEEKS_A_YEAR = 365.25 / 7
UNIT = {"week": 7., "month": 365.25 / 12, "day": 1.}


def write_rows(path, heading, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(heading)
        writer.writerows(rows)


def write(clv, transactions):
    columns, weight = f.donations(clv)
    write_rows("donations.csv", ("x", "t_x", "n", "weight"),
               ([int(v) for v in row] for row in zip(*columns, weight)))
    ids, x, t_x, t, m = f.histories(f.cdnow(clv), f.day("1997-09-30"))
    write_rows("summary.csv", ("buyer_id", "x", "t_x", "T", "m_x"),
               ((who, int(a), repr(b), repr(c), "" if np.isnan(d) else repr(d))
                for who, a, b, c, d in zip(ids, x, t_x, t, m)))
    rows, counts = np.unique(np.column_stack((x, t_x, t)), axis=0, return_counts=True)
    write_rows("weights.csv", ("x", "t_x", "T", "weight"),
               ((int(a), repr(b), repr(c), n) for (a, b, c), n in zip(rows, counts)))
    groups = f.survivors(clv)
    write_rows("groups.csv", ("group", "period", "survivors"),
               ((group, i, int(n)) for group, left in groups.items() for i, n in enumerate(left)))
    write_rows("contracts.csv", ("buyer_id", "started", "ended"), contracts(groups["HighEnd"]))
    for group, left in groups.items():
        for years in (4, 5, 7):
            write_rows("%s%d.csv" % (group, years), ("period", "survivors"),
                       ((i, int(left[i])) for i in range(years + 1)))
    path = os.path.join(transactions, "online_retail.csv.gz")
    if os.path.exists(path):
        write_rows("retail.csv", ("buyer_id", "date", "amount"), retail(path))


def contracts(left):
    """A contract a customer, whose years are days: all begin with 2024."""
    start, number = datetime.date(2024, 1, 1), 0
    for period, (before, after) in enumerate(zip(left, left[1:] + [0]), 1):
        ended = start + datetime.timedelta(days=period) if period < len(left) else ""
        for _ in range(int(before - after)):
            number += 1
            yield number, start, ended


def retail(path):
    """Clean lines: a customer, no cancellation, quantity and price above 0."""
    with gzip.open(path, "rt", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            quantity, price = float(row["Quantity"]), float(row["UnitPrice"])
            if row["CustomerID"] and row["InvoiceNo"][0] != "C" and quantity > 0 and price > 0:
                yield row["CustomerID"], row["InvoiceDate"][:10], repr(quantity * price)


# ---- what buyermap wrote ----
def rows_of(folder, table):
    with open(os.path.join(folder, table + ".csv"), newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def number(text):
    return float(text) if text else float("nan")


class Model:
    """Rows of one model in ltv_models."""

    def __init__(self, rows):
        self.name, first = rows[0]["model"], rows[0]
        self.parameter = {row["parameter"]: number(row["estimate"]) for row in rows}
        self.error = {row["parameter"]: number(row["std_error"]) for row in rows}
        self.value, self.aic, self.bic, self.buyers = (
            number(first[name]) for name in ("log_likelihood", "aic", "bic", "buyers"))
        self.converged, self.chosen = int(first["converged"]), int(first["chosen"])
        self.note = first["note"]

    def vector(self):
        return tuple(self.parameter[name] for name in o.PARAMETERS[self.name])


def models_of(folder, group=""):
    found = {}
    for row in rows_of(folder, "ltv_models"):
        if row["group"] != group:
            continue
        found.setdefault(row["model"], []).append(row)
    return {name: Model(rows) for name, rows in found.items()}


def check_model(c, name, model, wanted, errors, value):
    name = "%s %s" % (name, model.name)
    c.near(name + " log-likelihood", model.value, value, absolute=1e-6 if errors is not None else 1.1e-5)
    for at, parameter in enumerate(o.PARAMETERS[model.name]):
        c.near("%s %s" % (name, parameter), model.parameter.get(parameter, np.nan), wanted[at],
               relative=1e-4)
        if errors is not None:
            c.near("%s s.e. of %s" % (name, parameter), model.error.get(parameter, np.nan),
                   errors[at], relative=1e-3)
    check_criteria(c, name, model)
    c.true(name + ": converged", model.converged == 1)


def check_criteria(c, name, model):
    k = len(o.PARAMETERS[model.name])
    c.near(name + " AIC", model.aic, 2 * k - 2 * model.value, relative=1e-12)
    c.near(name + " BIC", model.bic, k * np.log(model.buyers) - 2 * model.value, relative=1e-12)


def check_chosen(c, name, models):
    fitted = [m for m in models.values() if m.name != "gamma_gamma" and not np.isnan(m.bic)
              and not any(np.isnan(m.vector()))]
    best = min(fitted, key=lambda m: m.bic)
    c.true("%s: %s has the lowest BIC and is chosen" % (name, best.name), best.chosen == 1)
    c.true("%s: one is chosen" % name, sum(m.chosen for m in models.values()
                                           if m.name != "gamma_gamma") == 1)


class Buyers:
    """ltv_buyers as arrays."""

    def __init__(self, folder):
        rows = rows_of(folder, "ltv_buyers")
        self.ids = [row["buyer_id"] for row in rows]
        self.models = {row["model"] for row in rows}
        for name in ("x", "t_x", "t", "m_x", "p_alive", "expected_orders", "expected_value", "clv"):
            setattr(self, name, np.array([number(row[name]) for row in rows]))


def same(c, what, ours, theirs, relative=1e-8, absolute=1e-300):
    c.done += 1
    ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
    off = ~(np.abs(ours - theirs) <= np.maximum(relative * np.abs(theirs), absolute))
    off &= ~(np.isnan(ours) & np.isnan(theirs))
    if off.any():
        c.wrong += 1
        at = np.flatnonzero(off)[0]
        print("%s: %d of %d differ, the first, row %d: %.15g, not %.15g" % (
            what, off.sum(), len(off), at + 1, ours[at], theirs[at]), file=sys.stderr)


def check_buyers(c, name, folder, model, table, horizon, rate=.10, margin=1., unit="week"):
    """Each buyer beside the oracle at the parameters that buyermap found."""
    ids, x, t_x, t, m = table
    b, fits = Buyers(folder), models_of(folder)
    p, gg = fits[model].vector(), fits["gamma_gamma"].vector()
    c.true(name + ": the buyers, in order of their first order", b.ids == ids)
    c.true(name + ": all of that model", b.models == {model})
    same(c, name + " x", b.x, x, 0)
    same(c, name + " t_x", b.t_x, t_x, 1e-14)
    same(c, name + " t", b.t, t, 1e-14)
    same(c, name + " m_x", np.where(x > 0, b.m_x, 0), np.where(x > 0, m, 0), 1e-12)
    same(c, name + " p_alive", b.p_alive, o.p_alive(model, p, x, t_x, t))
    same(c, name + " gamma_gamma",  b.expected_value, b.expected_orders * o.spend(gg, x, m))
    units = 365.25 / UNIT[unit]
    if horizon == np.inf:
        import mpmath as mp
        delta, keep = np.log1p(rate) / units, np.unique(np.r_[0:12, np.argsort(-x)[:8]])
        left = [o.p_alive(model, p, x[i:i + 1], t_x[i:i + 1], t[i:i + 1])[0] * float(
            f.mp_round(mp, o.mp_discounted_alive, model, p, x[i], t[i], delta)) for i in keep]
        same(c, name + " DERT", b.expected_orders[keep], left)
        same(c, name + " CLV", b.clv[keep], margin * o.spend(gg, x, m)[keep] * left)
        return
    same(c, name + " expected orders", b.expected_orders,
         o.expected(model, p, x, t_x, t, horizon))
    same(c, name + " CLV", b.clv, margin * o.spend(gg, x, m) * o.discounted(
        model, p, x, t_x, t, horizon, rate, units))


def check_cdnow(c, clv):
    rows = f.cdnow(clv)
    table = f.histories(rows, f.day("1997-09-30"))
    fits = models_of("cdnow39")
    for model, (wanted, errors, value) in f.CDNOW39.items():
        check_model(c, "CDNOW 39", fits[model], wanted, errors, value)
    check_chosen(c, "CDNOW 39", fits)
    longer = models_of("cdnow78")
    for model, (wanted, errors, value) in f.CDNOW78.items():
        check_model(c, "CDNOW 78", longer[model], wanted, errors, value)
    ids, x, t_x, t, _ = f.histories(rows, f.day("1998-06-30"))
    for model in ("nbd", "mbgnbd"):
        p, errors, value = o.fit(model, (x, t_x, t))
        check_model(c, "CDNOW 78", longer[model], p, errors, value)
    check_holdout(c, rows, table, fits)
    for model in ("nbd", "bgnbd", "mbgnbd", "paretonbd"):
        check_buyers(c, "CDNOW " + model, "cdnow39-" + model, model, table, 39, .15, .35)
        check_buyers(c, "CDNOW 2.5 weeks " + model, "cdnow39-%s-half" % model, model, table, 2.5)
        check_buyers(c, "CDNOW for ever " + model, "cdnow39-%s-inf" % model, model, table, np.inf)
    for unit, model, horizon in (("month", "paretonbd", 12), ("day", "bgnbd", 30)):
        check_buyers(c, "CDNOW by " + unit, "cdnow39-" + unit, model, f.histories(
            rows, f.day("1997-09-30"), UNIT[unit]), horizon, unit=unit)
    weighted = models_of("cdnow39-weights")
    for model in ("nbd", "bgnbd", "mbgnbd", "paretonbd"):
        check_model(c, "CDNOW with weights", weighted[model], *f.CDNOW39[model])
        c.near("CDNOW with weights, buyers", weighted[model].buyers, 2357)
    check_buyers(c, "CDNOW summary", "cdnow39-summary", "bgnbd", table, 39)


def check_holdout(c, rows, table, fits):
    ids, x, t_x, t, _ = table
    after, until = f.day("1997-09-30"), f.day("1998-06-30")
    actual = f.later(rows, ids, after, until)
    for row in rows_of("cdnow39", "ltv_holdout"):
        name = "CDNOW holdout of " + row["model"]
        y = o.expected(row["model"], fits[row["model"]].vector(), x, t_x, t, (until - after) / 7)
        off = y - actual
        c.near(name, number(row["actual_orders"]), f.ACTUAL39)
        c.near(name + ", buyers", number(row["buyers"]), 2357)
        mine = (y.sum(), abs(off).mean(), np.sqrt((off ** 2).mean()), np.corrcoef(y, actual)[0, 1])
        for at, column in enumerate(("predicted_orders", "mae", "rmse", "correlation")):
            c.near("%s, %s" % (name, column), number(row[column]), mine[at], relative=1e-9)
            if row["model"] in f.HOLDOUT39:
                c.near("%s, %s as printed" % (name, column), number(row[column]),
                       f.HOLDOUT39[row["model"]][at], absolute=6e-7 if at else 6e-4)
    c.true("holdout: a row a model", sorted(row["model"] for row in rows_of(
        "cdnow39", "ltv_holdout")) == ["bgnbd", "mbgnbd", "nbd", "paretonbd"])
    for model in ("nbd", "bgnbd", "mbgnbd", "paretonbd"):
        deciles = [row for row in rows_of("cdnow39", "ltv_calibration") if row["model"] == model]
        held = [row for row in rows_of("cdnow39", "ltv_holdout") if row["model"] == model][0]
        c.near(model + ": deciles hold all buyers", sum(number(row["buyers"]) for row in deciles),
               2357)
        check_tracking(c, model, fits[model].vector(), rows, ids)
        for column in ("predicted", "actual"):
            c.near("%s: %s of the deciles" % (model, column),
                   sum(number(row[column]) for row in deciles), number(held[column + "_orders"]),
                   relative=1e-9)


def check_tracking(c, model, p, rows, ids):
    """Repeat orders of those known at the end of the calibration, by weeks since the first order of
    all, the day that ends a week included, as time is the difference of dates; and what as many new
    buyers would have placed by then."""
    track = [row for row in rows_of("cdnow39", "ltv_tracking") if row["model"] == model]
    origin, known = min(at for _, at, _ in rows), set(ids)
    days, first = set((who, at) for who, at, _ in rows), {}
    for who, at in days:
        first[who] = min(at, first.get(who, at))
    repeats = np.array([at for who, at in days if who in known and at > first[who]])
    begun = np.array([first[who] for who in ids], float)
    c.true("%s: tracking of the %d whole weeks" % (model, len(track)),
           len(track) == (f.day("1998-06-30") - origin) // 7)
    before = np.zeros(2)
    for at, row in enumerate(track):
        end = origin + 7 * (at + 1)
        sums = np.array([(repeats <= end).sum(), o.expected_new(
            model, p, np.maximum(end - begun, 0) / 7).sum()])
        for what, value, each in zip(("actual", "predicted"), sums, sums - before):
            name = "%s: %s of week %d" % (model, what, at + 1)
            c.near(name, number(row[what]), each, relative=1e-8)
            c.near(name + ", cumulative", number(row["cumulative_" + what]), value, relative=1e-9)
        before = sums


def check_donations(c, clv):
    columns, weight = f.donations(clv)
    for folder, horizon in (("donations", 10), ("donations5", 5)):
        fits, b = models_of(folder), Buyers(folder)
        check_model(c, folder, fits["bgbb"], *((f.DONATIONS["bgbb"][0], None,
                                               f.DONATIONS["bgbb"][2])))
        c.near(folder + " log-likelihood", fits["bgbb"].value, f.DONATIONS["bgbb"][2],
               absolute=1e-6)
        c.near(folder + " buyers", fits["bgbb"].buyers, 11104)
        for parameter, wanted in zip(o.PARAMETERS["bgbb"], f.DONATIONS["bgbb"][1]):
            c.near("%s s.e. of %s" % (folder, parameter), fits["bgbb"].error[parameter], wanted,
                   absolute=6e-5)
        p = fits["bgbb"].vector()
        same(c, folder + " p_alive", b.p_alive, o.p_alive("bgbb", p, *columns))
        same(c, folder + " expected orders", b.expected_orders,
             o.expected("bgbb", p, *columns, horizon))
        if horizon == 5:
            c.near("donations 2002-06", np.dot(weight, b.expected_orders), 12884.16, absolute=.01)


def check_contracts(c):
    for (group, years, model), (wanted, value) in f.CONTRACTS.items():
        fits = models_of("%s%d" % (group, years))
        check_model(c, "%s %d" % (group, years), fits[model], wanted, None, value)
        c.near("%s %d log-likelihood" % (group, years), fits[model].value, value, absolute=1e-6)
    for group in ("HighEnd", "Regular"):
        for years in (4, 5, 7):
            check_chosen(c, "%s %d" % (group, years), models_of("%s%d" % (group, years)))
        for model in ("sbg", "bdw"):
            wanted, value = f.CONTRACTS[group, 7, model]
            check_model(c, "%s beside others" % group, models_of("groups", group)[model], wanted,
                        None, value)
            track = [row for row in rows_of("groups", "ltv_tracking")
                     if (row["model"], row["group"]) == (model, group)]
            c.all_near("%s %s S(t)" % (group, model), [
                1 - number(row["cumulative_predicted"]) / 1000 for row in track[:12]],
                       f.SURVIVAL[group, model], 6e-5)
    for model in ("sbg", "bdw"):
        check_running(c, model)


def check_running(c, model):
    """491 of 1,000 contracts run on after 7 periods; the others ended."""
    fits, b = models_of("contracts-" + model), Buyers("contracts-" + model)
    wanted, value = f.CONTRACTS["HighEnd", 7, model]
    check_model(c, "contracts", fits[model], wanted, None, value)
    runs = b.p_alive == 1
    c.near(model + ": running contracts", runs.sum(), 491)
    c.true(model + ": ended contracts are gone", (b.p_alive[~runs] == 0).all()
           and (b.expected_orders[~runs] == 0).all())
    left = np.exp(o.log_survival(fits[model].vector(), np.arange(7., 20)))
    same(c, model + " renewals of running contracts", b.expected_orders[runs],
         np.full(491, left[1:].sum() / left[0]))


def check_retail(c):
    if not os.path.exists("retail"):
        return
    fits = models_of("retail")
    check_criteria(c, "retail nbd", fits["nbd"])
    for model, value in f.RETAIL.items():
        if not any(np.isnan(fits[model].vector())):
            c.near("retail %s log-likelihood" % model, fits[model].value, value, absolute=1e-6)
    for model in ("bgnbd", "mbgnbd", "paretonbd"):
        c.true("retail %s: no dropout, said in a note" % model, "dropout" in fits[model].note)
        c.true("retail %s: no parameter is presented" % model,
               all(np.isnan(value) for value in fits[model].parameter.values())
               and all(np.isnan(value) for value in fits[model].error.values()))
    c.true("retail: the NBD is chosen", fits["nbd"].chosen == 1)
    for at, parameter in enumerate(o.PARAMETERS["gamma_gamma"]):
        c.near("retail " + parameter, fits["gamma_gamma"].parameter[parameter],
               f.RETAIL_SPEND[at], relative=1e-4)


def compare(clv):
    c = f.Checks()
    check_cdnow(c, clv)
    check_donations(c, clv)
    check_contracts(c)
    check_retail(c)
    return 0 if c.close() == 0 else 1


if __name__ == "__main__":
    sys.exit(write(*sys.argv[2:]) if sys.argv[1] == "write" else compare(*sys.argv[2:]))
