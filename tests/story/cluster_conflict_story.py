#!/usr/bin/env python3
"""Items of a cluster's record that two nodes wrote without having seen each other: both versions are kept and shown side by side, the one of the nearer
node stands meanwhile, the leader of the territory decides once and every node shows the same. Runs on both stores (CAUNOI_TEST_STORE)."""

import csv
import datetime
import io
import re

from forms import Person
from peer import Peer, stamp
from support import check, check_contains, check_equal, tell, this_day

COMMUNE, OLD = "18073", "08707"
IDENTITY = {"name": "Cụm công nghiệp Thạch Hà 1", "kind": "general", "state": "operating", "formed": "later", "established_on": "2025-06-02", "source": "Minh họa"}
AREAS = {"total": "70", "industrial": "42", "ready": "30", "leased": "21", "committed": "4.2"}
DAY = lambda back: (this_day() - datetime.timedelta(days=back)).isoformat()


def put(client, at, list_, fields, item="", expect=303, **more):
    return client.send("POST", at, {"list": list_, "item": item, "fields": fields, **more}, expect=expect)


def record(client, at, on=None):
    return {(r["list"], r["item"], r["field"]): r["value"] for r in client.get(f"{at}.json" + (f"?on={on}" if on else "")).json()["rows"]}


def conflicts(client, state="open"):
    return [c for c in client.get("/conflicts.json").json()["conflicts"] if c["state"] == state]


def fields(conflict, differing=True):
    cell, = conflict["cells"]
    return {f["field"]: f["values"] for f in cell["fields"] if f["differs"] or not differing}


def story(cases, world):
    ministry, province = world.node("ministry", "VN"), world.node("ha-tinh", "42")
    ministry.trust(province)
    province.trust(ministry)
    ministry.add_user("bureau", "specialist")
    ministry.add_user("chief", "director")
    ministry.add_user("clerk", "commune", unit=COMMUNE)  # of the commune, at the ministry's node
    for login, role, unit in (("officer", "specialist", "42"), ("leader", "director", "42"), ("commune", "commune", COMMUNE), ("tenant", "enterprise", COMMUNE)):
        province.add_user(login, role, unit=unit)
    tokens = {"officer": province.token("officer"), "leader": province.token("leader"), "commune": province.token("commune"), "tenant": province.token("tenant")}
    above = {"bureau": ministry.token("bureau"), "chief": ministry.token("chief"), "clerk": ministry.token("clerk")}
    ministry.serve()
    province.run("sync", ministry.address, expect=0)
    at_ministry = lambda login: ministry.client(token=above[login])
    bureau, chief = at_ministry("bureau"), at_ministry("chief")

    def exchange():
        province.stop()
        for _ in range(2):
            province.run("sync", ministry.address, expect=0)
        ministry.wait_placed()
        province.serve()

    at_province = lambda login: province.client(token=tokens[login])
    province.serve()
    at = at_province("commune").send("POST", "/clusters", {"unit": COMMUNE, "fields": IDENTITY, "on": DAY(30)}, expect=303).headers["Location"].removesuffix(".json")
    put(at_province("commune"), at, "areas", AREAS, on=DAY(30))
    put(at_province("commune"), at, "environment", {"wastewater": "1500", "wastewater_state": "built", "meets_standard": "yes"}, on=DAY(30))
    exchange()

    with cases.case("what one node wrote, or another in sight of it, is no conflict; nor is the same twice"):
        put(bureau, at, "areas", {**AREAS, "leased": "22"}, on=DAY(20))
        put(bureau, at, "work", {"kind": "roads", "state": "in_use"}, item="roads")
        put(at_province("commune"), at, "work", {"kind": "roads", "state": "in_use"}, item="roads")
        exchange()
        put(at_province("commune"), at, "areas", {**AREAS, "leased": "23"}, on=DAY(20))
        exchange()
        for client in (bureau, at_province("officer")):
            check_equal((conflicts(client), record(client, at)[("areas", "", "leased")]), ([], "23"), "the newest, and no conflict")

    with cases.case("two versions of the areas: both are kept side by side, the province's stands at both nodes though the ministry's is the newer"):
        put(at_province("commune"), at, "areas", {**AREAS, "leased": "25"}, reason="hợp đồng thuê đất số 12")
        put(bureau, at, "areas", {**AREAS, "leased": "24", "total": "71"})
        put(bureau, at, "environment", {"wastewater": "1600", "wastewater_state": "built", "meets_standard": "yes"}, on=DAY(12))
        exchange()
        for client, who in ((bureau, "bureau"), (at_province("officer"), "officer")):
            found, = conflicts(client)
            check_equal([(s["unit"], s["kind"], s["author"], s["why"]) for s in found["sides"]],
                        [("42", "cluster.set", "commune", "hợp đồng thuê đất số 12"), ("VN", "cluster.set", "bureau", "")], "who and why")
            check_equal(fields(found), {"total": ["70.0 ha", "71.0 ha"], "leased": ["25.0 ha", "24.0 ha"]}, "what differs")
            check_equal(fields(found, False)["industrial"], ["42.0 ha", "42.0 ha"], "and what does not")
            cell, = found["cells"]
            check_equal((cell["indicator"], cell["item"], cell["partner"], cell["period"], cell["values"], cell["stands"]),
                        ("cluster.item", "areas", at[-10:], DAY(0), [None, None], found["sides"][0]["entry"]), "the cell")
            check_equal((found["decider"], found["may_settle"]), ("42", False), "who decides")
            here = record(client, at)
            check_equal((here[("areas", "", "leased")], here[("areas", "", "total")], here[("environment", "", "wastewater")]), ("25", "70", "1600"), f"what stands for {who}")

    address = f"/conflicts/{conflicts(bureau)[0]['id']}"
    page = lambda client, path: client.get(path, headers={"Accept": "text/html"}).text

    with cases.case("it is said on the page of the cluster, in its file, among what is to be settled and to whom it waits for, in plain Vietnamese"):
        for client in (bureau, at_province("officer"), at_province("commune")):
            check_contains(page(client, at), f'href="{address}"', "the cluster's page")
            check_contains(page(client, at), "Two versions stand against each other: Areas", "the cluster's page")
            check_equal({r["conflict"] for r in client.get(f"{at}.json").json()["rows"] if r["list"] == "areas"}, {address}, "its file")
            check_equal({r["conflict"] for r in client.get(f"{at}.json").json()["rows"] if r["list"] != "areas"}, {None}, "of nothing else")
            duty, = [d for d in client.get("/clusters/work.json").json()["rows"] if d["kind"] == "conflict"]
            check_equal((duty["cluster"], duty["where"]), (at[-10:], address), "what is to be settled")
            check_contains(duty["by"], "Ha Tinh", "by whom")
            check_contains(duty["recorded"], "commune, ", "who wrote")
        check("conflict" not in str(province.client().get(f"{at}.json").json()["rows"][0]) or province.client().get(f"{at}.json").json()["rows"][0]["conflict"] is None, "the public's file")
        check("stand against" not in page(province.client(), at), "the public's page")
        province.client().get(f"{address}.json", expect=401)
        check_equal(at_province("tenant").get(f"{address}.json", expect=None).status, 403, "an enterprise")
        waits = lambda client: client.get("/todo.json").json()["conflicts"]
        check_equal((waits(at_province("leader")), waits(at_province("officer")), waits(chief)), (1, 0, 0), "under My work of who decides")
        desk = Person(province, "leader")
        for words in ("Phiên bản A: ", "Phiên bản B: ", "Diện tích", "25,0 ha", "24,0 ha", "hợp đồng thuê đất số 12", "đang tạm giữ", "Bạn là người quyết định phiên bản nào đúng"):
            check_contains(desk.look(address).text, words, "the page")
        check_contains(desk.look("/conflicts").text, "Cụm công nghiệp Thạch Hà 1: ", "the list")
        rows = list(csv.DictReader(io.StringIO(bureau.get(f"{address}.csv").text.lstrip("\ufeff"))))
        check_equal([(r["writer_unit"], r["text"], r["differs"], r["why"]) for r in rows if r["field"] == "leased"],
                    [("42", "25.0 ha", "1", "hợp đồng thuê đất số 12"), ("VN", "24.0 ha", "1", "")], "the file")
        check_contains(province.prepare("conflicts").out, "A 25.0 ha B 24.0 ha", "the command")

    with cases.case("the leader of the province decides, once, with a reason; nobody else does"):
        sides = [s["entry"] for s in conflicts(bureau)[0]["sides"]]
        for client in (at_province("officer"), at_province("commune"), chief, bureau):
            client.send("POST", f"{address}.json", {"choose": sides[1], "reason": "x"}, expect=403)
        leader = at_province("leader")
        check_contains(str(leader.send("POST", f"{address}.json", {"choose": sides[1], "reason": " "}, expect=422).json()), "a decision needs a reason", "no reason")
        desk = Person(province, "leader", "en")
        desk.press(desk.look(address).form_for(address).fill({"reason": "the ministry measured the land"}), button="Version B is right")
        check_contains(str(leader.send("POST", f"{address}.json", {"choose": sides[0], "reason": "again"}, expect=409).json()), "settled already", "twice")
        exchange()
        for client in (bureau, at_province("officer")):
            check_equal(conflicts(client), [], "open conflicts")
            done, = conflicts(client, "settled")
            check_equal((done["cells"][0]["settled_as"], done["settled"][0]["reason"], done["settled"][0]["kind"]), (sides[1], "the ministry measured the land", "cluster.settle"), "the decision")
            here = record(client, at)
            check_equal((here[("areas", "", "leased")], here[("areas", "", "total")]), ("24", "71"), "what stands")
            check("stand against" not in page(client, at), "the page says nothing more")
            check_contains(page(client, at), "Decision between versions: Areas", "its entries")
            check_equal([d for d in client.get("/clusters/work.json").json()["rows"] if d["kind"] == "conflict"], [], "nothing is to be settled")
            check_equal(record(client, at, DAY(10))[("areas", "", "leased")], "23", "what held before is as it was")

    with cases.case("also where the two hold from other days: the later day does not win; a newer record of the province for that day ends it, one of the ministry does not"):
        put(at_province("commune"), at, "environment", {"wastewater": "1700", "wastewater_state": "built"}, on=DAY(3))
        put(bureau, at, "environment", {"wastewater": "1800", "wastewater_state": "built"}, on=DAY(1))
        exchange()
        value = lambda client, on=None: record(client, at, on)[("environment", "", "wastewater")]
        for client in (bureau, at_province("officer")):
            check_equal([c["cells"][0]["period"] for c in conflicts(client)], [DAY(1)], "the conflict is of the day on which both hold")
            check_equal([value(client, d) for d in (DAY(10), DAY(3), DAY(2), DAY(1), None)], ["1600", "1700", "1700", "1700", "1700"], "what stands on each day")
        put(bureau, at, "environment", {"wastewater": "1810", "wastewater_state": "built"}, on=DAY(1))
        exchange()
        for client in (bureau, at_province("officer")):
            check_equal([value(client, d) for d in (DAY(1), None)], ["1700", "1700"], "the ministry's is a version more of its own")
            check_equal(fields(conflicts(client)[0])["wastewater"], ["1,700 m³ a day", "1,810 m³ a day"], "what differs now")
        desk = Person(province, "leader", "en")
        found, = conflicts(at_province("leader"))
        check_contains(desk.look(f"/conflicts/{found['id']}").text, "Record it anew for that day", "the page says how")
        form = desk.look(f"{at}/edit?list=environment&item=&on={DAY(1)}").form_for(at)
        check_equal(form["on"].value, DAY(1), "the form is of that day")
        desk.press(form.fill({"field-wastewater": "1750", "reason": "measured anew"}))
        exchange()
        for client in (bureau, at_province("officer")):
            check_equal(([value(client, d) for d in (DAY(2), DAY(1), None)], conflicts(client)), (["1700", "1750", "1750"], []), "ended everywhere")
            done = next(c for c in conflicts(client, "settled") if c["id"] == found["id"])
            check_equal((done["settled"][0]["is_decision"], done["cells"][0]["settled_as"]), (False, None), "by a newer record")

    with cases.case("a plot withdrawn at one node and let at the other: neither is lost"):
        put(at_province("commune"), at, "plot", {"area": "5000", "state": "vacant"}, item="A1")
        exchange()
        put(bureau, at, "plot", {"area": "5000", "state": "leased"}, item="A1")
        put(at_province("commune"), at, "plot", {}, item="A1", withdrawn=True)
        exchange()
        for client in (bureau, at_province("officer")):
            found, = conflicts(client)
            check_equal((fields(found)["withdrawn"], fields(found)["state"]), (["yes", ""], ["", "Leased"]), "both versions")
            check(("plot", "A1", "state") not in record(client, at), "the province's stands: withdrawn")
            check_contains(page(client, at), "Two versions stand against each other: Plots A1", "on the page")
        at_province("leader").send("POST", f"/conflicts/{found['id']}.json", {"choose": found["sides"][1]["entry"], "reason": "it is let"}, expect=303)
        exchange()
        for client in (bureau, at_province("officer")):
            check_equal((record(client, at)[("plot", "A1", "state")], conflicts(client)), ("leased", []), "let, everywhere")

    with cases.case("a report that two nodes signed: both are kept row by row, the province's counts meanwhile, the sum follows the decision"):
        put(at_province("commune"), at, "tenant", {"name": "Nhà máy gỗ", "state": "operating"}, item="T1", on=DAY(30))
        exchange()
        period = str(this_day().year)
        form = f"/clusters/reports/01/{at[-10:]}-T1/{period}"
        sign = lambda client, revenue, expect=303: client.send("POST", form, {"cells": {"revenue": revenue, "budget": "4.25", "labour": "310", "income": "9.5"}, "remark": "theo sổ sách"}, expect=expect)
        revenue = lambda client: next(r["value"] for r in client.get(f"{form}.json").json()["rows"] if r["row"] == "revenue")
        receipt_of = lambda client: re.search(r'href="(/receipts/[^"]+)"', page(client, form)).group(1)
        sign(at_province("commune"), "119")
        exchange()
        sign(at_ministry("clerk"), "119.5")
        exchange()
        check_equal([(revenue(c), conflicts(c)) for c in (bureau, at_province("commune"))], [(119.5, []), (119.5, [])], "signed in sight of the other: it takes its place")
        sign(at_province("commune"), "120")
        sign(at_ministry("clerk"), "121")
        exchange()
        for client in (bureau, at_province("commune")):
            found, = conflicts(client)
            cell, = found["cells"]
            check_equal((cell["indicator"], cell["item"], cell["partner"], cell["period"]), ("cluster.report", "01", f"{at[-10:]}-T1", period), "the cell")
            check_equal(fields(found), {"revenue": ["120.0 billion VND", "121.0 billion VND"]}, "the row that differs")
            check_equal(revenue(client), 120, "the province's counts")
            check_contains(page(client, f"/conflicts/{found['id']}"), "Form 01: Nhà máy gỗ · Cụm công nghiệp Thạch Hà 1 · ", "the conflict's page says what the report is about")
            check_contains(page(client, f"/conflicts/{found['id']}"), "1. Revenue", "and which row differs")
            check_contains(page(client, form), f'href="/conflicts/{found["id"]}"', "its page says so")
            duty, = [d for d in client.get("/clusters/work.json").json()["rows"] if d["kind"] == "conflict"]
            check_equal((duty["cluster"], duty["what"], duty["where"]), (at[-10:], f"two signed versions stand against each other: form 01, {period}", f"/conflicts/{found['id']}"), "what is to be settled")
            check_contains(page(client, receipt_of(client)), "Another signed version stands against it", "its receipt")
        at_province("leader").send("POST", f"/conflicts/{found['id']}.json", {"choose": found["sides"][1]["entry"], "reason": "as the books say"}, expect=303)
        exchange()
        for client in (bureau, at_province("commune")):
            check_equal((revenue(client), conflicts(client)), (121, []), "decided, everywhere")
            check_contains(page(client, receipt_of(client)), "121", "the receipt of what was decided")
            done = next(c for c in conflicts(client, "settled") if c["id"] == found["id"])
            check_equal((done["settled"][0]["kind"], done["cells"][0]["settled_as"]), ("cluster.report.settle", found["sides"][1]["entry"]), "by an entry")
            since = [client.get(f"/receipts/{side['entry']}.json").json()["since"] for side in found["sides"]]
            check_equal([re.sub(" was chosen at .*", "", text) for text in since], [f"Nodes had signed different versions of this report: {which}" for which in ("another one", "this one")],
                        "the receipts of both versions")

    with cases.case("a report that two nodes signed alike counts once, and neither receipt says that it is for somebody else"):
        codes = []
        for client in (at_province("commune"), at_ministry("clerk")):
            sign(client, "130")
            codes.append(receipt_of(client))
        exchange()
        for client in (bureau, at_province("commune")):
            check_equal((revenue(client), conflicts(client)), (130, []), "no conflict")
            since = [client.get(f"{code}.json").json().get("since") for code in codes]
            check_equal(sorted(since, key=str), ["Another node had signed the same before: the report counts once", None], "the receipts")

    with cases.case("what no honest node writes: a decision for what nobody wrote, by a farther node, by one whose key was revoked"):
        put(at_province("commune"), at, "areas", {**AREAS, "leased": "26"})
        put(bureau, at, "areas", {**AREAS, "leased": "27"})
        exchange()
        found, = conflicts(bureau)
        sides = [s["entry"] for s in found["sides"]]
        twin, neighbour = Peer("a second node of the province", "42"), Peer("a node of another province", "40")
        ministry.stop()
        for peer in (twin, neighbour):
            ministry.trust(peer, peer.unit)
        ministry.serve()
        bureau, chief = at_ministry("bureau"), at_ministry("chief")
        body = {"cluster": at[-10:], "list": "areas", "item": "", "on": DAY(0), "withdrawn": False, "unit": f"{COMMUNE}@2025-07-01", "by": "somebody", "reason": "so be it", "of": sides, "seen": {}}
        why = lambda: ministry.sql("SELECT why FROM ledger_set_aside ORDER BY entry DESC LIMIT 1")[0][0]
        stream = twin.stream(COMMUNE)
        for wrong, words in (({"fields": {**AREAS, "leased": "28"}}, "it chooses what none of the entries says"), ({"fields": {**AREAS, "leased": "27"}, "reason": ""}, "a decision needs a reason"),
                             ({"fields": {**AREAS, "leased": "27"}, "of": []}, "names no entries"), ({"fields": {**AREAS, "leased": "27"}, "on": DAY(1)}, "it chooses what none of the entries says")):
            stream.add("cluster.settle", f"cluster/{at[-10:]}", {**body, **wrong})
            check_equal(twin.push(ministry, *stream.sealed()).json()["refused"], 1, words)
            check_contains(why(), words, "why")
        stream.add("cluster.settle", f"cluster/{at[-10:]}", {**body, "fields": {**AREAS, "leased": "27"}}, author="an", role="specialist")
        twin.push(ministry, *stream.sealed())
        check_contains(why(), "may not do this", "a specialist")
        stream.add("cluster.set", f"cluster/{at[-10:]}", {**body, "fields": AREAS, "seen": 7})
        twin.push(ministry, *stream.sealed())
        check_contains(why(), "which entries of which streams it had seen", "a sight that is none")
        check_equal(conflicts(bureau), [found], "the conflict after them")
        ministry.stop()
        ministry.run("trust revoke", twin.key, expect=0)
        ministry.serve()
        bureau, chief = at_ministry("bureau"), at_ministry("chief")
        stream.add("cluster.settle", f"cluster/{at[-10:]}", {**body, "fields": {**AREAS, "leased": "27"}})
        twin.push(ministry, *stream.sealed())
        check_equal((conflicts(bureau), record(bureau, at)[("areas", "", "leased")]), ([found], "26"), "nor by one whose key was revoked")
        at_province("leader").send("POST", f"/conflicts/{found['id']}.json", {"choose": sides[1], "reason": "as the ministry says"}, expect=303)
        exchange()
        check_equal([record(c, at)[("areas", "", "leased")] for c in (bureau, at_province("officer"))], ["27", "27"], "decided")

    with cases.case("a cluster of a province that was merged: what was written for it is decided by the province of today"):
        merged = Peer("the node of the merged province", "25")
        ministry.stop()
        ministry.trust(merged, "25")
        ministry.serve()
        bureau, chief = at_ministry("bureau"), at_ministry("chief")
        old = lambda list_, fields_, **more: ("cluster.set", "cluster/0DVNHPH00C", {"cluster": "0DVNHPH00C", "list": list_, "item": "", "on": "2024-05-01", "withdrawn": False, "fields": fields_,
                                              "unit": f"{OLD}@2004-01-01", "by": "somebody", "seen": {}, **more})
        stream = merged.stream("25")
        stream.add(*old("identity", {**IDENTITY, "name": "Cụm Vĩnh Yên"}))
        stream.add(*old("areas", AREAS))
        answer = merged.push(ministry, *stream.sealed()).json()
        check_equal(answer["refused"], 0, "taken")
        there = "/clusters/0DVNHPH00C"
        twin = Peer("another node of the merged province", "25")
        ministry.stop()
        ministry.trust(twin, "25")
        ministry.serve()
        bureau, chief = at_ministry("bureau"), at_ministry("chief")
        other = twin.stream("25")
        other.add(*old("areas", {**AREAS, "leased": "9"}))
        check_equal(twin.push(ministry, *other.sealed()).json()["refused"], 0, "taken")
        found, = conflicts(bureau)
        check_equal((found["decider"], found["cells"][0]["unit"], fields(found)), ("25", OLD, {"leased": ["21.0 ha", "9.0 ha"]}), "the province of today decides")
        sides = [s["entry"] for s in found["sides"]]
        chief.send("POST", f"/conflicts/{found['id']}.json", {"choose": sides[0], "reason": "x"}, expect=403)
        decision = old("areas", AREAS, of=sides, reason="theo biên bản bàn giao")
        stream.add("cluster.settle", *decision[1:])
        check_equal(merged.push(ministry, *stream.sealed()).json()["refused"], 0, "decided")
        check_equal((conflicts(bureau), record(bureau, there)[("areas", "", "leased")]), ([], "21"), "what stands")

    with cases.case("what the node of a province that is no more wrote, and the ministry's, is decided by the province that it became"):
        first, before = Peer("another node of the ministry", "VN"), Peer("the node of the province of then", "26")
        then = lambda day_: stamp(moment=datetime.datetime.fromisoformat(f"2025-{day_}T03:00:00+00:00"))
        there = "/clusters/0DVNHPH00D"
        mine = lambda list_, fields_, **more: (lambda kind, subject, body: ("cluster.set", "cluster/0DVNHPH00D", {**body, "cluster": "0DVNHPH00D"}))(*old(list_, fields_, **more))
        enrols, own, beside = first.stream("*"), before.stream("26"), first.stream("26")
        enrols.add("node.trust", f"node/{before.key}", {"key": before.key, "unit": "26"}, at=then("01-02"))
        own.add(*mine("identity", {**IDENTITY, "name": "Cụm Vĩnh Tường"}), at=then("05-01"))
        own.add(*mine("areas", AREAS), at=then("05-02"))
        beside.add(*mine("areas", {**AREAS, "leased": "8"}), at=then("05-03"))
        path = world.folder / "of-then"
        path.write_bytes(first.lines(*enrols.sealed(), *own.sealed(), *beside.sealed()))
        ministry.stop()
        ministry.trust(first, "VN")
        check_equal(ministry.run("sync", path, "--json", expect=0).json()["refused"], 0, "taken")
        ministry.serve()
        bureau = at_ministry("bureau")
        found, = conflicts(bureau)
        check_equal((found["decider"], [s["unit"] for s in found["sides"]], fields(found)), ("25", ["26", "VN"], {"leased": ["21.0 ha", "8.0 ha"]}), "who decides today")
        check_contains(page(bureau, f"/conflicts/{found['id']}"), "Waiting for the leader of Phu Tho", "in words")
        stream.add("cluster.settle", *mine("areas", {**AREAS, "leased": "8"}, of=[s["entry"] for s in found["sides"]], reason="theo biên bản bàn giao")[1:])
        check_equal(merged.push(ministry, *stream.sealed()).json()["refused"], 0, "decided")
        check_equal((conflicts(bureau), record(bureau, there)[("areas", "", "leased")]), ([], "8"), "what stands")

    with cases.case("the register as it was known on a day, and made anew from the entries, is the same"):
        before = conflicts(bureau, "settled")
        check_equal([c["id"] for c in bureau.get(f"/conflicts.json?known={DAY(0)}").json()["conflicts"]], [c["id"] for c in bureau.get("/conflicts.json").json()["conflicts"]], "known today")
        ministry.stop()
        ministry.run("rebuild", expect=0)
        ministry.serve()
        bureau = at_ministry("bureau")
        check_equal(conflicts(bureau, "settled"), before, "after a rebuild")


if __name__ == "__main__":
    tell(story)
