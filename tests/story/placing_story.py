#!/usr/bin/env python3
"""A ministry that stores first what comes and places it into its tables afterwards is sent much. While nothing can be placed, people at the
ministry save and pages say what is still to come; it is killed again and again while it places; in the end it holds the same as one
that placed everything when it came. Runs on both stores (CAUNOI_TEST_STORE). RANDOM_SEED: to see a run again, as far as time allows.

Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import csv
import json
import os
import random
import re
import signal
import subprocess
import time

import peer
from support import ROOT, Client, _die_with_parent, check, check_contains, check_equal, command_environment, tell, tell_number, wait_until

SEED = int(os.environ.get("RANDOM_SEED") or time.time_ns() % 1_000_000)
KILLS = 5
VERSIONS = 5  # how often the province corrects all its figures


def write_figures(path, number):
    """All exports of Hà Tĩnh by goods and month; with each number other values."""
    with open(ROOT / "data/classifications/goods_export.csv", encoding="utf-8") as file:
        goods = [row["code"] for row in csv.DictReader(line for line in file if not line.startswith("#"))]
    with open(path, "w", encoding="utf-8") as out:
        out.write("indicator,unit,period,item,value\n")
        for month in range(60):
            for indicator in ("export_value", "export_quantity"):
                for place, item in enumerate(goods):
                    out.write(f"{indicator},42,{2005 + month // 12}-{month % 12 + 1:02d},{item},"
                              f"{(month * 31 + place * 7 + number * 13) % 1000}.{number}\n")
    return path


def not_placed(node):
    found = re.search(r"^caunoi_ledger_not_placed (\d+)$", node.client().get("/metrics", expect=200).text, re.M)
    check(found, "/metrics does not say how many entries are not placed")
    return int(found.group(1))


def hold(node):
    """From now on nothing can be placed: the database refuses figures."""
    if node.store:
        node.sql("CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'held'; END $$")
        node.sql("CREATE TRIGGER hold BEFORE INSERT ON figure FOR EACH ROW EXECUTE FUNCTION hold()")
    else:
        node.sql("CREATE TRIGGER hold BEFORE INSERT ON figure BEGIN SELECT RAISE(ABORT, 'held'); END")


def release(node):
    node.sql("DROP TRIGGER hold ON figure" if node.store else "DROP TRIGGER hold")
    if node.store:
        node.sql("DROP FUNCTION hold")


def slow(node):
    """Until release: each figure takes its time, so that placing lasts."""
    if node.store:
        node.sql("CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.00005); RETURN NEW; END $$")
        node.sql("CREATE TRIGGER hold BEFORE INSERT ON figure FOR EACH ROW EXECUTE FUNCTION hold()")
    else:
        node.sql("CREATE TRIGGER hold BEFORE INSERT ON figure BEGIN"
                 " SELECT COUNT(*) FROM (WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 500) SELECT i FROM n); END")


def left_after_a_kill(node, seconds):
    """It is started, and killed so long after: mostly in the middle of its first turn of placing."""
    process = subprocess.Popen([node.program, "serve", node.folder, "--listen", "127.0.0.1:0"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, env=command_environment(), preexec_fn=_die_with_parent)
    time.sleep(seconds)
    process.kill()
    process.wait()
    return int(node.sql("SELECT SUM(seq - placed_seq) FROM ledger_stream")[0][0])


class Saver:
    """An administrator at the ministry who changes an account, and knows what the node said it holds."""

    def __init__(self, node, token):
        self.node, self.token = node, token
        self.saved = 0

    def save(self):
        client = Client(self.node.address, token=self.token)
        held = [u["name"] for u in client.get("/admin/users.json", expect=200).json()["users"] if u["login"] == "vu"]
        if self.saved > 0:
            check_equal(held, [f"Name {self.saved}"], "what was saved last")
        client.post_form("/admin/users", {"login": "vu", "name": f"Name {self.saved + 1}", "role": "specialist", "unit": "VN"}, expect=200)
        self.saved += 1
        client.close()


def killed_before_it_places(node, sender):
    """The node exchanges with the sender by a command, which is killed once all that came is stored, before any of it is placed:
    when it tells the sender that all has come."""
    asked = []
    process = None

    def before(path):
        asked.append(path.partition("?")[0])
        if asked.count("/ledger/positions") == 2:
            process.send_signal(signal.SIGKILL)

    between = peer.Between(sender, before)
    try:
        process = subprocess.Popen([node.program, "sync", node.folder, between.address], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   stdin=subprocess.DEVNULL, env=command_environment(), preexec_fn=_die_with_parent)
        _, err = process.communicate(timeout=120)
    finally:
        between.close()
    check_equal(process.returncode, -signal.SIGKILL, f"how it ended, after {asked}: {err!r}")


LETTER = {"number": "1", "on": "2026-01-05"}
COMMUNE = "18073@2025-07-01"
STEPS = [{"action": "publish", "on": "2026-01-05", "documents": {"notice": LETTER}}, {"action": "close_window", "on": "2026-02-20"},
         {"action": "publish", "on": "2026-02-21", "documents": {"notice": LETTER}}]  # the last one does not count: it is not the time for it
CASES = 12


def opening(more):
    return {"workflow": "cluster_establishment", "case_unit": COMMUNE, "on": "2026-01-05", "title": "Cụm công nghiệp Thành Sen",
            "fields": {"cluster": "Thành Sen", "act": "establish", "area_ha": "40"}, "documents": {"letter": LETTER}, "by": "xa", "unit": COMMUNE, **more}


def cases_sealed_singly(other):
    """Cases of which each entry stands under a seal of its own, as a node writes them that people use; the openings come last but one."""
    stream, lines = other.stream(COMMUNE[:5]), []
    written = [(case, "case.act", {**step, "by": "xa", "unit": COMMUNE}) for step in STEPS for case in range(CASES)]
    written += [(case, "case.open", opening({"parent": "BATCH00000"} if case % 3 else {})) for case in range(CASES)]
    written += [(case, "case.act", {**step, "by": "xa", "unit": COMMUNE}) for step in STEPS for case in range(CASES)]
    for case, kind, body in written:
        lines += [stream.add(kind, f"case/BATCH{case:05d}", body, author="xa", role="commune"), stream.seal()]
    return lines


def story(cases, world):
    chance = random.Random(SEED)
    print(f"# RANDOM_SEED={SEED}")
    ministry, straight, hatinh = world.nodes(ministry="VN", straight="VN", hatinh="42")
    ministry.set(place_at_once_bytes=0)
    straight.set(place_at_once_bytes=1 << 40)
    other = peer.Peer("cases", "42")
    for node in (ministry, straight):
        node.trust(hatinh)
        hatinh.trust(node)
        node.trust(other.key, unit="42")
    ministry.add_user("vu", "specialist")
    ministry.add_user("quan-tri", "admin")
    saver = Saver(ministry, ministry.token("quan-tri"))
    for number in range(VERSIONS):
        hatinh.prepare("import", write_figures(world.path("figures.csv"), number))

    with cases.case("all of a large push is stored, and counted as new, though no figure can be placed; people save and are told"):
        hold(ministry)
        ministry.serve()
        told = json.loads(hatinh.run("sync", ministry.address, "--json", expect=0).out)
        left = not_placed(ministry)
        check(told["sent"] >= VERSIONS and VERSIONS <= left <= told["sent"], f"{told}; {left} are not placed")
        for _ in range(2):
            saver.save()
            status, shown = (ministry.client().get(f"/status{suffix}", headers={"Accept": accept}, expect=200).text
                             for suffix, accept in (("", "text/html"), (".json", "application/json")))
            check(f"{left} entries have come and are being placed" in status or f"{left} entries have come and cannot be placed" in status, "/status")
            check_contains(status, f"placing what came, {left} to go", "the header of /status")
            check_equal(json.loads(shown)["not_placed"], left, "/status.json")
            ministry.kill()
            ministry.serve()
            check_equal(not_placed(ministry), left, "what is left after a kill")
        ministry.kill()
        found = ministry.run("state", "--audience", "42")
        check(found.status != 0 and "not yet in the tables" in found.err, f"the state of half the entries: {found!r}")
        ministry.run("verify", expect=0)  # who only reads is not kept out

    with cases.case("killed while it places, again and again, it goes on where it was; people save meanwhile"):
        release(ministry)
        slow(ministry)
        seen = [left] + [left_after_a_kill(ministry, chance.uniform(0.05, 0.5)) for _ in range(KILLS)]
        check(seen == sorted(seen, reverse=True) and seen[-1] > 0, f"left after each kill: {seen}")
        tell_number(f"left after kills {seen}")
        release(ministry)
        ministry.serve()
        saver.save()
        ministry.kill()
        ministry.serve()

    with cases.case("in the end nothing is left, the pages say so, and the tables are those of a node that placed at once"):
        wait_until(lambda: not_placed(ministry) == 0, 60, "nothing is left to be placed")
        page = ministry.client().get("/status", headers={"Accept": "text/html"}, expect=200).text
        check("being placed" not in page and "placing what came" not in page, "/status still tells of entries to be placed")
        saver.save()
        straight.serve()
        hatinh.run("sync", straight.address, expect=0)
        check_equal(not_placed(straight), 0, "what is left where all is placed at once")
        check_equal(ministry.state("42"), straight.state("42"), "the state")
        check_equal(ministry.state("42"), hatinh.state("42"), "the state at the province")

    with cases.case("cases sealed entry by entry, sent at once, are stored, then placed, and stand as where each was placed when it came"):
        lines = cases_sealed_singly(other)
        for node in (ministry, straight):
            check_equal(other.push(node, *lines).status, 200, "the push")
        wait_until(lambda: not_placed(ministry) == 0, 60, "nothing is left to be placed")
        count = "SELECT COUNT(*), SUM(CASE WHEN fault = 0 THEN 1 ELSE 0 END) FROM case_event WHERE case_id LIKE 'BATCH%'"
        for node in (ministry, straight):
            check_equal([int(n) for n in node.sql(count)[0]], [7 * CASES, 3 * CASES], "entries of cases, and those that count")
        for audience in ("42", COMMUNE[:5]):
            check_equal(ministry.state(audience), straight.state(audience), f"the state of {audience}")

    with cases.case("a command that writes on a stopped node first places what is left there"):
        hold(ministry)
        hatinh.prepare("import", write_figures(world.path("figures.csv"), VERSIONS))
        hatinh.run("sync", ministry.address, expect=0)
        ministry.kill()
        release(ministry)
        left = "SELECT SUM(seq - placed_seq) FROM ledger_stream"
        check(int(ministry.sql(left)[0][0]) > 0, "nothing is left to be placed")
        with open(world.path("one.csv"), "w", encoding="utf-8") as file:
            file.write("indicator,unit,period,value\nretail_sales,25,2006-01,5\n")
        ministry.run("import", world.path("one.csv"), expect=0)
        check_equal(ministry.sql(left), [("0",)], "what is left after the import")

    late = world.node("late", "VN")
    late.trust(hatinh)
    late.trust(other.key, unit="42")
    hatinh.trust(late)
    late.add_user("quan-tri", "admin")
    hatinh.serve()

    def rows():
        return int(late.sql("SELECT COUNT(*) FROM figure")[0][0])

    with cases.case("an exchange by command that is killed between storing and placing: the next command that opens the node places all"):
        before = rows()
        killed_before_it_places(late, hatinh)
        check(int(late.sql(left)[0][0]) > 0, "nothing is left to be placed")
        check_equal(rows(), before, "figures that are in the tables before the node is opened again")
        check_equal(late.state("42"), hatinh.state("42"), "the state")
        check_equal(late.sql(left), [("0",)], "what is left after that")
        check(rows() > before, "no figure came into the tables")

    with cases.case("where that fails nobody is left in the dark: the command, the page, its header, the metrics; it is tried again by itself"):
        hatinh.stop()
        hatinh.prepare("import", write_figures(world.path("figures.csv"), VERSIONS + 1))
        hatinh.serve()
        killed_before_it_places(late, hatinh)
        hold(late)
        count = int(late.sql(left)[0][0])
        check(count > 0, "nothing is left to be placed")
        found = late.run("verify", expect=0)
        check_contains(found.out, f"{count} entries are stored and not yet in the tables", "what verify prints")
        check_contains(found.err, "placing stored entries failed", "the log of the command")
        check_equal(late.run("verify", "--json", expect=0).json()["not_placed"], count, "verify --json")
        late.serve()
        wait_until(lambda: late.client().get("/status.json").json()["placing_problem"], 30, "why it cannot be placed")
        why = {language: late.client().get(f"/status.json?lang={language}").json()["placing_problem"] for language in ("vi", "en")}
        check(why["vi"] != why["en"], "the reason is not told to each reader in their language", why)
        page = late.signed_in("quan-tri").get("/status", headers={"Accept": "text/html"}).text
        check_contains(page, f"{count} entries have come and cannot be placed", "/status")
        check_contains(page, f"what came cannot be placed, {count} to go", "the header for an administrator")
        check("entries have come and are being placed" not in page, "/status says that it goes well, too")
        check_contains(late.client().get("/metrics").text, "\ncaunoi_ledger_placing_fails 1\n", "/metrics")
        release(late)
        wait_until(lambda: not_placed(late) == 0, 90, "nothing is left to be placed")
        check_contains(late.client().get("/metrics").text, "\ncaunoi_ledger_placing_fails 0\n", "/metrics afterwards")
        check_equal(late.client().get("/status.json").json()["placing_problem"], None, "why it cannot be placed, afterwards")
        check("cannot be placed" not in late.signed_in("quan-tri").get("/status", headers={"Accept": "text/html"}).text, "/status afterwards")
        late.stop()
        check_equal(late.state("42"), hatinh.state("42"), "the state")
        hatinh.stop()


if __name__ == "__main__":
    tell(story)
