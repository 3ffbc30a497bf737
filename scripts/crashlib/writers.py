"""C5: several refreshes at once, and one that was stopped for long while others went on."""
import json, os, random, signal, subprocess, time

from .faults import Faults
from .shop import ROUND, Truth, manifest, record


class Writers:
    """Rounds of refreshes that start together."""

    def __init__(self, shop, folder, options):
        self.shop, self.options, self.dice = shop, options, random.Random(options.seed)
        self.library = Faults(folder)
        self.truth = Truth.walk(shop)
        shop.deliver(1)
        self.operations = self.library.count(shop, shop.warehouse)
        self.delivery, self.published, self.waited, self.refused, self.stale = 1, 0, 0, 0, 0

    def next(self):
        self.delivery = (self.delivery + 1) % ROUND
        self.shop.deliver(self.delivery)

    def together(self):
        """One publishes; the others say that a refresh runs, or find nothing new."""
        self.next()
        last = self.shop.publications()[-1]
        running = [self.shop.binary.start(self.shop.folder, "refresh", "--json", output=subprocess.PIPE)
                   for _ in range(self.options.processes)]
        made = []
        for process in running:
            out, problems = process.communicate(timeout=300)
            if process.returncode:
                return f"a refresh ended with {process.returncode}: {problems.decode(errors='replace').strip()[-300:]}"
            made.append(json.loads(out.decode().strip().splitlines()[-1]))
        changed = [entry["publication"] for entry in made if entry.get("changed")]
        self.published += len(changed)
        self.waited += sum("already_running_since" in entry for entry in made)
        if changed != [last + 1] or self.shop.publications()[-1] != last + 1:
            return f"published {changed} after {last}"
        return self.truth.check(self.shop, self.delivery)

    def paused(self, lost):
        """One is stopped within its work; `lost`: its lock is gone meanwhile, as with a file system without locks."""
        self.next()
        at = self.dice.randint(3, self.operations)
        env = self.library.env(self.shop.warehouse, at, "stop")
        stopped = self.shop.binary.start(self.shop.folder, "refresh", env=env, output=subprocess.PIPE)
        if not wait_for_stop(stopped):
            stopped.communicate()
            return self.truth.check(self.shop, self.delivery)
        try:
            wrong = self.overtake(at) if lost else self.refuse()
        finally:
            stopped.send_signal(signal.SIGCONT)
            _, told = stopped.communicate(timeout=300)
        return wrong or self.after(stopped.returncode, told.decode(errors="replace"), lost, at)

    def refuse(self):
        time.sleep(self.options.stopped)
        made = record(self.shop.refresh())
        self.refused += "already_running_since" in made
        return None if "already_running_since" in made else f"a second refresh ran beside a stopped one: {made}"

    def overtake(self, at):
        self.stale += 1
        os.remove(os.path.join(self.shop.warehouse, "lock"))
        self.next()
        done = self.shop.refresh()
        if done.returncode:
            return f"stopped at {at}: the other refresh ended with {done.returncode}: {done.stderr.strip()[-300:]}"
        return None

    def after(self, code, told, lost, at):
        """The stopped one went on."""
        if lost:
            figures = self.shop.probe()
            if figures != self.truth.figures[self.delivery]:
                return f"stopped at {at}, ended with {code}: the late one changed what is published"
            wrong = self.truth.check_files(self.shop, self.delivery)
            if wrong:
                return f"stopped at {at}, ended with {code}: {wrong}"
            # Entries of the late one in a Delta log are not published; the next refresh takes them away.
            if self.shop.refresh().returncode:
                return f"stopped at {at}: the next refresh failed"
        elif code:
            return f"stopped at {at}, ended with {code}: {told.strip()[-300:]}"
        wrong = self.truth.check(self.shop, self.delivery)
        return f"stopped at {at}, lock {'lost' if lost else 'kept'}, ended with {code}: {wrong}" if wrong else None


def wait_for_stop(process):
    """Whether it stopped itself; else it has ended."""
    while process.poll() is None:
        with open(f"/proc/{process.pid}/stat") as file:
            if file.read().rsplit(")", 1)[1].split()[0] == "T":
                return True
        time.sleep(0.01)
    return False


def run(shop, folder, options):
    """(summary, faults) of `options.runs` rounds, and a fifth as many with a stopped refresh of either kind."""
    writers = Writers(shop, folder, options)
    faults, made, end = [], 0, time.monotonic() + options.minutes * 60
    while made < options.runs and time.monotonic() < end and len(faults) < 20:
        made += 1
        rounds = [writers.together] + ([lambda: writers.paused(True), lambda: writers.paused(False)] if made % 5 == 0 else [])
        faults += [f"round {made}: {wrong}" for wrong in (one() for one in rounds) if wrong]
    numbers = shop.publications()
    faults += [f"publication {number} says it is another" for number in numbers if manifest(shop.warehouse, number)["id"] != number]
    return (f"{made} rounds of {options.processes} refreshes: {writers.published} published, {writers.waited} found one running; "
            f"{writers.stale} stopped ones were overtaken, {writers.refused} kept their lock"), faults
