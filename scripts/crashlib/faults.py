"""Runs the program with `faults.c` between it and the C library, and reads the log that this writes."""
import os, subprocess, tempfile

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "faults.c")


class Faults:
    """The compiled library; one per run of a procedure."""

    def __init__(self, folder):
        self.library = os.path.join(folder, "faults.so")
        subprocess.run([os.environ.get("CC", "cc"), "-O1", "-Wall", "-shared", "-fPIC", "-o", self.library, SOURCE,
                        "-ldl", "-lpthread"], check=True)

    def env(self, prefix, at=0, action="", on=False, log=None, reads=False):
        wanted = {"LD_PRELOAD": self.library, "FAULT_PREFIX": os.path.realpath(prefix), "FAULT_AT": str(at),
                  "FAULT_ACTION": str(action)}
        if on:
            wanted["FAULT_ON"] = "1"
        if log:
            wanted["FAULT_LOG"] = log
        if reads:
            wanted["FAULT_CLASS"] = "read"
        return wanted

    def count(self, shop, prefix, reads=False):
        """Operations of one undisturbed refresh."""
        with tempfile.NamedTemporaryFile() as log:
            done = shop.refresh(env=self.env(prefix, log=log.name, reads=reads))
            assert done.returncode == 0, done.stderr
            os.remove(log.name + ".data")
            return len(read_log(log.name))


def read_log(path):
    """Operations in order: (number, kind, path, other path, handle, offset, bytes)."""
    with open(path, errors="surrogateescape") as file:
        lines = [line.rstrip("\n").split("\t") for line in file]
    return [(int(number), kind, path, other, int(handle), int(offset), int(size))
            for number, kind, path, other, handle, offset, size in lines]
