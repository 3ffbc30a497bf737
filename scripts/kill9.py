#!/usr/bin/env python3
"""kill -9 at random moments of a refresh must never show a mixed or broken warehouse.

Usage: kill9.py CONFECT [--kills 100] [--seed 1] [--customers 400] [--days 200]

A generated shop goes back and forth between two states of its data (all lines; the first half).
Each round starts a refresh into the other state, kills it at a random moment, and checks:
  - a reader that runs all along saw state A or state B, never anything else, and never an error;
  - right after the kill the same holds;
  - the next refresh, undisturbed, ends in the other state with the same data files, byte for byte,
    as a refresh that nobody killed.
Exit code 0 only if every check held.
"""
import argparse, glob, json, os, random, shutil, signal, subprocess, sys, tempfile, threading, time

PROBE = """select (select count(*) from fact_sales) as sales, (select sum(revenue) from fact_sales) as revenue,
 (select count(*) from fact_returns) as returned, (select sum(sales_amount) from single_customer_view) as customers,
 (select count(*) from dim_product) as articles, (select count(*) from dim_customer) as people"""

def run(binary, project, *arguments):
    return subprocess.run([binary, "-C", project, *arguments], capture_output=True, text=True)

def probe(binary, project):
    answer = run(binary, project, "sql", "--format", "csv", PROBE)
    return answer.stdout.strip() if answer.returncode == 0 else f"error {answer.returncode}: {answer.stderr.strip()}"

def data_files(project):
    """Names (which are hashes of the content) of all data files of the newest publication."""
    folder = os.path.join(project, "warehouse", "publish")
    newest = max(name for name in os.listdir(folder) if name[:-5].isdigit())
    text = open(os.path.join(folder, newest)).read().rstrip().rsplit("\n", 1)[0]
    return {table["name"]: [part["path"] for part in table["files"]] for table in json.loads(text)["tables"]}

def put(project, lines):
    path = os.path.join(project, "data", "sale_lines.csv")
    with open(path + ".part", "w") as file:
        file.writelines(lines)
    os.replace(path + ".part", path)

def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("confect"); parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--customers", default="400"); parser.add_argument("--days", default="200")
    options = parser.parse_args()
    binary, dice = os.path.abspath(options.confect), random.Random(options.seed)
    folder = tempfile.mkdtemp(prefix="confect-kill-")
    project = os.path.join(folder, "shop")
    made = run(binary, folder, "init", project, "--template", "generated")
    assert made.returncode == 0, made.stderr
    made = run(binary, folder, "generate", os.path.join(project, "data"), "--customers", options.customers, "--days", options.days)
    assert made.returncode == 0, made.stderr
    # The months as one file, which is then cut in half and made whole again.
    whole = []
    for month in sorted(glob.glob(os.path.join(project, "data", "sale_lines_*.csv"))):
        with open(month) as file:
            whole += [line for line in file if not whole or not line.startswith("invoice_no,")]
        os.remove(month)
    states = [whole, whole[: len(whole) // 2]]
    truth, files, seconds = [], [], []
    for lines in states:
        put(project, lines)
        start = time.monotonic()
        done = run(binary, project, "refresh")
        assert done.returncode == 0, done.stderr
        seconds.append(time.monotonic() - start)
        truth.append(probe(binary, project)); files.append(data_files(project))
    assert truth[0] != truth[1] and not any(answer.startswith("error") for answer in truth), truth
    span, faults, reads, cut, stop = max(seconds) * 0.95, [], [0], [0], threading.Event()

    def reader():
        while not stop.is_set():
            answer = probe(binary, project)
            reads[0] += 1
            if answer not in truth:
                faults.append(f"reader saw: {answer}")

    watcher = threading.Thread(target=reader); watcher.start()
    live = 1
    kill = 0
    while cut[0] < options.kills:
        kill += 1
        target = 1 - live
        put(project, states[target])
        process = subprocess.Popen([binary, "-C", project, "refresh"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(dice.uniform(0, span))
        if process.poll() is None:
            process.send_signal(signal.SIGKILL); cut[0] += 1
        process.wait()
        after = probe(binary, project)
        if after not in truth:
            faults.append(f"kill {kill}: after the kill: {after}")
        again = run(binary, project, "refresh")
        if again.returncode != 0:
            faults.append(f"kill {kill}: the next refresh failed: {again.stderr}"); break
        if probe(binary, project) != truth[target]:
            faults.append(f"kill {kill}: the next refresh gave other numbers")
        if data_files(project) != files[target]:
            faults.append(f"kill {kill}: the next refresh gave other files")
        live = target
    stop.set(); watcher.join()
    shutil.rmtree(folder)
    print(f"{kill} rounds, {cut[0]} killed while running, {reads[0]} reads beside them, one refresh {max(seconds):.2f} s, {len(faults)} faults")
    for fault in faults[:10]:
        print(fault)
    sys.exit(1 if faults else 0)

if __name__ == "__main__":
    main()
