#!/usr/bin/env python3
"""Quality of figures: how fresh a total is and who is missing; sources that disagree, whatever the order in which they come. Runs on both stores (CAUNOI_TEST_STORE)."""

from support import ROOT, check, check_contains, check_equal, tell


def story(cases, world):
    ministry, province = world.node("ministry", "VN"), world.node("ha-tinh", "42")
    ministry.trust(province)
    province.trust(ministry)
    ministry.run("import", world.path("sales.csv", "indicator,unit,period,value,status\n"
                                      "electricity_sold,01,2026-08,100,published\nelectricity_sold,79,2026-08,200.5,published\n"
                                      "electricity_sold,42,2026-08,7,published\nelectricity_sold,01,2026-09,90,published\n"
                                      "electricity_sold,79,2026-09,210,published\n"), expect=0)
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
        check_equal((public["last_contact"], public["has_node"]), (None, False), "what the public learns of nodes")
        page = inside.get(total.replace(".json", ""), headers={"Accept": "text/html"}).text
        check_contains(page, "2 of 34 units have reported", "the page of the total")
        check_contains(page, "Ha Tinh", "the page of the total")

    with cases.case("the total is whole when all have reported, and alive"):
        rows = "".join(f"electricity_sold,{u['unit']},2026-09,1,published\n" for u in inside.get(total).json()["absent"])
        ministry.stop()
        ministry.run("import", world.path("rest.csv", "indicator,unit,period,value,status\n" + rows), expect=0)
        ministry.serve()
        answer = inside.get(total).json()
        check_equal((answer["value"], answer["reported"], answer["absent"]), (332, 34, []), "the total of all")
    ministry.stop()
    sources(cases, world)


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
    forth.stop()
    back.stop()


if __name__ == "__main__":
    tell(story)
