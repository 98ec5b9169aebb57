"""A node that answers what it should not, for the stories of nodes that mean harm and of those that are merely odd; and bytes that no honest node
would send."""

import contextlib
import http.server
import itertools
import json
import os
import threading

import peer as exchange
from support import check


def report(unit, value, period="2026-09"):
    return "figures.report", f"figures/{period}", {"figures": f"retail_sales,{unit},{period},,,{value}\n", "status": "submitted"}


def altered(stream):
    """A chain that was valid, and one body changed after its seal."""
    stream.add(*report(stream.peer.unit, 1))
    stream.add(*report(stream.peer.unit, 2, "2026-08"))
    first, second, seal = stream.sealed()
    return [first.replace(b",,,1", b",,,9"), second, seal]


def random_frame():
    """A zstd frame that goes on for ever and does not get smaller: its head, then raw blocks of 64 KiB."""
    yield b"\x28\xb5\x2f\xfd\x00\x58"
    block = ((65536 << 3) | 0).to_bytes(3, "little") + os.urandom(65536)
    while True:
        yield block


def bomb():
    """A small frame that unpacks to ten gigabytes: its head, then blocks that repeat one byte 128 KiB times."""
    return b"\x28\xb5\x2f\xfd\x00\x58" + ((131072 << 3 | 1 << 1).to_bytes(3, "little") + b" ") * 80_000


def wide_window():
    """A frame for which a reader would need a window of a gibibyte."""
    return b"\x28\xb5\x2f\xfd\x00" + bytes([(30 - 10) << 3]) + b"\x01\x00\x00"


class FalseMinistry:
    """A node that answers what it should not. mode names what; requests counts what came for each path."""

    def __init__(self, peer, other):
        self.peer, self.other, self.mode = peer, other, "honest"
        self.requests = []
        self.below = ""  # the path under which it is found, at the address of another server
        self.hides = None  # what it does before it answers, once; then it is busy
        self.ours = {}  # streams of who asks, with their places and hashes, that it holds, too
        self.last = None  # the status of what it says, in no form that is agreed, when it is asked for positions once more
        self.forks = self.rotated = None  # what it says of forks and of keys that others have taken the place of; None: an older program, which says nothing
        self.gives = None  # in an answer to a question for entries: the lines for what is asked
        self.others, self.units = {}, {}  # streams of other nodes that it holds, with their places; units of nodes that it tells
        self.said = {}  # what it says has become of what it is sent, besides nothing
        self.pieces = []  # of an attachment, with the headers: what it answers, one after another, when it is asked for bytes; among the headers also what send takes
        self.wanted = []  # what it answers, one after another, when it is asked which attachments it wants
        self.kept = []  # what it answers, one after another, to pieces of an attachment that are handed to it
        self.codes, self.asked = [], []  # audiences it has a stream for; the names of the streams it was asked for, time after time
        self.seals, self.foretells = {}, None  # of mode "foretells": seals by seq; what the answer up to a seq says, asked for the nth time
        self.stream = peer.stream("*")
        self.stream.add("story.unknown", "x", {"n": 1})
        self.ended = threading.Event()
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                self.do()

            def do_POST(self):
                self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.do()

            def do(self):
                path = self.path.partition("?")[0]
                check(path.startswith(owner.below), f"{path} lies below {owner.below}")
                path = path[len(owner.below):]
                owner.requests.append(path)
                with contextlib.suppress(OSError):
                    getattr(owner, "on_" + "_".join(path.strip("/").split("/")[:2]), owner.on_others)(self)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.ended.set()
        self.server.shutdown()
        self.server.server_close()

    def send(self, h, body, type="application/json", status=200, is_cut=False, **headers):
        """is_cut: it tells of more than it sends."""
        h.close_connection |= is_cut
        h.send_response(status)
        if type is not None:
            h.send_header("Content-Type", type)
        h.send_header("Content-Length", str(len(body) + is_cut))
        for name, value in headers.items():
            h.send_header(name, value)
        h.end_headers()
        h.wfile.write(body)

    def send_endless(self, h, type, pieces, pause=0.0):
        h.send_response(200)
        h.send_header("Content-Type", type)
        h.end_headers()
        h.close_connection = True
        for piece in pieces:
            h.wfile.write(piece)
            h.wfile.flush()
            if pause and self.ended.wait(pause):
                return

    def on_health(self, h):
        key = {"another key": self.other.key, "a stranger's key": "f" * 64, "half a key": "f" * 32}.get(self.mode, self.peer.key)
        says = {"status": "ok", "node": key, "unit": "VN"}
        if self.mode in ("no key", "no unit"):
            del says["node" if self.mode == "no key" else "unit"]
        self.send(h, b"ok" if self.mode == "health in a word" else json.dumps(says).encode())

    def on_ledger_positions(self, h):
        mode = self.mode
        positions = {self.stream.name: len(self.stream.entries)}
        node = self.other.key if mode == "positions of another node" else self.peer.key
        hides, self.hides = self.hides, None
        if hides is not None:
            hides()
            self.mode = "busy"
        positions.update({name: seq for name, (seq, _) in self.ours.items()})
        positions.update(self.others)
        if mode in RAW:
            h.close_connection = True
            for piece in itertools.chain(RAW[mode][:1], itertools.repeat(RAW[mode][1], 1000)):
                h.wfile.write(piece)
            return None
        if mode == "redirects":
            return self.send(h, b"", status=302, Location=self.address + h.path)
        if self.last == 204 and self.requests.count("/ledger/positions") > 1:
            return self.on_others(h)
        if self.last is not None and self.requests.count("/ledger/positions") > 1:
            return self.send(h, b"[" * 100, status=self.last)
        if mode in ("who are you", "closed for now"):
            return self.send(h, b"", status=401 if mode == "who are you" else 503)
        if mode == "who are you, in words":
            return self.send(h, b'{"error":{"message":"sign in"}}', status=401)
        if mode == "busy, and not how long":
            return self.send(h, b'{"error":{"message":"later"}}', status=429)
        if mode == "busy for hours":
            return self.send(h, b'{"error":{"message":"much later"}}', status=429, **{"Retry-After": "7200"})
        if mode == "no type":
            return self.send(h, b"{}", None)
        if mode == "another type":
            return self.send(h, b"<html>", "text/html")
        if mode == "garbage":
            return self.send(h, b"[" * 100_000)
        if mode == "headers without end":
            h.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for i in range(10_000):
                h.wfile.write(b"X-%d: " % i + b"x" * 1000 + b"\r\n")
            return None
        if mode == "a byte now and then":
            return self.send_endless(h, "application/json", iter(lambda: b" ", None), 0.2)
        if mode == "busy":
            return self.send(h, b'{"error":{"message":"later","while":"entry 3"}}', status=429, **{"Retry-After": "7"})
        if mode == "a million streams":
            return self.send(h, MILLION)
        if mode == "many streams of strangers":
            positions.update({f"{i:064x}/*": 1 for i in range(30_000)})
        if mode in ("more streams than may be asked for at once", "many streams from the future"):
            positions = {self.name_of(code): 1 for code in self.codes}
        if mode == "a place below zero":
            positions[self.stream.name] = -5
        if mode == "a place beyond all places":
            positions[self.stream.name] = 2**44 + 1
        if mode == "a stream without a key":
            positions["*"] = 1
        digest = {"no digest": None, "half a digest": "0" * 32}.get(mode, os.urandom(32).hex())
        body = json.dumps({"node": node, "unit": "VN", "digest": digest, "positions": positions, "units": self.units,
                           "hashes": {self.stream.name: self.stream.hash} | {name: hash for name, (_, hash) in self.ours.items()},
                           **({} if self.forks is None else {"forks": self.forks}), **({} if self.rotated is None else {"rotated": self.rotated})})
        if mode == "a place beyond all numbers":
            body = body.replace("/*\": 1", "/*\": 99999999999999999999")
        return self.send(h, body.encode(), **({"Caunoi-Wants": "1"} if self.wanted else {}))

    def name_of(self, code):
        return f"{self.peer.key}/{code}"

    def on_ledger_entries(self, h):
        mode, s, p = self.mode, self.stream, self.peer
        if self.gives is not None:
            return self.send(h, p.lines(*self.gives(json.loads(h.body))), "application/zstd")
        if mode == "more streams than may be asked for at once":  # it gives something of the first
            self.asked.append(set(json.loads(h.body)["want"]))
            one = p.stream(self.codes[0])
            if len(self.asked) == 1:
                one.add("story.unknown", "x", {})
            return self.send(h, p.lines(*(one.sealed() if one.entries else [])), "application/zstd")
        if mode == "many streams from the future":
            wanted = json.loads(h.body)["want"]
            self.asked.append(set(wanted))
            streams = [p.stream(code) for code in self.codes if self.name_of(code) in wanted]
            for one in streams:
                one.add("story.unknown", "x", {}, at=exchange.stamp(seconds_ahead=86400))
            return self.send(h, p.lines(*(line for one in streams for line in one.sealed())), "application/zstd")
        if mode == "foretells":  # an entry an answer
            after = json.loads(h.body)["want"][s.name]
            gave = self.foretells(after + 1, self.requests.count("/ledger/entries"))
            if gave is None:
                return self.send_endless(h, "application/zstd", random_frame())
            lines = [s.entries[after], self.seals[after + 1]] if after < len(s.entries) else []
            return self.send(h, p.lines(*lines), "application/zstd", **{"Caunoi-Gave": gave})
        if mode == "gigabytes without end":
            return self.send_endless(h, "application/zstd", random_frame())
        if mode == "a bomb":
            return self.send(h, bomb(), "application/zstd")
        if mode == "a wide window":
            return self.send(h, wide_window(), "application/zstd")
        data = p.lines(*s.sealed())
        if mode == "an altered body":
            data = p.lines(*altered(p.stream("*")))
        if mode == "another node's seal":
            data = p.lines(*s.entries, s.seal(signer=self.other.signer))
        if mode == "lines of another node":
            data = self.other.lines(*s.sealed())
        if mode == "a stream it does not own":
            stolen = p.stream("*")
            stolen.name = f"{self.other.key}/*"
            stolen.add("story.unknown", "x", {})
            data = p.lines(*stolen.sealed())
        if mode == "a clock in the future":
            ahead = p.stream("*")
            ahead.add("story.unknown", "x", {}, at=exchange.stamp(seconds_ahead=86400))
            data = p.lines(*ahead.sealed())
        return self.send(h, data, "application/zstd")

    def on_ledger_wanted(self, h):
        if not self.wanted:
            return self.on_others(h)
        return self.send(h, self.wanted.pop(0))

    def on_ledger_blob(self, h):
        if h.command == "POST":
            return self.send(h, json.dumps(self.kept.pop(0)).encode())
        headers, body = self.pieces.pop(0)
        self.send(h, body, **{"type": "application/octet-stream", **headers})

    def on_others(self, h):
        """It wants nothing else."""
        h.send_response(204)
        h.end_headers()

    def on_ledger_push(self, h):
        if isinstance(self.said, bytes):
            return self.send(h, self.said)
        return self.send(h, json.dumps({"new": 0, "known": 0, "waiting": 0, "refused": 0, "passed": 0} | self.said).encode())


MILLION = b'{"positions":{' + b",".join(b'"%064x/*":1' % i for i in range(1_000_000)) + b"}}"

# What is no answer as HTTP has it: how it begins, and what follows again and again.
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
RAW = {
    "a line of headers that does not end": (_HEAD + b"X: ", b"x" * 65536),
    "a first line that does not end": (b"HTTP/1.1 200 ", b"x" * 65536),
    "only that it goes on, without end": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    "trailers without end": (_HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n", b"X: " + b"y" * 1000 + b"\r\n"),
    "the length of a chunk without end": (_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0" * 65536),
    "no HTTP at all": (b"hello", b"x" * 65536),
    "cut off within its headers": (_HEAD, b""),
}

# What it does, what the command says, and how many requests it may get: where what it gave was refused, what the node has goes up all the same.
