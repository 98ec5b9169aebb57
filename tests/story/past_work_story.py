#!/usr/bin/env python3
"""What the administration's work looked like: findings and answers, sources that disagree, conflicts, lists of reports and reports are looked at while figures come, are
answered for, sent, returned, corrected and decided, and told again later with known= of those moments: files byte for byte the same but for the vintage they name,
pages the same but for the notice and what leads on; at a province's node and at the ministry's. Runs on both stores (CAUNOI_TEST_STORE).
Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import html
import json
import os
import re

from past_story import content, question, told
from support import check, check_contains, check_equal, send_report, tell
from wire import Clock

HEAD = "indicator,unit,period,item,value,status\n"
REPORT, NEXT = "/forms/monthly/42/2025-08", "/forms/monthly/42/2025-09"
CELLS = {"1": "107,25", "1.2": "109,8", "6": "4.512,3", "7": "191,2", "7.1": "41,2", "7.2": "150", "8": "305", "9": "3", "10": "312,75"}
LISTS = ["/quality.csv?state=all", "/quality.json?state=all&unit=42", "/quality/units.csv", "/quality/rules.csv", "/quality/sources.csv", "/quality/sources.json?unit=42",
         "/conflicts.csv", "/conflicts.json", "/forms.csv", "/forms.json?form=monthly", "/forms.csv?form=monthly&period=2025-08"]
PAGES = ["/quality", "/quality?state=all&owner=42", "/quality/units", "/quality/sources", "/conflicts", "/forms", "/forms?form=monthly&period=2025-08"]
# What a page says of what is to be done, of the exchange, and when it was printed.
OF_NOW = re.compile(r" Its specialists explain, its leader accepts, at its own node: [^.]*\.| · waits at this node for the connection|, printed at \d+:\d+, \d+ \w+ \d+")


def same(found, expected, what):
    """Where they part, told from a little before."""
    at = len(os.path.commonprefix([found, expected]))
    check(found == expected, f"{what}: …{found[max(0, at - 80):at + 120]!r} instead of …{expected[max(0, at - 80):at + 120]!r}")


def story(cases, world):
    clock = Clock(world.folder, "all")
    go = clock.show  # of all nodes

    go("2025-09-20", 9)
    os.environ.update(clock.environment)
    ministry, province = world.node("ministry", "VN"), world.node("ha-tinh", "42")
    ministry.trust(province)
    province.trust(ministry)
    tokens = {node: {} for node in (ministry, province)}
    for node in tokens:
        for login, role in (("officer", "specialist"), ("leader", "director"), ("reader", "admin")):
            node.add_user(login, role)
            tokens[node][login] = node.token(login)
    ministry.add_user("neighbour", "specialist", unit="25")
    tokens[ministry]["neighbour"] = ministry.token("neighbour")
    saved, addresses = {}, {node: list(LISTS) for node in tokens}

    def client(node, login="reader"):
        return node.client(token=tokens[node][login])

    def stop(node):
        if node.server is not None:
            node.stop()

    def run(node, name, rows, source=None):
        stop(node)
        node.run("import", world.path(f"{name}.csv", HEAD + rows), *(["--source", source] if source else []), expect=0)

    def exchange():
        for node in tokens:
            stop(node)
        ministry.serve()
        for _ in range(2):
            province.run("sync", ministry.address, expect=0)
        ministry.wait_placed()
        province.serve()

    def save(day):
        """Half an hour later the day is asked for: by then its last entry was written."""
        go(day, 9, 30)
        saved[day] = {}
        for node in tokens:
            reader = client(node)
            saved[day][node] = ({a: reader.get(a) for a in addresses[node]},
                                {a: content(reader.get(a, headers={"Accept": "text/html"}).text) for a in PAGES + [a.replace(".json", "") for a in addresses[node] if a.endswith(".json") and a not in LISTS]})
        go(day, 10)

    with cases.case("figures that break rules, sources that disagree, two nodes that had not seen each other, a report that is begun"):
        run(province, "odd", "retail_sales,42,2025-05,,5000,approved\nretail_sales,42,2025-06,,5,approved\nretail_sales,42,2025-07,,4900,approved\nexport_value,42,2025-08,tong_tri_gia,100,approved\n"
            "export_value,42,2025-08,khu_vuc_kinh_te_trong_nuoc,40,approved\nexport_value,42,2025-08,khu_vuc_co_von_dau_tu_nuoc_ngoai,70,approved\n")
        run(ministry, "office", "export_value,42,2025-08,tong_tri_gia,120,published\n", "Cục Thống kê Hà Tĩnh, tháng 8/2025")
        run(ministry, "beside", "retail_sales,42,2025-07,,4800,published\n", "Sở Công Thương")
        province.serve()
        client(province, "officer").send("PUT", REPORT, {"base_version": 0, "cells": {"6": {"typed": "4.5x", "explanation": "sẽ sửa"}}}, expect=200)
        client(province, "officer").ask("POST", f"{REPORT}/attachments?name=phuluc.txt", "Phụ lục".encode(), {"Content-Type": "application/octet-stream", "Accept": "application/json"}, None)
        exchange()
        listed = client(province).get("/quality.json?state=all&unit=42").json()["rows"]
        key = next(row["finding"] for row in listed if "/unit/retail_sales/" in row["finding"])
        conflict = client(ministry).get("/conflicts.json").json()["conflicts"][0]["id"]
        for node, more in ((province, [f"/quality/finding.json?key={key}", f"/conflicts/{conflict}.json", f"/conflicts/{conflict}.csv", f"{REPORT}.json", f"{REPORT}.csv"]),
                           (ministry, [f"/conflicts/{conflict}.json", f"{REPORT}.json"])):
            addresses[node] += more
        check(client(ministry).get("/quality/sources.json?unit=42").json()["count"] >= 2, "sources of one figure")
        save("2025-09-20")

    with cases.case("work is done: a finding explained, the conflict decided, the report sent and given back"):
        go("2025-09-24", 9)
        client(province, "officer").send("POST", "/quality/finding.json", {"key": key, "answer": "explained", "reason": "Tháng 6 báo cáo theo nghìn tỷ"}, expect=200)
        sides = client(province).get(f"/conflicts/{conflict}.json").json()["sides"]
        client(province, "leader").send("POST", f"/conflicts/{conflict}.json", {"choose": sides[1]["entry"], "reason": "Theo công bố", "publish": True}, expect=303)
        send_report(client(province, "officer"), REPORT, CELLS, client(province, "leader"))
        exchange()
        client(ministry, "leader").send("POST", f"{REPORT}/return", {"reason": "Kiểm tra dòng 7", "cells": ["7"], "due": "2025-10-03"}, expect=200)
        exchange()
        save("2025-09-24")

    with cases.case("and more: another report, a correction, figures that are right now, a new source, a new conflict"):
        go("2025-10-02", 9)
        send_report(client(province, "officer"), REPORT, {**CELLS, "7": "190,2", "7.2": "149"}, client(province, "leader"))
        client(province, "officer").send("PUT", NEXT, {"base_version": 0, "cells": {"6": {"typed": "5000", "explanation": ""}}}, expect=200)
        run(province, "again", "retail_sales,42,2025-06,,4,approved\nretail_sales,42,2025-08,,4900,approved\nretail_sales,42,2025-09,,4950,approved\n")
        run(ministry, "beside", "retail_sales,42,2025-09,,4700,published\n", "Sở Công Thương")
        run(ministry, "press", "retail_sales,42,2025-08,,4910,published\n", "Báo Công Thương, 10/2025")
        exchange()
        client(ministry, "leader").send("POST", f"{REPORT}/approve", expect=200)
        exchange()
        save("2025-10-02")

    with cases.case("each time something had changed in each of them"):
        for node in tokens:
            for address in addresses[node]:
                if address == "/quality/rules.csv" or (node is ministry and address.startswith(REPORT)):
                    continue
                found = {saved[day][node][0][address].text for day in saved}
                check(len(found) > 1, f"{address} at {node.name} never changed")
        finding = [json.loads(saved[day][province][0][f"/quality/finding.json?key={key}"].text)["rows"][0]["state"] for day in saved]
        check_equal(finding, ["open", "explained", "open"], "the finding: explained, then about another value")
        reports = [json.loads(saved[day][province][0][f"{REPORT}.json"].text) for day in saved]
        check_equal([(r["state"], r["version"], len(r["attachments"])) for r in reports], [("draft", 0, 1), ("returned", 1, 1), ("accepted", 2, 1)], "the report")
        check_equal([json.loads(saved[day][ministry][0][f"/conflicts/{conflict}.json"].text)["state"] for day in saved], ["open", "settled", "settled"], "the conflict")

    with cases.case("where nothing was written since, how the exchange stands is left out too"):
        client(province, "officer").send("PUT", NEXT, {"base_version": 1, "cells": {"6": {"typed": "5001", "explanation": ""}}}, expect=200)
        send_report(client(province, "officer"), "/forms/monthly/42/2025-07", CELLS, client(province, "leader"))
        for known in ("", "?known=2025-10-03"):
            page = client(province).get(f"/forms/monthly/42/2025-07{known}", headers={"Accept": "text/html"}).text
            check_equal(["waits at this node" in page, "printed at" in page], [not known, not known], f"of now alone {known}")

    go("2025-10-20", 9)
    for node in tokens:
        run(node, "later", f"retail_sales,{'42' if node is province else '25'},2025-09,,1,approved\n")
    exchange()
    asked = {day: f"{day}T09:45:00%2B07:00" for day in saved}

    with cases.case("files of those moments are byte for byte the same, at both nodes"):
        for day, of_nodes in saved.items():
            for node, (files, _) in of_nodes.items():
                reader = client(node)
                for address, answer in files.items():
                    found = reader.get(question(address, asked[day]))
                    same(told(found.text), told(answer.text), f"{address} as known on {day} at {node.name}")
                    check_equal(found.headers["X-Known"], f"{day}T09:45:00.000+07:00", "the vintage in the header")
                    if ".csv" in address:
                        check_contains(found.headers["Content-Disposition"], f"-known-{day}.csv", "its name")

    with cases.case("pages of those moments say the same, offer nothing to be done, and tell nothing of the exchange"):
        for day, of_nodes in saved.items():
            for node, (_, pages) in of_nodes.items():
                for address, text in pages.items():
                    found = client(node).get(question(address, asked[day]), headers={"Accept": "text/html"}).text
                    same(content(found), OF_NOW.sub("", text),
                         f"{address} as known on {day} at {node.name}")
                    main = re.search(r"<main.*?</main>", found, re.S).group(0)
                    check('method="post"' not in main, f"{address} offers something to be done")
                    check_contains(main, "This is what was known then, for reading only:", address)
                    check("at the centre" not in main and "waits at this node" not in main, "how the exchange stood")

    with cases.case("who decides and fills in now may do nothing then"):
        day = asked["2025-09-20"]
        one = client(province, "leader").get(question(f"/conflicts/{conflict}.json", day)).json()
        check_equal((one["state"], one["may_settle"]), ("open", False), "the conflict")
        check_equal(client(province, "officer").get(question(f"{REPORT}.json", day)).json()["may"], {"edit": False, "withdraw": False, "send": False, "decide": False}, "the report")
        page = client(province, "officer").get(question(f"/quality/finding?key={key}", day), headers={"Accept": "text/html"}).text
        check("its leader accepts" not in page and "<textarea" not in page, "the finding")
        check_contains(str(client(province).get(question(f"/quality/finding.json?key={key.replace('unit', 'jump')}", day), expect=404).json()), "had been found by then", "no finding")
        check_contains(str(client(province).get(question("/quality.json?unit=99", day), expect=422).json()), "did not exist on that day", "no unit")

    with cases.case("links lead on to what was known then"):
        page = client(ministry).get(question("/forms?form=monthly&period=2025-08", asked["2025-09-24"]), headers={"Accept": "text/html"}).text
        links = [html.unescape(a) for a in re.findall(r'href="([^"]*)"', re.search(r"<main.*?</main>", page, re.S).group(0))]
        check(any(a.startswith(f"{REPORT}?known=") for a in links), "the report", links)
        check(all("known=" in a for a in links if a.startswith("/forms") and a != "/forms?form=monthly&period=2025-08"), "all of them", links)
        page = client(ministry).get(question("/quality?state=all", asked["2025-09-24"]), headers={"Accept": "text/html"}).text
        figures = [html.unescape(a) for a in re.findall(r'href="(/figures/explain\?[^"]*known=2025-09-24[^"]*)', page)]
        check(figures, "a figure")
        explained = [client(ministry).get(a, headers={"Accept": "text/html"}).text for a in figures if "period=2025-08" in a]
        check(any(f'href="{REPORT}?known=2025-09-24' in text for text in explained), "and from it the report of then", [re.findall(r'href="/forms[^"]*', text) for text in explained], figures)

    with cases.case("who is of another province sees as little of then as of now"):
        neighbour = client(ministry, "neighbour")
        check_equal(neighbour.get(question("/conflicts.json", asked["2025-09-24"])).json()["count"], 0, "conflicts")
        for address in (f"/conflicts/{conflict}.json", f"{REPORT}.json", "/quality.json?unit=42"):
            neighbour.get(question(address, asked["2025-09-24"]), expect=403)
        check_equal([r["unit"] for r in neighbour.get(question("/quality.json?state=all", asked["2025-10-02"])).json()["rows"] if r["unit"] != "25"], [], "findings")

    with cases.case("what was erased since is erased in what was known before, too"):
        kept = lambda day: client(province).get(question(f"{REPORT}.json", asked[day])).json()["attachments"]
        before = {day: kept(day)[0] for day in saved}
        check_equal({f["name"] for f in before.values()}, {"phuluc.txt"}, "the file")
        client(province, "leader").send("POST", before["2025-09-24"]["address"] + "/erase", {"why": "nhầm tệp", "basis": "Điều 1"}, expect=None)
        for day in saved:  # of a draft's file nothing is left
            check_equal([(f["state"], f["name"]) for f in kept(day)], [("erased", None)] if day > "2025-09-20" else [], f"as known on {day}")

    with cases.case("who may not ask, and before the first record"):
        check_contains(str(province.client().get("/quality/sources.json?known=2025-09-20", expect=401).json()), "only for users who are signed in", "the public")
        check_contains(str(client(province).get("/conflicts.json?known=2025-01-01", expect=404).json()), "first record", "too early")
        check_contains(str(client(province).get(f"{REPORT}.json?known=yesterday", expect=422).json()), "neither a date nor a moment", "no day")


if __name__ == "__main__":
    tell(story)
