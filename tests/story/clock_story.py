#!/usr/bin/env python3
"""A node that wrote while its clock was ahead, and has put it right: what it wrote is refused until that time has come, and nothing else is; every
side says so. Runs on both stores (CAUNOI_TEST_STORE).
Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import csv
import time

from support import check, check_contains, check_equal, send_report, tell, wait_until
from wire import Clock


def figure(node, value, period, unit=None, **more):
    """A figure of the node's unit (or, on the ministry's node, of another one), in a stream of that audience; published where the unit is the country."""
    path = node.world.path(f"{node.name}.csv", f"indicator,unit,period,value\nretail_sales,{unit or node.unit},{period},{value}\n")
    return node.run("import", path, **{"expect": 0, **more})


def save(node, token, value, period):
    """The same at a node that is served."""
    body = ("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n"
            f"indicator,unit,period,value\nretail_sales,{node.unit},{period},{value}\r\n--x--\r\n")
    node.client(token=token).ask("POST", "/import.json", body, {"Content-Type": "multipart/form-data; boundary=x"}, expect=200)


def seq(node, writer, audience):
    """How much of a stream a node holds."""
    return int(node.sql(f"SELECT COALESCE(MAX(seq), 0) FROM ledger_stream WHERE name = '{writer.key}/{audience}'")[0][0])


def link(node, other):
    return next(p for p in node.client().get("/status.json").json()["peers"] if p["node"] == other.key)


def sync(node, other, **more):
    other.serve()
    try:
        return node.run("sync", other.address, "--json", **more)
    finally:
        other.stop()


AHEAD = f"SELECT name FROM ledger_stream WHERE at > {(int(time.time()) + 3600) * 1000 * 65536}"


def wait_for_log(node, is_ahead):
    """What the node logged; where its clock is to be told of, once that is there."""
    log = lambda: (node.world.folder / f"{node.name}.log").read_text()
    if is_ahead:
        wait_until(lambda: "clock of this node" in log(), 20, "the alarm in the log")
    return log()


def ahead_of_now(node):
    """Streams of the node itself that go on later than now."""
    return [name for name, in node.sql(AHEAD) if name[:64] in (node.key, *(row[0] for row in node.sql("SELECT node FROM ledger_stream WHERE audience = '-'")))]


def figures(node, unit="42"):
    """What it says: period -> value."""
    rows = csv.DictReader(node.run("export", "--unit", unit, expect=0).out.splitlines())
    return {row["period"]: row["value"] for row in rows}


def held(node, key, audience):
    """The newest entry of a stream that a node holds."""
    return node.sql(f"SELECT seq, hash FROM ledger_stream WHERE name = '{key}/{audience}'")


def story(cases, world):
    ministry, hatinh, danang = world.nodes(ministry="VN", hatinh="42", danang="48")
    for province in (hatinh, danang):
        ministry.trust(province)
        province.trust(ministry)
        province.add_user("quantri", "admin")
    clock = Clock(world.folder, "ahead")

    with cases.case("the ministry wrote with a clock 26 hours ahead: that stream stands still at its readers, and everything else goes on in both directions"):
        figure(hatinh, 1, "2025-01")
        figure(danang, 1, "2025-01")
        sync(hatinh, ministry, expect=0)
        sync(danang, ministry, expect=0)
        clock.set(26)
        figure(ministry, 7, "2025-02", environment=clock.environment)
        clock.set(0)
        check_contains(figure(ministry, 8, "2025-03").err, "ahead of the clock of this machine", "what the command that writes says")
        figure(ministry, 9, "2025-04")
        before = seq(hatinh, ministry, "*")
        for n, period in enumerate(("2025-05", "2025-06")):
            figure(hatinh, 5 + n, period)
            result = sync(hatinh, ministry, expect=1)
            told = result.json()
            check_contains(result.err, "its clock is far in the future", "why it was refused")
            check_contains(result.err, f"stream {ministry.key[:12]}…/*, entry {before + 1}", "where")
            check_equal((told["received"], told["sent"]), (0, 1), "entries exchanged")
            check_equal(seq(ministry, hatinh, "42"), seq(hatinh, hatinh, "42"), "what the ministry holds of the province")
        check_equal(seq(hatinh, ministry, "*"), before, "of the stream that is refused nothing came")

    with cases.case("what others wrote comes in, too: one stream stops, not those that come with it"):
        commune = world.node("commune", "18073")  # of Hà Tĩnh
        hatinh.trust(commune)
        ministry.trust(commune)
        commune.trust(hatinh)
        commune.trust(ministry)
        figure(commune, 3, "2025-01")
        figure(commune, 4, "2025-02")
        sync(commune, ministry)  # it goes up beside its province, which gets it from above
        check(seq(ministry, commune, "18073") > 0, "the ministry holds the commune's")
        figure(hatinh, 7, "2025-07")
        told = sync(hatinh, ministry, expect=1).json()
        check_equal(told["received"], seq(ministry, commune, "18073"), "entries received")
        check_equal(seq(ministry, hatinh, "42"), seq(hatinh, hatinh, "42"), "the province's own at the ministry")
        check_equal(seq(hatinh, commune, "18073"), seq(ministry, commune, "18073"), "the commune's at its province")
        rehearsed = sync(danang, ministry, expect=1)
        check_contains(rehearsed.err, "its clock is far in the future", "what another province is told")
        ministry.serve()
        rehearsed = hatinh.run("sync", ministry.address, "--dry-run")
        ministry.stop()
        check_contains(rehearsed.err, "its clock is far in the future", "a rehearsal says the same")

    with cases.case("a bundle does the same as the network: the stream of that clock stops alone, and a rehearsal says so before"):
        figure(commune, 5, "2025-03")
        sync(commune, ministry)
        path = world.folder / "with-a-clock-ahead"
        ministry.run("bundle", path, "--for", "42", expect=0)
        held_before, goal = seq(hatinh, commune, "18073"), seq(ministry, commune, "18073")
        for more in (["--dry-run"], []):
            check_equal(seq(hatinh, commune, "18073"), held_before, "the commune's before")
            result = hatinh.run("sync", path, "--json", *more, expect=1)
            check_equal((result.json()["received"], result.json()["figures"]), (goal - held_before, 1), f"what comes in {more}")
            check_contains(result.err, "its clock is far in the future", "why")
            check_contains(result.err, f"stream {ministry.key[:12]}…/*, entry {before + 1}", "where")
        check_equal((seq(hatinh, commune, "18073"), seq(hatinh, ministry, "*")), (goal, before), "what came: the commune's, nothing of that clock")
        result = hatinh.run("sync", path, "--json", expect=1)
        check_equal(result.json()["received"], 0, "the same file again")
        check_equal(hatinh.run("verify").status, 0, "verify")

    with cases.case("a link that pauses for what it was given goes on giving: what is saved here goes up at once"):
        token = hatinh.token("quantri")
        ministry.serve()
        hatinh.serve(ministry.address)
        for node, is_ahead in ((ministry, True), (hatinh, False)):
            minutes = node.client().get("/status.json").json()["ahead_minutes"]
            check((minutes > 25 * 60) == is_ahead and (minutes == 0) != is_ahead, "how far the node says that it is ahead", minutes)
            check(("ahead of its clock" in node.client().get("/status").text) == is_ahead, "its page")
            check(("\ncaunoi_ledger_ahead_seconds 0\n" in node.client().get("/metrics").text) != is_ahead, "for Prometheus")
            check_contains(node.client().get("/metrics").text, f'\ncaunoi_clock_alarm{{reason="ahead"}} {int(is_ahead)}\n', "the alarm for Prometheus")
            check_equal("clock of this node: ahead begins" in wait_for_log(node, is_ahead), is_ahead, "the alarm in the log")
        wait_until(lambda: link(hatinh, ministry)["refusals"] >= 4, 60, "it was refused four times")
        months = iter(f"2024-{m:02d}" for m in range(1, 13))

        def goes_up_in_a_pause():
            before = link(hatinh, ministry)
            save(hatinh, token, 11, next(months))
            wait_until(lambda: seq(ministry, hatinh, "42") == seq(hatinh, hatinh, "42"), 60, "it is at the ministry")
            after = link(hatinh, ministry)
            return before["retry_at"] is not None and (before["retry_at"], before["refusals"]) == (after["retry_at"], after["refusals"])

        wait_until(goes_up_in_a_pause, 120, "something goes up while the link pauses")
        state = link(hatinh, ministry)
        check_contains(state["problem"], "its clock is far in the future", "the page goes on saying what is wrong")
        check_equal(state["backlog"], 0, "and that nothing waits here")
        hatinh.stop()
        ministry.stop()

    with cases.case("one stream that is pushed is refused: those beside it are taken, and the answer says what was not"):
        clock.set(26)
        figure(hatinh, 12, "2025-08", environment=clock.environment)
        clock.set(0)
        sync(commune, hatinh)
        figure(commune, 5, "2025-03")
        sync(commune, hatinh)
        told = sync(hatinh, ministry)
        check_contains(told.err, "the other node refused (422): đồng hồ của nó vượt xa hiện tại", "why; in the language of that node")
        check_contains(told.err, f"dòng {hatinh.key[:12]}…/42", "which stream")
        check_equal(seq(ministry, commune, "18073"), seq(commune, commune, "18073"), "the commune's at the ministry")

    with cases.case("a new key gets the province going again: it begins at the present, and what nobody took is written again under it"):
        clock.set(26)
        hatinh.run("user add", "moi", "--role", "specialist", "--unit", "42", given="Mat-khau-moi-2026\n", environment=clock.environment, expect=0)
        hatinh.run("user passwd", "quantri", given="Mat-khau-khac-2026\n", environment=clock.environment, expect=0)
        clock.set(0)
        figure(hatinh, 13, "2025-09")
        figure(hatinh, 14, "2025-09")
        taken, old, shown = seq(ministry, hatinh, "42"), hatinh.key, figures(hatinh)
        clock.set(26)  # somebody tries it before the clock is right
        tried = hatinh.run("key", "--rotate", "--json", expect=0, environment=clock.environment).json()["node"]
        clock.set(0)
        check(ahead_of_now(hatinh), "that has helped nothing")
        rotated = hatinh.run("key", "--rotate", "--json", expect=0).json()
        hatinh.key = rotated["node"]
        check_equal((rotated["former"], rotated["set_aside"], rotated["others"]), (tried, 0, 0), "what the command says")
        check_equal(figures(hatinh), shown, "the province's figures")
        check_equal(hatinh.sql(f"SELECT seq FROM ledger_stream WHERE name = '{old}/42'"), [(str(taken),)], "where the old stream ends")
        check(not ahead_of_now(hatinh), "nothing of this node is later than now", ahead_of_now(hatinh))
        check(len(list(hatinh.folder.glob("ahead-*.lines"))) >= 2, "what was taken out is kept")
        hatinh.serve()
        for login, password in (("moi", "Mat-khau-moi-2026"), ("quantri", "Mat-khau-khac-2026")):
            hatinh.client().sign_in(login, password)
        hatinh.stop()
        sync(hatinh, ministry, expect=1)  # of the ministry's stream nothing is taken yet
        figure(hatinh, 15, "2025-10")
        sync(hatinh, ministry, expect=1)
        for writer in ({"key": old}, {"key": hatinh.key}):
            check_equal(held(ministry, writer["key"], "42"), held(hatinh, writer["key"], "42"), "what both hold of the province")
        check_equal(ministry.state("42"), hatinh.state("42"), "the state of what both hold")
        sync(hatinh, ministry, expect=1)

    with cases.case("so does the ministry's node: provinces take what it publishes and whom it enrols"):
        third = "ab" * 32
        ministry.trust(third, "25")
        old, before = ministry.key, held(hatinh, ministry.key, "*")
        rotated = ministry.run("key", "--rotate", "--json", expect=0).json()
        ministry.key = rotated["node"]
        check(not ahead_of_now(ministry), "nothing of this node is later than now", ahead_of_now(ministry))
        check_equal(int(held(ministry, old, "*")[0][0]), int(before[0][0]) + 1, "the former key's stream goes on, with the change of key, behind what provinces hold")
        for province in (hatinh, danang):
            sync(province, ministry, expect=0)
            check_equal(held(province, ministry.key, "*"), held(ministry, ministry.key, "*"), "the ministry's stream")
            check({"2025-02": "7", "2025-03": "8", "2025-04": "9"}.items() <= figures(province, "VN").items(), "what it published", figures(province, "VN"))
            check_contains(province.run("trust list", expect=0).out, third, "whom it enrolled")
        figure(ministry, 10, "2025-05")
        for province in (hatinh, danang):
            figure(province, 16, "2025-11")
            sync(province, ministry, expect=0)
            check_equal(ministry.state(province.unit), province.state(province.unit), "the state of what both hold")
            check_equal(ministry.state("*"), province.state("*"), "the state of what is public")

    with cases.case("a clock that is behind is no reason to take anything out: the command says so, and changes nothing"):
        clock.set(-30)
        state = figures(hatinh)
        result = hatinh.run("key", "--rotate", environment=clock.environment, expect=1)
        check_contains(result.err, "this node has heard of other nodes at", "why not")
        check_contains(result.err, "--clock-is-right", "what to do")
        check_equal(figures(hatinh), state, "the figures")
        check_equal(hatinh.run("key", "--json", expect=0).json()["node"], hatinh.key, "the key")
        hatinh.run("key", "--clock-is-right", expect=2)
        clock.set(0)

    with cases.case("both wrote with clocks ahead, and took it from each other: whose clock is right now says so, and both go on at the present"):
        clock.set(50)
        figure(hatinh, 17, "2025-12", environment=clock.environment)
        figure(ministry, 18, "2025-06", environment=clock.environment)
        ministry.serve(environment=clock.environment)
        hatinh.run("sync", ministry.address, expect=0, environment=clock.environment)
        ministry.stop()
        clock.set(0)
        shown = figures(hatinh)
        for node in (ministry, hatinh):
            check_contains(node.run("key", "--rotate", expect=1).err, "has heard of other nodes at", "it may be this clock that is wrong")
            rotated = node.run("key", "--rotate", "--clock-is-right", "--json", expect=0).json()
            node.key = rotated["node"]
            check(rotated["others"] > 0, "entries of others were taken out", rotated)
            check_equal(node.sql(AHEAD), [], "nothing here is later than now")
        sync(hatinh, ministry)
        sync(hatinh, ministry, expect=0)
        check_equal(figures(hatinh), shown, "the figures")
        check_equal(ministry.state("42"), hatinh.state("42"), "the state of what both hold")
        check_equal(ministry.state("*"), hatinh.state("*"), "the state of what is public")

    with cases.case("a clock that is a year ahead is told of where something is written, and a new key mends that as well"):
        sync(danang, ministry)
        clock.set(24 * 400)
        danang.serve(environment=clock.environment)
        log = lambda: (world.folder / f"{danang.name}.log").read_text()
        wait_until(lambda: "clock of this node: unheard begins" in log(), 20, "the alarm in the log")
        check_equal(danang.client().get("/status.json").json()["unheard_days"], 400, "days on the page")
        check_contains(danang.client().get("/status").text, "nothing of other nodes was heard for 400 days", "the page")
        check_contains(danang.client().get("/metrics").text, '\ncaunoi_clock_alarm{reason="unheard"} 1\n', "for Prometheus")
        danang.stop()
        check_contains(figure(danang, 21, "2025-12", environment=clock.environment).err, "this node has heard nothing of others for 400 days", "the log")
        clock.set(0)
        danang.key = danang.run("key", "--rotate", "--json", expect=0).json()["node"]
        check_equal(figure(danang, 22, "2026-01").err, "", "nothing is odd any more")
        sync(danang, ministry, expect=0)
        check_equal(figures(ministry, "48"), figures(danang, "48"), "the figures")
        check_equal(ministry.state("48"), danang.state("48"), "the state of what both hold")

    with cases.case("a report filed by a clock that was ahead: its receipt says that the clock was why it was written again, and speaks of no fork"):
        danang.add_user("giamdoc", "director")
        token = danang.token("giamdoc")
        clock.set(26)
        danang.serve(environment=clock.environment)
        cells = {"1": "107,25", "1.2": "109,8", "6": "4.512,3", "7": "191,2", "7.1": "41,2", "7.2": "150", "8": "305", "9": "3", "10": "312,75"}
        old = send_report(danang.client(token=token), "/forms/monthly/48/2026-10", cells)["receipt"]
        danang.stop()
        clock.set(0)
        danang.key = danang.run("key", "--rotate", "--json", expect=0).json()["node"]
        said = danang.run("receipt", old, expect=0).out
        check_contains(said, f"takes the place of: receipt {old}", "the command")
        check_contains(said, "as the clock of its node had been ahead", "the command")
        danang.serve()
        page = danang.client(token=token, language="vi").get(f"/receipts/{old}", headers={"Accept": "text/html"}).text
        danang.stop()
        check_contains(page, "theo đồng hồ chạy nhanh", "the page")
        check("hai bản của nút" not in page and "forked" not in said, "a fork that never was")


if __name__ == "__main__":
    tell(story, "postgresql sqlite")
