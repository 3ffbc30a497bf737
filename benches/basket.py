#!/usr/bin/env python3
"""Itemsets with counts: Confect against pyfim 6.28 and mlxtend 0.23.1, in turn in one run.

    benches/basket.sh DATA       builds, makes an environment with the peers, measures everything
    python benches/basket.py DATA [--program target/release/examples/basket] [--rounds 5] [--only retail]

DATA has fimi/NAME.dat.zst, groceries/groceries.csv.zst and online_retail/online_retail.csv.zst (or the plain
files). Reading the text is left out on all sides: each peer is
given its own form of the baskets in memory (lists for pyfim, a boolean frame for mlxtend) and returns every
itemset with its count. pyfim is the better of its eclat and fpgrowth. mlxtend only runs where it takes
seconds, and its 0.23.4 is a hundred times slower than 0.23.1, so the version is checked. "Counting only" is pyfim
asked for a pattern spectrum: its C core without a Python object for each itemset; ours still keeps every itemset.

Under the table stand the goals that it misses, if any. Sums of counts are compared with published ones.

pyfim leaves out itemsets made only of items that are in every basket (mushroom: one); that difference is
expected, any other ends the run.
"""

import argparse
import csv
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version

ROWS = [
    ("retail", [441, 88, 9], [441]),
    ("T10I4D100K", [500, 100, 50], [500]),
    ("mushroom", [1625, 813, 407], [813]),
    ("chess", [2557, 2238, 1918], [2238]),
    ("BMS1", [299, 60, 48], [60]),
    ("Online Retail", [188], [188]),
    ("Groceries", [60], [60]),
]


# Sums of the counts of all itemsets, from three algorithms that agree.
SUMS = {
    ("retail", 88): 1_870_120, ("retail", 9): 5_779_263, ("T10I4D100K", 100): 6_659_711, ("T10I4D100K", 50): 8_450_826,
    ("mushroom", 813): 578_184_444, ("mushroom", 407): 2_111_146_492, ("chess", 2238): 117_572_401,
    ("chess", 1918): 537_258_268,
}
# pyfim / ours by the clock on one thread: twice on every row, five times on the deep ones.
DEEP = {("mushroom", 813), ("mushroom", 407), ("chess", 2238), ("chess", 1918)}


def text_of(plain):
    if plain.exists():
        return plain.read_text()
    packed = subprocess.run(["zstd", "-dc", str(plain) + ".zst"], capture_output=True, check=True)
    return packed.stdout.decode()


def numbered(baskets):
    """Names to numbers, so that every program gets the same."""
    numbers = {}
    return [[numbers.setdefault(item, len(numbers)) for item in basket] for basket in baskets]


def baskets_of(data, name):
    if name == "Groceries":
        lines = text_of(data / "groceries" / "groceries.csv").splitlines()
        return numbered([set(line.split(",")) for line in lines])
    if name == "Online Retail":
        # Sales in the United Kingdom: 18,783 invoices of 3,935 stock codes.
        baskets = {}
        for line in csv.DictReader(text_of(data / "online_retail" / "online_retail.csv").splitlines()):
            sold = int(line["Quantity"]) > 0 and line["InvoiceNo"][0] not in "CA"
            if sold and line["Country"] == "United Kingdom":
                baskets.setdefault(line["InvoiceNo"], set()).add(line["StockCode"])
        return numbered(baskets.values())
    text = text_of(data / "fimi" / f"{name}.dat")
    return [list(map(int, line.split())) for line in text.splitlines() if line.strip()]


def timed(work):
    clock, used = time.perf_counter(), time.process_time()
    found = work()
    return found, time.perf_counter() - clock, time.process_time() - used


def confect(program, file, support, threads, *more):
    command = [program, file, "--min-support", str(support), "--threads", str(threads), "--rounds", "3", *more]
    out = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    answer = json.loads(out)
    return answer, answer["seconds"], answer["cpu_seconds"]


def row(program, file, baskets, support, rounds):
    import fim

    wall = {who: [] for who in ("one", "two", "count", "eclat", "fpgrowth", "counting")}
    cpu = {who: [] for who in wall}
    for _ in range(rounds):
        for who, threads in (("one", 1), ("two", 2)):
            answer, seconds, used = confect(program, file, support, threads)
            wall[who].append(seconds)
            cpu[who].append(used)
        counted, seconds, used = confect(program, file, support, 1, "--count")
        wall["count"].append(seconds)
        cpu["count"].append(used)
        if any(counted[name] != answer[name] for name in ("itemsets", "sum_of_counts")):
            sys.exit(f"{file} at {support}: counting says {counted['itemsets']} itemsets")
        for who in ("eclat", "fpgrowth"):
            mine = getattr(fim, who)
            sets, seconds, used = timed(lambda: mine(baskets, target="s", supp=-support, zmin=1, report="a"))
            wall[who].append(seconds)
            cpu[who].append(used)
            in_all = [item for item in set(baskets[0]) if all(item in basket for basket in baskets[:50])]
            missing = answer["itemsets"] - len(sets)
            if missing != 0 and not (missing == 1 and in_all):
                sys.exit(f"{file} at {support}: {answer['itemsets']} itemsets, {who} has {len(sets)}")
            del sets
        spectra = []
        for who in ("eclat", "fpgrowth"):
            mine = getattr(fim, who)
            _, seconds, used = timed(lambda: mine(baskets, target="s", supp=-support, zmin=1, report="#"))
            spectra.append((seconds, used))
        wall["counting"].append(min(seconds for seconds, _ in spectra))
        cpu["counting"].append(min(used for _, used in spectra))
    middle = {who: statistics.median(times) for who, times in wall.items()}
    used = {who: statistics.median(times) for who, times in cpu.items()}
    return answer, middle, used


def whole_run(program, file, support, *more):
    """Seconds of the process, its peak memory in MB, and its answer."""
    # By a small process: the peak of a child counts what its parent held when it was begun.
    command = [sys.executable, "-c", MEASURE, program, file, "--min-support", str(support), *more]
    out = subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip().splitlines()
    seconds, kilobytes = map(float, out[-1].split())
    return seconds, kilobytes / 1024, json.loads(out[-2])


MEASURE = """
import os, subprocess, sys, time
clock = time.perf_counter()
_, status, usage = os.wait4(subprocess.Popen(sys.argv[1:]).pid, 0)
print(time.perf_counter() - clock, usage.ru_maxrss)
sys.exit(status != 0)
"""


def mlxtend_frame(baskets):
    import pandas
    from mlxtend.preprocessing import TransactionEncoder

    encoder = TransactionEncoder()
    return pandas.DataFrame(encoder.fit_transform(baskets), columns=encoder.columns_)


def mlxtend_seconds(frame, support, expected):
    from mlxtend.frequent_patterns import fpgrowth

    # A little less than the share, so that rounding cannot raise the count.
    sets, seconds, _ = timed(lambda: fpgrowth(frame, min_support=(support - 0.5) / len(frame)))
    if len(sets) != expected:
        sys.exit(f"mlxtend has {len(sets)} itemsets, not {expected}")
    return seconds


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("data", type=pathlib.Path)
    options.add_argument("--program", default="target/release/examples/basket")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--only", help="one data set")
    options.add_argument("--without-mlxtend", action="store_true")
    asked = options.parse_args()
    print(f"pyfim {version('pyfim')}, mlxtend {version('mlxtend')}; medians of {asked.rounds} rounds, seconds")
    if not asked.without_mlxtend and version("mlxtend") != "0.23.1":
        sys.exit("mlxtend must be 0.23.1: others are slower and would flatter us")
    print("| data | min | itemsets | one thread | two | pyfim eclat | fpgrowth | pyfim counting | counting | pyfim / one | by CPU | counting / counting | one / two | mlxtend / one |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    missed = []
    for name, supports, for_mlxtend in ROWS:
        if asked.only not in (None, name):
            continue
        baskets = baskets_of(asked.data, name)
        with tempfile.NamedTemporaryFile("w", suffix=".dat") as file:
            file.writelines(" ".join(map(str, basket)) + "\n" for basket in baskets)
            file.flush()
            for support in supports:
                answer, wall, cpu = row(asked.program, file.name, baskets, support, asked.rounds)
                sets = answer["itemsets"]
                if SUMS.get((name, support), answer["sum_of_counts"]) != answer["sum_of_counts"]:
                    sys.exit(f"{name} at {support}: the counts add up to {answer['sum_of_counts']}")
                best = min(wall["eclat"], wall["fpgrowth"])
                # The clock of the system ticks in milliseconds; below ten of them it says nothing.
                by_cpu = f"{min(cpu['eclat'], cpu['fpgrowth']) / cpu['one']:.1f}" if cpu["one"] > 0.01 else ""
                slow = None
                if not asked.without_mlxtend and support in for_mlxtend:
                    slow = mlxtend_seconds(mlxtend_frame(baskets), support, sets) / wall["one"]
                print(
                    f"| {name} | {support} | {sets:,} | {wall['one']:.4f} | {wall['two']:.4f} "
                    f"| {wall['eclat']:.4f} | {wall['fpgrowth']:.4f} | {wall['counting']:.4f} | {wall['count']:.4f} | {best / wall['one']:.1f} "
                    f"| {by_cpu} | {wall['counting'] / wall['count']:.1f} | {wall['one'] / wall['two']:.2f} "
                    f"| {'' if slow is None else f'{slow:.0f}'} |",
                    flush=True,
                )
                goals = [
                    ("pyfim / one", best / wall["one"], 5 if (name, support) in DEEP else 2),
                    ("counting / counting", wall["counting"] / wall["count"], 1),
                    # A second thread takes a part of a millisecond to start.
                    ("one / two", wall["one"] / wall["two"] if wall["one"] > 0.02 else None, 1),
                    ("mlxtend / one", slow, 50),
                ]
                missed += [
                    f"{name} at {support}: {what} is {found:.2f}, not {goal}"
                    for what, found, goal in goals
                    if found is not None and found < goal
                ]
            missed += whole_runs(asked.program, name, file.name)
    print("\n" + ("\n".join(["missed:", *missed]) if missed else "every goal is met"))


def whole_runs(program, name, file):
    """The two goals about a whole run; what was missed."""
    if name == "Groceries":
        more = ["--rules", "--threads", "1", "--rounds", "9"]
        _, _, answer = whole_run(program, file, 60, *more)
        print(f"\nGroceries at 60 with rules: {answer['rules']} rules, {answer['seconds'] * 1000:.2f} ms\n", flush=True)
        right = answer["rules"] == 463 and answer["seconds"] < 0.005
        return [] if right else [f"Groceries: {answer['rules']} rules in {answer['seconds']:.4f} s, not 463 in 0.005"]
    if name == "Online Retail":
        seconds, megabytes, answer = whole_run(program, file, 188, "--rules", "--threads", "2")
        print(f"\nOnline Retail at 0.01 with rules: search {answer['seconds']:.3f} s, whole run {seconds:.3f} s, {megabytes:.0f} MB\n")
        met = answer["seconds"] < 0.3 and megabytes < 300
        return [] if met else [f"Online Retail: {answer['seconds']:.3f} s and {megabytes:.0f} MB, not 0.3 s and 300 MB"]
    return []


if __name__ == "__main__":
    main()
