#!/usr/bin/env python3
"""Whatever somebody files has a receipt, of one make: reports on clusters (forms 01 to 04), cases that are opened, what is done in them. Its code stands on the page that follows
and on the page of the thing; its document, its file of a few kB, checked in an empty folder; who may read the thing may read it; it says what became of the thing since. Then a copy
of the node forks, and the receipts that it gave say what took their place. Two nodes. Runs on both stores (CAUNOI_TEST_STORE)."""

import re

from forms import Person
from peer import Peer
from receipt_story import Desk
from support import check, check_contains, check_equal, tell, tell_number

COMMUNE, OTHER = "18073", "18100"
HTML = {"Accept": "text/html"}
IDENTITY = {"name": "Cụm công nghiệp Thạch Hà 1", "kind": "general", "state": "operating", "formed": "later", "established_on": "2019-06-02", "trades": "cơ khí",
            "latitude": "18.3400", "longitude": "105.9000", "detailed_plan": "yes", "project": "yes", "source": "Minh họa"}
FIRST = {"revenue": "120.5", "budget": "4.25", "labour": "310", "income": "9.5"}
PERIOD, LOGINS = "2026-S1", ("officer", "leader", "commune", "neighbour", "tenant", "rival", "investor")


def story(cases, world):
    ministry, province = world.node("ministry", "VN"), world.node("ha-tinh", "42")
    phutho = Peer("phu tho", "25")  # enrolled for another province
    ministry.trust(province)
    ministry.trust(phutho)
    province.trust(ministry)
    ministry.add_user("reader", "specialist")
    for login, role, unit in zip(LOGINS, ("specialist", "director", "commune", "commune", "enterprise", "enterprise", "enterprise"), ("42", "42", COMMUNE, OTHER, COMMUNE, COMMUNE, COMMUNE)):
        province.add_user(login, role, unit=unit)
    tokens = {login: province.token(login) for login in LOGINS}
    above = ministry.token("reader")
    desk, files = Desk(world), {}
    ministry.serve()
    province.run("sync", ministry.address, expect=0)
    province.serve()
    officer, leader, commune, neighbour, tenant, rival, investor = (province.client(token=tokens[login]) for login in LOGINS)
    public = province.client()

    def put(at, list_, item="", **fields):
        commune.send("POST", at, {"list": list_, "item": item, "fields": fields}, expect=303)

    def form(number, about):
        return f"/clusters/reports/{number}/{about}/{PERIOD}"

    def sign(client, number, about, cells={}, remark="tháng trước tạm dừng"):
        client.send("POST", form(number, about), {"cells": cells, "remark": remark}, expect=303)
        return code_of(client, form(number, about))

    def code_of(client, address):
        found = re.search(r'href="/receipts/([0-9A-Z-]{11})"', client.get(address, headers=HTML).text)
        check(found, f"{address} shows no receipt")
        return found[1]

    def receipt(client, code, **more):
        return client.get(f"/receipts/{code}.json", **more).json()

    def file(client, code, key=None):
        """Its file, which the desk finds genuine."""
        content = client.get(f"/receipts/{code}/file").body
        check_equal(len(content.splitlines()), 3, "lines: between what was filed and its seal stands nothing of others")
        check(len(content) < 6000, "the file has", len(content), "bytes")
        checked = desk.check(key or province.key, content)
        check_equal(checked.status, 0, repr(checked))
        check_contains(checked.out, code, "what the check prints")
        return content, checked.out

    with cases.case("form 01 by the tenant: the page that follows gives its code, which leads to all of it: form, tenant, period, rows, remark, QR, key"):
        at = commune.send("POST", "/clusters", {"unit": COMMUNE, "fields": IDENTITY}, expect=303).headers["Location"].removesuffix(".json")
        put(at, "areas", total="70", industrial="42.0", ready="30.0", leased="21.0", committed="4.2")
        put(at, "investor", "I1", name="Công ty hạ tầng A", kind="enterprise", account="investor", **{"from": "2019-06-02"})
        put(at, "capital", "V1", origin="investor", approved="250", disbursed="90.5")
        put(at, "tenant", "T1", name="Nhà máy gỗ", state="operating", fdi="no", account="tenant")
        about = f"{at[-10:]}-T1"
        person = Person(province, "tenant", "en")
        page = person.press(person.look(form("01", about)).form_for(form("01", about)).fill({**{f"cell-{k}": v for k, v in FIRST.items()}, "remark": "đếm lại"}))
        first = re.search(r'Receipt with QR code.*?/receipts/([0-9A-Z-]{11})"', page.html)[1]
        check_equal(code_of(tenant, form("01", about)), first, "the page of the report shows it, too")
        rows = tenant.get(f"/clusters/reports.json?period={PERIOD}").json()["rows"]
        check_equal([(r["form"], r["receipt"]) for r in rows], [("01", first)], "and the list for programs")
        found = receipt(tenant, first)
        check_equal([found[k] for k in ("kind", "form", "about", "unit", "period", "sent_by", "node", "counts")],
                    ["cluster.report", "01", about, COMMUNE, PERIOD, "tenant", province.key, True], "what it says")
        check_equal({f["cell"]: float(f["value"]) for f in found["figures"]}, {k: float(v) for k, v in FIRST.items()}, "its rows")
        check_equal([(f["name"], f["value"]) for f in found["facts"]], [("remark", "đếm lại")], "its remark")
        page = tenant.get(f"/receipts/{first}", headers=HTML).text
        for part in (first, "Nhà máy gỗ · Cụm công nghiệp Thạch Hà 1", "Thạch Hà", "120.5", "đếm lại", "shape-rendering", province.key, f"/receipts/{first}/file", form("01", about)):
            check_contains(page, part, "the page of the receipt")
        check_equal(tenant.get(f"/receipts?code={first.lower()}", expect=303).headers["Location"], f"/receipts/{first}", "where the typed code leads")

    with cases.case("its file is checked without a node; its document is one with its typeface"):
        files["01"], said = file(tenant, first)
        for part in ("Form: 01 · ", "Nhà máy gỗ · Cụm công nghiệp Thạch Hà 1", f"({COMMUNE}@", f"({PERIOD})", "120.5", "310", "đếm lại", "Nothing was changed"):
            check_contains(said, part, "what is printed")
        said = desk.check(province.key, files["01"], "vi").out
        for part in ("Biên nhận thật", "Doanh thu", "120,5", "6 tháng đầu năm 2026"):
            check_contains(said, part, "in Vietnamese")
        tell_number(f"the file of form 01 has {len(files['01'])} bytes")
        pdf = tenant.get(f"/receipts/{first}.pdf")
        check(pdf.body.startswith(b"%PDF-") and b"/FontFile2" in pdf.body, "the document")

    def sees_little(clients, code, *hidden):
        for client in clients:
            seen, page = receipt(client, code), client.get(f"/receipts/{code}", headers=HTML).text
            check(not {"figures", "facts", "about", "sent_by", "entry"} & set(seen), "too much is seen:", seen)
            for part in (*hidden, province.key):
                check(part not in page, f"{part} is on the page")
            for more in ("/file", ".pdf"):
                check(client.get(f"/receipts/{code}{more}", expect=None, headers={"Accept": "application/json"}).status in (401, 403), f"{more} is given away")

    with cases.case("who may read the report reads its receipt; the public, another commune and another enterprise learn that it exists"):
        for client in (commune, officer, leader):
            check_equal(receipt(client, first)["about"], about, "an official of the territory")
        sees_little((public, neighbour, rival), first, "120.5", "đếm lại", "Nhà máy gỗ")

    with cases.case("forms 02 to 04: each has its own, filed by whose form it is"):
        made = {"02": (investor, at[-10:], {"9": "10", "10": "1", "11": "12", "12": "8"}), "03": (commune, COMMUNE, {}), "04": (leader, "42", {})}
        for number, (client, whose, cells) in made.items():
            code = sign(client, number, whose, cells)
            files[number], said = file(client, code)
            check_contains(said, f"Form: {number} · ", "what is printed")
            found = receipt(client, code)
            check_equal((found["form"], found["unit"], found["since"] if "since" in found else ""), (number, "42" if number == "04" else COMMUNE, ""), "the receipt")
        check_equal((found["unit_name"], "about" in found), ("Department of Industry and Trade of Ha Tinh", False), "of the province")

    with cases.case("signed again: the first receipt stands and says that it was corrected, with the code of the second"):
        second = sign(tenant, "01", about, {**FIRST, "labour": "320"})
        check(second != first, "both have one receipt")
        old, new = receipt(tenant, first), receipt(tenant, second)
        check_contains(old["since"], "corrected since: the report was signed again at", "the first")
        check_equal((old["newest_receipt"], "since" in new), (second, False), "the second")
        check_contains(tenant.get(f"/receipts/{first}", headers=HTML).text, f'href="/receipts/{second}"', "the way to it")
        check_equal(file(tenant, first)[0], files["01"], "the first one's file")
        check_contains(province.run("receipt", first, expect=0).out, f"receipt {second}", "by command")

    with cases.case("a case that an enterprise opens, and withdraws: a receipt each; the first says that it was withdrawn"):
        person = Person(province, "investor", "en")
        case = person.begin("cluster_establishment", "Cụm 42 ha", COMMUNE, "2026-09-01", {"cluster": "Cụm 42 ha", "act": "establish", "area_ha": "42.5"}, {"letter": "12/ĐN"})
        history = lambda: person.client.get(f"{case}.json").json()["history"]
        opened = history()[0]["receipt"]
        found = receipt(investor, opened)
        check_equal([found[k] for k in ("kind", "form", "about", "unit")], ["case.open", "cluster_establishment", case[-10:], COMMUNE], "what it says")
        facts = {f["name"]: f["value"] for f in found["facts"]}
        check_equal((facts["action"], facts["on"], facts["document"]), ("open", "2026-09-01", "letter 12/ĐN 2026-09-01"), "what was filed")
        check_equal([f["value"] for f in found["figures"]], ["Cụm 42 ha", "establish", "42.5"], "its fields")
        files["open"], said = file(investor, opened)
        for part in ("Cụm 42 ha", "12/ĐN · ", "42.50 ha", "The case was opened", "Nothing was changed"):
            check_contains(said, part, "what is printed")
        page = person.act(case, "withdraw", "2026-09-02", reason="giảm diện tích")
        check_contains(page.text, "Receipt with QR code, document and file to keep:", "the page that follows")
        withdrawn = history()[-1]["receipt"]
        check_contains(page.html, f'/receipts/{withdrawn}"', "the history")
        files["act"], said = file(investor, withdrawn)
        for part in ("Cụm 42 ha", "giảm diện tích", "Nothing was changed"):
            check_contains(said, part, "what is printed of the act")
        check_equal(receipt(investor, withdrawn)["form"], "cluster_establishment", "the act says of which procedure it is")
        check_contains(receipt(investor, opened)["since"], "The case was withdrawn since", "what became of it")
        check_contains(investor.get(f"/receipts/{opened}", headers=HTML).text, "The case was withdrawn since", "on its page")
        check_contains(receipt(officer, opened)["about"], case[-10:], "an official of the province")
        sees_little((public, neighbour, rival), opened, "12/ĐN", "42.5")

    with cases.case("what a commune does in a case has its receipt, which says how the case went on"):
        case = person.begin("cluster_establishment", "Cụm 40 ha", COMMUNE, "2026-09-01", {"cluster": "Cụm 40 ha", "act": "establish", "area_ha": "40"}, {"letter": "13/ĐN"})
        official = Person(province, "commune", "en")
        official.act(case, "publish", "2026-09-02", papers={"notice": "2/TB"})
        official.act(case, "close_window", "2026-09-18")
        opened, published, closed = (h["receipt"] for h in history())
        check_contains(receipt(commune, published)["since"], "The case went on since", "an act after which another came")
        check("since" not in receipt(commune, closed), "the last one")
        check_contains(file(commune, published)[1], "2/TB · ", "what is printed")

    with cases.case("a file of any kind that is altered at any place is refused, and says where"):
        for kind, content in files.items():
            for place in range(0, len(content) - 1, max(1, len(content) // 10)):
                altered = bytearray(content)
                altered[place] ^= 1
                result = desk.check(province.key, bytes(altered))
                check(result.status in (1, 4) and result.err.startswith("error: ") and "Nothing was changed" not in result.out, f"{kind}, byte {place}: {result!r}")

    def sync(expect=0):
        return province.run("sync", ministry.address, expect=expect)

    with cases.case("at the ministry, which got all in one piece, the same receipts stand, each file as small"):
        province.stop()
        sync()
        reader = ministry.client(token=above)
        check_equal(receipt(reader, first)["newest_receipt"], second, "of form 01")
        check_equal(file(reader, first)[0], files["01"], "its file")
        check_equal(file(reader, withdrawn)[0], files["act"], "of an act")
        check_contains(receipt(reader, opened)["since"], "went on", "of a case")

    with cases.case("a code of nothing that was filed is told so, with what may be the reason; a code that is another file's does not fit"):
        refused = ministry.client().get("/receipts/00000-00000.json", expect=404).json()["error"]
        check_contains(refused["message"], 'no submission with the receipt "00000-00000"', "the error")
        check_contains(refused["hint"], "a copy of a node", "what may be the reason")
        wrong = desk.check(province.key, files["01"].replace(first.encode(), second.encode()))
        check_equal(wrong.status, 4, repr(wrong))
        check_contains(wrong.err, "line 1 was altered", "another code in it")

    def told(unit, **more):
        """A report as another program writes it."""
        return {"form": "01", "about": about, "period": "2025", "cells": {"revenue": "1", "budget": "1", "labour": "7", "income": "1"}, "remark": "", "unit": unit, "by": "Kế toán", **more}

    with cases.case("what a node may not say has a receipt that says so, and why: to officials, to the public, by command"):
        stream = phutho.stream("25")
        stream.add("cluster.report", f"cluster-report/01/{about}/2025", told(f"{COMMUNE}@2025-07-01"), "ke-toan", "enterprise")
        check_equal(phutho.push(ministry, *stream.sealed()).json()["refused"], 1, "it is kept, and counts for nothing")
        found = receipt(reader, stream.hash)
        check_equal((found["counts"], found["form"]), (False, "01"), "the receipt")
        check_contains(found["does_not_count"], "may not report for unit", "why")
        check_contains(reader.get(f"/receipts/{stream.hash}", headers=HTML).text, "It does not count at this node: a node of unit 25 may not report", "its page")
        check_contains(ministry.client().get(f"/receipts/{stream.hash}", headers=HTML).text, "it does not count at this node", "the public's page")
        check_equal(ministry.client().get(f"/receipts/{stream.hash}.json").json()["counts"], False, "and JSON")
        check_contains(ministry.run("receipt", stream.hash, expect=0).out, "does not count: a node of unit 25", "by command")
        check_contains(reader.get(f"/figures/entry/{stream.hash}", headers=HTML).text, f'/receipts/{found["receipt"]}"', "the page of the entry leads to it")

    with cases.case("a file that another program made, by the page about the exchange alone, is read, whatever was filed"):
        for kind, subject, body, part in (("report.send", "report/monthly/25@2004-01-01/2026-10", {"by": "an", "filled_by": "thu", "version": 1, "figures": "iip_yoy,25,2026-10,,,107.25\n"}, "107.25"),
                                          ("cluster.report", f"cluster-report/01/{about}/2025", told("25@2004-01-01"), about), ("case.open", "case/8MEQE0M6T5", {"workflow": "x", "title": "T", "on": "2026-01-02"}, "8MEQE0M6T5"),
                                          ("case.act", "case/8MEQE0M6T5", {"action": "publish", "on": "2026-01-02"}, "publish"),
                                          ("quality.answer", "quality/a", {"finding": "a/b/iip_yoy/42/2026-09//", "answer": "explained", "reason": "lý do", "value": "1"}, "lý do")):
            stream.add(kind, subject, {**body, "unit": "25@2004-01-01"}, "an", "specialist")
            answer = desk.check(phutho.key, stream.receipt())
            check_equal(answer.status, 0, f"{kind}: {answer!r}")
            check_contains(answer.out, part, kind)

    with cases.case("where a seal covers what others filed, too, who may read only the own gets no file, and is told why"):
        below = Peer("xa", COMMUNE)
        province.trust(below)
        province.serve()
        stream = below.stream(COMMUNE)
        stream.add("cluster.report", f"cluster-report/01/{about}/2025", told(f"{COMMUNE}@2025-07-01"), "ke-toan", "enterprise")
        own = stream.hash
        stream.add("cluster.report", f"cluster-report/01/{about}0/2025", told(f"{COMMUNE}@2025-07-01", about=f"{about}0", remark="của người khác"), "khac", "enterprise")
        check_equal(below.push(province, *stream.sealed(), for_unit="42").json()["refused"], 0, "both count")
        tenant, officer = (province.client(token=tokens[login]) for login in ("tenant", "officer"))
        check_equal(receipt(tenant, own)["about"], about, "the receipt is the tenant's")
        check_contains(str(tenant.get(f"/receipts/{own}/file", expect=403, headers={"Accept": "application/json"}).json()), "also holds what others filed", "its file")
        check(tenant.get(f"/receipts/{own}.pdf").body.startswith(b"%PDF-"), "its document")
        content = officer.get(f"/receipts/{own}/file").body
        check_equal((len(content.splitlines()), desk.check(below.key, content).status), (4, 0), "an official of the territory reads both")
        province.stop()

    with cases.case("a copy of the node forks and gets a new key: the receipts that it gave lead to what took their place, and say so"):
        copy = province.snapshot()
        province.serve()
        tenant = province.client(token=tokens["tenant"])
        there = sign(tenant, "01", about, {**FIRST, "labour": "330"})
        province.stop()
        sync()
        province.roll_back(copy)
        province.serve()
        tenant = province.client(token=tokens["tenant"])
        here = sign(tenant, "01", about, {**FIRST, "labour": "340"})
        old_file = file(tenant, here)[0]
        old_key, old_hash = province.key, receipt(tenant, here)["entry"]
        province.stop()
        sync(expect=4)
        province.key = province.run("key", "--rotate", "--json", expect=0).json()["node"]
        sync()
        sync()
        province.serve()
        tenant = province.client(token=tokens["tenant"])
        for asked in (here, here.lower(), old_hash):
            found = receipt(tenant, asked)
            check_equal((found["takes_the_place_of"], found["counts"]), (here, True), "what stands in its place")
        again = found["receipt"]
        check(again not in (here, there), "it has a code of its own")
        check_equal([float(f["value"]) for f in found["figures"] if f["cell"] == "labour"], [340.0], "the same content")
        page = tenant.get(f"/receipts/{here}", headers=HTML).text
        for part in (f"It takes the place of receipt {here}", "two copies of the node had written at one place", f"/receipts/{again}/file"):
            check_contains(page, part, "the page of the old code")
        check_contains(file(tenant, again, province.key)[1], "340", "its file, under the new key")
        check_contains(province.run("receipt", here, expect=0).out, f"takes the place of: receipt {here}", "by command")
        check_equal(desk.check(old_key, old_file).status, 0, "the old file is still what the old key sealed")
        check_contains(receipt(tenant, there)["since"], "Another signed version stands against it", "what the other copy filed came back: neither had seen the other")
        check("takes_the_place_of" not in receipt(reader, again), "the ministry never held the other")
        ministry.client().get(f"/receipts/{here}.json", expect=404)
        check_contains(province.client().get(f"/receipts/{here}", headers=HTML).text, f"It takes the place of receipt {here}", "the public is told so, too")

    with cases.case("a second fork: both old codes lead to what stands now"):
        province.stop()
        copy = province.snapshot()
        province.serve()
        tenant = province.client(token=tokens["tenant"])
        sign(tenant, "01", about, {**FIRST, "labour": "350"})
        province.stop()
        sync()
        province.roll_back(copy)
        province.serve()
        tenant = province.client(token=tokens["tenant"])
        third = sign(tenant, "01", about, {**FIRST, "labour": "360"})
        province.stop()
        sync(expect=4)
        province.key = province.run("key", "--rotate", "--json", expect=0).json()["node"]
        sync()
        sync()
        province.serve()
        tenant = province.client(token=tokens["tenant"])
        check_equal(receipt(tenant, third)["takes_the_place_of"], third, "the second one's")
        check_equal(receipt(tenant, here)["receipt"], again, "the first one's still stands")


if __name__ == "__main__":
    tell(story)
