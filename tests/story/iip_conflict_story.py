#!/usr/bin/env python3
"""Two nodes report the output of one establishment in one month without having seen each other: both reports are kept and shown, the province's
stands meanwhile, its leader decides, and everywhere the index follows. The same number in another unit of measure is another report. So with the weights, the shares of a
divided class and who is asked. Runs on both stores (CAUNOI_TEST_STORE)."""

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
        check_contains(page, "<b>100 t</b>", "the page: what stands")
        check_contains(page, "<span>100 kg</span>", "the page: what does not")
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

    def settle(node, found, choose, reason, expect=303):
        node.serve()
        status = node.signed_in("leader").send("POST", f"/conflicts/{found['id']}.json", {"choose": choose, "reason": reason}).status
        node.stop()
        check_equal(status, expect, f"the decision at {node.name}")

    def page(node, path):
        node.serve()
        client = node.signed_in("leader")
        client.cookies["lang"] = "vi"
        text = client.get(path, headers={"Accept": "text/html"}).text
        node.stop()
        return text

    def weighed(p, q, base="1200"):
        return WEIGHTS.replace(",60,1200", f",{p},{base}").replace(",40,1200", f",{q},1200")

    def by_side(found, field):
        return next(f["values"] for f in found["cells"][0]["fields"] if f["field"] == field)

    with cases.case("two sets of weights from one month, stated unseen: both are kept, row by row, the province's stand meanwhile at both nodes"):
        check_equal(level(ministry, "TOTAL"), 336, "0.6 * 360 + 0.4 * 300")
        bring(province, "weights", weighed(50, 50), "--from", "2019-01", "--base", "2018", "--source", "Decision 12 of the province", "--reason", "a works was closed")
        bring(ministry, "weights", weighed(30, 70), "--from", "2019-01", "--base", "2018", "--source", "Letter of the statistics office")
        check_equal((level(province, "TOTAL"), level(ministry, "TOTAL")), (330, 318), "each by its own before they meet")
        exchange()
        for node in (ministry, province):
            found, = conflicts(node)
            check_equal((found["decider"], [(s["unit"], s["kind"], s["source"]) for s in found["sides"]]),
                        ("42", [("42", "iip.weights", "Decision 12 of the province"), ("VN", "iip.weights", "Letter of the statistics office")]), "sides")
            cell, = found["cells"]
            check_equal((cell["indicator"], cell["period"], cell["stands"]), ("iip.weights/production", "2019-01", found["sides"][0]["entry"]), "the record")
            check_equal({f["field"]: f["differs"] for f in cell["fields"]}, {"from": False, "base": False, "row p": True, "row q": True, "alike": False}, "what differs")
            check_equal((by_side(found, "row p"), by_side(found, "alike")),
                        ([f"weight {n} · in C · t · base output 1,200" for n in (50, 30)], ["2", "2"]), "side by side")
            check_equal(level(node, "TOTAL"), 330, f"the index at {node.name}")

    with cases.case("the page says it in Vietnamese, with who, when and where from; the index says that it rests on weights in conflict"):
        check_contains(province.run("iip show", "--unit", "42", "--json", expect=0).out, "1 conflicts about what this index rests on are open", "the file's notes")
        for node in (ministry, province):
            text = page(node, f"/conflicts/{found['id']}")
            for words in ("Quyền số của chỉ số sản xuất công nghiệp · tháng 1/2019", "Có hiệu lực từ", "quyền số 50 · thuộc C · t · sản lượng kỳ gốc 1.200", "quyền số 30 · thuộc C", "p · Product p",
                          "Phiên bản A: Tỉnh Hà Tĩnh", "Phiên bản B: Bộ Công Thương", "Decision 12 of the province", "Letter of the statistics office", "đang tạm giữ", "Số dòng giống nhau", "a works was closed"):
                check_contains(text, words, f"the page at {node.name}")
            check_contains(page(node, "/iip?unit=42"), f"/conflicts/{found['id']}", f"the index at {node.name}")
        check_contains(page(province, f"/conflicts/{found['id']}"), "Hãy để người có quyền trong đơn vị lập lại", "a leader imports nothing")

    with cases.case("the province's leader decides once, nobody else; every node computes by what was chosen, before and after as it was known"):
        check_contains(bring(province, "weights", weighed(50, 50), "--from", "2019-01", "--base", "2018", "--reason", "hid\u200bden", expect=1).err, "U+200B", "a reason that shows less than it holds")
        settle(ministry, found, found["sides"][1]["entry"], "ours", expect=403)
        settle(province, found, found["sides"][1]["entry"], "as the statistics office counted")
        check_equal(level(province, "TOTAL"), 318, "at once")
        exchange()
        for node in (ministry, province):
            check_equal((conflicts(node), level(node, "TOTAL")), ([], 318), f"decided at {node.name}")
            done = next(c for c in conflicts(node, "--all") if c["id"] == found["id"])
            check_equal((done["settled"][0]["reason"], done["settled"][0]["is_decision"], done["cells"][0]["settled_as"]),
                        ("as the statistics office counted", True, found["sides"][1]["entry"]), "why, and what")
            rows = node.run("iip show", "--unit", "42", "--month", "2019-02", "--known", found["since"], "--full", "--json", expect=0).json()["rows"]
            check_equal(next(r["base"] for r in rows if r["code"] == "TOTAL"), 330, "as it was known when both had been written")
        check("are open" not in province.run("iip show", "--unit", "42", "--json", expect=0).out, "a note of what is decided")
        check("/conflicts/" not in page(ministry, "/iip?unit=42"), "a conflict is named that is none any more")

    with cases.case("weights written in sight of the others take their place, from whichever node; what is the same is no conflict"):
        bring(ministry, "weights", weighed(60, 40), "--from", "2019-01", "--base", "2018")
        exchange()
        for node in (ministry, province):
            check_equal((conflicts(node), level(node, "TOTAL")), ([], 336), f"at {node.name}")
        for node in (ministry, province):
            bring(node, "weights", weighed(20, 80), "--from", "2019-02", "--base", "2018", "--overlap", "2019-01")
        exchange()
        for node in (ministry, province):
            check_equal(conflicts(node), [], f"the same weights at {node.name}")

    with cases.case("a decision that chooses what nobody stated, or comes from who may not, is kept and not applied"):
        bring(province, "weights", weighed(10, 90), "--from", "2019-02", "--base", "2018", "--overlap", "2019-01")
        bring(ministry, "weights", weighed(20, 80, "2400"), "--from", "2019-02", "--base", "2018", "--overlap", "2019-01")
        exchange()
        found, = conflicts(ministry)
        sides = [s["entry"] for s in found["sides"]]
        ministry.serve()
        lines = "TOTAL\t\tWhole\t\t1\t\nC\tTOTAL\tManufacturing\t\t1\t\np\tC\tProduct p\tt\t11\t1200\nq\tC\tProduct q\tt\t90\t1200"
        stream.add("iip.weights.settle", "iip/weights", {"unit": "42", "series": "production", "from": "2019-02", "base": "2018", "overlap": "2019-01", "by": "somebody",
                                                         "reason": "so be it", "of": sides, "lines": lines})
        check_equal(peer.push(ministry, *stream.sealed()).json()["refused"], 1, "what nobody stated")
        ministry.stop()
        check_contains(ministry.sql("SELECT why FROM ledger_set_aside ORDER BY entry DESC LIMIT 1")[0][0], "it chooses a value that none of the entries brought", "why")
        settle(province, found, sides[0], "measured")
        exchange()
        for node in (ministry, province):
            check_equal(conflicts(node), [], f"at {node.name}")

    with cases.case("the country's weights, by two nodes of the ministry: its own leader decides"):
        second = Peer("a second node of the ministry", "VN")
        ministry.trust(second, "VN")
        ministry.run("iip import", "weights", world.path("vn.csv", weighed(60, 40)), "--unit", "VN", "--from", "2019-01", "--base", "2018", expect=0)
        ministry.serve()
        theirs = second.stream("VN")
        theirs.add("iip.weights", "iip/weights", {"unit": "VN", "series": "production", "from": "2019-01", "base": "2018", "seen": {}, "lines": lines})
        answer = second.push(ministry, *theirs.sealed()).json()
        check_equal((answer["refused"], answer["waiting"]), (0, 0), f"the other node's: {ministry.sql('SELECT why FROM ledger_set_aside ORDER BY entry DESC LIMIT 1')}")
        ministry.stop()
        found, = conflicts(ministry)
        check_equal((found["decider"], [s["unit"] for s in found["sides"]], found["cells"][0]["unit"]), ("VN", ["VN", "VN"], "VN"), "the conflict")
        settle(ministry, found, found["sides"][0]["entry"], "ours were published")
        done = next(c for c in conflicts(ministry, "--all") if c["id"] == found["id"])
        check_equal((conflicts(ministry), done["cells"][0]["settled_as"]), ([], found["sides"][0]["entry"]), "decided")

    SHARES = "from,to,share,source,date\n3100,3101,{},{},2026-02-10\n3100,3102,{},{},2026-02-10\n3100,3109,10,{},2026-02-10\n"

    def stated(node):
        """Of the shares that stand, how many say 60 and how many 50."""
        return [node.sql(f"SELECT COUNT(*) FROM iip_shares WHERE stood_until = 9223372036854775807 AND lines LIKE '%{n}_{by}%'")[0][0] for n, by in ((60, "Survey"), (50, "Census"))]

    with cases.case("shares of a divided class, stated unseen: side by side with source and day, decided once, the same stand everywhere"):
        bring(province, "shares", SHARES.format(60, "Survey", 30, "Survey", "Survey"))
        bring(ministry, "shares", SHARES.format(50, "Census", 40, "Census", "Census"))
        exchange()
        for node in (ministry, province):
            found, = conflicts(node)
            cell, = found["cells"]
            check_equal((cell["indicator"], cell["item"], cell["period"], found["decider"]), ("iip.shares/production", "3100", "2025-12", "42"), "the record")
            check_equal(by_side(found, "row 3101"), ["60 % · Survey · 2026-02-10", "50 % · Census · 2026-02-10"], "side by side")
            check_equal(stated(node), ["1", "0"], "the province's stand")
        check_contains(page(province, f"/conflicts/{found['id']}"), "Tỷ lệ của ngành bị tách, chỉ số sản xuất công nghiệp: 3100", "the page")
        settle(province, found, found["sides"][1]["entry"], "a census counts all")
        exchange()
        for node in (ministry, province):
            check_equal(conflicts(node), [], f"at {node.name}")
            check_equal(stated(node), ["0", "1"], "what was chosen stands")

    ASKED = "establishment,name,product,from,to\n"
    with cases.case("who is asked, told unseen: line by line, and each line may be decided by itself"):
        base = level(ministry)
        bring(province, "sample", ASKED + "p2,p2,p,2019-01,2019-01\np3,p3,p,2019-01,2019-01\nq3,q3,q,2019-01,2019-06\n")
        bring(ministry, "sample", ASKED + "p2,p2,p,2019-01,2019-12\np3,p3,p,2019-01,2019-12\nq3,q3,q,2019-01,2019-06\n")
        exchange()
        for node in (ministry, province):
            found, = conflicts(node)
            cells = {c["partner"]: c for c in found["cells"]}
            check_equal({k: (c["indicator"], c["item"], c["period"], c["values"], c["stands"]) for k, c in cells.items()},
                        {k: ("iip.sample/production", "p", "2019-01", ["asked up to January 2019", "asked up to December 2019"], found["sides"][0]["entry"]) for k in ("p2", "p3")}, "cells")
            check(level(node) != base, "who is asked no more was asked still")
        check_equal(level(ministry), level(province), "the index of both")
        check_contains(page(province, f"/conflicts/{found['id']}"), "được hỏi đến tháng 12/2019", "the page")
        check_contains(province.run("conflicts", expect=0).out, "A asked up to January 2019 B asked up to December 2019", "the command")
        sides = [s["entry"] for s in found["sides"]]
        settle(province, found, {cells["p2"]["id"]: sides[1], cells["p3"]["id"]: sides[1]}, "they go on")
        exchange()
        for node in (ministry, province):
            check_equal((conflicts(node), level(node)), ([], base), f"at {node.name}")
            done = next(c for c in conflicts(node, "--all") if c["id"] == found["id"])
            check_equal({c["settled_value"] for c in done["cells"]}, {"asked up to December 2019"}, "the outcome")

    with cases.case("made anew from the entries, these are the same, too"):
        before = conflicts(province, "--all"), level(province, "TOTAL")
        province.run("rebuild", expect=0)
        check_equal((conflicts(province, "--all"), level(province, "TOTAL")), before, "after a rebuild")


if __name__ == "__main__":
    tell(story)
