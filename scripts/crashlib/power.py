"""C2: what may be on the disk after the power failed in the middle of a refresh.

One refresh is logged, operation by operation. For a cut anywhere in that log the folder is put together again
as a disk may show it: synced contents are there; of a file that was written and not synced any of nothing, the
first pages, pages of zeros, or everything; of names that were given, changed or removed in a folder since that
was synced last, a part, in order or in any selection. POSIX promises no more, and file systems differ.
SQLite's files are as before or as after: they are SQLite's business.
"""
import os, random, shutil, time

from .faults import Faults, read_log
from .shop import ROUND, Truth, log_faults

PAGE = 4096


class Node:
    """A file: what is in it, and what of that is sure."""

    def __init__(self, content=b"", sure=None):
        self.content, self.sure = bytearray(content), sure

    def may_be(self, dice):
        now = bytes(self.content)
        if self.sure == now:
            return now
        old = self.sure or b""
        cut = now[:PAGE * dice.randint(0, len(now) // PAGE)]
        pages = [now[place:place + PAGE] for place in range(0, len(now), PAGE)]
        holes = b"".join(page if dice.random() < 0.5 else bytes(len(page)) for page in pages)
        return dice.choice([old, b"", cut, holes, now])


class Folder:
    """Names, those that are sure, and the changes since."""

    def __init__(self):
        self.now, self.sure, self.pending = {}, {}, []

    def change(self, **names):
        """One atomic change; `None` removes a name."""
        self.pending.append(names)
        apply(self.now, names)

    def sync(self):
        self.sure, self.pending = dict(self.now), []

    def may_be(self, dice):
        names = dict(self.sure)
        if dice.random() < 0.5:
            chosen = self.pending[:dice.randint(0, len(self.pending))]
        else:
            share = dice.choice([0.1, 0.5, 0.9])
            chosen = [change for change in self.pending if dice.random() < share]
        for change in chosen:
            apply(names, change)
        return names


def apply(names, change):
    for name, node in change.items():
        if node is None:
            names.pop(name, None)
        else:
            names[name] = node


class Disk:
    """The warehouse's folder with what is sure of it; operations of the log are played into it."""

    def __init__(self, root, parent, syncs=True):
        self.root, self.syncs, self.handles = root, syncs, {}
        self.top = Folder()
        if os.path.isdir(root):
            self.top.sure[os.path.basename(root)] = self.load(root)
        self.top.now = dict(self.top.sure)
        self.parent = parent

    def load(self, path):
        if not os.path.isdir(path):
            with open(path, "rb") as file:
                content = file.read()
            return Node(content, content)
        folder = Folder()
        folder.sure = {name: self.load(os.path.join(path, name)) for name in os.listdir(path)}
        folder.now = dict(folder.sure)
        return folder

    def find(self, path):
        if path == self.parent:
            return self.top
        node = self.top
        for part in os.path.relpath(path, self.parent).split(os.sep):
            node = node.now.get(part) if isinstance(node, Folder) else None
        return node

    def place(self, path):
        return self.find(os.path.dirname(path)), os.path.basename(path)

    def play(self, operation, data):
        _, kind, path, other, handle, offset, size = operation
        folder, name = self.place(path) if path != self.parent else (None, None)
        if kind in ("create", "truncate", "open", "open-read"):
            self.handles[handle] = self.opened(kind, folder, name)
        elif kind == "write":
            content = self.handles[handle].content
            content.extend(bytes(max(0, offset + size - len(content))))
            content[offset:offset + size] = data
        elif kind == "cut":
            del self.handles[handle].content[offset:]
        elif kind == "fsync" and self.syncs:
            self.sync(self.find(path) if handle not in self.handles else self.handles[handle])
        elif kind == "rename":
            target, new = self.place(other)
            assert target is folder, "a rename from folder to folder"
            folder.change(**{name: None, new: folder.now[name]})
        elif kind == "link":
            target, new = self.place(other)
            if new not in target.now:
                target.change(**{new: folder.now[name]})
        elif kind in ("unlink", "rmdir") and folder is not None and name in folder.now:
            folder.change(**{name: None})
        elif kind == "mkdir" and folder is not None and name not in folder.now:
            folder.change(**{name: Folder()})

    def opened(self, kind, folder, name):
        if folder is None or kind != "create" and name not in folder.now:
            return None  # It failed: the folder is made, and the next try has the same handle.
        if kind == "create":
            folder.change(**{name: Node()})
        node = folder.now[name]
        if kind == "truncate":
            node.content = bytearray()
        return node

    @staticmethod
    def sync(node):
        if isinstance(node, Folder):
            node.sync()
        elif node is not None:
            node.sure = bytes(node.content)

    def write(self, dice):
        """Puts a folder that may be there after the power failed."""
        contents = {}

        def put(path, node):
            if isinstance(node, Folder):
                os.mkdir(path)
                for name, inner in node.may_be(dice).items():
                    put(os.path.join(path, name), inner)
            else:
                # One file under two names has one content.
                content = contents.setdefault(id(node), node.may_be(dice))
                with open(path, "wb") as file:
                    file.write(content)

        for name, node in self.top.may_be(dice).items():
            put(os.path.join(self.parent, name), node)


class Step:
    """A logged refresh from one delivery to the next."""

    def __init__(self, shop, folder, library, before, after):
        self.before, self.after = before, after
        self.old, log = os.path.join(folder, f"old-{after}-{before}"), os.path.join(folder, f"log-{after}-{before}")
        shutil.copytree(shop.folder, self.old)
        shop.deliver(after)
        # The folder above is the project, whose own files are not ours to lose.
        env = library.env(shop.warehouse, log=log)
        env["FAULT_ALSO"] = os.path.realpath(shop.folder)
        done = shop.refresh(env=env)
        assert done.returncode == 0, done.stderr
        self.new = os.path.join(folder, f"new-{after}-{before}")
        shutil.copytree(shop.folder, self.new)
        self.operations = read_log(log)
        self.data = self.split(log + ".data")
        self.home = shop.folder

    def split(self, path):
        with open(path, "rb") as file:
            return [file.read(operation[6]) if operation[1] == "write" else b"" for operation in self.operations]

    def reconstruct(self, shop, dice, syncs=True):
        """Makes the shop what it may be after a cut; the cut."""
        cut = len(self.operations) if dice.random() < 0.3 else dice.randint(0, len(self.operations))
        shutil.rmtree(shop.folder, ignore_errors=True)
        source = self.new if cut == len(self.operations) or dice.random() < 0.5 else self.old
        shutil.copytree(source, shop.folder, ignore=shutil.ignore_patterns("warehouse"))
        disk = Disk(os.path.join(self.old, "warehouse"), self.old, syncs)
        disk.root, disk.parent = shop.warehouse, os.path.realpath(shop.folder)
        for operation, data in zip(self.operations[:cut], self.data):
            disk.play(operation, data)
        disk.write(dice)
        shop.deliver(self.after)
        return cut


class Cuts:
    """Many reconstructions of some refreshes."""

    def __init__(self, shop, folder, options, syncs=True):
        self.shop, self.options, self.syncs, self.dice = shop, options, syncs, random.Random(options.seed)
        library, self.steps = Faults(folder), []
        shop.deliver(0)
        self.steps.append(Step(shop, folder, library, None, 0))
        self.truth = Truth.walk(shop)
        for delivery in [*range(1, ROUND), 0]:
            self.steps.append(Step(shop, folder, library, (delivery - 1) % ROUND, delivery))
        self.healed = self.acknowledged = self.old = self.new = self.torn = 0

    def one(self, number):
        """What is wrong with one reconstruction."""
        step = self.steps[number % len(self.steps)]
        cut = step.reconstruct(self.shop, self.dice, self.syncs)
        acknowledged = cut == len(step.operations)
        where = f"cut {cut} of {len(step.operations)} of the refresh from {step.before} to {step.after}"
        wrong = self.look(step, acknowledged)
        if wrong is None and self.dice.random() < self.options.heal:
            wrong = self.heal(step)
        return f"{where}: {wrong}" if wrong else None

    def look(self, step, acknowledged):
        figures = self.shop.probe()
        seen = self.truth.delivery_of(figures)
        self.acknowledged += acknowledged
        self.old, self.new = self.old + (seen == step.before), self.new + (seen == step.after)
        if seen is None and not (step.before is None and "nothing is published yet" in figures):
            return f"neither the old nor the new publication: {figures[-300:]}"
        if seen not in (step.before, step.after):
            return f"it holds delivery {seen}"
        if acknowledged and seen != step.after:
            return "an acknowledged publication is lost"
        if seen == step.after:
            return self.truth.check_files(self.shop, seen) or next(log_faults(self.shop), None)
        return None

    def heal(self, step):
        self.healed += 1
        self.torn += any(log_faults(self.shop)) if self.shop.publications() else 0
        done = self.shop.refresh()
        if done.returncode:
            return f"the next refresh ended with {done.returncode}: {done.stderr.strip()[-400:]}"
        wrong = self.truth.check(self.shop, step.after)
        return f"after the next refresh: {wrong}" if wrong else None


def cuts_of(shop, folder, options, syncs):
    cuts = Cuts(shop, folder, options, syncs)
    faults, made, end = [], 0, time.monotonic() + options.minutes * 60
    while made < options.runs and time.monotonic() < end and len(faults) < 20:
        made += 1
        wrong = cuts.one(made)
        faults += [f"reconstruction {made}, {wrong}"] if wrong else []
        if made % 100 == 0:
            print(f"  {made} reconstructions, {len(faults)} faults", flush=True)
    operations = [len(step.operations) for step in cuts.steps]
    told = (f"{made} reconstructions of {len(operations)} refreshes of {operations} operations: {cuts.old} old, {cuts.new} "
            f"new ({cuts.acknowledged} acknowledged), {cuts.healed} refreshed again")
    return told, faults


def run(shop, folder, options):
    """(summary, faults) of `options.runs` reconstructions."""
    return cuts_of(shop, folder, options, True)


def control(shop, folder, options):
    """As if syncing did nothing: that must be found."""
    told, faults = cuts_of(shop, folder, options, False)
    print(f"  control: without syncing {len(faults)} violations, such as {faults[:1]}")
    return told, [] if faults else ["nothing was found although nothing was synced"]
