#!/usr/bin/env python3
"""Quality of figures: how fresh a total is and who is missing. Runs on both stores (CAUNOI_TEST_STORE)."""

from support import check, check_contains, check_equal, tell


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


if __name__ == "__main__":
    tell(story)
