#!/usr/bin/env python3
"""Customer methods: the marts that `confect refresh` fills against pandas, lifetimes and scipy, in one run.

    python benches/value.py online_retail.csv[.zst] [--confect target/release/confect]

Needs `pandas`, `scipy` and `lifetimes` 0.11.3. A project of Online Retail is made and refreshed with
BG/NBD as its model; everything is then read back with `confect sql`. The peers start from `customer_orders`, the history
that our methods read too, and work everything out again: scores with ties together, cohorts by month, BG/NBD and
Gamma-Gamma with the value of each customer, Kruskal-Wallis with Dunn and Holm. The first three are compared cell by cell,
which must not differ at all; the others by their largest difference.

Seconds: ours are those of the table in `refresh --json`, beside all other tables of the refresh, with its SQL, its checks and
its file; for value also the other models that the card compares and the check on held-out days. Theirs are of the last
fit that lifetimes says converged, alone, from a frame in memory to a frame in memory. Ends with status 1 if a
difference is above its limit.
"""

import argparse
import contextlib
import io
import itertools
import json
import math
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import warnings

import lifetimes
import numpy as np
import pandas as pd
from scipy import stats

warnings.filterwarnings("ignore")
ROOT = pathlib.Path(__file__).resolve().parent.parent
# Largest relative difference; of cells and of Dunn's p values the absolute one. `a` and `b` are left out: this shop's
# likelihood hardly moves with them, and what follows from them is compared.
LIMITS = {"scores": 0, "cohorts": 0, "log likelihood": 1e-9, "r, alpha": 1e-5, "p, q, v": 1e-5,
          "expected orders, sum": 1e-5, "value, sum": 1e-5, "value, customer": 1e-4,
          "H": 1e-9, "p of H": 1e-9, "Dunn-Holm": 1e-9}


class Shop:
    """A project in a folder of its own."""

    def __init__(self, confect, data, folder):
        self.confect, self.folder = confect, folder
        subprocess.run([confect, "init", str(folder), "--template", "online-retail"], check=True, capture_output=True)
        # The peers count the month in progress as well.
        with open(folder / "confect.toml", "a") as settings:
            settings.write("whole_months = false\n")
        shutil.copy(data, folder / "data")
        (folder / "marts").mkdir(exist_ok=True)
        packs = ROOT / "packs/retail/marts"
        shutil.copy(packs / "customer_value.sql", folder / "marts")
        toml = (packs / "customer_value.toml").read_text()
        bg = toml.replace('model = "auto"', 'model = "bg"')
        assert bg != toml, "the contract names its model"
        (folder / "marts/customer_value.toml").write_text(bg)

    def run(self, *arguments):
        ran = subprocess.run([self.confect, "-C", str(self.folder), *arguments], capture_output=True, text=True)
        if ran.returncode:
            sys.exit(f"confect {' '.join(arguments)}: {ran.stderr}")
        return ran.stdout

    def refresh(self):
        return json.loads(self.run("refresh", "--json").splitlines()[-1])

    def frame(self, sql, days=()):
        text = self.run("sql", "--format", "csv", sql)
        return pd.read_csv(io.StringIO(text), dtype={"customer_id": str}, parse_dates=list(days))


def timed(work):
    FAILED.clear()
    clock = time.perf_counter()
    found = work()
    return found, time.perf_counter() - clock - sum(FAILED)


def rfm(orders, as_of):
    """Recency, frequency, monetary and scores 1 to 5 in which equal values share a score."""
    bought = orders[orders.is_purchase].groupby("customer_id").agg(
        last=("order_date", "max"), frequency=("order_no", "size"))
    bought["monetary"] = orders.groupby("customer_id").revenue.sum().round(4)
    bought["recency_days"] = (as_of - bought["last"]).dt.days
    for name, value in (("r", -bought.recency_days), ("f", bought.frequency), ("m", bought.monetary)):
        rank = value.rank(method="min").astype(int)
        bought[f"{name}_score"] = np.minimum(5, 1 + 5 * (rank - 1) // len(value))
    return bought[["recency_days", "frequency", "monetary", "r_score", "f_score", "m_score"]].sort_index()


def cohorts(orders):
    """Active customers and net revenue by month of the first purchase and months since."""
    first = orders[orders.is_purchase].groupby("customer_id").order_date.min().rename("first")
    rows = orders.join(first, on="customer_id").dropna(subset=["first"])
    rows = rows[rows.order_date >= rows["first"]]
    month = lambda days: days.dt.year * 12 + days.dt.month
    rows["age"] = month(rows.order_date) - month(rows["first"])
    rows["cohort"] = rows["first"].dt.strftime("%Y-%m-01")
    active = rows[rows.is_purchase].groupby(["cohort", "age"]).customer_id.nunique().rename("active")
    return pd.concat([active, rows.groupby(["cohort", "age"]).revenue.sum().round(4)], axis=1).fillna(0)


def summaries(orders, observed_to):
    """Repeats, their time and mean value, age, in weeks; a credit comes off the purchase before it."""
    first = orders[orders.is_purchase].groupby("customer_id").order_date.min().rename("first")
    rows = orders.join(first, on="customer_id").dropna(subset=["first"])
    rows = rows[rows.order_date >= rows["first"]].sort_values(
        ["customer_id", "order_date", "is_purchase"], ascending=[True, True, False])
    days = rows[rows.is_purchase].groupby("customer_id").order_date.agg(["min", "max", "nunique"])
    second = rows[rows.is_purchase & (rows.order_date > rows["first"])].groupby("customer_id").order_date.min()
    late = rows.join(second.rename("second"), on="customer_id")
    late = late[(late.order_date > late.second) | ((late.order_date == late.second))]
    found = pd.DataFrame({
        "frequency": days["nunique"] - 1,
        "recency": (days["max"] - days["min"]).dt.days / 7,
        "T": (observed_to - days["min"]).dt.days / 7,
    })
    total = late.groupby("customer_id").revenue.sum()
    found["value"] = (total / found.frequency.where(found.frequency > 0)).reindex(found.index).fillna(0.0)
    return found


# Seconds of fits that did not converge, which nobody is charged for.
FAILED = []


def fitted(fit):
    """At the tightest tolerance at which lifetimes still says that it converged."""
    for tol in (1e-12, 1e-10, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4):
        clock = time.perf_counter()
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                return fit(tol)
        except lifetimes.utils.ConvergenceError:
            FAILED.append(time.perf_counter() - clock)
            print(f"lifetimes did not converge to {tol:g}", file=sys.stderr)
    sys.exit("lifetimes did not converge at all")


def values(found, months, month, discount):
    """BG/NBD and Gamma-Gamma of lifetimes; discounted revenue of each customer."""
    bg = lifetimes.BetaGeoFitter(penalizer_coef=0.0)
    fitted(lambda tol: bg.fit(found.frequency, found.recency, found["T"], tol=tol))
    paid = found[(found.frequency > 0) & (found.value > 0)]
    gg = lifetimes.GammaGammaFitter(penalizer_coef=0.0)
    fitted(lambda tol: gg.fit(paid.frequency, paid.value, tol=tol))
    # Like ours: who has no repeat worth anything is expected to spend what all do.
    frequency = found.frequency.where(found.value > 0, 0)
    worth = gg.conditional_expected_average_profit(frequency, found.value.where(found.value > 0, 0))
    total, before = 0.0, 0.0
    for step in range(1, months + 1):
        orders = bg.conditional_expected_number_of_purchases_up_to_time(
            step * month, found.frequency, found.recency, found["T"])
        total = total + (orders - before) / (1 + discount) ** step
        before = orders
    return bg, gg, before, total * worth


def dunn(groups):
    """Kruskal-Wallis, and Dunn's pairs after Holm, from scipy's ranks and normal distribution."""
    h, p = stats.kruskal(*groups.values())
    pooled = np.concatenate(list(groups.values()))
    ranks, n = stats.rankdata(pooled), len(pooled)
    _, ties = np.unique(pooled, return_counts=True)
    spread = n * (n + 1) / 12 - float((ties.astype(float) ** 3 - ties).sum()) / (12 * (n - 1))
    ends = np.cumsum([len(values) for values in groups.values()])
    means = {name: (part.mean(), len(part)) for name, part in zip(groups, np.split(ranks, ends[:-1]))}
    raw = {}
    for one, other in itertools.combinations(groups, 2):
        (left, m), (right, k) = means[one], means[other]
        raw[frozenset((one, other))] = 2 * stats.norm.sf(abs(left - right) / math.sqrt(spread * (1 / m + 1 / k)))
    adjusted, least = {}, 0.0
    for place, pair in enumerate(sorted(raw, key=raw.get)):
        least = adjusted[pair] = max(least, min(1.0, raw[pair] * (len(raw) - place)))
    return h, p, adjusted


def relative(ours, theirs):
    return float(np.max(np.abs(np.asarray(ours) - np.asarray(theirs)) / np.maximum(np.abs(theirs), 1e-300)))


def main():
    options = argparse.ArgumentParser()
    options.add_argument("data", type=pathlib.Path)
    options.add_argument("--confect", default=str(ROOT / "target/release/confect"))
    options = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        shop = Shop(options.confect, options.data, pathlib.Path(folder) / "shop")
        compare(shop, shop.refresh())


def compare(shop, record):
    rows = []

    def row(what, ours, theirs, difference, note=""):
        limit = LIMITS[what]
        rows.append((what, ours, theirs, difference, limit, note))

    orders = shop.frame("select customer_id, order_no, order_date, is_purchase, revenue from customer_orders", ["order_date"])
    orders.is_purchase = orders.is_purchase.astype(str).str.lower().eq("true")
    as_of = pd.to_datetime(shop.frame("select max(as_of_date) as day from single_customer_view").day[0])

    mine = shop.frame("select customer_id, recency_days, frequency, monetary, r_score, f_score, m_score from customer_rfm where is_latest").set_index("customer_id").sort_index()
    found, took = timed(lambda: rfm(orders, as_of))
    assert mine.index.equals(found.index)
    row("scores", spent(record, "customer_rfm"), took, float(np.abs(mine.round(4) - found.round(4)).max().max()), f"{found.size:,} cells; ours makes every month's scores")

    mine = shop.frame("select cohort, age, sum(active_customers) as active, sum(revenue) as revenue from cohort_retention where definition = 'first_month' group by cohort, age having sum(active_customers) is not null").set_index(["cohort", "age"]).sort_index()
    found, took = timed(lambda: cohorts(orders))
    both = mine.join(found.rename(columns=lambda name: f"their_{name}"), how="outer").fillna(0)
    off = max(np.abs(both.active - both.their_active).max(), np.abs(both.revenue - both.their_revenue).round(4).max())
    row("cohorts", spent(record, "cohort_retention"), took, float(off), f"{2 * len(both):,} cells; ours makes seven kinds of cohort")

    value(shop, record, orders, as_of, row)
    proof(shop, record, orders, row)
    print(f"| | Confect s | peers s | largest difference | limit | |\n|---|--:|--:|--:|--:|---|")
    for what, ours, theirs, difference, limit, note in rows:
        time_of = lambda seconds: "" if seconds is None else f"{seconds:.3f}"
        print(f"| {what} | {time_of(ours)} | {time_of(theirs)} | {difference:.2g} | {limit:g} | {note} |")
    missed = [what for what, _, _, difference, limit, _ in rows if not difference <= limit]
    if missed:
        sys.exit(f"above the limit: {', '.join(missed)}")


def spent(record, table):
    """Seconds in which a table was made, by the record of the refresh; None if it does not tell."""
    for step in record["timeline"]:
        if step.get("name") == table or step.get("what") == table:
            return step.get("seconds")
    return None


def value(shop, record, orders, as_of, row):
    card = shop.frame("select section, name, value from value_model where value is not null")
    card = {(one.section, one.name): one.value for one in card.itertuples(index=False)}
    mine = shop.frame("select customer_id, expected_orders_12m, clv_12m from customer_value").set_index("customer_id").sort_index()
    def theirs():
        found = summaries(orders, as_of - pd.Timedelta(days=1))
        return found, values(found, 12, 30.4375 / 7, 0.01)
    (found, (bg, gg, expected, worth)), took = timed(theirs)
    expected, worth = expected.reindex(mine.index), worth.reindex(mine.index)
    assert mine.index.equals(found.index) and card["model", "margin_rate"] == 1.0
    likelihood = -bg._negative_log_likelihood(
        np.log(bg.params_.values), found.frequency, found.recency, found["T"], np.ones(len(found)), 0.0) * len(found)
    row("log likelihood", spent(record, "customer_value"), took, relative([card["model", "log_likelihood"]], [likelihood]),
        f"{card['model', 'log_likelihood']:.4f}, theirs {likelihood:.4f}")
    names = ["r", "alpha"]
    row("r, alpha", None, None, relative([card["purchases", name] for name in names], [bg.params_[name] for name in names]))
    names = ["p", "q", "v"]
    row("p, q, v", None, None, relative([card["spend", name] for name in names], [gg.params_[name] for name in names]))
    row("expected orders, sum", None, None, relative([mine.expected_orders_12m.sum()], [expected.sum()]), f"{expected.sum():,.1f}")
    row("value, sum", None, None, relative([mine.clv_12m.sum()], [worth.sum()]), f"{worth.sum():,.0f}")
    # Of those who are worth anything; the rest is compared in money.
    some = worth > 1
    row("value, customer", None, None, relative(mine.clv_12m[some], worth[some]), f"{int(some.sum()):,} worth more than 1")


def proof(shop, record, orders, row):
    told = shop.frame("select * from segment_proof", ["as_of_date", "outcome_to"])
    start, end = told.as_of_date[0], told.outcome_to[0]
    scored = shop.frame(f"select customer_id, rfm_segment from customer_rfm where as_of_date = cast('{start.date()}' as date)")
    inside = orders[(orders.order_date >= start) & (orders.order_date <= end)]
    outcome = inside.groupby("customer_id").revenue.sum()
    scored["outcome"] = scored.customer_id.map(outcome).fillna(0.0).round(4)
    groups = {name: group.outcome.values for name, group in scored.groupby("rfm_segment") if len(group) >= 10}
    (h, p, pairs), took = timed(lambda: dunn(groups))
    overall = told[told.test == "all"].iloc[0]
    row("H", spent(record, "segment_proof"), took, relative([overall.statistic], [h]), f"{h:.6f}; ours draws 999 bootstraps as well")
    row("p of H", None, None, relative([overall.p_value], [p]), f"{p:.3g}")
    mine = told[told.test == "pair"]
    theirs = [pairs[frozenset((one.segment, one.other_segment))] for one in mine.itertuples()]
    row("Dunn-Holm", None, None, float(np.max(np.abs(mine.p_adjusted.values - theirs))), f"{len(mine)} pairs")


if __name__ == "__main__":
    main()
