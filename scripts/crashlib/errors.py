"""C3: every file operation of a refresh fails, one after the other; and whether all operations are seen.

For each operation below `warehouse/`, in order: EIO, ENOSPC, EACCES, a short write; once, and from there on.
A run must end in the old or the new state, tell what failed and where, never panic and never hang; the next
run, without faults, must end as one that nothing happened to.
"""
import errno, os, random, re, shutil, subprocess, time

from .faults import Faults
from .shop import ROUND, Truth

ERRORS = {"EIO": errno.EIO, "ENOSPC": errno.ENOSPC, "EACCES": errno.EACCES}
STORAGE = 4
# Where refreshes begin that are tried: an increment, and a build of everything.
BEFORE = [0, 2]


class Faulted:
    """Refreshes from a prepared state, each with another fault."""

    def __init__(self, shop, folder, options):
        self.shop, self.options, self.library = shop, options, Faults(folder)
        self.truth = Truth.walk(shop)
        self.ends = {"old": 0, "new, told as failed": 0, "new": 0}
        self.messages, self.start, self.counts = {}, {}, {}
        standing = 0
        for before in BEFORE:
            for delivery in range(standing + 1, before + 1):
                shop.deliver(delivery)
                assert shop.refresh().returncode == 0
            standing = before
            self.start[before] = os.path.join(folder, f"before-{before}")
            shop.copy(self.start[before])
            self.counts[before] = self.count(before, False), self.count(before, True)
            self.restore(before)

    def restore(self, before):
        shutil.rmtree(self.shop.folder)
        shutil.copytree(self.start[before], self.shop.folder, symlinks=True)

    def count(self, before, reads):
        self.restore(before)
        self.shop.deliver((before + 1) % ROUND)
        return self.library.count(self.shop, self.shop.warehouse, reads)

    def cases(self):
        """(before, reads, number, action, from there on)."""
        for before in BEFORE:
            writes, reads = self.counts[before]
            for number in range(1, writes + 1):
                yield from ((before, False, number, name, on) for name in ERRORS for on in (False, True))
                yield before, False, number, "short", False
            yield from ((before, True, number, "EIO", on) for number in range(1, reads + 1) for on in (False, True))

    def one(self, case):
        before, reads, number, action, on = case
        self.restore(before)
        after = (before + 1) % ROUND
        self.shop.deliver(after)
        env = self.library.env(self.shop.warehouse, number, ERRORS.get(action, action), on, reads=reads)
        try:
            done = self.shop.refresh(env=env)
        except subprocess.TimeoutExpired:
            return "it hangs"
        return self.end_of(done, before, after, action) or self.heal(after)

    def end_of(self, done, before, after, action):
        seen = self.truth.delivery_of(self.shop.probe())
        if seen not in (before, after):
            return f"it holds delivery {seen}; {done.stderr.strip()[-300:]}"
        if "panicked" in done.stderr:
            return f"a panic: {done.stderr.strip()[-600:]}"
        if done.returncode == 0 and seen != after:
            return "it ended well and published nothing"
        self.ends["new" if done.returncode == 0 else "old" if seen == before else "new, told as failed"] += 1
        if done.returncode == 0:
            return None
        first = re.sub(r"`[^`]*`", "`…`", done.stderr[done.stderr.find("error["):].splitlines()[0])
        self.messages[first] = self.messages.get(first, 0) + 1
        if done.returncode != STORAGE:
            return f"exit code {done.returncode}: {done.stderr.strip()[-400:]}"
        return self.unclear(done.stderr, action)

    def unclear(self, told, action):
        if self.shop.warehouse not in told:
            return f"the message names no place: {told.strip()[-400:]}"
        if action == "ENOSPC" and "free" not in told:
            return f"the message does not tell what is free: {told.strip()[-400:]}"
        return None

    def heal(self, after):
        done = self.shop.refresh()
        if done.returncode:
            return f"the next refresh ended with {done.returncode}: {done.stderr.strip()[-400:]}"
        wrong = self.truth.check(self.shop, after)
        return f"after the next refresh: {wrong}" if wrong else None


def run(shop, folder, options):
    """(summary, faults); `options.runs` takes a sample of that size, 0 takes all."""
    faulted = Faulted(shop, folder, options)
    cases = list(faulted.cases())
    chosen = cases
    if options.runs or options.minutes < 1e6:
        chosen = random.Random(options.seed).sample(cases, min(options.runs or len(cases), len(cases)))
    faults, made, end = [], 0, time.monotonic() + options.minutes * 60
    for case in chosen:
        if time.monotonic() > end or len(faults) >= 20:
            break
        made += 1
        wrong = faulted.one(case)
        before, reads, number, action, on = case
        if wrong:
            kind = "read" if reads else "write"
            faults.append(f"{action} at {kind} {number}{' and later' if on else ''}, delivery {before + 1}: {wrong}")
        if made % 100 == 0:
            print(f"  {made} of {len(chosen)}, {len(faults)} faults", flush=True)
    for message, count in sorted(faulted.messages.items(), key=lambda entry: -entry[1]):
        print(f"  {count:5} × {message}")
    return f"{made} of {len(cases)} cases over {faulted.counts} operations (writes, reads), ended {faulted.ends}", faults


STRACE = "creat,write,writev,pwrite64,pwritev,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat,rmdir," \
         "mkdir,mkdirat,ftruncate,truncate,symlink,symlinkat,fallocate,copy_file_range,sync_file_range,openat,open"


def cover(shop, folder, options):
    """Compares what strace sees of one refresh with what the library sees."""
    if not shutil.which("strace"):
        return "strace is not installed, not compared", []
    library, log = Faults(folder), os.path.join(folder, "strace")
    shop.deliver(0)
    template = os.path.join(folder, "template")
    shutil.copytree(shop.folder, template)
    ours = library.count(shop, shop.warehouse)
    shutil.rmtree(shop.folder)
    shutil.copytree(template, shop.folder)
    subprocess.run(["strace", "-f", "-y", "-s", "0", "-e", "trace=" + STRACE, "-o", log, shop.binary.path, "-C", shop.folder,
                    "refresh"], check=True, capture_output=True)
    theirs = 0
    with open(log, errors="replace") as file:
        for line in file:
            call = re.match(r"\d+\s+(\w+)\(", line)
            if not call or shop.warehouse not in line and f"{os.path.basename(shop.folder)}/warehouse" not in line:
                continue
            theirs += call[1] not in ("openat", "open") or "O_WRONLY" in line or "O_RDWR" in line or "O_CREAT" in line
    faults = [] if ours == theirs else [f"the library saw {ours} operations, strace {theirs}"]
    return f"{ours} operations seen, {theirs} by strace", faults
