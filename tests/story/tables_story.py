#!/usr/bin/env python3
"""Tables: rows, columns, totals, order and charts of the figures an address asks for; page, CSV, XLSX and JSON say the same, totals are
exactly the sum of their parts or say why there is none, every figure leads to its explanation, and files say what they are about. Runs on
both stores (CAUNOI_TEST_STORE)."""

import csv
import html.parser
import io
import json
import random
import re
import zipfile
import xml.etree.ElementTree as ET
from decimal import Decimal
from html import unescape
from urllib.parse import parse_qs, urlsplit

from support import ROOT, check, check_contains, check_equal, tell

SHEET = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


# ---- readers: each gives a table as rows of {column: text} ---------------------------------------------------------------


def read_csv(text):
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))


def read_json(answer):
    """Numbers as they are written."""
    whole = json.loads(answer.text, parse_float=str, parse_int=str)
    return [{k: "" if v is None else v for k, v in row.items()} for row in whole["rows"]], whole


def read_sheets(body):
    """A workbook as lists of rows of texts; numbers as they are stored."""
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        shared = []
        if "xl/sharedStrings.xml" in book.namelist():
            for item in ET.fromstring(book.read("xl/sharedStrings.xml")).findall("m:si", SHEET):
                shared.append("".join(t.text or "" for t in item.iter("{%s}t" % SHEET["m"])))
        sheets = []
        for name in sorted(n for n in book.namelist() if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", n)):
            rows = []
            for row in ET.fromstring(book.read(name)).iter("{%s}row" % SHEET["m"]):
                cells = {}
                for cell in row.findall("m:c", SHEET):
                    column = 0
                    for letter in re.match(r"[A-Z]+", cell.get("r")).group(0):
                        column = column * 26 + ord(letter) - 64
                    value = cell.find("m:v", SHEET)
                    inline = cell.find("m:is", SHEET)
                    if inline is not None:
                        cells[column - 1] = "".join(t.text or "" for t in inline.iter("{%s}t" % SHEET["m"]))
                    elif value is not None:
                        cells[column - 1] = shared[int(value.text)] if cell.get("t") == "s" else value.text
                rows.append([cells.get(i, "") for i in range(max(cells, default=-1) + 1)])
            sheets.append(rows)
    return sheets


class Page(html.parser.HTMLParser):
    """The table of a page: heads, and cells as (shown, exact number or None, link or None)."""

    def __init__(self, text):
        super().__init__()
        self.heads, self.rows, self.links, self.svgs = [], [], [], 0
        self.cell = None
        self.inside = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        if tag == "table" and "pv" in (a.get("class") or "").split():
            self.inside = True
        elif tag == "svg" and "ch-svg" in (a.get("class") or "").split() and a.get("role") == "img":
            self.svgs += 1
        elif tag == "a":
            self.links.append(a.get("href"))
        if not self.inside:
            return
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self.cell = ["", None, None]
            (self.heads if a.get("scope") == "col" else self.rows[-1]).append(self.cell)
        elif tag == "data":
            self.cell[1] = a["value"]
        elif tag == "a" and self.cell is not None:
            self.cell[2] = a["href"]

    def handle_endtag(self, tag):
        if tag == "table":
            self.inside = False
        elif tag in ("th", "td"):
            self.cell = None

    def handle_data(self, text):
        if self.cell is not None:
            self.cell[0] += text.strip()


# ---- the story ---------------------------------------------------------------------------------------------------------------

INDICATORS = ("indicator,unit,period,item,value,status,mark,known_from\n"
              "electricity_sold,42,2024-01,,10.1,published,,2024-02-01\nelectricity_sold,42,2024-02,,20.2,published,,2024-03-01\n"
              "electricity_sold,40,2024-01,,0.000001,published,,2024-02-01\nelectricity_sold,40,2024-02,,5,published,estimate,2024-03-01\n"
              "electricity_sold,01,2024-02,,1000,published,,2024-03-01\nelectricity_sold,42,2024-04,,40,published,,2024-05-01\n"
              "electricity_sold,42,2024-01,,11.1,published,revised,2024-06-01\n"
              "electricity_sold,38,2024-01,,7,approved,,2024-02-01\n"
              "markets,42,2023,,191,published,,2024-02-01\nmarkets,40,2023,,380,published,,2024-02-01\nmarkets,42,2022,,190,published,,2023-02-01\n")
FUEL = ["02", "04", "06", "08", "10", "11", "12", "14", "15", "17"]  # provinces with 10, 20 … petrol stations, seven supermarkets each
INDICATORS += "".join(f"petrol_stations,{unit},2020,,{10 * i + 10},published,,2021-02-01\nsupermarkets,{unit},2020,,7,published,,2021-02-01\n"
                      f"retail_sales,{unit},2020,,{i}.5,published,,2021-02-01\n" for i, unit in enumerate(FUEL))
INDICATORS += "".join(f"retail_sales,VN,{1985 + i // 12}-{i % 12 + 1:02d},,{1000 + i},published,,2019-01-01\n" for i in range(401)) + "retail_sales,VN,2017,,5000,published,,2019-01-01\n"
GAINS = [-40, -20, -10, -4, 0, 4, 10, 20, 30, 40]  # of those provinces in 2015, of 10000 that the country had in 2014
INDICATORS += "retail_sales,VN,2014,,10000,published,,2019-01-01\n" + "".join(f"retail_sales,{unit},{year},,{100 + gain * (year - 2014)},published,,2019-01-01\n"
                                                                           for unit, gain in zip(FUEL, GAINS) for year in (2014, 2015))
INDICATORS += "".join(f"{i},{u},2013,,{v},published,,2014-02-01\n" for u, levels in (("02", (80, 200)), ("04", (30, 40)), ("06", (None, 50))) for i, v in zip(("cluster_land_leased", "industrial_land_area"), levels) if v)


def story(cases, world):
    ministry = world.node("ministry", "VN")
    for table, file in (("export", "export"), ("import", "import"), ("iip", "iip_month"), ("labour", "labour_province"), ("product", "product_month"), ("gdp_current", "gdp_current")):
        ministry.prepare("import", ROOT / "data" / "published" / f"gso_{file}.csv", "--table", table, "--source", "GSO")
    ministry.prepare("import", world.path("plain.csv", INDICATORS))
    ministry.add_user("reader", "specialist")
    token = ministry.token("reader")
    ministry.serve()
    public = ministry.client()

    def ask(query, suffix="", client=public, expect=200):
        return client.get(f"/tables{suffix}?{query}", expect=expect, headers={"Accept": "text/html"} if suffix == "" else {})

    def page_of(query, client=public):
        answer = ask(query, client=client, expect=None)
        if answer.status == 303:
            answer = client.get(answer.headers["Location"], headers={"Accept": "text/html"})
        check_equal(answer.status, 200, query)
        return Page(answer.text), answer

    tables = ("indicator=electricity_sold&from=2024-01&to=2024-04&totals=rows,columns",
              "indicator=export_value&unit=VN&from=2023-03&to=2023-06&level=1&rows=item&totals=rows,columns",
              "indicator=iip_yoy,iip_mom&unit=VN&from=2023-03&to=2023-05&item=TOTAL,B,C&rows=item&columns=indicator,period",
              "indicator=labour_yoy&unit=VN&children=only&from=2023-03&to=2023-03&item=TOTAL&sort=-2023-03",
              "indicator=gdp_current&unit=VN&from=2024-Q1&to=2024-Q4&rows=item&compare=contribution",
              "indicator=product_output&unit=VN&from=2023-03&to=2023-04&rows=item&totals=rows")

    with cases.case("CSV, XLSX, JSON and page have the same table, number by number"):
        for query in tables:
            rows = read_csv(ask(query, ".csv").text)
            check(rows, "an empty table", query)
            in_json, whole = read_json(ask(query, ".json"))
            names = [c["name"] for c in whole["columns"]]
            check_equal(list(rows[0].keys()), [n for c in whole["columns"] for n in ([c["name"], c["name"] + "_unit"] if c["unit"] else [c["name"]])], "columns")
            check_equal([[r[n] for n in names] for r in in_json], [[r[n] for n in names] for r in rows], f"JSON of {query}")
            sheet = read_sheets(ask(query, ".xlsx").body)[0][1:]
            check_equal(len(sheet), len(rows), f"rows of the workbook of {query}")
            kinds = {c["name"]: c["kind"] for c in whole["columns"]}
            for line, row in zip(sheet, rows):
                for i, name in enumerate(names):
                    found = line[i] if i < len(line) else ""
                    if kinds[name] == "number" and row[name] != "":
                        check_equal(Decimal(repr(float(found))), Decimal(repr(float(row[name]))), f"{name} in the workbook of {query}")
                    else:
                        check_equal(found, row[name], f"{name} in the workbook of {query}")
            page, _ = page_of(query)
            numbers = [n for n in names if kinds[n] == "number"]
            shown = [[cell[1] or "" for cell in line][-len(numbers):] for line in page.rows[1:]]
            check_equal(shown, [[r[n] for n in numbers] for r in rows], f"the page of {query}")

    with cases.case("of an indicator without figures by year, a year means its quarters or months, in tables and lists"):
        for indicator, year, parts in (("electricity_sold", "from=2024&to=2024", "from=2024-01&to=2024-12"), ("export_value&unit=VN&item=tong_tri_gia", "from=2023", "from=2023-01"),
                                       ("gdp_current&unit=VN", "from=2024&to=2024", "from=2024-Q1&to=2024-Q4"), ("markets", "from=2022&to=2023", "from=2022&to=2023")):
            for address in ("/tables.csv", "/figures.csv"):
                answers = [read_csv(public.get(f"{address}?indicator={indicator}&{span}").text) for span in (year, parts)]
                check(answers[0] == answers[1] and len(answers[0]) > 0, f"{address} {indicator} {year}: {answers}")
        check_equal(public.get("/figures/explain.json?indicator=electricity_sold&unit=42&period=2024", expect=404).status, 404, "a figure of the year is none of its months")

    with cases.case("totals are exactly the sum of their parts, and say how many are missing"):
        rows = read_csv(ask(tables[0], ".csv").text)
        parts, total = rows[:-1], rows[-1]
        check_equal(total["unit"], "_T", "the row of totals")
        check_equal(sorted(r["unit"] for r in parts), ["01", "40", "42"], "units")
        months = ["2024-01", "2024-02", "2024-03", "2024-04"]
        check([n for n in rows[0] if re.fullmatch(r"\d{4}-\d\d", n)] == months, "a month without a figure is shown too", list(rows[0]))
        for row in parts:
            check_equal(Decimal(row["total"]), sum(Decimal(row[m] or 0) for m in months), f"the sum of {row['unit']}")
        for month in months:
            values = [Decimal(r[month]) for r in parts if r[month]]
            check_equal(total[month], "" if not values else format(sum(values).normalize(), "f"), f"the sum of {month}")
        check_equal(Decimal(total["total"]), Decimal("11.1") + Decimal("20.2") + Decimal("0.000001") + 5 + 1000 + 40, "the whole, to the last decimal")
        check_equal(total["2024-01_mark"], "2 of 63", "provinces that are missing, also those that have no row")
        check_contains(total["2024-03_mark"], "no figure", "a month without any")
        check_equal(next(r for r in parts if r["unit"] == "40")["2024-02_mark"], "estimate", "a mark")
        for mark in (total["2024-02_mark"], next(r for r in parts if r["unit"] == "40")["total_mark"], total["total_mark"]):
            check_contains(mark, "estimate", "the sum of an estimate is one")
        check("estimate" not in total["2024-01_mark"], "a sum without one is none", total)

    with cases.case("where a total would mean nothing the cell says why"):
        for query, words in (("indicator=iip_yoy&unit=VN&from=2023-03&to=2023-05&rows=item&totals=rows", "index or rate"),
                             ("indicator=electricity_sold,markets&rows=unit,indicator&totals=columns&columns=period&from=2023&to=2023", ""),
                             ("indicator=export_value,import_value&unit=VN&from=2023-03&to=2023-03&level=0&rows=indicator&totals=rows", "several indicators"),
                             ("indicator=export_value&unit=VN&from=2023-03&to=2023-03&rows=item&totals=rows", "whole and parts"),
                             ("indicator=export_value&unit=VN&from=2023-03&to=2023-03&level=1&rows=item&totals=rows", "parts overlap"),
                             ("indicator=export_value&unit=VN&from=2024-03&to=2024-03&level=1&rows=item&compare=yoy&totals=rows", "changes"),
                             ("indicator=markets&from=2022&to=2023&unit=42&totals=columns", "levels"),
                             ("indicator=product_output&unit=VN&from=2023-03&to=2023-03&rows=item&totals=rows", "several units"),
                             ("indicator=electricity_sold&unit=42&rows=unit&totals=columns&compare=ytd&from=2024-01&to=2024-02", "cumulated")):
            page, answer = page_of(query)
            if words:
                check(any(words in cell[0] and cell[1] is None for line in page.rows for cell in line), words, "is not said by", query)
                text = ask(query, ".csv").text
                check_contains(text, "no total: ", query)

    with cases.case("parts that are a division of their whole are added up to it"):
        rows = read_csv(ask("indicator=export_value&unit=VN&from=2023-03&to=2023-03&rows=item&totals=rows"
                            "&item=khu_vuc_kinh_te_trong_nuoc,khu_vuc_co_von_dau_tu_nuoc_ngoai", ".csv").text)
        whole = read_csv(ask("indicator=export_value&unit=VN&from=2023-03&to=2023-03&rows=item&level=0", ".csv").text)
        check_equal([r["item"] for r in rows], ["khu_vuc_kinh_te_trong_nuoc", "khu_vuc_co_von_dau_tu_nuoc_ngoai", "_T"], "items")
        check(abs(Decimal(rows[-1]["2023-03"]) / Decimal(whole[0]["2023-03"]) - 1) < Decimal("0.01"), "the whole", rows[-1], whole[0])

    with cases.case("known=DATE gives the table as it was known that day, also in what is said about it"):
        now = read_csv(ask("indicator=electricity_sold&unit=42&from=2024-01&to=2024-01", ".csv").text)[0]
        then = read_csv(ask("indicator=electricity_sold&unit=42&from=2024-01&to=2024-01&known=2024-03-31", ".csv").text)[0]
        check_equal((now["2024-01"], now["2024-01_mark"]), ("11.1", "revised"), "today")
        check_equal((then["2024-01"], "2024-01_mark" in then), ("10.1", False), "then")
        _, whole = read_json(ask("indicator=electricity_sold&unit=42&from=2024-01&to=2024-01&known=2024-03-31", ".json"))
        check_contains(whole["about"]["known"], "2024-03-31", "about")
        check_equal(whole["about"]["newest"], "2024-02-01", "the newest figure in it")

    with cases.case("every figure leads to its explanation, and that is the figure"):
        page, _ = page_of(tables[1])
        cells = [cell for line in page.rows[1:] for cell in line if cell[2]]
        check(len(cells) > 100, "linked figures", len(cells))
        for cell in cells[:3] + cells[-3:]:
            check_contains(cell[2], "/figures/explain?", "the link")
            told = public.get(cell[2].replace("/figures/explain?", "/figures/explain.json?"))
            check_equal(Decimal(json.loads(told.text, parse_float=str, parse_int=str)["value"]), Decimal(cell[1]), cell[2])

    with cases.case("the address of a table is canonical and short; a form's address leads to it"):
        form = ("indicator=iip_yoy&indicator=iip_mom&unit=VN&children=&level=&from=2023-03&to=2023-05&rows=item&rows=none&columns=indicator&columns=period"
                "&compare=&boundary=&status=&partner=&known=")
        answer = ask(form, expect=303)
        short = answer.headers["Location"]
        check_equal(short, "/tables?indicator=iip_yoy,iip_mom&unit=VN&from=2023-03&to=2023-05&rows=item&columns=indicator,period", "the address")
        check_equal(public.get(short, headers={"Accept": "text/html"}).status, 200, "it stays")
        check_equal(ask("rows=unit&columns=period&indicator=markets&totals=columns&totals=rows", expect=303).headers["Location"],
                    "/tables?indicator=markets&totals=rows,columns", "what is usual is left out")
        check_equal(ask("indicator=markets&unit=25%402004-01-01", expect=200).status, 200, "a key of a unit")
        check_equal([r["unit"] for r in read_csv(ask("indicator=markets&from=2023&to=2023&sort=2023", ".csv").text)], ["42", "40"], "rising")
        check_equal([r["unit"] for r in read_csv(ask("indicator=markets&from=2023&to=2023&sort=-2023", ".csv").text)], ["40", "42"], "falling")

    with cases.case("a table turned is the same table"):
        upright = read_csv(ask("indicator=electricity_sold&from=2024-01&to=2024-04", ".csv").text)
        turned = read_csv(ask("indicator=electricity_sold&from=2024-01&to=2024-04&rows=period&columns=unit", ".csv").text)
        months = [r["period"] for r in turned]
        check_equal({(r["unit"], m): r[m] for r in upright for m in months}, {(u["unit"], r["period"]): r[u["unit"]] for r in turned for u in upright}, "cells")
        everything = read_csv(public.get("/figures.csv?indicator=electricity_sold&from=2024-01&to=2024-04").text)
        check_equal(sorted((r["unit"], m, r[m]) for r in upright for m in months if r[m]), sorted((r["unit"], r["period"], r["value"]) for r in everything), "/figures")

    with cases.case("the units below without the one above, items of one depth, dimensions without a place"):
        rows = read_csv(ask("indicator=labour_yoy&unit=VN&children=only&from=2023-03&to=2023-03&item=TOTAL", ".csv").text)
        check_equal(len(rows), 63, "provinces")
        check("VN" not in {r["unit"] for r in rows}, "the country is among its provinces")
        check("VN" in {r["unit"] for r in read_csv(ask("indicator=labour_yoy&unit=VN&children=1&from=2023-03&to=2023-03&item=TOTAL", ".csv").text)}, "the country")
        sections = read_csv(ask("indicator=iip_yoy&unit=VN&from=2023-03&to=2023-03&level=1&rows=item", ".csv").text)
        check_equal([r["item"] for r in sections], ["B", "C", "D", "E"], "sections")
        rest = read_csv(ask("indicator=iip_yoy&unit=VN&from=2023-03&to=2023-03", ".csv").text)
        check(len(rest) > 20 and len({(r["unit"], r["item"]) for r in rest}) == len(rest), "what varies without a place is told apart in the rows")

    with cases.case("charts: one click from the table, with title, unit, source and date, and the table below"):
        for query, kind, drawings in (("indicator=export_value&unit=VN&from=2023-03&to=2023-12&level=0&rows=item", "line", 2),
                                      ("indicator=labour_yoy&unit=VN&children=only&from=2023-03&to=2023-03&item=TOTAL", "bars", 2),
                                      ("indicator=labour_yoy&unit=VN&children=only&from=2023-03&to=2023-03&item=TOTAL", "map", 1),
                                      ("indicator=labour_yoy&unit=VN&children=only&from=2023-03&to=2023-03&item=TOTAL", "tiles", 0),
                                      ("indicator=gdp_current&unit=VN&from=2024-Q4&to=2024-Q4&level=1&rows=item&compare=contribution", "steps", 2),
                                      ("indicator=gdp_current&unit=VN&from=2024-Q4&to=2024-Q4&level=1&compare=contribution", "steps", 2)):
            page, _ = page_of(query)
            link = next((l for l in page.links if l and l.startswith("/tables?") and f"chart={kind}" in l), None)
            check(link is not None, "no way from the table to", kind)
            drawn = public.get(link, headers={"Accept": "text/html"}).text
            chart = Page(drawn)
            if kind == "bars":
                check_contains(drawn, "bars begin at 100", "an index falls and rises around 100")
            if kind == "steps":
                svg = drawn[drawn.index("<svg", drawn.index('id="chart')):drawn.rindex("</svg>")]
                check("Nam ·" not in svg, "what all rows have in common stands in the head, not in each label", svg[:2000])
            check_equal(chart.svgs, drawings, f"drawings of {kind}")
            check_equal([[c[1] for c in line] for line in chart.rows], [[c[1] for c in line] for line in page.rows], f"the table below {kind}")
            card = drawn[drawn.index('id="chart"'):drawn.index('id="table"')]
            for part in ("<h2 id=\"chart-t\">", "figures known on", "Source: "):
                check_contains(card, part, kind)
            check("style=" not in card, "a style attribute", kind)
            if kind in ("map", "tiles"):
                check_contains(card, "Hoang Sa Islands", kind)
                check_contains(card, "Truong Sa Islands", kind)
            if kind == "map":
                check_contains(card, "CC BY-SA 4.0", "who made the boundaries")
                check_equal(len(re.findall(r"</title></path>", card)), 63, "provinces on the map")
        page, answer = page_of("indicator=gdp_current&unit=VN&from=2024-Q4&to=2024-Q4&rows=item&compare=contribution&chart=steps")
        check_contains(answer.text, "cannot be drawn that way", "a whole and its parts in one row of steps")
        drawn = [link for link in page.links if "level=1" in link and "chart=steps" in link]
        steps = page_of(drawn[-1].partition("?")[2])[1].text if drawn else ""
        check("cannot be drawn" not in steps, "the way to one that can be drawn", page.links)
        points = [Decimal(r["2024-Q4"]) for r in read_csv(ask(drawn[-1].partition("?")[2].partition("&chart")[0], ".csv").text)]
        growth = Decimal(read_csv(public.get("/figures.csv?indicator=gdp_current&unit=VN&item=tong_so&from=2024-Q4&to=2024-Q4&compare=yoy").text)[0]["change"])
        check_equal(sum(points), growth, "contributions make up the growth")
        check(sum(round(p, 2) for p in points) != round(growth, 2), "or rounding each by itself would do", points)
        check("Each number is printed rounded by itself" not in steps, "what is printed of them is said not to add up")
        parts = [r["item"] for r in read_csv(ask(drawn[-1].partition("?")[2].partition("&chart")[0], ".csv").text)]
        listed = public.get("/figures?indicator=gdp_current&unit=VN&from=2024-Q4&to=2024-Q4&compare=contribution" + "".join(f"&item={i}" for i in parts)).text
        explained = [public.get(f"/figures/explain?indicator=gdp_current&unit=VN&period=2024-Q4&compare=contribution&item={i}").text for i in parts]
        for what, texts in (("the table", [steps[steps.index("<tbody>"):]]), ("the list", [listed]), ("the pages of the numbers", explained)):
            printed = [Decimal(n.replace("−", "-").replace("+", "")) for text in texts for n in re.findall(r"[+−]\d+\.\d\d(?= percentage points|<)", text)]
            check_equal((len(printed), sum(printed)), (len(points), round(growth, 2)), f"what is printed of them in {what}")

    with cases.case("401 months are too many columns, which is said with what to do; in rows they are a table and a line"):
        long = "indicator=retail_sales&unit=VN&from=1985-01&to=2018-05"
        check_contains(ask(long, suffix=".json", expect=413).text, "put what varies most into the rows", "what to do")
        upright = long + "&rows=period&columns=unit"
        check_equal([row["VN"] for row in read_csv(ask(upright, ".csv").text)], [str(1000 + i) for i in range(401)], "the table")
        check_equal(page_of(upright + "&chart=line")[0].svgs, 2, "the line")

    with cases.case("a line goes from each period to the next: months and years are not joined, nor rows that are sorted by their figures"):
        for query in ("indicator=retail_sales&unit=VN&rows=period&columns=unit", upright + "&sort=-VN"):
            page, answer = page_of(query)
            check(not any("chart=line" in (link or "") for link in page.links), "a line is offered of", query)
            check_contains(page_of(query + "&chart=line")[1].text, "cannot be drawn that way", query)

    with cases.case("the legend of a map names the bounds of its classes, at the scale of the column that is drawn; equal figures are of one"):
        for at, bounds in (("petrol_stations", ["30", "50", "70", "90"]), ("supermarkets", ["7"])):
            text = page_of(f"indicator=petrol_stations,supermarkets,retail_sales&unit={','.join(FUEL)}&from=2020&to=2020&rows=unit&columns=indicator&chart=map&at={at}")[1].text
            legend = text[text.index('class="legend"'):]
            legend = legend[:legend.index("</ul>")]
            check_equal(re.findall(r'class="tk">([^<]*)<', legend), bounds, f"bounds of {at}")
            check_equal(len(re.findall(r'class="sw q', legend)), 5 if len(bounds) > 1 else 1, f"classes of {at}")

    with cases.case("contributions of a few hundredths of a point have colours of their own: classes follow the figures, alike to both sides, and the legend names them"):
        text = page_of(f"indicator=retail_sales&unit={','.join(FUEL)}&from=2015&to=2015&rows=unit&compare=contribution&chart=tiles")[1].text
        legend = re.search(r'class="legend".*?</ul>', text, re.S).group(0)
        check_equal(re.findall(r'class="sw (\w+)"></span><span class="tk">([^<]*)<', legend),
                    [("n3", "−0.30"), ("n2", "−0.20"), ("n1", "−0.04"), ("z0", "+0.04"), ("p1", "+0.20"), ("p2", "+0.30")], "bounds")
        check_equal({value: name for name, value in re.findall(r'class="t (n\d|z0|p\d) [^>]*title="[^"]*: ([^ "]*)', text)},
                    {"−0.40": "n3", "−0.20": "n2", "−0.10": "n1", "−0.04": "n1", "0.00": "z0", "+0.04": "p1", "+0.10": "p1", "+0.20": "p2", "+0.30": "p3", "+0.40": "p3"}, "classes")
        check_contains(text, "Bounds of the colours follow the figures of this map.", "what the colours mean")

    with cases.case("a rate that nobody reports is computed from levels on the map of its own time; of whom one is missing it is said, on the page and in the files"):
        query = "indicator=occupancy_rate&unit=VN&children=only&from=2013&to=2013&rows=unit"
        text = page_of(query + "&chart=tiles")[1].text
        check_equal(dict(re.findall(r'title="([^":]*): (\d[^ "]*) %"', text)), {"Ha Giang (until 30 June 2025)": "40.0", "Cao Bang": "75.0"}, "the map")
        check_contains(text, "missing Land leased of Bac Kan, from which it would be computed (there is no figure for 2013)", "what is missing, on the page")
        check_equal([(r["unit"], r["2013"]) for r in read_csv(ask(query, ".csv").text)], [("02", "40"), ("04", "75"), ("06", "")], "the file")
        rows = public.get("/figures.json?" + query.replace("&rows=unit", "").replace("only", "1")).json()["rows"]
        check_equal([(r["unit"], r["value"], r["note"]) for r in rows],
                    [("VN", None, "missing Land leased of Viet Nam, from which it would be computed (for 2013 only 2 of 63 units have reported)"),
                     ("02", 40, "computed from levels: Land leased ÷ Industrial land × 100"), ("04", 75, "computed from levels: Land leased ÷ Industrial land × 100"),
                     ("06", None, "missing Land leased of Bac Kan, from which it would be computed (there is no figure for 2013)")], "the list")
        check_contains(page_of(query.replace("2013", "2012"))[1].text, "it is computed from levels: Land leased ÷ Industrial land × 100. There are none", "a year without any level")
        answer = public.get("/figures/explain.json?indicator=occupancy_rate&unit=02&period=2013").json()
        check_equal([(i["indicator"], i["value"]) for i in answer["inputs"]], [("cluster_land_leased", 80), ("industrial_land_area", 200)], "what it is made of")

    with cases.case("a table too wide for paper is printed in parts, each with the heads of its rows: no column is cut off, none stands twice"):
        def sheets(query):
            text = page_of(query)[1].text
            parts = [[[re.sub(r"<[^>]*>|\s", "", c) for c in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)] for row in re.findall(r"<tr.*?</tr>", part, re.S)]
                     for part in re.findall(r'<div class="print-head"><table.*?</table>', text, re.S)]
            screen = [[re.sub(r"<[^>]*>|\s", "", c) for c in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)] for row in re.findall(r"<tr.*?</tr>", re.search(r'<table class="tbl pv.*?</table>', text, re.S).group(0), re.S)]
            return parts, screen, 'class="tw no-print"' in text

        parts, screen, is_hidden = sheets("indicator=export_value&unit=VN&from=2023-03&to=2025-02&level=1&rows=item&totals=columns")
        check(len(parts) > 1 and is_hidden, "parts", len(parts))
        for i, row in enumerate(screen):
            check_equal({part[i][0] for part in parts}, {row[0]}, "the head of the row in each part")
            check_equal([c for part in parts for c in part[i][1:]], row[1:], "the cells of the parts, in order")
        check(max(len(part[0]) for part in parts) - min(len(part[0]) for part in parts) <= 3, "about equally wide", [len(part[0]) for part in parts])
        check_equal(sheets("indicator=export_value&unit=VN&from=2024-01&to=2024-03&level=1&rows=item")[::2], ([], False), "a narrow one is printed as it stands")

    with cases.case("where nothing is found no file has a row, not even of totals"):
        for query in ("rows=none&totals=rows", "totals=rows,columns", "rows=none"):
            query = "indicator=markets&from=1999&to=1999&" + query
            check_equal((len(read_csv(ask(query, ".csv").text)), len(read_json(ask(query, ".json"))[0]), len(read_sheets(ask(query, ".xlsx").body)[0])), (0, 0, 1), query)
            check_equal(page_of(query)[1].status, 200, "the page")

    with cases.case("bars say how many rows have no figure in the column that is drawn"):
        text = page_of("indicator=electricity_sold&from=2024-01&to=2024-04&chart=bars&at=2024-01")[1].text
        check_contains(text, "1 of 3 rows have no figure and are not drawn.", "Ha Noi reported nothing for January")
        check("and are not drawn" not in page_of("indicator=electricity_sold&from=2024-02&to=2024-02&chart=bars")[1].text, "all have one in February")

    with cases.case("the steps of contributions end where they together are"):
        rows = read_csv(ask("indicator=gdp_current&unit=VN&from=2024-Q4&to=2024-Q4&level=1&rows=item&compare=contribution", ".csv").text)
        _, answer = page_of("indicator=gdp_current&unit=VN&from=2024-Q4&to=2024-Q4&level=1&rows=item&compare=contribution&chart=steps")
        text = answer.text
        total = sum(Decimal(r["2024-Q4"]) for r in rows)
        check_contains(text, f"Together {total:+.2f}".replace("-", "−"), "the sum of the steps")

    with cases.case("a workbook's second sheet and the description of the CSV say what the figures are"):
        query = "indicator=export_value&unit=VN&from=2023-03&to=2023-04&level=0&rows=item&known=2024-12-31"
        for path in (f"/tables.xlsx?{query}", "/figures.xlsx?indicator=export_value&unit=VN&from=2023-03&to=2023-04&known=2024-12-31"):
            about = {row[0]: row[1] for row in read_sheets(public.get(path).body)[1] if len(row) > 1}
            for label, value in (("Indicator", "export_value"), ("Name (Vietnamese)", "Kim ngạch xuất khẩu hàng hóa"), ("Unit of measure (Vietnamese)", "triệu USD"),
                                 ("Definition", "/indicators"), ("Units asked for", "VN"), ("From period", "2023-03")):
                check_equal(about.get(label), value, f"{label} of {path}")
            check_contains(about["As known on"], "2024-12-31", path)
            for label in ("Name (English)", "Source (Vietnamese)", "Terms of use", "Marks", "Newest figure known from", "Address on the node that answered", "Number of rows"):
                check(about.get(label), "about lacks", label, path)
        for path, indicator in (("/overview.xlsx?ky=2025-02", "iip_yoy"), ("/provinces/42.xlsx", "labour_yoy"), ("/figures/revisions.xlsx?indicator=iip_yoy&unit=VN&item=TOTAL", "iip_yoy"),
                                ("/figures/triangle.xlsx?indicator=iip_yoy&unit=VN&item=TOTAL", "iip_yoy"), ("/analysis.xlsx?indicator=export_value&unit=VN", "export_value"),
                                ("/figures/explain.xlsx?indicator=iip_yoy&unit=VN&item=TOTAL&period=2023-03", "iip_yoy")):
            about = [(row[0], row[1]) for row in read_sheets(public.get(path).body)[1] if len(row) > 1]
            check(("Indicator", indicator) in about, "the workbook", path, "does not say what", indicator, "is", about)
        for path, columns in ((f"/tables.csv?{query}", "2023-03"), ("/figures.csv?indicator=export_value&unit=VN", "value")):
            answer = public.get(path)
            link = re.fullmatch(r'<([^>]+)>; rel="describedby"; type="application/csvm\+json"', answer.headers["Link"])
            check(link is not None, "the Link of", path, answer.headers.get("Link"))
            described = public.get(link.group(1))
            check_contains(described.headers["Content-Type"], "application/csvm+json", "the type")
            told = described.json()
            check_equal(told["@context"][0], "http://www.w3.org/ns/csvw", "CSVW")
            check_equal([c["titles"] for c in told["tableSchema"]["columns"]], next(csv.reader(io.StringIO(answer.text.lstrip("\ufeff")))), "columns as in the file")
            check_equal(urlsplit(told["url"]).path, urlsplit(path).path, "whose description it is")
            check_equal(parse_qs(urlsplit(told["url"]).query).get("unit"), ["VN"], "with its question")
            check({p["schema:propertyID"] for p in told["schema:additionalProperty"]} >= {"code", "name_vi", "name_en", "unit_vi", "source_vi", "known", "licence", "marks"},
                  "what is told", told)

    with cases.case("without signing in only what is published; limits and mistakes are told"):
        check("38" not in {r["unit"] for r in read_csv(ask("indicator=electricity_sold&from=2024-01&to=2024-01", ".csv").text)}, "approved, not published")
        inside = read_csv(ask("indicator=electricity_sold&from=2024-01&to=2024-01", ".csv", client=ministry.client(token=token)).text)
        check_equal(next(r for r in inside if r["unit"] == "38")["2024-01_mark"], "approved", "what an official sees")
        for query, status, words in (("indicator=no_such", 422, "no_such"), ("", 422, "no indicator"), ("indicator=markets&rows=colour", 422, "colour"),
                                     ("indicator=markets&chart=pie", 422, "pie"), ("indicator=markets&totals=all", 422, "all"), ("indicator=markets&level=x", 422, "level"),
                                     ("indicator=markets&from=2024-13", 422, "2024-13")):
            check_contains(ask(query, ".json", expect=status).text, words, query)
        wrong = {"Accept": "text/html", "Referer": f"{ministry.address}/tables?indicator=markets"}
        refused = ministry.client(language="vi").get("/tables?indicator=markets&from=abc", headers=wrong, expect=422).text
        check_contains(unescape(refused), 'từ kỳ (from): "abc" không phải một kỳ', "which input is wrong, as its form calls it")
        check_contains(refused, 'class="btn p" href="/tables?indicator=markets"', "the way back to the form")
        check_equal(ask("indicator=markets&from=1%2F2024&to=2%2F2024", ".csv").body, ask("indicator=markets&from=2024-01&to=2024-02", ".csv").body, "months as people write them")
        page, answer = page_of("indicator=markets&unit=42&from=1999&to=1999")
        check_contains(answer.text, "No figures match these filters", "nothing there")
        check_contains(answer.text, "Drop the filter on periods", "the filter to drop")
        approved = "indicator=electricity_sold&unit=38&from=2024-01&to=2024-01"
        for address in (f"/tables?{approved}", f"/figures?{approved}"):
            seen = [client.get(address, headers={"Accept": "text/html"}, expect=None) for client in (public, ministry.client(token=token))]
            seen = [a if a.status == 200 else c.get(a.headers["Location"], headers={"Accept": "text/html"}) for a, c in zip(seen, (public, ministry.client(token=token)))]
            check_contains(seen[0].text, "Only published figures are shown here", "the same address tells whoever may see less that there may be more")
            check("No figures match" not in seen[1].text and "Only published" not in seen[1].text, "an official sees them", address)
        check("/tables?indicator=markets&unit=42" in page.links, "the way on", page.links)
        check_equal(read_csv(ask("indicator=markets&unit=42&from=1999&to=1999", ".csv").text), [], "an empty file")
        nothing = "indicator=markets&unit=42&from=1999&to=1999&rows=none"
        check_equal((read_csv(ask(nothing, ".csv").text), ask(nothing, ".json").json()["rows"], len(read_sheets(ask(nothing, ".xlsx").body)[0])), ([], [], 1), "nor a row of nothing, in any format")
        check_contains(public.get("/tables", headers={"Accept": "text/html"}).text, "Tables to begin with", "the first page")

    with cases.case("forms keep what was asked, also what they do not offer"):
        def select_of(text, name):
            return re.search(rf'<select[^>]* name="{name}".*?</select>', text, re.S).group(0)

        question = "indicator=export_value&from=2024-01&to=2024-02&"
        for path in ("/tables?" + "indicator=export_value&unit=42,06,08%402004-01-01,00001%402004-01-01&from=2024-01&to=2024-02&item=ca_phe,C", "/figures?" + question + "unit=08@2004-01-01&item=C",
                     "/figures?" + question + "unit=06", "/analysis/outliers?" + question + "unit=42&item=ca_phe"):
            text = public.get(path, expect=None, headers={"Accept": "text/html"}).text
            asked = parse_qs(urlsplit(path).query)
            for name in ("indicator", "unit", "item"):
                chosen = re.findall(r'<option value="([^"]+)" selected>', select_of(text, name))
                check_equal(sorted(chosen), sorted(asked.get(name, [""])[0].split(",")) if name in asked else [], f"{name} of {path}")
            if "unit=06" in path:
                check_contains(select_of(text, "unit"), '<option value="06" selected>Bac Kan Province (until 30 June 2025)</option>', "a code of a unit that is no more")
        options = select_of(text, "unit")
        for words in ("The whole country", '<optgroup label="Provinces of today">', ">Tuyen Quang</option>", '<optgroup label="Provinces that are no more">',
                      ">Tuyen Quang (until 30 June 2025)</option>"):
            check_contains(options, words, "places")

    with cases.case("the page speaks Vietnamese, numbers too"):
        text = ministry.client(language="vi").get("/tables?indicator=electricity_sold&from=2024-01&to=2024-02&totals=rows", headers={"Accept": "text/html"}).text
        for words in ("Điện thương phẩm", "Tổng", "1.025,2", "Dòng, cột, bộ lọc"):
            check_contains(text, words, "in Vietnamese")
    ministry.stop()
    completeness(cases, world)


# ---- how many units a total counts, of those asked for ---------------------------------------------------------------------


def provinces_on(day):
    """Keys: a code is of several units, one after another."""
    with open(ROOT / "data" / "units" / "provinces.csv", encoding="utf-8") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return {f"{r['code']}@{r['from']}" for r in rows if r["parent"] and r["from"] <= day <= (r["to"] or "9")}


def counted(figures, asked, months, items):
    """(n, m): each unit asked for once a month; it counts where every item of which it gives something in the table is there."""
    n = m = 0
    for month in months:
        for unit in asked(month):
            given = {i for (u, _, i) in figures if u == unit and i in items}
            there = {i for i in given if (unit, month, i) in figures}
            n += bool(there) and there == given
            m += 1
    return n, m


def completeness(cases, world):
    node = world.node("counted", "VN")
    commune = "16681"
    sold = {("01", "2025-01"): 10, ("42", "2025-01"): 20, ("79", "2025-01"): 30, ("01", "2025-08"): 11, ("42", "2025-08"): 22, (commune, "2025-08"): 3}
    dice, months, goods = random.Random(4), ("2025-05", "2025-06", "2025-07", "2025-08"), ("ca_phe", "gao", "hat_tieu")
    exports = {(u, m, i): dice.randrange(1, 90) for m in months for u in sorted(provinces_on(m + "-28")) for i in goods
               if u[:2] in ("01", "04", "42", "40", "08", "79") and dice.random() < 0.7}
    node.prepare("import", world.path("sold.csv", "indicator,unit,period,value\n" + "".join(f"retail_sales,{u},{m},{v}\n" for (u, m), v in sold.items())))
    node.prepare("import", world.path("some.csv", "indicator,unit,period,value,status\nelectricity_sold,01,2025-08,1,published\nelectricity_sold,42,2025-07,1,published\n"
                                      "electricity_sold,42,2025-08,1,approved\n"))
    node.prepare("import", world.path("exports.csv", "indicator,unit,period,item,value\n" + "".join(f"export_value,{u[:2]},{m},{i},{v}\n" for (u, m, i), v in exports.items())))
    node.add_user("reader", "specialist")
    token = node.token("reader")
    node.serve()
    public, inside = node.client(), node.client(token=token)

    def total(query, column, client=public):
        row = read_csv(client.get(f"/tables.csv?{query}").text)[-1]
        return row[column], row.get(column + "_mark", "")

    with cases.case("a total over units counts those that are in it, of all that were asked for on that map"):
        january, august = "indicator=retail_sales&from=2025-01&to=2025-01&totals=rows&", "indicator=retail_sales&from=2025-08&to=2025-08&totals=rows&"
        both = "indicator=retail_sales&from=2025-01&to=2025-08&totals=rows,columns&"
        old, new = len(provinces_on("2025-01-31")), len(provinces_on("2025-08-31"))
        check_equal((old, new), (63, 34), "provinces")
        for query, column, wanted in (
                (january + "unit=VN&children=only", "2025-01", ("60", f"3 of {old}")),
                (january + "unit=01,42,04", "2025-01", ("30", "2 of 3")),
                (january + "unit=01,04@2004-01-01,04@2025-07-01,42", "2025-01", ("30", "2 of 3")),  # one of them was not yet
                (january + "unit=01,42", "2025-01", ("30", "")),
                (january + "unit=04,42", "2025-01", ("20", "1 of 2")),
                (january + "unit=04,42&rows=indicator", "2025-01", ("20", "1 of 2")),
                (january + "unit=VN&children=only&boundary=now", "2025-01", ("30", f"2 of {new}")),  # 79 has a row, and is empty: two of its predecessors are missing
                (january + "unit=01,42,79&boundary=now", "2025-01", ("30", "2 of 3")),
                (january + "unit=01,42,79&boundary=2025-03-01", "2025-01", ("60", "")),
                (january + "unit=26,01,42&boundary=now", "2025-01", ("30", "")),  # no 26 on that map
                (august + "unit=VN&children=only&boundary=2025-03-01", "2025-08", ("36", f"2 of {old}")),
                (january, "2025-01", ("60", f"3 of {old}")),  # nobody named: everybody
                (january + "boundary=now", "2025-01", ("30", f"2 of {new}")),
                (january + "unit=VN", "2025-01", ("60", f"3 of {old}")),
                (january + "unit=42&children=1", "2025-01", ("20", "")),  # a figure of its own: nothing is missing below
                (january + "unit=VN&children=1&status=published", "2025-01", ("60", f"3 of {old}")),  # without sums the units below take its place
                (august + "unit=01,40", "2025-08", ("14", "1 of 2")),  # 40 is the sum of one of its communes
                (august + "unit=40", "2025-08", ("3", None)),
                (both + "unit=VN&children=only", "2025-01", ("60", f"3 of {old}")),
                (both + "unit=VN&children=only", "2025-08", ("36", f"2 of {new}")),
                (both + "unit=VN&children=only", "total", ("96", f"5 of {6 * old + 2 * new}")),
                (both + "unit=01,42,04", "total", ("63", f"4 of {3 * 8}")),
                (both + "unit=01,42,04&rows=period&columns=unit", "total", ("63", f"4 of {3 * 8}")),
                (both + "unit=01,42,04&rows=period&columns=unit", "01", ("21", "2 of 8"))):  # over time alone: figures, as ever
            found = total(query, column)
            check_equal(Decimal(found[0]), Decimal(wanted[0]), query)
            if wanted[1] is not None:
                check_equal(found[1], wanted[1], query)
        check(re.fullmatch(r"1 of \d\d\d", total(august + "unit=40", "2025-08")[1]), "a sum of communes, by itself", total(august + "unit=40", "2025-08"))
        rows = {r.get("unit"): r for r in read_csv(public.get("/tables.csv?" + both + "unit=VN&children=only").text)}
        check_equal([rows[u]["total_mark"] for u in ("01", "79")], ["2 of 8", "1 of 6"], "what is added over time alone, while the unit lasts")
        query = "indicator=retail_sales&unit=VN&from=2025-01&to=2025-08&totals=rows,columns"
        check_equal(total(query, "total"), ("96", "2 of 8; incomplete"), "a sum over time of sums over units: the parts are the whole")
        page = public.get(f"/tables?{query}", headers={"Accept": "text/html"}).text
        for words in ("<sup>2/8 i</sup>", "i: incomplete, one of the figures"):
            check_contains(page, words, "the page of it")
        turned = read_csv(public.get("/tables.csv?" + both + "unit=VN&children=only&rows=period&columns=unit").text)
        check_equal([(r["period"], r["total_mark"]) for r in turned if r["period"] in ("2025-01", "2025-08")], [("2025-01", f"3 of {old}"), ("2025-08", f"2 of {new}")], "a last column")

    with cases.case("over units and items, or periods, each unit is expected once a period, with all it gives in the table: counted anew from the figures"):
        asks = {"unit=VN&children=only": lambda m: provinces_on(m + "-28"), "unit=01,04,42,70": lambda m: {u for u in provinces_on(m + "-28") if u[:2] in ("01", "04", "42", "70")}}
        for units, asked in asks.items():
            for items in (goods, goods[:2], goods[2:]):
                query = f"indicator=export_value&{units}&item={','.join(items)}&from={months[0]}&to={months[-1]}&totals=rows,columns"
                mark = lambda n, m: "" if n == m else f"{n} of {m}"  # noqa: E731
                for layout, axis in (("rows=unit,item", "columns"), ("rows=item,unit", "columns"), ("rows=period&columns=unit,item", "rows"), ("rows=unit&columns=item,period", "both"),
                                     ("rows=unit,period&columns=item", "items")):
                    rows = read_csv(public.get(f"/tables.csv?{query}&{layout}").text)
                    check_equal(rows[-1].get("total_mark", ""), mark(*counted(exports, asked, months, items)), f"all of {units} {items} {layout}")
                    if axis == "columns":
                        found = {m: rows[-1].get(m + "_mark", "") for m in months}
                    elif axis == "rows":
                        found = {r["period"]: r.get("total_mark", "") for r in rows[:-1]}
                    elif axis == "both":
                        found = {(m, i): rows[-1].get(f"{i}.{m}_mark", "") for m in months for i in items}
                    else:
                        found = {i: rows[-1].get(i + "_mark", "") for i in items}
                    for key, is_said in found.items():
                        of_months, of_items = ([key], items) if key in months else (months, [key]) if key in items else ([key[0]], [key[1]])
                        if any((u, m, i) in exports for u in set().union(*map(asked, of_months)) for m in of_months for i in of_items):
                            check_equal(is_said, mark(*counted(exports, asked, of_months, of_items)), f"{key} of {units} {items} {layout}")

    with cases.case("the page, the workbook and JSON say so too, and who is missing"):
        query = "indicator=electricity_sold&unit=01,42,04&from=2025-08&to=2025-08&totals=rows"
        for client, of, words in ((public, 1, ["part: Ha Tinh (last figure Jul 2025); Cao Bang<"]), (inside, 2, ["part: Cao Bang<"])):
            page = client.get(f"/tables?{query}", headers={"Accept": "text/html"}).text
            for said in [f"<sup>{of}/3</sup>", f"totals over units: of the least complete (Aug 2025) {of} of 3 units asked for are in it", "not in it, or only in part: ", *words]:
                check_contains(page, said, "the page")
            rows, whole = read_json(client.get(f"/tables.json?{query}"))
            check_equal(rows[-1]["2025-08_mark"], f"{of} of 3", "JSON")
            check_contains(" ".join(whole["notes"]), f"{of} of 3 units asked for are in it", "notes of JSON")
            sheets = read_sheets(client.get(f"/tables.xlsx?{query}").body)
            check(any(f"{of} of 3" in line for line in sheets[0]), "the workbook", sheets[0])
            check(any("not in it, or only in part: " in text for sheet in sheets for line in sheet for text in line), "who is missing, in the workbook", sheets)
        check_contains(public.get("/tables?indicator=retail_sales&unit=01,42&from=2025-01&to=2025-01&totals=rows", headers={"Accept": "text/html"}).text,
                       "totals over units: all units asked for are in them", "a whole total")
        check_contains(node.client(language="vi").get(f"/tables?{query}", headers={"Accept": "text/html"}).text, "gồm 1 trên 3 đơn vị được hỏi", "in Vietnamese")
    node.stop()


if __name__ == "__main__":
    tell(story, "sqlite")
