#!/usr/bin/env python3
"""A node older than what others hold of it: restored from a backup it waits and gets its own entries back; a raw copy that has
written meanwhile has forked, both sides say so, that stream stops and nothing else; a new key mends it. Runs on both stores
(CAUNOI_TEST_STORE), in ./check too on each database by itself.
Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import contextlib
import json
import os
import shutil
import sqlite3
import zipfile

from false_ministry import FalseMinistry
from peer import Peer, digest
from support import check, check_contains, check_equal, run, tell, wait_until


class ShortOfIt(FalseMinistry):
    """It says that it holds more of the asker's own streams than the asker, and gives none of it."""
    theirs, hashes = {}, {}

    def on_ledger_positions(self, h):
        self.send(h, json.dumps({"node": self.peer.key, "unit": "VN", "digest": os.urandom(32).hex(), "positions": self.theirs,
                                 "hashes": self.hashes, "rotated": {}}).encode())

    def on_ledger_entries(self, h):
        self.send(h, self.peer.lines(for_unit="42"), "application/zstd")


def story(cases, world):
    ministry, hatinh = world.nodes(ministry="VN", hatinh="42")
    ministry.trust(hatinh)
    hatinh.trust(ministry)
    hatinh.add_user("can-bo", "specialist")
    ministry.serve()

    def figure(node, value, period, unit="42", expect=0):
        path = world.path("one.csv", f"indicator,unit,period,value\nretail_sales,{unit},{period},{value}\n")
        return node.run("import", path, expect=expect)

    def sync(node=hatinh, expect=0):
        return node.run("sync", ministry.address, "--json", expect=expect)

    def alike():
        for audience in ("*", "42"):
            check_equal(hatinh.state(audience), ministry.state(audience), f"the state of {audience}")

    figure(hatinh, 1, "2026-01")
    with cases.case("after an exchange by command the other side knows that all it gave has come"):
        check(sync().json()["received"] > 0, "nothing came")
        [link] = ministry.client().get("/status.json").json()["peers"]
        check_equal((link["backlog"], link["backlog_in"]), (0, 0), "the backlog that the ministry shows")
        hatinh.serve()
        [link] = hatinh.client().get("/status.json").json()["peers"]
        check_equal((link["unit"], link["backlog"], link["backlog_in"]), ("VN", 0, 0), "the backlog that the node itself shows")
        check(link["last_contact"] and link["last_entry"], "when they met:", link)
        hatinh.stop()

    if not hatinh.store:
        with cases.case("a restored node writes nothing that others read before it has its own entries back"):
            hatinh.run("backup", world.folder / "b.zip", expect=0)
            figure(hatinh, 2, "2026-02")
            sync()
            shutil.rmtree(hatinh.folder)
            run("restore", world.folder / "b.zip", hatinh.folder, expect=0)
            check_contains(figure(hatinh, 3, "2026-03", expect=1).err, "caunoi sync", "the hint")
            hatinh.run("user passwd", "can-bo", given="mat khau khac 2026\n", expect=0)  # local entries go on
            hatinh.serve()
            page = hatinh.client().get("/status", headers={"Accept": "text/html"}).text
            check_contains(page, "made from a backup", "the page of the exchange")
            check_contains(hatinh.client().get("/metrics").text, "caunoi_held_back 1", "the metrics")
            hatinh.stop()
            hatinh.serve(ministry.address)  # the link brings it back by itself
            wait_until(lambda: not hatinh.client().get("/status.json").json()["is_restored"], 10, "it goes on")
            hatinh.stop()
            figure(hatinh, 3, "2026-03")
            sync()
            alike()

        with cases.case("a backup that another version of the program made is restored: its tables are made anew"):
            with zipfile.ZipFile(world.folder / "b.zip") as backup:
                parts = {name: backup.read(name) for name in backup.namelist()}
            for number, made in enumerate((
                    "DROP TABLE figure_entry; CREATE TABLE figure_entry (other TEXT); UPDATE ledger_meta SET value = 'of others' WHERE name = 'schema'",
                    "UPDATE ledger_meta SET value = CAST(value AS INTEGER) + 1 WHERE name = 'step'")):
                database = world.path("older.db", parts["ledger.db"])
                with contextlib.closing(sqlite3.connect(database)) as db:
                    db.executescript(made)
                file, folder = world.folder / f"older-{number}.zip", world.folder / f"older-{number}"
                with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as backup:
                    for name, content in {**parts, "ledger.db": database.read_bytes()}.items():
                        backup.writestr(name, content)
                result = run("restore", file, folder)
                if number == 0:
                    check_equal((result.status, run("verify", folder).status, run("rebuild", folder, "--check").status), (0, 0, 0), result)
                    check(run("export", folder, "--indicator", "retail_sales", "--unit", "42", "--from", "2026-01", "--to", "2026-01").out.count("2026-01") == 1,
                          "its figures")
                    more = world.path("more.csv", "indicator,unit,period,value\nretail_sales,42,2026-04,1\n")
                    check_contains(run("import", folder, more).err, "made from a backup", "it waits as others do")
                else:
                    check_contains(result.err, "written by a newer program", "one of a newer program")
                    check(not folder.exists() and not list(world.folder.glob(f"{folder.name}.??????")), "nothing is left of it")

        with cases.case("a restored node whose entries are not given back goes on waiting"):
            short = ShortOfIt(Peer("gives nothing back", "VN"), Peer("nobody", "48"))
            try:
                hatinh.trust(short.peer, "VN")
                [(held, hash)] = hatinh.sql("SELECT seq, hash FROM ledger_stream WHERE audience = '42'")
                short.theirs, short.hashes = {f"{hatinh.key}/42": int(held)}, {f"{hatinh.key}/42": hash}
                hatinh.run("sync", short.address, expect=0)
                hatinh.run("backup", world.folder / "c.zip", expect=0)
                shutil.rmtree(hatinh.folder)
                run("restore", world.folder / "c.zip", hatinh.folder, expect=0)
                sync()  # one of the two that it had exchanged with
                for more in (3, 0):
                    short.theirs = {f"{hatinh.key}/42": int(held) + more}
                    short.hashes = {f"{hatinh.key}/42": "a" * 64 if more else hash}
                    hatinh.run("sync", short.address, expect=0)
                    written = figure(hatinh, 3, "2026-04", expect=None)
                    check_equal(written.status, 1 if more else 0, f"writing where {more} are lacking")
                    check(not more or "the nodes of VN" in written.err, "who is named:", written.err)
            finally:
                short.close()
            sync()
            alike()

        with cases.case("a restored ministry waits for each province it had exchanged with; of streams that one does not read it does not wait for it"):
            nghean = world.node("nghean", "40")
            ministry.stop()
            ministry.trust(nghean)
            nghean.trust(ministry)
            ministry.serve()
            sync(nghean)
            ministry.stop()
            ministry.run("backup", world.folder / "m.zip", expect=0)
            figure(ministry, 9, "2026-09", "VN")
            ministry.serve()
            sync()
            ministry.stop()
            figure(ministry, 9, "2026-08", "VN")
            ministry.serve()
            sync(nghean)  # which now holds more of it than the other
            ministry.stop()
            shutil.rmtree(ministry.folder)
            run("restore", world.folder / "m.zip", ministry.folder, expect=0)
            check_contains(figure(ministry, 10, "2026-10", "VN", expect=1).err, "2 of those", "before any contact")
            ministry.serve()
            sync()  # gives back what it holds
            sync()
            status = ministry.client().get("/status.json").json()
            check_equal((status["is_restored"], status["waits_for"]), (True, "Nghe An Province"), "what its page says")
            ministry.stop()
            refused = ministry.run("trust", "ab" * 32, "--unit", "25", expect=1)
            check_contains(refused.err, "the nodes of 40", "what everybody reads")
            below = world.path("below.csv", "a\n1\n")
            ministry.run("blob add", below, "--audience", "18073", expect=0)  # below the one that has given back all
            check_equal(ministry.run("blob add", below, "--audience", "25").status, 1, "for one that has given back nothing")
            ministry.serve()
            sync(nghean)
            sync(nghean)
            check_equal(ministry.client().get("/status.json").json()["is_restored"], False, "after the last")
            ministry.stop()
            figure(ministry, 10, "2026-10", "VN")
            ministry.serve()
            sync()
            sync(nghean)
            check_equal(ministry.client().get("/status.json").json()["forks"], 0, "forks")
            alike()

        with cases.case("who knows that no other node holds more says so"):
            ministry.stop()
            ministry.run("backup", world.folder / "n.zip", expect=0)
            shutil.rmtree(ministry.folder)
            run("restore", world.folder / "n.zip", ministry.folder, expect=0)
            check_equal(figure(ministry, 12, "2026-07", "VN", expect=1).status, 1, "before any contact")
            ministry.run("resume", expect=0)
            figure(ministry, 12, "2026-07", "VN")
            ministry.serve()
            sync()
            alike()
    else:
        with cases.case("a dump that was put back is seen: the node waits until it has its own entries back"):
            copy = hatinh.snapshot()
            figure(hatinh, 2, "2026-02")
            sync()
            hatinh.roll_back(copy, is_seen=True)
            check_contains(figure(hatinh, 3, "2026-03", expect=1).err, "the nodes of VN", "who is waited for")
            check_equal(sync().json()["received"], 1, "entries that came back")
            figure(hatinh, 3, "2026-03")
            sync()
            alike()

    with cases.case("a copy that is only older gets its entries back at the first contact, then writes on"):
        copy = hatinh.snapshot()
        figure(hatinh, 4, "2026-04")
        sync()
        hatinh.roll_back(copy)
        check_equal(sync().json()["received"], 1, "entries that came back")
        figure(hatinh, 5, "2026-05")
        sync()
        alike()

    with cases.case("a copy that has written has forked: both sides say so, that stream stops, nothing else"):
        copy = hatinh.snapshot()
        figure(hatinh, 6, "2026-06")
        figure(hatinh, 7, "2026-07")
        figure(hatinh, 6, "2026-05")
        sync()
        hatinh.roll_back(copy)
        figure(hatinh, 66, "2026-08")
        stopped = "SELECT audience FROM ledger_stream WHERE stopped IS NOT NULL"
        rehearsed = hatinh.run("sync", ministry.address, "--dry-run", "--json", expect=4)
        check_equal((rehearsed.json()["forks"], hatinh.sql(stopped), ministry.sql(stopped)), (1, [], []), "what a rehearsal tells, and does")
        hatinh.run("user add", "moi", "--role", "specialist", "--unit", "42", given="mat khau khac 2026\n", expect=0)
        answer = sync(expect=4)
        check_equal(answer.json()["forks"] > 0, True, "forks found")
        check_contains(answer.err, "--rotate", "the remedy")
        check_contains(sync(expect=4).err, "--rotate", "it is said until it is mended")
        for node in (hatinh, ministry):
            check_equal(node.sql(stopped), [("42",)], f"the streams that {node.name} stopped")
        status = ministry.client().get("/status.json").json()
        check_equal([f["stream"] for f in status["forked"]], [f"{hatinh.key}/42"], "the ministry's page")
        check_contains(ministry.client().get("/metrics").text, "caunoi_forked_streams 1", "the ministry's metrics")
        check_contains(ministry.log_tail(4000), "fork: stream", "the ministry's log")
        hatinh.serve()
        check_equal(hatinh.client().get("/status.json").json()["forks"], 1, "the node's own page")
        check_contains(hatinh.client().get("/status", headers={"Accept": "text/html"}).text, "--rotate", "the remedy on it")
        hatinh.stop()
        check_equal(figure(hatinh, 67, "2026-08", expect=None).status, 4, "writing on")
        ministry.stop()
        figure(ministry, 11, "2026-11", "VN")
        ministry.serve()
        check(sync(expect=4).json()["received"] > 0, "everything else goes on")

    with cases.case("a new key mends it: what only the copy held is written again, what the others hold comes back"):
        answer = hatinh.run("key", "--rotate", "--json", expect=0).json()
        hatinh.key = answer["node"]
        check_equal(answer["written_again"], 2, "entries written again")
        check(any(p.name.startswith("fork-42-") for p in hatinh.folder.iterdir()), "the evidence is kept in a file")
        sync()
        sync()
        alike()
        reader = ministry.client()
        check_equal(reader.get("/status.json").json()["forks"], 0, "forks at the ministry")
        hatinh.serve()
        values = {r["period"]: float(r["value"]) for r in hatinh.client().get(
            "/figures.json?indicator=retail_sales&unit=42&from=2026-06&to=2026-08").json()["rows"]}
        hatinh.stop()
        check_equal(values, {"2026-06": 6.0, "2026-07": 7.0, "2026-08": 66.0}, "the figures of both copies")
        figure(hatinh, 12, "2025-12")
        sync()
        alike()
        ministry.stop()

    def bundle(node, unit):
        path = world.folder / f"bundle-{len(list(world.folder.iterdir()))}"
        node.run("bundle", path, "--for", unit, expect=0)
        return path

    with cases.case("a fork that a bundle shows is said each time it is taken in, until a new key mends it"):
        copy = hatinh.snapshot()
        figure(hatinh, 13, "2026-10")
        ministry.run("sync", bundle(hatinh, "VN"), expect=0)
        hatinh.roll_back(copy)
        figure(hatinh, 14, "2026-10")
        forked = bundle(hatinh, "VN")
        told = ministry.run("sync", forked, "--dry-run", expect=4).err
        check_contains(told, "taking the file in would stop them here", "a rehearsal")
        for time in ("first", "second", "third"):
            told = ministry.run("sync", forked, expect=4).err
            check_contains(told, f"forked, and stopped here: {hatinh.key[:12]}…/42; everything else was taken in", f"the {time} time")
        answer = bundle(ministry, "42")
        for time in ("first", "second"):
            check_contains(hatinh.run("sync", answer, expect=4).err, "--rotate", f"the node itself, the {time} time")
        hatinh.key = hatinh.run("key", "--rotate", "--json", expect=0).json()["node"]
        for node, other, unit in ((ministry, hatinh, "VN"), (hatinh, ministry, "42"), (ministry, hatinh, "VN")):
            node.run("sync", bundle(other, unit), expect=0)
        alike()
        check_contains(ministry.run("sync", forked, "--lang", "en", expect=0).out, "passed over: 1 entries", "the old file once more: the new key has said which branch goes on")
        check_equal(ministry.sql("SELECT name FROM ledger_stream WHERE stopped IS NOT NULL"), [], "what it stops")

    with cases.case("a fork far behind the newest entries is found piece by piece, and where it begins is known"):
        false = FalseMinistry(Peer("two copies", "VN"), Peer("nobody", "48"))
        once = false.stream
        again = false.peer.stream("*")
        try:
            hatinh.trust(false.peer, "VN")
            false.mode, false.foretells = "foretells", lambda seq, _: f"{false.stream.name} {seq}"
            false.seals[1] = once.seal()
            for n in range(2, 7):
                once.add("story.unknown", "x", {"n": n})
                false.seals[n] = once.seal()
            check_equal(hatinh.run("sync", false.address, "--json", expect=0).json()["received"], 6, "entries of one copy")
            once.hash = "f" * 64
            told = hatinh.run("sync", false.address, "--json", expect=0).json()
            check_equal((told["forks"], told["received"]), (0, 0), "where it says another hash than that of what it gives")
            again.entries = once.entries[:4]
            again.hash = digest(again.entries[-1])
            for n in (5, 6):
                again.add("story.unknown", "x", {"n": -n})
                false.seals[n] = again.seal()
            false.stream = again
            false.requests.clear()
            answer = hatinh.run("sync", false.address, "--json", expect=4)
            check_equal((answer.json()["forks"], answer.json()["received"]), (1, 0), "forks found, and entries taken")
            check_equal(false.requests.count("/ledger/entries"), 5, "pieces that were compared")
            check_equal(hatinh.sql(f"SELECT fork_seq, seq FROM ledger_stream WHERE name = '{once.name}'"), [("5", "6")], "where it forked")
        finally:
            false.close()


if __name__ == "__main__":
    tell(story)
