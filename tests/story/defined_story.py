#!/usr/bin/env python3
"""Tables as they were known: names, units of measure, formulas and the map are those of then. Whatever the ministry defines anew, known= gives each
table, page and file byte for byte as it was, at the ministry and at a province that has it from there; what may be seen is judged by now. Runs on both stores
(CAUNOI_TEST_STORE).
Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import datetime
import re
import time

from support import ROOT, check, check_contains, check_equal, load_catalogue, tell, this_day, untimed

ACT = "Nghị quyết 15/2026/NQ-HĐND (minh họa)"
HEAD = "old,new,share,date,act,basis,kind,name_vi,name_en,parent\n"
COMING = f"{this_day().year + 1}-01-01"
MERGER = HEAD + f"40,40,1,{{day}},{ACT},,tinh,Nghệ Tĩnh,Nghe Tinh,VN\n42,40,1,{{day}},{ACT},,,,,\n"
FILES = ["/figures.csv?indicator=retail_sales&indicator=trade_balance&indicator=occupancy_rate", "/figures.json?unit=42", f"/figures.json?indicator=retail_sales&unit=40&boundary={COMING}", "/figures.json?indicator=retail_sales&unit=VN&compare=yoy",
         "/figures.csvm?indicator=retail_sales", "/tables.csv?indicator=retail_sales&unit=VN&children=1&rows=unit&columns=period&from=2025-01&to=2025-02",
         "/tables.json?indicator=export_value&rows=item&columns=period&unit=42", "/figures/explain.json?indicator=trade_balance&unit=42&period=2025-02",
         "/growth.json?of=product&unit=VN&period=2025", "/overview.json?ky=2025-02", "/provinces/42.json?ky=2025-02", "/iip.csv?unit=42", "/iip.json?unit=42",
         "/figures/revisions.json?indicator=retail_sales&unit=42", "/figures/triangle.csv?indicator=retail_sales&unit=42", "/analysis/outliers.json?indicator=retail_sales"]
PAGES = ["/figures?indicator=retail_sales&indicator=trade_balance", f"/figures?indicator=occupancy_rate&indicator=retail_sales&unit=40&boundary={COMING}", "/tables?indicator=retail_sales&unit=VN&from=2025-01&to=2025-02&children=1",
         "/figures/explain?indicator=trade_balance&unit=42&period=2025-02", "/overview?ky=2025-02", "/provinces/42?ky=2025-02", "/iip?unit=42"]
SDMX = ["/sdmx/data/FIGURES/all"]


def moment():
    """One between what was done and what comes."""
    time.sleep(0.005)
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    time.sleep(0.005)
    return now


def asked(address, name, known):
    return f"{address}{'&' if '?' in address else '?'}{name}={known.replace(':', '%3A')}"


def content(page):
    """A page without what differs between two sessions, and without the choices that its filters offer: those defined later are among them."""
    return re.sub(r'csrf"? ?(value)?="[^"]*"|<option[^<]*</option>\n?|, printed at [^<]*', "", re.search(r"<main.*</main>", page, re.S).group(0))


def changed(path, *replacements):
    text = (ROOT / "data" / path).read_text(encoding="utf-8")
    for old, new in replacements:
        check(old in text, f"{path} has", old)
        text = text.replace(old, new)
    return text


def story(cases, world):
    ministry, hatinh = world.nodes(ministry="VN", hatinh="42")
    ministry.trust(hatinh)
    hatinh.trust(ministry)
    months = [(unit, f"{year}-{month:02d}", year - 2000 + month + int(unit)) for unit in ("31", "40", "42") for year in (2024, 2025) for month in (1, 2)]
    head = "indicator,unit,period,value,status,known_from\n"
    own = head + "".join(f"retail_sales,{u},{p},{v},approved,{p}-28\n" for u, p, v in months if u == "42")
    own += "export_value,42,2025-02,120,approved,\nimport_value,42,2025-02,70,approved,\ntrade_balance,42,2025-02,50,approved,\noccupancy_rate,42,2025,40,approved,\nindustrial_land_area,42,2025,50,approved,\ncluster_land_leased,42,2025,20,approved,\n"
    others = head + "".join(f"retail_sales,{u},{p},{v},published,{p}-28\n" for u, p, v in months if u != "42") + "export_value,40,2025-02,90,published,\nimport_value,40,2025-02,100,published,\nindustrial_land_area,40,2025,100,published,\ncluster_land_leased,40,2025,90,published,\noccupancy_rate,40,2025,90,published,\n"
    for node in (ministry, hatinh):
        node.add_user("reader", "director")
        node.add_user("bystander", "director", unit="31") if node is ministry else None
    hatinh.run("import", world.path("own.csv", own), expect=0)
    ministry.run("import", world.path("others.csv", others), expect=0)
    for source, value in (("Báo Công Thương", 30), ("Cục Thống kê", 31)):
        ministry.run("import", world.path("told.csv", f"{head}electricity_sold,42,2025-02,{value},published,\n"), "--source", source, expect=0)
    for name, text in (("weights", "code,parent,name,measure,weight,base_quantity\nTOTAL,,Whole,,1,\nC,TOTAL,Manufacturing,,1,\np,C,Product p,t,100,1200\n"),
                       ("sample", "establishment,name,product,from,to\n" + "".join(f"e{i},Maker {i},p,2024-01,\n" for i in range(4))),
                       ("output", "month,establishment,product,measure,quantity\n" + "".join(f"{y}-{m:02d},e{i},p,t,{20 + m + i}\n" for y in (2024, 2025) for m in range(1, 13) for i in range(4)))):
        hatinh.run("iip import", name, world.path(f"{name}.csv", text), *(("--from", "2024-01", "--base", "2024") if name == "weights" else ()), expect=0)

    def exchange():
        ministry.serve()
        hatinh.run("sync", ministry.address, expect=0)
        ministry.stop()

    def look(node, known):
        node.serve()
        person, out = node.signed_in("reader"), {}
        for address in FILES + PAGES:
            answer = person.get(asked(address, "known", known), expect=None, headers={"Accept": "text/html" if address in PAGES else "*/*"})
            if answer.status == 303:  # a table is shown at the address that says all that is asked
                answer = person.get(answer.headers["Location"], headers={"Accept": "text/html"})
            out[address] = (answer.status, untimed(answer.text) if address in FILES else content(answer.text) if answer.status == 200 else "")
        answer = node.client().get(asked(FILES[0], "known", known), expect=None)
        out["public"] = (answer.status, answer.text)
        for address in SDMX:
            answer = person.get(asked(address, "asOf", known), expect=None)
            out[address] = (answer.status, re.sub(r'"prepared":"[^"]*"|"id":"[^"]*"', "", answer.text))
        node.stop()
        for command in (("export", "--known", known), ("iip show", "--unit", "42", "--known", known)):
            out[command[0]] = untimed(repr(node.run(command[0], *command[1:])))
        return out

    def check_alike(node, known, before):
        for address, told in look(node, known).items():
            if told != before[address] and told[0] != 401:  # the public may have to sign in for what lies elsewhere by now
                now, then = (t if isinstance(t, str) else f"{t[0]} {t[1]}" for t in (told, before[address]))
                at = next((i for i, (a, b) in enumerate(zip(now, then)) if a != b), min(len(now), len(then)))
                check(False, f"{address}, known {known}, from character {at} on:", now[max(0, at - 80):at + 120], "instead of", then[max(0, at - 80):at + 120])

    exchange()
    moments = [moment()]
    looked = [(look(ministry, moments[0]), look(hatinh, moments[0]))]

    with cases.case("what is asked is there, with the names and the map of now"):
        for seen in looked[0]:
            wrong = [(a, t[0]) for a, t in seen.items() if isinstance(t, tuple) and t[0] != 200]
            check_equal(wrong, [], "answers other than 200")
        check_contains(looked[0][0]["/figures?indicator=retail_sales&indicator=trade_balance"][1], "Ha Tinh", "the page")

    def round_of():
        exchange()
        moments.append(moment())
        looked.append((look(ministry, moments[-1]), look(hatinh, moments[-1])))

    def load(name, files):
        load_catalogue(ministry, name, files)
        round_of()

    def at(address, number=-1, node=0):
        return looked[number][node][address][1]

    def check_as_they_were(earlier=1):
        """The last of the moments before the newest one."""
        for then, seen in list(zip(moments, looked))[-1 - earlier:-1]:
            for node, told in zip((ministry, hatinh), seen):
                check_alike(node, then, told)

    with cases.case("names, units of measure and a formula are defined anew: tables of now say it, those of then do not"):
        load("names", {"units/names.csv": changed("units/names.csv", ("46,2025-01-01", "42,2025-01-01,tinh,Hà Tĩnh Mới,New Ha Tinh,H.T.Mới,hue\n46,2025-01-01")),
                       "indicators/clusters.yaml": changed("indicators/clusters.yaml", ("cluster_land_leased / industrial_land_area * 100", "cluster_land_leased / industrial_land_area * 1000")),
                       "measures.yaml": "measures:\n  - [billion VND, thousand million VND]\n",
                       "indicators/trade.yaml": changed("indicators/trade.yaml", ("Retail sales of goods and consumer services revenue", "Retail sales, newly named"), ('en: "billion VND"', 'en: "thousand million VND"'))})
        check_contains(at(PAGES[0]), "New Ha Tinh", "the page of now")
        check_contains(at(PAGES[0]), "Retail sales, newly named", "the page of now")
        check("newly named" not in at(PAGES[0], 0) and "New Ha Tinh" not in at(PAGES[0], 0), "the page of then")
        check_contains(at(FILES[0]), "thousand million VND", "the file of now")
        check_as_they_were()

    with cases.case("two provinces become one: the map of then has both, also where another day's map is asked for"):
        ministry.run("units record", world.path("merger.csv", MERGER.format(day=COMING)), expect=0)
        round_of()
        check_contains(at(PAGES[1]), "sum of the 2 units", "the map of that day")
        check("sum of the 2 units" not in at(PAGES[1], 1), "the map of that day, as known before")
        check_equal(look(ministry, moments[0])["public"][0], 200, "no figure of then lies elsewhere by now: everybody may ask")
        check_as_they_were(2)

    with cases.case("and undone: what was known in between is told as it was"):
        ministry.run("units withdraw", "merger", expect=0)
        round_of()
        check("sum of the 2 units" not in at(PAGES[1]), "the map of that day, as it is known again")
        check_as_they_were()

    with cases.case("where a figure of then lies at another unit by now the public must sign in, until the change is undone"):
        ministry.run("import", world.path("plan.csv", f"{head}retail_sales,40,{this_day():%Y-%m},70,published,\nretail_sales,42,{this_day():%Y-%m},71,published,\n"), expect=0)
        planned = moment()
        seen = look(ministry, planned)
        ministry.run("units record", world.path("merger.csv", MERGER.format(day=this_day().replace(day=1).isoformat())), expect=0)
        told = look(ministry, planned)
        check_equal((seen["public"][0], told["public"][0]), (200, 401), "for the public, before and after")
        check_equal(told[FILES[0]], seen[FILES[0]], "for officials")
        ministry.run("units withdraw", "merger", expect=0)
        check_equal(look(ministry, planned)["public"], seen["public"], "undone")

    with cases.case("sources are put in another order, and two provinces became one before what they wrote: of then all is placed by the definitions of then"):
        ministry.run("units record", world.path("again.csv", MERGER.format(day=this_day().replace(day=1).isoformat())), expect=0)
        check_equal(look(ministry, moments[0])["public"][0], 401, "a figure of the province waits now")
        load("order", {"sources.yaml": changed("sources.yaml", ("priority: 10", "priority: 60"))})
        check_contains(at("/figures.json?unit=42"), '"value":30', "the press stands now")
        check_equal(looked[-1][0]["/iip.csv?unit=42"][0], 422, "the province is no more")
        check_as_they_were(5)

    with cases.case("of that the public is told that it must sign in; what is known now is for all"):
        ministry.serve()
        public = ministry.client()
        refused = public.get(asked("/figures.json?unit=42", "known", moments[0]), expect=401).json()["error"]
        check_contains(refused["message"], "only for users who are signed in", "the refusal")
        check_contains(refused["message"], "(known=)", "what was asked")
        check_contains(public.get(asked("/sdmx/data/FIGURES/all", "asOf", moments[0]), expect=401).text, "(asOf=)", "what was asked of SDMX")
        for address in ("/figures.json?unit=42", asked("/figures.json?unit=42", "known", moment()), "/figures.json?unit=42&known=2025-03-01", "/sdmx/data/FIGURES/all?asOf=2025-03-01T12:00:00"):
            public.get(address)
        ministry.stop()

    with cases.case("after the tables were made anew all is told as before"):
        for node in (ministry, hatinh):
            node.run("rebuild", expect=0)
        check_alike(ministry, moments[1], looked[1][0])
        check_alike(hatinh, moments[2], looked[2][1])

    with cases.case("an indicator that is defined later, with figures known since before, is told with its first definition"):
        text = (ROOT / "data/indicators/headline.yaml").read_text(encoding="utf-8")
        load("more", {"indicators/more.yaml": text[:text.index("  - id:")] + "  - id: freight\n    name: {vi: \"Vận tải\", en: \"Freight\"}\n    unit: {vi: \"tấn\", en: \"t\"}\n    decimals: 0\n    additive: flow\n"
                      "    source: {vi: \"Minh họa\", en: \"Illustration\"}\n    legal_basis: \"minh họa\"\n    verified: false\n"})
        ministry.run("import", world.path("freight.csv", head + "freight,VN,2024,7,published,2025-01-31\n"), expect=0)
        ministry.serve()
        rows = ministry.signed_in("reader").get(asked("/figures.json?indicator=freight", "known", moments[0])).json()["rows"]
        check_equal([r["value"] for r in rows], [7], "the figure, known then")
        check_equal(ministry.client().get("/figures.json?indicator=freight&known=2024-12-31").json()["rows"], [], "not yet known")
        ministry.stop()
    counted_otherwise(cases, world)


def counted_otherwise(cases, world):
    """The ministry counts coal in tonnes from 2024 on, and has no figures of it; the province, which does not know that yet, has written some in thousand tonnes."""
    above, below = world.nodes(above="VN", below="40")
    above.trust(below)
    below.trust(above)
    text = (ROOT / "data/classifications/products.csv").read_text()
    coal = "than_da_than_sach,,Than đá (than sạch),Coal (clean),"
    check(coal + "nghìn tấn,thousand tonnes,,\n" in text, "coal is in thousand tonnes")

    def load(name, rows):
        load_catalogue(above, name, {"classifications/products.csv": text.replace(coal + "nghìn tấn,thousand tonnes,,\n", rows)})

    def sync():
        above.serve()
        below.run("sync", above.address, "--json", expect=0)
        above.stop()

    def told(node, rest=""):
        node.serve()
        rows = node.client().get("/figures.json?indicator=product_output&unit=40&item=than_da_than_sach" + rest).json()["rows"]
        node.stop()
        return [(r["period"], r["value"], r["unit_of_measure"]) for r in rows]

    with cases.case("figures counted otherwise that come later by exchange wait, named, at both nodes, until the catalogue counts them so"):
        load("tonnes", coal + "nghìn tấn,thousand tonnes,,2023-12-31\n" + coal + "tấn,tonnes,2024-01-01,\n")
        file = "indicator,unit,period,item,value,status\nproduct_output,40,2023-12,than_da_than_sach,4,published\nproduct_output,40,2024-08,than_da_than_sach,5,published\n"
        below.run("import", world.path("coal.csv", file), expect=0)
        check_equal(told(below), [("2023-12", 4, "thousand tonnes"), ("2024-08", 5, "thousand tonnes")], "at the province, before it knows")
        sync()
        check_equal((told(above), told(below)), ([], []), "nobody tells them in tonnes")
        check_equal(above.state("40"), below.state("40"), "the state")
        for node in (above, below):
            node.add_user("admin", "admin")
            node.serve()
            status = node.signed_in("admin").get("/status.json").text
            check_contains(status, "is counted in nghìn tấn by the node that wrote the figures, and here in tấn", "what is said")
            node.stop()
        load("later", coal + "nghìn tấn,thousand tonnes,,2025-12-31\n" + coal + "tấn,tonnes,2026-01-01,\n")
        sync()
        for node in (above, below):
            check_equal(told(node), [("2023-12", 4, "thousand tonnes"), ("2024-08", 5, "thousand tonnes")], "counted so, they count")
        below.run("import", world.path("tonnes.csv", file.replace("2024-08", "2026-08").replace(",5,", ",5000,")), expect=0)
        sync()
        for node in (above, below):
            check_equal(told(node)[-1], ("2026-08", 5000, "tonnes"), "what is written since, over the change in one file")
        check_equal(above.state("40"), below.state("40"), "the state")


if __name__ == "__main__":
    tell(story, "sqlite")
