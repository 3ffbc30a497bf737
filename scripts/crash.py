#!/usr/bin/env python3
"""Proves that nothing is lost or mixed when a refresh is killed, loses power, fails or meets another one.

  crash.py c1      kill -9 at random moments and before each kind of file operation, also of the recovery (C6)
  crash.py c2      power loss: folders as they may be when what was not synced is lost in part
  crash.py c3      each file operation fails once, or from then on, with EIO, ENOSPC, EACCES or a short write
  crash.py c4      a full disk, with ever more room (needs root: mounts a tmpfs)
  crash.py c5      several refreshes at once; one that was stopped for long and lost its lock
  crash.py control each check on something broken on purpose, which it must find
  crash.py cover   whether the library that sees file operations sees all that strace sees
  crash.py all     all of them

Linux, Python 3 and a C compiler (`cc`) are all it takes. It makes its shops in a new folder below --folder
(a RAM disk if there is one) and removes it. Exit code 1 if anything was violated.
The procedures are those of access-and-reliability.md, section 4; docs/design/durability.md tells what they found.
"""
import argparse, os, shutil, sys, tempfile, time

from crashlib import disk, errors, kill, power, writers
from crashlib.shop import Binary, Shop

PROCEDURES = {"c1": kill.run, "c2": power.run, "c3": errors.run, "c4": disk.run, "c5": writers.run}
CONTROLS = {"c1": kill.control, "c2": power.control}
RUNS = {"c1": 1000, "c2": 1000, "c3": 0, "c4": 60, "c5": 50}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=[*PROCEDURES, "control", "cover", "all"])
    parser.add_argument("--confect", default="target/debug/confect", help="the program under test")
    parser.add_argument("--runs", type=int, help="kills, reconstructions, refreshes per process …; c3: at most so many")
    parser.add_argument("--minutes", type=float, default=1e9, help="stop after so long")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lines", type=int, default=40, help="lines of one day's file")
    parser.add_argument("--twice", type=float, default=0.2, help="c1: share of kills whose recovery is killed too")
    parser.add_argument("--heal", type=float, default=0.3, help="c2: share of reconstructions that are refreshed again")
    parser.add_argument("--jobs", type=int, default=1, help="c3: processes that share the cases")
    parser.add_argument("--processes", type=int, default=3, help="c5: refreshes at once")
    parser.add_argument("--stopped", type=float, default=5, help="c5: seconds for which a holder is stopped")
    parser.add_argument("--folder", default="/dev/shm" if os.path.isdir("/dev/shm") else None)
    return parser.parse_args()


def one(name, procedure, options):
    """Runs a procedure on a shop of its own; whether it held."""
    folder = tempfile.mkdtemp(prefix="confect-crash-", dir=options.folder)
    start = time.monotonic()
    try:
        shop = Shop(Binary(options.confect), os.path.join(folder, "shop"), options.lines).make()
        told, faults = procedure(shop, folder, options)
    finally:
        disk.unmount_below(folder)
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{name}: {told}; {len(faults)} violations, {time.monotonic() - start:.0f} s", flush=True)
    for fault in faults[:20]:
        print(f"  {fault}")
    return not faults


def main():
    options = arguments()
    held, asked = True, options.runs
    for name, procedure in PROCEDURES.items():
        if options.what in (name, "all"):
            options.runs = RUNS[name] if asked is None else asked
            held &= one(name, procedure, options)
    for name, procedure in CONTROLS.items():
        if options.what in ("control", "all"):
            options.runs = asked or 40
            held &= one(f"control of {name}", procedure, options)
    if options.what in ("cover", "all"):
        held &= one("cover", errors.cover, options)
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
