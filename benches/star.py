#!/usr/bin/env python3
"""Online Retail: raw file -> published star and customer view, Confect against DuckDB and Polars.

Whole processes, in turn, in one run: wall time, CPU time, peak memory. Medians and ratios.
Usage: star.py CONFECT CSV [--rounds N] [--peers DIR]
CSV is the plain file; each Confect round starts from an empty project, as each peer does.
Peers: `python3 -m pip install -r benches/peers/requirements.txt`.
"""
import argparse, os, shutil, statistics, subprocess, sys, tempfile, time

def measure(command, cwd=None):
    start = time.monotonic()
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    pid, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    out, err = process.stdout.read(), process.stderr.read()
    if status != 0:
        sys.exit(f"{command} failed:\n{out.decode()}\n{err.decode()}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024

def confect(binary, csv):
    folder = tempfile.mkdtemp(prefix="confect-bench-")
    project = os.path.join(folder, "shop")
    subprocess.run([binary, "init", project, "--template", "online-retail"], check=True, capture_output=True)
    shutil.copyfile(csv, os.path.join(project, "data", "online_retail.csv"))
    try:
        return measure([binary, "-C", project, "refresh"])
    finally:
        shutil.rmtree(folder)

def peer(script, csv):
    folder = tempfile.mkdtemp(prefix="peer-bench-")
    try:
        return measure([sys.executable, script, csv, folder])
    finally:
        shutil.rmtree(folder)

def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("confect"); arguments.add_argument("csv")
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--peers", default=os.path.join(os.path.dirname(__file__), "peers"))
    options = arguments.parse_args()
    runs = {"confect": lambda: confect(options.confect, options.csv)}
    for name in ("duckdb", "polars", "pandas"):
        script = os.path.join(options.peers, f"star_{name}.py")
        try:
            __import__(name)
        except ImportError:
            print(f"skipped: {name} is not installed"); continue
        if os.path.exists(script):
            runs[name] = lambda script=script: peer(script, options.csv)
    samples = {name: [] for name in runs}
    for _ in range(options.rounds):
        for name, run in runs.items():
            samples[name].append(run())
    base = statistics.median(wall for wall, _, _ in samples["confect"])
    print(f"{'':10} {'wall s':>8} {'min':>7} {'max':>7} {'cpu s':>7} {'peak MB':>8} {'wall / confect':>15}")
    for name, rows in samples.items():
        wall = [row[0] for row in rows]
        print(f"{name:10} {statistics.median(wall):8.3f} {min(wall):7.3f} {max(wall):7.3f} "
              f"{statistics.median(row[1] for row in rows):7.3f} {statistics.median(row[2] for row in rows):8.0f} {statistics.median(wall) / base:15.2f}")

if __name__ == "__main__":
    main()
