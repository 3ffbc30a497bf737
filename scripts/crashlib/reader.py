"""A reader that runs all along: a server, whose page is asked for again and again by a signed-in owner."""
import atexit, hashlib, http.client, json, socket, subprocess, threading, time

PASSWORD = "plum harbour wagon sixteen"


class Slow(Exception):
    """The machine was too busy to answer in time; nothing is known of what would have been shown."""


class Reader:
    """Knows what the page shows after each delivery, and notes every answer that must not be."""

    # The server lets a user ask 20 times a second.
    def __init__(self, shop, pause=0.06):
        self.shop, self.pause = shop, pause
        self.pages, self.faults, self.answers, self.last, self.slow = {}, [], 0, 0, 0
        self.allowed, self.lock, self.stop = set(), threading.Lock(), threading.Event()
        added = subprocess.run([shop.binary.path, "-C", shop.folder, "user", "add", "mara", "--role", "owner",
                                "--password-stdin"], input=PASSWORD + "\n", capture_output=True, text=True)
        assert added.returncode == 0, added.stderr
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.server = shop.binary.start(shop.folder, "serve", "--port", str(self.port))
        atexit.register(self.server.kill)
        self.cookie = self.sign_in()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.getheader("set-cookie"), answer.read()
        finally:
            connection.close()

    def sign_in(self):
        body = json.dumps({"user": "mara", "password": PASSWORD})
        headers = {"content-type": "application/json", "origin": f"http://127.0.0.1:{self.port}"}
        for _ in range(600):
            try:
                status, cookie, answer = self.ask("POST", "/api/sign-in", body, headers)
                assert status == 200, answer
                return cookie.split(";")[0]
            except ConnectionError:
                time.sleep(0.1)
        raise AssertionError("the server did not start")

    def page(self):
        """Number of the publication, and a hash of all that the page shows of it."""
        status, _, body = self.ask("GET", "/api/page/overview", headers={"cookie": self.cookie})
        if status == 503 and b"query-timeout" in body:
            raise Slow
        if status != 200:
            raise AssertionError(f"status {status}: {body[:300]!r}")
        page = json.loads(body)
        shown = json.dumps([page["tiles"], page["filters"], page["publication"]["rows_in"]], sort_keys=True)
        return page["publication"]["id"], hashlib.sha256(shown.encode()).hexdigest()

    def learn(self, delivery):
        for _ in range(20):
            try:
                shown = self.page()[1]
                break
            except Slow:
                pass
        assert shown not in self.pages, "two deliveries look alike"
        self.pages[shown] = delivery

    def allow(self, *deliveries):
        with self.lock:
            self.allowed = set(deliveries)

    def watch(self):
        while not self.stop.is_set():
            with self.lock:
                allowed = set(self.allowed)
            try:
                number, shown = self.page()
                with self.lock:
                    allowed |= self.allowed
                delivery = self.pages.get(shown)
                if delivery not in allowed:
                    what = "a mixture" if delivery is None else f"delivery {delivery}"
                    self.faults.append(f"the page showed {what} of publication {number}, expected one of {sorted(allowed)}")
                if number < self.last:
                    self.faults.append(f"the page went back from publication {self.last} to {number}")
                self.last = max(self.last, number)
            except Slow:
                self.slow += 1
                continue
            except (AssertionError, OSError, ValueError, KeyError) as error:
                self.faults.append(f"the page could not be read: {error}")
            self.answers += 1
            self.stop.wait(self.pause)

    def begin(self):
        self.thread.start()

    def end(self):
        self.stop.set()
        if self.thread.is_alive():
            self.thread.join()
        self.server.terminate()
        self.server.wait()
