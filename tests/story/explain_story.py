#!/usr/bin/env python3
"""Every figure of every page opens, in at most three clicks, to its formula, its inputs, the signed entry it came in, who approved it and its
receipt. All pages that show figures are walked, and the labels in their drawings: published figures, a report that was sent and accepted, totals,
comparisons, shares and contributions, the production index, growth, tables and charts, analyses. On the pages of growth and on the cards of the
overview each number is followed by its link: there it stands as the result, and is computed again from the inputs it names. Runs on both stores (CAUNOI_TEST_STORE).
Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
import html
import html.parser
import json
import re

from support import ROOT, check, check_equal, send_report, tell, tell_number, wait_until

CLICKS = 3
REPORT = "/forms/monthly/42/2026-10"
# Where a click may lead on the way to an explanation; addresses of other things (menus, other formats) are no way.
WAY = re.compile(r"^/(figures/(explain|entry/|revisions|triangle)|iip/why|receipts/|quality/finding|figures\?|provinces/|forms/|conflicts/|growth(/explain)?\?)")
# Years, halves and quarters; reported and computed; a merged province, parts that leave more than rounding, points from weight and growth.
GROWTH = ["/growth?unit=VN&period=2024-Q4", "/growth?unit=VN&period=2024", "/growth?unit=VN&period=2024-S1", "/growth?unit=42&period=2021",
          "/growth?of=industry&unit=VN&period=2024-Q4", "/growth?of=industry&unit=VN&period=2024", "/growth?of=industry&unit=VN&period=2021",
          "/growth?unit=25&period=2025", "/growth?unit=01&period=2023", "/growth?unit=38&period=2023"]
CARDS = ["/overview?ky=2021", "/overview?ky=2024-12", "/overview?ky=2024-12&so=mom"]
# Pages with figures, by who looks at them.
PAGES = {
    "public": [*CARDS, "/overview?ky=2021&xem=bang", "/provinces/42?ky=2021", "/figures?indicator=iip_yoy&unit=VN&from=2024-10&to=2024-12",
               "/figures?indicator=export_value&unit=VN&from=2024-12&to=2024-12&compare=share", "/figures?indicator=export_value&unit=VN&from=2024-12&to=2024-12&compare=yoy",
               "/figures?indicator=export_value&unit=VN&item=tong_tri_gia&from=2024-12&to=2024-12&compare=mom",
               "/figures?indicator=export_value&unit=VN&item=tong_tri_gia&from=2021-02&to=2021-02&compare=ytd",
               "/figures?indicator=export_value&unit=VN&item=tong_tri_gia&from=2021-02&to=2021-02&compare=ytd_yoy",
               "/figures?indicator=export_value&unit=VN&from=2024-12&to=2024-12&compare=contribution",
               "/figures?indicator=electricity_sold&unit=VN&from=2026-08&to=2026-08", "/figures?unit=42&from=2021&to=2021", "/figures/revisions?indicator=iip_yoy&unit=VN",
               "/figures/triangle?indicator=iip_yoy&unit=VN&from=2024-01&to=2024-12", "/quality/sources",
               *GROWTH,
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
    if path.startswith("/growth/explain"):
        return ({"formula"} if "How it is made" in text else set()) | ({"inputs"} if "Unit of measure" in text else set())
    if path.startswith("/growth"):
        found |= {"formula"} if "whole a year before × 100" in text else set()
    if path.startswith("/figures/entry/"):
        check(path.endswith((".json", "/file")) or re.search(r"[a-z] \((figures|report|iip)\.\w+\)", text), f"{path}: what the entry is, in words")
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


class Numbers:
    """Numbers as pages print them, and what their links open to, in one language."""

    def __init__(self, client, language):
        self.client, self.head, self.pages, self.files = client, {"Accept": "text/html", "Accept-Language": language}, {}, {}

    def page(self, path):
        if path not in self.pages:
            self.pages[path] = self.client.get(path, headers=self.head).text
        return self.pages[path]

    def file(self, path):
        if path not in self.files:
            self.files[path] = self.client.get(path.replace("?", ".json?", 1)).json()
        return self.files[path]

    def cells(self, path):
        """The number cells of a page's tables: text and link; "" where there is none."""
        found = []
        for cell in re.findall(r'<td class="num"[^>]*>(.*?)</td>', self.page(path), re.S):
            link = re.fullmatch(r'<a href="([^"]*)">([^<]*)</a>', cell.strip())
            if re.search(r"\d", cell):
                found.append((link[2], html.unescape(link[1])) if link else (cell.strip(), ""))
        return found

    def inputs(self, path):
        """The rows of an explanation: number and link."""
        return [(number, html.unescape(href)) for href, number in
                re.findall(r'<th scope="row">\s*<a href="([^"]*)">[^<]*</a>\s*</th>\s*<td class="num"[^>]*>([^<]*)</td>', self.page(path))]

    def result(self, path):
        return re.search(r'<p class="big"><b>([^<]*)</b>', self.page(path))[1]

    def exact(self, path):
        """The result in full: of a number of growth, or of a figure."""
        about = self.file(path)
        return Fraction(str(about["rows"][0]["value"] if "rows" in about else about["value"]))


def made_of(number, item, rows):
    """A number of growth computed again from its inputs, given as (value, unit of measure)."""
    a, b, c = ([value for value, _ in rows] + [None] * 3)[:3]
    if len(rows) == 1 and number not in ("level", "base"):
        return a  # as the source reports it
    if number == "growth" or (number == "points" and item in ("tong_so", "TOTAL")):
        return (a / b - 1) * 100
    if number in ("weight", "explained"):
        return a / b * 100
    if number == "points":
        return a * b / 100 if rows[0][1] == "%" else (a - b) / c * 100
    return a - sum(value for value, _ in rows[1:]) if item.startswith("rest:") else sum(value for value, _ in rows)


def rows_at(rows, depth):
    """Rows of a depth, each with the deeper ones behind it."""
    places = [n for n, row in enumerate(rows) if row["depth"] == depth] + [len(rows)]
    return [(rows[a], rows[a + 1:b]) for a, b in zip(places, places[1:])]


def check_sums(rows, depth=1):
    """Levels that are sums of quarters, or what parts leave, are those of the rows below them; each number is that of its own page."""
    for row, below in rows_at(rows, depth):
        if below:
            parts = [Fraction(str(x["value"])) for x, _ in rows_at(below, depth + 1)]
            wanted = parts[0] - sum(parts[1:]) if "item=rest:" in row["explain"] else sum(parts)
            check_equal(Fraction(str(row["value"])), wanted, row["what"])
            check_sums(below, depth + 1)


def check_card(numbers, shown, measure, href):
    """A number of a card, rounded for people, is what its link says exactly."""
    about, page = numbers.file(href), numbers.page(href)
    shown = Decimal(shown.replace(",", "").replace("\N{MINUS SIGN}", "-").lstrip("+"))
    value = Fraction(str(about["change"] if "change" in about else about["value"]))
    if "that is" in page:  # an index is shown by its difference to 100
        value -= 100
    if about["unit_of_measure"].startswith("million") and measure.startswith("billion"):
        value /= 1000
    if measure == "":  # "up 8.0%", "down 2.1%": the word has the sign
        value = abs(value)
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    check_equal(exact.quantize(Decimal(1).scaleb(shown.as_tuple().exponent), ROUND_HALF_UP), shown, f"{href}: {about}")
    if "change" in about:
        base = Fraction(str(about["base_value"]))
        check_equal(Decimal(round((Fraction(str(about["value"])) / base - 1) * 10 ** 8)).scaleb(-6), Decimal(str(about["change"])), "value and base give the change")
        check_equal([Fraction(str(x["value"])) for x in about["inputs"]], [base], "the base is an input")
        check("÷ value compared with" in page, "the formula", href)


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
    activities = ("nong_lam_nghiep_va_thuy_san", "cong_nghiep_va_xay_dung", "dich_vu", "thue_san_pham_tru_tro_cap_san_pham", "tong_so")
    levels = {"25,2024": (100, 200, 300, 10, 610), "26,2024": (50, 60, 70, 1, 181), "17,2024": (11, 12, 13, 2, 38), "25,2025": (170, 290, 400, 13, 873),
              "01,2022": (100, 300, 400, 100, 1000), "01,2023": (110, 350, 430, 110, 1150)}
    ministry.prepare("import", world.path("grdp.csv", "indicator,unit,period,item,value\n" + "".join(
        f"grdp,{cell},{item},{value}\n" for cell, values in levels.items() for item, value in zip(activities, values))
        + "grdp,38,2022,tong_so,1000\ngrdp,38,2022,dich_vu,400\ngrdp_growth,38,2023,tong_so,7\ngrdp_growth,38,2023,dich_vu,5\n"), "--source", "Niên giám (minh họa)")
    for kind, from_, base in (("weights-VN-2025", "2025-01", "2025"), ("weights-VN-2026", "2026-07", "2026-06")):
        ministry.run("iip import", "weights", demo / "iip" / f"{kind}.csv", "--from", from_, "--base", base, expect=0)
    for kind, more in (("weights-42-2025", ("--from", "2025-01", "--base", "2025")), ("weights-42-2026", ("--from", "2026-07", "--base", "2026-06")), ("sample-42", ()), ("output-42", ())):
        province.run("iip import", kind.partition("-")[0], demo / "iip" / f"{kind}.csv", *more, expect=0)
    province.run("import", world.path("retail.csv", "indicator,unit,period,value,status\nretail_sales,42,2026-08,5000,approved\nretail_sales,42,2026-09,5100,approved\n"),
                 expect=0)
    province.run("import", world.path("sold.csv", "indicator,unit,period,value,status\nelectricity_sold,42,2026-07,6,published\n"), "--source", "Điện lực", expect=0)
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
    followed = cards = 0
    for language in ("en", "vi"):
        numbers = Numbers(ministry.client(), language)
        for path in GROWTH if language == "en" else GROWTH[1:4]:
            with cases.case(f"every number of {path} opens to that very number, made of the inputs it names ({language})"):
                for shown, href in numbers.cells(path):
                    check(href.startswith("/growth/explain?"), f"{shown} of {path} has no link", href)
                    check_equal(numbers.result(href), shown, href)
                    followed += 1
                    inputs = numbers.inputs(href)
                    for number, input_href in inputs:
                        check_equal(numbers.result(input_href), number, f"input of {href}")
                    if language == "vi":
                        continue
                    about = dict(re.findall(r"[?&](\w+)=([^&]*)", href))
                    result, *rows = numbers.file(href)["rows"]
                    check_equal(len(rows), len(inputs), "the page has the same inputs")
                    wanted = made_of(about["number"], about["item"], [(Fraction(str(row["value"])), row["unit_of_measure"]) for row, _ in rows_at(rows, 1)])
                    check(abs(Fraction(str(result["value"])) - wanted) <= Fraction(1, 10 ** 6), f"{href}: {result['value']} is not made of its inputs", float(wanted))
                    check_sums(rows)
                    for row in rows:
                        check_equal(Fraction(str(row["value"])), numbers.exact(row["explain"]), row["explain"])
                        check("/growth/explain" in row["explain"] or row["entry"] or numbers.file(row["explain"])["inputs"], "an input without entry or inputs", row)
                        for _, further in numbers.inputs(row["explain"]):
                            numbers.page(further)
                    check((walks["public"].clicks(path, (href,)) or 9) <= CLICKS, f"{href}: too many clicks to the entry")
    for path in CARDS:
        with cases.case(f"every number on the cards of {path} is what its link says exactly, with formula and both values where it is a comparison"):
            numbers = Numbers(ministry.client(), "en")
            for card in re.findall(r'<section class="card kpi">.*?</section>', numbers.page(path), re.S):
                for href, shown, measure in (re.findall(r'<div class="v"><b><a class="q" href="(/figures/explain[^"]*)">([^<]*) <span>([^<]*)</span></a></b>', card)
                                             + re.findall(r'<p class="ch">\s*<a class="q" href="(/figures/explain[^"]*)">[^<]*: (\S+) ([^<]*)</a>', card)
                                             + [(href, shown, "") for href, shown in re.findall(r'<a class="q" href="([^"]*)"><b>(?:up|down) ([^<]*)%</b></a>', card)]):
                    check_card(numbers, shown, measure, html.unescape(href))
                    cards += 1
    check(followed > 600 and cards > 12, "numbers that were followed", followed, cards)
    with cases.case("shares, contributions and comparisons over a merger of /figures name what they are computed from, and each input opens"):
        numbers = Numbers(ministry.client(), "en")
        for compare, wanted in (("share", lambda value, whole: value / whole * 100), ("contribution", lambda value, base, whole: (value - base) / whole * 100)):
            path = f"/figures/explain?indicator=export_value&unit=VN&period=2024-12&item=det_may&compare={compare}"
            about = numbers.file(path)
            values = [Fraction(str(x["value"])) for x in (about, *about["inputs"])]
            check(abs(wanted(*values) - Fraction(str(about["change"]))) <= Fraction(1, 2 * 10 ** 6), "the formula on the inputs", about)
            check_equal([numbers.result(href) for _, href in numbers.inputs(path)], [number for number, _ in numbers.inputs(path)], "the inputs")
        path = "/figures/explain?indicator=grdp&unit=25&period=2025&item=tong_so&compare=yoy"
        check_equal([(numbers.result(href), number) for number, href in numbers.inputs(path)], [("829.0", "829.0")], "the year before the merger")
    with cases.case("what is asked of growth and is no number is refused, or is not there, and says why"):
        public = ministry.client()
        public.get("/growth/explain?unit=VN&period=2024&number=x", expect=422)
        for query in ("unit=VN&period=2024&item=x", "unit=VN&period=2024&item=tong_so&number=weight", "unit=04"):
            public.get(f"/growth/explain?{query}", expect=404)
        check("missing: " in public.get("/growth/explain.json?unit=42&period=2021&item=dich_vu&number=points", expect=404).text, "why there is none")
        check(public.get("/growth/explain.xlsx?unit=VN&period=2024").body[:2] == b"PK", "a workbook")
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
    with cases.case("the public opens also what a province published: what proves the entry, not what else it says"):
        _, _, links, _ = walks["public"].page("/figures/explain?indicator=electricity_sold&unit=42&period=2026-07")
        entry = next(href for href in links if "/entry/" in href)
        about, whole = (walks[who].client.get(f"{entry}.json").json() for who in ("public", "official"))
        check_equal((about["unit"], about["node"], about["source"]), ("42", province.key, "Điện lực"), "whose it is")
        check_equal({k for k in whole if whole[k] != about[k]}, {"by"} if whole["by"] != about["by"] else set(), "nothing but who wrote it is told otherwise")
        page = walks["public"].page(entry)[1]
        check("/file" not in "".join(walks["public"].page(entry)[2]) and "import/" not in page, "neither its file nor its subject", page)
        check_equal(walks["public"].client.get(f"{entry}/file", expect=None).status, 303, "its file is for officials")
        check_equal(ministry.signed_in("neighbour").get(f"{entry}/file", expect=None).status, 403, "of that territory")
        sent = next(href for href in walks["official"].page("/figures/explain?indicator=retail_sales&unit=42&period=2026-10")[2] if "/entry/" in href)
        for client in (walks["public"].client, ministry.signed_in("neighbour")):
            check(client.get(f"{sent}.json", expect=None).status in (401, 403), "what is not published stays closed")
    with cases.case("the entry's file is checked without a node"):
        entry = next(href for href in walks["public"].page("/figures/explain?indicator=iip_yoy&unit=42&period=2021")[2] if "/entry/" in href)
        about = walks["official"].client.get(f"{entry}.json").json()
        check_equal((about["kind"], about["node"], len(about["signature"])), ("figures.report", ministry.key, 128), "the entry")
        text = walks["official"].client.get(f"{entry}/file").text
        check(about["entry"] in text and about["signature"] in text, "the file holds the entry's hash and the seal")
        check_equal(walks["public"].client.get(f"{entry}/file", expect=None).status, 303, "the file is for officials: the public is asked to sign in")
        check_equal(walks["public"].client.get("/figures/entry/" + "0" * 64, expect=None).status, 404, "an entry nobody knows")
    check(drawn > 20, "labels of drawings", drawn)
    tell_number(f"{figures} figures, {drawn} of them in drawings, opened on {sum(len(p) for p in PAGES.values())} pages, {walks['public'].asked + walks['official'].asked} pages asked for; {followed} numbers of growth and {cards} of cards compared with what they open to")
    province.stop()
    ministry.stop()


if __name__ == "__main__":
    tell(story, "sqlite")
