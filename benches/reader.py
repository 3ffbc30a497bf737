#!/usr/bin/env python3
"""The reader alone: a CSV of sale lines -> typed rows in memory, Confect against DuckDB's read_csv.

Both read the same columns with the same types on two threads, and both keep what they cannot read
(quarantine; `store_rejects`). Confect also drops repeated lines, hashes its input, keeps each row's line and
balances its account. DuckDB fills a table in memory; with `--arrow` it hands over Arrow as Confect does.
In turn, in one run: wall time and CPU time of the reading without the start of the process (CPU of Confect:
with it). Medians and ratios.
Usage: reader.py READ_CSV CSV [--rounds N] [--python PYTHON] [--arrow]
READ_CSV is `cargo build --release -p confect-ingest --example read_csv`; PYTHON is one that has duckdb.
"""
import argparse, json, os, statistics, subprocess, sys

COLUMNS = {"InvoiceNo": "VARCHAR", "StockCode": "VARCHAR", "Description": "VARCHAR", "Quantity": "DECIMAL(18,4)",
           "InvoiceDate": "TIMESTAMP", "UnitPrice": "DECIMAL(18,4)", "CustomerID": "VARCHAR", "Country": "VARCHAR"}

PEER = """
import duckdb, json, resource, sys, time
path, columns, arrow = sys.argv[1], sys.argv[2], sys.argv[3] == "1"
base = duckdb.connect(); base.execute("SET threads = 2"); base.execute("SET enable_progress_bar = false")
query = f"SELECT * FROM read_csv('{path}', header = true, columns = {columns}, store_rejects = true)"
cpu = lambda: sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
before, start = cpu(), time.perf_counter()
if arrow:
    rows = base.execute(query).to_arrow_table().num_rows
else:
    base.execute(f"CREATE TABLE lines AS {query}")
wall, used = time.perf_counter() - start, cpu() - before
if not arrow:
    rows = base.execute("SELECT count(*) FROM lines").fetchone()[0]
print(json.dumps([wall, used, rows]))
"""

def run(command):
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, error = process.communicate()
    if process.returncode != 0:
        sys.exit(f"{command} failed:\n{error.decode()}")
    return out.decode()

def confect(options):
    before = os.times()
    line = run([options.read_csv, options.csv, "1"])
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return float(line.split(" s,")[0]), used, int(line.split(": ")[1].split(" records")[0])

def duckdb(options):
    command = [options.python, "-c", PEER, options.csv, json.dumps(COLUMNS).replace('"', "'"), str(int(options.arrow))]
    return tuple(json.loads(run(command)))

def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("read_csv"); arguments.add_argument("csv")
    arguments.add_argument("--rounds", type=int, default=9)
    arguments.add_argument("--python", default=sys.executable)
    arguments.add_argument("--arrow", action="store_true")
    options = arguments.parse_args()
    peers = {"confect": confect, "duckdb": duckdb}
    samples = {name: [] for name in peers}
    for _ in range(options.rounds):
        for name, peer in peers.items():
            samples[name].append(peer(options))
    median = lambda name, index: statistics.median(sample[index] for sample in samples[name])
    print(f"{'':8} {'wall s':>7} {'min':>7} {'max':>7} {'cpu s':>7} {'rows':>10} {'wall / duckdb':>14} {'cpu / duckdb':>13}")
    for name, rows in samples.items():
        wall = [row[0] for row in rows]
        print(f"{name:8} {median(name, 0):7.3f} {min(wall):7.3f} {max(wall):7.3f} {median(name, 1):7.3f} {rows[0][2]:10} "
              f"{median(name, 0) / median('duckdb', 0):14.2f} {median(name, 1) / median('duckdb', 1):13.2f}")

if __name__ == "__main__":
    main()
