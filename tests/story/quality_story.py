#!/usr/bin/env python3
"""Quality of figures: how fresh a total is and who is missing; sources that disagree, whatever the order in which they come; rules over
what is stored, found, explained by who has to, and open again when the figure changes. Runs on both stores (CAUNOI_TEST_STORE)."""

import csv
import io
import re
import zipfile
from decimal import Decimal

from forms import Person
from support import ROOT, check, check_contains, check_equal, run, tell, wait_until


def story(cases, world):
    ministry, province = world.node("ministry", "VN"), world.node("ha-tinh", "42")
    ministry.trust(province)
    province.trust(ministry)
    ministry.run("import", world.path("sales.csv", "indicator,unit,period,value,status\n"
                                      "electricity_sold,01,2026-08,100,published\nelectricity_sold,79,2026-08,200.5,published\n"
                                      "electricity_sold,42,2026-08,7,published\nelectricity_sold,01,2026-09,90,published\n"
                                      "electricity_sold,79,2026-09,210,published\n"
                                      "export_value,01,2026-09,5,published\nexport_value,79,2026-09,7,published\n"
                                      "export_value,42,2026-08,3,published\n"), expect=0)
    ministry.add_user("reader", "specialist")
    token = ministry.token("reader")
    ministry.serve()
    web, inside = ministry.client(), ministry.client(token=token)
    total = "/figures/explain.json?indicator=electricity_sold&unit=VN&period=2026-09"

    with cases.case("a total says how many units reported of those expected, and who did not"):
        answer = inside.get(total).json()
        check_equal((answer["value"], answer["reported"], answer["expected"]), (300, 2, 34), "the total of two provinces")
        absent = {a["unit"]: a for a in answer["absent"]}
        check_equal(len(absent), 32, "provinces that have not reported")
        check("01" not in absent and "79" not in absent, "who has reported is not absent")
        check_equal(absent["42"], {"unit": "42", "newest_period": "2026-08", "has_node": True, "last_contact": None}, "Hà Tĩnh")
        check_equal(absent["11"]["newest_period"], None, "Điện Biên never reported")
        check_equal(absent["11"]["has_node"], False, "Điện Biên has no node")

    with cases.case("since when a node is silent is said to officials, not to the public"):
        province.run("sync", ministry.address, expect=0)
        heard = {a["unit"]: a for a in inside.get(total).json()["absent"]}["42"]
        check(heard["last_contact"] and heard["has_node"], "the node of Hà Tĩnh was heard from", heard)
        public = {a["unit"]: a for a in web.get(total).json()["absent"]}["42"]
        check_equal(public, {"unit": "42", "newest_period": "2026-08"}, "what the public learns: nothing of nodes")
        page = inside.get(total.replace(".json", ""), headers={"Accept": "text/html"}).text
        check_contains(page, "2 of 34 units have reported", "the page of the total")
        check_contains(page, "Ha Tinh", "the page of the total")

    with cases.case("the same beside every total: on the overview, in tables, lists and their files"):
        card = inside.get("/overview.json?ky=2026-09").json()["cards"][0]["figure"]
        check_equal((card["indicator"], card["total_of"], card["total_expected"], card["reported"], card["expected"]), ("export_value", 2, 34, 2, 34), "the card")
        check_equal([a["last_figure"] for a in card["absent"] if a["unit"] == "42"], ["2026-08"], "Hà Tĩnh on the card")
        page = inside.get("/quality?owner=42&unit=25", headers={"Accept": "text/html"}).text
        for name, code in (("owner", "42"), ("unit", "25")):
            check(re.search(rf'<select[^>]* name="{name}">(?:(?!</select>).)*<option value="{code}" selected>', page, re.S), f"{name}: chosen by name")
        for page in ("/quality", "/quality/units", "/quality/sources"):
            check_contains(inside.get(f"{page}.json?from=2026-02&to=2026-01", expect=422).text, "2026-02 comes after 2026-01", f"{page}: a span turned round is not one without findings")
        page = inside.get("/overview?ky=2026-09", headers={"Accept": "text/html"}).text
        check_contains(page, "2 of 34 units have reported", "the overview")
        check_contains(page, "not heard from: Cao Bang; Tuyen Quang … and 30 more", "the overview")
        table = "indicator=electricity_sold&unit=VN,42&from=2026-08&to=2026-09"
        page = inside.get(f"/tables?{table}", headers={"Accept": "text/html"}).text
        for words in ("of the least complete 2 of 34 units have reported", "not heard from: Cao Bang; Tuyen Quang; ", "… and 27 more", "2/34"):
            check_contains(page, words, "the table")
        check_contains(" ".join(inside.get(f"/tables.json?{table}").json()["notes"]), "not heard from: ", "notes of the table's JSON")
        check_contains(inside.get(f"/tables.csv?{table}").text, "2 of 34", "the table's CSV")
        check_contains(inside.get("/figures.csv?indicator=electricity_sold&unit=VN&from=2026-09").text, "sum of 2 of 34 units", "a list's CSV")
        absent = inside.get(f"/tables?indicator=electricity_sold&unit=VN&from=2026-08&to=2026-08", headers={"Accept": "text/html"}).text
        check_contains(absent, "3 of 34 units have reported", "the month before")
        with zipfile.ZipFile(io.BytesIO(inside.get(f"/tables.xlsx?{table}").body)) as book:
            sheets = " ".join(book.read(n).decode() for n in book.namelist() if n.endswith(".xml"))
        for words in ("not heard from: Cao Bang", "2 of 34"):
            check_contains(sheets, words, "the table's workbook")
        table = "indicator=electricity_sold&unit=01,42,79,04&from=2026-09&to=2026-09&totals=rows"
        for client, words in ((inside, "part: Ha Tinh (last figure Aug 2026, its node was heard last at "), (web, "part: Ha Tinh (last figure Aug 2026); Cao Bang")):
            for suffix in ("", ".json"):
                text = client.get(f"/tables{suffix}?{table}", headers={"Accept": "text/html"} if suffix == "" else {}).text
                check_contains(text, "of the least complete (Sep 2026) 2 of 4 units asked for are in it", "a table's own total")
                check_contains(text, words, "who is missing in it")
        check_equal(next(csv.DictReader(reversed(inside.get(f"/tables.csv?{table}").text.splitlines()), fieldnames=["unit", "name", "measure", "value", "mark"]))["mark"], "2 of 4", "its CSV")

    with cases.case("the total is whole when all have reported, and alive"):
        rows = "".join(f"electricity_sold,{u['unit']},2026-09,1,published\n" for u in inside.get(total).json()["absent"])
        ministry.stop()
        ministry.run("import", world.path("rest.csv", "indicator,unit,period,value,status\n" + rows), expect=0)
        ministry.serve()
        answer = inside.get(total).json()
        check_equal((answer["value"], answer["reported"], answer["absent"]), (332, 34, []), "the total of all")
    ministry.stop()
    published(cases, world)
    sources(cases, world)


def published(cases, world):
    """The publisher's own tables against the rules (docs/quality.md names the two months)."""
    node = world.node("published", "VN")
    node.run("import", ROOT / "data" / "published" / "gso_export.csv", "--table", "export", "--source", "GSO", expect=0)
    node.add_user("reader", "specialist")
    token = node.token("reader")
    node.serve()
    with cases.case("of the published exports two months are not the sum of their sectors, each by an adjusted whole number"):
        found = [f for f in node.client(token=token).get("/quality.json?state=all").json()["rows"] if f["rule"] == "sectors"]
        check_equal([f["period"] for f in found], ["2024-08", "2025-02"], "months")
        with open(ROOT / "data" / "published" / "gso_export.csv", encoding="utf-8") as file:
            rows = {(r["period"], r["code"]): r["value"] for r in csv.DictReader(file) if r["release"] == r["period"] and r["measure"] == "month_value"}
        for month, adjusted in (("2024-08", "khu_vuc_co_von_dau_tu_nuoc_ngoai"), ("2025-02", "khu_vuc_kinh_te_trong_nuoc")):
            total, *parts = (Decimal(rows[month, code]) for code in ("tong_tri_gia", "khu_vuc_kinh_te_trong_nuoc", "khu_vuc_co_von_dau_tu_nuoc_ngoai"))
            check(total != sum(parts) and round(total) == sum(round(p) for p in parts), "the whole numbers add up, the figures do not:", month)
            check("." not in rows[month, adjusted], "the adjusted one has no decimals:", month)
    node.stop()


STATISTICS = "Cục Thống kê Hà Tĩnh, họp báo 29/12/2021 (Báo Hà Tĩnh)"
PRESS = "Báo Công Thương, 01/2022"


def sources(cases, world):
    """Hà Tĩnh's production index of 2021, as shipped: 114.02 by the statistics office, 116.45 in the press a month later."""
    demo = ROOT / "data" / "demo"
    forth, back = world.node("forth", "VN"), world.node("back", "VN")
    files = [(demo / "statistics-hatinh-2021-12.csv", STATISTICS), (demo / "seed.csv", PRESS)]
    for node, order in ((forth, files), (back, files[::-1])):
        for path, source in order:
            node.run("import", path, "--source", source, expect=0)
        node.add_user("reader", "specialist")
    told = {}
    for node in (forth, back):
        node.serve()
        web = node.client()
        figure = web.get("/figures/explain.json?indicator=iip_yoy&unit=42&period=2021&item=TOTAL").json()
        told[node.name] = (figure["value"], figure["rule"], [(s["source"], s["kind"], s["value"], s["difference"], s["stands"]) for s in figure["sources"]],
                           web.get("/quality/sources.csv").text.replace(node.key, ""), web.get("/figures.csv?unit=42").text.split("\n")[0])
    with cases.case("the statistics office stands before the press, whichever came first"):
        check_equal(told["forth"], told["back"], "two orders of arrival")
        value, rule, listed, audit, _ = told["forth"]
        check_equal(value, 114.02, "the official figure")
        check_equal(listed, [(STATISTICS, "statistics", 114.02, 0, True), (PRESS, "press", 116.45, 2.43, False)], "both sources")
        check_contains(rule, "priority 40", "the rule")
        check_equal(audit.count("iip_yoy"), 2, "lines of the audit list: two sources of one figure")
        check("grdp_growth" not in audit, "sources that agree are no difference", audit)
    web = forth.client(language="vi")
    with cases.case("what was known on a day stays what was known"):
        for known, value in (("2021-12-28", None), ("2021-12-30", 114.02), ("2022-02-01", 114.02)):
            rows = web.get(f"/figures.json?indicator=iip_yoy&unit=42&item=TOTAL&from=2021&to=2021&known={known}").json()["rows"]
            check_equal([r["value"] for r in rows], [] if value is None else [value], f"as known on {known}")
    with cases.case("the pages show both, in Vietnamese, and say by which rule one stands"):
        page = web.get("/figures/explain?indicator=iip_yoy&unit=42&period=2021&item=TOTAL", headers={"Accept": "text/html"}).text
        for words in ("114,02", "116,45", "+2,43", "Các nguồn khác nhau", "được dùng", "Báo chí dẫn lại"):
            check_contains(page, words, "the page of the figure")
        page = web.get("/quality/sources", headers={"Accept": "text/html"}).text
        for words in ("114,02", "116,45", "+2,43", STATISTICS, PRESS, "Thứ tự nguồn"):
            check_contains(page, words, "the audit list")
        check_equal(web.get("/quality/sources.json?unit=25").json()["count"], 0, "of another province")
        check_contains(web.get("/quality/sources.json?unit=ZZ", expect=422).text, "ZZ", "an unknown unit")
    with cases.case("a page that does not show all says so; the file has all"):
        check("Chỉ hiện" not in page, "a page that shows all")
        forth.stop()
        for source, value in ((STATISTICS, 1), (PRESS, 2)):
            rows = "".join(f"electricity_sold,{unit},{year}-{month:02d},{value},published\n" for unit in (40, 42) for year in range(2005, 2019) for month in range(1, 13))
            forth.run("import", world.path("many.csv", "indicator,unit,period,value,status\n" + rows), "--source", source, expect=0)
        forth.serve()
        web = forth.client(language="vi")
        check_equal(web.get("/quality/sources.json").json()["count"], 2 * (1 + 2 * 14 * 12), "two sources of each figure")
        page = web.get("/quality/sources", headers={"Accept": "text/html"}).text
        check_contains(page, "Chỉ hiện 300", "the audit list")
    with cases.case("a report of the administration is named as whoever recorded it named it, wherever sources stand side by side"):
        forth.stop()
        own = "Sở Công Thương Quảng Ngãi"
        for source, value in ((own, 7), (STATISTICS, 8)):
            forth.run("import", world.path("own.csv", f"indicator,unit,period,value,status\nelectricity_sold,51,2021-12,{value},published\n"), "--source", source, expect=0)
        forth.serve()
        web = forth.client()
        address = "/figures/explain{}?indicator=electricity_sold&unit=51&period=2021-12"
        check_equal([(s["source"], s["value"], s["stands"]) for s in web.get(address.format(".json")).json()["sources"]], [(STATISTICS, 8, True), (own, 7, False)], "JSON of the figure")
        for path, headers in ((address.format(""), {"Accept": "text/html"}), ("/quality/sources?unit=51", {"Accept": "text/html"}), ("/quality/sources.csv?unit=51", {})):
            check_contains(web.get(path, headers=headers).text, own, path)
    forth.stop()
    back.stop()
    findings(cases, world)


HEAD = "indicator,unit,period,item,value,status\n"


def findings(cases, world):
    ministry, province = world.node("office", "VN"), world.node("department", "42")
    ministry.trust(province)
    province.trust(ministry)
    province.run("import", world.path("odd.csv", HEAD + "retail_sales,42,2026-08,,5000,approved\nretail_sales,42,2026-09,,5,approved\n"
                                      "iip_yoy,42,2026-09,TOTAL,16.45,approved\nexport_value,42,2026-09,tong_tri_gia,100,approved\n"
                                      "export_value,42,2026-09,khu_vuc_kinh_te_trong_nuoc,40,approved\n"
                                      "export_value,42,2026-09,khu_vuc_co_von_dau_tu_nuoc_ngoai,70,approved\n"), expect=0)
    ministry.run("import", world.path("good.csv", HEAD + "retail_sales,40,2026-08,,4000,published\nretail_sales,40,2026-09,,4100,published\n"), "--source",
                 "a test", expect=0)
    ministry.run("import", world.path("office.csv", HEAD + "export_value,42,2026-09,tong_tri_gia,120,published\n"), "--source",
                 "Cục Thống kê Hà Tĩnh, tháng 9/2026", expect=0)
    for node in (ministry, province):
        for login, role in (("officer", "specialist"), ("leader", "director")):
            node.add_user(login, role)
    ministry.serve()
    province.run("sync", ministry.address, expect=0)
    province.serve(upstream=ministry.address)
    above, here = ministry.signed_in("officer"), province.signed_in("officer")

    def listed(client, question=""):
        return {row["finding"].rpartition("/42@")[0]: row for row in client.get(f"/quality.json?state=all&{question}").json()["rows"]}

    with cases.case("rules find what is stored, with level, severity and who has to act"):
        found = listed(above, "unit=42")
        check_equal(sorted(found), [f"figures_month/{name}" for name in ("gaps/export_value", "gaps/retail_sales", "index_range/iip_yoy", "sectors/export_value",
                                                                         "sources/export_value", "unit/retail_sales")], "findings about Hà Tĩnh")
        kinds = {name: (row["level"], row["severity"], row["owner"], row["state"]) for name, row in found.items()}
        check_equal(kinds["figures_month/unit/retail_sales"], ("plausibility", "warning", "42", "open"), "another unit of measure")
        check_equal(kinds["figures_month/index_range/iip_yoy"], ("plausibility", "warning", "42", "open"), "a growth rate in place of an index")
        check_equal(kinds["figures_month/sectors/export_value"], ("consistency", "error", "VN", "open"), "parts and whole")
        check_equal(kinds["figures_month/sources/export_value"], ("sources", "warning", "VN", "open"), "the office says otherwise; who wrote what stands has to act")
        check(all(row["advice"] and row["message"] for row in found.values()), "each says what was found and what should be done")
        check(not any(row["unit"] == "40" and row["severity"] != "info" for row in above.get("/quality.json?state=all").json()["rows"]), "good figures are left alone")
        check_equal(found, listed(here), "the province finds the same")

    with cases.case("the ministry has a count for each province"):
        rows = {row["unit"]: row for row in above.get("/quality/units.json?unit=VN").json()["rows"]}
        check_equal((rows["42"]["warnings"], rows["VN"]["warnings"]), (2, 1), "open warnings by who has to act")
        check(rows["42"]["about"] >= 3, "open about the figures of Hà Tĩnh", rows)

    key = listed(here)["figures_month/unit/retail_sales"]["finding"]
    with cases.case("only who has to act may answer, with a reason"):
        for client, answer, reason, status, words in ((above, "explained", "so", 403, "42"), (here, "accepted", "so", 403, "42"), (here, "explained", " ", 422, "reason"),
                                                      (here, "wow", "so", 422, "explained, accepted")):
            said = client.send("POST", "/quality/finding.json", {"key": key, "answer": answer, "reason": reason})
            check_equal(said.status, status, f"{answer} with {reason!r}: {said!r}")
            check_contains(said.text, words, f"{answer} with {reason!r}")
        page = Person(province, "officer", "en")
        form = page.look(f"/quality/finding?key={key}").form_for("/quality/finding").fill({"reason": "long " * 1000})
        check_equal(page.press(form, "explained", expect=422, by_hand=True).marked, 1, "the reason is marked, and stands there")
        check_equal(listed(here)["figures_month/unit/retail_sales"]["state"], "open", "nothing was written")

    with cases.case("an answer is a signed entry, travels, and the finding is shown as explained"):
        said = here.send("POST", "/quality/finding.json", {"key": key, "answer": "explained", "reason": "Tháng 9 báo cáo theo nghìn tỷ"}, expect=200).json()["rows"][0]
        check_equal((said["state"], said["by"], len(said["entry"])), ("explained", "officer", 64), "the answer")
        row = wait_until(lambda: (lambda r: r if r["state"] == "explained" else None)(listed(above, "unit=42")["figures_month/unit/retail_sales"]), 20,
                         "the ministry hears of it")
        check_equal((row["reason"], row["by"]), ("Tháng 9 báo cáo theo nghìn tỷ", "officer"), "as the ministry sees it")
        page = above.get(f"/quality/finding?key={key}", headers={"Accept": "text/html"}).text
        for words in ("Tháng 9 báo cáo theo nghìn tỷ", f'/receipts/{said["receipt"]}"', "/figures/explain?indicator=retail_sales"):
            check_contains(page, words, "the page of the finding")
        leader = province.signed_in("leader")
        leader.send("POST", "/quality/finding.json", {"key": key, "answer": "accepted", "reason": "Đúng"}, expect=200)
        check_equal(listed(leader)["figures_month/unit/retail_sales"]["state"], "accepted", "the leader accepts")
        both = leader.get(f"/quality/finding?key={key}", headers={"Accept": "text/html"}).text
        check("“Đúng”" in both and "<td data-l=\"Reason\">Tháng 9 báo cáo theo nghìn tỷ</td>" in both, "the answer that stands and the one before, side by side", both)
        receipt = leader.get(f"/receipts/{said['receipt']}.json").json()
        check_equal([receipt[k] for k in ("kind", "about", "unit", "period", "sent_by")], ["quality.answer", key, "42", "2026-09", "officer"], "the receipt of the first answer")
        check_equal({f["name"]: f["value"] for f in receipt["facts"] if f["name"] != "value"}, {"answer": "explained", "reason": "Tháng 9 báo cáo theo nghìn tỷ"}, "what was said")
        check_contains(receipt["since"], "Another answer took its place", "what became of it")
        file = world.path("answer.txt")
        file.write_bytes(leader.get(f"/receipts/{said['receipt']}/file").body)
        check_contains(run("receipt", "--key", province.key, file, expect=0).out, "Tháng 9 báo cáo theo nghìn tỷ", "its file without a node")
        check_equal(sorted(set(province.client().get(f"/receipts/{said['receipt']}.json").json()) & {"facts", "about", "sent_by"}), [], "the public")
        check_equal(above.get("/quality.json?state=accepted&unit=42").json()["count"] <= 1, True, "filter by state")

    with cases.case("when the figure changes, an old answer counts no more; when it is right, nothing is found"):
        province.stop()
        province.run("import", world.path("again.csv", HEAD + "retail_sales,42,2026-09,,4,approved\niip_yoy,42,2026-09,TOTAL,116.45,approved\n"), expect=0)
        province.serve(upstream=ministry.address)
        leader = province.signed_in("leader")
        found = listed(leader)
        check_equal(found["figures_month/unit/retail_sales"]["state"], "open", "another value")
        check("figures_month/index_range/iip_yoy" not in found, "the index was corrected")
        page = leader.get(f"/quality/finding?key={key}", headers={"Accept": "text/html"}).text
        check_contains(page, "said about another value", "the page of the finding")
        check_equal(leader.get("/quality/finding?key=a/b/c", expect=422).status, 422, "no key")
        check_equal(leader.get(f"/quality/finding?key={key.replace('unit', 'jump')}", expect=404).status, 404, "no finding")

    with cases.case("all rules are listed as data"):
        rules = here.get("/quality/rules.json").json()["rows"]
        check({"Structure", "Consistency", "Plausibility", "Against other sources"} == {r["level"] for r in rules}, "every level has a rule", {r["level"] for r in rules})
        check(all(r["basis"] and r["message"] for r in rules), "each says on what it rests")
        check(all(r["advice"] for r in rules if r["set"] != "Main indicators of industry and trade"), "and what should be done")
    province.stop()
    ministry.stop()


if __name__ == "__main__":
    tell(story)
