"""C1 and C6: kill -9 at any moment of a refresh, and of the refresh that mends it."""
import os, random, shutil, signal, time

from .faults import Faults
from .reader import Reader
from .shop import MODES, ROUND, Truth, age, balances, manifest, orphans, record

RESTART = 2.0


class Kills:
    """One shop, killed again and again."""

    def __init__(self, shop, folder, options):
        self.shop, self.options, self.dice = shop, options, random.Random(options.seed)
        self.faults_library = Faults(folder)
        self.faults, self.kills, self.aimed, self.at_recovery, self.slow = [], 0, 0, 0, []
        self.modes, self.restarts, self.left = {mode: 0 for mode in MODES}, [], 0

    def prepare(self):
        shop = self.shop
        shop.deliver(0)
        done = shop.refresh()
        assert done.returncode == 0, done.stderr
        self.reader = Reader(shop)
        # The page of each delivery is noted while the round is walked.
        self.truth = Truth.walk(shop, self.reader.learn)
        self.operations = self.count()
        self.reader.allow(0)
        self.reader.begin()

    def count(self):
        """Operations below the whole project, of a refresh into each delivery."""
        counts = []
        for delivery in [*range(1, ROUND), 0]:
            self.shop.deliver(delivery)
            counts.append(self.faults_library.count(self.shop, self.shop.folder))
        return counts[-1:] + counts[:-1]

    def kill(self, delivery):
        """Starts a refresh and kills it; whether it was still running."""
        if self.dice.random() < 0.5:
            at = self.dice.randint(1, self.operations[delivery])
            env = self.faults_library.env(self.shop.folder, at, "kill")
            code = self.shop.binary.start(self.shop.folder, "refresh", env=env).wait()
            self.aimed += code == -signal.SIGKILL
            return code == -signal.SIGKILL, f"before operation {at}"
        wait = self.dice.uniform(0, self.truth.seconds[delivery] * 1.05)
        process = self.shop.binary.start(self.shop.folder, "refresh")
        time.sleep(wait)
        process.kill()
        return process.wait() == -signal.SIGKILL, f"after {wait:.3f} s"

    def round(self, number):
        delivery = number % ROUND
        before = (delivery - 1) % ROUND
        self.shop.deliver(delivery)
        self.reader.allow(before, delivery)
        hit, where = self.kill(delivery)
        self.count_kill(hit, delivery)
        if hit and self.dice.random() < self.options.twice:
            hit, again = self.kill(delivery)
            self.at_recovery += hit
            self.count_kill(hit, delivery)
            where += f", then {again}"
        problems = self.after(before, delivery)
        self.faults += [f"round {number} ({MODES[delivery]}, killed {where}): {problem}" for problem in problems]
        self.reader.allow(delivery)

    def count_kill(self, hit, delivery):
        self.kills += hit
        self.modes[MODES[delivery]] += hit

    def after(self, before, delivery):
        """What is wrong right after the kill, and after the next refresh."""
        problems = []
        start = time.monotonic()
        seen = self.truth.delivery_of(self.shop.probe())
        self.restarts.append(time.monotonic() - start)
        if self.restarts[-1] > RESTART:
            self.slow.append(self.restarts[-1])
        if seen not in (before, delivery):
            problems.append(f"after the kill it holds delivery {seen}")
        done = self.shop.refresh()
        made = record(done)
        if done.returncode != 0:
            return [*problems, f"the next refresh ended with {done.returncode}: {done.stderr.strip()[-400:]}"]
        if not balances(made):
            problems.append(f"does not balance: {made['rows_in']} rows")
        wrong = self.truth.check(self.shop, delivery)
        return problems + ([f"after the next refresh: {wrong}"] if wrong else [])

    def sweep(self, number):
        """A refresh after a day takes away all that nothing goes by."""
        self.left = len(orphans(self.shop.warehouse))
        age(self.shop.warehouse)
        delivery = number % ROUND
        self.shop.deliver(delivery)
        self.reader.allow((delivery - 1) % ROUND, delivery)
        done = self.shop.refresh()
        still = [] if done.returncode else orphans_of_old(self.shop.warehouse)
        if done.returncode or still:
            self.faults.append(f"after the janitor {len(still)} orphans are left ({still[:3]}) {done.stderr[-200:]}")
        self.faults += [f"chain: {problem}" for problem in broken_chain(self.shop.warehouse)]


def orphans_of_old(warehouse):
    """Orphans but those that the last refresh made superfluous itself, which are young."""
    return [path for path in orphans(warehouse) if time.time() - os.stat(path).st_mtime > 3_600]


def broken_chain(warehouse):
    """Publications whose numbers do not follow each other, or whose file says another number."""
    numbers = sorted(int(name[:-5]) for name in os.listdir(os.path.join(warehouse, "publish")) if name[:-5].isdigit())
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"numbers {numbers[:3]}…{numbers[-3:]}"
    for number in numbers:
        if manifest(warehouse, number)["id"] != number:
            yield f"publication {number} says it is {manifest(warehouse, number)['id']}"


def run(shop, folder, options):
    """(summary, faults) of `options.runs` kills."""
    kills = Kills(shop, folder, options)
    kills.prepare()
    number = 0
    end = time.monotonic() + options.minutes * 60
    try:
        while kills.kills < options.runs and time.monotonic() < end and len(kills.faults) < 20:
            number += 1
            kills.round(number)
            if number % 50 == 0:
                print(f"  {kills.kills} kills, {len(kills.faults) + len(kills.reader.faults)} faults", flush=True)
        kills.sweep(number + 1)
    finally:
        kills.reader.end()
    restarts = sorted(kills.restarts)
    told = (f"{kills.kills} kills ({kills.aimed} aimed at one of {kills.operations} operations, {kills.at_recovery} of a "
            f"recovery; {kills.modes['full']} full, {kills.modes['increment']} increments) in {number} rounds, "
            f"{kills.reader.answers} pages read meanwhile ({kills.reader.slow} not in time), first answer after a kill {restarts[len(restarts) // 2]:.2f} s at the "
            f"median, {restarts[-1]:.2f} s at most ({len(kills.slow)} above {RESTART:.0f} s), "
            f"{kills.left} files left before the janitor")
    return told, kills.faults + kills.reader.faults


def control(shop, folder, options):
    """A shop broken by hand must be found broken: (summary, faults)."""
    from .blake3 import blake3
    truth = Truth.walk(shop)
    breaks = {"the manifest is cut": cut_manifest, "two publications are mixed": lambda other: mix(other, blake3),
              "a data file is swapped": swap_file, "the manifest before is overwritten": overwrite}
    missed = []
    for name, harm in breaks.items():
        broken = shop.copy(os.path.join(folder, "broken"))
        broken.deliver(1)
        assert broken.refresh().returncode == 0
        harm(broken)
        found = truth.check(broken, 1) or next(broken_chain(broken.warehouse), None)
        print(f"  control: {name}: {'found: ' + found[:100] if found else 'NOT FOUND'}")
        missed += [] if found else [f"the check does not see that {name}"]
        shutil.rmtree(broken.folder)
    return f"{len(breaks)} broken shops, {len(breaks) - len(missed)} found", missed


def path_of(shop, number):
    return os.path.join(shop.warehouse, "publish", f"{number:06}.json")


def cut_manifest(shop):
    os.truncate(path_of(shop, shop.publications()[-1]), 4096)


def overwrite(shop):
    """What a draft that is still linked to the last manifest does when it is written anew."""
    last = shop.publications()[-1]
    shutil.copyfile(path_of(shop, last), path_of(shop, last - 1))


def swap_file(shop):
    """The sales of the last publication are those of the one before, padded to the same length."""
    last = shop.publications()[-1]
    old, new = (manifest(shop.warehouse, number) for number in (last - 1, last))
    paths = [os.path.join(shop.warehouse, "tables", "dim_product", entry["files"][-1]["path"])
             for content in (old, new) for entry in content["tables"] if entry["name"] == "dim_product"]
    size = os.path.getsize(paths[1])
    with open(paths[0], "rb") as file:
        content = file.read()
    with open(paths[1], "wb") as file:
        file.write(content[:size].ljust(size, b"\0"))


def mix(shop, blake3):
    """One table of the publication before, under a seal that fits."""
    import json
    last = shop.publications()[-1]
    old, new = (manifest(shop.warehouse, number) for number in (last - 1, last))
    before = {table["name"]: table for table in old["tables"]}
    new["tables"] = [before["fact_sales"] if table["name"] == "fact_sales" else table for table in new["tables"]]
    body = json.dumps(new, indent=2)
    with open(path_of(shop, last), "w") as file:
        file.write(f"{body}\n{blake3(body.encode()).hex()}\n")
