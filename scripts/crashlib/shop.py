"""A small shop that goes round four deliveries, and what its warehouse must hold after each.

Deliveries: 0 a base with two days of lines; 1 a third day (an increment); 2 a fourth, with repeated and
impossible lines (an increment); 3 another till file (everything is built); then 0 again (built again).
Whoever walks that round undisturbed gets the truth: the data files by name and content, and the figures.
"""
import hashlib, json, os, shutil, subprocess

TABLES = ["dim_country", "dim_customer", "dim_date", "dim_product",
          "dim_store", "fact_adjustments", "fact_returns", "fact_sales",
          "single_customer_view"]
PROBE = "select " + ", ".join(
    [f"(select count(*) from {table}) as {table}" for table in TABLES]
    + ["(select sum(revenue) from fact_sales) as sold", "(select sum(quantity) from fact_sales) as pieces",
       "(select sum(sales_amount) from single_customer_view) as customers",
       "(select count(distinct description) from dim_product) as texts"])
MODES = ["full", "increment", "increment", "full"]
ROUND = len(MODES)
# Holds when each record was seen first, which depends on the run.
DATED = {"quarantine"}
HEADING = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"


class Binary:
    """The program under test, with the environment of one run."""

    def __init__(self, path):
        self.path = os.path.abspath(path)

    def run(self, project, *arguments, env=None, timeout=600):
        return subprocess.run([self.path, "-C", project, *arguments], capture_output=True, text=True,
                              errors="replace", env={**os.environ, **(env or {})}, timeout=timeout)

    def start(self, project, *arguments, env=None, output=subprocess.DEVNULL):
        return subprocess.Popen([self.path, "-C", project, *arguments], stdout=output, stderr=output,
                                env={**os.environ, **(env or {})})


def day(number, lines):
    """The lines of one day: sales, a return, an article and a customer that are new every day."""
    when = f"2026-10-{number:02}"
    rows = [f"90{number:02}{line // 3:03},D{line % 7},ARTICLE {line % 7},{1 + line % 5},{when} 10:{line % 60:02}:00,"
            f"{1 + line % 4}.5,{17000 + line % 11},{['France', 'Spain', 'Italy'][line % 11 % 3]}" for line in range(lines)]
    rows.append(f"C90{number:02}900,D1,ARTICLE 1,-1,{when} 11:00:00,2.5,17001,Spain")
    rows.append(f"90{number:02}901,N{number},NEW {number},2,{when} 12:00:00,3.25,{18000 + number},Norway")
    return rows


def text(rows):
    return HEADING + "".join(row + "\n" for row in rows)


class Shop:
    """A project whose data go round the deliveries."""

    def __init__(self, binary, folder, lines=40):
        self.binary, self.folder, self.lines = binary, folder, lines
        self.warehouse = os.path.join(folder, "warehouse")
        self.base, self.till = {}, None

    def make(self, customers=100, days=30):
        made = self.binary.run("/", "init", self.folder, "--template", "generated")
        assert made.returncode == 0, made.stderr
        path = os.path.join(self.folder, "confect.toml")
        with open(path) as file:
            config = file.read()
        with open(path, "w") as file:
            # The days state pounds; the invented files state nothing and are in the shop's currency.
            file.write(config.replace('["generated"]', '["generated", "online-retail"]').replace('"EUR"', '"GBP"'))
        data = os.path.join(self.folder, "data")
        made = self.binary.run("/", "generate", data, "--customers", str(customers), "--days", str(days),
                               "--stores", "1", "--dirt", "0.01", "--seed", "7")
        assert made.returncode == 0, made.stderr
        for name in os.listdir(data):
            with open(os.path.join(data, name), "rb") as file:
                self.base[name] = file.read()
        self.till = max(name for name in self.base if name.startswith("sale_lines"))
        return self

    def files(self, delivery):
        """What lies in `data/`."""
        files = dict(self.base)
        # So few that going back to the base does not look like a source that shrank.
        third, fourth = day(3, self.lines // 3), day(4, self.lines // 3)
        days = {1: day(1, self.lines), 2: day(2, self.lines)}
        if delivery >= 1:
            days[3] = third
        if delivery >= 2:
            # A line of this day twice, one of an old day once more, an impossible date, a missing number.
            days[4] = fourth + [fourth[0], third[1], "9004950,D1,ARTICLE 1,1,2026-10-32 09:00:00,1.5,17001,Spain",
                                "9004951,D1,ARTICLE 1,many,2026-10-04 09:00:00,1.5,17001,Spain"]
        if delivery >= 3:
            files[self.till] = b"".join(files[self.till].splitlines(keepends=True)[:-5])
        files.update({f"day{number}.csv": text(rows).encode() for number, rows in days.items()})
        return files

    def deliver(self, delivery):
        data, wanted = os.path.join(self.folder, "data"), self.files(delivery)
        for name in set(os.listdir(data)) - set(wanted):
            os.remove(os.path.join(data, name))
        for name, content in wanted.items():
            path = os.path.join(data, name)
            if os.path.exists(path):
                with open(path, "rb") as file:
                    if file.read() == content:
                        continue
            with open(path + ".part~", "wb") as file:
                file.write(content)
            os.replace(path + ".part~", path)

    def refresh(self, env=None, timeout=600):
        return self.binary.run(self.folder, "refresh", "--json", env=env, timeout=timeout)

    def probe(self, env=None):
        answer = self.binary.run(self.folder, "sql", "--format", "csv", PROBE, env=env)
        return answer.stdout.strip() if answer.returncode == 0 else f"error {answer.returncode}: {answer.stderr}"

    def publications(self):
        return publications(self.warehouse)

    def manifest(self):
        return manifest(self.warehouse, self.publications()[-1])

    def copy(self, folder):
        shutil.copytree(self.folder, folder, symlinks=True)
        other = Shop(self.binary, folder, self.lines)
        other.base, other.till = self.base, self.till
        return other


def publications(warehouse):
    folder = os.path.join(warehouse, "publish")
    names = os.listdir(folder) if os.path.isdir(folder) else []
    return sorted(int(name[:-5]) for name in names if name[:-5].isdigit() and name.endswith(".json"))


def manifest(warehouse, number):
    with open(os.path.join(warehouse, "publish", f"{number:06}.json")) as file:
        return json.loads(file.read().rstrip().rsplit("\n", 1)[0])


def named_files(content):
    """Table -> names of its data files, which are hashes of what they hold."""
    return {table["name"]: [part["path"] for part in table["files"]] for table in content["tables"]}


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def record(result):
    """The last line of `refresh --json`."""
    lines = result.stdout.strip().splitlines()
    return json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}


def balances(made):
    return made["rows_in"] == made["rows_loaded"] + made["rows_quarantined"] + made["rows_deduplicated"]


class Truth:
    """What an undisturbed round leaves behind."""

    def __init__(self):
        self.figures, self.tables, self.contents, self.seconds, self.modes = [], [], {}, [], []

    @classmethod
    def walk(cls, shop, seen=lambda delivery: None):
        """Goes round once and back to delivery 0; the shop then stands there. `seen` is called after each."""
        truth = cls()
        for delivery in [*range(ROUND), 0]:
            shop.deliver(delivery)
            done = shop.refresh()
            assert done.returncode == 0, done.stderr
            made = record(done)
            assert made["mode"] == MODES[delivery] or not truth.modes, (delivery, made["mode"], made["because"])
            assert balances(made), made
            if len(truth.tables) == ROUND:
                assert truth.check(shop, 0) is None, truth.check(shop, 0)
                truth.seconds[0] = made["seconds"]
                return truth
            truth.note(shop, made)
            seen(delivery)

    def note(self, shop, made):
        named = named_files(shop.manifest())
        self.figures.append(shop.probe())
        assert not self.figures[-1].startswith("error"), self.figures[-1]
        self.tables.append({name: files for name, files in named.items() if name not in DATED})
        self.seconds.append(made["seconds"])
        self.modes.append(made["mode"])
        for table, names in named.items():
            for name in names:
                self.contents[name] = digest(os.path.join(shop.warehouse, "tables", table, name))
        assert len(set(self.figures)) == len(self.figures), "two deliveries look alike"

    def check_files(self, shop, delivery):
        """Whether the newest manifest names the files of that delivery, and these hold what they must."""
        named = named_files(shop.manifest())
        for table, names in self.tables[delivery].items():
            if named.get(table) != names:
                return f"`{table}` has other files than an undisturbed run"
        for table, names in named.items():
            for name in names:
                if name in self.contents and digest(os.path.join(shop.warehouse, "tables", table, name)) != self.contents[name]:
                    return f"`{table}/{name}` holds something else"
        return None

    def check(self, shop, delivery):
        """What is wrong if the shop should stand at that delivery."""
        figures = shop.probe()
        if figures != self.figures[delivery]:
            return f"other figures: {figures[-300:]}"
        return self.check_files(shop, delivery) or next(log_faults(shop), None)

    def delivery_of(self, figures):
        return self.figures.index(figures) if figures in self.figures else None


def log_faults(shop):
    """Where the Delta log of a table, read as any other tool would, is not what the newest manifest says."""
    for table in shop.manifest()["tables"]:
        folder = os.path.join(shop.warehouse, "tables", table["name"], "_delta_log")
        names = sorted(name for name in os.listdir(folder) if name.endswith(".json")) if os.path.isdir(folder) else []
        present = set()
        try:
            for name in names:
                with open(os.path.join(folder, name)) as file:
                    actions = [json.loads(line) for line in file if line.strip()]
                if not actions:
                    raise ValueError("it is empty")
                present -= {action["remove"]["path"] for action in actions if "remove" in action}
                present |= {action["add"]["path"] for action in actions if "add" in action}
        except ValueError as error:
            yield f"the Delta log of `{table['name']}` cannot be read at {name}: {error}"
            continue
        if not names or int(names[-1][:-5]) != table["version"]:
            yield f"the Delta log of `{table['name']}` ends at {names[-1:]} instead of {table['version']}"
        elif present != {part["path"] for part in table["files"]}:
            yield f"the Delta log of `{table['name']}` lists other files than the manifest"


def orphans(warehouse):
    """Files that none of the last three manifests names, and drafts of any kind."""
    kept, known = set(), set()
    for number in publications(warehouse)[-3:]:
        content = manifest(warehouse, number)
        kept.update((table, name) for table, names in named_files(content).items() for name in names)
        known.update(entry["path"] for entry in content["memory"]["known"])
    found = []
    for folder, _, names in os.walk(warehouse):
        kind = os.path.relpath(folder, warehouse).split(os.sep)
        for name in names:
            path = os.path.join(folder, name)
            if name.startswith(".draft") or "#" in name or name.endswith(".tmp"):
                found.append(path)
            elif kind[0] == "tables" and len(kind) == 2 and (kind[1], name) not in kept:
                found.append(path)
            elif kind[0] == "known" and name not in known:
                found.append(path)
    return found


def age(warehouse, days=2):
    """Makes every file look old, so that the janitor may take it."""
    for folder, _, names in os.walk(warehouse):
        for name in names:
            path = os.path.join(folder, name)
            old = os.stat(path).st_mtime - days * 86_400
            os.utime(path, (old, old))
