#!/usr/bin/env python3
"""Industrial clusters between a commune, its province and the ministry: the register with what is refused and by which rule, boundaries, vacant
plots, the four forms filled from below and signed off, the national sum. Runs on both stores (CAUNOI_TEST_STORE),
in ./check too on each database by itself: its lists have many forms."""

import datetime
import html
import json
import re

from forms import Page, Person
from support import check, check_contains, check_equal, tell, this_day

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
                              ("tenant", "enterprise", COMMUNE), ("seeker", "enterprise", "42"), ("investor", "enterprise", COMMUNE), ("holder", "enterprise", COMMUNE)):
        province.add_user(login, role, unit=unit)
    tokens = {login: province.token(login) for login in ("officer", "leader", "commune", "neighbour", "tenant", "investor")}
    ministry.add_user("chief", "director")
    ministry.add_user("deputy", "specialist", unit="42")  # of the department, at the ministry's node
    above, top, second_desk = (ministry.token(login) for login in ("officer", "chief", "deputy"))
    ministry.serve()
    province.run("sync", ministry.address, expect=0)
    province.serve()
    office, leader, commune, neighbour, tenant, investor = (province.client(token=tokens[t]) for t in tokens)
    public, bureau, chief, deputy = province.client(), ministry.client(token=above), ministry.client(token=top), ministry.client(token=second_desk)

    with cases.case("the commune records a cluster; occupancy is of the planned industrial land: 60.0 %, not the 84 % of the ready land"):
        at = made(commune, IDENTITY["name"])
        one = rows(public, "/clusters.json?unit=42")[0]
        check_equal((one["name"], one["unit"], one["occupancy"]), (IDENTITY["name"], f"{COMMUNE}@2025-07-01", 60.0), "the cluster")
        page = public.get(at, headers={"Accept": "text/html"}).text
        check_contains(page, "60.0%", "its page")
        check_contains(page, "of 42.0 ha of industrial land; 30.0 ha are ready", "its page")

    with cases.case("the overview's card is the register's: the same figure as on /clusters, with its denominators, its day and its source; an empty register says so"):
        own = lambda client, **ask: next(c["own"] for c in client.get("/overview.json?ky=2021").json()["cards"] if "own" in c)
        card = own(public)
        check_equal((card["value"], card["made_of"]), (60, "leased 21.0 ha, licensed 4.2 ha, of 42.0 ha of industrial land; 30.0 ha are ready; 1 clusters of 1 of 34 provinces"), "the card")
        check_equal((card["address"], card["as_of"], card["source"]), ("/clusters?unit=VN", this_day().isoformat(), "Register of clusters: Minh họa"), "where it is from")
        check_contains(public.get(card["address"], headers={"Accept": "text/html"}).text, "<b>60.0%</b>", "the page it leads to")
        page = public.get("/overview?ky=2021", headers={"Accept": "text/html"}).text
        check_contains(page, "leased 21.0 ha, licensed 4.2 ha, of 42.0 ha of industrial land", "the overview")
        check_equal(own(ministry.client())["missing"], "The register of clusters is empty here.", "at a node that has none yet")
        check_contains(ministry.client().get("/overview?ky=2021", headers={"Accept": "text/html"}).text, "The register of clusters is empty here.", "and on its page")

    with cases.case("land that cannot be so is refused and nothing is written"):
        answer = put(commune, at, "areas", {**AREAS, "leased": "40"}, expect=422).json()
        check_contains(str(answer), "more land is leased or licensed than there is industrial land", "leased land")
        check_contains(str(answer), "khoản 7 Điều 2", "its rule")
        check_contains(str(put(commune, at, "areas", {**AREAS, "ready": "43"}, expect=422).json()), "more land is ready", "ready land")
        check_contains(str(put(commune, at, "areas", {**AREAS, "total": "40"}, expect=422).json()), "larger than the cluster", "the whole")
        check_contains(str(put(commune, at, "areas", {**AREAS, "total": "siebzig"}, expect=422).json()), "is no number", "a word")
        check_contains(str(put(commune, at, "areas", {**AREAS, "colour": "red"}, expect=422).json()), "not known here", "an unknown field")
        tomorrow = (this_day() + datetime.timedelta(days=1)).isoformat()
        check_contains(put(commune, at, "decision", {"kind": "expand", "number": "1/QĐ", "decided_on": tomorrow}, expect=422).json()["fields"]["decided_on"], "lies in the future", "a decision to come")
        check_contains(put(commune, at, "plan", {"change": "added", "decision": "1/QĐ", "decided_on": tomorrow}, expect=422).json()["fields"]["decided_on"], "lies in the future", "a plan to come")
        check_contains(put(commune, at, "investor", {"name": "A", "kind": "enterprise", "from": "2025-06-02", "to": "2025-06-01"}, expect=422).json()["fields"]["to"], "before the first", "an end before its beginning")
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
        page = public.get(at, headers={"Accept": "text/html"}).text
        entries = re.findall(r'href="(/figures/entry/[0-9a-f]{64})"', page)
        check(0 < len(entries) < len(re.findall(r'href="/figures/entry/', office.get(at, headers={"Accept": "text/html"}).text)), "the page leads the public to entries of public lists alone", len(entries))
        check_equal({public.get(f"{entry}.json").json()["unit"] for entry in entries}, {"42"}, "what proves them")

    with cases.case("a boundary must be valid, hold the leased land, and share no land with another"):
        crossed = json.dumps({"type": "Polygon", "coordinates": [[[105.9, 18.3], [105.91, 18.31], [105.91, 18.3], [105.9, 18.31], [105.9, 18.3]]]})
        check_contains(str(put(commune, at, "boundary", {"geojson": crossed}, expect=422).json()), "a ring crosses itself", "a crossed ring")
        check_contains(str(put(commune, at, "boundary", {"geojson": square(105.9, 18.3, 0.003)}, expect=422).json()), "than lies within the boundary", "a small one")
        put(commune, at, "boundary", {"geojson": square(105.9, 18.3)})
        put(commune, at, "areas", {**AREAS, "total": "75", "industrial": "74", "leased": "69", "ground": ""})  # within 117 ha
        put(commune, at, "areas", AREAS)
        second = made(commune, "Cụm công nghiệp Thạch Hà 2")
        answer = put(commune, second, "boundary", {"geojson": square(105.905, 18.3)}, expect=409).json()
        check_contains(str(answer), f'with the cluster \\"{IDENTITY["name"]}\\"'.replace('\\', ''), "an overlap")
        put(commune, second, "boundary", {"geojson": square(105.91, 18.3)})
        collection = public.get("/clusters/boundaries.json?unit=42").json()
        check_equal(sorted(f["id"] for f in collection["features"]), sorted([at[-10:], second[-10:]]), "boundaries as GeoJSON")

    with cases.case("the boundary of a plot lies in that of its cluster and shares no land with another plot; a boundary comes from a file, too"):
        plot = lambda name, west, side, expect=303: put(commune, at, "plot", {"area": "100", "state": "reserved", "geojson": square(west, 18.301, side)}, item=name, expect=expect)
        plot("P1", 105.901, 0.002)
        check_contains(str(plot("P2", 105.902, 0.002, expect=409).json()), 'shares', "over another plot")
        check_contains(str(plot("P2", 105.909, 0.002, expect=422).json()), "outside the boundary of the cluster", "half of it outside")
        check_contains(str(put(commune, at, "plot", {"area": "100", "state": "reserved", "geojson": crossed}, item="P2", expect=422).json()), "a ring crosses itself", "a crossed one")
        plot("P2", 105.903, 0.002)
        plot("P1", 105.9011, 0.0018)
        check_equal([f["id"] for f in public.get(f"/clusters/boundaries.json?cluster={at[-10:]}").json()["features"]], [at[-10:], "P1", "P2"], "a cluster and its plots as GeoJSON")
        check_equal(public.get(at, headers={"Accept": "text/html"}).text.count("<title>P"), 2, "its page draws them")
        check_contains(str(put(commune, at, "boundary", {"geojson": square(105.9, 18.305)}, expect=409).json()), "would lie outside the boundary", "a boundary that leaves its plot out")
        for name in ("P1", "P2"):
            put(commune, at, "plot", {}, item=name, withdrawn=True)
        typed = province.client().sign_in("commune")
        mark = typed.read_mark(f"{at}/edit?list=boundary")

        def upload(data, expect):
            body = f'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{mark}\r\n--x\r\nContent-Disposition: form-data; name="file"; filename="a.geojson"\r\n\r\n'.encode() + data + b"\r\n--x--\r\n"
            return typed.ask("POST", f"{at}/boundary", body, {"Content-Type": "multipart/form-data; boundary=x", "Accept": "text/html"}, expect)
        check_contains(upload(crossed.encode(), 422).text, "a ring crosses itself", "a file is judged as well")
        check_contains(upload(b"\xff\xfe", 422).text, "UTF-8", "a file that is no text")
        upload(square(105.9, 18.3).replace("18.31", "18.3101").encode(), 303)
        check_contains(record(public, at)[("boundary", "", "geojson")], "18.3101", "the boundary of the file")
        put(commune, at, "boundary", {"geojson": square(105.9, 18.3)})

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
        check_equal([p["trades"] for p in rows(public, "/clusters/plots.json?unit=42&trades=co+khi&area=1&price=65") if p["plot"] == "B2"], ["cơ khí"], "trades as they were written")
        page = public.get("/clusters/plots?unit=42&near=18.34,105.9&within=10", headers={"Accept": "text/html"}).text
        check_contains(page, 'name="within" inputmode="numeric" value="10"', "the form keeps what was asked for")
        drawn = re.findall(r"<title>(.+?)</title><circle[^>]*/><text[^>]*>(\d*)</text>", page)
        check_contains(page, f'<a href="{at}"><g class="', "a dot leads to its cluster")
        check_equal((drawn[0], sum(int(n or 0) for _, n in drawn)), (("place asked for", ""), len(names("near=18.34,105.9&within=10"))), "the map has the place and every plot found")
        check_contains(province.client(language="vi").get("/clusters/plots?area=abc", headers={"Accept": "text/html"}, expect=422).text, "Diện tích từ, m²", "a word instead of an area: which field it stands in")
        check_contains(province.client(language="vi").get("/clusters/plots?near=x", headers={"Accept": "text/html"}, expect=400).text, "Gần (vĩ độ, kinh độ)", "a word instead of a place")
        check_contains(str(put(commune, at, "plot", {"area": "900", "state": "vacant"}, item="A-1", expect=422).json()), "/ and -", "a name that would part an address")
        put(commune, at, "plot", {}, item="B2", withdrawn=True)
        check_equal(names(""), ["X1", "C1", "A3"], "after B2 was withdrawn")
        history = commune.get(at, headers={"Accept": "text/html"}).text
        check_contains(history, "Plots: A3", "an entry names a plot as people do")
        put(commune, at, "plot", {"area": "900", "state": "reserved"}, item="Lô 1+2 & #3")
        href = re.search(r'href="([^"]*)">Lô 1\+2 ', commune.get(at, headers={"Accept": "text/html"}).text).group(1)
        check_contains(commune.get(html.unescape(href), headers={"Accept": "text/html"}).text, 'value="900"', "a plot with signs in its name can be changed")
        put(commune, at, "plot", {}, item="Lô 1+2 & #3", withdrawn=True)
        for who in (public, commune):
            leaflet = who.get(f"{at}.pdf")
            check_equal((leaflet.headers["Content-Type"], leaflet.body[:5]), ("application/pdf", b"%PDF-"), "the cluster on paper")
        check_contains(public.get(at, headers={"Accept": "text/html"}).text, f'href="{at}.pdf"', "its page leads there")
        public.get("/clusters/0000000000.pdf", expect=404)
        put(commune, at, "work", {"kind": "lighting", "state": "building", "note": "40 lamps"}, item="lighting")
        check_contains(public.get(at, headers={"Accept": "text/html"}).text, "Under construction · 40 lamps", "how large a work will be, and that it is not there yet")
        put(commune, at, "work", {}, item="lighting", withdrawn=True)
        page = public.get("/clusters?unit=42", headers={"Accept": "text/html"}).text
        check_contains(page, '<option value="42" selected>Ha Tinh</option>', "the place is chosen from a list")
        one = next(c for c in rows(public, "/clusters.json?unit=42") if c["id"] == at[-10:])
        check_equal((one["vacant_plots"], one["vacant_area"], one["largest_plot"], one["price"]), (2, 33400, 21000, 60), "the cluster's plots")
        check_contains(public.get(f"/clusters/compare?id={at[-10:]}&id={second[-10:]}", headers={"Accept": "text/html"}).text, "60.0%", "side by side")

    with cases.case("clusters that operate and were never established are a list of things to settle, with the day"):
        old = made(commune, "Cụm làng nghề cũ", state="operating_not_established", formed="before_2009", established_on="")
        todo = rows(office, "/clusters/work.json")
        check_equal([(t["cluster"], t["kind"], t["before"], t["where"], t["rule"]) for t in todo],
                    [(old[-10:], "legacy", "2026-12-31", f"{old}/edit?list=identity", "Nghị định 32/2024/NĐ-CP, điểm b khoản 4 Điều 35")], "to be settled: which, before which day, where, by which rule")
        check_contains(todo[0]["by"], "the department appraises", "and by whom")
        check(re.fullmatch(r"([02-9]|\d\d+) days (left|late)|1 day (left|late)|due today", todo[0]["left"]), f"how long that is: {todo[0]['left']}")
        desk, clerk = (Person(province, login, "en") for login in ("officer", "commune"))
        page = desk.look("/clusters/work")
        check_contains(page.text, "must be settled before 31 December 2026", "before when")
        check_contains(page.text, "The day has passed: 1 clusters of 1 provinces are still not settled" if "late" in todo[0]["left"] else "1 clusters of 1 provinces are still to be settled", "how many")
        check_equal([[text for href, text in who.look("/clusters/work").links if "new/cluster_establishment" in href] for who in (desk, clerk)], [[], ["Begin the establishment"]], "the commune begins")
        form = clerk.look(next(href for href, _ in clerk.look("/clusters/work").links if "new/cluster_establishment" in href)).form_for("/cases/cluster_establishment")
        check_equal((form["case_unit"].value, form["field-cluster"].value), (COMMUNE, "Cụm làng nghề cũ"), "the form knows which")
        begun = commune.send("POST", "/cases/cluster_establishment", {
            "title": "Cụm làng nghề cũ", "case_unit": COMMUNE, "fields": {"cluster": "Cụm làng nghề cũ", "act": "establish", "area_ha": "40"},
            "documents": {"letter": {"number": "1/TTr-UBND", "on": this_day().isoformat()}}}, expect=303).headers["Location"].removesuffix(".json")
        check_equal([(t["cluster"], t["case"]) for t in rows(office, "/clusters/work.json")], [(old[-10:], begun[-10:])], "the case that is under way")
        check_equal([[text for href, text in who.look("/clusters/work").links if href in (begun, "/cases/new/cluster_establishment")] for who in (desk, clerk)],
                    2 * [[f"Under way: case {begun[-10:]}"]], "whoever sees the list sees the case, and begins no other one")
        check_equal([(d["about"], d["due"][:10]) for d in office.get("/todo.json").json()["due"] if d["kind"] == "cluster_settle"], [("42@2004-01-01", "2026-12-30")], "and it stands under My work")
        check_contains(desk.look("/").text, "1 clusters to be settled before 31 December 2026", "in words")
        public.get("/clusters/work.json", expect=401)

    def form(form, about, period="2026"):
        return f"/clusters/reports/{form}/{about}/{period}"

    def sign(client, address, cells={}, remark="", expect=303):
        return client.send("POST", address, {"cells": cells, "remark": remark}, expect=expect)

    def values(client, address, what="value"):
        return {r["row"]: r[what] for r in rows(client, f"{address}.json")}

    ids = [at[-10:], second[-10:], old[-10:]]
    FIRST = {"revenue": "120.5", "budget": "4.25", "labour": "310", "income": "9.5"}
    INFRA = {"9": "10", "10": "1", "11": "12", "12": "8"}
    with cases.case("form 01: the tenant files its own, and nobody else's"):
        put(commune, at, "tenant", {"name": "Nhà máy may", "state": "operating", "fdi": "yes"}, item="T2")
        put(commune, at, "capital", {"origin": "investor", "approved": "200", "disbursed": "90.5"}, item="C1")
        over = put(commune, at, "capital", {"origin": "local", "approved": "10", "disbursed": "119.501"}, item="C2", expect=422).json()
        check_contains(over["fields"]["disbursed"], '"Disbursed so far" would be 210.001 billion VND, more than "Infrastructure investment approved", 210.0 billion VND', "more paid out than approved, of all sources")
        check_contains(over["error"]["hint"], "form 02, row 2 is at most row 1, of all sources together: Thông tư 14/2024", "by the rule of form 02")
        put(commune, at, "capital", {"origin": "local", "approved": "10", "disbursed": "119.5"}, item="C2")
        check_contains(str(put(commune, at, "capital", {}, item="C1", withdrawn=True, expect=422).json()), "would be 119.5 billion VND", "withdrawing what was approved")
        check_contains(str(put(commune, at, "capital", {"origin": "investor", "approved": "199", "disbursed": "90.5"}, item="C1", expect=422).json()), "more than", "approving less than was paid out")
        put(commune, at, "capital", {}, item="C2", withdrawn=True)
        duty = rows(tenant, "/clusters/reports.json?period=2026")
        check_equal([(d["form"], d["about"], d["due"], d["signed"]) for d in duty], [("01", f"{ids[0]}-T1", "2026-12-19", 0)], "what the tenant has to file")
        check_contains(str(sign(tenant, form("01", f"{ids[0]}-T1"), {**FIRST, "labour": "-1"}, expect=422).json()), "is negative", "labour below zero")
        check_contains(str(sign(tenant, form("01", f"{ids[0]}-T1"), {"revenue": "1"}, expect=422).json()), "is empty", "rows missing")
        check_contains(str(sign(tenant, form("01", f"{ids[0]}-T1"), {**FIRST, "labour": "x"}, expect=422).json()), "row 3: Labour", "a word: in which row")
        for odd, row in ({"budget": "9000000"}, "row 2"), ({"income": "9000"}, "row 4"), ({"labour": "900000"}, "row 3"):
            check_contains(str(sign(tenant, form("01", f"{ids[0]}-T1"), {**FIRST, **odd}, expect=422).json()), f"a remark must explain: {row} is ", "what is possible but not usual")
        for large in ("900000001", "999999999999999"):
            check_contains(str(sign(tenant, form("01", f"{ids[0]}-T1"), {**FIRST, "labour": large}, remark="x", expect=422).json()), f'"{large}" is more than a row holds: at most 900,000,000', "more than there is of anything")
        sign(tenant, form("01", f"{ids[0]}-T1"), FIRST)
        check_contains(str(sign(tenant, form("01", f"{ids[0]}-T2"), FIRST, expect=403).json()), "another enterprise's", "the neighbour's form")
        sign(commune, form("01", f"{ids[0]}-T2"), {"revenue": "80", "budget": "2", "labour": "200", "income": "9"})
        check_contains(str(sign(tenant, form("01", f"{ids[0]}-T1", str(this_day().year + 2)), FIRST, expect=422).json()), "has not begun", "a window to come")
        check_contains(str(tenant.get(form("01", f"{ids[0]}-T1", "2026-Q1") + ".json", expect=422).json()), "first half and for the whole", "a quarter")

    with cases.case("form 02 is made from the register: occupancy of the planned land; what the register says otherwise needs a remark"):
        made_rows = values(investor, form("02", ids[0]), "made")
        check_equal((made_rows["1"], made_rows["2"], made_rows["3"], made_rows["4"], made_rows["5"], made_rows["6"], made_rows["7"], made_rows["8"], made_rows["13"], made_rows["14"]),
                    (200, 90.5, 30, 21, 60, 2, 1, 2, 1, 1), "made from the register")
        check_contains(str(sign(investor, form("02", ids[0]), {**INFRA, "7": "3"}, expect=422).json()), "more than row 6", "more FDI than tenants")
        check_contains(str(sign(investor, form("02", ids[0]), {**INFRA, "5": "84"}, expect=422).json()), "a remark must explain", "another occupancy")
        sign(investor, form("02", ids[0]), INFRA)
        for one in ids[1:]:
            sign(commune, form("02", one), {"9": "0", "10": "0", "11": "0", "12": "0"})

    with cases.case("form 03 adds up forms 01 and 02 of the commune; sums that do not add up are refused"):
        third = values(commune, form("03", COMMUNE), "made")
        check_equal((third["15"], third["15.1"], third["15.2"], third["17"], third["18"], third["19"]), (3, 2, 1, 126, 75.6, 60), "operating clusters: the ratio of sums")
        check_equal((third["13"], third["14"], third["20"], third["21"], third["22"], third["23"], third["24"], third["25"], third["26"], third["27"]),
                    (200, 90.5, 2, 1, 2, 210.5, 7.25, 522, 1, 1), "from forms 01 and 02")
        check_contains(str(sign(commune, form("03", COMMUNE), {"15": "4"}, expect=422).json()), "15 is 4, but its parts make 3", "15 = 15.1 + 15.2")
        check_contains(str(sign(commune, form("03", COMMUNE), {"19": "84"}, expect=422).json()), "the ratio of the two rows is 60.0", "19 = 18 / 17")
        check_contains(str(sign(commune, form("03", COMMUNE), {"27": "2"}, expect=422).json()), "more than row 26", "27 at most 26")
        check_contains(str(sign(commune, form("03", COMMUNE), {"7": "3"}, expect=422).json()), "more than row 3", "7 at most 3")
        check_contains(str(sign(commune, form("03", COMMUNE), {"25": "600"}, expect=422).json()), "the reports beneath add up to 522", "25 is the sum beneath")
        check_contains(str(sign(office, form("03", COMMUNE), expect=403).json()), "may not sign", "the department signs no form 03")
        sign(commune, form("03", COMMUNE))
        far = made(neighbour, "Cụm công nghiệp khác", unit=OTHER)
        sign(neighbour, form("02", far[-10:]), {"9": "1", "10": "0", "11": "5", "12": "8"})
        sign(neighbour, form("03", OTHER))

    with cases.case("a form 04 that differs from its form 03s is refused, with the rows that differ"):
        answer = str(sign(leader, form("04", "42"), {"25": "530", "20": "9"}, expect=422).json())
        check_contains(answer, "20 is 9, but the reports of form 03 add up to 2", "tenants")
        check_contains(answer, "25 is 530, but the reports of form 03 add up to 527", "labour")
        refused = str(sign(office, form("04", "42"), expect=403).json())
        check_contains(refused, "may not sign", "a specialist")
        check_contains(refused, "form 04 is signed by: Director, Deputy", "who may")
        sign(leader, form("04", "42"))
        signed = values(leader, form("04", "42"))
        check_equal((signed["15"], signed["17"], signed["18"], signed["19"], signed["25"]), (4, 168, 100.8, 60, 527), "form 04")

    with cases.case("a form 01 that is corrected later shows in what is live, and the signed reports above say which rows differ"):
        sign(tenant, form("01", f"{ids[0]}-T1"), {**FIRST, "labour": "320"}, remark="đếm lại")
        page = commune.get(form("03", COMMUNE), headers={"Accept": "text/html"}).text
        check_contains(page, "is 522, but the reports beneath add up to 532", "form 03 says so")
        check_equal((values(leader, form("04", "42"))["25"], values(leader, form("04", "42"), "live")["25"]), (527, 537), "signed and live")
        sign(commune, form("03", COMMUNE))
        check_contains(leader.get(form("04", "42"), headers={"Accept": "text/html"}).text, "is 527, but the reports of form 03 add up to 537", "then form 04 says so")
        sign(leader, form("04", "42"))
        sign(commune, form("02", ids[1], "2026-S1"), {"9": "0", "10": "0", "11": "0", "12": "0"})
        sign(investor, form("02", ids[0], "2026-S1"), {**INFRA, "2": "95"}, remark="số 6 tháng")
        check_contains(str(sign(investor, form("02", ids[0]), INFRA, expect=422).json()), "less than in the report before (95.0)", "what was paid out never falls without a reason")

    today = this_day()
    day = lambda back: (today - datetime.timedelta(days=back)).isoformat()
    paper = lambda number, back: {"number": number, "on": day(back)}

    def act(client, case, action, back, expect=303, **more):
        return client.send("POST", f"{case}/{action}", {"on": day(back), **more}, expect=expect)

    def state(client, case):
        return client.get(f"{case}.json").json()["state"]

    def to_scoring(received, what="establish", name="Cụm công nghiệp Thạch Hà 3", **fields):
        got = commune.send("POST", "/cases/cluster_establishment", {"title": name, "case_unit": COMMUNE, "on": day(received),
                           "fields": {"cluster": name, "act": what, "area_ha": "40", **fields}, "documents": {"letter": paper("1/CV", received)}}, expect=303)
        case = got.headers["Location"].removesuffix(".json")
        act(commune, case, "publish", received - 1, documents={"notice": paper("2/TB", received - 1)})
        act(commune, case, "close_window", received - 17)
        act(commune, case, "submit", received - 17, documents={k: paper("3/TTr", received - 17) for k in ("submission", "investment_report", "finance_papers")},
            fields={"in_plan": "yes", "land_ha": "126", "leased_ha": "75.6", "investment": "250000000000", "is_small_allowed": "no"})
        return case

    POINTS = {"infrastructure": 10, "environment": 10, "capacity": 15, "finance": 14}

    def score(client, case, back, candidate, add=0, expect=303):
        return act(client, case, "score", back, candidate=candidate, points={**POINTS, "finance": POINTS["finance"] + add}, expect=expect)

    with cases.case("establishment: the council scores, 50 points at least, a tie is the chair's to part; the decision puts the cluster in the register"):
        case = to_scoring(60)
        score(office, case, 42, "Công ty A")
        refused = str(act(leader, case, "report", 41, expect=409, documents={"appraisal_report": paper("4/BC", 41)}, fields={"investor": "Công ty A"}).json())
        check_contains(refused, "points", "49 points are not enough")
        check_contains(refused, "khoản 2 Điều 13", "its rule")
        check_contains(str(score(office, case, 41, "Công ty A", add=90, expect=422).json()), "points", "more than the criterion has")
        score(office, case, 41, "Công ty B", add=11)
        score(leader, case, 41, "Công ty C", add=11)
        check_contains(str(act(leader, case, "report", 40, expect=422, documents={"appraisal_report": paper("4/BC", 40)}, fields={"investor": "Công ty A"}).json()), "has not the most points", "not the best")
        check_contains(str(act(leader, case, "report", 40, expect=422, documents={"appraisal_report": paper("4/BC", 40)}, fields={"investor": "Công ty D"}).json()), '"Công ty D" was given no points', "nobody scored it")
        check_equal(state(office, case), "appraisal", "still appraised")
        act(leader, case, "report", 40, documents={"appraisal_report": paper("4/BC", 40)}, fields={"investor": "Công ty C"})
        check_equal([c["id"] for c in rows(public, "/clusters.json?unit=42") if c["id"] == case[-10:]], [], "before the decision it is in no register")
        act(leader, case, "decide", 36, documents={"decision": paper("55/QĐ-UBND", 36)})
        new = next(c for c in rows(public, "/clusters.json?unit=42") if c["id"] == case[-10:])
        check_equal((new["name"], new["state"], new["total"], new["established_on"], new["source"]), ("Cụm công nghiệp Thạch Hà 3", "established", 40, day(36), "55/QĐ-UBND"), "in the register")
        check_contains(public.get(f"/clusters/{case[-10:]}", headers={"Accept": "text/html"}).text, "Công ty C", "its page names the investor chosen")
        check_contains(public.get("/clusters?unit=42", headers={"Accept": "text/html"}).text, "each cluster&#39;s page names its own", "the list names no source that is one cluster's alone")
        check(any(t["cluster"] == case[-10:] and "does not say yet" in t["what"] for t in rows(office, "/clusters/work.json")), "its record is to be filled in")
        check_contains(office.get(case, headers={"Accept": "text/html"}).text, f"/clusters/{case[-10:]}", "the case leads to the cluster")
        check_contains(str(put(commune, f"/clusters/{case[-10:]}", "areas", AREAS, expect=422).json()), "begins with its identity", "areas before the identity")
        put(commune, f"/clusters/{case[-10:]}", "identity", {**IDENTITY, "name": "Cụm công nghiệp Thạch Hà 3", "state": "established", "established_on": day(36)})
        put(commune, f"/clusters/{case[-10:]}", "areas", {**AREAS, "total": "40", "industrial": "28", "ready": "0", "leased": "0", "committed": "0"})
        check(not any(t["cluster"] == case[-10:] for t in rows(office, "/clusters/work.json")), "then nothing is left to settle")

    with cases.case("the establishment of a cluster that operates already goes into its record, and settles it; one that was established cannot be named"):
        older = made(commune, "Cụm chợ cũ", state="operating_not_established", formed="before_2009", established_on="")
        kinds = lambda: [t["kind"] for t in rows(office, "/clusters/work.json") if t["cluster"] == older[-10:]]
        before = len(rows(public, "/clusters.json?unit=42"))
        case = to_scoring(60, name="Cụm chợ cũ", area_ha="70")
        score(leader, case, 42, "Công ty A", add=11)
        check_contains(str(act(leader, case, "name_cluster", 41, expect=422, fields={"cluster_id": ids[0]}).json()), "was established before", "an established one")
        act(leader, case, "name_cluster", 41, fields={"cluster_id": older[-10:]})
        act(leader, case, "report", 41, documents={"appraisal_report": paper("4/BC", 41)}, fields={"investor": "Công ty A"})
        check_equal(kinds(), ["legacy"], "until it is decided")
        act(leader, case, "decide", 40, documents={"decision": paper("57/QĐ-UBND", 40)})
        check_equal((kinds(), len(rows(public, "/clusters.json?unit=42"))), (["legacy", "decision"], before), "the record must say so; no second cluster came into the register")
        put(commune, older, "identity", {**IDENTITY, "name": "Cụm chợ cũ", "formed": "before_2009", "established_on": day(40)})
        check_equal(kinds(), [], "settled")
        put(commune, older, "identity", {**IDENTITY, "name": "Cụm chợ cũ", "state": "withdrawn_from_plan", "established_on": ""})

    with cases.case("an expansion names the cluster of the register; an adjustment adds 5 ha at most; a revocation waits in the list until the register says so"):
        grown = to_scoring(60, "expand", "Mở rộng Thạch Hà 1", area_ha="74")
        score(leader, grown, 42, "Công ty A", add=11)
        refused = str(act(leader, grown, "report", 41, expect=422, documents={"appraisal_report": paper("4/BC", 41)}, fields={"investor": "Công ty A"}).json())
        check_contains(refused, "confirmed as built and in use", "nobody has said that what is shared is in use")
        check_contains(refused, "điểm d khoản 2 Điều 8", "its rule")
        refused = str(act(leader, grown, "classify", 41, expect=422, fields={"kind": "craft_village", "industrial_ha": "50", "kind_ha": "29", "service_ha": "0"}).json())
        check_contains(refused, "60 %", "29 ha of 50 make no craft-village cluster")
        act(leader, grown, "classify", 41, fields={"kind": "craft_village", "industrial_ha": "50", "kind_ha": "30", "service_ha": "7.4"})
        act(leader, grown, "confirm_shared", 41, fields={"is_shared_ready": "yes", "is_before_2009": "no"})
        act(leader, grown, "report", 41, documents={"appraisal_report": paper("4/BC", 41)}, fields={"investor": "Công ty A"})
        check_contains(str(act(leader, grown, "decide", 40, expect=422, documents={"decision": paper("56/QĐ", 40)}).json()), "names the cluster", "no cluster named")
        check_contains(str(act(leader, grown, "name_cluster", 40, expect=404, fields={"cluster_id": "ZZZZZZZZZZ"}).json()), "there is no cluster", "an unknown one")
        check_contains(str(act(leader, grown, "name_cluster", 40, expect=422, fields={"cluster_id": far[-10:]}).json()), "does not lie in the unit", "another commune's")
        act(leader, grown, "name_cluster", 40, fields={"cluster_id": ids[0]})
        act(leader, grown, "decide", 39, documents={"decision": paper("56/QĐ", 39)})
        check(any(t["cluster"] == ids[0] for t in rows(office, "/clusters/work.json")), "the record does not say 74 ha yet")
        put(commune, at, "areas", {**AREAS, "total": "74"})
        check(not any(t["cluster"] == ids[0] for t in rows(office, "/clusters/work.json")), "now it does")
        changed = commune.send("POST", "/cases/cluster_change", {"title": "Điều chỉnh", "case_unit": COMMUNE, "on": day(30), "documents": {"proposal": paper("5/TTr", 30)},
                               "fields": {"cluster_id": ids[1], "act": "adjust", "increase_ha": "6", "area_ha": "76", "content": "thêm 6 ha"}}, expect=303).headers["Location"].removesuffix(".json")
        answer = str(act(commune, changed, "submit", 29, expect=422).json())
        check_contains(answer, "More than 5 ha", "6 ha more")
        check_contains(answer, "khoản 4 Điều 10", "its rule")
        check_contains(str(commune.send("POST", "/cases/cluster_change", {"title": "x", "case_unit": COMMUNE, "documents": {"proposal": paper("5/TTr", 1)},
                           "fields": {"cluster_id": "ZZZZZZZZZZ", "act": "adjust", "increase_ha": "1", "area_ha": "1", "content": "x"}}, expect=404).json()), "no cluster", "an unknown cluster")

    with cases.case("the state supports a cluster up to 30 %, all cases together; one inspection of an enterprise a year, but for signs of a violation"):
        def opened(flow, **fields):
            return office.send("POST", f"/cases/{flow}", {"title": "x", "case_unit": COMMUNE, "on": day(30), "fields": fields,
                               "documents": {"proposal": paper("1/TTr", 30)} if flow == "cluster_support" else {}}, expect=303).headers["Location"].removesuffix(".json")

        def asked():
            case = opened("cluster_support", cluster_id=ids[0], purpose="environment", investment="100000000000", asked="20000000000", granted_before="0")
            act(office, case, "submit", 29)
            return case

        def grant(case, before, granted, expect=303):
            return act(leader, case, "decide", 28, expect=expect, documents={"appraisal_report": paper("2/BC", 28), "decision": paper("3/NQ", 28)},
                       fields={"investment": "100000000000", "granted_before": before, "granted": granted})
        one, two = asked(), asked()
        answer = str(grant(one, "0", "30000000001", expect=422).json())
        check_contains(answer, "at most 30 %", "one dong more")
        check_contains(answer, "khoản 1 Điều 26", "its rule")
        grant(one, "0", "20000000000")
        check_contains(str(grant(two, "0", "20000000000", expect=422).json()), "come to 20000000000", "what the first case gave was not told")
        check_contains(str(grant(two, "20000000000", "20000000000", expect=422).json()), "at most 30 %", "40 % together")
        grant(two, "20000000000", "10000000000")

        def inspection():
            return opened("cluster_inspection", cluster_id=ids[0], tenant="Công ty gỗ", tax_code="3000123456", authority="Sở Công Thương", year="2026", before="0")

        def approve(case, before, expect=303):
            return act(leader, case, "approve", 20, expect=expect, documents={"plan": paper("9/KH", 20)}, fields={"before": before})
        one, two = inspection(), inspection()
        approve(one, "0")
        check_contains(str(approve(two, "0", expect=422).json()), "come to 1", "another one stands in the plan")
        answer = str(approve(two, "1", expect=422).json())
        check_contains(answer, "At most one inspection a year", "told, it is one too many")
        check_contains(answer, "khoản 2 Điều 24", "its rule")
        act(leader, two, "approve_suspected", 19, documents={"signs": paper("10/BC", 19)}, reason="xả thải")
        act(leader, one, "cancel", 18, reason="trùng kế hoạch của bộ")
        approve(inspection(), "0")

    with cases.case("an enterprise asks for the plot that its search found; two cannot have it; the lease is in the register"):
        put(commune, at, "plot", {"area": "5000", "price": "60", "state": "vacant"}, item="L1")
        free = lambda: [p["plot"] for p in rows(public, "/clusters/plots.json?unit=42") if p["plot"].startswith("L")]
        first, second_one, clerk, other_clerk = (Person(province, login, "en") for login in ("tenant", "seeker", "commune", "neighbour"))
        wanted = {"field-enterprise": "Công ty gỗ (minh họa)", "field-trade": "chế biến gỗ", "field-wastewater": "20"}
        link = lambda page: next((href for href, _ in page.links if href.startswith("/cases/new/cluster_lease") and "field-plot=L1&" in href), None)
        check(link(Page("/clusters/plots", public.get("/clusters/plots?unit=42", headers={"Accept": "text/html"}))), "who is not signed in sees where to ask")
        check(link(other_clerk.look("/clusters/plots?unit=42")) is None, "an official of another commune does not")

        def ask(person, expect=200, **more):
            form = person.look(wanted_at).form_for("/cases/cluster_lease")
            check_equal((form["field-cluster_id"].value, form["field-plot"].value, form["case_unit"].value), (at[-10:], "L1", COMMUNE), "the form knows the plot")
            page = person.press(form.fill({**wanted, **more}), expect=expect)
            return page.path if expect == 200 else page
        wanted_at = link(first.look(at))
        one, two = ask(first), ask(second_one)
        check_contains(first.look(one).text, "The plot in the register", "the page of the request")
        second_one.look(one, expect=403)
        check_contains(clerk.look(one).text, "1 other requests for this plot are open", "officials see that there are two")
        check("other requests" not in first.look(one).text, "enterprises do not")
        check_contains(ask(first, expect=422, **{"field-plot": "L9"}).text, "has no plot", "a plot that is none")
        check(first.look(one).find(f"{one}/hold") is None, "who asks does not answer")
        clerk.act(one, "answer", day(0), {"answer": "Còn trống, giá 60 USD/m²"})
        clerk.act(one, "hold", day(0), {"price": "60"})
        check_equal(free(), [], "a plot that is held is not found any more")
        check_contains(clerk.look(at).text, "L1 5,000 Reserved", "its cluster's page says so")
        check_contains(clerk.act(two, "hold", day(0), {"price": "61"}, expect=409).text, "held by another request", "two cannot have it")
        check_contains(ask(second_one, expect=409).text, "held by another request", "nor is it asked for meanwhile")
        first.act(one, "withdraw", day(0), reason="đổi kế hoạch")
        check_equal(free(), ["L1"], "withdrawn: it is free again")
        clerk.act(two, "hold", day(0), {"price": "61"})
        three = clerk.begin("cluster_lease", "Lô L2", COMMUNE, day(0), {"cluster_id": at[-10:], "plot": "A3", **{k.removeprefix("field-"): v for k, v in wanted.items()}})
        clerk.act(two, "lease", day(0), {"price": "61.5", "lease_to": "2067-12-31"}, {"contract": "9/HĐ"})
        check_equal((free(), record(public, at)[("plot", "L1", "state")], record(public, at)[("plot", "L1", "area")]), ([], "leased", "5000"), "the register says that it is leased, and the rest as before")
        check_contains(clerk.look(at).text, "Plots: L1", "by an entry of its own")
        check_contains(second_one.look(two).text, "Leased", "who asked sees it")
        check_contains(ask(first, expect=409).text, "no longer vacant: leased", "it cannot be had any more")
        put(commune, at, "plot", {"area": "12400", "price": "62", "state": "leased"}, item="A3")
        check_contains(clerk.act(three, "hold", day(0), {"price": "62"}, expect=409).text, "no longer vacant: leased", "nor one that the register leased meanwhile")
        check_contains(clerk.begin("cluster_lease", "x", OTHER, day(0), {"cluster_id": at[-10:], "plot": "C1", **{k.removeprefix("field-"): v for k, v in wanted.items()}}, expect=403).text, "territory", "for another unit")
        clerk.act(three, "decline", day(0), reason="đã cho thuê")
        put(commune, at, "plot", {"area": "12400", "price": "62", "state": "vacant"}, item="A3")
        put(commune, at, "plot", {}, item="L1", withdrawn=True)

    with cases.case("the investor that the register names on the day answers and leases, from My work; an investor of another cluster, one that has left and one to come do not"):
        put(commune, at, "plot", {"area": "5200", "price": "60", "state": "vacant"}, item="L2")
        put(commune, second, "investor", {"name": "Công ty hạ tầng B", "kind": "enterprise", "from": "2025-06-02", "account": "holder"}, item="I1")
        builder, holder = Person(province, "investor", "en"), Person(province, "holder", "en")
        waits = lambda person, case: any(href == case for href, _ in person.look("/").links)
        request = ask(second_one, **{"field-plot": "L2"})
        check_equal((waits(builder, request), waits(holder, request), waits(second_one, request)), (True, False, False), "it waits for the investor alone of all enterprises")
        check(any(href == request for href, _ in builder.look("/cases?which=mine").links) and not any(href == request for href, _ in holder.look("/cases?which=all").links), "in the list of cases, too")
        check_equal((waits(clerk, request), holder.look(request, expect=403).find(f"{request}/answer")), (True, None), "the commune records what was agreed on paper; another cluster's investor does not see it")
        hold = builder.look(request).form_for(f"{request}/hold")
        hold["csrf"].value = next(f["csrf"].value for f in holder.look("/").forms if f["csrf"])
        check_contains(holder.press(hold.fill({"field-price": "1"}), expect=403, by_hand=True).text, "somebody else", "nor holds the plot for it")
        refused = holder.begin("cluster_lease", "x", COMMUNE, day(0), {"cluster_id": at[-10:], "plot": "L2", **{k.removeprefix("field-"): v for k, v in wanted.items()}})
        check(holder.look(refused).find(f"{refused}/answer") is None and waits(builder, refused), "who is investor elsewhere asks like others")
        holder.force(refused, "answer", day(0), 403, {"answer": "x"})
        check_contains(builder.look(request).text, "1 other requests for this plot are open", "the investor sees that there are two")
        builder.force(request, "withdraw", day(0), 403, reason="x")
        builder.act(request, "answer", day(0), {"answer": "Còn trống"})
        builder.act(request, "hold", day(0), {"price": "60"})
        record_of = lambda account, since="2025-06-02", until="": {"name": "Công ty hạ tầng A", "kind": "enterprise", "from": since, "to": until, "account": account}
        for left, item in ((record_of("investor", until=day(1)), "its last day is over"), (record_of("investor", since=day(-1)), "its first day is to come"), (record_of("holder"), "another one is recorded")):
            put(commune, at, "investor", left, item="I1")
            builder.look(request, expect=403)
            check(not waits(builder, request), item)
        holder.act(request, "lease", day(0), {"price": "60", "lease_to": "2067-12-31"}, {"contract": "10/HĐ"})
        check_equal(record(public, at)[("plot", "L2", "state")], "leased", "the register says that it is leased")
        check_contains(clerk.look(at).text, "Plots: L2", "by the entry that the lease led to")
        put(commune, at, "investor", record_of("investor"), item="I1")
        builder.act(refused, "decline", day(0), reason="đã cho thuê")
        put(commune, second, "investor", {}, item="I1", withdrawn=True)
        put(commune, at, "plot", {}, item="L2", withdrawn=True)

    with cases.case("more reports than a page shows are all counted, and the file has all"):
        for n in range(201):
            put(neighbour, far, "tenant", {"name": f"Dự án {n}", "state": "operating"}, item=f"D{n}")
        due = [d for d in rows(neighbour, f"/clusters/reports.json?period=2026&unit={OTHER}") if d["form"] == "01"]
        check_equal(len(due), 201, "in the file")
        sign(neighbour, form("01", due[200]["about"]), FIRST)
        page = neighbour.get(f"/clusters/reports?period=2026&unit={OTHER}", headers={"Accept": "text/html"}).text
        check_contains(page, "1 of 201 signed", "on the page")
        check_contains(page, "Only the first 200 are shown", "which says that it is cut")
        check_equal(page.count(f"/clusters/reports/01/{far[-10:]}-D"), 200, "what it shows")

    with cases.case("the ministry's opinion on a plan is a case between province and ministry"):
        plan = office.send("POST", "/cases/cluster_plan_opinion", {"title": "Điều chỉnh phương án", "case_unit": "42", "on": day(20), "documents": {"request": paper("9/UBND", 20)},
                           "fields": {"kind": "adjustment", "added": "2", "changed": "1", "removed": "0"}}, expect=303).headers["Location"].removesuffix(".json")
        page = office.get(plan, headers={"Accept": "text/html"}).text
        check_contains(page, "development plan of clusters", "its page")
        province.stop()
        province.run("sync", ministry.address, expect=0)
        ministry.wait_placed()
        act(bureau, plan, "take", 15, documents={"draft": paper("dự thảo", 19)})
        check_contains(str(act(bureau, plan, "answer", 10, expect=403, documents={"opinion": paper("77/BCT", 10)}, fields={"result": "agree", "conditions": "không"}).json()), "role", "a specialist gives no opinion")
        act(chief, plan, "answer", 10, documents={"opinion": paper("77/BCT", 10)}, fields={"result": "agree", "conditions": "không"})
        province.run("sync", ministry.address, expect=0)
        province.serve()
        office = province.client(token=tokens["officer"])
        check_equal(state(office, plan), "answered", "the province sees the opinion")

    with cases.case("the same through the forms of the pages, in the reader's numbers"):
        form_of = province.client(language="vi").sign_in("commune")
        check_contains(form_of.get("/clusters/new", headers={"Accept": "text/html"}).text, f'name="unit" value="{COMMUNE}"', "a commune records for itself")
        check_contains(office.get("/clusters/new", headers={"Accept": "text/html"}).text, 'name="unit" value=""', "a province says for which commune")
        mark = form_of.read_mark("/clusters/new")
        got = form_of.post_form("/clusters", {"csrf": mark, "list": "identity", "item": "", "unit": COMMUNE, "field-name": "Cụm từ biểu", "field-kind": "eco", "field-state": "planned",
                                              "field-latitude": "18,35", "field-longitude": "105,91"})
        typed = got.headers["Location"]
        address = f"{typed}/edit?list=areas"
        check_contains(form_of.get(address, headers={"Accept": "text/html"}).text, "Đất công nghiệp theo quy hoạch chi tiết", "the form of areas")
        form_of.post_form(typed, {"csrf": form_of.read_mark(address), "list": "areas", "item": "", "field-total": "1.012,5", "field-ground": "Khoản 1 Điều 35"})
        check_equal(record(form_of, typed)[("areas", "", "total")], "1012.5", "1.012,5 as typed")
        refused = form_of.post_form(typed, {"csrf": form_of.read_mark(address), "list": "areas", "item": "", "field-total": "80"}, expect=422).text
        check_contains(refused, "ngoài khoảng 5,0–75,0 ha", "80 ha, of a cluster that is not established: the bounds of today")
        form_of.post_form(typed, {"csrf": form_of.read_mark(address), "list": "areas", "item": "", "field-total": "60"})
        form_of.post_form(typed, {"csrf": form_of.read_mark(f"{typed}/edit?list=plot"), "list": "plot", "item": "A1", "field-area": "12.400", "field-state": "vacant", "field-price": "62,5"})
        check_contains(form_of.get(typed, headers={"Accept": "text/html"}).text, "12.400", "the plan of plots")
        form_of.post_form(typed, {"csrf": form_of.read_mark(f"{typed}/edit?list=plot&item=A1"), "list": "plot", "item": "A1", "withdraw": "1"})
        check(not any(item == "A1" for _, item, _ in record(form_of, typed)), "the plot was withdrawn")
        report = form("02", ids[1])
        page = form_of.get(report, headers={"Accept": "text/html"}).text
        check_contains(page, "Ký lại", "the form of a report that is signed")
        cells = {f"cell-{k}": str(v).replace(".", ",") for k, v in values(form_of, report).items()}
        form_of.post_form(report, {"csrf": form_of.read_mark(report), **cells, "cell-9": "2,5", "remark": "tính lại"})
        check_equal(values(form_of, report)["9"], 2.5, "2,5 as typed")

    with cases.case("boundaries that overlap because two nodes recorded them without having seen each other are listed at both, until one is mended; so are plots, and a plot held twice"):
        commune = province.client(token=tokens["commune"])
        put(commune, at, "plot", {"area": "700", "state": "vacant"}, item="H1")
        begin = lambda client: client.send("POST", "/cases/cluster_lease", {"title": "H1", "case_unit": COMMUNE, "fields": {"cluster_id": at[-10:], "plot": "H1", "enterprise": "E", "trade": "x",
                                           "wastewater": "1"}}, expect=303).headers["Location"].removesuffix(".json")
        mine, theirs = begin(office), begin(office)
        north, south, east, west, free = (made(commune, f"Cụm phía {side}") for side in ("Bắc", "Nam", "Đông", "Tây", "Trên"))
        draw = lambda client, item, *corner, expect=303: put(client, east, "plot", {"area": "5000", "state": "vacant", "geojson": square(*corner, 0.001)}, item=item, expect=expect)
        draw(commune, "P0", 106.4, 18.1)
        over = put(commune, south, "boundary", {"geojson": square(106.399, 18.099)}, expect=409).json()
        check_contains(over["fields"]["geojson"], 'with the plot "P0" of the cluster "Cụm phía Đông"', "a boundary over the plot of a cluster that has none, both known here")
        check(over["error"]["hint"].endswith(east), "where it is to be corrected:", over)
        over = put(commune, south, "plot", {"area": "5000", "state": "vacant", "geojson": square(106.4, 18.1, 0.001)}, item="S0", expect=409).json()
        check_contains(over["fields"]["geojson"], 'the plot shares 1.1715 ha with the plot "P0" of the cluster "Cụm phía Đông"', "a plot over another cluster's, neither of which has a boundary")
        province.stop()
        province.run("sync", ministry.address, expect=0)
        put(bureau, north, "boundary", {"geojson": square(106.1, 18.1)})
        put(bureau, west, "boundary", {"geojson": square(106.5, 18.1)})
        draw(bureau, "P1", 106.3, 18.1)
        put(bureau, free, "plot", {"area": "5000", "state": "vacant", "geojson": square(106.3018, 18.1, 0.001)}, item="T1")
        deputy.send("POST", f"{theirs}/hold", {"fields": {"price": "1"}}, expect=303)
        province.serve()
        office, commune = province.client(token=tokens["officer"]), province.client(token=tokens["commune"])
        put(commune, south, "boundary", {"geojson": square(106.105, 18.1)})
        draw(commune, "P2", 106.3005, 18.1)
        draw(commune, "P3", 106.505, 18.105)
        draw(commune, "P4", 106.3015, 18.1)  # beside P2, over T1 of a cluster that has no boundary either
        office.send("POST", f"{mine}/hold", {"fields": {"price": "1"}}, expect=303)
        province.stop()
        province.run("sync", ministry.address, expect=0)
        province.serve()
        office, commune = province.client(token=tokens["officer"]), province.client(token=tokens["commune"])
        shared = lambda client: sorted(t["cluster"] for t in rows(client, "/clusters/work.json") if t["kind"] == "overlap" and t["cluster"] in (north[-10:], south[-10:]))
        plots = lambda client: [(t["cluster"], t["what"], t["where"]) for t in rows(client, "/clusters/work.json") if "plot" in t["what"] and "share" in t["what"]]
        both = [(east[-10:], "the plots P1 and P2 share 0.5858 ha: correct the one that is wrong", f"{east}/edit?list=plot&item=P1"),
                (east[-10:], "the plot P3 shares 1.1715 ha with Cụm phía Tây: correct the one that is wrong", f"{east}/edit?list=plot&item=P3"),
                (east[-10:], "the plot P4 shares 0.8201 ha with the plot T1 of Cụm phía Trên: correct the one that is wrong", f"{east}/edit?list=plot&item=P4"),
                (free[-10:], "the plot T1 shares 0.8201 ha with the plot P4 of Cụm phía Đông: correct the one that is wrong", f"{free}/edit?list=plot&item=T1"),
                (west[-10:], "the boundary shares 1.1715 ha with the plot P3 of Cụm phía Đông: correct the one that is wrong", f"{west}/edit?list=boundary")]
        for client in (office, bureau):
            check_equal(sorted(plots(client)), sorted(both), "plots over each other and over another cluster, at both nodes")
            who = next(t["recorded"] for t in rows(client, "/clusters/work.json") if "P1 and P2" in t["what"])
            check(re.fullmatch(r"P1: officer, [\d:]+, \d+ \w+ \d+; P2: commune, [\d:]+, \d+ \w+ \d+", who), f"by whom and when: {who}")
            check_contains(client.get("/clusters/work", headers={"Accept": "text/html"}).text, html.escape(who), "on the page, too")
        for client in (office, bureau):
            check_equal(shared(client), sorted((north[-10:], south[-10:])), "both are to be settled, at both nodes")
            for one_of, other_of in ((north, "Nam"), (south, "Bắc")):
                check_contains(client.get(one_of, headers={"Accept": "text/html"}).text, f"ha with Cụm phía {other_of}: one of the two is to be corrected", "and said on both pages")
        check_equal([t["what"] for t in rows(office, "/clusters/work.json") if t["cluster"] == at[-10:]], ["the plot H1 is held by several requests: decline all but one"], "the plot held twice")
        check_contains(str(office.send("POST", f"{mine}/lease", {"fields": {"price": "1", "lease_to": "2060-01-01"}, "documents": {"contract": paper("1/HĐ", 0)}}, expect=409).json()), "another request", "neither is leased")
        office.send("POST", f"{theirs}/decline", {"reason": "giữ trước ở nơi khác"}, expect=303)
        office.send("POST", f"{mine}/lease", {"fields": {"price": "1", "lease_to": "2060-01-01"}, "documents": {"contract": paper("1/HĐ", 0)}}, expect=303)
        put(commune, south, "boundary", {"geojson": square(106.11, 18.1)})
        check_equal(shared(office), [], "one was mended: nothing is left")
        check_contains(draw(commune, "P5", 106.507, 18.107, expect=409).text, "no land lies in two clusters", "where both are known a plot over another cluster is refused")
        draw(commune, "P2", 106.3005, 18.103)
        put(commune, east, "plot", {}, item="P3", withdrawn=True)
        put(commune, free, "plot", {}, item="T1", withdrawn=True)
        check_equal(plots(office), [], "nor of the plots")
        check("one of the two" not in office.get(north, headers={"Accept": "text/html"}).text, "nor on the page of the other")

    with cases.case("the ministry sees the same register and the country's sum, which is the sum of its parts"):
        province.stop()
        province.run("sync", ministry.address, expect=0)
        province.serve()
        key = lambda list_: sorted((r["id"], r["name"], r["occupancy"]) for r in list_)
        check_equal(key(rows(bureau, "/clusters.json")), key(rows(province.client(), "/clusters.json?unit=42")), "the register at both nodes")
        national, part = values(bureau, form("04", "VN"), "made"), values(bureau, form("04", "42"))
        check_equal(national, part, "the country is the sum of its one province")
        check_contains(bureau.get(form("04", "VN"), headers={"Accept": "text/html"}).text, "1 of 1 provinces with clusters have signed form 04", "the page")
        check_contains(str(sign(bureau, form("04", "VN"), expect=403).json()), "may not sign", "nobody signs the country's sum")

    with cases.case("the register of a day: what held from which day on, also after corrections, in whatever order it was written; places by the map of that day"):
        bureau = ministry.client(token=above)
        land = lambda leased: {"total": "40", "industrial": "30", "ready": "25", "leased": leased, "committed": "0"}
        got = bureau.send("POST", "/clusters", {"unit": "08707", "on": "2015-01-01", "fields": {**IDENTITY, "name": "Cụm Vĩnh Yên", "established_on": "2014-06-01", "state": "operating"}}, expect=303)
        old_one = got.headers["Location"].removesuffix(".json")
        for day_, leased in (("2026-08-01", "20"), ("2015-01-01", "5"), ("2026-05-01", "10")):
            put(bureau, old_one, "areas", land(leased), on=day_)
        put(bureau, old_one, "plot", {"area": "800", "state": "vacant"}, item="P", on="2026-05-01")
        put(bureau, old_one, "plot", {"area": "800", "state": "leased"}, item="P", on="2026-08-01")

        def then(on, unit="25"):
            found = [c for c in rows(bureau, f"/clusters.json?unit={unit}" + (f"&on={on}" if on else "")) if c["id"] == old_one[-10:]]
            return (found[0]["leased"], found[0]["vacant_plots"]) if found else None
        check_equal([then(d) for d in ("2026-04-30", "2026-05-01", "2026-07-31", "2026-08-01", "")], [(5, 0), (10, 1), (10, 1), (20, 0), (20, 0)], "on each day what held then")
        put(bureau, old_one, "areas", land("12"), on="2026-05-01")
        check_equal([then(d) for d in ("2026-04-30", "2026-06-01", "2026-08-01", "")], [(5, 0), (12, 1), (20, 0), (20, 0)], "a correction of that time, and of no other")
        put(bureau, old_one, "areas", land("21"))
        check_equal([then(d) for d in ("2026-06-01", "2026-08-01", "")], [(12, 1), (20, 0), (21, 0)], "what is recorded without a day holds from today")
        page = bureau.get(f"{old_one}?on=2026-06-01", headers={"Accept": "text/html"}).text
        check_contains(page, "leased 12.0 ha", "its page on that day")
        check_contains(page, "The register as it stood on 1 June 2026", "which says so")
        check("edit?list=" not in page, "nobody changes the past from there")
        check_equal({r["value"] for r in rows(bureau, f"{old_one}.json?on=2026-06-01") if r["field"] == "leased"}, {"12"}, "its file")
        check_equal([then("2024-12-31", unit) for unit in ("26", "25")], [(5, 0), None], "before the merger it lay in the province of its time")
        check_equal([then(d, u) for d, u in (("2025-07-01", "25"), ("2014-12-31", "26"), ("2014-05-31", "26"))], [(5, 0), (5, 0), None],
                    "after it in the merged one; from its establishment on as its record begins; before that in none")
        listed = bureau.get("/clusters?unit=VN&on=2024-12-31", headers={"Accept": "text/html"}).text
        check_contains(listed, 'href="/clusters?unit=26&amp;on=2024-12-31"', "the country by the provinces of that day")
        check_contains(listed, "The register holds clusters of 2 of 63 provinces. It has none of:", "how complete its totals are")
        for on, held in (("", "2 of 34"), ("&on=2024-12-31", "2 of 63")):
            for found in ("", "&q=nowhere", "&state=planned"):
                check_contains(bureau.get(f"/clusters?unit=VN{on}{found}", headers={"Accept": "text/html"}).text, f"The register holds clusters of {held} provinces", "how complete it is, whatever is asked for")
        check_contains(str(put(bureau, old_one, "areas", land("1"), on="2126-01-01", expect=422).json()), "no day up to today", "a day to come")
        bureau.get("/clusters.json?unit=VN&on=2126-01-01", expect=400)
        check_contains(bureau.get("/clusters?unit=VN&on=x", headers={"Accept": "text/html"}, expect=400).text, "no day up to today", "no day at all")
        check("own" not in str(bureau.get("/overview.json?ky=2021&known=2026-06-01").json()["cards"]), "the overview leaves the register out where it tells what was known")
        check_contains(bureau.get("/overview?ky=2021&known=2026-06-01", headers={"Accept": "text/html"}).text, "the register of clusters are told as they stand now", "and says so")
        for path in ("/clusters", old_one, "/clusters/plots.csv", "/clusters/work.json"):
            check_contains(str(bureau.get(f"{path.split('.')[0]}.json?known=2016-06-01", expect=404).json()), "nothing had been recorded", "before the first record")
        form_at = f"{old_one}/edit?list=areas"
        desk = Person(ministry, "officer", "en")
        check_contains(desk.look(form_at).text, "an earlier day changes the register of that time alone", "the form says what an earlier day does")
        desk.press(desk.look(form_at).form_for(old_one).fill({"field-leased": "6", "on": "2016-01-01"}))
        check_equal([then(d, u) for d, u in (("2016-06-01", "26"), ("2015-06-01", "26"), ("", "25"))], [(6, 0), (5, 0), (21, 0)], "by the form")

    with cases.case("a cluster that operates without recorded industrial land is not in the occupancy, and the page says so"):
        page = lambda: bureau.get("/clusters?unit=25", headers={"Accept": "text/html"}).text
        occupancy, said = re.search(r"occupancy <b>([^<]*)</b>", page()).group(1), "Of 2 clusters operating 1 have no industrial land recorded: occupancy is of the others."
        check(said not in page(), "all are stated")
        bureau.send("POST", "/clusters", {"unit": "08707", "fields": {**IDENTITY, "name": "Cụm chưa ghi đất"}}, expect=303)
        check_contains(page(), said, "the page")
        check_contains(page(), f"occupancy <b>{occupancy}</b>", "the same occupancy")


if __name__ == "__main__":
    tell(story)
