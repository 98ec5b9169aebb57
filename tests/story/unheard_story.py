#!/usr/bin/env python3
"""What a node says and writes before it has heard that its key has ended, or others that another key took its place: it comes out alike
everywhere, is rehearsed as it then comes, and ends with an exchange that has nothing to do. Runs on both stores (CAUNOI_TEST_STORE).
Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import json
import re
import shutil

from support import check, check_equal, run, tell

ACT = "NQ 202/2025/QH15"


def figure(node, unit, period, value):
    node.run("import", node.world.path("figure.csv", f"indicator,unit,period,value,status\nretail_sales,{unit},{period},{value},submitted\n"), expect=0)


def exchange(asker, other, *more, expect=0):
    other.serve()
    answer = asker.run("sync", other.address, "--json", *more, expect=expect).json()
    other.wait_placed()
    other.stop()
    return answer


def rotate(node):
    node.run("key", "--rotate", expect=0)
    node.key = re.findall(r"[0-9a-f]{64}", node.run("key", expect=0).out)[0]


def values(node, unit):
    rows = [line.split(",") for line in node.prepare("export", "--unit", unit, "--indicator", "retail_sales").out.splitlines()[1:]]
    return [(row[2], float(row[5])) for row in rows if row[1].split("@")[0] == unit]


def moved(answer):
    return {k: answer[k] for k in ("received", "known", "waiting", "refused", "passed", "unknown_nodes", "sent", "passed_there", "forks") if answer[k]}


def story(cases, world):
    def with_key(name, unit, is_low):  # streams come in the order of their keys: the province's before what ends its key
        for number in range(100):
            node = world.node(f"{name}{number}", unit)
            if (node.key < "8") == is_low:
                return node
            world.damaged.add(node.folder)  # not needed

    ministry, hatinh = with_key("ministry", "VN", False), with_key("hatinh", "42", True)
    old, new, commune = world.nodes(old="40", new="40", commune="18073")
    for one, other in ((ministry, hatinh), (ministry, old), (hatinh, commune)):
        one.trust(other)
        other.trust(one)
    commune.trust(ministry)
    new.trust(ministry)
    exchange(hatinh, ministry)
    exchange(commune, hatinh)

    with cases.case("a province revoked without its knowing revokes a commune's key: that counts nowhere, at the province neither"):
        ministry.run("trust revoke", hatinh.key, expect=0)
        hatinh.run("trust revoke", commune.key, expect=0)
        figure(commune, "18073", "2026-01", 70)
        figure(hatinh, "18073", "2026-02", 666)
        hatinh.run("trust", commune.key, "--unit", "18073", expect=0)
        ministry.run("trust", hatinh.key, "--unit", "42", expect=0)
        exchange(hatinh, ministry)

    with cases.case("what comes with the word that ends its writer is refused, in the rehearsal as in the exchange and in a bundle"):
        path = world.folder / "below.bundle"
        hatinh.run("bundle", path, "--for", "18073", expect=0)
        refused = [commune.run("sync", path, "--dry-run", "--json", expect=0).json()["refused"], exchange(commune, hatinh, "--dry-run")["refused"],
                   exchange(commune, hatinh)["refused"]]
        check_equal(refused, [3, 3, 3], "refused")
        exchange(commune, hatinh)
        exchange(hatinh, ministry)
        for node in (ministry, hatinh, commune):
            check_equal((values(node, "18073"), node.state("18073")), ([("2026-01", 70.0)], ministry.state("18073")), f"the figures at {node.name}")

    with cases.case("a node that changed its key before it was enrolled is no copy of itself"):
        rotate(new)
        ministry.trust(new)
        check_equal(exchange(new, ministry)["passed_there"], 0, "passed over there")
        check_equal(moved(exchange(new, ministry)), {}, "the next exchange")

    succeed = ("--unit", "40", "--from", "40,42", "--act", ACT, "--day", "2025-07-01", "--node", new.key)
    with cases.case("an old province's node changes its key after the merger: its new one is nobody's, and no other node is told of it"):
        ministry.run("succeed", *succeed, expect=0)
        rotate(old)
        for asker in (old, new):
            exchange(asker, ministry)
            check_equal(moved(exchange(asker, ministry)), {}, f"nothing new for {asker.name}")

    def undo():
        name = next(s["succession"] for s in ministry.run("succeed list", "--json", expect=0).json() if s["undone"] is None)
        ministry.run("succeed undo", name, "--act", ACT, expect=0)

    with cases.case("what a successor wrote of the unit it gave back is its own stream: nothing is sent again, and neither side misses anything"):
        if new.store is None:
            new.prepare("backup", world.folder / "new.zip")
        for node in (ministry, new):
            node.add_user("quan-tri", "admin")
        tokens = {node.name: node.token("quan-tri") for node in (ministry, new)}
        figure(new, "42", "2026-03", 22)
        exchange(new, ministry)
        undo()
        for asker in (hatinh, new):
            exchange(asker, ministry)
            check_equal(moved(exchange(asker, ministry)), {}, f"nothing new for {asker.name}")
        check_equal(values(hatinh, "42")[-1], ("2026-03", 22.0), "the figure at the node of the unit")
        ministry.serve()
        new.serve()
        told = {node.name: {p["node"]: (p["backlog"], p["backlog_in"]) for p in node.client(token=tokens[node.name]).get("/status.json").json()["peers"]}
                for node in (ministry, new)}
        new.stop()
        ministry.stop()
        check_equal((told[ministry.name].get(new.key), told["new"].get(ministry.key)), ((0, 0), (0, 0)), "what is missing on both sides")

    with cases.case("restored from before, it gets that back though it reads no more of that unit, and writes nothing in its place"):
        if new.store is None:
            shutil.rmtree(new.folder)
            run("restore", world.folder / "new.zip", new.folder, expect=0)
            check(exchange(new, ministry)["received"] >= 1, "it comes back")
        check_equal(new.sql(f"SELECT seq FROM ledger_stream WHERE name = '{new.key}/42'"), [("1",)], "its stream")
        ministry.run("succeed", *succeed, expect=0)
        exchange(new, ministry)
        figure(new, "42", "2026-03", 5)
        exchange(new, ministry)
        check_equal(ministry.sql("SELECT name FROM ledger_stream WHERE stopped IS NOT NULL"), [], "streams that have forked")
        check_equal(values(ministry, "42")[-1], ("2026-03", 5.0), "the figure at the ministry")


if __name__ == "__main__":
    tell(story)
