"""What the stories share: nodes as processes of the built program, people and programs who talk to them.

A story is a program that runs its cases one after another and prints a line for each: `ok NAME` or
`FAIL NAME: why`; the last line is `N passed, N failed`. Only the standard library is used. Settings:

    CAUNOI_PROGRAM     the program under test; ./caunoi of this source otherwise
    SHIPPED_PROGRAM    where the one under test is slower than the one that is shipped: the latter, to prepare nodes, to read
                       how they stand, and to check them at the end; what a story is about is done by the former
    PATIENCE           how many times as long as usual to wait for a program that a tool watches
    SERVER_ENDS        set where the database server is thrown away after the stories: what they made stays until then
    CAUNOI_TEST_STORE  "sqlite"; the postgresql:// address of a database where every node gets a schema; or "mixed " and such an
                       address: nodes lie in both databases in turn, those on PostgreSQL are worked by SHIPPED_PROGRAM

Everything happens on loopback and in one temporary folder. Servers are ended by their process, never by name,
and end with the story even when it is killed.
"""

import concurrent.futures
import contextlib
import ctypes
import datetime
import http.client
import itertools
import json
import os
import pathlib
import re
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.parse
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("CAUNOI_PROGRAM") or str(ROOT / "caunoi")
SHIPPED = os.environ.get("SHIPPED_PROGRAM") or PROGRAM
STORE = os.environ.get("CAUNOI_TEST_STORE") or "sqlite"
IS_MIXED = STORE.startswith("mixed ")
DATABASE = STORE.removeprefix("mixed ") if STORE != "sqlite" else None
HAS_FILES = STORE == "sqlite" or IS_MIXED  # nodes made without a word on it lie in files
PLACE_LATER = bool(os.environ.get("CAUNOI_PLACE_LATER"))  # nodes store what comes and place it into the tables later
SERVER_ENDS = bool(os.environ.get("SERVER_ENDS"))
PATIENCE = float(os.environ.get("PATIENCE") or 1)
PASSWORD = "mật khẩu dài 2026"

# Debian's psql is a Perl program that looks for the one it starts; that takes five times as long as what it is asked.
_CLIENTS = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))


def client_of_database(name):
    path = _CLIENTS[-1] / name if _CLIENTS else None
    return str(path) if path and path.exists() else name


PSQL = client_of_database("psql")

_libc = ctypes.CDLL(None, use_errno=True)


def _die_with_parent():
    _libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


class Failure(AssertionError):
    """What a case found wrong."""


def check(condition, *what):
    if not condition:
        raise Failure(" ".join(str(w) for w in what))


def check_equal(found, expected, what):
    check(found == expected, f"{what}: {found!r} instead of {expected!r}")


def check_contains(text, part, what):
    check(part in text, f"{what}: {part!r} is not in {str(text)[-600:]!r}")


def this_day(minutes=0):
    """Today, or the day in so many minutes, as the program counts it: in Vietnam, wherever the story runs."""
    return (datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=7))) + datetime.timedelta(minutes=minutes)).date()


def wait_until(probe, seconds, what):
    """Call probe until it answers something true; that answer."""
    end = time.monotonic() + seconds * PATIENCE
    pause = 0.002
    while True:
        answer = probe()
        if answer:
            return answer
        check(time.monotonic() < end, f"waited {seconds} s in vain: {what}")
        time.sleep(pause)
        pause = min(pause * 1.3, 0.05)


# ---- cases ------------------------------------------------------------------------------------------------------


class Cases:
    """Counts the cases of one story."""

    def __init__(self):
        self.passed = self.failed = 0
        self.started = time.monotonic()

    @contextlib.contextmanager
    def case(self, name):
        try:
            yield
        except Exception as error:  # every kind of failure is one failed case
            self.failed += 1
            if isinstance(error, Failure):
                why = str(error)
            else:
                why = f"{type(error).__name__}: {error}"
            place = [f for f in traceback.extract_tb(error.__traceback__) if "_story" in f.filename]
            line = f" (line {place[-1].lineno})" if place else ""
            why = why if len(why) < 1500 else why[:700] + " … " + why[-700:]
            print(f"FAIL {name}: {' / '.join(why.splitlines())}{line}", flush=True)
        else:
            self.passed += 1
            print(f"ok {name}", flush=True)

    def finish(self):
        took = time.monotonic() - self.started
        here, program = (sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        print(f"# {took:.1f} s, of a processor {here:.1f} s for the story and {program:.1f} s for what it started; "
              f"store {STORE.partition(' ')[0].partition(':')[0]}")
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        return 0 if self.failed == 0 and self.passed > 0 else 1


def load_catalogue(node, name, files):
    """Loads files of a catalogue, written into a folder of that name: path in it -> text."""
    folder = node.world.folder / name
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    node.run("catalogue load", folder, expect=0)


def tell_number(text):
    """A measured number, shown beside the count of the story."""
    print(f"# told: {text}", flush=True)


def untimed(text):
    """A file of figures without when it was made, and where it is had again as it was then."""
    return re.sub(r'"(again|recorded)": *"[^"]*",|\{"schema:propertyID":"(again|recorded)"[^}]*\},', "", text)


def send_report(client, report, cells, leader=None, explanations={}):
    """Fill in a report (cells: what is typed in each) with explanations, also of what is warned of; submit, and send it as a leader:
    the client itself unless another is given. The answer to the sending."""
    got = client.get(f"{report}.json").json()
    saved = client.send("PUT", report, {"base_version": got["draft_version"],
                        "cells": {k: {"typed": v, "explanation": explanations.get(k, "")} for k, v in cells.items()}}, expect=200).json()
    warned = {p["cell"] for p in saved["problems"] if p["severity"] == "warning" and not p["explained"]}
    if warned:
        client.send("PUT", report, {"base_version": saved["draft_version"],
                                    "cells": {k: {"explanation": "Đã đối chiếu với hải quan"} for k in warned}}, expect=200)
    client.send("POST", f"{report}/submit", expect=200)
    return (leader or client).send("POST", f"{report}/approve", expect=200).json()


def tell(story, stores=None):
    """Run a story (a function of cases and a world) as a program. stores: where its nodes lie in both databases in turn, the database of
    the first, the second …, and again; its name decides where nothing of it is done on one database alone."""
    cases = Cases()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # a time limit: still clean up
    with World(stores) as world:
        with cases.case("the story comes to its end"):
            story(cases, world)
        with cases.case("every node of the story is sound, and those that hold the same say the same"):
            world.check_nodes()
        if cases.failed:
            world.show_logs()
    sys.exit(cases.finish())


# ---- the command line ---------------------------------------------------------------------------------------------


class Result:
    def __init__(self, status, raw, err):
        self.status, self.raw, self.out, self.err = status, raw, raw.decode(errors="replace"), err

    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"<exit {self.status}; out {self.out[-400:]!r}; err {self.err[-400:]!r}>"


def command_environment(language="en"):
    env = {k: v for k, v in os.environ.items() if not k.startswith("CAUNOI_")}
    env["CAUNOI_LANG"] = language
    return env


def run(*arguments, given=None, expect=None, language="en", seconds=120, prepare=None, environment=None, program=PROGRAM):
    """Run the program once. expect: the exit status it must end with."""
    env = command_environment(language)
    env.update(environment or {})
    # It ends by itself, also where the story is killed. With something to do before it, Python starts it by copying all of itself.
    done = subprocess.run([program, *map(str, arguments)], input=(given or "").encode(), capture_output=True,
                          timeout=seconds * PATIENCE, env=env, preexec_fn=prepare)
    result = Result(done.returncode, done.stdout, done.stderr.decode(errors="replace"))
    if expect is not None:
        check(result.status == expect, f"{' '.join(map(str, arguments[:3]))}: exit status {result.status} "
              f"instead of {expect}; {result!r}")
    return result


# ---- HTTP ---------------------------------------------------------------------------------------------------------


def _read_headers(file, _class=http.client.HTTPMessage):
    headers = _class()
    while (line := file.readline(65537)) not in (b"\r\n", b"\n", b""):
        name, _, value = line.decode("iso-8859-1").partition(":")
        headers.set_raw(name, value.strip())
    return headers


http.client.parse_headers = _read_headers  # the library reads them as those of a mail, which takes longer than all the rest of a request


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<HTTP {self.status} {self.body[:500]!r}>"


class Client:
    """One browser or program: keeps its connection and its cookies. Not for several threads at a time."""

    def __init__(self, address, token=None, language="en", seconds=30):
        parts = urllib.parse.urlsplit(address)
        self.host, self.port, self.seconds = parts.hostname, parts.port, seconds
        self.cookies = {"lang": language}
        self.token = token
        self.csrf = None
        self.connection = None

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def ask(self, method, path, body=None, headers=None, expect=None):
        head = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if self.token:
            head["Authorization"] = f"Bearer {self.token}"
        head.update(headers or {})
        for attempt in (1, 2):
            fresh = self.connection is None
            if fresh:
                self.connection = http.client.HTTPConnection(self.host, self.port, timeout=self.seconds * PATIENCE)
            try:
                self.connection.request(method, path, body=body, headers=head)
                reply = self.connection.getresponse()
                answer = Answer(reply.status, reply.headers, reply.read())
                break
            except (http.client.HTTPException, OSError):
                self.close()
                if fresh or method != "GET":  # only a kept connection may have ended in between
                    raise
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, rest = cookie.partition("=")
            self.cookies[name.strip()] = rest.partition(";")[0]
        if answer.headers.get("Connection", "").lower() == "close":
            self.close()
        if expect is not None:
            check(answer.status == expect, f"{method} {path}: {answer!r} instead of {expect}")
        return answer

    def get(self, path, expect=200, **more):
        return self.ask("GET", path, expect=expect, **more)

    def send(self, method, path, thing=None, expect=None, headers=None):
        """JSON to an address, as a program or a script of the page does."""
        head = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.csrf:
            head["X-CSRF-Token"] = self.csrf
        head.update(headers or {})
        return self.ask(method, path, json.dumps({} if thing is None else thing), head, expect)

    def post_form(self, path, fields, expect=303):
        body = urllib.parse.urlencode(fields)
        return self.ask("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded",
                                             "Accept": "text/html"}, expect)

    def read_mark(self, path):
        """The page's mark against forged forms."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.get(path, headers={"Accept": "text/html"}).text)
        check(found, f"{path} has no form with a mark")
        return found.group(1)

    def sign_in(self, login, password=PASSWORD):
        self.csrf = None
        self.post_form("/sign-in", {"csrf": self.read_mark("/sign-in"), "login": login, "password": password})
        self.csrf = self.read_mark("/password")
        return self


# ---- nodes ----------------------------------------------------------------------------------------------------------


class Server:
    """A running `caunoi serve`."""

    def __init__(self, node, listen, upstream, prepare, environment=None, options=()):
        def before():
            _die_with_parent()
            if prepare:
                prepare()

        arguments = [node.program, "serve", str(node.folder), "--listen", listen]
        if upstream:
            arguments += ["--upstream", upstream]
        arguments += options
        self.node = node
        self.log = open(node.world.folder / f"{node.name}.log", "ab")
        self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log,
                                        env={**command_environment(), **(environment or {})}, preexec_fn=before)
        node.world.servers.append(self)
        self.address = self._read_address(60)

    def _read_address(self, seconds):
        end = time.monotonic() + seconds * PATIENCE
        line = b""
        while b"\n" not in line:
            left = end - time.monotonic()
            check(left > 0, f"{self.node.name} printed no address within {seconds} s; {self.node.log_tail()}")
            if select.select([self.process.stdout], [], [], left)[0]:
                piece = os.read(self.process.stdout.fileno(), 4096)
                if not piece:
                    raise Failure(f"{self.node.name} ended with {self.process.wait(10)} before it served; "
                                  f"{self.node.log_tail()}")
                line += piece
        found = re.search(r"https?://[^\s]+", line.decode())
        check(found, f"the line printed has no address: {line!r}")
        return found.group(0).rstrip("/")

    @property
    def is_running(self):
        return self.process.poll() is None

    def end(self, how=signal.SIGTERM, seconds=30):
        """Send a signal and wait; the exit status."""
        if self.is_running:
            self.process.send_signal(how)
        try:
            status = self.process.wait(seconds * PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise Failure(f"{self.node.name} did not end within {seconds} s of signal {how}")
        finally:
            self.process.stdout.close()
            self.log.close()
            self.node.world.servers.remove(self)
            self.node.server = None
            self.node.keep_port()
        return status


class Node:
    def __init__(self, world, name, unit, store=None):
        self.world, self.name, self.unit, self.store = world, name, unit, store
        self.folder = world.folder / name
        self.server = None
        self.host, self.port, self.kept = "127.0.0.1", 0, None
        self.key = None
        self.visitors = {}  # by login

    @property
    def program(self):
        return SHIPPED if (IS_MIXED and self.store) or self.folder in self.world.large else PROGRAM

    def init(self):
        arguments = ["init", self.folder, "--unit", self.unit]
        if self.store:
            arguments += ["--store", self.store]
        line = run(*arguments, expect=0, program=SHIPPED).out
        found = re.fullmatch(r"node ([0-9a-f]{64})\n(?:unit \d+ is no more; .*\n)?", line)
        check(found, f"init printed {line!r}")
        self.key = found.group(1)
        if PLACE_LATER:
            self.set(place_at_once_bytes=0)
        return self

    def set(self, **settings):
        """Write settings; they hold from the next start."""
        with open(self.folder / "settings", "a") as f:
            f.writelines(f"{name} = {value}\n" for name, value in settings.items())

    def run(self, command, *arguments, **more):
        """`caunoi COMMAND NODE …`; a command of two words is one text: "user add"."""
        return run(*command.split(), self.folder, *arguments, **{"program": self.program, **more})

    def prepare(self, command, *arguments):
        """A command that the story is not about, by the program that is shipped."""
        return self.run(command, *arguments, expect=0, program=SHIPPED)

    def run_bytes(self, command, *arguments):
        """Standard output as bytes, for files that go there."""
        done = subprocess.run([self.program, *command.split(), str(self.folder), *map(str, arguments)], capture_output=True,
                              timeout=120, env=command_environment())
        check(done.returncode == 0, f"{command}: exit status {done.returncode}; {done.stderr[-300:]!r}")
        return done.stdout

    def add_user(self, login, role, unit=None, password=PASSWORD):
        self.run("user add", login, "--role", role, "--unit", unit or self.unit, given=password + "\n", expect=0, program=SHIPPED)

    def token(self, login):
        out = self.prepare("user token", login).out
        found = re.search(r"\bcn_[A-Za-z0-9_-]+", out)
        check(found, f"user token printed {out!r}")
        return found.group(0)

    def trust(self, other, unit=None):
        self.prepare("trust", getattr(other, "key", other), "--unit", unit or other.unit)

    def serve(self, upstream=None, prepare=None, environment=None, options=()):
        """Start serving; a second start takes the same port, so that others find it again."""
        self.server = Server(self, f"{self.host}:{self.port}", upstream, prepare, environment, options)
        self.port = urllib.parse.urlsplit(self.server.address).port
        return self

    def keep_port(self):
        """While it rests nobody else is given its port; who asks there finds that nothing listens."""
        if self.kept is None and self.host == "127.0.0.1" and self.port != 0:
            self.kept = socket.socket()
            self.kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):  # somebody was quicker: its next start says so
                self.kept.bind((self.host, self.port))

    @property
    def address(self):
        return f"http://{self.host}:{self.port}"

    def stop(self):
        check_equal(self.server.end(), 0, f"exit status of {self.name} after SIGTERM")

    def kill(self):
        self.server.end(signal.SIGKILL)

    def client(self, **more):
        return Client(self.address, **more)

    def signed_in(self, login):
        return self.client().sign_in(login)

    def visit(self, login, act):
        """Serves for what somebody (None: the public) does, a function of a client, and stops; its result. They sign in once, as a session outlasts its server, and
        come in English each time."""
        self.serve()
        client = self.visitors.get(login) or self.visitors.setdefault(login, self.signed_in(login) if login else self.client())
        client.cookies["lang"] = "en"
        answer = act(client)
        client.close()
        self.stop()
        return answer

    def state(self, audience=None):
        """Waits while the node places what has come."""
        arguments = ["--audience", audience] if audience else []

        def told():
            result = self.run("state", *arguments, program=SHIPPED)
            check(result.status == 0 or "not yet in the tables" in result.err, f"state of {self.name}: {result!r}")
            return result.out.strip() if result.status == 0 else None

        out = wait_until(told, 60, f"{self.name} places what has come")
        check(re.fullmatch(r"[0-9a-f]{64}", out), f"state printed {out!r}")
        return out

    def wait_placed(self):
        """While it serves: until all that has come is in its tables."""
        wait_until(lambda: "\ncaunoi_ledger_not_placed 0\n" in self.client().get("/metrics", expect=200).text, 60, f"{self.name} places what has come")

    def position(self):
        return self.client().get("/health").json()["position"]

    def log_tail(self, count=1500):
        path = self.world.folder / f"{self.name}.log"
        return f"log of {self.name}: {path.read_text(errors='replace')[-count:]!r}" if path.exists() else "no log"

    def snapshot(self):
        """A raw copy of the node as it stands, as of a virtual machine; for roll_back."""
        place = self.world.folder / "snapshots" / f"{self.name}-{len(os.listdir(self.world.folder))}-{time.monotonic_ns()}"
        shutil.copytree(self.folder, place / "node")
        (place / "node" / "settings").rename(place / "settings")  # it is no node of the story
        if self.store:
            subprocess.run([client_of_database("pg_dump"), "-n", self._schema(), "-f", str(place / "dump.sql"), DATABASE], check=True, timeout=120,
                           stdout=subprocess.DEVNULL)
        return place

    def roll_back(self, place, is_seen=False):
        """is_seen: as with pg_dump and pg_restore, which the node sees and waits for; else as if somebody had said that it need not."""
        shutil.rmtree(self.folder)
        shutil.copytree(place / "node", self.folder)
        shutil.copy(place / "settings", self.folder / "settings")
        if self.store:
            self.world._psql(f"DROP SCHEMA {self._schema()} CASCADE")
            subprocess.run([PSQL, "-q", "-v", "ON_ERROR_STOP=1", "-d", DATABASE, "-f", str(place / "dump.sql")], check=True,
                           timeout=120, stdout=subprocess.DEVNULL)
            if not is_seen:
                self.run("resume", program=SHIPPED, expect=0)

    def _schema(self):
        return urllib.parse.unquote(self.store).rpartition("search_path=")[2]

    def wait_forgotten(self):
        """After a kill: the database server notices that the program is gone."""
        if self.store:
            others = f"SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = '{self._schema()}' AND pid <> pg_backend_pid()"
            wait_until(lambda: self.sql(others) == [("0",)], 30, "what the killed program had asked for ends")

    def check_sound(self):
        """Every hash, chain and seal; and the tables are what the entries say."""
        result = self.run("verify", program=SHIPPED)
        check(result.status == 0, f"verify of {self.name}: {result!r}")
        result = self.run("rebuild", "--check", program=SHIPPED)
        check(result.status == 0, f"rebuild --check of {self.name}: {result!r}")

    def sql(self, text):
        """Rows of a statement on the node's own database, past the program: to damage it, or to look inside."""
        return _rows(self.folder, self.store, text)


def _rows(folder, store, text):
    if store:
        done = subprocess.run([PSQL, "-qAt", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-d", store, "-c", text],
                              capture_output=True, timeout=60)
        check(done.returncode == 0, f"psql: {done.stderr.decode()}")
        return [tuple(line.split("\t")) for line in done.stdout.decode().splitlines()]
    import sqlite3
    with contextlib.closing(sqlite3.connect(folder / "ledger.db", timeout=30)) as db:
        rows = [tuple("" if c is None else str(c) for c in row) for row in db.execute(text).fetchall()]
        db.commit()
        return rows


def rows_of(folder, text):
    """Of a statement on the database of a node's folder."""
    return _rows(folder, dict(re.findall(r"^(\w+) *= *(.*)$", (folder / "settings").read_text(), re.M)).get("store"), text)


class Held:
    """A node's folder that the program found sound: what it holds, and whom it trusts."""

    def __init__(self, folder, program):
        self.folder = folder
        for command in (["verify", folder], ["rebuild", folder, "--check"]):
            result = run(*command, program=program)
            check(result.status == 0, f"{command[0]} of {folder.name}: {result!r}")
        settings = dict(re.findall(r"^(\w+) *= *(.*)$", (folder / "settings").read_text(), re.M))
        self.unit, store = settings["unit"], settings.get("store")
        self.streams = {}
        for name, digest in _rows(folder, store, "SELECT name, hash FROM ledger_stream"):
            self.streams.setdefault(name.partition("/")[2], {})[name] = digest
        self.trusts = {key: (unit, revoked != "0")
                       for key, unit, revoked in _rows(folder, store, "SELECT key, unit, revoked_at FROM peer")}
        self.apart = set(_rows(folder, store, "SELECT c.hash FROM figure_contest c JOIN figure_entry f ON f.entry = c.entry JOIN ledger_entry e"
                               " ON e.id = f.entry JOIN ledger_stream s ON s.id = e.stream WHERE s.audience <> '*'"))

    def alike(self, other):
        """The audiences whose state must be the same on both: the same entries, of it and of what is public, by nodes that
        both believe alike. A node does not say that it believes itself. What is public has stood beside a version that contradicts
        it where that one is, and alone where it is not."""
        for audience in self.streams.keys() & other.streams.keys() - {"-"}:
            if ((audience != "*" or self.apart == other.apart) and self.streams[audience] == other.streams[audience] and self.streams.get("*") == other.streams.get("*")
                    and all(self._believes(key, other) for key in self.trusts.keys() | other.trusts.keys())):
                yield audience

    def _believes(self, key, other):
        mine, theirs = self.trusts.get(key, (self.unit, False)), other.trusts.get(key, (other.unit, False))
        return mine == theirs


class World:
    """A temporary folder with everything a story makes; gone when it ends."""

    def __init__(self, stores=None):
        turns = stores.split() if stores else ["sqlite", "postgresql"] if zlib.crc32(pathlib.Path(sys.argv[0]).stem.encode()) % 2 else ["postgresql", "sqlite"]
        check(set(turns) <= {"sqlite", "postgresql"}, f"{turns} are no databases")
        self.turns = itertools.cycle(turns if IS_MIXED else ["postgresql" if DATABASE else "sqlite"])

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="caunoi-story-"))
        self.servers, self.schemas, self.damaged, self.large = [], [], set(), set()
        check(os.access(PROGRAM, os.X_OK), f"{PROGRAM} is not there; run make first")
        return self

    def __exit__(self, *error):
        for server in list(self.servers):
            server.process.send_signal(signal.SIGKILL)
            server.process.wait()
        if self.schemas and not SERVER_ENDS:
            self._psql(*(f"DROP SCHEMA IF EXISTS {schema} CASCADE" for schema in self.schemas))
        shutil.rmtree(self.folder, ignore_errors=True)
        return False

    def _psql(self, *statements):
        said = [part for one in ("SET client_min_messages = warning", *statements) for part in ("-c", one)]
        subprocess.run([PSQL, "-q", "-v", "ON_ERROR_STOP=1", "-d", DATABASE, *said], check=True, timeout=60, stdout=subprocess.DEVNULL)

    def new_store(self):
        """None for the embedded database, or the address of a new, empty schema: what comes next."""
        if next(self.turns) == "sqlite":
            return None
        schema = f"story{os.getpid()}_{len(self.schemas)}"
        self._psql(f"CREATE SCHEMA {schema}")
        self.schemas.append(schema)
        return f"{DATABASE}{'&' if '?' in DATABASE else '?'}application_name={schema}&options=-csearch_path%3D{schema}"

    def node(self, name, unit, is_large=False):
        """is_large: it will hold so much that sanitizers would take longer with it than with the rest of the story; it is worked by SHIPPED_PROGRAM."""
        node = Node(self, name, unit, self.new_store())
        if is_large:
            self.large.add(node.folder)
        return node.init()

    def nodes(self, **units):
        """Several nodes, made at the same time."""
        made, problems = [Node(self, name, unit, self.new_store()) for name, unit in units.items()], []

        def make(node):
            try:
                node.init()
            except Exception as error:
                problems.append(error)

        threads = [threading.Thread(target=make, args=[node]) for node in made]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        if problems:
            raise problems[0]
        return made

    def node_folders(self):
        """Of all nodes that were made, by whatever command, without those a story has damaged on purpose."""
        return sorted({path.parent for path in self.folder.rglob("settings") if (path.parent / "key").exists()}
                      - self.damaged)

    def carry(self, source, target, *more):
        """All that the target may read of the source, in a file; what the command says of it."""
        path = self.path(f"{source.name}-{target.name}.bundle")
        path.unlink(missing_ok=True)
        source.run("bundle", path, "--for", target.unit, expect=0)
        return target.run("sync", path, "--json", *more, expect=0).json()

    def carry_around(self, hub, *others):
        """By way of one node the others come to hold what any of them does."""
        for node in others:
            self.carry(node, hub)
        for node in others:
            self.carry(hub, node)

    def check_nodes(self):
        """What must hold at the end of every story: hashes, chains, seals and tables of all nodes are right, and where two
        nodes hold the same entries of an audience, its state is the same on both."""
        for server in list(self.servers):
            server.end()
        folders = self.node_folders()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            nodes = list(pool.map(lambda folder: Held(folder, SHIPPED), folders))
            alike = [(one, other, audience) for i, one in enumerate(nodes) for other in nodes[i + 1:] for audience in one.alike(other)]
            asked = sorted({(node.folder, audience) for one, other, audience in alike for node in (one, other)})
            states = dict(zip(asked, pool.map(lambda a: run("state", a[0], "--audience", a[1], expect=0, program=SHIPPED).out, asked)))
        for one, other, audience in alike:
            found = states[one.folder, audience], states[other.folder, audience]
            check(found[0] == found[1], f"state --audience {audience} of {one.folder.name} and {other.folder.name}, "
                  f"which hold the same: {found}")

    def path(self, name, content=None):
        path = self.folder / name
        if content is not None:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def show_logs(self):
        for path in sorted(self.folder.glob("*.log")):
            tail = path.read_text(errors="replace")[-3000:].splitlines()
            print(f"# {path.name}")
            for line in tail[-25:]:
                print(f"#   {line}")
