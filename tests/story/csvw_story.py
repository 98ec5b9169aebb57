#!/usr/bin/env python3
"""What describes a CSV file (CSVW): for every table of figures its Link header names a document with title, source, day, and for each column its type, its unit
and its meaning in both languages; every value of the file is of the type that is said, and the workbook's second sheet names the same columns. One node on
SQLite."""

import csv
import io
import random
import re
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import urljoin

from support import ROOT, check, check_contains, check_equal, tell
from tables_story import read_sheets

CONTEXT = "http://www.w3.org/ns/csvw"
READ = {"string": str, "decimal": Decimal, "integer": int, "date": date.fromisoformat, "dateTime": datetime.fromisoformat}
TOP = {"@context", "url", "dc:title", "dc:source", "dc:publisher", "dc:rights", "dc:modified", "schema:additionalProperty", "tableSchema"}
LATIN = re.compile(r"[àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ]", re.IGNORECASE)

FIGURES = "indicator=electricity_sold&unit=42"
SERIES = "indicator=iip_yoy&unit=VN&item=TOTAL"
PUBLIC = (  # what a page offers as CSV, and what is said beside the columns
    ("/figures", f"{FIGURES}&compare=yoy", {"code", "unit_en", "source_vi", "known", "licence", "note"}),
    ("/figures/explain", f"{FIGURES}&period=2025-03", {"code", "unit_en", "source_vi", "known"}),
    ("/figures/revisions", SERIES, {"code", "unit_vi", "source_en", "known", "note"}),
    ("/figures/triangle", SERIES, {"code", "unit_vi", "source_en", "known", "note"}),
    ("/tables", "indicator=export_value&unit=VN&from=2023-03&to=2023-04&level=1&rows=item&totals=rows,columns", {"code", "unit_en", "source_en", "known"}),
    ("/analysis", FIGURES, {"code", "unit_en", "source_en", "known", "note"}),
    ("/analysis/outliers", "indicator=electricity_sold", {"code", "unit_en", "source_en", "known", "note"}),
    ("/growth", "of=product&unit=25&period=2023", {"source", "unit", "period", "level", "known", "licence", "note"}),
    ("/growth/explain", "of=product&unit=25&period=2023&number=growth", {"source", "unit", "known", "note"}),
    ("/overview", "ky=2025-02", {"code", "unit_en", "source_en", "known"}),
    ("/provinces/42", "", {"code", "unit_en", "source_en", "known"}),
    ("/quality/sources", "", {"source", "definition", "known"}),
    ("/quality/rules", "", {"known"}),
    ("/indicators", "", {"known", "licence"}),
    ("/units", "", {"known", "licence"}),
    ("/units/42", "", {"known", "licence"}),
    ("/units/changes", "", {"known", "licence"}),
    ("/sdmx", "", {"known", "note"}),
)
INDEX = {"source", "unit", "series", "month", "weights_of", "base", "known", "note"}
INSIDE = (
    ("/iip", "unit=42&month=2018-11", INDEX | {"licence"}),
    ("/iip", "unit=42&month=2018-11&full=1", INDEX),
    ("/iip/why", "unit=42&month=2018-11&compare=mom&node=C", INDEX),
    ("/iip/why", "unit=42&month=2018-11&compare=mom&node=gao", INDEX),
    ("/iip/why", "unit=42&month=2018-11&compare=mom&node=gao&link=1", INDEX),
    ("/quality", "", {"source", "definition", "known"}),
    ("/quality/units", "", {"known"}),
)


def texts(value):
    """A description or a unit of measure as {language: text}; one that is the same in both has no language."""
    if isinstance(value, str):
        return {None: value}
    check(isinstance(value, list) and all(set(part) == {"@value", "@language"} for part in value), "a text in several languages", value)
    check_equal([part["@language"] for part in value], ["vi", "en"], "its languages")
    return {part["@language"]: part["@value"] for part in value}


def check_description(told, head, rows, what):
    """What the recommendation asks of a document about one table, and that the file is as it says."""
    check(set(told) <= TOP, "members of", what, set(told) - TOP)
    check(told["@context"][0] == CONTEXT and told["@context"][1]["@language"] in ("vi", "en"), "the context of", what, told["@context"])
    check(told["dc:title"], "no title", what)
    check(all(value not in (None, "", []) for value in told.values()), "an empty member", what, told)
    columns = told["tableSchema"]["columns"]
    names = [column["titles"] for column in columns]
    check_equal(names, head, f"columns of {what}")
    check_equal(len(set(names)), len(names), f"names of columns of {what}, each once")
    for at, column in enumerate(columns):
        check(set(column) <= {"titles", "dc:description", "datatype", "schema:unitText"}, "a column of", what, column)
        said = texts(column["dc:description"])
        check(all(said.values()), "a column without a meaning", what, column)
        if "en" in said:
            check(not LATIN.search(said["en"].replace("Tết", "")), "English words", column)
        read = READ[column["datatype"]]
        for row in rows:
            if row[at] != "":
                read(row[at])  # raises where it is none
        if "schema:unitText" in column:
            unit = set(texts(column["schema:unitText"]).values())
            check_equal((names[at + 1], columns[at + 1]["datatype"]), (f"{names[at]}_unit", "string"), f"the column behind a number with a unit of {what}")
            check({row[at + 1] for row in rows} <= unit | {""}, "the unit of measure in the file", what, unit)
    properties = told["schema:additionalProperty"]
    for property in properties:
        check(set(property) - {"schema:about"} == {"schema:propertyID", "schema:name", "schema:value"}, "a property of", what, property)
    return {property["schema:propertyID"]: property["schema:value"] for property in properties}


def described(client, path, query, language="en"):
    """(document, head, rows, address of the file)"""
    address = f"{path}.csv?{query}&lang={language}"
    answer = client.get(address)
    link = re.fullmatch(r'<([^>]+)>; rel="describedby"; type="application/csvm\+json"', answer.headers.get("Link", ""))
    check(link, "no Link header on", address, answer.headers.get("Link"))
    document = client.get(urljoin(address, link.group(1)))
    check_equal(document.headers["Content-Type"], "application/csvm+json", "its type")
    head, *rows = csv.reader(io.StringIO(answer.text.lstrip("\ufeff")))
    told = document.json()
    check_equal(urljoin(link.group(1), told["url"]), address, "the file it is about, to the letter: a reader of CSVW passes over a description of another")
    return told, head, rows


def table(head, rows):
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()


def industry(world, node):
    """A year of two products of four makers; others weights from its last quarter on."""
    chance = random.Random(11)
    makers = [(f"{product}-{n}", product) for product in ("gao", "thep") for n in range(4)]
    for month, weights in (("2018-01", (30, 70)), ("2018-10", (40, 60))):
        rows = [("TOTAL", "", "Toàn ngành", "", 100), ("C", "TOTAL", "Chế biến", "", 100), ("10", "C", "Thực phẩm", "", weights[0]), ("24", "C", "Kim loại", "", weights[1]),
                ("gao", "10", "Gạo", "tấn", 1), ("thep", "24", "Thép", "nghìn tấn", 1)]
        node.run("iip import", "weights", world.path(f"weights-{month}.csv", table(["code", "parent", "name", "measure", "weight"], rows)), "--from", month, "--base", "2018",
                 "--unit", "42", "--source", "Cục Thống kê Hà Tĩnh", expect=0)
    node.run("iip import", "sample", world.path("sample.csv", table(["establishment", "name", "product", "from", "to"], [(m, f"Công ty {m}", p, "2018-01", "") for m, p in makers])), "--unit", "42",
             expect=0)
    node.run("iip import", "output", world.path("output.csv", table(["month", "establishment", "product", "measure", "quantity"],
             [(f"2018-{month:02d}", m, p, "tấn" if p == "gao" else "nghìn tấn", chance.randrange(20, 90)) for month in range(1, 13) for m, p in makers])), "--unit", "42", expect=0)


def story(cases, world):
    node = world.node("ministry", "VN")
    for kind, file in (("export", "export"), ("iip", "iip_month")):
        node.prepare("import", ROOT / "data" / "published" / f"gso_{file}.csv", "--table", kind, "--source", "GSO")
    chance = random.Random(5)
    monthly = [(f"{year}-{month:02d}", 100 + chance.randrange(20)) for year in range(2019, 2026) for month in range(1, 13)][:79]
    monthly[-1] = (monthly[-1][0], 900)  # stands out
    node.prepare("import", world.path("electricity.csv", table(["indicator", "unit", "period", "value", "status"], [("electricity_sold", "42", p, v, "published") for p, v in monthly])))
    levels = {"nong_lam_nghiep_va_thuy_san": (200, 204), "cong_nghiep_va_xay_dung": (450, 490), "dich_vu": (300, 318), "thue_san_pham_tru_tro_cap_san_pham": (50, 49), "tong_so": (1000, 1061)}
    node.prepare("import", world.path("grdp.csv", table(["indicator", "unit", "period", "item", "value", "status"],
                 [("grdp", "25", year, item, v[n], "published") for item, v in levels.items() for n, year in enumerate((2022, 2023))])))
    for source, value in (("Cục Thống kê Hà Tĩnh", 7), ("Báo Hà Tĩnh", 9)):
        node.prepare("import", world.path(f"{value}.csv", f"indicator,unit,period,item,value,status\niip_yoy,42,2021,TOTAL,{100 + value},published\n"), "--source", source)
    industry(world, node)
    node.add_user("reader", "specialist")
    token = node.token("reader")
    node.serve()
    web, inside = node.client(), node.client(token=token)

    with cases.case("each file of figures names its description, and is as it says"):
        for client, of in ((web, PUBLIC), (inside, INSIDE)):
            for path, query, least in of:
                told, head, rows = described(client, path, query)
                check(rows, "an empty file shows nothing", path, query)
                properties = check_description(told, head, rows, path)
                check(least <= set(properties), "what is not told of", path, query, least - set(properties))
                check("source" not in least or told["dc:source"] == properties["source"], "the source", path, told)

    with cases.case("a reader of Vietnamese is told the same columns; meanings stand in both languages in either"):
        for path, query, _ in (*PUBLIC, *INSIDE):
            vi, en = (described(inside, path, query, language) for language in ("vi", "en"))
            check_equal(vi[0]["@context"][1]["@language"], "vi", path)
            check_description(vi[0], vi[1], vi[2], path)
            both = [(a["dc:description"], b["dc:description"]) for a, b in zip(vi[0]["tableSchema"]["columns"], en[0]["tableSchema"]["columns"]) if isinstance(a["dc:description"], list)]
            check(all(a == b for a, b in both), "meanings in both languages", path, both)
            check(both or path == "/tables", "no column is explained in both languages", path)

    with cases.case("the workbook's second sheet has the columns of the file, and says the same of it"):
        for path, query, least in (*PUBLIC, *INSIDE):
            sheets = read_sheets(inside.get(f"{path}.xlsx?{query}&lang=en").body)
            about = [row for row in sheets[1] if row]
            told, head, _ = described(inside, path, query)
            named = [row[0] for row in about[[row[0] for row in about].index("Column") + 1:]]
            columns = told["tableSchema"]["columns"]
            check_equal(named, [name for at, name in enumerate(head) if at == 0 or "schema:unitText" not in columns[at - 1]], f"columns in the sheet of {path}")
            labels = {p["schema:name"]: p["schema:value"] for p in told["schema:additionalProperty"] if p["schema:propertyID"] in least - {"note", "known", "newest"}}
            said = {(row[0], row[1]) for row in about if len(row) > 1}
            if path not in ("/figures", "/tables", "/figures/explain"):  # which name the indicators that occur
                check(set(labels.items()) <= said, "the sheet lacks", set(labels.items()) - said, path)

    with cases.case("commands write the same description beside the file"):
        for command, arguments, name in (("export", ("--indicator", "electricity_sold"), "figures.csv"), ("iip show", ("--unit", "42", "--month", "2018-11"), "iip.csv")):
            told = node.run(command, "--format", "csvw", *arguments, expect=0).json()
            head, *rows = csv.reader(io.StringIO(node.run(command, *arguments, expect=0).out))
            check_equal(told["url"], name, "whose description it is")
            check("known" in check_description(told, head, rows, command), "as of when", told)
            check_equal(node.run_bytes(command, "--format", "xlsx", *arguments)[:2], b"PK", "a workbook")
            check_contains(node.run(command, "--format", "pdf", *arguments, expect=2).err, "csv, json, xlsx, csvw", "what there is")

    with cases.case("whoever may not read the file is not told what is in it; what is asked wrongly is refused alike"):
        for path, query, _ in INSIDE:
            for suffix in (".csv", ".csvm"):
                check_equal(web.get(f"{path}{suffix}?{query}", expect=None).status, 401, path)
        for query in ("indicator=no_such", "indicator=electricity_sold&from=2024-13"):
            refused = [web.get(f"/figures{suffix}?{query}", expect=None) for suffix in (".csv", ".csvm")]
            check_equal([a.status for a in refused], [422, 422], query)


if __name__ == "__main__":
    tell(story, "sqlite")
