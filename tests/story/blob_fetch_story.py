#!/usr/bin/env python3
"""A province that has lost its node fetches from the ministry the files it had once sent there: the line is cut in the middle of a
file and the node killed; a file is over the limit, of a type that is not taken, spoilt on the way, or held by nobody any more. What a commune holds reaches the
province and the ministry from below, by commands and served. Of a file that several nodes hold each sends a part and is killed in the middle of it; and who takes one,
asking for it or handed it, is killed at a write, a sync, a name, a send or a statement. Runs on both stores (CAUNOI_TEST_STORE). Settings:

    ROUNDS       one file more for 100 of them, in another order and with other parts (none; `make soak` says how many it wants); and who takes
                 one is killed at each place of the program that makes such a call (who called whom; else at one of them)
    RANDOM_SEED  to see the former again
"""

import http.client
import json
import os
import random
import signal
import threading
import time

from blob_story import MIB, PROVINCE, Line, attach, letters, listed
from fault_serve_story import as_node
from faults import KILL_AFTER, KILL_BEFORE, KILL_HALF, Faults
from journey_story import REPORT, report
from peer import Between, Peer, lines_of
from receipt_story import CELLS
from support import SHIPPED, Failure, check, check_contains, check_equal, tell, tell_number, wait_until

HTML = {"Accept": "text/html"}
ROUNDS = int(os.environ.get("ROUNDS") or 0) // 100
SEED = int(os.environ.get("RANDOM_SEED") or time.time_ns() % 1_000_000)


class Taker:
    """A node that takes files which another one holds: it asks for them, or is handed them. Meanwhile it is killed."""

    CALLS = "write sync name send statement"

    def __init__(self, world, holder, taker):
        self.world, self.faults, self.holder, self.taker = world, Faults(world), holder, taker
        holder.serve()
        self.between = Between(self.holder, self.before)
        self.rest = letters("tệp", MIB + MIB // 8).decode()
        self.known = []  # files that it has heard of and does not have: id, content
        self.made = self.kills = self.whole = 0  # whole: nothing was lacking after the kill
        self.asked_from = []  # where each question begins
        self.has_started = threading.Event()  # it has said where it listens; it may ask before
        self.begin = None  # how what kills it begins: when the file does

    def before(self, path):
        if path.startswith(f"/ledger/blob/{self.holder.key}/"):
            self.asked_from.append(int(path.rpartition("from=")[2]))
            self.has_started.wait(60)
            self.begin_once()

    def begin_once(self):
        if self.begin is not None:
            self.begin()
            self.begin = None

    def next_file(self):
        if not self.known:
            self.holder.stop()
            for _ in range(20 if ROUNDS > 0 else 1):
                self.made += 1
                content = f"{self.made}\n{self.rest}"
                file = self.world.path("taken.txt", content)
                self.known.append((self.holder.prepare("blob add", file).out.split()[0].split("/")[1], content))
                file.unlink()
            self.holder.serve()
            self.taker.prepare("sync", self.holder.address)
        return self.known.pop()

    def asks(self, id, held):
        """It asks for the rest of a file. How much it has said that it has."""
        self.asked_from.clear()
        self.has_started.clear()
        self.taker.serve(self.between.address, environment=self.faults.environment())
        self.has_started.set()
        whole = f"SELECT COUNT(*) FROM blob_content WHERE name = '{id}' AND is_whole <> 0"
        wait_until(lambda: not self.taker.server.is_running or self.taker.sql(whole) == [("1",)], 60, "it has the file, or is killed")
        check_equal(self.asked_from[:1], [held], "where it goes on")
        return 0

    def is_handed(self, id, held):
        """It is handed the rest of a file. How much it has said that it has."""
        self.taker.serve(environment=self.faults.environment())
        at = f"/ledger/blob/{self.holder.key}/{id}"
        is_whole = False
        while not is_whole:
            came = as_node(self.taker).ask(self.holder, "GET", f"{at}?from={held}")
            self.begin_once()
            try:
                answer = as_node(self.holder).ask(self.taker, "POST", f"{at}?from={held}&key={came.headers['Caunoi-Key']}", came.body)
            except (OSError, http.client.HTTPException):
                break  # killed
            check_equal(answer.status, 200, f"the answer: {answer!r}")
            check_equal(answer.json()["held"], held + len(came.body), "what it says that it has")
            held, is_whole = answer.json()["held"], answer.json()["whole"]
        return held

    def held(self, id):
        """What is kept of a file; its pieces are that long."""
        rows = self.taker.sql("SELECT c.held, COALESCE(SUM(LENGTH(p.piece)), 0) FROM blob_content c LEFT JOIN blob_piece p ON p.content = c.id"
                              f" WHERE c.name = '{id}' GROUP BY c.held")
        check(rows == [] or rows == [(rows[0][0],) * 2], f"what is kept, and how long its pieces are: {rows}")
        return int(rows[0][0]) if rows else 0

    def take(self, way, begin):
        """A file comes while the node is killed, if it is; the rest of it follows."""
        id, content = self.next_file()
        self.taker.prepare("blob want", id)
        self.begin = begin
        said = way(id, 0)
        self.faults.off()
        is_killed = self.faults.hits > 0
        check_equal(self.taker.server.end(), -signal.SIGKILL if is_killed else 0, "how it ended")
        if is_killed:
            self.taker.wait_forgotten()
            self.taker.check_sound()
        held, stands = self.held(id), state(self.taker, id)
        check(held >= said, f"{held} bytes are there; it had said that it has {said}")
        check(stands == "here" or (stands == "waiting" and is_killed and said < len(content)), f"the file is {stands}; it had said that it has {said} bytes")
        if stands == "waiting":
            way(id, held)
            self.taker.stop()
        self.kills += is_killed
        self.whole += is_killed and stands == "here"
        file = self.world.folder / "taken.txt"
        self.taker.run("blob get", id, file, expect=0)
        check(file.read_text() == content, "the content differs")
        file.unlink()

    def at_each(self, way, action):
        """It is killed at each place of the program that makes such a call."""
        self.faults.forget_places()
        places = self.faults.each_place(self.CALLS, action=action)
        is_over = False

        def begin():
            nonlocal is_over
            is_over = next(places, self) is self

        while not is_over:
            try:
                self.take(way, begin)
            except Exception as error:
                raise Failure(f"call {self.faults.hit_at} ({self.faults.name}), {self.faults.callers()}: {error}") from error


def state(node, id):
    return next((line.split()[3] for line in node.run("blob list", program=SHIPPED, expect=0).out.splitlines() if id in line), None)


def story(cases, world):
    ministry, lost = world.nodes(ministry="VN", lost=PROVINCE)
    ministry.trust(lost)
    lost.trust(ministry)
    own = Peer("a node of a commune", "18073")
    ministry.trust(own)
    ministry.add_user("vu-truong", "director")
    for login, role in (("can-bo", "specialist"), ("giam-doc", "director")):
        lost.add_user(login, role)
    ministry.serve()
    lost.serve(f"{ministry.address}/")  # also with a slash behind it
    officer, leader = lost.signed_in("can-bo"), lost.signed_in("giam-doc")
    long = letters("phụ lục", 3 * MIB + 12345)
    attach(officer, "phu-luc.txt", long)
    attach(officer, "bang.csv", b"a,b\n1,2\n")
    attach(officer, "bien-ban.txt", "biên bản".encode())
    officer.send("PUT", REPORT, {"base_version": 0, "cells": {k: {"typed": v, "explanation": "Đã đối chiếu"} for k, v in CELLS.items()}},
                 expect=200)
    officer.send("POST", f"{REPORT}/submit", expect=200)
    leader.send("POST", f"{REPORT}/approve", expect=200)
    reader = ministry.signed_in("vu-truong")
    at_ministry = wait_until(lambda: listed(reader), 20, "the report arrives at the ministry")
    for a in at_ministry[:2]:  # the third one stays where it is
        reader.get(f"{a['address']}.json", expect=202)
    wait_until(lambda: [a["state"] for a in listed(reader)] == ["here", "here", "elsewhere"], 60, "two files arrive at the ministry")
    lost.kill()
    again = world.node("again", PROVINCE)
    again.trust(ministry)
    ministry.stop()
    ministry.trust(again)
    ministry.run("trust revoke", lost.key, expect=0)
    ministry.serve()
    reader = ministry.signed_in("vu-truong")
    again.run("sync", ministry.address, expect=0)
    again.add_user("can-bo", "specialist")
    again.add_user("giam-doc", "director")
    line = Line(ministry.port, counts_answers=True)

    def page():
        return officer.get(REPORT, headers=HTML).text

    def choose(number, expect=202):
        return officer.get(f"{files[number]['address']}.json", expect=expect)

    with cases.case("what its former node had sent is listed at the new one, and said not to be here"):
        again.set(attachment_limit_mb=1)
        again.serve(line.address)
        officer = again.signed_in("can-bo")
        files = listed(officer)
        check_equal([(a["size"], a["state"], a["name"]) for a in files],
                    [(len(long), "elsewhere", None), (8, "elsewhere", None), (len("biên bản".encode()), "elsewhere", None)], "the list")
        check_contains(page(), "Not at this node", "the page")

    with cases.case("a file over this node's limit is not asked for; whoever chooses it is told the limit"):
        answer = choose(0, 413).json()["error"]
        check_contains(answer["message"], "larger than 1 MB", "the message")
        check_contains(answer["hint"], "attachment_limit_mb", "the hint")
        check_contains(officer.get(files[0]["address"], expect=413, headers=HTML).text, "larger than 1 MB", "the page")
        check_equal((listed(officer)[0]["state"], again.sql("SELECT COUNT(*) FROM blob_want")), ("elsewhere", [("0",)]), "afterwards")
        again.stop()
        settings = again.folder / "settings"
        settings.write_text(settings.read_text().replace("attachment_limit_mb = 1\n", ""))
        again.serve(line.address)
        officer = again.signed_in("can-bo")

    with cases.case("the line is cut in the middle of a file, the node killed, and it goes on where it stopped"):
        with line.lock:
            line.most = line.sent + MIB + MIB // 2
        choose(0)
        wait_until(lambda: line.sent > line.most, 10, "the line is cut")
        held = wait_until(lambda: (held := listed(officer)[0]["held"]) > MIB and held, 30, "also what came of the answer that was cut")
        check(held < len(long), "held:", held)
        check_contains(page(), f"{held * 100 // files[0]['stored']} % has arrived", "the page")
        again.kill()
        again.serve(line.address)
        officer = again.signed_in("can-bo")
        check_equal((listed(officer)[0]["state"], listed(officer)[0]["held"]), ("waiting", held), "after the kill")
        with line.lock:
            before, line.most = line.sent, None
        wait_until(lambda: listed(officer)[0]["state"] == "here", 60, "all of it arrives")
        rest = files[0]["stored"] - held
        check(line.sent - before < rest + MIB // 2, "sent again:", line.sent - before, "for", rest)
        answer = officer.get(files[0]["address"])
        check(answer.body == long, "the content differs")
        check_contains(answer.headers["Content-Disposition"], "phu-luc.txt", "its name")

    with cases.case("a file that arrives spoilt is not kept, the page says why, and it comes whole once it is chosen again"):
        line.spoils = True
        choose(1)
        spoilt = wait_until(lambda: listed(officer)[1]["problem"], 30, "it is found spoilt")
        line.spoils = False
        check_equal((listed(officer)[1]["held"], again.sql("SELECT COUNT(*) FROM blob_content WHERE is_whole = 0")), (0, [("0",)]),
                    "what is kept of it")
        text = page()
        check_contains(text, "Could not be fetched", "the page")
        check_contains(text, "Choose the file to try again", "the page")
        check_contains(again.log_tail(6000), "could not be fetched", "the log")
        check_equal(listed(officer)[1]["problem"], spoilt, "nobody asks again by itself")
        choose(1)
        wait_until(lambda: listed(officer)[1]["state"] == "here", 30, "it arrives")
        check_equal(officer.get(files[1]["address"]).body, b"a,b\n1,2\n", "its content")

    with cases.case("a file that nobody holds any more: it waits, says since when and whom to ask, and holds up nothing else"):
        choose(2)
        wait_until(lambda: listed(reader)[2]["state"] == "waiting", 30, "the ministry wants it too")
        check_equal((listed(officer)[2]["state"], listed(officer)[2]["problem"]), ("waiting", None), "at the province")
        check_contains(page(), "Waiting for another node to send it", "the page")
        check_contains(page(), "It comes by itself", "the page")
        again.sql("UPDATE blob_want SET since = since - 7200000")  # two hours later
        check_contains(page(), "nobody has sent it so far", "the page")
        check_contains(reader.get(REPORT, headers=HTML).text, "Waiting for the node of Ha Tinh to send it", "the ministry's page")
        reader.send("POST", f"{REPORT}/return", {"reason": "Thiếu biên bản", "cells": ["7"]}, expect=200)
        wait_until(lambda: report(officer)["state"] == "returned", 20, "entries still arrive")

    with cases.case("its erasure ends the waiting on both nodes"):
        leader = again.signed_in("giam-doc")
        leader.send("POST", f"{REPORT}/attachments/{files[2]['node']}/{files[2]['id']}/erase.json",
                    {"why": "Tệp đã mất cùng máy chủ cũ", "basis": "Biên bản sự cố 12/BB-SCT"}, expect=200)
        wait_until(lambda: ministry.sql("SELECT COUNT(*) FROM blob_want") == [("0",)], 30, "the ministry wants it no more")
        check_equal(again.sql("SELECT COUNT(*) FROM blob_want"), [("0",)], "what the province wants")
        choose(2, 409)

    def hand(peer, start, body, node=own.key, id="cd" * 32):
        return peer.ask(ministry, "POST", f"/ledger/blob/{node}/{id}?from={start}&key={'00' * 80}", body)

    with cases.case("a type that is none of ours is never asked for"):
        stream = own.stream("18073")
        for id, type in (("ab" * 32, "application/x-sh"), ("cd" * 32, "text/csv")):
            stream.add("blob.add", f"blob/{id}", {"hash": id, "size": 1, "stored": 42, "type": type, "label": ""})
        check_equal(own.push(ministry, *stream.sealed()).json()["new"], 2, "the entries")
        wait_until(lambda: "ab" * 32 in again.run("blob list", expect=0).out, 20, "the entry arrives below")
        again.stop()
        result = again.run("blob want", "ab" * 32)
        check_equal(result.status, 1, "the status")
        check_contains(result.err, "does not take attachments of type application/x-sh", "the message")
        check_equal(again.sql("SELECT COUNT(*) FROM blob_want"), [("0",)], "what is wanted")
        check_contains(hand(own, 0, b"x" * 42).json()["error"]["message"], "nobody here asked", "what is handed over unasked")
        ministry.stop()

    with cases.case("what another program hands over is taken from the place where it goes on, in pieces of the agreed size"):
        hands = [Peer(f"hand {n}", PROVINCE) for n in range(3)]
        for peer in hands:
            ministry.trust(peer)
        ministry.run("blob want", "cd" * 32, expect=0)
        ministry.serve()
        check_equal([hand(hands[0], start, body).json() for start, body in ((0, b""), (5, b"x" * 37), (0, b"x" * 30), (0, b"x" * 42))],
                    [{"held": held, "whole": False} for held in (0, 0, 30, 30)], "nothing, from the wrong place, a part, what another one handed over meanwhile")
        answer = hand(hands[0], 30, b"x" * (MIB + 1))
        check_equal(answer.status, 413, "too long a piece")
        check_contains(answer.json()["error"]["message"], "a piece of an attachment has at most 1048576 bytes", "too long a piece")
        check_contains(hand(hands[1], 30, b"x" * 13).json()["error"]["message"], "more bytes came", "more than is lacking")
        check_equal(hand(hands[2], 0, b"x", files[0]["node"], files[0]["id"]).json(), {"held": files[0]["stored"], "whole": True}, "what is here already")
        check_equal(hands[2].ask(ministry, "GET", f"/ledger/blob/{files[2]['node']}/{files[2]['id']}?from=0").status, 410, "what was erased")

    with cases.case("who asks for more entries than go into an answer is told how far it goes; the other streams come with the next"):
        pushed = []
        for _ in range(3):
            stream.add("story.unknown", "big", {"text": os.urandom(MIB).hex()})
            pushed += [stream.entries[-1], stream.seal()]
        check_equal(own.push(ministry, *pushed).json()["new"], 3, "entries of 2 MB")
        after, held, pieces = 0, len(stream.entries), []
        while after < held:
            answer = hands[2].entries(ministry, {stream.name: after, f"{hands[2].key}/42": 0})
            entries = [e for e in map(json.loads, lines_of(answer.body)[1:-1]) if "seal" not in e]
            check_equal([e["seq"] for e in entries], list(range(after + 1, after + 1 + len(entries))), "what comes")
            after += len(entries)
            pieces.append(answer.headers.get("Caunoi-Gave"))
        check_equal(pieces, [f"{stream.name} {held - 1}", None], "how far each answer goes")

    with cases.case("who wants fewer bytes at once gets fewer; where a stream bears seals some travel within it, so that what they cover can be stored"):
        before, pushed = len(stream.entries), []
        for number in range(300):
            stream.add("story.unknown", "small", {"text": os.urandom(1500).hex()})
            pushed.append(stream.entries[-1])
            if number % 10 == 9:
                pushed.append(stream.seal())
        check_equal(own.push(ministry, *pushed).json()["new"], 300, "entries of 3 kB")
        answer = hands[2].entries(ministry, {stream.name: before}, most=500_000)
        seqs = [(json.loads(line)["seq"], b'{"seal"' in line[:8]) for line in lines_of(answer.body)[1:-1]]
        last = seqs[-1][0]
        check(before + 150 <= last <= before + 170, f"{last - before} entries came")
        check_equal(answer.headers.get("Caunoi-Gave"), f"{stream.name} {last}", "how far the answer goes")
        check_equal([seq for seq, is_seal in seqs if not is_seal], list(range(before + 1, last + 1)), "what comes")
        check([seq for seq, is_seal in seqs if is_seal][-1:] == [last] and sum(is_seal for _, is_seal in seqs) == 2, f"the seals: {seqs}")
        ministry.stop()

    above, between, below = world.nodes(above="VN", between=PROVINCE, below="18073")
    for upper, lower in ((above, between), (between, below)):
        upper.trust(lower)
        lower.trust(upper)
    below.trust(above)

    def added(text):
        return below.run("blob add", world.path("a.txt", text), expect=0).out.split()[0].split("/")[1]

    def pass_up(lower, upper, upstream=None):
        upper.serve(upstream)
        lower.run("sync", upper.address, expect=0)
        upper.stop()

    def check_came(node, id, text):
        file = world.path(f"{node.name}-{id[:8]}.txt")
        node.run("blob get", id, file, expect=0)
        check_equal(file.read_text(), text, f"the file at {node.name}")

    with cases.case("a commune's node that comes once hands over what the province's wants of it"):
        id = added("của xã")
        pass_up(below, between)
        between.run("blob want", id, expect=0)
        pass_up(below, between)
        check_came(between, id, "của xã")

    with cases.case("who comes once learns what the ministry wants; the province hands on what the commune has brought it"):
        id = added("bộ cần, từng lượt")
        pass_up(below, between)
        pass_up(between, above)
        above.run("blob want", id, expect=0)
        pass_up(between, above)
        check_equal((state(above, id), state(between, id)), ("waiting", "waiting"), "the wish has reached the province")
        pass_up(below, between)
        pass_up(between, above)
        check_came(above, id, "bộ cần, từng lượt")

    with cases.case("served, the commune's node hands over what the province wants, and the province what the ministry wants"):
        near, far = added("tỉnh cần"), added("bộ cần")
        pass_up(below, between)
        pass_up(between, above)
        between.run("blob want", near, expect=0)
        above.run("blob want", far, expect=0)
        above.serve()
        between.serve(above.address)
        below.serve(between.address)
        wait_until(lambda: state(between, near) == "here", 60, "the commune's file arrives at the province")
        wait_until(lambda: state(above, far) == "here", 60, "and through it at the ministry")
        check_equal(state(between, far), "here", "what went through the province")
        for node in (below, between, above):
            node.stop()
        check_came(between, near, "tỉnh cần")
        check_came(above, far, "bộ cần")

    with cases.case("served, what the ministry wants goes up as soon as it has come, while the question for other wishes still waits"):
        id = added("bộ cần ngay")
        pass_up(below, between)
        pass_up(between, above)
        above.run("blob want", id, expect=0)
        above.serve()
        is_over = threading.Event()
        between.set(stall_s=600)  # the question that is held does not end by itself
        line = Between(above, lambda path: is_over.wait() if path.startswith("/ledger/wanted") and "seen=" in path else None)
        try:
            between.serve(line.address)
            below.serve(between.address)
            wait_until(lambda: state(above, id) == "here", 60, "the commune's file arrives at the ministry")
        finally:
            is_over.set()
            for node in (below, between, above):
                node.stop()
            line.close()
        check_came(above, id, "bộ cần ngay")

    beside, anew = world.nodes(beside="VN", anew=PROVINCE)
    for one, others in ((beside, (above, between, below)), (anew, (above, beside, between, below))):
        for other in others:
            one.trust(other)
            other.trust(one)

    def held():
        rows = anew.sql("SELECT held FROM blob_content WHERE is_whole = 0")
        return int(rows[0][0]) if rows else 0

    def send_part(node, most):
        """A node sends what the province's new one wants, as it can, and is killed after so many bytes. The line between them."""
        if node is below:
            if anew.server is None:
                anew.serve()
            line = Line(anew.port, most=most, at_cut=node.kill)
            below.serve(line.address)
        else:
            node.serve()
            line = Line(node.port, counts_answers=True, most=most, at_cut=node.kill)
            anew.serve(line.address)
        return line

    def by_parts(number, senders, most):
        text = letters(f"ba nguồn {number}", 4 * MIB + 12345).decode()
        id = added(text)
        pass_up(below, between)
        pass_up(between, above)
        above.run("blob want", id, expect=0)
        for lower, upper in ((between, above), (below, between), (between, above), (beside, above)):
            pass_up(lower, upper)
        beside.run("blob want", id, expect=0)
        pass_up(beside, above)
        pass_up(anew, above)
        check_equal([state(node, id) for node in (above, below, beside)], ["here"] * 3, "who holds it")
        anew.run("blob want", id, expect=0)
        stored = int(anew.sql("SELECT stored FROM blob WHERE name = '%s'" % id)[0][0])
        before = 0
        for node, following, most in zip(senders, senders[1:], most):
            send_part(node, most)
            wait_until(lambda: node.server is None, 30, f"{node.name} is killed")
            least = most - MIB // 8  # beside what else goes over the line
            least = before + (least // MIB * MIB if node is below else least)  # of what is handed over whole pieces are kept, of an answer what came
            wait_until(lambda: held() >= least, 30, f"what {node.name} sent is kept")
            if following is not below:  # it asks that one; while it goes on asking the one that is gone it is given the rest
                anew.kill()
            before = held()
            check(least <= before < stored, f"{before} bytes are held, of {stored}; {least} had come")
        line = send_part(senders[-1], None)
        wait_until(lambda: state(anew, id) == "here", 60, "the rest arrives")
        check(line.sent < stored - before + MIB // 2, "sent again:", line.sent, "for", stored - before)
        anew.stop()
        senders[-1].stop()
        check_came(anew, id, text)

    with cases.case("of a file that three nodes hold one sends a part and is killed in the middle of it, then another, the third sends the rest: no byte twice"):
        by_parts(0, (above, below, beside), (MIB + MIB // 2, MIB + MIB // 2))

    if ROUNDS > 0:
        chance = random.Random(SEED)
        print(f"# RANDOM_SEED={SEED}")
        with cases.case(f"so it is for {ROUNDS} files more, in whatever order and parts"):
            for number in range(1, ROUNDS + 1):
                by_parts(number, chance.sample((above, below, beside), 3), [chance.randrange(MIB // 4, 2 * MIB) for _ in range(2)])

    with cases.case("who takes a file, asking for it or handed it, is killed: what it said that it has is there, it goes on behind it, and the file comes whole"):
        taker = Taker(world, between, anew)
        if ROUNDS > 0:
            for way in (taker.asks, taker.is_handed):
                for action in (KILL_BEFORE, KILL_AFTER, KILL_HALF):
                    taker.at_each(way, action)
        else:
            taker.take(taker.is_handed, lambda: taker.faults.plan(taker.CALLS, at=20, action=KILL_AFTER))
            check_equal(taker.kills, 1, "kills at a call in the midst of it")
        taker.between.close()
        between.stop()
        tell_number(f"{taker.kills} kills of who takes a file, after {taker.whole} of which it was whole")


if __name__ == "__main__":
    tell(story)
