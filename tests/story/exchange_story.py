#!/usr/bin/env python3
"""Another program exchanges with a node as docs/exchange.md says, and then tries everything that must be refused: each
refusal has its status and reason, and changes nothing. Runs on both stores (CAUNOI_TEST_STORE).
Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import concurrent.futures
import json
import os
import re
import subprocess
import threading
import time

import peer as exchange
from faults import Faults
from peer import Peer
from support import HAS_FILES, check, check_contains, check_equal, tell, tell_number, wait_until


def figures(unit, value, indicator="retail_sales", period="2026-09"):
    return {"figures": f"{indicator},{unit},{period},,,{value}\n", "status": "submitted"}


def zeros(length):
    """A frame of Zstandard (RFC 8878) with so many bytes "0": blocks of one repeated byte, 128 KiB each."""
    count = length >> 17
    blocks = [(1 << 20 | 1 << 1 | (i == count - 1)).to_bytes(3, "little") + b"0" for i in range(count)]
    return b"\x28\xb5\x2f\xfd" + bytes((0, (17 - 10) << 3)) + b"".join(blocks)


def story(cases, world):
    ministry, hatinh = world.nodes(ministry="VN", hatinh="42")
    phutho = Peer("phu tho", "25")      # enrolled for a province
    stranger = Peer("nobody", "27")     # enrolled nowhere
    below = Peer("below", "42")         # enrolled for Hà Tĩnh as well, and sends to its node
    ministry.set(refusal_pause_most_s=0)  # each refusal is looked at alone; hostile_story.py tells of the pauses
    ministry.trust(phutho)
    ministry.trust(hatinh)
    hatinh.trust(ministry)
    for node in (ministry, hatinh):
        node.trust(below)
    ministry.add_user("vu-ke-hoach", "specialist")
    ministry.add_user("vu-truong", "director")
    ministry.serve()
    reader = ministry.signed_in("vu-ke-hoach")

    def value_of(unit, period="2026-09"):
        rows = reader.get(f"/figures.json?indicator=retail_sales&unit={unit}&from={period}&to={period}").json()["rows"]
        return float(rows[0]["value"]) if rows else None

    def refused(why, status, answer, state):
        check_equal(answer.status, status, "the status")
        message = json.dumps(answer.json()["error"], ensure_ascii=False)
        check_contains(message, why, "the reason")
        check_equal(ministry.state(), state, "the state afterwards")

    # ---- as it is meant -------------------------------------------------------------------------------------------

    own = phutho.stream("25")
    with cases.case("figures of another program arrive, are counted and shown"):
        own.add("figures.report", "figures/1", figures("25", "1234.5"))
        own.add("figures.report", "figures/2", figures("25", "1300", period="2026-10"), "can-bo", "specialist")
        answer = phutho.push(ministry, *own.sealed())
        check_equal((answer.status, answer.json()), (200, {"new": 2, "known": 0, "waiting": 0, "refused": 0, "passed": 0, "forks": 0}), "the answer")
        check_equal(value_of("25"), 1234.5, "the figure")

    with cases.case("the same again is passed over"):
        answer = phutho.push(ministry, *own.sealed())
        check_equal((answer.status, answer.json()), (200, {"new": 0, "known": 2, "waiting": 0, "refused": 0, "passed": 0, "forks": 0}), "the answer")

    with cases.case("positions and entries are as described, and the program finds every hash and seal right"):
        answer = phutho.positions(ministry)
        check_equal(answer.status, 200, "the status")
        positions = answer.json()["positions"]
        check_equal(positions[own.name], 2, "our own stream")
        check_equal({s.split("/")[1] for s in positions}, {"*", "25"}, "audiences Phú Thọ may read")
        answer = phutho.entries(ministry, {s: 0 for s in positions})
        check_equal(answer.status, 200, "the status")
        heads, wanted = {}, dict(positions)
        for line in exchange.lines_of(answer.body)[1:-1]:
            thing = json.loads(line)
            if "seal" in thing:
                check_equal(heads[thing["seal"]], (thing["seq"], thing["hash"]), "what the seal covers")
            else:
                seq, before = heads.get(thing["stream"], (0, "0" * 64))
                check_equal((thing["seq"], thing["prev"]), (seq + 1, before), "seq and prev")
                heads[thing["stream"]] = (thing["seq"], exchange.digest(line))
        check_equal({s: h[0] for s, h in heads.items()}, wanted, "what was sent")
        held = "".join(f"{s} {heads[s][0]} {heads[s][1]}\n" for s in sorted(heads))
        total = sum(h[0] for h in heads.values())
        check_equal(phutho.positions(ministry, exchange.digest(held.encode()), total).status, 204, "when both hold the same")

    with cases.case("a waiting question is answered as soon as something is new"):
        with concurrent.futures.ThreadPoolExecutor() as pool:
            started = time.monotonic()
            waiting = pool.submit(phutho.positions, ministry, exchange.digest(held.encode()), total, 20)
            time.sleep(0.3)
            other = phutho.stream("*")
            other.add("story.unknown", "x", {})
            check_equal(phutho.push(ministry, *other.sealed()).status, 200, "the push")
            answer = waiting.result(20)
            took = time.monotonic() - started
        check_equal(answer.status, 200, "the answer")
        check(took < 5, f"it took {took:.1f} s")

    with cases.case("entries of an unknown kind are kept and passed on to the others"):
        hatinh.serve(ministry.address)
        wait_until(lambda: hatinh.sql(f"SELECT seq FROM ledger_stream WHERE name = '{other.name}'") == [("1",)], 10,
                   "Hà Tĩnh holds the public stream of Phú Thọ")
        check_equal(hatinh.sql(f"SELECT seq FROM ledger_stream WHERE name = '{own.name}'"), [], "the private one")
        aside = ministry.client().get("/status.json").json()
        check_equal(aside["set_aside"], 1, "entries set aside")

    with cases.case("a receiver that lacks an indicator or a unit waits for it"):
        waits = phutho.stream("25")
        waits.entries, waits.hash = list(own.entries), own.hash
        waits.add("figures.report", "figures/3", figures("25", "1", indicator="never_heard_of"))
        answer = phutho.push(ministry, *waits.sealed())
        check_equal((answer.status, answer.json()), (200, {"new": 1, "known": 2, "waiting": 1, "refused": 0, "passed": 0, "forks": 0}), "the answer")
        own = waits

    with cases.case("an author without right, or a node beyond its territory: kept as evidence, not applied"):
        before = (value_of("25"), value_of("42"), value_of("25", "2026-08"), value_of("01"))
        own.add("figures.report", "figures/4", figures("25", "9", period="2026-08"), "vien-chuc", "enterprise")
        own.add("figures.report", "figures/5", figures("42", "9"))              # another province's figures
        own.add("figures.report", "figures/6", figures("VN", "9"))
        own.add("report.accept", "report/monthly/25@2025-07-01/2026-09", {"by": "x", "version": 1, "of": "0" * 64})
        own.add("node.trust", f"node/{stranger.key}", {"key": stranger.key, "unit": "42"})
        own.add("catalogue.file", "catalogue/units/provinces.csv", {"path": "units/provinces.csv", "text": "code\n"})
        own.add("account.user", "account/gian", {"login": "gian", "name": "x", "role": "admin", "unit": "VN",
                                                 "disabled": False}, "gian", "specialist")
        own.add("report.send", "report/monthly/42@2004-01-01/2026-09",
                {"by": "x", "version": 1, "form": "monthly", **figures("42", "9")}, "giam-doc", "director")
        answer = phutho.push(ministry, *own.sealed())
        check_equal(answer.status, 200, "the status")
        check_equal(answer.json()["new"], 8, "entries kept")
        check_equal(answer.json()["refused"] + answer.json()["waiting"], 8, "entries not applied")
        check_equal((value_of("25"), value_of("42"), value_of("25", "2026-08"), value_of("01")), before, "the figures")
        check("gian" not in ministry.run("user list", expect=0).out, "the account is there")
        check_equal(ministry.run("trust list", expect=0).out.count(stranger.key), 0, "the stranger's enrolment")
        check_equal(len(reader.get("/units.json?level=province").json()["rows"]), 34, "provinces")

    # ---- refused --------------------------------------------------------------------------------------------------

    state = ministry.state()

    def next_stream(audience="25"):
        """A stream that goes on where the ministry holds it, without touching the real one."""
        s = phutho.stream(audience)
        s.entries, s.hash = list(own.entries), own.hash
        return s

    def push_after(*lines, **more):
        return phutho.push(ministry, *lines, **more)

    with cases.case("a node nobody enrolled is refused, and told how it could be"):
        s = stranger.stream("27")
        s.add("figures.report", "f", figures("27", "1"))
        refused("nobody enrolled", 403, stranger.push(ministry, *s.sealed()), state)
        refused("nobody enrolled", 403, stranger.positions(ministry), state)
        check_contains(stranger.positions(ministry).json()["error"]["hint"], "caunoi trust", "the hint")

    with cases.case("a stranger's stream that an enrolled node passes on is passed over, the rest is taken"):
        public = other
        line = public.add("story.unknown", "x2", {})
        answer = phutho.push(ministry, *s.sealed(), line, public.seal())
        check_equal((answer.status, answer.json()), (200, {"new": 1, "known": 0, "waiting": 1, "refused": 0, "passed": 1, "forks": 0}),
                    "the answer")
        check_equal(ministry.sql(f"SELECT seq FROM ledger_stream WHERE name = '{s.name}'"), [], "the stranger's stream")
        check_equal(ministry.state(), state, "the state")

    with cases.case("a request signed for another node is refused: whoever got it cannot use it here"):
        refused("signature", 401, phutho.positions(ministry, to=hatinh.key), state)
        refused("signature", 401, phutho.ask(ministry, "POST", "/ledger/entries", b'{"want":{}}', to=hatinh.key), state)

    with cases.case("a stream of lines that another node than the asker began is refused"):
        refused("another node", 403, phutho.ask(ministry, "POST", "/ledger/push", stranger.lines(*s.sealed())), state)

    with cases.case("a line that contradicts what is held stops no stream unless its node signed it"):
        line = ministry.sql("SELECT s.name FROM ledger_stream s WHERE s.audience = '*' AND s.node = '%s'" % ministry.key)
        forged = exchange.text({"stream": line[0][0], "seq": 1, "at": exchange.stamp(), "author": "", "role": "",
                                "kind": "x", "subject": "", "prev": "0" * 64, "body": {}}).encode()
        answer = phutho.push(ministry, forged)
        check_equal((answer.status, answer.json()["new"]), (200, 0), "without a seal")
        seal = (f'{{"seal":{exchange.text(line[0][0])},"seq":1,"hash":"{exchange.digest(forged)}",'
                f'"at":"{json.loads(forged)["at"]}","signature":"{"0" * 128}"}}').encode()
        refused("signature", 422, phutho.push(ministry, forged, seal), state)
        check_equal(ministry.client().get("/status.json").json()["forks"], 0, "forks")

    with cases.case("more bytes of a stream than stand between two seals are refused without one"):
        endless = phutho.stream("07894")
        for n in range(19):
            endless.add("story.unknown", "x", {"n": n, "much": "x" * 1_000_000})
        refused("without a seal", 413, phutho.push(ministry, *endless.entries), state)

    with cases.case("a node that is sent one thing after another, and sends it on, waits at once again for what comes from above"):
        waits = []  # questions that wait at the ministry, by when they came
        between = exchange.Between(ministry, lambda path: waits.append(path) if "wait=0" not in path and "/positions" in path else None)
        hatinh.stop()
        hatinh.serve(between.address)
        many = below.stream("42")
        for number in range(8):  # where each cost a pause twice as long as the last, the seventh would be too long
            wait_until(lambda: len(waits) > number, 6, f"Hà Tĩnh waits at the ministry again after {number} of them")
            many.add("story.unknown", f"m/{number}", {})
            check_equal(below.push(hatinh, *many.sealed()[-2:], for_unit="42").json()["new"], 1, "what is sent to Hà Tĩnh")
            wait_until(lambda: ministry.sql(f"SELECT seq FROM ledger_stream WHERE name = '{many.name}'") == [(str(number + 1),)], 5, "the ministry holds it")
        hatinh.stop()
        between.close()
        hatinh.serve(ministry.address)

    with cases.case("what could not be asked for before its writer was enrolled begins with a small piece again"):
        late = Peer("late", "25")
        hatinh.stop()
        ministry.stop()
        ministry.trust(late)
        ministry.serve()
        lines = []
        large = late.stream("*")
        for number in range(12):
            lines += [large.add("story.unknown", f"late/{number}", {"text": os.urandom(120_000).hex()}), large.seal()]
        check_equal(late.push(ministry, *lines).json()["new"], 12, "3 MB")
        between = exchange.Between(ministry, lambda path: None)
        hatinh.run("sync", between.address, expect=0)
        between.close()
        check_equal([json.loads(body).get("most") for body in between.posted if body.startswith(b'{"want"')], [1 << 20, 1 << 20, None],
                    "bytes asked for: the enrolment, and twice of what it lets in")
        hatinh.serve(ministry.address)

    with cases.case("the first piece that is asked for is a quarter of those after it, also where none is fetched while another is taken in"):
        lines = []
        for number in range(28):
            lines += [other.add("story.unknown", f"large/{number}", {"text": os.urandom(120_000).hex()}), other.seal()]
        hatinh.stop()
        check_equal(phutho.push(ministry, *lines).json()["new"], 28, "6.7 MB")
        asked = []
        between = exchange.Between(ministry, lambda path: asked.append(path.partition("?")[0]))
        hatinh.run("sync", between.address, "--dry-run", expect=0)
        between.close()
        check_equal(asked.count("/ledger/entries"), 3, "pieces of 1, 4 and 1.7 MB, each up to a seal")

    with cases.case("all that a command took in is on the disk before the other is told that it has come"):
        faults, asked = Faults(world), []
        faults.off()
        between = exchange.Between(ministry, lambda path: asked.append((path.partition("?")[0], faults.seen_of("sync"))))
        check_equal(hatinh.run("sync", between.address, "--json", expect=0, environment=faults.environment()).json()["received"], 28, "taken in")
        between.close()
        pieces = [synced for path, synced in asked if path == "/ledger/entries"]
        check_equal((len(pieces), asked[-1][0]), (3, "/ledger/positions"), "pieces, and what is asked last: it tells what has come")
        check(asked[-1][1] > pieces[-1] or not HAS_FILES, f"requests, and syncs before each: {asked}")
        hatinh.serve(ministry.address)

    with cases.case("what one node passes on and the other does not take makes no circle of requests"):
        neighbour = Peer("neighbour", "01")
        hatinh.stop()
        hatinh.trust(neighbour)
        hatinh.serve(ministry.address)
        unknown = neighbour.stream("*")
        unknown.add("story.unknown", "n", {})
        check_equal(neighbour.push(hatinh, *unknown.sealed(), for_unit="42").status, 200, "the neighbour's push")
        wait_until(lambda: hatinh.sql(f"SELECT seq FROM ledger_stream WHERE name = '{unknown.name}'"), 5, "Hà Tĩnh holds it")
        hatinh.stop()  # a question that already waits at the ministry would hide a circle
        hatinh.serve(ministry.address)
        time.sleep(1.5)

        def requests():
            return int(re.search(r"caunoi_requests_total (\d+)", ministry.client().get("/metrics").text).group(1))
        before = requests()
        time.sleep(2)
        asked = requests() - before
        check(asked < 12, f"{asked} requests in two seconds")
        other.add("story.unknown", "y", {})
        check_equal(phutho.push(ministry, *other.sealed()).json()["new"], 1, "news for Hà Tĩnh")
        held = [(str(len(other.entries)),)]
        wait_until(lambda: hatinh.sql(f"SELECT seq FROM ledger_stream WHERE name = '{other.name}'") == held, 5,
                   "news still arrive at once")
        state = ministry.state()
        hatinh_status = hatinh.client().get("/status.json").json()
        check(all(k["is_connected"] for k in hatinh_status["peers"] if k["unit"] == "VN"), "the link:", hatinh_status)

    with cases.case("a request without, or with a false signature is refused"):
        answer = ministry.client().ask("POST", "/ledger/push", phutho.lines())
        refused("signed request", 401, answer, state)
        refused("signature", 401, phutho.positions(ministry, signer=stranger.signer), state)
        body = phutho.lines(*own.sealed())
        refused("not the one that was signed", 401, phutho.ask(ministry, "POST", "/ledger/push", body, signed_body=b"other"), state)

    with cases.case("a request of an hour ago, or of the future, is refused with both times"):
        for seconds in (-3600, 3600):
            refused("clocks", 403, phutho.positions(ministry, seconds_ahead=seconds), state)

    with cases.case("a wrong hash: a changed entry, and a chain that does not name the entry before"):
        s = next_stream()
        line = s.add("figures.report", "f", figures("25", "100.5"))
        seal = s.seal()
        refused("seal", 422, push_after(line.replace(b"100.5", b"900.5"), seal), state)
        s = next_stream()
        first = s.add("figures.report", "f", figures("25", "1"))
        second = s.add("figures.report", "f", figures("25", "2"), prev="a" * 64)
        refused("chain", 422, push_after(first, second, s.seal()), state)

    with cases.case("a wrong seal: of another key, another hash, another entry, or none"):
        s = next_stream()
        line = s.add("figures.report", "f", figures("25", "1"))
        refused("signature", 422, push_after(line, s.seal(signer=stranger.signer)), state)
        refused("seal", 422, push_after(line, s.seal(hash="b" * 64)), state)
        refused("seal", 422, push_after(line, s.seal(seq=len(s.entries) + 1)), state)
        answer = push_after(line)  # without a seal it does not count: it has to come again
        check_equal((answer.status, answer.json()["new"]), (200, 0), "the answer")
        check_equal(ministry.state(), state, "the state")

    with cases.case("a clock far in the future"):
        s = next_stream()
        line = s.add("figures.report", "f", figures("25", "1"), at=exchange.stamp(seconds_ahead=3600))
        refused("future", 422, push_after(line, s.seal()), state)

    with cases.case("a clock that runs backwards inside a stream"):
        s = next_stream()
        line = s.add("figures.report", "f", figures("25", "1"), at="2020-01-01T00:00:00.000Z/0")
        refused("after", 422, push_after(line, s.seal()), state)
        check_equal(ministry.run("verify").status, 0, "verify")

    with cases.case("a gap, a number given twice, and streams that are not this node's to keep"):
        s = next_stream()
        before = s.add("figures.report", "f", figures("25", "1"))
        line = s.add("figures.report", "f", figures("25", "2"))
        refused("missing", 422, push_after(line, s.seal()), state)
        refused("missing", 422, push_after(before, before, s.seal()), state)
        local = phutho.stream("-")
        local.add("account.password", "account/x", {"login": "x", "hash": "y"}, "x", "admin")
        refused("local", 403, push_after(*local.sealed()), state)

    with cases.case("entries written in another way than the one way"):
        s = next_stream()
        good = s.add("figures.report", "f", figures("25", "1"))
        for bad in (good.replace(b'{"stream"', b'{ "stream"'),                      # a space
                    good.replace(b'"role":"",', b""),                               # a member missing
                    good.replace(b'"role":"",', b'"role":"","role":"",'),           # a member twice
                    good.replace(b'"role":"",', b'"role":"","extra":1,'),
                    good[:-1], good + b" ", b"[]", b"null", b"\xff\xfe", b"", b"{}",
                    good.replace(b'"kind":"figures.report"', b'"kind":"figures.re\xc3"'),
                    good.replace(b'"seq":', b'"seq":-'),
                    good.replace(b'"body":{', b'"body":{"n":123456789012345678901234567890,'),
                    good.replace(b'"body":{', b'"body":{"deep":' + b"[" * 3000 + b"]" * 3000 + b","),
                    good.replace(phutho.key.encode(), phutho.key.upper().encode())):
            answer = push_after(bad, s.seal())
            check(answer.status in (403, 422), f"{bad[:80]!r}…: {answer!r}")
            check_equal(ministry.state(), state, f"the state after {bad[:80]!r}…")

    with cases.case("a stream of lines that is cut off, goes on too long, counts wrongly or is none"):
        s = next_stream()
        s.add("figures.report", "f", figures("25", "1"))
        whole = phutho.lines(s.entries[-1])  # without a seal: up to one, lines are taken in before the rest has come

        def push_bytes(data):
            return phutho.ask(ministry, "POST", "/ledger/push", data)

        refused("cut off", 422, push_after(s.entries[-1], end=1), state)
        refused("cut off", 422, push_bytes(exchange.packed(exchange.unpacked(whole).rpartition(b'{"end"')[0])), state)
        for data in (whole[:-1], whole[:len(whole) // 2], whole[:20], whole + b"x", whole + whole, b"PK\x03\x04", b"x"):
            answer = push_bytes(data)
            check_equal(answer.status, 422, f"the status for {len(data)} bytes")
            check_equal(ministry.state(), state, f"the state after {len(data)} bytes")
        check_equal(push_bytes(b"").status, 422, "the status for nothing")
        refused("Cầu Nối", 422, push_bytes(exchange.packed(b'{"hello":1}\n{"end":1}\n')), state)

    with cases.case("a stream that unpacks to gigabytes is stopped at the limit"):
        before = resident(ministry)
        answer = phutho.ask(ministry, "POST", "/ledger/push", zeros(3 << 30))
        check_equal(answer.status, 413, "the status of one endless line")
        flood = subprocess.run(f"(printf '%s\\n' '{exchange.unpacked(phutho.lines())[:-11].decode().strip()}'; "
                               "yes '{\"seal\":\"x\"}' | head -c 100000000) | zstd -q -1", shell=True, capture_output=True).stdout
        answer = phutho.ask(ministry, "POST", "/ledger/push", flood)
        check(answer.status in (413, 422), f"the status of endless lines: {answer!r}")
        grown = resident(ministry) - before
        tell_number(f"memory after two bombs +{grown >> 20} MiB")
        check(grown < 200 << 20, f"memory grew by {grown >> 20} MiB")
        check_equal(ministry.state(), state, "the state")

    with cases.case("nobody can stop another's stream with a made-up fork, nor the node's own"):
        for key, audience in ((ministry.key, "*"), (hatinh.key, "*"), (ministry.key, "42")):
            forged = phutho.stream(audience)
            forged.name = f"{key}/{audience}"
            forged.add("node.trust", "x", {"key": stranger.key, "unit": "42"})
            if key == ministry.key and audience == "*":
                refused("seal", 422, push_after(*forged.entries, forged.seal()), state)
                push_after(*forged.entries)  # without a seal it is nothing
            else:
                answer = push_after(*forged.entries, forged.seal())
                check_equal(answer.status, 422, f"{audience}: {answer!r}")
            check_equal(ministry.state(), state, "the state")
        check_equal(ministry.client().get("/status.json").json()["forks"], 0, "forks on /status")

    with cases.case("a fork stops that stream and nothing else"):
        fork = phutho.stream("25")
        fork.entries, fork.hash = own.entries[:1], exchange.digest(own.entries[0])
        fork.add("figures.report", "figures/2", figures("25", "7777", period="2026-10"))
        public = phutho.stream("*")
        public.entries, public.hash = list(other.entries), other.hash
        line = public.add("story.unknown", "y", {})
        answer = push_after(*fork.sealed(), line, public.seal())
        check_equal(answer.status, 200, "the status")
        check_equal(value_of("25", "2026-10"), 1300.0, "the figure")
        status = ministry.client().get("/status.json").json()
        check_equal(status["forks"], 1, "forks on /status")
        check_equal(ministry.sql(f"SELECT seq FROM ledger_stream WHERE name = '{public.name}'"),
                    [(str(len(public.entries)),)], "the other stream")
        s = next_stream()
        s.add("figures.report", "f", figures("25", "4711"))
        check_equal(push_after(s.entries[-1], s.seal()).json().get("new"), 0, "new entries of the stopped stream")

    with cases.case("a revoked node may no longer speak"):
        ministry.stop()
        ministry.run("trust revoke", phutho.key, expect=0)
        ministry.serve()
        state = ministry.state()
        refused("was revoked on", 403, phutho.push(ministry, *own.sealed()), state)

    with cases.case("fifty askers at once, half of them strangers, and the node still answers"):
        def ask(number):
            return (stranger if number % 2 else phutho).positions(ministry).status
        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            check_equal(set(pool.map(ask, range(50))), {403}, "the answers")
        check_equal(ministry.client().get("/health").json()["status"], "ok", "health")

    with cases.case("a line that carries questions and no entries: what lacks on each side is told on both, not the difference alone, and is an alarm"):
        upper, lower = world.nodes(upper="VN", lower="42")
        upper.trust(lower)
        lower.trust(upper)
        upper.serve()
        lower.run("sync", upper.address, expect=0)
        upper.stop()
        for node, unit, status, count in ((upper, "25", "published", 3), (lower, "42", "submitted", 4)):
            for month in range(1, count + 1):
                node.run("import", world.path("one.csv", f"indicator,unit,period,value,status\nretail_sales,{unit},2026-0{month},1,{status}\n"), expect=0)
            node.set(alarm_standstill_s=1)
        upper.serve()
        is_open = threading.Event()

        def before(path):
            if not is_open.is_set() and not path.startswith(("/ledger/positions", "/health")):
                raise ConnectionError

        between = exchange.Between(upper, before)
        lower.serve(between.address)

        def told(node):
            [link] = node.client().get("/status.json").json()["peers"]
            return link["backlog"], link["backlog_in"], "stuck" in [a["reason"] for a in link["alarms"]]

        wait_until(lambda: (told(lower), told(upper)) == ((4, 3, True), (3, 4, True)), 30, "both say what lacks on each side")
        is_open.set()
        wait_until(lambda: (told(lower), told(upper)) == ((0, 0, False), (0, 0, False)), 60, "both say that nothing lacks")
        lower.stop()
        upper.stop()
        between.close()

    with cases.case("after all that both nodes are sound"):
        hatinh.stop()
        ministry.stop()
        for node in (ministry, hatinh):
            node.check_sound()


def resident(node):
    with open(f"/proc/{node.server.process.pid}/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGESIZE")


if __name__ == "__main__":
    tell(story)
