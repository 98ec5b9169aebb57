#!/usr/bin/env python3
"""Nodes that know too few others: what is passed over because nobody enrolled who wrote it is said, by the command, on the page and in the
log, with what to do. And an enrolment that makes a node judge its entries anew raises no false alarm. Runs on both stores (CAUNOI_TEST_STORE)."""

from support import check, check_contains, check_equal, tell, wait_until


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

    with cases.case("its page and its log say so, and count what is missing"):
        commune.serve(hatinh.address)
        link = wait_until(lambda: next((p for p in commune.client().get("/status.json").json()["peers"] if p["unknown_nodes"]), None), 30, "the link says it")
        check_equal((link["unit"], link["backlog_in"], link["unknown_nodes"]), ("42", held, [stranger]), "the link")
        page = commune.client().get("/status", headers={"Accept": "text/html"}).text
        check_contains(page, f"caunoi trust NODE {ministry.key} --unit VN", "the page")
        check("in step" not in page.split('id="lk"')[1], "the table of links says that all is in step")
        check_contains(commune.log_tail(4000), "entries are passed over: nobody enrolled here the node", "the log")
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


tell(story)
