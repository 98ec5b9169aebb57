#!/usr/bin/env python3
"""Two copies of a node have written under one key. Whoever sees it keeps the proof (both entries, each under a genuine seal) and shows it to all who may read
the stream: each of them finds it right by itself and stops that stream, in an exchange by command, served, and by a bundle. What proves nothing is refused and
named. Runs on both stores (CAUNOI_TEST_STORE).
Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import base64
import json
import os
import subprocess

from false_ministry import FalseMinistry
from peer import Peer, digest, lines_of
from support import ROOT, check, check_contains, check_equal, tell, wait_until

UNSEALED_MAX = 17 << 20  # bytes of lines that may come without a seal


class Shows(FalseMinistry):
    """It holds what it is given of a stream of others, says that it has forked, and shows some lines for it."""
    name, seq, hash, shown, speaks_of_forks = "", 0, "", [], True

    def on_ledger_positions(self, h):
        self.send(h, json.dumps({"node": self.peer.key, "unit": "VN", "digest": os.urandom(32).hex(), "rotated": {},
                                 "positions": {self.name: self.seq}, "hashes": {self.name: self.hash},
                                 **({"forks": {self.name: 2}} if self.speaks_of_forks else {})}).encode())

    def on_ledger_entries(self, h):
        self.asked.append(json.loads(h.body))
        self.send(h, self.peer.lines(*self.shown, for_unit="38"), "application/zstd")


def story(cases, world):
    ministry, third, province, neighbour, archive = world.nodes(ministry="VN", third="VN", province="38", neighbour="40", archive="VN")
    for upper, lower in ((ministry, province), (ministry, third), (third, province), (ministry, neighbour), (archive, third), (archive, province), (archive, ministry)):
        upper.trust(lower)
        lower.trust(upper)
    neighbour.trust(province)
    ministry.serve()

    def figure(value, month, expect=0):
        path = world.path("one.csv", f"indicator,unit,period,value\nretail_sales,38,2026-{month:02d},{value}\n")
        return province.run("import", path, expect=expect)

    def sync(node=province, expect=0):
        return node.run("sync", ministry.address, "--json", expect=expect)

    def bundle(node, unit, *more):
        path = world.folder / f"bundle-{len(list(world.folder.iterdir()))}"
        node.run("bundle", path, "--for", unit, *more, expect=0)
        return path

    def stopped(node):
        return node.sql(f"SELECT audience, fork_seq FROM ledger_stream WHERE stopped IS NOT NULL AND node = '{province.key}'")

    def fork(month, writes_on=True):
        """The ministry and the third hold what one copy wrote, the ministry has seen what the other did; the first copy may have written on."""
        copy = province.snapshot()
        figure(month, month)
        sync()
        sync(third)
        nonlocal before
        before = bundle(province, "VN")
        first = province.snapshot()
        province.roll_back(copy)
        path = world.path("two.csv", f"indicator,unit,period,value\nretail_sales,38,2025-{month:02d},9\n")
        province.run("import", path, expect=0)
        sync(expect=4)
        province.roll_back(first)
        if writes_on:
            figure(month + 1, month + 1)

    def mend(written_again):
        told = province.run("key", "--rotate", "--json", expect=0).json()
        check_equal(told["written_again"], written_again, "entries written again: what others hold of this copy is not among them")
        province.key = told["node"]

    def all_go_on(exchange):
        for _ in range(2):  # whom the news of the new key reaches later shows nobody the fork again
            exchange()
        for node in (ministry, third, province):
            check_equal(node.sql("SELECT name FROM ledger_stream WHERE stopped IS NOT NULL"), [], f"the streams that {node.name} has stopped")
        for audience in ("*", "38"):
            check_equal({n.state(audience) for n in (province, third)}, {ministry.state(audience)}, f"the state of {audience}")

    before = None
    figure(1, 1)
    sync()

    with cases.case("by command: the copy whose entries came first sees the other's and stops its stream, and so does a third node"):
        fork(2)
        rehearsed = province.run("sync", ministry.address, "--dry-run", "--json", expect=4)
        check_equal((rehearsed.json()["forks"], stopped(province)), (1, []), "what a rehearsal tells, and does")
        told = sync(expect=4)
        check_contains(told.err, "forked, and stopped on both sides", "what it says")
        check_contains(told.err, "--rotate", "what to do")
        check_equal(sync(third, expect=4).json()["forks"], 1, "forks the third node is shown")
        for node in (ministry, province, third):
            check_equal(stopped(node), [("38", "2")], f"the streams that {node.name} stopped")
        check_equal((sync(third).json()["forks"], sync(expect=4).json()["forks"]), (0, 0), "forks that are news the second time")
        check_equal(figure(4, 4, expect=None).status, 4, "writing on")
        check(sync(neighbour).json()["received"] > 0, "the neighbour's exchange goes on")

    with cases.case("who asks shows it to who answers: a node that holds the stream and has not heard of its fork"):
        archive.run("sync", before, expect=0)
        check_equal(stopped(archive), [], "what it has stopped before")
        archive.serve()
        third.run("sync", archive.address, expect=0)
        check_equal(stopped(archive), [("38", "2")], "what it has stopped then")
        third.run("sync", archive.address, expect=0)
        archive.stop()

    with cases.case("what is kept of the fork is verified: damage of it is named"):
        ministry.stop()
        kept = "SELECT fork_lines FROM ledger_stream WHERE stopped IS NOT NULL"
        changed = "UPDATE ledger_stream SET fork_lines = CAST(replace(CAST(fork_lines AS TEXT), '\"seq\":2', '\"seq\":7') AS BLOB) WHERE stopped IS NOT NULL"
        ministry.run("verify", expect=0)
        if not ministry.store:  # the other database has other functions of bytes
            ministry.sql("CREATE TABLE as_it_was AS " + kept)
            ministry.sql(changed)
            check_contains(ministry.run("verify", expect=4).err, f"{province.key[:12]}…/38, entry 2: what is kept of its fork does not prove it", "what it names")
            ministry.sql("UPDATE ledger_stream SET fork_lines = (SELECT fork_lines FROM as_it_was) WHERE stopped IS NOT NULL")
            ministry.sql("DROP TABLE as_it_was")
            ministry.run("verify", expect=0)
        ministry.serve()

    with cases.case("only who may read the stream is shown its fork"):
        signed = Peer("a neighbour that asks by hand", "40")
        ministry.stop()
        ministry.trust(signed)
        ministry.serve()
        name = f"{province.key}/38"
        check_equal(signed.positions(ministry).json()["forks"], {}, "forks that are told")
        answer = signed.ask(ministry, "POST", "/ledger/entries", json.dumps({"want": {}, "fork": name}).encode())
        check_equal(answer.status, 403, f"the status {answer!r}")
        check_contains(answer.json()["error"]["message"], "is not for unit 40", "why")
        reader = Peer("of the ministry", "VN")
        ministry.stop()
        ministry.trust(reader)
        ministry.serve()
        check_equal(reader.positions(ministry).json()["forks"], {name: 2}, "forks that a reader is told")
        lines = lines_of(reader.ask(ministry, "POST", "/ledger/entries", json.dumps({"want": {}, "fork": name}).encode()).body)[1:-1]
        seqs = [json.loads(line).get("seq") for line in lines]
        check_equal((seqs[0], lines.count(lines[0])), (2, 1), "the lines it is shown")
        check_equal(sum(line.startswith(b'{"stream"') and json.loads(line)["seq"] == 2 for line in lines), 2, "two different entries 2")
        for asker, body in ((reader, {"want": {}, "fork": 3}), (signed, {"want": {name: 0}, "fork": name})):
            wait_until(lambda: (status := asker.ask(ministry, "POST", "/ledger/entries", json.dumps(body).encode()).status) != 429 and
                       check_equal(status, 422, f"the status of {body}") is None, 10, "the end of the pause")

    with cases.case("a new key mends it on all of them"):
        mend(1)
        all_go_on(lambda: (sync(), sync(third)))

    with cases.case("by bundles: the proof travels in the file, and an independent checker finds it there"):
        fork(5)
        ministry.stop()
        whole, later = bundle(ministry, "38"), bundle(ministry, "38", "--after", ministry.sql("SELECT MAX(id) FROM ledger_entry")[0][0])
        for file in (whole, later):
            told = subprocess.run([ROOT / "tests/story/check_bundle.mjs", file], capture_output=True, text=True, timeout=60)
            check_equal(told.returncode, 0, f"what the checker says: {told.stderr}")
            check_contains(told.stdout, f"forked {province.key}/38 ", "the fork it finds")
        told = province.run("sync", later, expect=4)
        check_contains(told.err, f"{province.key[:12]}…/38", "the stream it names")
        check_equal(third.run("sync", bundle(ministry, "VN"), "--json", expect=4).json()["forks"], 1, "forks the third node is shown")
        for node in (province, third):
            check_equal([a for a, _ in stopped(node)], ["38"], f"the streams that {node.name} stopped")
        mend(1)
        all_go_on(lambda: [to.run("sync", bundle(by, to.unit), expect=0) for by, to in ((province, ministry), (ministry, third), (ministry, province))])
        province.run("sync", whole, expect=0)  # made before the new key was known
        check_equal(province.sql("SELECT name FROM ledger_stream WHERE stopped IS NOT NULL"), [], "streams that an old file stops again")
        ministry.serve()

    with cases.case("served: it is heard without anybody asking, and the page says so"):
        fork(7, writes_on=False)
        third.serve(ministry.address)
        province.serve(ministry.address)
        for node in (province, third):
            wait_until(lambda node=node: [a for a, _ in stopped(node)] == ["38"], 60, f"{node.name} stops it")
        wait_until(lambda: any("stopped" in [a["reason"] for a in link["alarms"]] for link in province.client().get("/status.json").json()["peers"]),
                   60, "the alarm on the page")
        check_contains(province.client().get("/status", headers={"Accept": "text/html"}).text, "--rotate", "the remedy on it")
        province.stop()
        third.stop()
        mend(0)
        all_go_on(lambda: (sync(), sync(third)))

    with cases.case("the public stream, which says whom to trust: stopped and mended in the same way"):
        copy = province.snapshot()
        province.run("trust", "ab" * 32, "--unit", "14758", expect=0)
        for node in (province, third):
            sync(node)
        first = province.snapshot()
        province.roll_back(copy)
        province.run("trust", "cd" * 32, "--unit", "14758", expect=0)
        sync(expect=4)
        province.roll_back(first)
        for node in (province, third):
            sync(node, expect=4)
            check_equal([a for a, _ in stopped(node)], ["*"], f"the streams that {node.name} stopped")
        mend(0)
        all_go_on(lambda: (sync(), sync(third)))
        for node in (ministry, third, province):
            check_equal(node.sql("SELECT key FROM peer WHERE unit = '14758' AND revoked_at = 0"), [("ab" * 32,)], f"whom {node.name} trusts")

    with cases.case("the ministry's own public stream: a node that holds the branch which the ministry writes again goes on with the other one, and lacks nothing"):
        def written(key):
            """The ministry enrols a node, and is there."""
            ministry.run("trust", key, "--unit", "24", expect=0)
            ministry.serve()

        sync(neighbour)
        ministry.stop()
        copy = ministry.snapshot()
        written("ef" * 32)
        sync()  # the province has what this copy wrote
        ministry.stop()
        first = ministry.snapshot()
        ministry.roll_back(copy)
        written("12" * 32)
        sync(neighbour)  # and the neighbour what the other one did
        ministry.stop()
        ministry.roll_back(first)
        ministry.serve()
        told = sync(neighbour, expect=4)
        check_contains(told.err, "forked, and stopped on both sides", "what the neighbour says")
        ministry.stop()
        check_equal(ministry.sql(f"SELECT audience FROM ledger_stream WHERE stopped IS NOT NULL AND node = '{ministry.key}'"), [("*",)], "what the ministry has stopped")
        old, ministry.key = ministry.key, ministry.run("key", "--rotate", "--json", expect=0).json()["node"]
        ministry.serve()
        for _ in range(2):
            for node in (neighbour, province, third):
                node.run("sync", ministry.address)  # of the first, some tell that it has forked
        waits = [node.name for node in (neighbour, province, third) if node.run("key", "--follow", old[:8]).status == 0]
        check_equal(waits, [province.name], "who holds the other branch, and has to agree")
        for node in (neighbour, province, third):
            node.run("sync", ministry.address)
        for node in (neighbour, province, third):
            check_equal(sync(node).json()["forks"], 0, f"forks that are news to {node.name}")
            check_equal(node.sql("SELECT name FROM ledger_stream WHERE stopped IS NOT NULL"), [], f"the streams that {node.name} has stopped")
        for node in (ministry, neighbour, province, third):
            check_equal(node.sql("SELECT key FROM peer WHERE unit = '24' AND revoked_at = 0 ORDER BY key"), [("12" * 32,), ("ef" * 32,)], f"whom {node.name} trusts")
        check_equal({n.state("*") for n in (province, third)}, {ministry.state("*")}, "the state of what is public")

    with cases.case("who has stolen a key says that another branch goes on: nothing is taken out by that word, here somebody has to agree, and the page says so"):
        robbed, thief = Peer("robbed", "24"), Peer("thief", "24")
        ministry.stop()
        ministry.trust(robbed)
        ministry.serve()
        own, first = robbed.stream("24"), thief.stream("*")
        for month in (5, 6):
            own.add("figures.report", "figures", {"source": "s", "status": "draft", "figures": f"retail_sales,24,2026-{month:02d},,,7{month}\n"})
        check_equal(robbed.push(ministry, *own.sealed()).json()["new"], 2, "entries taken")
        first.add("node.former", f"node/{robbed.key}", {"key": robbed.key, "unit": "24", "signature": robbed.introduce(thief),
                                                        "branches": {"24": {"seq": 1, "hash": "ab" * 32}}})
        check_equal(thief.push(ministry, *first.sealed()).json()["new"], 1, "the word of the thief")
        stands = "SELECT COUNT(*), MAX(e.seq) FROM ledger_entry e JOIN ledger_stream s ON s.id = e.stream WHERE s.name = '" + own.name + "'"
        check_equal(ministry.sql(stands), [("2", "2")], "what stands of the stream")
        client = ministry.client()
        check_equal(client.get("/status.json").json()["left"], [{"stream": own.name, "seq": 1, "entries": 2}], "what waits for somebody here")
        page = client.get("/status").text
        check_contains(page, "Nothing of this is taken out by a word from elsewhere", "the page")
        check_contains(page, own.name[:12], "the page")
        ministry.stop()
        for words, status, why in ((("ab" * 4,), 1, "no stream of a key that begins with"), ((own.name[:7],), 2, "at least 8"), ((own.name[:8], "--rotate"), 2, "are two calls")):
            check_contains(ministry.run("key", "--follow", *words, expect=status).err, why, "why it is refused")
        check_equal(ministry.sql(stands), [("2", "2")], "what stands of the stream")
        ministry.run("verify", expect=0)
        taken = ministry.run("key", "--follow", own.name[:8], "--json", expect=0).json()
        check_equal(taken, {"streams": 1, "taken_out": 2}, "what somebody agreed to")
        check_equal(ministry.sql(stands)[0][0], "0", "what stands then")
        check_equal(sum(own.name[:12] in f.name for f in ministry.folder.glob("fork-24-1-*.lines")), 1, "the file that keeps it")
        robbed, thief = Peer("robbed once more", "24"), Peer("thief once more", "24")
        ministry.trust(robbed)
        ministry.serve()
        own, first = robbed.stream("24"), thief.stream("*")
        own.add("figures.report", "figures", {"source": "s", "status": "draft", "figures": "retail_sales,24,2026-07,,,70\n"})
        robbed.push(ministry, *own.sealed())
        first.add("node.former", f"node/{robbed.key}", {"key": robbed.key, "unit": "24", "signature": robbed.introduce(thief),
                                                        "branches": {"24": {"seq": 1, "hash": "cd" * 32}}})
        thief.push(ministry, *first.sealed())
        check_equal(len(ministry.client().get("/status.json").json()["left"]), 1, "streams that wait")
        ministry.stop()
        ministry.run("trust revoke", thief.key, expect=0)
        ministry.serve()
        check_equal(ministry.client().get("/status.json").json()["left"], [], "where the key is revoked that said it")
        check_equal(ministry.sql(f"SELECT seq FROM ledger_stream WHERE name = '{own.name}'"), [("1",)], "what stands of the stream")

    false, other = Peer("false ministry", "VN"), Peer("somebody else", "38")
    for peer in (false, other):
        third.trust(peer)
    two = other.stream("38")
    for n in range(1, 4):
        two.add("story.unknown", "x", {"n": n})
    server = Shows(false, other)
    server.name, server.seq, server.hash = two.name, 3, two.hash
    one = other.stream("38")  # the other branch: the same first entry
    one.entries, one.hash, one.at = two.entries[:1], digest(two.entries[0]), two.at
    one.add("story.unknown", "x", {"n": -2})
    try:
        server.speaks_of_forks, server.shown = False, two.sealed()
        check_equal(third.run("sync", server.address, "--json", expect=0).json()["received"], 3, "entries of the stream")
        server.speaks_of_forks = True
        fake = other.stream("38")
        fake.entries, fake.hash, fake.at = [], one.hash, one.at
        for what, shown, why in (
                ("another node's seal under the other entry", [*two.entries[1:], two.seal(), one.entries[1], one.seal(signer=false.signer)], "signature is false"),
                ("a seal that belongs to another entry", [one.entries[1], two.seal()], "does not belong to these entries"),
                ("an entry that was altered", [one.entries[1].replace(b'"n":-2', b'"n":-9'), one.seal()], "does not belong to these entries"),
                ("only what is held already", [*two.entries[1:], two.seal()], "does not prove that"),
                ("another node's key under all of it", [line.replace(other.key.encode(), false.key.encode()) for line in (one.entries[1], one.seal())],
                 "")):
            with cases.case(f"a proof that is none is refused and named, and the stream goes on: {what}"):
                server.shown = shown
                told = third.run("sync", server.address)
                check(told.status not in (0, 4), "the exit status", told)
                check_contains(told.err, why, "the reason")
                check_equal(third.sql("SELECT name FROM ledger_stream WHERE stopped IS NOT NULL"), [], "streams stopped")
                check_equal(server.asked[-1], {"want": {}, "fork": two.name}, "the last question")

        with cases.case("a proof that is one, by another program, is believed; who speaks an exchange without forks is asked and shown nothing of it"):
            server.shown = [*two.entries[1:], two.seal(), one.entries[1], one.seal()]
            check_equal(third.run("sync", server.address, "--json", expect=4).json()["forks"], 1, "forks")
            check_equal(third.sql("SELECT name, fork_seq FROM ledger_stream WHERE stopped IS NOT NULL"), [(two.name, "2")], "what is stopped")
            for speaks, most in ((True, 0), (False, 0)):
                server.speaks_of_forks, server.asked = speaks, []
                server.requests.clear()
                third.run("sync", server.address, expect=0)
                check_equal((len(server.asked), sum("fork" in q for q in server.asked)), (0, 0), f"what is asked; it speaks of forks: {speaks}")

        with cases.case("pushed: the same proof stops the stream on a served node, one that is none is refused"):
            pusher = Peer("who shows it", "VN")
            ministry.stop()
            for peer in (other, pusher):
                ministry.trust(peer)
            ministry.serve()
            check_equal(pusher.push(ministry, *two.sealed()).json()["new"], 3, "entries of the stream")
            answer = pusher.push(ministry, *two.entries[1:], two.seal(), one.entries[1], one.seal(signer=false.signer))
            check_equal(answer.status, 422, f"the status {answer!r}")
            check_contains(answer.json()["error"]["while"], f"{other.key[:12]}…/38, entry 2", "what it is about")
            wait_until(lambda: pusher.push(ministry, *two.entries[1:], two.seal(), one.entries[1], one.seal()).status == 200, 10, "after the pause")
            check_equal(ministry.sql(f"SELECT fork_seq FROM ledger_stream WHERE stopped IS NOT NULL AND name = '{two.name}'"), [("2",)], "what is stopped")

        with cases.case("asked for the proof of a fork that is none, it shows nothing"):
            answer = pusher.ask(ministry, "POST", "/ledger/entries", json.dumps({"want": {}, "fork": f"{ministry.key}/*"}).encode())
            check_equal((answer.status, len(lines_of(answer.body))), (200, 2), "the answer: its first line and its last")

        with cases.case("an answer that ends for its size names the streams it has something of, if they are few"):
            streams = [other.stream(f"{n:05}") for n in range(9)]
            for stream in streams:
                stream.add("story.unknown", "x", {})
            check_equal(pusher.push(ministry, *(line for stream in streams for line in stream.sealed())).json()["new"], 9, "entries of the streams")
            for count, named in ((8, 8), (9, 0)):
                wanted = streams[:count]
                answer = pusher.entries(ministry, {stream.name: 0 for stream in wanted}, most=sum(len(stream.entries[0]) + 1 for stream in wanted))
                check_equal(len(lines_of(answer.body)), 2 + 2 * count, "lines of the answer")
                check_equal(answer.headers.get("Caunoi-Gave", "").count(" "), named, f"streams of {count} that it names")

        with cases.case("a proof of entries as long as they may be is shown like others, also of as many as may come without a seal; more are refused and named"):
            much, more = Peer("writes much", "24"), Peer("seals seldom", "24")
            ministry.stop()
            for node in (ministry, third):
                for peer in (much, more):
                    node.trust(peer)
            ministry.serve()

            def long_text():
                return base64.b64encode(os.urandom(3 * ((2 << 20) - 300))).decode()  # 8 MiB that hardly become less when they are packed

            one, two = much.stream("24"), much.stream("24")
            one.add("story.unknown", "x", {"text": long_text()})
            two.add("story.unknown", "x", {"text": long_text()})
            check_equal(pusher.push(ministry, *one.sealed()).json()["new"], 1, "entries of the stream")
            sync(third)
            check_equal(pusher.push(ministry, *two.sealed()).json()["forks"], 1, "forks seen")
            check_equal(pusher.positions(ministry).json()["forks"].get(one.name), 1, "the fork that is told")
            answer = pusher.ask(ministry, "POST", "/ledger/entries", json.dumps({"want": {}, "fork": one.name}).encode())
            check_equal([digest(line) for line in lines_of(answer.body)[1:-1] if line.startswith(b'{"stream"')], [one.hash, two.hash], "what is shown of it")
            check_equal(sync(third, expect=4).json()["forks"], 1, "forks the third node is shown")
            check_equal(third.sql(f"SELECT fork_seq FROM ledger_stream WHERE stopped IS NOT NULL AND name = '{one.name}'"), [("1",)], "what it has stopped")

            one, two = more.stream("24"), more.stream("24")
            for _ in range(2):
                one.add("story.unknown", "x", {"text": long_text()})
                two.add("story.unknown", "x", {"text": long_text()})
            check_equal(pusher.push(ministry, *one.sealed()).json()["new"], 2, "entries of the stream")
            sync(third)
            check_equal(pusher.push(ministry, *two.sealed()).json()["forks"], 1, "forks seen")
            check_equal(sync(third, expect=4).json()["forks"], 1, "forks the third node is shown")
            for node in (ministry, third):
                check_equal(node.sql(f"SELECT fork_seq FROM ledger_stream WHERE stopped IS NOT NULL AND name = '{one.name}'"), [("1",)], f"what {node.name} has stopped")

            one = more.stream("*")
            one.add("story.unknown", "x", {"n": 1})
            check_equal(pusher.push(ministry, *one.sealed()).json()["new"], 1, "entries of the stream")
            for sender, length in ((pusher, 6 << 20), (much, UNSEALED_MAX - 2 * (6 << 20) - 500)):  # beyond the limit by far, and by less than a seal has
                two = more.stream("*")
                for text in ("a" * (6 << 20), "a" * (6 << 20), "a" * length):
                    two.add("story.unknown", "x", {"text": text})
                beyond = sum(len(line) + 1 for line in two.entries) - UNSEALED_MAX
                check(beyond > 0 and (sender is pusher or beyond < 500), "bytes beyond the limit", beyond)
                answer = sender.push(ministry, *two.sealed())
                check_equal(answer.status, 413, f"the status {answer!r}")
                check_contains(answer.json()["error"]["message"], "bytes without a seal", "why")
                check_contains(answer.json()["error"]["while"], f"{more.key[:12]}…/*, entry 3", "what it is about")
    finally:
        server.close()
    ministry.stop()


if __name__ == "__main__":
    tell(story)
