"""C3: every file operation of a refresh fails, one after the other; and whether all operations are seen.

For each operation below `warehouse/`, in order: EIO, ENOSPC, EACCES, a short write; once, and from there on.
A run must end in the old or the new state, tell what failed and where, never panic and never hang; the next
run, without faults, must end as one that nothing happened to.

What a run leaves behind is looked at and healed once: many faults leave the very same files, and the same files
under the same program end the same way. Files are the same if they hold the same but for the moments they tell.
"""
import copy, errno, hashlib, multiprocessing, os, random, re, shutil, subprocess, time

from .faults import Faults
from .shop import ROUND, Truth

ERRORS = {"EIO": errno.EIO, "ENOSPC": errno.ENOSPC, "EACCES": errno.EACCES}
STORAGE = 4
# What differs in two runs that did the same: when they ran.
MOMENTS = re.compile(rb'("(?:timestamp|modificationTime|deletionTimestamp|createdTime)":)\d+|\d{4}-\d\d-\d\dT[\d:.]+Z')
# Where refreshes begin that are tried: an increment, and a build of everything.
BEFORE = [0, 2]


class Faulted:
    """Refreshes from a prepared state, each with another fault."""

    def __init__(self, shop, folder, options):
        self.shop, self.options, self.library = shop, options, Faults(folder)
        self.truth = Truth.walk(shop)
        self.ends = {"old": 0, "new, told as failed": 0, "new": 0}
        self.messages, self.start, self.counts = {}, {}, {}
        self.healed, self.known = {}, 0
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

    def beside(self, job):
        """The same with a shop of its own."""
        other = copy.copy(self)
        other.shop = self.shop.copy(f"{self.shop.folder}-{job}")
        other.healed, other.messages, other.ends = {}, {}, dict(self.ends)
        return other

    def restore(self, before):
        """Puts back how the shop was before."""
        subprocess.run(["cp", "-a", self.start[before], self.shop.folder + ".new"], check=True)
        shutil.rmtree(self.shop.folder)
        os.rename(self.shop.folder + ".new", self.shop.folder)

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
        left = after, state_of(self.shop.warehouse)
        if left not in self.healed:
            seen = self.truth.delivery_of(self.shop.probe())
            self.healed[left] = seen, self.heal(after)
        else:
            self.known += 1
        seen, wrong = self.healed[left]
        return self.end_of(done, seen, before, after, action) or wrong

    def end_of(self, done, seen, before, after, action):
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
    """(summary, faults); `options.runs` takes a sample of that size, 0 takes all. Each of `options.jobs` processes
    has a shop of its own and every so-many-th case."""
    faulted = Faulted(shop, folder, options)
    cases = list(faulted.cases())
    chosen = cases
    if options.runs or options.minutes < 1e6:
        chosen = random.Random(options.seed).sample(cases, min(options.runs or len(cases), len(cases)))
    jobs = max(1, options.jobs)
    # Neighbours leave the same states: each process takes a stretch of them.
    stretches = [chosen[job * len(chosen) // jobs:(job + 1) * len(chosen) // jobs] for job in range(jobs)]
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        done = pool.starmap(some_cases, [(faulted.beside(job), job, own) for job, own in enumerate(stretches)])
    faults, messages, ends, made, known = [], {}, {}, 0, 0
    for part in done:
        faults += part["faults"]
        made, known = made + part["made"], known + part["known"]
        for counts, own in ((messages, part["messages"]), (ends, part["ends"])):
            for name, count in own.items():
                counts[name] = counts.get(name, 0) + count
    for message, count in sorted(messages.items(), key=lambda entry: -entry[1]):
        print(f"  {count:5} × {message}")
    return (f"{made} of {len(cases)} cases over {faulted.counts} operations (writes, reads), ended {ends}; "
            f"{made - known} states healed, {known} times one of them again"), faults


def some_cases(faulted, job, cases):
    """The cases of one process."""
    faults, made, end = [], 0, time.monotonic() + faulted.options.minutes * 60
    for case in cases:
        if time.monotonic() > end or len(faults) >= 20:
            break
        made += 1
        wrong = faulted.one(case)
        before, reads, number, action, on = case
        if wrong:
            kind = "read" if reads else "write"
            faults.append(f"{action} at {kind} {number}{' and later' if on else ''}, delivery {before + 1}: {wrong}")
            print(f"  {faults[-1]}", flush=True)
        if made % 100 == 0:
            print(f"  process {job}: {made} of {len(cases)}, {len(faults)} faults, {faulted.known} states known", flush=True)
    return {"faults": faults, "made": made, "ends": faulted.ends, "messages": faulted.messages, "known": faulted.known}


def state_of(warehouse):
    """A hash of all files and what they hold, but for the moments that they tell."""
    found = hashlib.sha256()
    for folder, folders, names in os.walk(warehouse):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                content = file.read()
            # Only these tell moments; the rest is named by its content or never changes.
            if name.endswith((".json", ".lock")) or "." not in name:
                content = MOMENTS.sub(rb"\1", content)
            found.update(f"{os.path.relpath(path, warehouse)}\0{len(content)}\0".encode())
            found.update(content)
    return found.digest()


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
