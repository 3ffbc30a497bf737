#!/usr/bin/env python3
"""The page of one customer of a large shop from a running server and from the command line, and the whole customer view.

    python3 benches/customer.py CONFECT PROJECT [--rounds N]

PROJECT is a published project (`confect generate`, `confect refresh`). A user `bench` is added to it. Customers are
drawn at random and each is asked for once, so that no answer was given before; the first 20 warm the server up.
Prints milliseconds: median, 95th percentile, largest; and the seconds of the whole view as CSV.
"""

import argparse
import csv
import http.client
import io
import json
import random
import socket
import statistics
import subprocess
import time

WARM = 20


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait(port):
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("the server did not start")


def told(name, times):
    times = sorted(times)
    at = lambda share: times[min(len(times) - 1, int(len(times) * share))] * 1000
    print(f"{name:32} {at(0.5):8.1f} {at(0.95):8.1f} {times[-1] * 1000:8.1f}   of {len(times)}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("confect")
    parser.add_argument("project")
    parser.add_argument("--rounds", type=int, default=80, help="more than 100 at once are too many for the server's limit")
    options = parser.parse_args()
    run = [options.confect, "-C", options.project]
    subprocess.run(run + ["user", "add", "bench", "--role", "owner", "--password-stdin"],
                   input="vier lila Ofenrohre\n", text=True, capture_output=True)
    view = ["sql", "select {} from single_customer_view", "--format", "csv"]
    ids = subprocess.run(run + [view[0], view[1].format("customer_id"), *view[2:]], text=True, capture_output=True).stdout
    ids = [row[0] for row in csv.reader(io.StringIO(ids))][1:]
    print(f"{len(ids)} customers")
    random.seed(7)
    chosen = random.sample(ids, min(len(ids), options.rounds + WARM))

    port = free_port()
    server = subprocess.Popen(run + ["serve", "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait(port)
        connection = http.client.HTTPConnection("127.0.0.1", port)
        def ask(method, path, body=None, headers={}):
            start = time.perf_counter()
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read()
            return time.perf_counter() - start, answer, text
        _, answer, text = ask("POST", "/api/sign-in", json.dumps({"user": "bench", "password": "vier lila Ofenrohre"}),
                              {"Content-Type": "application/json", "Origin": f"http://127.0.0.1:{port}"})
        if answer.status != 200:
            raise SystemExit(text.decode())
        headers = {"Cookie": answer.getheader("Set-Cookie").split(";")[0]}
        print(f"{'milliseconds':32} {'median':>8} {'95 %':>8} {'largest':>8}")
        times = []
        for number, customer in enumerate(chosen):
            seconds, answer, text = ask("GET", f"/api/customers/{customer}", headers=headers)
            if answer.status != 200:
                raise SystemExit(text.decode())
            if number >= WARM:
                times.append(seconds)
        told("page of one customer", times)
    finally:
        server.terminate()
        server.wait()

    times = []
    for customer in chosen[:20]:
        start = time.perf_counter()
        subprocess.run(run + ["customer", customer, "--json"], check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    told("command, a process each", times)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        subprocess.run(run + [view[0], view[1].format("*"), *view[2:]], check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    print(f"the whole view as CSV: {statistics.median(times):.2f} s for {len(ids)} customers")


if __name__ == "__main__":
    main()
