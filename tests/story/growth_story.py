#!/usr/bin/env python3
"""Contribution to growth, in percentage points: what a source printed (Hà Tĩnh 2021: industry 4.46 of 5.02 points), what levels at constant
prices give, exactly, and what cannot be said and why. Runs on both stores (CAUNOI_TEST_STORE)."""

import csv
from decimal import Decimal, ROUND_HALF_UP
from fractions import Fraction
import html
import io
import itertools
from pathlib import Path
import re

from support import check, check_contains, check_equal, tell

DATA = Path(__file__).resolve().parents[2] / "data"


BASIS = "dân số ngày 1/4/2024"


def divide(world, node, old, new, shares):
    """An invented division of a province on 1 March 2026; its communes stay with the first part. It had 1000, of it services 500; what stays has 660 and 330."""
    def row(code, to, share, name, kind, parent):
        return f"{code},{to},{share},2026-03-01,Nghị quyết 15/2026/NQ-HĐND (minh họa),{BASIS if 0 < len(share) and share != '1' else ''},{kind},{name},{name},{parent}\n"

    with open(DATA / "units" / "communes-2025.csv", encoding="utf-8") as file:
        communes = [line["code"] for line in csv.DictReader(x for x in file if not x.startswith("#")) if line["parent"] == old]
    node.prepare("import", world.path("before.csv", f"indicator,unit,period,item,value\ngrdp,{old},2025,tong_so,1000\ngrdp,{old},2025,dich_vu,500\n"))
    node.run("units record", world.path(f"{old}.csv", "old,new,share,date,act,basis,kind,name_vi,name_en,parent\n" + row(old, old, shares[0], "Bắc", "tinh", "VN")
                                        + row(old, new, shares[1], "Nam", "tinh", "VN") + "".join(row(x, x, "1", f"Xã {x}", "xa", old) for x in communes)), expect=0)
    node.prepare("import", world.path("after.csv", f"indicator,unit,period,item,value\ngrdp,{old},2026,tong_so,660\ngrdp,{old},2026,dich_vu,330\n"))


def story(cases, world):
    ministry = world.node("ministry", "VN")
    ministry.prepare("import", DATA / "published" / "gso_gdp_const2010.csv", "--table", "gdp_const")
    ministry.prepare("import", DATA / "demo" / "seed.csv", "--source", "Báo Công Thương")
    ministry.prepare("import", DATA / "demo" / "illustration-2021.csv", "--source", "Minh họa: số giả định")
    # invented levels of a province whose parts add up: agriculture 200 -> 204, industry and construction 450 -> 490, ...
    parts = {"nong_lam_nghiep_va_thuy_san": (200, 204), "cong_nghiep_va_xay_dung": (450, 490), "dich_vu": (300, 318),
             "thue_san_pham_tru_tro_cap_san_pham": (50, 49)}
    lines = [f"grdp,25,{year},{item},{levels[n]}" for item, levels in parts.items() for n, year in enumerate((2022, 2023))]
    lines += [f"grdp,25,{year},tong_so,{sum(x[n] for x in parts.values())}" for n, year in enumerate((2022, 2023))]
    # parts that leave a third of the growth; parts that leave no more than four roundings to whole numbers can; a level of zero
    for unit, levels in {"01": ((100, 110), (300, 350), (400, 430), (100, 110), (1000, 1150)), "04": ((100, 110), (300, 350), (400, 430), (100, 108), (901, 1000)),
                         "66": ((100, 100), (0, 0), (0, 5), (0, 0), (100, 105)), "40": ((0, 1), (0, 1), (0, 1), (0, 1), (0, 4)),
                         "51": ((200, 230), (400, 320), (350, 350), (50, 50), (1000, 950)), "52": ((200, 150), (400, 448), (350, 352), (50, 50), (1000, 1000)),
                         "54": ((200, 200), (400, 400), (350, 350), (50, 50), (1000, 1000))}.items():
        lines += [f"grdp,{unit},{year},{item},{x[n]}" for item, x in zip((*parts, "tong_so"), levels) for n, year in enumerate((2022, 2023))]
    # Phú Thọ of July 2025 was three provinces; of the two that Bắc Ninh was, one has reported
    merged = {"25": (100, 200, 300, 10, 610), "26": (50, 60, 70, 1, 181), "17": (11, 12, 13, 2, 38)}
    lines += [f"grdp,{unit},2024,{item},{n}" for unit, levels in merged.items() for item, n in zip((*parts, "tong_so"), levels)]
    lines += [f"grdp,25,2025,{item},{n}" for item, n in zip((*parts, "tong_so"), (170, 290, 400, 13, 873))]
    lines += ["grdp,24,2024,tong_so,500", "grdp,24,2025,tong_so,900"]
    lines += ["grdp_growth,38,2023,tong_so,7", "grdp_growth,38,2023,dich_vu,5"]  # growth without any level
    ministry.prepare("import", world.path("grdp.csv", "indicator,unit,period,item,value\n" + "\n".join(lines) + "\n"))
    ministry.prepare("import", world.path("inside.csv", "indicator,unit,period,item,value,status\ngrdp,26,2024,dich_vu,71,approved\n"))  # not for the public
    divide(world, ministry, "42", "43", ("0.6", "0.4"))
    divide(world, ministry, "40", "41", ("", ""))
    ministry.serve()
    client = ministry.client()

    def rows(query, fraction=True):
        return {r["item"]: r for r in csv.DictReader(io.StringIO(client.get(f"/growth.csv?{query}").text))}

    with cases.case("what the source printed stands: 4.46 of 5.02 points in Hà Tĩnh in 2021, 88.8 % of growth; the rest says what is missing"):
        hatinh = rows("unit=42&period=2021")
        check_equal((hatinh["tong_so"]["points"], hatinh["cong_nghiep"]["points"], hatinh["cong_nghiep"]["explained"]), ("5.02", "4.46", "88.844622"), "the figures")
        check_equal(hatinh["cong_nghiep"]["source"], "reported", "whose they are")
        check_equal((hatinh["dich_vu"]["points"], hatinh["dich_vu"]["source"]), ("", ""), "services")
        check_contains(hatinh["dich_vu"]["note"], "missing: Gross regional domestic product at constant 2010 prices of Services, 2020 and 2021", "what is missing")

    with cases.case("each source of growth and points is named, whose the levels are where it is computed"):
        def source(query):
            return [note for note in client.get(f"/growth.json?{query}").json()["notes"] if note.startswith("Source: ")]

        check_equal(source("unit=42&period=2021"), ["Source: Báo Công Thương"], "as printed")
        check_equal(source("of=industry&period=2024"), ["Source: statistics office"], "computed from levels")
        check_equal(source("of=industry&period=2021"), ["Source: Báo Công Thương; Minh họa: số giả định"], "growth of the one, points of the other")
        industry = rows("of=industry&period=2021")
        check_equal({industry[i]["note"] for i in "BCDE"}, {"as the source reports it (Minh họa: số giả định); an estimate"}, "each line says whose it is: what is assumed does not look published")
        check_equal({i: industry[i]["points"] for i in ("TOTAL", "B", "C", "D", "E")}, {"TOTAL": "4.82", "B": "-0.65", "C": "4.83", "D": "0.56", "E": "0.08"}, "the points")

    with cases.case("levels that add up give points that add up to the growth exactly, and a part may fall"):
        phutho = rows("unit=25&period=2023")
        check_equal({i: phutho[i]["points"] for i in ("tong_so", *parts)},
                    {"tong_so": "6.1", "nong_lam_nghiep_va_thuy_san": "0.4", "cong_nghiep_va_xay_dung": "4", "dich_vu": "1.8",
                     "thue_san_pham_tru_tro_cap_san_pham": "-0.1"}, "the points")
        check_equal(phutho["cong_nghiep_va_xay_dung"]["weight"], "45", "the weight is that of the year before")

    with cases.case("what the parts leave is rounding only as far as rounding to the printed decimals explains it; the points add up with it"):
        for unit, name, points, note in (("01", "not explained by the parts that are known", "5", "the levels of the parts leave 150 of Total in 2023, 100 in 2022; rounding to the printed decimals explains up to 2.5 and 2.5"),
                                         ("04", "left by the rounding of the source", "0.110988", "the levels of the parts leave 2 of Total in 2023, 1 in 2022; rounding to the printed decimals explains up to 2.5 and 2.5")):
            table = rows(f"unit={unit}&period=2023")
            check_equal({k: table["rest:tong_so"][k] for k in ("name", "points", "note", "depth")}, {"name": name, "points": points, "note": note, "depth": "1"}, unit)
            check_equal(sum(Fraction(r["points"]) for r in table.values() if r["depth"] == "1"), Fraction(table["tong_so"]["points"]), unit)
        notes = client.get("/growth.json?unit=01&period=2023").json()["notes"]
        check(any(n.startswith("+5.00 percentage points of the growth are not explained") for n in notes) and any("half a unit of the last decimal" in n for n in notes), "the notes", notes)
        check_contains(client.get("/growth?unit=01&period=2023", headers={"Accept": "text/html"}).text, "not explained by the parts that are known", "the page")

    with cases.case("the head of the page names what brought most of the way the whole went: of a fall what fell"):
        for unit, head in (("25", "Industry and construction: +4.00 of +6.10 percentage points, 65.57% of growth"),
                           ("51", "Industry and construction: −8.00 of −5.00 percentage points, 160.00% of the fall"),
                           ("52", "Growth is 0.00%; Agriculture, forestry and fishing: −5.00 percentage points"), ("54", "Growth is 0.00%")):
            page = client.get(f"/growth?unit={unit}&period=2023", headers={"Accept": "text/html"}).text
            check_contains([html.unescape(h) for h in re.findall(r"<h2[^>]*>([^<]+)</h2>", page)], head, unit)

    with cases.case("a level of zero is zero and not missing"):
        check_equal((rows("unit=40&period=2023")["tong_so"]["points"], rows("unit=40&period=2023")["tong_so"]["note"]),
                    ("", "Gross regional domestic product at constant 2010 prices, whole, is 0 in 2022: growth from a base of zero or below is not defined"), "the whole")
        fishing = rows("unit=66&period=2023")["dich_vu"]
        check_equal((fishing["growth"], fishing["points"], fishing["note"]), ("", "5", "computed from levels; growth from a base of zero or below is not defined"), "a part that begins from zero brings points")

    with cases.case("a province made of several by a merger: the year before is that of its predecessors, and the answer says so"):
        phutho = rows("unit=25&period=2025")
        check_equal([phutho[i]["points"] for i in ("tong_so", *parts)], ["5.3076", "1.085645", "2.171291", "2.050664", "0"], "the points: 44 of 829 in all, 9, 18, 17 and 0")
        notes = client.get("/growth.json?unit=25&period=2025").json()["notes"]
        check("Levels of 2024 are restated for the territory of Phu Tho Province: sum of the 3 units of that time." in notes, "it says so", notes)
        base = next(csv.DictReader(io.StringIO(client.get("/figures.csv?indicator=grdp&unit=25&item=tong_so&from=2025&to=2025&boundary=now&compare=yoy").text)))
        check_equal((base["base_value"], base["change"]), ("829", phutho["tong_so"]["points"]), "what /figures says")
        check_contains(client.get("/growth?unit=25&period=2025", headers={"Accept": "text/html"}).text, "sum of the 3 units of that time", "the page")
        services = client.get("/figures/explain.json?indicator=grdp&unit=25&period=2024&item=dich_vu&boundary=now").json()
        check_equal((services["value"], sorted(x["value"] for x in services["inputs"])), (383, [13, 70, 300]), "inputs as far as the public may see them")
        check_contains(rows("unit=24&period=2025")["tong_so"]["note"], "of Total, 2024 (", "the predecessor that has not reported")

    with cases.case("a province divided by stated shares: the year before is its share of it, and the answer says so; without shares nothing is claimed"):
        for unit, points, note in (("42", ("10", "5"), f"estimated: 60% of Ha Tinh by stated shares ({BASIS})"), ("40", ("", ""), "its share is not known")):
            table = rows(f"unit={unit}&period=2026")
            check_equal((table["tong_so"]["points"], table["dich_vu"]["points"]), points, unit)
            check_contains(" ".join([table["tong_so"]["note"], *client.get(f"/growth.json?unit={unit}&period=2026").json()["notes"]]), note, "how, or why not")
        check_equal(client.get("/growth/explain.json?unit=42&period=2026&number=base").json()["rows"][0]["value"], 600, "60 % of 1000")
        explained = client.get("/figures/explain.json?indicator=grdp&unit=42&period=2025&item=tong_so&boundary=2026-03-01").json()
        check_equal((explained["value"], explained["formula"], [x["value"] for x in explained["inputs"]]), (600, f"estimated: 60% of Ha Tinh by stated shares ({BASIS})", [1000]), "the figure it rests on")

    with cases.case("boundary= says which unit a code means; what it was before is restated, and a unit that is not on that map is refused"):
        check_equal(client.get("/growth.csv?unit=25&period=2025&boundary=now").text, client.get("/growth.csv?unit=25&period=2025").text, "the map of the period is that of now")
        check_equal(rows("unit=25&period=2023")["tong_so"]["points"], "6.1", "Phú Thọ as it was")
        check_contains(rows("unit=25&period=2023&boundary=now")["tong_so"]["note"], "missing: Gross regional domestic product at constant 2010 prices of Total, 2022 and 2023", "as it is now: two of three have not reported")
        check_contains(rows("unit=25&period=2025&boundary=2025-06-30")["tong_so"]["note"], "missing", "the old one in the year of its end")
        for query in ("unit=26&boundary=now", "unit=26&boundary=2026-01-01", "boundary=x"):
            client.get(f"/growth.csv?{query}&period=2025", expect=422)

    with cases.case("growth without the weight is no contribution: the cell says which weight is missing"):
        thanhhoa = rows("unit=38&period=2023")
        check_equal((thanhhoa["dich_vu"]["growth"], thanhhoa["dich_vu"]["points"]), ("5", ""), "services")
        check_contains(thanhhoa["dich_vu"]["note"], "missing: the weight of Services in the whole in 2022", "what is missing")

    with cases.case("every quarter of the national accounts: the parts, with what the source's rounding leaves, are the growth to the sixth decimal"):
        seen = 0
        levels = {(r["period"], r["item"]): r["value"] for r in csv.DictReader(io.StringIO(client.get("/figures.csv?indicator=gdp_const2010&unit=VN").text))}
        tops = ("tong_so", "nong_lam_nghiep_va_thuy_san", "cong_nghiep_va_xay_dung", "dich_vu", "thue_san_pham_tru_tro_cap_san_pham")
        for year in range(2020, 2025):
            for quarter in range(1, 5):
                for of, root in (("product", "tong_so"), ("industry", "TOTAL")):
                    table = rows(f"of={of}&period={year}-Q{quarter}")
                    known = [r for r in table.values() if r["depth"] == "1"]
                    if not table[root]["points"]:
                        check_contains(table[root]["note"], "missing: ", "why there is none")
                        continue
                    check(all(r["points"] for r in known), "parts that are not known", year, quarter)
                    check_equal(sum(Fraction(r["points"]) for r in known), Fraction(table[root]["points"]), f"{of} {year}-Q{quarter}")
                    if of == "product" and "rest:tong_so" in table:
                        printed = [[levels[f"{y}-Q{quarter}", i] for i in tops] for y in (year, year - 1)]
                        fits = all(abs(Fraction(x[0]) - sum(map(Fraction, x[1:]))) <= sum(Fraction(1, 2 * 10 ** len(v.partition(".")[2])) for v in x) for x in printed)
                        check_equal(table["rest:tong_so"]["name"], "left by the rounding of the source" if fits else "not explained by the parts that are known", f"{year}-Q{quarter}")
                        check(abs(Fraction(table["rest:tong_so"]["points"])) < Fraction(1, 1000), "hardly anything is left", year, quarter)
                    if of == "product":  # the parts of a part, with what rounding leaves inside it
                        for part in ("nong_lam_nghiep_va_thuy_san", "cong_nghiep_va_xay_dung", "dich_vu"):
                            below = list(table)[list(table).index(part) + 1:]
                            inner = [table[i] for i in itertools.takewhile(lambda i: table[i]["depth"] != "1", below) if table[i]["depth"] == "2"]
                            check_equal(sum(Fraction(r["points"]) for r in inner), Fraction(table[part]["points"]), f"the parts of {part}, {year}-Q{quarter}")
                    seen += 1
        check(seen >= 10, "quarters with levels of both years", seen)

    with cases.case("levels before and after the size of the product was estimated anew are not compared"):
        check_contains(rows("period=2021-Q1")["tong_so"]["note"], "estimated anew", "why")

    with cases.case("each number opens to what it is made of, in each format (explain_story compares them)"):
        opened = 0
        for query in ("unit=VN&period=2024", "unit=01&period=2023", "unit=25&period=2025", "unit=38&period=2023", "of=industry&period=2021"):
            page = client.get(f"/growth?{query}", headers={"Accept": "text/html"}).text
            for href in dict.fromkeys(html.unescape(h) for h in re.findall(r'href="(/growth/explain[^"]*)"', page)):
                number = client.get(href.replace("?", ".json?", 1)).json()
                check(len(number["rows"]) > 1 and number["rows"][0]["depth"] == 0 and number["notes"], "result, inputs and formula", number)
                check_contains(client.get(href, headers={"Accept": "text/html"}).text, "How it is made", href)
                opened += 1
        check(opened > 100, "numbers opened", opened)
        year = client.get("/growth/explain.json?unit=VN&period=2024&item=dich_vu&number=base").json()["rows"]
        check_equal((len(year), sum(Fraction(str(r["value"])) for r in year[1:])), (5, Fraction(str(year[0]["value"]))), "a year is the sum of its four quarters")
        check_equal(client.get("/growth/explain.xlsx?unit=VN&period=2024").body[:2], b"PK", "a workbook")
        check_contains(client.get("/growth/explain.csv?unit=01&period=2023&item=rest:tong_so&number=level").text, "grdp", "a file")
        client.get("/growth/explain?unit=VN&period=2024&number=x", expect=422)
        client.get("/growth/explain?unit=VN&period=2024&item=x", expect=404)

    with cases.case("what a page prints of the parts makes up what it prints of the growth, and each number opens to what is printed"):
        summed = moved = 0
        for query in ("unit=25&period=2023", "unit=25&period=2025", "unit=01&period=2023", "unit=04&period=2023", *(f"of={of}&unit=VN&period={p}" for of in ("product", "industry")
                                                                                                              for p in ("2022", "2023", "2024", "2023-Q2", "2024-Q4", "2021-S1"))):
            told = client.get(f"/growth.json?{query}").json()["rows"]
            page = client.get(f"/growth?{query}", headers={"Accept": "text/html"}).text
            printed = [re.search(r'data-l="Contribution[^"]*">(?:<a[^>]*href="([^"]*)"[^>]*>)?(?:<[^>]*>)*([-+−\d.]*)', row) for row in re.findall(r"<tr>.*?</tr>", page, re.S)[1:]]
            printed = [("", None) if m is None else (html.unescape(m.group(1)), Decimal(m.group(2).replace("−", "-"))) for m in printed]
            check_equal(len(printed), len(told), query)
            for i, row in enumerate(told):
                below = next((k for k in range(i + 1, len(told)) if told[k]["depth"] <= row["depth"]), len(told))
                parts = [k for k in range(i + 1, below) if told[k]["depth"] == row["depth"] + 1 and told[k]["points"] is not None]
                if parts and row["points"] is not None and sum(Decimal(str(told[k]["points"])) for k in parts) == Decimal(str(row["points"])):
                    check_equal(sum(printed[k][1] for k in parts), printed[i][1], f"{query}: the printed parts of {row['item']}")
                    summed += 1
                if row["points"] is not None:
                    moved += printed[i][1] != Decimal(str(row["points"])).quantize(Decimal("0.01"), ROUND_HALF_UP)
                    check(abs(printed[i][1] - Decimal(str(row["points"]))) < Decimal("0.01"), f"{query}: {row['item']}", printed[i], row["points"])
                    opened = re.search(r'<p class="big"><b>([-+−\d.,]*)</b>', client.get(printed[i][0], headers={"Accept": "text/html"}).text).group(1)
                    check_equal(Decimal(opened.replace("−", "-").replace("+", "").replace(",", "")), printed[i][1], printed[i][0])
        check(summed > 15 and moved > 0, f"{summed} sums, {moved} numbers not rounded by themselves")

    with cases.case("as known on a day; other formats; a wrong question is refused"):
        check_equal(rows("unit=42&period=2021&known=2021-12-31")["cong_nghiep"]["points"], "", "not yet printed then")
        answer = client.get("/growth.json?unit=42&period=2021").json()
        check(any("percentage points" in n for n in answer["notes"]), "the rule is in the notes", answer["notes"])
        check(client.get("/growth.xlsx?unit=42&period=2021").body[:2] == b"PK", "a workbook")
        for query in ("of=x", "unit=zz", "period=2021-13", "known=x", "unit=18073"):
            client.get(f"/growth?{query}", expect=422)
        check_contains(client.get("/growth?unit=06").text, "No level or growth of", "a province without figures")


tell(story, "sqlite")
