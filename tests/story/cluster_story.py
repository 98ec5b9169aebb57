#!/usr/bin/env python3
"""Industrial clusters between a commune, its province and the ministry: the register with what is refused and by which rule, boundaries, vacant
plots, the four forms filled from below and signed off, the national sum. Runs on both stores (CAUNOI_TEST_STORE)."""

import json

from support import check, check_contains, check_equal, tell

COMMUNE, OTHER = "18073", "18100"
IDENTITY = {"name": "Cụm công nghiệp Thạch Hà 1", "kind": "general", "state": "operating", "formed": "later", "established_on": "2025-06-02",
            "trades": "cơ khí, chế biến gỗ", "latitude": "18.3400", "longitude": "105.9000", "detailed_plan": "yes", "project": "yes", "source": "Minh họa"}
AREAS = {"total": "70", "industrial": "42.0", "ready": "30.0", "leased": "21.0", "committed": "4.2"}


def square(west, south, side=0.01):
    east, north = west + side, south + side
    return json.dumps({"type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]]})


def put(client, at, list_, fields, item="", expect=303, **more):
    return client.send("POST", at, {"list": list_, "item": item, "fields": fields, **more}, expect=expect)


def made(client, name, unit=COMMUNE, areas=AREAS, **identity):
    got = client.send("POST", "/clusters", {"unit": unit, "fields": {**IDENTITY, "name": name, **identity}}, expect=303)
    at = got.headers["Location"].removesuffix(".json")
    put(client, at, "areas", areas)
    return at


def rows(client, address):
    return client.get(address).json()["rows"]


def record(client, at):
    return {(r["list"], r["item"], r["field"]): r["value"] for r in rows(client, f"{at}.json")}


def story(cases, world):
    ministry, province = world.node("ministry", "VN"), world.node("ha-tinh", "42")
    ministry.trust(province)
    province.trust(ministry)
    ministry.add_user("officer", "specialist")
    for login, role, unit in (("officer", "specialist", "42"), ("leader", "director", "42"), ("commune", "commune", COMMUNE), ("neighbour", "commune", OTHER),
                              ("tenant", "enterprise", COMMUNE), ("investor", "enterprise", COMMUNE)):
        province.add_user(login, role, unit=unit)
    tokens = {login: province.token(login) for login in ("officer", "leader", "commune", "neighbour", "tenant", "investor")}
    above = ministry.token("officer")
    ministry.serve()
    province.run("sync", ministry.address, expect=0)
    province.serve()
    office, leader, commune, neighbour, tenant, investor = (province.client(token=tokens[t]) for t in tokens)
    public, bureau = province.client(), ministry.client(token=above)

    with cases.case("the commune records a cluster; occupancy is of the planned industrial land: 60.0 %, not the 84 % of the ready land"):
        at = made(commune, IDENTITY["name"])
        one = rows(public, "/clusters.json?unit=42")[0]
        check_equal((one["name"], one["unit"], one["occupancy"]), (IDENTITY["name"], f"{COMMUNE}@2025-07-01", 60.0), "the cluster")
        page = public.get(at, headers={"Accept": "text/html"}).text
        check_contains(page, "60.0%", "its page")
        check_contains(page, "of 42.0 ha of industrial land; 30.0 ha are ready", "its page")

    with cases.case("land that cannot be so is refused and nothing is written"):
        answer = put(commune, at, "areas", {**AREAS, "leased": "40"}, expect=422).json()
        check_contains(str(answer), "more land is leased or licensed than there is industrial land", "leased land")
        check_contains(str(answer), "khoản 7 Điều 2", "its rule")
        check_contains(str(put(commune, at, "areas", {**AREAS, "ready": "43"}, expect=422).json()), "more land is ready", "ready land")
        check_contains(str(put(commune, at, "areas", {**AREAS, "total": "40"}, expect=422).json()), "larger than the cluster", "the whole")
        check_contains(str(put(commune, at, "areas", {**AREAS, "total": "siebzig"}, expect=422).json()), "is no number", "a word")
        check_contains(str(put(commune, at, "areas", {**AREAS, "colour": "red"}, expect=422).json()), "not known here", "an unknown field")
        check_equal(record(commune, at)[("areas", "", "leased")], "21.0", "what stands")

    with cases.case("a cluster of 80 ha needs a legal ground, and its bounds are those of the day of its decision"):
        answer = put(commune, at, "areas", {**AREAS, "total": "80"}, expect=422).json()
        check_contains(str(answer), "outside 10.0–75.0 ha: name the legal ground", "80 ha")
        check_contains(str(answer), "khoản 1 Điều 2", "its rule")
        put(commune, at, "areas", {**AREAS, "total": "80", "ground": "Khoản 1 Điều 35 Nghị định 32/2024/NĐ-CP: hình thành trước năm 2009"})
        check_contains(commune.get(at, headers={"Accept": "text/html"}).text, "The area lies outside the bounds", "its page says so")
        put(commune, at, "areas", AREAS)
        small = {**AREAS, "total": "8", "industrial": "6", "ready": "0", "leased": "0", "committed": "0"}
        before = made(commune, "Cụm nhỏ", areas={**AREAS, "total": "12", "industrial": "6", "ready": "0", "leased": "0", "committed": "0"}, established_on="2026-09-14")
        check_contains(str(put(commune, before, "areas", small, expect=422).json()), "outside 10.0–75.0 ha", "8 ha on 14 September 2026")
        put(commune, before, "identity", {**IDENTITY, "name": "Cụm nhỏ", "established_on": "2026-09-15"})
        put(commune, before, "areas", small)
        put(commune, before, "identity", {**IDENTITY, "name": "Cụm nhỏ", "state": "revoked", "established_on": "2026-09-15"})

    with cases.case("only officials of the territory keep the register; the public sees what is public"):
        check_contains(str(put(neighbour, at, "areas", AREAS, expect=403).json()), "territory", "the neighbour")
        check_contains(str(put(tenant, at, "areas", AREAS, expect=403).json()), "kept by officials", "an enterprise")
        put(public, at, "areas", AREAS, expect=401)
        put(commune, at, "tenant", {"name": "Nhà máy gỗ", "state": "operating", "fdi": "no", "account": "tenant"}, item="T1")
        put(commune, at, "investor", {"name": "Công ty hạ tầng A", "kind": "enterprise", "from": "2025-06-02", "account": "investor"}, item="I1")
        seen, inside = record(public, at), record(office, at)
        check(("tenant", "T1", "name") in inside and ("tenant", "T1", "name") not in seen, "tenants are for officials")
        check(("investor", "I1", "account") in inside and ("investor", "I1", "account") not in seen, "accounts are for officials")
        check_equal(seen[("investor", "I1", "name")], "Công ty hạ tầng A", "the investor is public")

    with cases.case("a boundary must be valid, hold the leased land, and share no land with another"):
        crossed = json.dumps({"type": "Polygon", "coordinates": [[[105.9, 18.3], [105.91, 18.31], [105.91, 18.3], [105.9, 18.31], [105.9, 18.3]]]})
        check_contains(str(put(commune, at, "boundary", {"geojson": crossed}, expect=422).json()), "Self-intersection", "a crossed ring")
        check_contains(str(put(commune, at, "boundary", {"geojson": square(105.9, 18.3, 0.003)}, expect=422).json()), "than lies within the boundary", "a small one")
        put(commune, at, "boundary", {"geojson": square(105.9, 18.3)})
        check_contains(str(put(commune, at, "areas", {**AREAS, "total": "75", "industrial": "74", "leased": "69", "ground": ""}, expect=303).headers["Location"]), "/clusters/", "within 117 ha")
        put(commune, at, "areas", AREAS)
        second = made(commune, "Cụm công nghiệp Thạch Hà 2")
        answer = put(commune, second, "boundary", {"geojson": square(105.905, 18.3)}, expect=409).json()
        check_contains(str(answer), f'with the cluster \\"{IDENTITY["name"]}\\"'.replace('\\', ''), "an overlap")
        put(commune, second, "boundary", {"geojson": square(105.91, 18.3)})
        collection = public.get("/clusters/boundaries.json?unit=42").json()
        check_equal(sorted(f["id"] for f in collection["features"]), sorted([at[-10:], second[-10:]]), "boundaries as GeoJSON")

    with cases.case("vacant plots are found by area, price, trade, wastewater and distance; withdrawn ones are gone"):
        put(commune, at, "environment", {"wastewater": "1500", "wastewater_state": "built", "meets_standard": "yes"})
        for name, area, price, state, trades in (("A3", "12400", "62", "vacant", ""), ("B2", "8600", "64.5", "vacant", "cơ khí"), ("B5", "15200", "62", "leased", ""),
                                                 ("C1", "21000", "60", "vacant", "dệt may")):
            put(commune, at, "plot", {"area": area, "price": price, "state": state, "trades": trades}, item=name)
        put(commune, second, "plot", {"area": "30000", "state": "vacant"}, item="X1")
        put(commune, second, "identity", {**IDENTITY, "name": "Cụm công nghiệp Thạch Hà 2", "latitude": "18.60", "longitude": "105.70"})
        names = lambda query: [p["plot"] for p in rows(public, f"/clusters/plots.json?unit=42&{query}")]
        check_equal(names(""), ["X1", "C1", "A3", "B2"], "all vacant, the largest first")
        check_equal(names("area=10000&price=62"), ["C1", "A3"], "by area and price")
        check_equal(names("trades=C%C6%A1+Kh%C3%AD"), ["X1", "A3", "B2"], "by trade: those that take it, and those that take all")
        check_equal(names("wastewater=1000"), ["C1", "A3", "B2"], "by wastewater plant")
        check_equal(names("near=18.34,105.9&within=10"), ["C1", "A3", "B2"], "by distance")
        near = rows(public, "/clusters/plots.json?unit=42&near=18.60,105.70")
        check_equal((near[0]["plot"], near[0]["distance"]), ("X1", 0), "the nearest first")
        put(commune, at, "plot", {}, item="B2", withdrawn=True)
        check_equal(names(""), ["X1", "C1", "A3"], "after B2 was withdrawn")
        one = next(c for c in rows(public, "/clusters.json?unit=42") if c["id"] == at[-10:])
        check_equal((one["vacant_plots"], one["vacant_area"], one["largest_plot"], one["price"]), (2, 33400, 21000, 60), "the cluster's plots")
        check_contains(public.get(f"/clusters/compare?id={at[-10:]}&id={second[-10:]}", headers={"Accept": "text/html"}).text, "60.0%", "side by side")

    with cases.case("clusters that operate and were never established are a list of things to settle, with the day"):
        old = made(commune, "Cụm làng nghề cũ", state="operating_not_established", formed="before_2009", established_on="")
        todo = rows(office, "/clusters/work.json")
        check_equal([(t["cluster"], t["rule"]) for t in todo], [(old[-10:], "Nghị định 32/2024/NĐ-CP, điểm b khoản 4 Điều 35")], "to be settled")
        check_contains(office.get("/clusters/work", headers={"Accept": "text/html"}).text, "31 December 2026", "until when")
        public.get("/clusters/work.json", expect=401)

    with cases.case("the ministry sees the same register after the exchange"):
        province.stop()
        province.run("sync", ministry.address, expect=0)
        province.serve()
        key = lambda list_: sorted((r["id"], r["name"], r["occupancy"]) for r in list_)
        check_equal(key(rows(bureau, "/clusters.json")), key(rows(province.client(), "/clusters.json?unit=42")), "the register at both nodes")

    for node in (ministry, province):
        node.stop()
        node.run("verify", expect=0)
        node.run("rebuild", "--check", expect=0)


if __name__ == "__main__":
    tell(story)
