#!/usr/bin/env python3
"""Nodes that know too few others: what is passed over because nobody enrolled who wrote it is said, by the command, on the page and in the
log, with what to do. And an enrolment that makes a node judge its entries anew raises no false alarm. Runs on both stores (CAUNOI_TEST_STORE)."""

import shutil

from support import check, check_contains, check_equal, run, tell, wait_until


def fork(cases, world, first, second, third):
    with cases.case("what the other branch of a fork held reaches also a node that held the branch which is written again under the new key"):
        first.trust(second)
        first.trust(third)
        second.trust(first)
        third.trust(first)

        def publish(*periods):
            lines = "".join(f"retail_sales,VN,{period},{value},published\n" for period, value in periods)
            first.run("import", world.path("p.csv", "indicator,unit,period,value,status\n" + lines), expect=0)

        def exchange(node, expect=None):
            first.serve()
            told = node.run("sync", first.address, expect=expect)
            first.wait_placed()
            first.stop()
            return told

        def shown(node):
            rows = node.run("export", "--unit", "VN", "--from", "2026-01", "--to", "2026-12", "--indicator", "retail_sales", expect=0).out
            return [line.split(",")[2:6:3] for line in rows.splitlines()[1:]]

        publish(("2026-01", 1))
        exchange(second, 0)
        first.run("backup", world.folder / "first.zip", expect=0)
        publish(("2026-02", 2))
        exchange(third, 0)
        shutil.rmtree(first.folder)
        run("restore", world.folder / "first.zip", first.folder, expect=0)
        first.run("resume", expect=0)
        publish(("2026-03", 3))
        exchange(second, 0)
        check_contains(exchange(third, 4).err, "forked", "what the third node hears")
        first.run("key", "--rotate", expect=0)
        for _ in range(3):
            exchange(third)
            exchange(second)
        whole = [["2026-01", "1"], ["2026-02", "2"], ["2026-03", "3"]]
        check_equal((shown(first), shown(second), shown(third)), (whole, whole, whole), "what each shows")
        check_equal({n.state("*") for n in (second, third)}, {first.state("*")}, "the state of what is public")


def story(cases, world):
    ministry, hatinh, commune = world.nodes(ministry="VN", hatinh="42", commune="18073")
    ministry.trust(hatinh)
    hatinh.trust(ministry)
    hatinh.trust(commune)

    with cases.case("whoever enrols a node, and none of the ministry, is told what will not come"):
        told = commune.run("trust", hatinh.key, "--unit", "42", expect=0)
        check_contains(told.out, "no node of the ministry is enrolled here", "what trust prints")

    ministry.run("import", world.path("f.csv", "indicator,unit,period,value,status\nretail_sales,VN,2026-01,5,published\n"), expect=0)
    ministry.serve()
    hatinh.run("sync", ministry.address, expect=0)
    ministry.stop()
    hatinh.serve()
    held = int(hatinh.sql(f"SELECT seq FROM ledger_stream WHERE name = '{ministry.key}/*'")[0][0])
    stranger = {"node": ministry.key, "unit": "VN", "entries": held}

    with cases.case("a commune that knows its province alone hears whose entries it does not take, and how to enrol that node"):
        for more in ([], ["--dry-run"], []):
            told = commune.run("sync", hatinh.address, "--json", *more, expect=0).json()
            check_equal((told["passed"], told["unknown_nodes"]), (held, [stranger]), f"of an exchange {more}")
        said = commune.run("sync", hatinh.address, expect=0).out
        check_contains(said, f"passed over: {held} entries", "what is printed")
        check_contains(said, f"caunoi trust {commune.folder} {ministry.key} --unit VN", "what to do")

    with cases.case("a bundle says the same; it does not tell units"):
        path = world.folder / "for-commune"
        hatinh.run("bundle", path, "--for", "18073", expect=0)
        told = commune.run("sync", path, "--json", expect=0).json()
        check_equal((told["passed"], told["unknown_nodes"]), (held, [stranger | {"unit": None}]), "of the bundle")

    with cases.case("after exchanges by command alone its page says so as well, before any other"):
        commune.serve()
        told = next(p for p in commune.client().get("/status.json").json()["peers"] if p["node"] == hatinh.key)
        check_equal((told["backlog_in"], told["unknown_nodes"]), (held, [stranger]), "the link")
        commune.stop()

    with cases.case("its page and its log say so, and count what is missing"):
        commune.add_user("quan-tri", "admin")
        commune.serve(hatinh.address)
        link = wait_until(lambda: next((p for p in commune.client().get("/status.json").json()["peers"] if p["unknown_nodes"]), None), 30, "the link says it")
        check_equal((link["unit"], link["backlog_in"], link["unknown_nodes"]), ("42", held, [stranger]), "the link")
        page = commune.client().get("/status", headers={"Accept": "text/html"}).text
        check_contains(page, ministry.key, "the page")
        check("/nodes?key=" not in page, "who is no administrator is led to enrol it")
        page = commune.signed_in("quan-tri").get("/status", headers={"Accept": "text/html"}).text
        check_contains(page, f'<a href="/nodes?key={ministry.key}&amp;unit=VN">', "the page of an administrator")
        check("in step" not in page.split('id="lk"')[1], "the table of links says that all is in step")
        wait_until(lambda: "entries are passed over: nobody enrolled here the node" in commune.log_tail(4000), 30, "the log says it")
        commune.stop()

    with cases.case("once the ministry's node is enrolled all comes, and nothing is said any more"):
        told = commune.run("trust", ministry.key, "--unit", "VN", expect=0)
        check("no node of the ministry" not in told.out, told.out)
        told = commune.run("sync", hatinh.address, "--json", expect=0).json()
        check_equal((told["received"] >= held, told["passed"], told["unknown_nodes"]), (True, 0, []), "the exchange")
    hatinh.stop()

    with cases.case("whom to trust has changed: the catalogue is judged when it is whole, and no alarm is raised of its parts"):
        done = ministry.run("succeed", "--unit", "40", "--from", "40,42", "--act", "NQ", "--day", "2025-07-01", "--node", hatinh.key, expect=None)
        check_contains(done.err, "replaying all", "the log of the command")
        check('"alarm"' not in done.err, done.err[:600])

    with cases.case("a stolen key is revoked while the server rests: what to do is said, and it goes on from there"):
        ministry.serve()
        told = ministry.run("trust revoke", hatinh.key, expect=3)
        check_contains(told.err, "is already working with the node", "why not now")
        check_contains(told.err, "stop that process (the server: serve), run this, and start it again", "what to do")
        ministry.stop()
        ministry.run("trust revoke", hatinh.key, expect=0)
        ministry.serve()
        told = hatinh.run("sync", ministry.address, expect=1)
        check_contains(told.err, hatinh.key[:12], "what the node hears whose key was revoked")
        ministry.stop()

    first, second, third = world.nodes(first="VN", second="42", third="40")
    if not first.store:  # on PostgreSQL pg_dump makes the backup
        fork(cases, world, first, second, third)


tell(story)
