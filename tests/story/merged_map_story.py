#!/usr/bin/env python3
"""The map says that two provinces have merged, and nobody has said yet whose node takes over: each node goes on with what it had, whatever its
code means now, in what it reads, in what counts of what it writes, and on its pages, which say what is missing; a rotated key and one that it
enrols itself have no more. Then one takes over, that is undone, and the map is withdrawn. Runs on both stores (CAUNOI_TEST_STORE).
Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import datetime
import time

from peer import Peer
from support import check, check_contains, check_equal, tell

HEAD = "old,new,share,date,act,basis,kind,name_vi,name_en,parent\n"
ACT = "Nghị quyết 15/2026/QH16 (minh họa)"
MERGER = HEAD + f"40,40,1,2026-03-01,{ACT},,tinh,Nghệ Tĩnh,Nghe Tinh,VN\n42,40,1,2026-03-01,{ACT},,,,,\n"
WHY = "came about by an act after the node of 40 was enrolled: it has not taken over by that act"


def story(cases, world):
    ministry, nghean, hatinh = world.nodes(ministry="VN", nghean="40", hatinh="42")
    commune, hand = Peer("thanh sen", "18073"), Peer("nghe an, by hand", "40")
    for node in (nghean, hatinh):
        ministry.trust(node)
        node.trust(ministry)
    for peer in (hand, commune):
        ministry.trust(peer)
    ministry.add_user("vu-truong", "director")
    nghean.add_user("can-bo", "specialist")
    hatinh.add_user("chuyen-vien", "specialist")
    streams = {peer: peer.stream(peer.unit) for peer in (hand, commune)}

    def sync(*nodes):
        ministry.serve()
        for node in nodes:
            node.run("sync", ministry.address, "--json", expect=0)
        ministry.stop()

    def figure(node, unit, value, period, expect=0):
        return node.run("import", world.path("one.csv", f"indicator,unit,period,value\nretail_sales,{unit},{period},{value}\n"), expect=expect)

    def value(unit, period, node=ministry):
        rows = [line.split(",") for line in node.prepare("export", "--indicator", "retail_sales").out.splitlines()]
        return next((float(r[5]) for r in rows[1:] if r[1].split("@")[0] == unit and r[2] == period), None)

    def moment():
        time.sleep(0.01)
        return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def by_hand(peer, unit, number, period):
        """What a node of an older program, or of somebody who wants more, writes: by a bundle."""
        streams[peer].add("figures.report", "figures", {"source": "s", "status": "published", "seen": {}, "figures": f"retail_sales,{unit},{period},,,{number}\n"})
        path = world.folder / f"by-hand-{len(list(world.folder.iterdir()))}"
        path.write_bytes(peer.lines(*streams[peer].sealed(), for_unit="VN"))
        return ministry.run("sync", path, "--json", expect=0).json()["refused"]

    sync(nghean, hatinh)  # each hears of its own enrolment
    state = ministry.state()
    figure(hatinh, "42", 4, "2026-01")
    figure(nghean, "40", 6, "2026-06")  # of a month after the act's day, before anybody has recorded it
    sync(nghean)
    hatinh.serve()
    filed = hatinh.signed_in("chuyen-vien").get("/forms.csv").text
    hatinh.stop()
    before = moment()

    with cases.case("who records the merger is told whose nodes wait for a takeover, and so does the page of the exchange everywhere"):
        told = ministry.run("units record", world.path("nghe-tinh.csv", MERGER), expect=0).out
        check_contains(told, "1 entries then no longer count", "the answer")
        check_contains(told, "the nodes of 40, 42 then have only what they had before", "the answer")
        sync(nghean, hatinh)
        for node in (ministry, nghean, hatinh):
            node.serve()
            found = node.client().get("/status.json").json()["not_taken_over"]
            check_equal(sorted(x["unit"] for x in found), ["40", "42"], f"at {node.name}")
            check_equal({(x["part_of"], x["act"], x["day"]) for x in found}, {("40@2026-03-01", ACT, "2026-03-01")}, "the act")
            kept = [(e["unit"], e["is_waiting"]) for e in node.client().get("/status.json").json()["kept"] if WHY in e["why"]]
            check_equal(kept, [] if node is hatinh else [("40", False)], f"the figure of 40 after the act's day, kept as evidence at {node.name}")
            page = node.client().get("/status", headers={"Accept": "text/html"}).text
            check_contains(page, "it is not said yet whose node takes over", f"the page at {node.name}")
            node.stop()

    with cases.case("an official of the province whose code is no more still sees what it had, now and as it was known on a day"):
        hatinh.serve()
        officer = hatinh.signed_in("chuyen-vien")
        check_equal(officer.get(f"/forms.csv?known={before}").text, filed, "what it had to file then")
        after = moment()
        table = officer.get("/tables.csv?indicator=retail_sales&unit=42&from=2026-01&to=2026-01").text
        hatinh.stop()

    with cases.case("a predecessor reports for its own part, not for the other's, nor for the whole; it is told which step is missing"):
        for unit in ("40", "18073"):
            refused = figure(nghean, unit, 666, "2026-10", expect=1)
            check_contains(refused.out + refused.err, WHY, f"the reason for {unit}")
            check_contains(refused.out + refused.err, "caunoi succeed", f"what to do for {unit}")
        figure(nghean, "16681", 1, "2026-10")
        figure(nghean, "40", 2, "2026-01")  # for its own time
        figure(hatinh, "18100", 3, "2026-10")
        sync(nghean, hatinh)
        check_equal([value(u, p) for u, p in (("16681", "2026-10"), ("40", "2026-01"), ("18100", "2026-10"), ("42", "2026-01"))], [1, 2, 3, 4], "the figures")
        check_equal([by_hand(hand, u, 666, "2026-10") for u in ("18073", "40")], [1, 1], "what is refused of what is written by hand")
        check_equal(by_hand(hand, "16690", 5, "2026-10"), 0, "its own")
        check_equal((value("18073", "2026-10"), value("40", "2026-10"), value("16690", "2026-10")), (None, None, 5), "the figures")

    with cases.case("the report of the merged unit is not filled in there: its page says why"):
        nghean.serve()
        officer = nghean.signed_in("can-bo")
        page = officer.get("/forms/monthly/40/2026-10", headers={"Accept": "text/html"}).text
        check_contains(page, "caunoi succeed", "the page")
        refused = officer.send("PUT", "/forms/monthly/40/2026-10", {"base_version": 0, "cells": {"6": {"typed": "1"}}})
        check(refused.status >= 400 and WHY in refused.text, f"a draft: {refused!r}")
        officer.send("PUT", "/forms/monthly/40/2026-01", {"base_version": 0, "cells": {"6": {"typed": "1"}}}, expect=200)
        nghean.stop()

    with cases.case("neither a new key nor a node that it enrols for its code, or for the other's commune, has more"):
        check_equal(by_hand(commune, "18073", 7, "2026-10"), 0, "the commune's own")
        rotated, friend, spy = Peer("rotated", "40"), Peer("friend", "40"), Peer("spy", "18073")
        all_of_it = hand.stream("*")
        all_of_it.add("node.trust", f"node/{friend.key}", {"key": friend.key, "unit": "40"})
        all_of_it.add("node.trust", f"node/{spy.key}", {"key": spy.key, "unit": "18073"})
        introduced = rotated.stream("*")
        introduced.add("node.former", f"node/{hand.key}", {"key": hand.key, "unit": "40", "signature": hand.introduce(rotated)})
        path = world.folder / "rotated"
        path.write_bytes(hand.lines(*all_of_it.sealed(), *introduced.sealed(), for_unit="VN"))
        ministry.run("sync", path, expect=0)
        rotated.former = ""
        check_contains(ministry.run("trust list", expect=0).out, f"{rotated.key} 40", "the new key")
        check(spy.key not in ministry.run("trust list", expect=0).out, "the commune of the other")
        ministry.serve()
        for peer in (rotated, friend):
            held = {name[65:] for name in peer.positions(ministry).json()["positions"]}
            check("40" in held and not held & {"42", "18073", "18100"}, f"{peer} is told of {held}")
        ministry.stop()
        for peer in (rotated, friend):
            streams[peer] = peer.stream("40")
            check_equal(by_hand(peer, "18073", 666, "2026-10"), 1, f"refused of {peer}")
        check_equal(value("18073", "2026-10"), 7, "the figure")

    with cases.case("it takes over: it reads and reports for all of it, and nobody waits; undone, it has its own again"):
        ministry.run("succeed", "--unit", "40", "--from", "40,42", "--act", ACT, "--day", "2026-03-01", "--node", nghean.key, expect=0)
        sync(nghean)
        figure(nghean, "40", 8, "2026-10")
        figure(nghean, "18073", 9, "2026-09")
        figure(nghean, "42", 12, "2026-02")  # of its own time
        sync(nghean)
        check_equal((value("40", "2026-10"), value("18073", "2026-09")), (8, 9), "the figures")
        check("42" in {name[65:] for (name,) in nghean.sql("SELECT name FROM ledger_stream WHERE seq > 0")}, "the other's streams")
        ministry.serve()
        check_equal(ministry.client().get("/status.json").json()["not_taken_over"], [], "who waits")
        ministry.stop()
        name = ministry.run("succeed list", "--json", expect=0).json()[0]["succession"]
        ministry.run("succeed undo", name, "--act", "NQ 1", expect=0)
        sync(nghean, hatinh)
        check_contains(figure(nghean, "18073", 666, "2026-10", expect=1).err, "18073", "the reason")
        for unit, number, period in (("18073", 9, "2026-09"), ("42", 12, "2026-02")):
            check_equal(value(unit, period, hatinh), number, f"what the other wrote of {unit} meanwhile, at Hà Tĩnh")
        figure(hatinh, "18073", 10, "2026-08")
        sync(hatinh)
        check_equal(value("18073", "2026-08"), 10, "the figure")

    with cases.case("the map withdrawn, each is what it was"):
        ministry.run("units withdraw", "nghe-tinh", expect=0)
        sync(nghean, hatinh)
        figure(nghean, "40", 11, "2026-10")
        sync(nghean)
        check_equal(value("40", "2026-10"), 11, "the figure")
        check(state != ministry.state(), "figures have come")
        hatinh.serve()
        then = hatinh.signed_in("chuyen-vien").get(f"/tables.csv?indicator=retail_sales&unit=42&from=2026-01&to=2026-01&known={after}").text
        check_equal(then, table, "the table of the day on which its code was no more")
        hatinh.stop()


tell(story, "sqlite")
