#!/usr/bin/env python3
"""Two nodes report the output of one establishment in one month without having seen each other: both reports are kept and shown, the province's
stands meanwhile, its leader decides, and everywhere the index follows. The same number in another unit of measure is another report. Runs on both stores (CAUNOI_TEST_STORE)."""

import csv
import io

from peer import Peer
from support import check, check_contains, check_equal, tell

WEIGHTS = "code,parent,name,measure,weight,base_quantity\nTOTAL,,Whole,,1,\nC,TOTAL,Manufacturing,,1,\np,C,Product p,t,60,1200\nq,C,Product q,t,40,1200\n"
HEAD = "month,establishment,product,measure,quantity\n"


def story(cases, world):
    ministry, province = world.node("ministry", "VN"), world.node("ha-tinh", "42")
    ministry.trust(province)
    province.trust(ministry)
    for node in (ministry, province):
        for login, role in (("officer", "specialist"), ("leader", "director")):
            node.add_user(login, role)

    def bring(node, kind, text, *more, expect=0):
        return node.run("iip import", kind, world.path(f"{node.name}-{kind}.csv", text), "--unit", "42", *more, expect=expect)

    bring(province, "weights", WEIGHTS, "--from", "2019-01", "--base", "2018")
    bring(province, "sample", "establishment,name,product,from,to\n" + "".join(f"{m},{m},{p},2019-01,\n" for p in "pq" for m in (f"{p}1", f"{p}2", f"{p}3")))
    bring(province, "output", HEAD + "".join(f"2019-01,{p}{i},{p},t,100\n" for p in "pq" for i in (1, 2, 3)))
    bring(ministry, "output", HEAD + "2019-01,q1,q,kg,100\n")  # it does not know the weights yet, nor that q is measured in t

    def exchange():
        ministry.serve()
        province.run("sync", ministry.address, expect=0)
        ministry.stop()

    def conflicts(node, *more):
        return node.run("conflicts", "--json", *more, expect=0).json()["conflicts"]

    def level(node, product="p", month="2019-02"):
        rows = node.run("iip show", "--unit", "42", "--month", month, "--full", "--json", expect=0).json()["rows"]
        return next(r["base"] for r in rows if r["code"] == product)

    exchange()
    with cases.case("one number in two units of measure is a conflict: both stand side by side, each with its unit, and nothing is subtracted"):
        for node in (ministry, province):
            cell, = conflicts(node)[0]["cells"]
            check_equal((cell["item"], cell["partner"], cell["values"], cell["units_of_measure"], cell["unit_of_measure"]),
                        ("q", "q1", [100, 100], ["t", "kg"], None), f"the cell at {node.name}")
            check_equal(cell["stands"], conflicts(node)[0]["sides"][0]["entry"], "the province's stands")
            check_equal(level(node, "q", "2019-01"), 300, f"the index at {node.name}")
            check_contains(node.run("conflicts", expect=0).out, "A 100 t B 100 kg", "the command")
        province.serve()
        leader, address = province.signed_in("leader"), f"/conflicts/{conflicts(province)[0]['id']}"
        page = leader.get(address, headers={"Accept": "text/html"}).text
        check_contains(page, "<b>100 t</b>", "the page")
        check_contains(page, "<b>100 kg</b>", "the page")
        check("chênh lệch" not in page and "difference" not in page, "a difference between t and kg")
        rows = list(csv.DictReader(io.StringIO(leader.get(f"{address}.csv").text.lstrip("\ufeff"))))
        check_equal([(r["value"], r["unit_of_measure"]) for r in rows], [("100", "t"), ("100", "kg")], "the file")
        leader.send("POST", f"{address}.json", {"choose": conflicts(province)[0]["sides"][0]["entry"], "reason": "q is weighed in t"}, expect=303)
        province.stop()
        exchange()
        for node in (ministry, province):
            cell, = conflicts(node, "--all")[0]["cells"]
            check_equal((cell["settled_value"], cell["settled_unit_of_measure"], conflicts(node)), (100, "t", []), f"settled at {node.name}")

    with cases.case("a report written in sight of another is a correction, no conflict"):
        bring(ministry, "output", HEAD + "2019-01,p1,p,t,130\n")
        exchange()
        for node in (ministry, province):
            check_equal(conflicts(node), [], f"conflicts at {node.name}")
        check_equal(level(ministry, month="2019-01"), level(province, month="2019-01"), "the index of both")
        check_equal(level(province, month="2019-01"), 330, "(130 + 100 + 100) of 100 a month")

    bring(province, "output", HEAD + "".join(f"2019-02,{p}{i},{p},t,100\n" for p in "pq" for i in (1, 2, 3)))
    bring(ministry, "output", HEAD + "2019-02,p1,p,t,160\n2019-02,q1,q,t,100\n2019-02,p2,p,t,140\n")
    exchange()
    with cases.case("both reports are kept and shown at both nodes, what is the same is no conflict, the province's stands"):
        for node in (ministry, province):
            found = conflicts(node)
            check_equal(len(found), 1, f"conflicts at {node.name}")
            check_equal((found[0]["decider"], [(s["unit"], s["kind"]) for s in found[0]["sides"]]), ("42", [("42", "iip.output"), ("VN", "iip.output")]), "sides")
            cells = {(c["indicator"], c["item"], c["partner"], c["period"]): (c["values"], c["stands"]) for c in found[0]["cells"]}
            stands = found[0]["sides"][0]["entry"]
            check_equal(cells, {("iip.output/production", "p", "p1", "2019-02"): ([100, 160], stands), ("iip.output/production", "p", "p2", "2019-02"): ([100, 140], stands)},
                        "cells")
            check_equal(level(node), 300, f"the index at {node.name}")

    with cases.case("the page shows them to whom it concerns; the leader of the province decides, with a reason, and nobody else, nor for what nobody reported"):
        province.serve()
        ministry.serve()
        address = f"/conflicts/{conflicts(province)[0]['id']}"
        page = province.signed_in("leader").get(address, headers={"Accept": "text/html"}).text
        for words in ("Output of an establishment: p, p1", "/iip/why?unit=42&amp;series=production&amp;month=2019-02&amp;node=p", "160", "Ha Tinh"):
            check_contains(page, words, "the page")
        check_contains(province.signed_in("leader").get("/conflicts", headers={"Accept": "text/html"}).text, address, "the list")
        sides = [s["entry"] for s in conflicts(province)[0]["sides"]]
        check_equal(ministry.signed_in("leader").send("POST", f"{address}.json", {"choose": sides[1], "reason": "right"}).status, 403, "the ministry's leader")
        check_equal(province.signed_in("officer").send("POST", f"{address}.json", {"choose": sides[1], "reason": "right"}).status, 403, "an officer")
        found = conflicts(ministry)
        peer = Peer("a second node of the province", "42")
        ministry.stop()
        ministry.trust(peer, "42")
        ministry.serve()
        stream = peer.stream("42")
        for number, lines in enumerate(("p1\tp\tt\t999", "p1\tp\tkg\t160", "p3\tp\tt\t160")):
            aside = ministry.client().get("/status.json").json()["set_aside"]
            stream.add("iip.settle", "iip/output", {"unit": "42", "series": "production", "month": "2019-02", "by": "somebody", "reason": "so be it",
                                                    "of": sides, "lines": lines})
            answer = peer.push(ministry, *stream.sealed())
            check_equal(answer.json()["refused"], 1, f"what nobody reported: {lines}")
            check_equal(ministry.client().get("/status.json").json()["set_aside"], aside + 1, "kept and not applied")
            check_contains(ministry.sql("SELECT why FROM ledger_set_aside ORDER BY entry DESC LIMIT 1")[0][0], "it chooses a value that none of the entries brought", "why")
        public = peer.stream("*")
        public.add("iip.settle", "iip/output", {"unit": "42", "series": "production", "month": "2019-02", "by": "somebody", "reason": "for all to see",
                                                "of": sides[1:], "unpublished": sides[:1], "lines": "p1\tp\tt\t160"})
        check_equal(peer.push(ministry, *public.sealed()).json()["refused"], 1, "a published decision")
        check_contains(ministry.sql("SELECT why FROM ledger_set_aside ORDER BY entry DESC LIMIT 1")[0][0], "does not belong into this stream", "why")
        check_equal(conflicts(ministry), found, "the conflict after them")
        cells = {c["partner"]: c["id"] for c in conflicts(province)[0]["cells"]}
        province.signed_in("leader").send("POST", f"{address}.json", {"choose": {cells["p1"]: sides[1], cells["p2"]: sides[0]}, "reason": "as the establishments wrote"},
                                          expect=303)
        province.stop()
        ministry.stop()
    exchange()
    with cases.case("decided: the chosen reports stand everywhere, the conflict is among the settled ones with its reason"):
        for node in (ministry, province):
            check_equal(conflicts(node), [], f"open conflicts at {node.name}")
            done = conflicts(node, "--all")[0]
            check_equal({c["unit_of_measure"] for c in done["cells"]}, {"t"}, "the unit of both")
            check_equal((done["state"], {c["partner"]: c["settled_value"] for c in done["cells"]}), ("settled", {"p1": 160, "p2": 100}), "the outcome")
            check_contains(str(done), "as the establishments wrote", "the reason")
            check_equal(level(node), 360, f"the index at {node.name}")

    with cases.case("made anew from the entries, all is the same"):
        before = conflicts(province, "--all")
        province.run("rebuild", expect=0)
        check_equal((conflicts(province, "--all"), level(province)), (before, 360), "after a rebuild")


if __name__ == "__main__":
    tell(story)
