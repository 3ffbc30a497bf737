#!/usr/bin/env python3
"""What a refresh costs that only adds: the last of many daily files on top of the others, against one build of all.

Usage: increment.py CONFECT DAYS [--template online-retail] [--rounds N] [--last N]
DAYS is a folder of daily files whose names sort by day (all other files in it are delivered from the start).
Each round: a shop with all files is built whole; a shop with all but the last N days is built, they are added, and its
refresh is timed. The contents of both are compared by `confect sql` over the public tables.
"""
import argparse, json, os, shutil, statistics, subprocess, sys, tempfile, time

TABLES = ["fact_sales", "fact_returns", "fact_adjustments", "dim_customer", "dim_product", "dim_country", "dim_date",
          "single_customer_view"]

def run(command):
    start = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{command} failed:\n{done.stderr}")
    return time.monotonic() - start, done.stdout

def shop(binary, folder, template, files):
    run([binary, "init", folder, "--template", template])
    for file in files:
        deliver(file, folder)
    # A file that was changed less than two seconds ago is hashed again at the next refresh.
    time.sleep(2.1)

def deliver(file, folder):
    shutil.copyfile(file, os.path.join(folder, "data", os.path.basename(file)))

def refresh(binary, folder):
    seconds, out = run([binary, "-C", folder, "refresh", "--json"])
    return seconds, json.loads(out.strip().splitlines()[-1])

def contents(binary, folder):
    def of(table):
        _, out = run([binary, "-C", folder, "sql", "--format", "csv", f"select * from {table}"])
        return sorted(out.splitlines())
    return {table: hash(tuple(of(table))) for table in TABLES}

def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("confect"); arguments.add_argument("days")
    arguments.add_argument("--template", default="online-retail")
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--last", type=int, default=1)
    arguments.add_argument("--compare", action="store_true", help="compare the contents as well")
    options = arguments.parse_args()
    files = sorted(os.path.join(options.days, name) for name in os.listdir(options.days))
    whole, added = [], []
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory(prefix="confect-bench-") as folder:
            once, grown = os.path.join(folder, "once"), os.path.join(folder, "grown")
            shop(options.confect, once, options.template, files)
            whole.append(refresh(options.confect, once)[0])
            shop(options.confect, grown, options.template, files[:-options.last])
            refresh(options.confect, grown)
            for file in files[-options.last:]:
                deliver(file, grown)
            seconds, record = refresh(options.confect, grown)
            added.append(seconds)
            if record["mode"] != "increment":
                sys.exit(f"built whole: {record['because']}")
            if options.compare and contents(options.confect, once) != contents(options.confect, grown):
                sys.exit("the contents differ")
    full, more = statistics.median(whole), statistics.median(added)
    print(f"whole {full:.3f} s ({min(whole):.3f}-{max(whole):.3f}), {record['rows_in']:,} rows; "
          f"added {more:.3f} s ({min(added):.3f}-{max(added):.3f}), {record['new_rows']:,} rows; "
          f"{more / full:.3f} of the whole build")

if __name__ == "__main__":
    main()
