#!/usr/bin/env python3
"""The registers as they were known: clusters, promotion, cases, units and indicators are looked at while things change, and told again later with
known= of those days: files byte for byte the same but for the vintage they name, pages the same but for the notice and what leads on. Who may not
ask, for which days, by whom. Runs on both stores (CAUNOI_TEST_STORE)."""

import html
import json
import os
import re

from support import HAS_FILES, ROOT, check, check_contains, check_equal, tell, this_day
from wire import Clock

COMMUNE = "18073"
M = 1_000_000
IDENTITY = {"name": "Cụm công nghiệp Thạch Hà", "kind": "general", "state": "operating", "formed": "later", "established_on": "2025-06-02",
            "trades": "cơ khí", "detailed_plan": "yes", "project": "yes", "source": "Minh họa"}
AREAS = {"total": "70", "industrial": "42.0", "ready": "30.0", "leased": "21.0", "committed": "4.2"}
ACT = "Nghị quyết 15/2025/NQ-HĐND (minh họa)"
SPLIT = ("old,new,share,date,act,basis,kind,name_vi,name_en,parent\n"
         f"18073,18073,0.6,2025-09-01,{ACT},dân số,phuong,Thành Sen,Thành Sen,42\n"
         f"18073,18074,0.4,2025-09-01,{ACT},dân số,phuong,Tân Giang,Tân Giang,42\n")
FILES = ["/clusters.csv", "/clusters.json", "/clusters/plots.csv", "/promotion.csv", "/promotion/schemes.csv", "/cases.csv", "/cases.json", "/units.csv?level=commune&on=2025-09-02", "/units/changes.csv",
         "/indicators.csv"]
PAGES = ["/clusters", "/clusters/plots", "/clusters/plan", "/clusters/compare", "/promotion", "/promotion/schemes", "/promotion/programme", "/promotion/norms",
         "/promotion/products", "/cases", "/units", "/units/18073", "/units/changes", "/indicators"]


def question(address, known):
    return f"{address}{'&' if '?' in address else '?'}known={known}"


def content(page):
    """What a page says, without its frame, its notice and what it lets nobody do then."""
    found = re.search(r"<main.*?</main>", page, re.S).group(0)
    found = re.sub(r'<div class="alert mt3" role="status"><p>This is what was known then.*?</div>', "", found, flags=re.S)
    found = re.sub(r"<[^>]*>", " ", found)
    return re.sub(r"\s+", " ", html.unescape(found))


def told(text):
    """A file without what names the vintage."""
    return re.sub(r'"(as known on [^"]*)"', "", text).replace('"notes":[,', '"notes":[').replace(',],"columns"', '],"columns"')


def story(cases, world):
    clock = Clock(world.folder, "all")
    go = clock.show  # of all nodes

    go("2025-06-20")
    os.environ.update(clock.environment)
    ministry, province = world.node("ministry", "VN"), world.node("ha-tinh", "42")
    ministry.trust(province)
    province.trust(ministry)
    province.trust(world.node("thanh-sen", COMMUNE))
    for login, role, unit in (("officer", "specialist", "VN"), ("reader", "admin", "VN"), ("bacninh", "specialist", "24")):
        ministry.add_user(login, role, unit=unit)
    for login, role, unit in (("officer", "specialist", "42"), ("leader", "director", "42"), ("reader", "admin", "42"), ("centre", "center", "42"), ("tenant", "enterprise", "42")):
        province.add_user(login, role, unit=unit)
    above, bacninh = (ministry.token(login) for login in ("reader", "bacninh"))
    tokens = {login: province.token(login) for login in ("officer", "leader", "reader", "centre", "tenant")}
    saved = {}

    def exchange():
        province.stop()
        ministry.serve()
        province.run("sync", ministry.address, expect=0)
        province.serve()
        ministry.stop()

    def clients():
        return {login: province.client(token=token) for login, token in tokens.items()}

    def save(name, more=()):
        reader = clients()["reader"]
        saved[name] = ({a: reader.get(a).text for a in FILES + [f"{m}.json" for m in more]},
                       {a: content(reader.get(a, headers={"Accept": "text/html"}).text) for a in PAGES + list(more)})

    def put(at, list_, fields, item="", **more):
        clients()["officer"].send("POST", at, {"list": list_, "item": item, "fields": fields, **more}, expect=303)

    province.serve()
    go("2025-07-02")
    exchange()
    people = clients()

    with cases.case("what is recorded first is looked at"):
        at = people["officer"].send("POST", "/clusters", {"unit": COMMUNE, "fields": IDENTITY}, expect=303).headers["Location"].removesuffix(".json")
        put(at, "areas", AREAS)
        put(at, "plot", {"area": "5000", "state": "vacant", "price": "60"}, item="P1")
        other = people["officer"].send("POST", "/clusters", {"unit": COMMUNE, "fields": {**IDENTITY, "name": "Cụm sẽ rút"}}, expect=303).headers["Location"].removesuffix(".json")
        scheme = people["centre"].send("POST", "/cases/promotion_local", {
            "title": "Máy bào bốn mặt", "case_unit": "42", "on": "2025-07-02", "documents": {n: {"number": "1/2025", "on": "2025-07-02"} for n in ("application", "scheme_text")},
            "fields": {"plan_year": "2026", "activity": "a4", "beneficiary": "Hợp tác xã Mộc Thái Yên", "tax_code": "3000123456", "implementer": "Trung tâm Khuyến công",
                       "quantity": "1", "eligible_cost": str(820 * M), "support": str(200 * M), "other_state": "0", "enterprise_money": str(900 * M), "other_money": "0",
                       "machines_planned": "2", "jobs_planned": "12", "turnover_planned": str(4000 * M), "energy_planned": "10"}}, expect=303).headers["Location"].removesuffix(".json")
        save("2025-07-02", [at, other, scheme])

    with cases.case("things change: land of the same day, an item withdrawn, an act in the case, a new one"):
        go("2025-07-20")
        people = clients()
        put(at, "areas", {**AREAS, "leased": "30.0"})
        put(at, "plot", {}, item="P1", withdrawn=True)
        people["officer"].send("POST", f"{scheme}/take", {"on": "2025-07-20"}, expect=303)
        people["centre"].ask("POST", f"{scheme}/papers/application?name=don.txt", "Đơn đề nghị".encode(), {"Content-Type": "application/octet-stream", "Accept": "application/json"}, 303)
        save("2025-07-20", [at, other, scheme])
        check(saved["2025-07-20"][0]["/clusters.csv"] != saved["2025-07-02"][0]["/clusters.csv"], "the land has changed")
        check(saved["2025-07-20"][0]["/clusters/plots.csv"] != saved["2025-07-02"][0]["/clusters/plots.csv"], "the plot is withdrawn")
        check(saved["2025-07-20"][0][f"{scheme}.json"] != saved["2025-07-02"][0][f"{scheme}.json"], "the case went on")

    with cases.case("and again: a unit is divided by law, a cluster gets a decision and another name"):
        go("2025-08-10")
        ministry.run("units record", world.path("split.csv", SPLIT), expect=0)
        exchange()
        put(at, "decision", {"kind": "expand", "number": "9/QĐ", "decided_on": "2025-08-01"}, item="D1")
        put(other, "identity", {**IDENTITY, "name": "Cụm đổi tên"})
        save("2025-08-10", [at, other, scheme])
        communes = "/units.csv?level=commune&on=2025-09-02"
        check("18074" in saved["2025-08-10"][0][communes] and "18074" not in saved["2025-07-20"][0][communes], "the division is known")

    go("2025-08-20")
    put(other, "identity", {**IDENTITY, "name": "Cụm đổi tên lần nữa"})
    reader = clients()["reader"]

    with cases.case("files of those days are byte for byte the same, but for the vintage they name"):
        for day, (files, _) in saved.items():
            for address, text in files.items():
                found = reader.get(question(address, day))
                check_equal(told(found.text), told(text), f"{address} as known on {day}")
                check_equal(found.headers["X-Known"], f"{day}T23:59:59.999+07:00", "the vintage in the header")
                if ".csv" in address:
                    check_contains(found.headers["Content-Disposition"], f"-known-{day}.csv", "its name")
        check_contains(reader.get(question("/clusters.json", "2025-07-20")).json()["notes"], "as known on 20 July 2025", "its note")
        first = reader.get("/clusters.csv?known=2025-07-02").body
        check(reader.get("/clusters.xlsx?known=2025-07-02").body[:2] == b"PK" and reader.get(f"{at}.pdf?known=2025-07-02").body[:4] == b"%PDF", "workbook and leaflet")
        check_equal(reader.get("/clusters.csv?known=2025-07-02").body, first, "asked once more")

    with cases.case("pages of those days say the same"):
        for day, (_, pages) in saved.items():
            for address, text in pages.items():
                check_equal(content(reader.get(question(address, day), headers={"Accept": "text/html"}).text), text, f"{address} as known on {day}")

    with cases.case("a page says of when it is, leads on to pages of then, and to now; nothing is offered to be done"):
        officer = clients()["officer"]
        page = officer.get(question("/clusters?unit=42", "2025-07-02"), headers={"Accept": "text/html"}).text
        main = re.search(r"<main.*?</main>", page, re.S).group(0)
        check_contains(main, "This is what was known then, for reading only:", "the notice")
        check_contains(main, '<a data-now="" href="/clusters?unit=42">As it is known now</a>', "the way to now")
        check_contains(main, f'href="{at}?known=2025-07-02"', "the way to a cluster")
        check_contains(main, 'href="/clusters.csv?unit=42&amp;known=2025-07-02"', "the way to the file")
        check_contains(main, '<input type="hidden" name="known" value="2025-07-02">', "the filters")
        check("/clusters/new" not in main and 'method="post"' not in main, "nothing to be recorded")
        check_contains(page, "officer", "who is signed in")
        asks = re.search(r'<form[^>]*>(?:(?!</form>).)*id="past-known".*?</form>', main, re.S).group(0)
        check_contains(asks, 'value="2025-07-02"', "the day, to be changed")
        check_contains(asks, 'name="unit" value="42"', "the rest of the question stays")
        check_equal(asks.count('name="known"'), 1, "the question is asked once")
        check('id="past-known"' in officer.get("/cases", headers={"Accept": "text/html"}).text, "a day can be asked for on every register")
        check('id="past-known"' not in province.client().get("/clusters", headers={"Accept": "text/html"}).text, "not by the public")
        case = officer.get(question(scheme, "2025-07-02"), headers={"Accept": "text/html"}).text
        check('method="post"' not in re.search(r"<main.*?</main>", case, re.S).group(0), "nothing to be done in a case")
        check_equal(officer.get(f"{scheme}.json?known=2025-07-02").json()["actions"], [], "for programs too")
        check(officer.get(f"{scheme}.json").json()["actions"], "now there is something to be done")

    with cases.case("no link of a page of then loses the question where it is answered, and none leads to what cannot be asked"):
        described = officer.get("/openapi.json").json()["paths"]
        does = {p: "known" in [x["name"] for x in m["get"]["parameters"]] for p, m in described.items() if "get" in m}
        forms = [(re.compile(re.sub(r"\{[^/]*\}", "[^/]+", p) + "$"), tells) for p, tells in does.items() if "{" in p]

        def answers(path):
            return does[path] if path in does else any(tells for form, tells in forms if form.match(path))

        waiting, seen = ["/clusters", "/promotion", "/cases", "/units", "/indicators"], set()
        waiting = [question(a, "2025-07-20") for a in waiting]
        while waiting and len(seen) < 60:
            address = waiting.pop(0)
            if address in seen:
                continue
            seen.add(address)
            page = officer.get(address, headers={"Accept": "text/html"}).text
            main = re.search(r"<main.*?</main>", page, re.S).group(0)
            for tag in re.findall(r"<a [^>]*>", main):
                to = html.unescape(re.search(r'href="([^"]*)"', tag).group(1))
                path = re.sub(r"\.(csv|json|xlsx|pdf)$", "", re.split(r"[?#]", to)[0])
                is_told = answers(path)
                if "data-now" in tag or not to.startswith("/"):
                    continue
                check_equal("known=2025-07-20" in to, is_told, f"{to} on {address}")
                if is_told and path == re.split(r"[?#]", to)[0] and path.startswith(("/clusters", "/promotion", "/cases", "/units", "/indicators")):
                    waiting.append(to.partition("#")[0])
        check(len(seen) > 20, "pages looked at", len(seen))

    with cases.case("files of a case are those of now that were there then: what was erased since is erased"):
        files = lambda known: next(d["files"] for d in reader.get(f"{scheme}.json{known}").json()["documents"] if d["document"] == "application")
        check_equal((files("?known=2025-07-02"), [f["name"] for f in files("?known=2025-07-20")]), ([], ["don.txt"]), "the files")
        file = files("")[0]
        clients()["leader"].send("POST", f"{scheme}/papers/application/{file['node']}/{file['id']}/erase", {"why": "nhầm", "basis": "Điều 1"}, expect=303)
        check_equal([f["state"] for f in files("?known=2025-07-20")], ["erased"], "erased since")
        check("don.txt" not in str(files("?known=2025-07-20")), "its name is gone too")

    with cases.case("who may not ask, what is no day, and what is not asked by a form"):
        public, tenant = province.client(), clients()["tenant"]
        check_contains(str(public.get("/clusters.json?known=2025-07-02", expect=401).json()), "only for users who are signed in", "the public")
        check_equal(public.get("/clusters?known=2025-07-02", expect=303, headers={"Accept": "text/html"}).headers["Location"].partition("?")[0], "/sign-in", "the public's page")
        check_contains(str(tenant.get("/clusters.json?known=2025-07-02", expect=403).json()), "may not see what was known here", "an enterprise")
        check_contains(str(tenant.get("/promotion.json?known=2025-07-02", expect=403).json()), "may not do this", "who may not read it now")
        check_contains(str(reader.get("/clusters.json?known=2025-02-30", expect=422).json()), "neither a date nor a moment", "no day")
        check_contains(str(reader.get("/clusters.json?known=2020-01-01", expect=404).json()), "its first record is of 2025-06-20", "before the first record")
        check_contains(str(reader.get("/clusters/new?known=2025-07-02", expect=403).json()), "may not", "an address that does not answer it")
        check_contains(str(clients()["officer"].get("/clusters/new?known=2025-07-02", expect=422).json()), "/clusters, ", "an address that does not answer it names those that do")
        fields = {"list": "areas", "item": "", "fields": AREAS}
        check_equal(clients()["officer"].send("POST", f"{at}?known=2025-07-02", fields).status, 303, "a form is of now")
        check_contains(str(reader.get("/clusters.json?known=1970-01-01T00:00:00Z", expect=404).json()), "its first record is of 2025-06-20", "the moment that clocks count from")
        check_equal(reader.get(f"{at}.json?known=2030-01-01").json()["rows"], reader.get(f"{at}.json").json()["rows"], "a day to come")
        check_contains(reader.get("/openapi.json").text, '"known"', "openapi")
        check_equal(reader.get(f"{other}.json?known=2025-06-30", expect=404).status, 404, "a cluster that was not there yet")

    with cases.case("folders of the pasts go with the server, and none is in a backup"):
        if HAS_FILES and province.store is None:
            check(1 <= len(list(province.folder.glob("past-*"))) <= 4, "kept ones", list(province.folder.glob("past-*")))
        province.stop()
        check_equal(list(province.folder.glob("past-*")), [], "left folders")
        (province.folder / "past-left00").mkdir()
        (province.folder / "past-left00" / "ledger.db").write_bytes(b"x")
        province.serve()
        check_equal(list(province.folder.glob("past-*")), [], "what a killed process had left")

    with cases.case("what a node wrote by then and sent later belongs to that day, at every node"):
        ministry.serve()
        chief = ministry.client(token=above)
        before = chief.get("/clusters.json?known=2025-08-12").json()["rows"]
        check("Cụm đổi tên" not in str(before), "the ministry has not heard of it")
        ministry.stop()
        exchange()
        ministry.serve()
        chief = ministry.client(token=above)
        check_contains(str(chief.get("/clusters.json?known=2025-08-12").json()["rows"]), '"Cụm đổi tên"'.replace('"', "'"), "what came later")
        check_contains(str(chief.get("/clusters.json?known=2025-07-20").json()["rows"]), "Cụm sẽ rút", "as known before")
        check_equal(chief.get(f"{scheme}.json?known=2025-07-02").json()["state"], json.loads(saved["2025-07-02"][0][f"{scheme}.json"])["state"], "the case, then")

    with cases.case("a code is never taken for another unit: who is of a merged province asks from its first day on"):
        merged = ministry.client(token=bacninh)
        check_equal(merged.get("/clusters.json?known=2025-07-02").status, 200, "from its first day on")
        refused = str(merged.get("/clusters.json?known=2025-06-25", expect=403).json())
        check_contains(refused, "Bac Ninh", "whose")
        check_contains(refused, "is there since 2025-07-01", "since when")
        check_equal(chief.get("/clusters.json?known=2025-06-25").json()["rows"], [], "the ministry was there")

    with cases.case("what was made internal since is internal in a past too, but for who is of the territory"):
        def fields(client):
            return {r["field"] for r in client.get(f"{at}.json?known=2025-07-20").json()["rows"]}

        before = fields(merged)
        check({"trades", "leased"} <= before, "what everybody saw", before)
        ministry.stop()
        go("2025-08-21")
        register = (ROOT / "data/cluster/register.cluster").read_text()
        changed = register.replace("en: Main trades}, kind: text}", "en: Main trades}, kind: text, internal: true}").replace(
            "en: Areas}\n    single: true\n    public: true", "en: Areas}\n    single: true")
        check_equal(len(changed), len(register) + len(", internal: true") - len("\n    public: true"), "both changes")
        (world.folder / "internal/cluster").mkdir(parents=True)
        (world.folder / "internal/cluster/register.cluster").write_text(changed)
        ministry.run("catalogue load", str(world.folder / "internal"), expect=0)
        ministry.serve()
        check_equal(before - fields(ministry.client(token=bacninh)), {"trades"} | set(AREAS), "no more")
        page = ministry.client(token=bacninh).get(f"{at}?known=2025-07-20", headers={"Accept": "text/html"}).text
        check("Main trades" not in page, "nor on the page")
        check_equal(fields(ministry.client(token=above)), before, "the ministry")
        ministry.stop()

    with cases.case("what is put together beside the node is none of its log's business"):
        for node in (ministry, province):
            check('"catalogue"' not in node.log_tail(10**6), node.log_tail())


if __name__ == "__main__":
    tell(story)
