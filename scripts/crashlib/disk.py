"""C4: the disk is full, with ever more room left, while somebody reads.

The shop lies on a RAM disk of its own, whose size is set to what is used plus the room of that round. Needs root.
"""
import os, random, shutil, subprocess, time

from .reader import Reader
from .shop import ROUND, Shop, Truth

PAGE = 4096
WIDE = 256 << 20


def mounted(folder):
    with open("/proc/mounts") as file:
        return [line.split()[1] for line in file if line.split()[1].startswith(folder)]


def unmount_below(folder):
    for path in reversed(mounted(folder)):
        subprocess.run(["umount", "-l", path], check=False)


def resize(folder, size):
    subprocess.run(["mount", "-o", f"remount,size={size}", folder], check=True)


def used(folder):
    state = os.statvfs(folder)
    return (state.f_blocks - state.f_bfree) * state.f_frsize


def on_a_disk(shop, folder):
    """The same shop on a RAM disk."""
    target = os.path.join(folder, "disk")
    os.mkdir(target)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={WIDE}", "confect-crash", target], check=True)
    shop.copy(os.path.join(target, "shop"))
    moved = Shop(shop.binary, os.path.join(target, "shop"), shop.lines)
    moved.base, moved.till = shop.base, shop.till
    return target, moved


class Full:
    """Refreshes into a disk with a little room."""

    def __init__(self, shop, folder, options):
        self.disk, self.shop = on_a_disk(shop, folder)
        self.options, self.dice, self.ends = options, random.Random(options.seed), {"full": 0, "enough": 0}
        self.shop.deliver(0)
        assert self.shop.refresh().returncode == 0
        self.reader = Reader(self.shop)
        self.truth = Truth.walk(self.shop, self.reader.learn)
        self.need = self.measure()
        self.reader.allow(0)
        self.reader.begin()
        self.queries = 0

    def measure(self):
        """About how much a refresh takes."""
        start = used(self.disk)
        for delivery in [*range(1, ROUND), 0]:
            self.shop.deliver(delivery)
            assert self.shop.refresh().returncode == 0
        return (used(self.disk) - start) // ROUND + 64 * PAGE

    def one(self, number, rounds):
        before, after = (number - 1) % ROUND, number % ROUND
        self.shop.deliver(after)
        self.reader.allow(before, after)
        room = PAGE * round(self.need * 1.2 * self.dice.uniform(0, 1) / PAGE)
        resize(self.disk, used(self.disk) + room)
        done = self.shop.refresh()
        wrong = self.end_of(done, before, after)
        resize(self.disk, WIDE)
        again = self.shop.refresh()
        if again.returncode:
            wrong = wrong or f"the next refresh ended with {again.returncode}: {again.stderr.strip()[-300:]}"
        wrong = wrong or self.truth.check(self.shop, after)
        self.reader.allow(after)
        return f"{room >> 10} KiB of room: {wrong}" if wrong else None

    def end_of(self, done, before, after):
        """The disk is still full: a new process must read all the same."""
        self.queries += 1
        figures = self.shop.probe()
        seen = self.truth.delivery_of(figures)
        self.ends["enough" if done.returncode == 0 else "full"] += 1
        if seen not in (before, after):
            return f"a query is not answered: {figures[-300:]}"
        if "panicked" in done.stderr:
            return f"a panic: {done.stderr.strip()[-600:]}"
        if done.returncode == 0:
            return None if seen == after else "it ended well and published nothing"
        if done.returncode != 4:
            return f"exit code {done.returncode}: {done.stderr.strip()[-300:]}"
        named = "free" in done.stderr and self.disk in done.stderr
        return None if named else f"the message names no place or no free bytes: {done.stderr.strip()[-400:]}"


def run(shop, folder, options):
    """(summary, faults) of `options.runs` refreshes with different room."""
    if os.geteuid() != 0:
        return "not root, not run", []
    full = Full(shop, folder, options)
    faults, made, end = [], 0, time.monotonic() + options.minutes * 60
    try:
        while made < options.runs and time.monotonic() < end and len(faults) < 20:
            made += 1
            wrong = full.one(made, options.runs)
            faults += [f"round {made}, {wrong}"] if wrong else []
    finally:
        resize(full.disk, WIDE)
        full.reader.end()
    told = (f"{made} refreshes with up to {int(full.need * 1.2) >> 10} KiB of room: {full.ends['full']} found the disk full, "
            f"{full.ends['enough']} did not; {full.reader.answers} pages ({full.reader.slow} not in time) and {full.queries} queries answered")
    return told, faults + full.reader.faults
