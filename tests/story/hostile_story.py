#!/usr/bin/env python3
"""Nodes that mean harm, as those who ask and as those who answer. Whatever they send is refused, stands in the log and on
the page of the exchange with its reason, pauses that link for longer and longer, and costs no other link anything.
Runs on both stores (CAUNOI_TEST_STORE)."""

import contextlib
import csv
import http.client
import itertools
import json
import os
import re
import select
import socket
import socketserver
import ssl
import subprocess
import threading
import time

import peer as exchange
from false_ministry import FalseMinistry, altered, bomb, random_frame, report, wide_window
from peer import Peer
from support import Client, ROOT, check, check_contains, check_equal, tell, tell_number, wait_until

PROVINCES = "01 04 08 11 12 14 15 19 20 22 24 25 31 33 37 38 40 44 46 48 51 52 56 66 68 75 79 80 82 86 91 92 96".split()


class Head:
    """A signed request written by hand, for what no library sends."""

    def __init__(self, peer, node, path, body_hash, *lines):
        import datetime
        at = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=7))).isoformat(timespec="milliseconds")
        signature = peer.signer.sign(f"caunoi request 2\n{node.key}\n{path}\n{at}\n{body_hash}\n".encode())
        head = [f"POST {path} HTTP/1.1", "Host: x", f"Caunoi-Node: {peer.key}", f"Caunoi-At: {at}",
                f"Caunoi-Body: {body_hash}", f"Caunoi-Signature: {signature.hex()}", "Content-Type: application/zstd", *lines]
        self.bytes = ("\r\n".join(head) + "\r\n\r\n").encode()

    def dial(self, node):
        s = socket.create_connection(("127.0.0.1", node.port), timeout=30)
        s.sendall(self.bytes)
        return s


def status_of(node, peer, language="en"):
    peers = node.client().get(f"/status.json?lang={language}").json()["peers"]
    return next(p for p in peers if p["node"] == peer.key)


def resident(node):
    with open(f"/proc/{node.server.process.pid}/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def spooled(node):
    return [p for p in (node.folder / "spool").glob("*")]


# ---- those who ask --------------------------------------------------------------------------------------------------


def ask_badly(cases, world, ministry):
    honest, wrong_clock = Peer("honest", "42"), Peer("wrong clock", "42")
    registrar = Peer("registrar", "VN")
    bad = {unit: Peer(f"hostile {unit}", unit) for unit in PROVINCES}
    units = iter(PROVINCES)
    ministry.trust(registrar)
    ministry.serve()
    enrol = registrar.stream("*")
    for p in [honest, wrong_clock, *bad.values()]:
        enrol.add("node.trust", f"node/{p.key}", {"key": p.key, "unit": p.unit})
    check_equal(registrar.push(ministry, *enrol.sealed()).json()["new"], len(bad) + 2, "nodes enrolled")
    good = honest.stream("42")

    def honest_goes_on():
        good.add(*report("42", len(good.entries) + 1))
        answer = honest.push(ministry, *good.entries[-1:], good.seal())
        check_equal((answer.status, answer.json().get("new")), (200, 1), "the honest node's push")

    def log_of(peer):
        return [l for l in (world.folder / f"{ministry.name}.log").read_text().splitlines() if f"{peer.key[:12]}…" in l]

    def is_noted(peer, why):
        """Problem and time on the page, key and reason in the log (which is English), and the next push of that node must wait."""
        link = wait_until(lambda: (p := status_of(ministry, peer))["problem"] and p, 10, "the problem on the page")
        check_contains(link["problem"], why, "the problem")
        check(link["problem_since"], "since when", link)
        check_equal(link["refusals"], 1, "refusals")
        line = log_of(peer)
        check(line and json.dumps(status_of(ministry, peer)["problem"], ensure_ascii=False)[1:-1] in line[-1], "the log says", line)
        wait_until(lambda: not spooled(ministry), 10, "an empty spool")

    def must_wait(peer, ask_badly=None):
        """The next request of that node waits, and the page says until when: the seconds, and how often it was refused until then. On a
        busy machine a pause may be over before it is asked again: then it is refused once more, for twice as long."""
        for refusals in range(8):
            answer = ask_badly() if ask_badly else peer.push(ministry, b"[]")
            if answer.status == 429 and status_of(ministry, peer)["retry_at"]:
                return int(answer.headers["Retry-After"]), refusals
            check(answer.status in (422, 429), f"the status of the next request {answer!r}")
        return check(False, "it never had to wait")

    honest_goes_on()
    before = resident(ministry)

    def other_seal(s):
        s.add(*report(s.peer.unit, 1))
        return [*s.entries, s.seal(signer=honest.signer)]

    def other_stream(s):
        s.name = f"{honest.key}/42"
        s.add(*report("42", 666))
        return [*s.entries, s.seal()]

    def far_clock(s):
        s.add(*report(s.peer.unit, 1), at=exchange.stamp(seconds_ahead=86400))
        return s.sealed()

    for name, lines, status, why in [
            ("a valid chain with one altered body", altered, 422, "chain"),
            ("an entry for a stream it does not own", other_stream, 422, "seal"),
            ("another node's seal", other_seal, 422, "signature"),
            ("a clock in the future", far_clock, 422, "future")]:
        with cases.case(f"asking: {name}"):
            p = bad[next(units)]
            answer = p.push(ministry, *lines(p.stream(p.unit)))
            check_equal(answer.status, status, f"the status {answer!r}")
            is_noted(p, why)
            check(re.search(rf"{p.key[:12]}…/{p.unit}|{honest.key[:12]}…/42", status_of(ministry, p)["problem"]), "the stream it is about",
                  status_of(ministry, p)["problem"])
            must_wait(p)
            honest_goes_on()

    with cases.case("asking: entries that cost far more to read than to send: millions of values, and megabytes where people type lines"):
        p = bad[next(units)]
        s = p.stream(p.unit)
        s.add(*report(p.unit, 1)[:2], {**report(p.unit, 1)[2], "x": [[]] * 2_700_000})
        grown = resident(ministry)
        answer = p.push(ministry, *s.sealed())
        check_equal(answer.status, 422, f"the status {answer!r}")
        is_noted(p, "more than 65536 values")
        check(resident(ministry) - grown < 100 << 20, "what the node has grown by", resident(ministry) - grown)
        must_wait(p)
        p = bad[next(units)]
        s = p.stream(p.unit)
        s.add("cluster.set", "cluster/0DVNHPH00C", {"cluster": "0DVNHPH00C", "list": "identity", "item": "", "on": "2026-01-01", "withdrawn": False, "unit": f"{p.unit}@2025-07-01",
                                                    "fields": {}, "by": "x", "seen": {}, "pad": "x" * (1 << 20)})
        s.add("figures.report", "figures/1", {**report(p.unit, 1)[2], "note": "x" * (1 << 20)})
        answer = p.push(ministry, *s.sealed())
        check_equal((answer.status, answer.json().get("new"), answer.json().get("refused")), (200, 2, 1), f"kept, the first of them not applied: {answer!r}")
        told = [k for k in ministry.client().get("/status.json").json()["kept"] if k["node"] == p.key]
        check_equal([(k["kind"], k["why"]) for k in told], [("cluster.set", 'an entry of kind "cluster.set" has at most 1024 kB')], "the page says why")
        honest_goes_on()

    for name, data, status, why in [
            ("a small frame that unpacks to gigabytes", bomb, 413, "too long"),
            ("a frame with a window of a gibibyte", wide_window, 422, "damaged"),
            ("bytes that are no frame", lambda: b"PK\x03\x04" * 1000, 422, "damaged")]:
        with cases.case(f"asking: {name}"):
            p = bad[next(units)]
            answer = p.ask(ministry, "POST", "/ledger/push", data())
            check_equal(answer.status, status, f"the status {answer!r}")
            is_noted(p, why)
            must_wait(p)
            honest_goes_on()

    with cases.case("asking: gigabytes without end, announced and not"):
        p = bad[next(units)]
        with Head(p, ministry, "/ledger/push", "0" * 64, "Content-Length: 10000000000").dial(ministry) as s:
            check(b" 413 " in s.recv(65536).split(b"\r\n")[0], "the answer to ten announced gigabytes")
        p = bad[next(units)]
        sent = 0
        with Head(p, ministry, "/ledger/push", "0" * 64, "Transfer-Encoding: chunked").dial(ministry) as s, \
                contextlib.suppress(OSError):
            for block in random_frame():
                s.sendall(b"%x\r\n" % len(block) + block + b"\r\n")
                sent += len(block)
                check(sent < 200 << 20, "it goes on taking bytes")
        is_noted(p, "over the limit")  # nobody was there any more to say it to
        must_wait(p)
        honest_goes_on()

    with cases.case("asking: another type, JSON without bottom, places that cannot be"):
        p = bad[next(units)]
        data = p.lines()
        with Head(p, ministry, "/ledger/push", exchange.digest(data), f"Content-Length: {len(data)}").dial(ministry) as s:
            s.sendall(data)
            check(b" 200 " in s.recv(65536).split(b"\r\n")[0], "by hand, in order")
        head = Head(p, ministry, "/ledger/push", exchange.digest(data), f"Content-Length: {len(data)}")
        head.bytes = head.bytes.replace(b"application/zstd", b"multipart/form-data; boundary=x")
        with head.dial(ministry) as s:
            s.sendall(data)
            check(b" 422 " in s.recv(65536).split(b"\r\n")[0], "the answer to another type")
        is_noted(p, "multipart/form-data")
        must_wait(p)
        stream = f"{honest.key}/*"
        for unit, body in [(next(units), b'{"want":' + b"[" * 500_000 + b"]" * 500_000 + b"}"),
                           (next(units), exchange.text({"want": {stream: -1}}).encode()),
                           (next(units), b'{"want":{"' + stream.encode() + b'":99999999999999999999}}'),
                           (next(units), exchange.text({"want": {stream: 0}, "most": 0}).encode()),
                           (next(units), exchange.text({"want": {f"{i:064x}/*": 0 for i in range(11000)}}).encode())]:
            p = bad[unit]
            answer = p.ask(ministry, "POST", "/ledger/entries", body)
            check_equal(answer.status, 422, f"the status of {body[:60]!r}…: {answer!r}")
            check_equal(status_of(ministry, p)["refusals"], 1, "refusals")
            must_wait(p, lambda: p.ask(ministry, "POST", "/ledger/entries", body))
            honest_goes_on()

    with cases.case("asking: what a seal covers before the fault may stay, nothing else; the rest follows from there"):
        p = bad[next(units)]
        stream, lines = p.stream(p.unit), []
        for number in range(300):
            lines.append(stream.add(*report(p.unit, number)))
            if number % 100 == 99:
                lines.append(stream.seal())
        last = stream.add(*report(p.unit, 300))
        answer = p.push(ministry, *lines, last.replace(b",,,300", b",,,999"), stream.seal())
        check_equal(answer.status, 422, f"the status {answer!r}")
        is_noted(p, "seal")
        stands = ministry.sql(f"SELECT seq, sealed_seq FROM ledger_stream WHERE name = '{stream.name}'")
        held = int(stands[0][0]) if stands else 0
        check(held in (0, 100, 200, 300) and (not stands or stands[0][0] == stands[0][1]), "where the stream stands", stands)
        wait_until(lambda: status_of(ministry, p)["retry_at"] is None, 10, "the end of the pause")
        answer = p.push(ministry, *stream.entries[held:], stream.seal())
        check_equal((answer.status, answer.json().get("new")), (200, 301 - held), "the rest")
        tell_number(f"kept of a push that was refused: {held} of 300 sealed entries")

    with cases.case("asking: a node whose key is revoked after its request was let in and before the last byte of it came"):
        p = bad[next(units)]
        stream = p.stream(p.unit)
        stream.add(*report(p.unit, 1))
        data = p.lines(*stream.sealed())
        with Head(p, ministry, "/ledger/push", exchange.digest(data), f"Content-Length: {len(data)}").dial(ministry) as s:
            s.sendall(data[:-1])
            wait_until(lambda: any(f.stat().st_size >= len(data) - 1 for f in spooled(ministry)), 10, "it is let in")
            enrol.add("node.revoke", f"node/{p.key}", {"key": p.key, "unit": p.unit})
            check_equal(registrar.push(ministry, *enrol.entries[-1:], enrol.seal()).json()["new"], 1, "the revocation")
            s.sendall(data[-1:])
            check(b" 403 " in s.recv(65536).split(b"\r\n")[0], "the answer")
        check_equal(ministry.sql(f"SELECT seq FROM ledger_stream WHERE name = '{stream.name}'"), [], "what is there of it")

    with cases.case("asking: a total beyond all numbers, and headers without end"):
        for total in ("-1", "99999999999999999999", "1e3", ""):
            answer = honest.ask(ministry, "GET", f"/ledger/positions?digest={'0' * 64}&total={total}&wait=0")
            check(answer.status in (422, 429), f"total={total}: {answer!r}")
        with socket.create_connection(("127.0.0.1", ministry.port), timeout=30) as s, contextlib.suppress(OSError):
            for i in range(100):
                s.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n" if i == 0 else b"X-%d: " % i + b"x" * 1000 + b"\r\n")
            check(not s.recv(100).startswith(b"HTTP/1.1 200"), "headers of a hundred kilobytes")
        honest_goes_on()

    with cases.case("asking: signed in another form than is agreed, or for something of another form"):
        p = bad[next(units)]
        path = f"/ledger/positions?digest={'0' * 64}&total=0&wait=0"
        signed = p.headers(ministry, path)
        for name, value in [("Caunoi-Node", None), ("Caunoi-At", None), ("Caunoi-Signature", None), ("Caunoi-Node", p.key[:-2]),
                            ("Caunoi-At", "just now"), ("Caunoi-Signature", "z" * 128)]:
            client = Client(ministry.address)
            answer = client.ask("GET", path, headers={k: v for k, v in {**signed, name: value}.items() if v is not None})
            client.close()
            check_equal(answer.status, 401, f"{name}: {value}: {answer!r}")
        check_equal(status_of(ministry, p)["refusals"], 0, "nobody is to blame for what was not proved to be theirs")
        stranger, one = Peer("stranger", "42"), f"{honest.key} {'0' * 128}"
        for stranger.former in ("0", f"{one},", one, ",".join([one] * 17)):  # says whose place it has taken, who did not sign that
            check_equal(stranger.positions(ministry).status, 403, f"former keys: {stranger.former[:80]}")
        check_equal(p.ask(ministry, "GET", path).status, 200, "as it was")
        for query, why in [("total=0&wait=0", "names no digest"), ("digest=00&total=0&wait=0", "names no digest"),
                           (f"digest={'0' * 64}&seen=00&total=0&wait=0", "names no digest"), (f"digest={'0' * 64}&total=0&wait=61", "waits too long"),
                           (f"digest={'0' * 64}&total=0", "waits too long")]:
            p = bad[next(units)]
            check_equal(p.ask(ministry, "GET", f"/ledger/positions?{query}").status, 422, query)
            is_noted(p, why)
        p = bad[next(units)]
        client = Client(ministry.address)  # of a body that it does not send it names neither the hash nor the type
        answer = client.ask("GET", path, headers={**p.headers(ministry, path), "Caunoi-Body": "00"})
        client.close()
        check_equal(answer.status, 422, f"a hash of another length: {answer!r}")
        is_noted(p, 'of the type ""')
        p = bad[next(units)]
        check_equal(p.entries(ministry, {"*": 0}).status, 403, "a stream that has no key")
        is_noted(p, 'stream "*" is not for unit')
        p = bad[next(units)]
        check_equal(p.entries(ministry, {f"{p.key}/{p.unit}": 0}, most=1 << 40).status, 200, "more bytes than are ever given")
        honest_goes_on()

    for name, seconds in (("ahead", 3600), ("behind", -3600)):
        with cases.case(f"asking: signed an hour {name}: pauses that grow, and none for a right time"):
            p, refused, waits, logged = wrong_clock, 0, [], len(log_of(wrong_clock))
            for _ in range(3):
                wait_until(lambda: status_of(ministry, p)["retry_at"] is None, 20, "the end of the pause")
                for ask in itertools.cycle((p.positions, p.push)):  # whatever it asks for
                    answer = ask(ministry, seconds_ahead=seconds)
                    check_contains(answer.json()["error"]["message"], "ten minutes", "the answer")
                    if answer.status != 403:
                        break
                    refused += 1
                check_equal(answer.status, 429, f"the status {answer!r}")
                waits.append(int(answer.headers["Retry-After"]))
                link = status_of(ministry, p)
                check_contains(link["problem"], "ten minutes", "the problem")
                check(link["problem_since"] and (link["retry_at"] or waits[-1] == 1), "since and until when", link)
                # one from behind may be an old one that somebody repeats: that makes no alarm of this node
                check_equal(link["refusals"], refused if seconds > 0 else 0, "refusals of that node")
                check_equal(len(log_of(p)), logged + refused, "lines of the log")
                check_contains(log_of(p)[-1], "ten minutes", "the log")
            check(waits[2] > waits[0], "seconds to wait", waits)
            for minutes in (9, -9):  # within what clocks may differ
                check(p.positions(ministry, seconds_ahead=seconds).status in (403, 429), "wrong")
                check_equal(p.push(ministry, seconds_ahead=60 * minutes).status, 200, "right: it waits for nothing")
                link = status_of(ministry, p)
                check_equal((link["problem"], link["refusals"], link["retry_at"]), (None, 0, None), "after a right time")
            honest_goes_on()

    for name, first, piece in (
            ("an extension of a chunk without end", b"1;", b"a" * 65536), ("the length of a chunk without end", b"", b"0" * 65536),
            ("trailers without end", b"1\r\nx\r\n0\r\n", b"X: " + b"y" * 1000 + b"\r\n"), ("a chunk longer than all numbers", b"F" * 20 + b"\r\n", b"x")):
        with cases.case(f"asking: a body in chunks with {name}"):
            p = bad[next(units)]
            with Head(p, ministry, "/ledger/push", "0" * 64, "Transfer-Encoding: chunked").dial(ministry) as s, contextlib.suppress(OSError):
                s.sendall(first)
                for sent in range(0, 64 << 20, len(piece)):
                    check(sent < 32 << 20, "it goes on taking bytes")
                    s.sendall(piece)
                    if select.select([s], [], [], 0.01)[0]:
                        break
            is_noted(p, "not of the form of HTTP")
            must_wait(p)
            honest_goes_on()

    with cases.case("asking: more connections than there may be, from one address: others still get theirs"):
        ministry.stop()
        ministry.set(connection_limit=40)
        ministry.serve()
        held = []
        try:
            for _ in range(60):
                s = socket.create_connection(("127.0.0.1", ministry.port), timeout=30)
                s.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nX-")
                held.append(s)
            refused = wait_until(lambda: (n := len(select.select(held, [], [], 0)[0])) >= 40 and n, 5, "all but twenty are refused")
            check_equal(refused, 40, "connections refused of 60")
            other = http.client.HTTPConnection("127.0.0.1", ministry.port, timeout=30, source_address=("127.0.0.2", 0))
            other.request("GET", "/health")
            check_equal(other.getresponse().status, 200, "what another address gets")
            other.close()
        finally:
            for s in held:
                s.close()
        ministry.stop()
        ministry.set(connection_limit=2000)
        ministry.serve()
        honest_goes_on()

    with cases.case("asking: a byte now and then"):
        ministry.stop()
        ministry.set(stall_s=1)
        ministry.serve()
        p = bad[next(units)]
        with Head(p, ministry, "/ledger/push", "0" * 64, "Content-Length: 1000").dial(ministry) as s, \
                contextlib.suppress(OSError):
            good.add(*report("42", len(good.entries) + 1))  # while the slow one is at it
            data = honest.lines(good.entries[-1], good.seal())
            head = Head(honest, ministry, "/ledger/push", exchange.digest(data), f"Content-Length: {len(data)}")
            head.bytes += data  # in one piece: however busy the machine is, it does not fall behind
            with head.dial(ministry) as quick:
                answer = quick.recv(65536)
                check(b" 200 " in answer.split(b"\r\n")[0] and b'"new":1' in answer, "the honest node's push", answer)
            s.settimeout(0.2)
            for _ in range(150):
                s.sendall(b"x")
                with contextlib.suppress(TimeoutError):
                    if s.recv(1) == b"":
                        break
            else:
                check(False, "thirty seconds, a byte each fifth of one, and it listens")
        is_noted(p, "too slowly")
        must_wait(p)

    with cases.case("asking: pauses grow to their limit and end with the first push that is in order"):
        ministry.stop()
        ministry.set(stall_s=30, refusal_pause_most_s=2)  # the limit
        ministry.serve()
        p = bad[PROVINCES[0]]
        waits = []
        for _ in range(2):
            check_equal(p.push(ministry, b"[]").status, 422, "the status of nonsense")
            waits.append(must_wait(p))
            wait_until(lambda: status_of(ministry, p)["retry_at"] is None, 10, "the end of the pause")
        check((waits[0][0] in (1, 2) or waits[0][1] > 0) and waits[1][0] in (2, 3), "seconds to wait", waits)
        check_equal(p.push(ministry).status, 200, "the status of a push that is in order")
        link = status_of(ministry, p)
        check_equal((link["problem"], link["refusals"], link["retry_at"]), (None, 0, None), "after a good push")
        check_equal(p.push(ministry, b"[]").status, 422, "the status of nonsense")
        seconds, refusals = must_wait(p)
        check(seconds <= 2 or refusals > 0, "the first pause again", seconds)

    with cases.case("asking: memory and disk stayed as they were"):
        grown = resident(ministry) - before
        tell_number(f"memory after all attacks {grown / 2**20:+.0f} MiB")
        check(grown < 200 << 20, f"memory grew by {grown >> 20} MiB")
        wait_until(lambda: not spooled(ministry), 10, "an empty spool")
        ministry.stop()
        ministry.check_sound()


# ---- those who answer -------------------------------------------------------------------------------------------------


ANSWERS = [
    ("half a key", "not of the stated form", 1), ("a stranger's key", "nobody enrolled", 1), ("positions of another node", "not of the stated form", 2),
    ("redirects", "elsewhere", 2), ("another type", "text/html", 2), ("garbage", "not of the stated form", 2),
    ("headers without end", "headers", 2), ("a byte now and then", "too slowly", 2), ("busy", "entry 3: the other node refused (429): later", 2),
    ("no key", "not of the stated form", 1), ("no unit", "not of the stated form", 1), ("health in a word", "not of the stated form", 1),
    ("who are you", "refused (401)", 2), ("who are you, in words", "refused (401): sign in", 2), ("closed for now", "refused (503)", 2),
    ("busy, and not how long", "refused (429): later", 2), ("no type", 'of the type ""', 2),
    ("no digest", "not of the stated form", 2), ("half a digest", "not of the stated form", 2),
    ("a place beyond all places", "not of the stated form", 2), ("a stream without a key", "not of the stated form", 2),
    ("a million streams", "too large", 2), ("a place below zero", "not of the stated form", 2),
    ("a place beyond all numbers", "not of the stated form", 2), ("gigabytes without end", "too large", 3),
    ("a bomb", "too long", 4), ("a wide window", "damaged", 4), ("an altered body", "chain", 4),
    ("another node's seal", "signature", 4), ("lines of another node", "another node", 4),
    ("a stream it does not own", "signature", 5), ("a clock in the future", "future", 4),
    ("a line of headers that does not end", "does not end", 2), ("a first line that does not end", "does not end", 2),
    ("only that it goes on, without end", "do not end", 2), ("trailers without end", "do not end", 2),
    ("the length of a chunk without end", "not of the form of HTTP", 2), ("no HTTP at all", "does not speak HTTP", 2),
    ("cut off within its headers", "the line broke off", 2),
]


def answer_badly(cases, world, node):
    honest = Peer("honest below", "48")
    false = Peer("false ministry", "VN")
    node.set(alarm_refusals=2, refusal_pause_most_s=3)
    for p in (honest, false):
        node.trust(p)
    server = FalseMinistry(false, honest)
    try:
        state = node.state()
        for mode, why, requests in ANSWERS:
            with cases.case(f"answering: {mode}"):
                server.mode = mode
                server.requests.clear()
                node.set(stall_s=1 if why == "too slowly" else 30)
                result = node.run("sync", server.address)
                check(result.status in (1, 3), "the exit status", result)
                if why == "too slowly":  # on a busy machine already the first answer may be
                    check(why in result.err or "no answer in time" in result.err, "the message", result.err)
                    check(1 <= len(server.requests) <= requests, f"requests {server.requests}")
                    continue
                check_contains(result.err, why, "the message")
                check_equal(len(server.requests), requests, f"requests {server.requests}")
                told = node.run("sync", server.address, language="vi").err
                check(told.startswith("lỗi: ") and not re.search(r": [A-Z][a-z]+ [a-z]+ ", told), "what it says in Vietnamese", told)

        with cases.case("answering: thousands of streams of strangers are nothing to ask for, the rest is taken"):
            server.mode = "many streams of strangers"
            check_equal(node.state(), state, "the state after all of them")
            server.said = {"passed": 1}
            told = node.run("sync", "--json", server.address, expect=4).json()
            check_equal((told["received"], told["passed_there"]), (1, 1), "entries received, and passed over there")
            again = node.run("sync", server.address, expect=4)
            check_contains(again.out, "passed over there: 1 ", "what is printed")
            check_contains(again.err, "takes no more of what this node writes (1 entries)", "the entry is this node's own")

        with cases.case("answering: of what was sent a stream has forked there, and it shows none of it: an exchange does not speak as a rehearsal"):
            server.stream.add("story.unknown", "e", {})
            server.said = {"forks": 1}
            told = node.run("sync", server.address, expect=4)
            check_contains(told.err, "streams that have forked: 1, of which none stands still here", "what is told")

        with cases.case("answering: no more can have become of what it was sent than that, and no less than nothing"):
            for number in "new", "forks", "passed":
                for value in 2**62, -1, "2", 1.5:
                    server.said = {number: value}
                    result = node.run("sync", "--json", server.address)
                    check(result.status != 0, f"{number} {value}: exit status {result.status}")
                    check_contains(result.err, "not of the stated form", f"{number} {value}")
            server.said = {}

        with cases.case("answering: what it says to what it was sent is nothing that can be read: that has not gone through"):
            server.said = b"well received"
            result = node.run("sync", server.address)
            check(result.status != 0, "exit status", result)
            check_contains(result.err, "not of the stated form", "the message")
            server.said = {}

        with cases.case("answering: it is told at the end what has come; what it answers to that is nobody's care, and where it cannot be told, the log says so"):
            server.mode = "honest"
            for server.last in (None, 200, 500):
                server.stream.add("story.unknown", "e", {})
                server.requests.clear()
                result = node.run("sync", "--json", server.address, expect=0)
                check_equal(result.json()["received"], 1, "entries received")
                check_equal(server.requests.count("/ledger/positions"), 2, f"how often it was told; {server.last}")
                line = f'"text":"{server.address} was not told that all has come: the other node refused (500)'
                check((line in result.err) == (server.last == 500), "the log", server.last, result.err)
            server.last = None

        name = server.stream.name
        foretold = [  # what is said, and how many questions for entries may come for four of them
            ("the truth", lambda seq, _: f"{name} {seq}", 4), ("more than it gave", lambda seq, _: f"{name} {seq + 1}", 5),
            ("the truth behind a name that begins like its own", lambda seq, _: f"{name}2 7,{name} {seq}", 4),
            ("the truth behind a name that ends like its own", lambda seq, _: f"2{name} 7,{name} {seq}", 4),
            ("the end of all", lambda *_: f"{name} 99999999999999999999", 4), ("less than nothing", lambda *_: f"{name} -3", 5),
            ("other streams", lambda seq, _: f"{name}2 7,{'0' * 64}/* {seq}", 5), ("no numbers", lambda *_: f"{name} ,{name},, {name}", 5),
            ("more than there is room for", lambda *_: f"{name} 2," * 100, 4),
            ("the truth, and what is asked for early does not end", lambda seq, n: None if n == 2 else f"{name} {seq}", 5)]
        for what, foretells, most in foretold:
            with cases.case(f"answering: an answer foretells {what}: nobody believes it, and all is taken"):
                for _ in range(4):
                    server.stream.add("story.unknown", "z", {})
                    server.seals[len(server.stream.entries)] = server.stream.seal()
                server.mode, server.foretells = "foretells", foretells
                server.requests.clear()
                told = node.run("sync", "--json", server.address, expect=0).json()
                check_equal(told["received"], 4, f"entries received; asked for {server.requests}")
                asked = server.requests.count("/ledger/entries")
                check(4 <= asked <= most, f"asked {asked} times instead of {most} at most")
                check((told["bytes_in"] > 15 << 20) == what.endswith("does not end"), f"{told['bytes_in']} bytes are counted")

        with cases.case("answering: an attachment comes in another form than is agreed: it is given up, and why is said; it can be chosen again"):
            server.mode, id = "honest", "ef" * 32
            server.stream.add("blob.add", f"blob/{id}", {"hash": id, "size": 1, "stored": 42, "type": "text/csv", "label": ""})
            node.run("sync", server.address, expect=0)
            key = {"Caunoi-Key": "00" * 80}
            for pieces, why in (([({}, b"x" * 42)], "not of the stated form"), ([(key, b"")], "not of the stated form"),
                                ([(key, b"x" * 30), (key, b"")], "not of the stated form"), ([(key, b"x" * 43)], "more bytes came"),
                                ([(key, b"x" * 12)], "not those of its hash")):  # 30 were held
                server.pieces = list(pieces)
                node.run("blob want", id, expect=0)
                node.run("sync", server.address, expect=0)
                check_equal(server.pieces, [], "all was asked for")
                check_contains(node.sql("SELECT problem FROM blob_want")[0][0], why, f"after {pieces}")
            check_equal(node.sql("SELECT COUNT(*) FROM blob_content WHERE is_whole = 1"), [("0",)], "nothing of it is kept as whole")

        with cases.case("answering: of an attachment that is handed to it, it says what cannot be: it is asked no further"):
            id = node.run("blob add", world.path("given.csv", "a,b\n1,2\n"), "--audience", "*", "--json", expect=0).json()["id"]
            wanted = {"wanted": [{"node": node.key, "id": id, "held": 0}], "digest": "0" * 64}
            for kept in ({"held": 0}, {"held": -1}, {"held": 1 << 40}, {"whole": False}, {"held": "all", "whole": "yes"}):
                server.wanted, server.kept = [json.dumps(wanted).encode()], [kept]
                check_contains(node.run("sync", server.address).err, "not of the stated form", f"after {kept}")
                check_equal(server.kept, [], "it was handed over once")
            for wanted in ({"wanted": [{"id": id}]}, {"wanted": [{"node": node.key, "id": "1" * 65}]}, {"wanted": [], "digest": None},
                           {"wanted": [{"node": node.key, "id": id}] * 101}):
                server.wanted = [json.dumps({"digest": "0" * 64} | wanted).encode()]
                check_contains(node.run("sync", server.address).err, "not of the stated form", f"after {wanted}"[:200])

        with cases.case("answering: a served node pauses for longer and longer, says why, and goes on with the others"):
            server.mode = "an altered body"
            server.stream.add("story.unknown", "y", {})
            node.serve(upstream=server.address)
            path = world.folder / f"{node.name}.log"

            def pauses():
                return [int(n) for n in re.findall(r"again in (\d+) ms", path.read_text())]

            link = wait_until(lambda: (p := status_of(node, false))["refusals"] >= 2 and p, 20, "two refusals")
            check(f"{false.key[:12]}…/*" in link["problem"] and link["problem_since"] and link["retry_at"], "the link", link)
            good = honest.stream("48")
            good.add(*report("48", 7))
            check_equal(honest.push(node, *good.sealed()).json()["new"], 1, "entries of the honest node below")
            check_equal(status_of(node, honest)["problem"], None, "the honest node's problem")
            server.mode = "redirects"  # another fault: the pause goes on growing, and this one is named from then on
            wait_until(lambda: len(pauses()) >= 3, 20, "three pauses")
            for least, ms in zip((1000, 2000, 3000), pauses()):
                check(least <= ms <= least * 5 // 4, "pauses in milliseconds", pauses())
            check_contains(path.read_text(), "the other node sends us elsewhere (302)", "the log")
            check_contains(status_of(node, false)["problem"], "302", "the problem")

        with cases.case("answering: refusals in a row are an alarm: page, header, metrics, and once in the log"):
            wait_until(lambda: status_of(node, false)["alarms"], 10, "the alarm")
            check_equal([a["reason"] for a in status_of(node, false)["alarms"]], ["refused"], "alarms")
            log = [json.loads(l) for l in path.read_text().splitlines()]
            begun = [l for l in log if l["level"] == "alarm" and "refused begins" in l["text"]]
            check_equal(len(begun), 1, f"lines of the alarm in the log: {begun}")
            metrics = node.client().get("/metrics").text
            check_contains(metrics, f'caunoi_link_alarm{{unit="VN",node="{false.key[:12]}",reason="refused"}} 1\n', "metrics")
            page = node.client().get("/status", headers={"Accept": "text/html"}).text
            check_contains(page, "refused again and again", "the page")
            check("exchange: 1 alarms" not in page, "the header tells everybody")
            page = node.signed_in("quantri").get("/status", headers={"Accept": "text/html"}).text
            check_contains(page, "exchange: 1 alarms", "the header of an administrator")

        with cases.case("answering: it ends with the first answer that is in order, once in the log"):
            server.requests.clear()
            begun = time.monotonic()
            server.mode = "honest"
            wait_until(lambda: status_of(node, false)["refusals"] == 0, 20, "a good round")
            wait_until(lambda: "refused has ended" in path.read_text(), 10, "the end of the alarm")
            check_equal(status_of(node, false)["alarms"], [], "alarms")

        def rounds():
            return server.requests.count("/ledger/positions")

        with cases.case("answering: at once, always something else, and nothing comes of it: rounds become rare"):
            wait_until(lambda: rounds() >= 5, 30, "rounds that bring nothing")
            took, count = time.monotonic() - begun, rounds()
            check(count <= 5 + took, "rounds in all", count, "in seconds", took)  # four are free, then a second at least

        with cases.case("answering: what it wants of attachments is of another form: said in the log, asked again later"):
            zeros = "0" * 64
            server.wanted = [json.dumps(wanted).encode() for wanted in (
                [], {"wanted": 5, "digest": zeros}, {"wanted": [], "digest": "0"}, {"wanted": [{"node": zeros}], "digest": zeros},
                {"wanted": [{"node": "0", "id": "1"}], "digest": zeros}, {"wanted": [{"node": zeros, "id": "1", "held": 0}], "digest": zeros})]
            wait_until(lambda: not server.wanted, 60, "all these answers are fetched")
            wait_until(lambda: len(re.findall("handing over attachments: the other node's answer", path.read_text())) >= 5, 10, "the lines in the log")

        with cases.case("answering: busy, and how long: it is asked again no sooner"):
            server.mode = "busy"
            server.requests.clear()
            wait_until(rounds, 40, "an answer that says so")
            told = time.monotonic()
            wait_until(lambda: rounds() > 1, 40, "the next question")
            check(time.monotonic() - told > 6.5, "asked again after", time.monotonic() - told, "seconds")
            server.mode = "honest"

        node.stop()
        node.check_sound()
    finally:
        server.close()


def could_not_look(cases, world, node):
    with cases.case("answering: what is here cannot be read just then: nobody concludes that the other holds more of it, and people write on"):
        above = Peer("holds the same", "VN")
        node.trust(above)
        server = FalseMinistry(above, above)
        try:
            server.ours = {name: (int(seq), hash) for name, seq, hash in node.sql(f"SELECT name, seq, hash FROM ledger_stream WHERE node = '{node.key}' AND audience <> '-'")}
            check(server.ours, "the node has written nothing")
            node.serve(upstream=server.address)
            path = world.folder / f"{node.name}.log"
            wait_until(lambda: server.requests.count("/ledger/positions") > 0, 20, "a round")
            admin = node.signed_in("quantri")
            failed = path.read_text().count("again in")
            server.hides = lambda: node.sql("ALTER TABLE ledger_stream RENAME TO hidden")
            wait_until(lambda: server.hides is None, 60, "the round in which nothing can be read")
            wait_until(lambda: path.read_text().count("again in") > failed, 20, "its end")
            node.sql("ALTER TABLE hidden RENAME TO ledger_stream")
            admin.post_form("/admin/users", {"csrf": admin.csrf, "login": "vu", "name": "Vũ", "role": "specialist", "unit": node.unit}, expect=200)
            node.stop()
        finally:
            server.close()


def ask_for_many(cases, node):
    with cases.case("answering: it has more streams than may be asked for at once: the rest is asked for the next time"):
        above = Peer("many streams", "VN")
        node.trust(above)
        server = FalseMinistry(above, above)
        try:
            with open(ROOT / "data/units/communes-2004.csv") as f:
                server.codes = [row[0] for row in csv.reader(f) if re.fullmatch("[0-9]{5}", row[0])][:10_001]
            server.mode = "more streams than may be asked for at once"
            check_equal(node.run("sync", "--json", server.address, expect=0).json()["received"], 1, "entries received")
            check_equal([len(names) for names in server.asked], [10_000, 10_000], "streams it was asked for")
            check_equal(server.asked[0] | server.asked[1], {server.name_of(code) for code in server.codes}, "all of them")
            server.mode, server.codes, server.asked = "many streams from the future", server.codes[1:21], []
            result = node.run("sync", server.address)
            check_equal(result.status, 1, "the exit status where too many streams are refused")
            check_contains(result.err, "future", "the message")
            check_equal([len(names) for names in server.asked], list(range(20, 3, -1)), "streams it was asked for, each time without the one refused")
        finally:
            server.close()


def tells_of_strangers(cases, node):
    with cases.case("answering: entries of nodes that nobody enrolled are told with who wrote them, others than before too; not those that are for another unit"):
        above = Peer("knows strangers", "VN")
        node.trust(above)
        server = FalseMinistry(above, above)
        first, second = "1" * 64, "2" * 64
        server.others = {f"{first}/*": 3, f"{first}/01": 5}

        def unknown():
            return [known for peer in node.client().get("/status.json").json()["peers"] for known in peer["unknown_nodes"]]

        try:
            others, server.others = server.others, {}
            node.serve(upstream=server.address)
            wait_until(lambda: server.requests.count("/ledger/positions") > 1, 30, "a round in which it tells of none")
            check_equal(unknown(), [], "nodes that nobody enrolled, at first")
            server.others = others
            wait_until(lambda: unknown() == [{"node": first, "unit": None, "entries": 3}], 30, "the first is told")
            server.others, server.units = {f"{second}/*": 2}, {second: "25"}
            wait_until(lambda: unknown() == [{"node": second, "unit": "25", "entries": 2}], 30, "the other one is told")
            log = node.log_tail(20000)
            check_contains(log, f"3 entries are passed over: nobody enrolled here the node {first} that", "the log")
            check_contains(log, f"2 entries are passed over: nobody enrolled here the node {second} (unit 25) that", "the log")
            node.stop()
        finally:
            server.close()


def addresses(cases, world, node):
    with cases.case("an address above that is none, or too long, is refused before anything is served"):
        for address, why in (("ftp://127.0.0.1/", "is not the address of a node"), ("http://" + "x" * 3000, "too long")):
            result = node.run("serve", "--listen", "127.0.0.1:0", "--upstream", address)
            check_equal(result.status, 2, f"the exit status of {address[:30]}")
            check_contains(result.err, why, "the message")

    with cases.case("a node that is told to exchange with itself says so"):
        node.serve()
        node.stop()
        node.serve(upstream=node.address)
        path = world.folder / f"{node.name}.log"
        wait_until(lambda: "is that of this node itself" in path.read_text(), 20, "the line in the log")
        node.stop()

    with cases.case("over TLS only a node whose certificate an authority we know has signed is believed"):
        key, certificate = world.path("tls.key"), world.path("tls.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
                        "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate], check=True, capture_output=True, timeout=60)
        above = Peer("behind TLS", "VN")
        node.trust(above)
        server = FalseMinistry(above, above)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.server.socket = context.wrap_socket(server.server.socket, server_side=True)
        address = server.address.replace("http:", "https:")
        try:
            result = node.run("sync", address)
            check_equal(result.status, 3, "the exit status without the authority")
            check_contains(result.err, "certificate", "the message")
            check_equal(server.requests, [], "requests")
            node.set(upstream_ca=certificate)
            check_equal(node.run("sync", "--json", address, expect=0).json()["received"], 1, "entries received")
        finally:
            server.close()

    with cases.case("an address of TLS where none is spoken: that is said"):
        plain = FalseMinistry(above, above)
        try:
            result = node.run("sync", plain.address.replace("http:", "https:"))
            check_equal(result.status, 3, "the exit status")
            check_contains(result.err, "TLS", "the message")
            check_equal(plain.requests, [], "requests")
        finally:
            plain.close()

    with cases.case("a node is also found below a path of an address, and through a proxy, which carries bytes and reads none"):
        above = Peer("behind others", "VN")
        node.trust(above)
        server, proxy = FalseMinistry(above, above), Tunnels()
        server.below = "/so/caunoi"
        try:
            environment = {"http_proxy": proxy.address, "no_proxy": ""}
            result = node.run("sync", "--json", server.address + server.below, environment=environment, expect=0)
            check_equal(result.json()["received"], 1, "entries received")
            check_equal(proxy.asked, [f"CONNECT {server.address.removeprefix('http://')} HTTP/1.1"], "what the proxy was asked for")
        finally:
            server.close()
            proxy.close()


class Tunnels(socketserver.ThreadingTCPServer):
    """A proxy that does nothing but CONNECT. asked: the first lines of what it was asked for."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), None)
        self.address = "http://127.0.0.1:%d" % self.server_address[1]
        self.asked = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, near, address):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += near.recv(1)
        self.asked.append(head.decode().split("\r\n")[0])
        host, _, port = head.split()[1].decode().partition(":")
        with socket.create_connection((host, int(port)), timeout=30) as far:
            near.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                for s in select.select([near, far], [], [], 30)[0]:
                    piece = s.recv(65536)
                    if not piece:
                        return
                    (far if s is near else near).sendall(piece)

    def close(self):
        self.shutdown()
        self.server_close()


def fall_silent(cases, world, node):
    below = Peer("below, far away", "20")
    node.trust(below)
    node.set(alarm_silence_s=10, alarm_standstill_s=2)
    node.serve()
    path = world.folder / f"{node.name}.log"
    own = below.stream("20")
    own.add(*report("20", 7))
    check_equal(below.push(node, *own.sealed()).status, 200, "the status")

    def reasons():
        return [a["reason"] for a in status_of(node, below)["alarms"]]

    def asks(total):
        held = below.positions(node, total=total)
        check_equal(held.status, 200, "the status")
        return sum(held.json()["positions"].values())

    with cases.case("a node that asks and takes nothing: that its backlog does not shrink is an alarm, and nothing else is"):
        check(asks(1) > 1, "there is something for it to take")
        wait_until(lambda: asks(1) and reasons(), 30, "the alarm")
        check_equal(reasons(), ["stuck"], "alarms")

    with cases.case("a node that is not heard of any more: an alarm on the page, in the metrics and once in the log"):
        wait_until(lambda: len(reasons()) == 2, 60, "the second alarm")
        check_equal(reasons(), ["silent", "stuck"], "alarms")
        link = status_of(node, below)
        check(link["last_contact"] and link["backlog"] > 0, "last contact and backlog", link)
        page = node.signed_in("quantri").get("/status", headers={"Accept": "text/html"}).text
        check_contains(page, "No contact: ask that unit", "the page")
        check_contains(page, "The backlog does not shrink", "the page")
        metrics = node.client().get("/metrics").text
        for reason in ("silent", "stuck"):
            check_contains(metrics, f'caunoi_link_alarm{{unit="20",node="{below.key[:12]}",reason="{reason}"}} 1\n', "metrics")
            check_equal(path.read_text().count(f"{reason} begins"), 1, f"lines of the alarm {reason} in the log")

    with cases.case("both end when it is heard again and has taken what there was"):
        everything = asks(1)
        asks(everything)
        wait_until(lambda: reasons() == [], 30, "no alarm")
        for reason in ("silent", "stuck"):
            check_equal(path.read_text().count(f"{reason} has ended"), 1, f"lines of the end of {reason} in the log")

    node.stop()
    node.check_sound()


def story(cases, world):
    ministry, danang, hue, langson = world.nodes(ministry="VN", danang="48", hue="46", langson="20")
    danang.add_user("quantri", "admin")
    langson.add_user("quantri", "admin")
    ask_badly(cases, world, ministry)
    ask_for_many(cases, ministry)
    tells_of_strangers(cases, hue)
    answer_badly(cases, world, danang)
    addresses(cases, world, hue)
    hue.add_user("quantri", "admin")
    could_not_look(cases, world, hue)
    fall_silent(cases, world, langson)


if __name__ == "__main__":
    tell(story)
