#!/usr/bin/env python3
"""What was known on a day (known=DATE): every address tells it, or refuses the question and says who tells it; none answers with what is known now as if
it had been known then. Runs on both stores (CAUNOI_TEST_STORE)."""

import html
from pathlib import Path
import re

from support import check, check_contains, check_equal, tell

DATA = Path(__file__).resolve().parents[2] / "data"
DAY = "2022-01-05"


def story(cases, world):
    node = world.node("ministry", "VN")
    node.prepare("import", DATA / "demo" / "seed.csv", "--source", "Báo Công Thương")
    node.add_user("admin", "admin", "VN")
    node.add_user("moit", "director", "VN")
    node.serve()
    person, admin = node.signed_in("moit"), node.signed_in("admin")
    described = person.get("/openapi.json").json()["paths"]
    addresses = {path: "known" in [p["name"] for p in methods["get"]["parameters"]] for path, methods in described.items() if "get" in methods}
    tells = sorted(path for path, does in addresses.items() if does)

    with cases.case("the description of addresses says which tell what was known on a day"):
        check({"/figures", "/tables", "/overview", "/growth", "/analysis"} <= set(tells), "those that show figures", tells)
        check({"/clusters", "/clusters/{id}", "/promotion", "/cases", "/cases/{id}", "/units", "/indicators"} <= set(tells), "registers", tells)
        check({"/quality", "/quality/units", "/quality/sources", "/conflicts", "/conflicts/{id}", "/forms", "/forms/{form}/{unit}/{period}"} <= set(tells), "the administration's work", tells)
        check(not {"/clusters/new", "/todo", "/", "/status", "/search", "/personal", "/receipts"} & set(tells), "those that tell how things stand", tells)

    with cases.case("an address that tells how things stand now refuses the question, as a page and for programs, and names those that answer it"):
        for path in (path for path in addresses if path not in tells and not path.startswith(("/ledger/", "/health"))):
            path = re.sub(r"\{[^}]*\}", "x", path)
            answer = admin.get(f"{path}?known={DAY}", expect=None, headers={"Accept": "application/json"})
            if answer.status in (401, 403):  # not for an administrator
                answer = person.get(f"{path}?known={DAY}", expect=None, headers={"Accept": "application/json"})
            check_equal(answer.status, 422, path)
            error = answer.json()["error"]
            check_contains(error["message"], "not what was known on a day", path)
            check("/figures" in error["hint"] and "/tables" in error["hint"], "where the answer is had", error)
            check("/figures/explain" not in error["hint"], "addresses for programs alone are not named", error)
        check_contains(html.unescape(person.get(f"/status?known={DAY}", expect=422, headers={"Accept": "text/html"}).text), "not what was known on a day", "a page")
        check_equal(person.get("/quality?known=", headers={"Accept": "text/html"}).status, 200, "an empty field of a form asks nothing")

    with cases.case("those that answer say the day, refuse what is no day, and none of their links loses it or leads where the question is refused"):
        seen = set()
        asked = [path for path in tells if "{" not in path and path not in ("/figures/explain", "/figures/revisions", "/figures/triangle")]
        waiting = [f"{path}?known={DAY}" for path in asked if not path.startswith("/iip")] + [f"/provinces/42?ky=2021&known={DAY}", f"/figures?indicator=iip_yoy&unit=42&known={DAY}"]
        for path in waiting:
            check_equal(person.get(path.replace(DAY, "yesterday"), expect=None).status, 422, f"{path}: no day")
        while waiting and len(seen) < 120:
            path = waiting.pop(0)
            if path in seen:
                continue
            seen.add(path)
            answer = person.get(path, expect=None, headers={"Accept": "text/html"})
            if answer.status == 303:  # a table is shown at the address that says all that is asked
                waiting.append(answer.headers["Location"])
                continue
            check(answer.status in (200, 404), f"{path}: {answer!r}")  # 404: nothing was known that far back
            if "text/html" in answer.headers.get("Content-Type", ""):
                here = [html.unescape(link) for link in re.findall(r'href="(/(?:figures|tables|growth|analysis)(?:/explain)?[?][^"]*)"', answer.text)]
                if path.startswith(("/overview", "/provinces", "/figures/explain", "/growth")):
                    check([link for link in here if "known=" not in link and "lang=" not in link] == [], f"{path}: links that lose the day", here)
                waiting += [link for link in map(html.unescape, re.findall(r'href="(/[^"]*[?&;]known=2[^"]*)"', answer.text)) if "lang=" not in link and "recorded=" not in link]
        check(len(seen) > 20, "links that were followed", len(seen))

    with cases.case("a filter keeps what it was asked: a day stays a day, a moment stays the moment"):
        for path in ("/figures?indicator=iip_yoy&unit=42", "/tables", "/growth", "/analysis?indicator=iip_yoy&unit=42", "/units", "/quality"):
            day = DAY if path[1] in "fga" or path == "/tables" else "2099-12-31"  # registers have a past since their first record
            for known, kind in ((day, ' type="date"'), (day + "T10:00:00Z", "")):
                page = person.get(f"{path}{'&' if '?' in path else '?'}known={known}", expect=None, headers={"Accept": "text/html"})
                if page.status == 303:
                    page = person.get(page.headers["Location"], headers={"Accept": "text/html"})
                check_equal(re.findall(r'<input class="inp"([^>]*) id="[^"]*" name="known" value="([^"]*)"', page.text), [(kind, known)], f"{path}, {known}: {page.status}")

    with cases.case("the overview of a day leaves out what is told as it stands now, and says so"):
        now, then = (person.get(f"/overview?ky=2021{more}", headers={"Accept": "text/html"}).text for more in ("", f"&known={DAY}"))
        check("Exchange with other nodes" in now and "Exchange with other nodes" not in then, "the exchange")
        check_contains(then, "as they stand now, and are left out here", "the note")
        check("are left out here" not in now, "the note today")
        check_contains(person.get(f"/provinces/42?ky=2021&known={DAY}", headers={"Accept": "text/html"}).text, "are left out here", "a province's page too")

    with cases.case("the overview opens with, and offers, periods of which the asker may see something, on the day that is asked about"):
        other, head = world.node("other", "VN"), "indicator,unit,period,item,value,known_from,status\n"
        other.prepare("import", world.path("published.csv", head + "trade_turnover,VN,2023,,100,2024-02-01,published\ntrade_turnover,VN,2024,,110,2025-02-01,published\n"
                                           "iip_yoy,VN,2025-06,TOTAL,105,2025-07-06,published\niip_yoy,VN,2025-07,TOTAL,106,2025-08-06,published\n"))
        other.prepare("import", world.path("approved.csv", head + "trade_turnover,VN,2025,,120,2026-02-01,approved\niip_yoy,42,2025-08,TOTAL,107,2025-09-06,approved\n"))
        other.add_user("moit", "director", "VN")
        other.serve()
        official, public = other.signed_in("moit"), other.client()

        def offered(client, known=""):
            answer = client.get(f"/overview.json{known and '?known='}{known}").json()
            return answer["period"], answer["periods"]

        check_equal(offered(public), ("2024", ["2025-07", "2025-06", "2024", "2023"]), "to the public")
        check_equal(offered(official), ("2025", ["2025", "2025-08", "2025-07", "2025-06", "2024", "2023"]), "to an official")
        for client in (public, official):
            check_equal(offered(client, "2025-07-10"), ("2024", ["2025-06", "2024", "2023"]), "on a day")
            check_equal(offered(client, "2025-01-10"), ("2023", ["2023"]), "on a day before")
        check("newest month" not in official.get("/overview?known=2025-01-10&lang=en", headers={"Accept": "text/html"}).text, "no newer month is offered on a day before")

    with cases.case("of units that are missing in a total, only who may hear of nodes reads of their nodes, and only of now"):
        other.stop()
        other.prepare("import", world.path("one.csv", head + "retail_sales,42,2025-06,,5,2025-07-06,published\n"))
        other.serve()
        for client, known, tells in ((official, "", True), (official, "&known=2025-08-01", False), (public, "", False)):
            asked = f"indicator=retail_sales&unit=VN&period=2025-06{known}"
            absent = client.get(f"/figures/explain.json?{asked}").json()["absent"]
            check_equal((len(absent), {"has_node" in one and "last_contact" in one for one in absent}), (62, {tells}), f"JSON, {known}")
            check_equal("no node of its own" in client.get(f"/figures/explain?{asked}&lang=en", headers={"Accept": "text/html"}).text, tells, f"the page, {known}")


if __name__ == "__main__":
    tell(story)
