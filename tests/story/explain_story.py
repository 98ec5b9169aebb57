#!/usr/bin/env python3
"""Every figure of every page opens, in at most three clicks, to its formula, its inputs, the signed entry it came in, who approved it and its
receipt. All pages that show figures are walked, and the labels in their drawings: published figures, a report that was sent and accepted, totals,
comparisons, shares and contributions, the production index, growth, tables and charts, analyses. Runs on both stores (CAUNOI_TEST_STORE).
Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import html.parser
import json
import re

from support import ROOT, check, check_equal, send_report, tell, tell_number, wait_until

CLICKS = 3
REPORT = "/forms/monthly/42/2026-10"
# Where a click may lead on the way to an explanation; addresses of other things (menus, other formats) are no way.
WAY = re.compile(r"^/(figures/(explain|entry/|revisions|triangle)|iip/why|receipts/|quality/finding|figures\?|provinces/|forms/|conflicts/|growth\?)")
# Pages with figures, by who looks at them.
PAGES = {
    "public": ["/overview?ky=2021", "/overview?ky=2024-12", "/overview?ky=2021&xem=bang", "/provinces/42?ky=2021", "/figures?indicator=iip_yoy&unit=VN&from=2024-10&to=2024-12",
               "/figures?indicator=export_value&unit=VN&from=2024-12&to=2024-12&compare=share", "/figures?indicator=export_value&unit=VN&from=2024-12&to=2024-12&compare=yoy",
               "/figures?indicator=export_value&unit=VN&item=tong_tri_gia&from=2024-12&to=2024-12&compare=mom",
               "/figures?indicator=export_value&unit=VN&item=tong_tri_gia&from=2021-02&to=2021-02&compare=ytd",
               "/figures?indicator=export_value&unit=VN&item=tong_tri_gia&from=2021-02&to=2021-02&compare=ytd_yoy",
               "/figures?indicator=export_value&unit=VN&from=2024-12&to=2024-12&compare=contribution",
               "/figures?indicator=electricity_sold&unit=VN&from=2026-08&to=2026-08", "/figures?unit=42&from=2021&to=2021", "/figures/revisions?indicator=iip_yoy&unit=VN",
               "/figures/triangle?indicator=iip_yoy&unit=VN&from=2024-01&to=2024-12", "/quality/sources",
               "/growth?unit=VN&period=2024-Q4", "/growth?unit=VN&period=2024", "/growth?unit=42&period=2021", "/growth?of=industry&unit=VN&period=2024-Q4",
               "/tables?indicator=iip_yoy&unit=VN&from=2024-10&to=2024-12", "/tables?indicator=export_value&unit=VN&from=2024-10&to=2024-12&totals=rows,columns",
               "/tables?indicator=electricity_sold&unit=VN,01,42&from=2026-08&to=2026-08", "/tables?indicator=electricity_sold&unit=01,42&from=2026-08&to=2026-08&totals=columns",
               "/tables?indicator=export_value&unit=VN&from=2024-12&to=2024-12&compare=yoy",
               "/tables?indicator=iip_yoy&unit=VN&from=2024-01&to=2024-12&item=TOTAL,C&chart=line", "/tables?indicator=export_value&unit=VN&from=2024-12&to=2024-12&chart=bars",
               "/tables?indicator=iip_yoy&unit=VN&children=only&from=2021&to=2021&level=0&chart=map", "/tables?indicator=iip_yoy&unit=VN&children=only&from=2021&to=2021&level=0&chart=tiles",
               "/analysis?indicator=iip_yoy&unit=VN&item=TOTAL", "/analysis/outliers?indicator=iip_yoy&unit=VN"],
    "official": [REPORT, "/iip?unit=VN", "/iip?unit=42&compare=ytd", "/iip/why?unit=VN&node=TOTAL", "/iip/why?unit=VN&node=C", "/iip/why?unit=42&node=xi_mang",
                 "/iip/form?unit=42&month=2026-09", "/quality?state=all",
                 "/figures?unit=42&from=2026-09&to=2026-09", "/figures?unit=42&from=2026-10&to=2026-10", "/figures?indicator=retail_sales&unit=42&from=2026-10&to=2026-10&compare=mom",
                 "/figures?indicator=retail_sales&unit=VN&from=2026-09&to=2026-09", "/figures?indicator=retail_sales&unit=42&from=2026-09&to=2026-09&compare=mom"],
}


class Reader(html.parser.HTMLParser):
    """Links, figure cells (a number in a table, a big number) each with the links beside it, labels of drawings each with the links of its
    section, and the text of a page."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.links, self.cells, self.text = [], [], []
        self.row = None      # links and number cells of the table row or list item under way
        self.cell = None     # text of a number cell
        self.skipped = 0
        self.sections = []   # links and labels of the sections under way, the innermost last
        self.labels, self.label = [], None

    def handle_starttag(self, tag, pairs):
        about = {key: value or "" for key, value in pairs}
        kind = about.get("class", "").split()
        self.skipped += tag in ("nav", "script", "style", "svg")
        if tag == "section":
            self.sections.append({"links": [], "labels": []})
        if tag == "text" and "lab" in kind and self.sections:
            self.label = []
        if tag == "a" and "href" in about and self.sections:
            self.sections[-1]["links"].append(about["href"])
        if tag in ("tr", "li") or (tag == "div" and self.row is None):
            self.row = {"links": [], "cells": []}
        if tag == "a" and "href" in about and not self.skipped:
            self.links.append(about["href"])
            if self.row is not None:
                self.row["links"].append(about["href"])
        if tag == "div" and "v" in kind:  # the big number of a card
            self.row = {"links": [], "cells": []}
        if ((tag == "td" and "num" in kind) or (tag == "div" and "v" in kind)) and not self.skipped:
            self.cell = []

    def handle_endtag(self, tag):
        if tag == "text" and self.label is not None:
            value = "".join(self.label).strip()
            if re.search(r"\d", value):
                self.sections[-1]["labels"].append(value)
            self.label = None
        if tag == "section" and self.sections:
            section = self.sections.pop()
            self.labels += [(value, tuple(section["links"])) for value in section["labels"]]
        if tag in ("nav", "script", "style", "svg") and self.skipped:
            self.skipped -= 1
        if tag in ("td", "div") and self.cell is not None:
            value = " ".join("".join(self.cell).split())
            if re.search(r"\d", value) and not value.startswith("–") and self.row is not None:  # "–": there is no figure
                self.row["cells"].append(value)
            self.cell = None
        if (tag in ("tr", "li") or (tag == "div" and self.row is not None and self.row["cells"])) and self.row is not None:
            self.cells += [(value, tuple(self.row["links"])) for value in self.row["cells"]]
            self.row = None

    def handle_data(self, data):
        if self.label is not None:
            self.label.append(data)
        if self.skipped:
            return
        self.text.append(data)
        if self.cell is not None:
            self.cell.append(data)


def parts_of(path, text):
    """What of an explanation a page holds."""
    found = set()
    if path.startswith("/figures/explain"):
        found |= {"formula"} if "How it is made" in text else set()
        found |= {"inputs"} if "Versions" in text else set()
    if path.startswith("/iip/why"):
        found |= {"formula"} if "index = " in text else set()
        found |= {"inputs"} if "Entries it rests on" in text else set()
    if path.startswith("/tables") and "Total: the sum of the figures of its row or column" in text:
        found |= {"formula", "inputs"}
    if path.startswith("/growth"):
        found |= {"formula"} if "whole a year before × 100" in text else set()
    if path.startswith("/figures/entry/"):
        found |= {name for name, words in (("signature", "Signature of the seal"), ("approval", "Approval"), ("receipt", "Receipt")) if words in text}
    return found


def number_of(text):
    return re.sub(r"[^0-9.,−-]", "", text)


WHOLE = {"formula", "inputs", "signature", "approval", "receipt"}


class Walk:
    def __init__(self, client):
        self.client, self.pages, self.drawn, self.asked = client, {}, {}, 0

    def page(self, path):
        path = path.partition("#")[0]
        if path not in self.pages:
            answer = self.client.get(path, expect=None, headers={"Accept": "text/html"})
            self.asked += 1
            reader = Reader()
            if answer.status == 200:
                reader.feed(answer.text)
            text = " ".join("".join(reader.text).split())
            self.pages[path] = (answer.status, parts_of(path, text), [href for href in dict.fromkeys(reader.links) if WAY.match(href) and "lang=" not in href], reader.cells)
            self.drawn[path] = [(value, next((links for cell, links in reader.cells if number_of(cell) == number_of(value) and links), near)) for value, near in
                                dict.fromkeys(reader.labels)]
        return self.pages[path]

    def labels(self, path):
        """What drawings of a page say in numbers, each with the way to it: the same number in the data below, else the links of its section."""
        self.page(path)
        return self.drawn[path.partition("#")[0]]

    def clicks(self, begin, links):
        """The fewest clicks from a page after which everything was seen on the way; None where CLICKS do not do."""
        ways = [(self.page(begin)[1], list(links))]
        for click in range(1, CLICKS + 1):
            further = []
            for seen, hrefs in ways:
                for href in sorted((h for h in hrefs if WAY.match(h)), key=lambda h: ("entry/" not in h, "explain" not in h, h))[:12]:
                    status, parts, next_links, _ = self.page(href)
                    if status != 200:
                        continue
                    if seen | parts >= WHOLE:
                        return click
                    if parts:
                        further.append((seen | parts, next_links))
            ways = further[:40]
        return None


def story(cases, world):
    ministry, province = world.node("ministry", "VN"), world.node("ha-tinh", "42")
    ministry.trust(province)
    province.trust(ministry)
    for table, file in (("iip", "iip_month"), ("export", "export"), ("labour", "labour_province"), ("gdp_const", "gdp_const2010")):
        ministry.prepare("import", ROOT / "data" / "published" / f"gso_{file}.csv", "--table", table, "--source", "Tổng cục Thống kê")
    demo = ROOT / "data" / "demo"
    ministry.prepare("import", demo / "statistics-hatinh-2021-12.csv", "--source", "Cục Thống kê Hà Tĩnh")
    ministry.prepare("import", demo / "seed.csv", "--source", "Báo Công Thương, 01/2022")
    ministry.prepare("import", world.path("sales.csv", "indicator,unit,period,value,status\n" + "".join(
        f"electricity_sold,{unit},2026-08,{value},published\n" for unit, value in (("01", 100), ("79", 200), ("42", 7)))))
    for kind, from_, base in (("weights-VN-2025", "2025-01", "2025"), ("weights-VN-2026", "2026-07", "2026-06")):
        ministry.run("iip import", "weights", demo / "iip" / f"{kind}.csv", "--from", from_, "--base", base, expect=0)
    for kind, more in (("weights-42-2025", ("--from", "2025-01", "--base", "2025")), ("weights-42-2026", ("--from", "2026-07", "--base", "2026-06")), ("sample-42", ()), ("output-42", ())):
        province.run("iip import", kind.partition("-")[0], demo / "iip" / f"{kind}.csv", *more, expect=0)
    province.run("import", world.path("retail.csv", "indicator,unit,period,value,status\nretail_sales,42,2026-08,5000,approved\nretail_sales,42,2026-09,5100,approved\n"),
                 expect=0)
    for node in (ministry, province):
        for login, role in (("officer", "specialist"), ("leader", "director")):
            node.add_user(login, role)
    ministry.add_user("neighbour", "specialist", unit="25")
    ministry.serve()
    province.serve(upstream=ministry.address)
    send_report(province.signed_in("officer"), REPORT, {"1": "108", "1.2": "107", "6": "5.200", "7": "200", "7.1": "80", "7.2": "120", "8": "150", "9": "2", "10": "50"},
                province.signed_in("leader"))
    wait_until(lambda: ministry.signed_in("officer").get(REPORT + ".json").json()["state"] == "sent", 30, "the report is at the ministry")
    ministry.signed_in("officer").send("POST", REPORT + "/approve", expect=200)
    wait_until(lambda: "42" in ministry.signed_in("officer").get("/iip.json?unit=42").text, 30, "the production index is at the ministry")
    walks = {"public": Walk(ministry.client()), "official": Walk(ministry.signed_in("officer"))}
    figures = drawn = 0
    for who, pages in PAGES.items():
        for path in pages:
            with cases.case(f"every figure of {path} opens in at most {CLICKS} clicks"):
                status, _, _, cells = walks[who].page(path)
                check_equal(status, 200, path)
                labels = walks[who].labels(path)
                check(cells or labels, "the page shows no figures", path)
                figures += len(cells) + len(labels)
                drawn += len(labels)
                known, lost = {}, []
                inputs = tuple(dict.fromkeys(link for _, links in cells for link in links)) if path.startswith("/tables") else ()
                for value, links in cells + labels:
                    links = links or inputs  # a total rests on the figures of its table
                    if links and all(link.startswith("/quality?") for link in links):
                        continue  # a number of findings, which are listed there
                    if links not in known:
                        known[links] = walks[who].clicks(path, links)
                    if known[links] is None:
                        lost.append((value, links[:2]))
                check(not lost, f"{len(lost)} of {len(cells + labels)} figures lead nowhere:", json.dumps(lost[:4], ensure_ascii=False))
    with cases.case("the figure of a report leads to its receipt and to who accepted it"):
        _, _, links, _ = walks["official"].page("/figures/explain?indicator=retail_sales&unit=42&period=2026-10")
        receipts = [href for href in links if href.startswith("/receipts/")]
        check(receipts, "the page of the figure leads to a receipt", links)
        check_equal(walks["official"].page(receipts[0])[0], 200, receipts[0])
        entry = next(href for href in links if "/entry/" in href)
        steps = walks["official"].client.get(f"{entry}.json").json()["steps"]
        check_equal([step["what"] for step in steps][-2:], ["Approved and sent", "Accepted"], "who approved it")
    with cases.case("what establishments reported is no figure of tables, files and SDMX, and its entries are closed to whoever may not see the workbench"):
        entries = [href for href in walks["official"].page("/iip/why?unit=42&node=xi_mang")[2] if "/entry/" in href]
        check(entries, "entries of reports")
        for client in (walks["public"].client, ministry.signed_in("neighbour")):
            for path in [entries[0], entries[0] + ".json", "/iip.json?unit=42", "/iip.json?unit=42&full=1", "/iip/why.json?unit=42&node=xi_mang&full=1"]:
                check(client.get(path, expect=None).status in (401, 403), path)
        for client in (walks["public"].client, walks["official"].client):
            for path in ("/figures.csv?indicator=product_output&unit=42", "/tables.csv?indicator=product_output&unit=42", "/tables.csv?indicator=iip&unit=VN,42"):
                check_equal(len(client.get(path).text.strip().splitlines()), 1, f"{path}: its head alone")
            for path in ("/sdmx/data/FIGURES_PRODUCTS/M.42.product_output", "/sdmx/data/FIGURES_VSIC/M.42.iip"):
                check(client.get(path, expect=None).status in (400, 404), path)
    with cases.case("the entry's file is checked without a node"):
        entry = next(href for href in walks["public"].page("/figures/explain?indicator=iip_yoy&unit=42&period=2021")[2] if "/entry/" in href)
        about = walks["official"].client.get(f"{entry}.json").json()
        check_equal((about["kind"], about["node"], len(about["signature"])), ("figures.report", ministry.key, 128), "the entry")
        text = walks["official"].client.get(f"{entry}/file").text
        check(about["entry"] in text and about["signature"] in text, "the file holds the entry's hash and the seal")
        check_equal(walks["public"].client.get(f"{entry}/file", expect=None).status, 303, "the file is for officials: the public is asked to sign in")
        check_equal(walks["public"].client.get("/figures/entry/" + "0" * 64, expect=None).status, 404, "an entry nobody knows")
    check(drawn > 20, "labels of drawings", drawn)
    tell_number(f"{figures} figures, {drawn} of them in drawings, opened on {sum(len(p) for p in PAGES.values())} pages, {walks['public'].asked + walks['official'].asked} pages asked for")
    province.stop()
    ministry.stop()


if __name__ == "__main__":
    tell(story)
