#!/usr/bin/env python3
"""Whatever table was printed is printed again: each answer of figures names an address with the moment it was made (recorded=), and that gives it again byte for byte,
with the names, the map, the rules and the order of sources of then, however the past was changed meanwhile: by what another source published late, a correction, an
order of sources, a merger of an earlier day and its undoing, new names and definitions, a decided conflict, a report sent, given back and accepted, a late report of
an establishment. At the ministry's node, at a province's, and at another node that has the same entries. Runs on both stores (CAUNOI_TEST_STORE).
Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import datetime
import html
import os
import re
import time

from defined_story import ACT, HEAD, changed
from support import check, check_contains, check_equal, load_catalogue, send_report, tell

REPORT = "/forms/monthly/42/2025-08"
CELLS = {"1": "107,25", "1.2": "109,8", "6": "4.512,3", "7": "191,2", "7.1": "41,2", "7.2": "150", "8": "305", "9": "3", "10": "312,75"}
THEN = "known=2025-08-15"
TABLES = ["/figures{}?indicator=retail_sales&indicator=trade_balance&indicator=occupancy_rate", "/figures{}?unit=42&" + THEN, "/figures{}?indicator=retail_sales&unit=VN&compare=yoy",
          "/figures{}?indicator=retail_sales&unit=40&boundary=now", "/figures/explain{}?indicator=trade_balance&unit=42&period=2025-02",
          "/figures/revisions{}?indicator=retail_sales&unit=42", "/figures/triangle{}?indicator=retail_sales&unit=42",
          "/tables{}?indicator=retail_sales&unit=VN&children=1&from=2025-01&to=2025-02&rows=unit&columns=period", "/tables{}?indicator=export_value&unit=42&rows=item&columns=period&" + THEN,
          "/growth{}?of=product&unit=31&period=2025", "/analysis{}?indicator=import_value&unit=40", "/analysis/outliers{}?indicator=retail_sales", "/iip{}?unit=42", "/iip{}?unit=42&known=MOMENT", "/figures{}?unit=42&known=MOMENT", "/tables{}?indicator=electricity_sold&unit=42&known=MOMENT", "/iip/why{}?unit=42&code=C",
          "/overview{}?ky=2025-02&" + THEN, "/provinces/42{}?ky=2025-02&" + THEN]
COMMANDS = [("export", "--unit", "42", "--format", "json"), ("export", "--indicator", "retail_sales", "--known", "2025-08-15"), ("iip show", "--unit", "42", "--format", "json")]
# What a page says of itself, of how the exchange stands, and of what is to be done.
OF_NOW = re.compile(r' id="past-recorded".*?>|<div class="alert mt3" role="status"><p>This is what had been recorded.*?</div>|csrf"? ?(value)?="[^"]*"', re.S)


def words(page):
    """What a page says, with its foot, which is printed with it."""
    found = re.search(r"<main.*</main>", page, re.S).group(0)
    again = re.search(r"To print this page again as it is, with.*?</p>", page, re.S)
    found = OF_NOW.sub("", found) + (again.group(0) if again else "no address")
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", found)))


def same(found, expected, what):
    at = len(os.path.commonprefix([found, expected]))
    check(found == expected, f"{what}: …{found[max(0, at - 120):at + 160]!r} instead of …{expected[max(0, at - 120):at + 160]!r}")


def pause():
    """What is done before and after bears another moment."""
    time.sleep(0.01)


def named(answer):
    """The address that gives it again, as its header has it."""
    links = [link for name, link in answer.headers.items() if name == "Link" and 'rel="cite-as"' in link]
    check_equal(len(links), 1, "addresses that are to be cited")
    return re.fullmatch(r'<([^>]*)>; rel="cite-as"', links[0]).group(1)


def story(cases, world):
    ministry, hatinh, copy = world.nodes(ministry="VN", hatinh="42", copy="VN")
    for one, other in ((ministry, hatinh), (hatinh, ministry), (ministry, copy), (copy, ministry), (copy, hatinh), (hatinh, copy)):
        one.trust(other)
    for node in (ministry, hatinh, copy):
        for login, role in (("reader", "api"), ("officer", "specialist"), ("leader", "director")):
            node.add_user(login, role)
    head = "indicator,unit,period,value,status,known_from\n"
    told = [(unit, f"{year}-{month:02d}", year - 2000 + month + int(unit)) for unit in ("31", "40", "42") for year in (2024, 2025) for month in (1, 2)]
    rows = lambda own: "".join(f"retail_sales,{u},{p},{v},{'approved' if own else 'published'},{p}-28\n" for u, p, v in told if (u == "42") == own)
    prints, begun = [], []  # when all was there that is asked about first

    def bring(node, name, text, *more):
        node.run("import", world.path(f"{name}.csv", head + text), *more, expect=0)

    def items(node, name, text):
        node.run("import", world.path(f"{name}.csv", "indicator,unit,period,item,value,status\n" + text), expect=0)

    def exchange():
        for node in (ministry, hatinh, copy):
            if node.server is not None:
                node.stop()
        ministry.serve()
        for _ in range(2):
            for node in (hatinh, copy):
                node.run("sync", ministry.address, expect=0)
        ministry.wait_placed()
        ministry.stop()

    def answers(node, label):
        """Everything as it is printed now."""
        pause()
        node.serve()
        reader, out = node.signed_in("reader"), []
        for table in (table.replace("MOMENT", begun[0]) for table in TABLES):
            for suffix in (".json", ".csv", ".xlsx", "") if table in TABLES[:2] or label == "at first" else (".json", ""):
                answer = reader.get(table.format(suffix), expect=None, headers={"Accept": "text/html" if suffix == "" else "*/*"})
                if answer.status == 303:  # a table is shown at the address that says all that is asked
                    answer = reader.get(answer.headers["Location"], expect=None, headers={"Accept": "text/html"})
                check(answer.status == 200 or "merger" in label, f"{table} {label}: {answer!r}")  # of a province that is no more
                if answer.status == 200:
                    out.append((named(answer), suffix, words(answer.text) if suffix == "" else answer.body))
        node.stop()
        for command in COMMANDS:
            now, text = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds"), node.run(command[0], *command[1:], expect=None).out
            said = re.search(r'"recorded":"([^"]*)"', text)
            out.append(((*command, "--recorded", said.group(1) if said else now), "command", text))
        pause()
        prints.append((node, label, out))

    def reprint(node, of, label, out):
        """Each at the address that it named."""
        node.serve()
        reader = node.signed_in("reader")
        for address, suffix, expected in out:
            what = f"{address} of {of.name} {label}, again at {node.name}"
            if suffix == "command":
                if node is of:
                    same(node.run(address[0], *address[1:], expect=None).out, expected, what)
                continue
            answer = reader.get(address, expect=None, headers={"Accept": "text/html" if suffix == "" else "*/*"})
            check_equal(answer.status, 200, f"{what}: {answer!r}")
            check_equal(named(answer), address, "what it names again")
            if suffix == ".xlsx":
                check(answer.body == expected, what)
            elif suffix == "":
                same(words(answer.text), expected, what)
            else:
                same(answer.text, expected.decode(), what)
        node.stop()

    with cases.case("tables of every kind are printed, and each names the address that prints it again"):
        bring(hatinh, "own", rows(True) + "export_value,42,2025-02,120,approved,\nimport_value,42,2025-02,70,approved,\ntrade_balance,42,2025-02,50,approved,\n"
              "occupancy_rate,42,2025,40,approved,\nindustrial_land_area,42,2025,50,approved,\ncluster_land_leased,42,2025,20,approved,\n")
        bring(ministry, "others", rows(False) + "occupancy_rate,40,2025,90,published,\nindustrial_land_area,40,2025,100,published,\ncluster_land_leased,40,2025,90,published,\n")
        bring(ministry, "series", "".join(f"import_value,40,{2020 + m // 12}-{m % 12 + 1:02d},{900 + m * 7 + m * m % 31},published,\n" for m in range(60)))
        items(ministry, "levels", "".join(f"grdp,31,{year},{item},{value},published\n" for year, values in ((2024, (700, 300)), (2025, (750, 340))) for item, value in zip(("tong_so", "dich_vu"), values)))
        bring(ministry, "office", "electricity_sold,42,2025-02,31,published,\n", "--source", "Cục Thống kê")
        bring(ministry, "press", "electricity_sold,42,2025-02,30,published,\n", "--source", "Báo Công Thương")
        for name, text in (("weights", "code,parent,name,measure,weight,base_quantity\nTOTAL,,Whole,,1,\nC,TOTAL,Manufacturing,,1,\np,C,Product p,t,100,1200\n"),
                           ("sample", "establishment,name,product,from,to\n" + "".join(f"e{i},Maker {i},p,2024-01,\n" for i in range(4))),
                           ("output", "month,establishment,product,measure,quantity\n" + "".join(f"{y}-{m:02d},e{i},p,t,{20 + m + i}\n" for y in (2024, 2025) for m in range(1, 9) for i in range(4 - (m == 8))))):
            hatinh.run("iip import", name, world.path(f"{name}.csv", text), *(("--from", "2024-01", "--base", "2024") if name == "weights" else ()), expect=0)
        exchange()
        pause()
        begun.append(datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z"))
        answers(ministry, "at first")
        answers(hatinh, "at first")
        kinds = {(suffix, re.match(r"/\w+(/why|/explain|/revisions|/triangle|/outliers)?", address).group(0)) for _, _, out in prints for address, suffix, _ in out if suffix != "command"}
        check_equal(len(kinds), 4 * 12, "kinds of tables by format")

    def after(label):
        """Those of the beginning and the last; at the end all."""
        for node, when, out in prints[:1] + prints[max(2, len(prints) - 1):]:
            reprint(node, node, f"{when}, {label}", out)
        answers(ministry, label)

    with cases.case("another source publishes late what was known long before, and a figure is corrected for the same moment"):
        bring(ministry, "late", "retail_sales,42,2025-02,99,published,2025-02-27\nretail_sales,VN,2025-02,1234,published,2025-02-27\nexport_value,42,2025-02,121,published,2025-03-01\n", "--source", "Cục Thống kê")
        items(ministry, "level", "grdp,31,2025,tong_so,760,published\n")
        bring(ministry, "longer", "import_value,40,2024-12,1200,published,\n")
        bring(hatinh, "corrected", "retail_sales,42,2025-01,1000,approved,2025-01-28\n")
        exchange()
        after("after a late publication and a correction")

    def load(name, files):
        load_catalogue(ministry, name, files)
        exchange()

    with cases.case("sources are put in another order"):
        load("order", {"sources.yaml": changed("sources.yaml", ("priority: 10", "priority: 60"))})
        after("in another order of sources")

    with cases.case("a merger is recorded with an earlier day, and undone"):
        merger = HEAD + f"40,40,1,2025-07-15,{ACT},,tinh,Nghệ Tĩnh,Nghe Tinh,VN\n42,40,1,2025-07-15,{ACT},,,,,\n"
        ministry.run("units record", world.path("merger.csv", merger), expect=0)
        exchange()
        after("after a merger")
        ministry.run("units withdraw", "merger", expect=0)
        exchange()
        after("with all as it was before")

    with cases.case("a unit is renamed, and an indicator defined anew"):
        load("names", {"units/names.csv": changed("units/names.csv", ("46,2025-01-01", "42,2025-01-01,tinh,Hà Tĩnh Mới,New Ha Tinh,H.T.Mới,hue\n46,2025-01-01")),
                       "indicators/clusters.yaml": changed("indicators/clusters.yaml", ("cluster_land_leased / industrial_land_area * 100", "cluster_land_leased / industrial_land_area * 1000")),
                       "indicators/trade.yaml": changed("indicators/trade.yaml", ("Retail sales of goods and consumer services revenue", "Retail sales, newly named"))})
        after("after new names and definitions")

    with cases.case("two nodes write a figure unseen, and the conflict is decided"):
        bring(hatinh, "mine", "retail_sales,42,2025-04,2100,approved,\nimport_value,42,2025-02,71,approved,\n")
        bring(ministry, "theirs", "retail_sales,42,2025-04,2200,published,\n", "--source", "Sở Công Thương")
        exchange()
        after("with an open conflict")
        hatinh.serve()
        one = hatinh.signed_in("reader").get("/conflicts.json").json()["conflicts"]
        check_equal(len(one), 1, "conflicts")
        sides = hatinh.signed_in("reader").get(f"/conflicts/{one[0]['id']}.json").json()["sides"]
        hatinh.signed_in("leader").send("POST", f"/conflicts/{one[0]['id']}.json", {"choose": sides[1]["entry"], "reason": "Theo Bộ"}, expect=303)
        exchange()
        after("after its decision")

    with cases.case("a report is sent, given back, sent again and accepted; an establishment reports late"):
        hatinh.serve()
        send_report(hatinh.signed_in("officer"), REPORT, CELLS, hatinh.signed_in("leader"))
        exchange()
        ministry.serve()
        ministry.signed_in("leader").send("POST", f"{REPORT}/return", {"reason": "Kiểm tra dòng 7", "cells": ["7"], "due": "2099-10-03"}, expect=200)
        exchange()
        after("with a report given back")
        hatinh.serve()
        send_report(hatinh.signed_in("officer"), REPORT, {**CELLS, "7": "190,2", "7.2": "149"}, hatinh.signed_in("leader"))
        exchange()
        ministry.serve()
        ministry.signed_in("leader").send("POST", f"{REPORT}/approve", expect=200)
        ministry.stop()
        hatinh.run("iip import", "output", world.path("late.csv", "month,establishment,product,measure,quantity\n2025-08,e3,p,t,77\n"), expect=0)
        exchange()
        after("with an accepted report and a late one")
        answers(hatinh, "in the end")

    with cases.case("each table was another one in the meantime"):
        seen = {}
        for of, _, out in prints:
            for address, suffix, text in out if of is ministry else []:
                if suffix == "" and "known=" not in address:
                    text = re.sub(r"recorded=\S*|[0-9:]+, \d+ \w+ \d{4}", "", text)
                    seen.setdefault(re.sub(r"[?&]recorded=.*", "", address), set()).add(text)
        check_equal([address for address, texts in seen.items() if len(texts) < 2], [], "tables that never changed")

    with cases.case("another node that has the same entries prints the ministry's tables again, byte for byte"):
        for of, when, out in prints[::2]:
            if of is ministry:
                reprint(copy, of, when, out)

    with cases.case("after the tables were made anew everything is printed again"):
        for node in (ministry, hatinh):
            node.run("rebuild", expect=0)
        for node, when, out in prints:
            reprint(node, node, f"{when}, after a rebuild", out)

    with cases.case("a moment that is to come, before the first record, no moment; who may not ask; addresses that do not tell it"):
        ministry.add_user("neighbour", "enterprise", unit="25")
        ministry.serve()
        reader, table = ministry.signed_in("reader"), "/figures.json?unit=42"
        now = datetime.datetime.now(datetime.timezone.utc)
        for recorded, status, said in ((f"{now.year + 1}-01-01", 422, "is not over"), (f"{now + datetime.timedelta(hours=8):%Y-%m-%d}", 422, "is not over"), ("2001-01-01", 404, "first record"), ("yesterday", 422, "neither a date nor a moment")):
            check_contains(reader.get(f"{table}&recorded={recorded}", expect=status).json()["error"]["message"], said, recorded)
        check_contains(ministry.client().get(f"{table}&recorded=2026-01-01", expect=401).json()["error"]["message"], "only for users who are signed in", "the public")
        check_contains(ministry.signed_in("neighbour").get(f"{table}&recorded=2026-01-01", expect=403).json()["error"]["hint"], "without recorded=", "an enterprise")
        check_contains(reader.get("/clusters.json?recorded=2026-01-01", expect=422).json()["error"]["hint"], "known=", "registers")
        error = reader.get("/status.json?recorded=2026-01-01", expect=422).json()["error"]
        check("/figures" in error["hint"] and "/iip" in error["hint"] and "/clusters" not in error["hint"], "those that tell it", error)
        check(reader.get("/sdmx/data/FIGURES/all?recorded=2026-01-01", expect=None).status in (400, 422), "SDMX has no such question")
        asks = {path: [p["name"] for p in methods["get"]["parameters"]] for path, methods in reader.get("/openapi.json").json()["paths"].items() if "get" in methods}
        check_equal(("recorded" in asks["/tables"], "recorded" in asks["/clusters"]), (True, False), "the description of addresses")
        ministry.stop()
        for more, said in (("2099-01-01", "is not over"), ("yesterday", "neither a date nor a moment")):
            check_contains(ministry.run("export", "--recorded", more, expect=None).err, said, "the command")

    with cases.case("a page of then says so, offers nothing to be done, and its links and filters stay there"):
        address = next(address for of, when, out in prints for address, suffix, _ in out if of is ministry and suffix == "" and address.startswith("/figures?unit=42&known=2"))
        ministry.serve()
        answer = ministry.signed_in("leader").get(address, headers={"Accept": "text/html"})
        main = re.search(r"<main.*?</main>", answer.text, re.S).group(0)
        moment = address.split("recorded=")[1]
        check_equal(answer.headers["X-Recorded"], moment + "+07:00", "the header")
        check_contains(main, "This is what had been recorded here by then", "the notice")
        check('method="post"' not in main and "/import" not in main, "nothing to be done")
        links = [html.unescape(link) for link in re.findall(r'href="(/(?:figures|tables|growth|analysis|iip)\b[^"]*)"', main) if not link.startswith("/figures/entry")]
        check(len(links) > 5 and [link for link in links if "recorded=" not in link] == [f"/figures?unit=42&{THEN}"], "links; the one without it leads to now", links)
        check_contains(main, f'<input type="hidden" name="recorded" value="{moment}">', "the filters")
        check_contains(main, f'name="recorded" value="{moment}"></div>', "where another moment is asked for")
        file = ministry.signed_in("leader").get(address.replace("/figures?", "/figures.csv?"))
        check_contains(file.headers["Content-Disposition"], f"figures-recorded-{moment[:10]}.csv", "its file")
        ministry.stop()

    with cases.case("what was written by a moment and came here later is in what is printed again, alike at each node that holds it; pages say so, to the public too"):
        table = "/figures{}?indicator=retail_sales&unit=42&from=2025-07&to=2025-07"
        bring(hatinh, "offline", "retail_sales,42,2025-07,777,approved,2025-07-28\n")
        pause()
        ministry.serve()
        printed = ministry.signed_in("reader").get(table.format(".csv"))
        page, public = (client.get(table.format(""), headers={"Accept": "text/html"}).text for client in (ministry.signed_in("reader"), ministry.client()))
        for client, is_open in ((ministry.signed_in("reader"), True), (ministry.client(), False)):  # no program is led to what refuses it
            answer = client.get(table.format(".json"))
            check_equal(("again" in answer.json()["about"], "recorded=" in answer.text, "cite-as" in str(answer.headers)), (is_open,) * 3, "the address that prints it again")
            check("recorded" in answer.json()["about"], "the moment", answer.json()["about"])
            check_equal("recorded=" in client.get(table.format(".csvm")).text, is_open, "the description of its CSV file")
        ministry.stop()
        check("777" not in printed.text, "the line was down")
        check_contains(page, "with what was written by now and comes here later:", "the foot")
        check_contains(public, "Officials print this page again at this address, with what only they may see", "the public's foot")
        exchange()
        again = []
        for node in (ministry, hatinh, copy):
            node.serve()
            again.append(node.signed_in("reader").get(named(printed)).text)
            node.stop()
        check_contains(again[0], "retail_sales,42,2025-07,,,777,", "what came later")
        check_equal(set(again), {again[0]}, "at each node")


if __name__ == "__main__":
    tell(story, "sqlite")
