"""churn, revenue_movements and cohort_means from their definitions alone, by pandas.

churn.py orders FOLDER LOG PERIOD DAYS   orders and map of one run; PERIOD a pandas alias
churn.py contracts FOLDER TABLE          a table as that of dbt's MRR playbook, by month
churn.py draw FILE                       contracts with gaps, overlaps and odd days
"""
import sys
import numpy as np
import pandas as pd


def read_log(path):
    if "online_retail" in path:
        log = pd.read_csv(path, dtype={"CustomerID": str, "InvoiceNo": str},
                          parse_dates=["InvoiceDate"])
        log = log[log.CustomerID.notna() & ~log.InvoiceNo.str.startswith("C")
                  & (log.Quantity > 0) & (log.UnitPrice > 0)]
        return pd.DataFrame({"buyer": log.CustomerID, "day": log.InvoiceDate.dt.normalize(),
                             "amount": log.Quantity * log.UnitPrice})
    log = pd.read_csv(path, dtype={"buyer_id": str}, parse_dates=["ordered_at"])
    return pd.DataFrame({"buyer": log.buyer_id, "day": log.ordered_at.dt.normalize(),
                         "amount": log.amount})


def read_table(folder, name):
    table = pd.read_csv(f"{folder}/{name}.csv", parse_dates=["period"])
    return table.set_index(["segment", "period"]).sort_index()


def labels_of(folder):
    map_ = pd.read_csv(f"{folder}/assignments.csv", dtype={"buyer_id": str})
    return map_.set_index("buyer_id").segment


def close(name, got, want, tolerance=1e-9):
    got, want = got.astype(float), want.reindex(got.index).astype(float)
    off = ~(np.isclose(got, want, rtol=tolerance, atol=1e-6) | (got.isna() & want.isna()))
    if off.any():
        sys.exit(f"{name}:\n{pd.DataFrame({'got': got[off], 'want': want[off]}).head()}")


def by_segment(per_buyer, label, rows):
    """Sums a buyers × periods frame over everybody and over each segment."""
    parts = {0: per_buyer.sum()}
    for s in sorted(set(label) - {0}):
        parts[s] = per_buyer[label.reindex(per_buyer.index).eq(s)].sum()
    return pd.concat(parts).reindex(rows)


def compare(table, want, rates):
    last = table.index.get_level_values("period").max()
    is_open = table.index.get_level_values("period") == last
    assert ((table.is_complete == 0) == is_open).all()
    for name, column in want.items():
        close(name, table[name], column)
    for name, (part, whole) in rates.items():
        rate = (part(want) / whole(want)).where(whole(want) > 0)
        close(name, table[name], rate.mask(is_open))


def movements(money, active, label, table):
    """money, active: buyers × periods. What was there before is what is shifted by one."""
    money = money.where(active, 0)
    before, was = money.shift(1, axis=1, fill_value=0), active.shift(1, axis=1, fill_value=False)
    ever = (active.cumsum(axis=1) - active) > 0
    both, difference = active & was, money - before
    parts = {"start": before, "end": money, "new": money.where(active & ~ever, 0),
             "reactivated": money.where(active & ~was & ever, 0),
             "churned": before.where(was & ~active, 0),
             "expansion": difference.where(both & (difference > 0), 0),
             "contraction": -difference.where(both & (difference < 0), 0),
             "buyers_start": was.astype(int), "buyers_end": active.astype(int)}
    want = pd.DataFrame({k: by_segment(v, label, table.index) for k, v in parts.items()})
    gone = lambda w: w.contraction + w.churned
    compare(table, want, {
        "grr": (lambda w: w.start - gone(w), lambda w: w.start),
        "nrr": (lambda w: w.start + w.expansion - gone(w), lambda w: w.start),
        "quick_ratio": (lambda w: w.new + w.expansion + w.reactivated, gone)})


def churn(there, money_before, first, ends, label, table):
    """there: buyers × periods, at each close; money_before: what stood at the close before."""
    was = there.shift(1, axis=1, fill_value=False)
    begun = pd.DataFrame({p: first <= end for p, end in ends.items()}, index=there.index)
    fresh = begun & ~begun.shift(1, axis=1, fill_value=False)
    parts = {"buyers_start": was, "buyers_end": there, "lost": was & ~there,
             "new": there & ~was & fresh, "reactivated": there & ~was & ~fresh,
             "passed": fresh & ~there,
             "revenue_start": money_before.where(was, 0),
             "revenue_lost": money_before.where(was & ~there, 0)}
    want = pd.DataFrame({k: by_segment(v.astype(float), label, table.index)
                         for k, v in parts.items()})
    assert (want.buyers_start + want.new + want.reactivated - want.lost == want.buyers_end).all()
    compare(table, want, {"churn_rate": (lambda w: w.lost, lambda w: w.buyers_start),
                          "revenue_churn": (lambda w: w.revenue_lost, lambda w: w.revenue_start)})


def check_orders(folder, path, alias, days):
    log = read_log(path)
    label, as_of = labels_of(folder), log.day.max() + pd.Timedelta(days=1)
    log["period"] = log.day.dt.to_period(alias)
    periods = pd.period_range(log.period.min(), pd.Period(as_of, alias))
    grid = dict(index=sorted(log.buyer.unique()), columns=periods)
    money = log.pivot_table(index="buyer", columns="period", values="amount", aggfunc="sum")
    money = money.reindex(**grid)
    active, money = money.notna(), money.fillna(0)
    ends = {p: min(p.end_time.normalize(), as_of) for p in periods}
    there = pd.DataFrame(False, **grid)
    for p, end in ends.items():
        last = log[log.day <= end].groupby("buyer").day.max().reindex(grid["index"])
        there[p] = (end - last).dt.days <= days  # missing: False
    first = log.groupby("buyer").day.min().reindex(grid["index"])
    for frame in (money, active, there):
        frame.columns = periods.start_time.normalize()
    ends = {p.start_time.normalize(): end for p, end in ends.items()}
    table = read_table(folder, "revenue_movements")
    assert len(table) == len(periods) * (label.max() + 1)
    movements(money, active, label, table)
    latest = money.where(active).ffill(axis=1)  # of the last period in which he ordered
    churn(there, latest.shift(1, axis=1), first, ends, label, read_table(folder, "churn"))
    check_means(folder, log, label, periods)


def check_means(folder, log, label, periods):
    """Weighted and simple means of retention over complete periods, not from the triangle."""
    rows = []
    index = log.period.map({p: i for i, p in enumerate(periods)})
    first = index.groupby(log.buyer).transform("min")
    log = pd.DataFrame({"buyer": log.buyer, "cohort": first, "age": index - first})
    last_of = log.groupby("buyer").age.max()
    cohort_of = log.groupby("buyer").cohort.first()
    for s in [0] + sorted(set(label) - {0}):
        of = cohort_of if s == 0 else cohort_of[label.reindex(cohort_of.index).eq(s)]
        size = of.value_counts()
        own = log[log.buyer.isin(of.index)]
        for age in range(len(periods) - 1):
            closed = size[size.index + age < len(periods) - 1]
            if closed.empty:
                continue
            now = own[own.age == age].groupby("cohort").buyer.nunique()
            later = of[last_of.reindex(of.index) >= age].value_counts()
            now, later = (x.reindex(closed.index, fill_value=0) for x in (now, later))
            rows.append((s, age, len(closed), closed.sum(), now.sum() / closed.sum(),
                         (now / closed).mean(), later.sum() / closed.sum(),
                         (later / closed).mean()))
    got = pd.read_csv(f"{folder}/cohort_means.csv").set_index(["segment", "period_index"])
    want = pd.DataFrame(rows, columns=["segment", "period_index", *got.columns])
    want = want.set_index(["segment", "period_index"])
    assert len(want) == len(got), (len(want), len(got))
    for name in got.columns:
        close(name, got[name], want[name], 1e-12)


def check_contracts(folder, path):
    table = pd.read_csv(path, dtype={"customer_id": str}, parse_dates=["start_date", "end_date"])
    move, lost = read_table(folder, "revenue_movements"), read_table(folder, "churn")
    label = pd.Series(dtype=int)
    as_of = max(table.start_date.max(), table.end_date.max())
    months = pd.period_range(table.start_date.min(), as_of, freq="M")
    assert len(months) == len(move)
    names = months.start_time
    ends = {m.start_time: min(m.end_time.normalize(), as_of) for m in months}
    runs = pd.DataFrame({name: (table.start_date <= end) &
                         ~(table.end_date <= end) for name, end in ends.items()})
    money = runs.mul(table.monthly_amount, axis=0).groupby(table.customer_id).sum()
    there = runs.groupby(table.customer_id).any()
    ran = table[~(table.end_date <= table.start_date)]
    first = ran.groupby("customer_id").start_date.min().reindex(there.index)
    # Who came and went between two closes was there before, so the plain shift does not do.
    churn(there, money.shift(1, axis=1, fill_value=0), first, ends, label, lost)
    if "dbt" in path:
        movements(money, money > 0, label, move)
        check_playbook(table, move)


def check_playbook(table, move):
    """dbt's SQL: customer × month, joined where start <= first day of the month < end."""
    months = pd.DataFrame({"month": move.reset_index().period.unique()})
    rows = months.merge(table, how="cross")
    rows = rows[(rows.month >= rows.start_date) & (rows.month < rows.end_date)]
    mrr = rows.groupby(["customer_id", "month"]).monthly_amount.sum()
    mrr = mrr.unstack(fill_value=0).reindex(columns=months.month, fill_value=0)
    for month in months.month[1:]:
        now, before = mrr[month], mrr[month - pd.DateOffset(months=1)]
        first = mrr.columns[(mrr > 0).to_numpy().argmax(axis=1)]
        category = np.select(
            [(now > 0) & (first == month), (now == 0) & (before > 0), (now > 0) & (before == 0),
             now > before, now < before], ["new", "churn", "reactivation", "upgrade", "downgrade"],
            "none")
        change = (now - before).abs().groupby(category).sum()
        row = move.loc[(0, month)]
        for theirs, ours in (("new", "new"), ("churn", "churned"), ("upgrade", "expansion"),
                             ("reactivation", "reactivated"), ("downgrade", "contraction")):
            assert row[ours] == change.get(theirs, 0), (month, ours)


def draw(path):
    random = np.random.default_rng(5)
    n = 3000
    start = pd.Timestamp("2023-01-05") + pd.to_timedelta(random.integers(0, 600, n), "D")
    end = start + pd.to_timedelta(random.integers(0, 120, n), "D")
    table = pd.DataFrame({"customer_id": random.integers(1, 700, n), "start_date": start,
                          "end_date": pd.Series(end).mask(random.uniform(size=n) < 0.1),
                          "monthly_amount": random.integers(1, 9999, n) / 100})
    table.to_csv(path, index=False)


if sys.argv[1] == "orders":
    check_orders(sys.argv[2], sys.argv[3], sys.argv[4], float(sys.argv[5]))
elif sys.argv[1] == "contracts":
    check_contracts(sys.argv[2], sys.argv[3])
else:
    draw(sys.argv[2])
