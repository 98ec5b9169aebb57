#!/usr/bin/env python3
"""Analyses of figures: series freed of season and Tết beside what was put in and beside R, figures that stand out, who sees what. Runs on both stores
(CAUNOI_TEST_STORE)."""

import csv
import datetime
import io
import math
import random
import shutil
import subprocess

from support import ROOT, check, check_contains, check_equal, tell

TET = {2018: (2, 16), 2019: (2, 5), 2020: (1, 25), 2021: (2, 12), 2022: (2, 1), 2023: (1, 22), 2024: (2, 10), 2025: (1, 29)}
MONTHS = [(2018 + i // 12, i % 12 + 1) for i in range(89)]  # to 2025-05
PATTERN = [0.02, -0.06, 0.03, 0.01, 0.02, 0.03, 0.02, 0.0, -0.02, -0.01, -0.02, -0.02]
BEFORE, AFTER = 0.03, -0.20  # of logarithms


def share(year, month, first, days):
    start = datetime.date(year, *TET[year]) + datetime.timedelta(first)
    return sum((start + datetime.timedelta(i)).month == month for i in range(days)) / days


def put_in(seed, with_tet):
    """(trend, value) of each month."""
    chance = random.Random(seed)
    rows = []
    for i, (year, month) in enumerate(MONTHS):
        trend = math.exp(5 + 0.004 * i + 0.02 * math.sin(i / 14))
        tet = BEFORE * share(year, month, -10, 10) + AFTER * share(year, month, 0, 10) if with_tet else 0
        rows.append((trend, round(trend * math.exp(PATTERN[month - 1] + tet + chance.gauss(0, 0.004)), 6)))
    return rows


def figures(unit, rows, status="published"):
    return "".join(f"electricity_sold,{unit},{y}-{m:02d},{value},{status}\n" for (y, m), (_, value) in zip(MONTHS, rows))


HEAD = "indicator,unit,period,value,status\n"


def story(cases, world):
    node = world.node("ministry", "VN")
    moved, still, tripled, other_unit = put_in(1, True), put_in(2, False), put_in(3, False), put_in(4, False)
    tripled[-1] = (0, round(tripled[-1][1] * 3, 6))
    other_unit[-1] = (0, round(other_unit[-1][1] / 1000, 6))
    text = HEAD + figures("42", moved) + figures("40", still) + figures("38", tripled) + figures("37", other_unit)
    text += "electricity_sold,30,2025-01,5,published\nelectricity_sold,30,2025-02,6,published\n"
    node.prepare("import", world.path("electricity.csv", text))
    node.prepare("import", ROOT / "data/published/gso_export.csv", "--table", "export")
    node.prepare("import", world.path("inside.csv", HEAD + "electricity_sold,42,2025-06,900,approved\n"))
    node.add_user("reader", "specialist")
    token = node.token("reader")
    node.serve()
    web, inside = node.client(), node.client(token=token)
    address = "/analysis.json?indicator=electricity_sold&unit="

    with cases.case("a known effect of Tết is found, and what is left is the trend that was put in"):
        answer = web.get(address + "42").json()
        notes = "\n".join(answer["notes"])
        check_contains(notes, "Analysis, not official figures.", "the notes")
        check_contains(notes, "Effect of Tết: significant: taken off", "the notes")
        after = next(n for n in answer["notes"] if "days from Tết on" in n)
        found = float(after.split(": ")[1].split(" ")[0].replace("−", "-"))
        check(abs(found - (math.exp(AFTER) - 1) * 100) < 1.5, "the effect of the days from Tết on", found)
        rows = answer["rows"]
        check_equal(len(rows), len(MONTHS), "months")
        level = sum(math.log(r["adjusted"] / t) for r, (t, _) in zip(rows, moved)) / len(rows)
        off = max(abs(math.log(r["adjusted"] / t) - level) for r, (t, _) in zip(rows, moved))
        check(off < 0.035, "adjusted values lie by", off, "from the trend that was put in")
        check(max(abs(math.log(r["value"] / t)) for r, (t, _) in zip(rows, moved)) > 0.15, "as the values themselves do not")

    with cases.case("every row adds up, and says that it is an analysis"):
        for row, (_, value) in zip(rows, moved):
            check(abs(row["value"] - value) < 1e-9, "the value of", row["period"])
            factors = (1 + row["season"] / 100) * (1 + row["tet"] / 100)
            check(abs(row["adjusted"] * factors / value - 1) < 2e-4, "adjusted x season x Tết of", row["period"])
            check(abs(row["trend"] * factors * (1 + row["irregular"] / 100) / value - 1) < 3e-4, "the parts of", row["period"])
            check_equal(row["kind"], "analysis", "kind")

    with cases.case("a series without Tết stays without"):
        answer = web.get(address + "40").json()
        check_contains("\n".join(answer["notes"]), "Effect of Tết: not significant: left as it is", "the notes")
        check_equal({row["tet"] for row in answer["rows"]}, {0}, "effects")

    with cases.case("without Tết the numbers are those of R on the same series"):
        if shutil.which("Rscript"):
            for query, arguments in (("", "'periodic'"), ("&window=7", "7"), ("&window=13&robust=1", "13, robust = TRUE")):
                answer = web.get(address + "42&tet=0" + query).json()
                values = ",".join(str(row["value"]) for row in answer["rows"])
                script = f"z <- stl(ts(log(c({values})), frequency = 12), {arguments})$time.series; cat(sprintf('%.12g %.12g\\n', z[, 1], z[, 2]), sep = '')"
                done = subprocess.run(["Rscript", "--vanilla", "-e", script], capture_output=True, text=True, timeout=120, check=True)
                for row, line in zip(answer["rows"], done.stdout.splitlines(), strict=True):
                    season, trend = map(float, line.split())
                    check(abs(row["trend"] - math.exp(trend)) < 1e-6, "trend", row["period"], row["trend"], math.exp(trend))
                    check(abs(row["adjusted"] - row["value"] / math.exp(season)) < 1e-6, "adjusted", row["period"])
                    check(abs(row["season"] - (math.exp(season) - 1) * 100) < 0.0051, "season", row["period"])

    with cases.case("published exports: gaps stay gaps, what was known on a day is what is analysed"):
        answer = web.get("/analysis.json?indicator=export_value&unit=VN").json()
        gaps = [row for row in answer["rows"] if row.get("value") is None]
        check_equal(len(gaps), 22, "months that were not published")
        check(all(row.get("adjusted") is None and row["trend"] > 0 for row in gaps), "a missing month has a trend and no value")
        check_contains("\n".join(answer["notes"]), "52 of 74", "the notes")
        before = web.get("/analysis.json?indicator=export_value&unit=VN&known=2024-03-31").json()
        check_equal(before["rows"][-1]["period"], "2024-03", "the last month known then")
        check(before["rows"][0]["adjusted"] != answer["rows"][0]["adjusted"], "later months change the analysis of earlier ones")

    with cases.case("the public sees an analysis of published figures only"):
        check_equal(web.get(address + "42").json()["rows"][-1]["period"], "2025-05", "the last month of the public")
        last = inside.get(address + "42").json()["rows"][-1]
        check_equal((last["period"], last["value"]), ("2025-06", 900), "the last month of an official")

    with cases.case("pages say what they are, lead to the figure, and say why there is nothing"):
        html = {"Accept": "text/html"}
        page = web.get("/analysis?indicator=electricity_sold&unit=42", headers=html).text
        check_contains(page, "Analysis, not official figures.", "the page")
        check_contains(page, "/figures/explain?indicator=electricity_sold&amp;unit=42%402004-01-01&amp;period=2025-05", "the page")
        check_equal([page.count(f'<svg class="ch-svg {width}"') for width in ("wide", "narrow")], [2, 2], "drawings of two charts")
        explained = web.get("/figures/explain?indicator=electricity_sold&unit=42&period=2025-05", headers=html).text
        check_contains(explained, "/analysis?indicator=electricity_sold&amp;unit=42@2004-01-01", "the page of the figure")
        other = web.get("/analysis?indicator=export_value&unit=VN&item=bia", headers=html).text
        check_contains(other, "· Total value ·", "an item of another indicator, left over in the form, is passed over")
        check_contains(other, "/analysis.csv?indicator=export_value&amp;unit=VN&amp;item=tong_tri_gia", "and the files are of what the page shows")
        web.get("/analysis.json?indicator=export_value&unit=VN&item=bia", expect=422)
        check_contains(web.get("/analysis?indicator=electricity_sold&unit=30", headers=html).text, "This series cannot be taken apart", "a short series")
        check_contains(web.get("/analysis?indicator=electricity_sold&unit=24", headers=html).text, "There is no such series", "no series")
        web.get(address + "24", expect=404)
        check_contains(web.get(address + "30", expect=422).json()["error"]["message"], "periods are too few", "a short series as JSON")
        for query in ("window=8", "window=x", "tet=2", "robust=yes", "compare=yoy", "status=approved", "indicator=iip_yoy", "from=2021", "children=1", "unit=40"):
            web.get(address + "42&" + query, expect=422)

    with cases.case("files of the analysis"):
        rows = list(csv.DictReader(io.StringIO(web.get("/analysis.csv?indicator=electricity_sold&unit=42").text)))
        check_equal((len(rows), rows[0]["kind"], rows[0]["value_unit"]), (89, "analysis", "million kWh"), "CSV")
        check(web.get("/analysis.xlsx?indicator=electricity_sold&unit=42").body.startswith(b"PK"), "XLSX")

    outliers(cases, web)
    node.stop()
    measures(world, cases, node)
    incomplete(cases, world)


def incomplete(cases, world):
    """A month of which two provinces have reported is none of a fall."""
    node = world.node("incomplete", "VN")
    with open(ROOT / "data" / "units" / "provinces.csv", encoding="utf-8") as file:
        provinces = [r["code"] for r in csv.DictReader(line for line in file if not line.startswith("#")) if r["parent"] and r["from"] == "2004-01-01"]
    months = [f"{y}-{m:02d}" for y in range(2021, 2025) for m in range(1, 13)]
    node.prepare("import", world.path("sales.csv", "indicator,unit,period,value\n" + "".join(
        f"retail_sales,{u},{m},{1000 + i}\n" for i, m in enumerate(months) for u in (provinces[:2] if m == months[-1] else provinces))
        + "".join(f"electricity_sold,{u},{m},100\n" for m in months for u in provinces[:2])))
    node.serve()
    web, html = node.client(), {"Accept": "text/html"}

    with cases.case("sums of only some units are in no series, and this is said"):
        said = "Figures left out, as sums of only some of the units below: 1."
        answer = web.get("/analysis.json?indicator=retail_sales&unit=VN").json()
        check_equal([r["period"] for r in answer["rows"]], months[:-1], "months of the series")
        check_equal((answer["rows"][0]["value"], answer["rows"][-1]["value"]), (1000 * 63, 1046 * 63), "its values")
        check(said in answer["notes"], "notes", answer["notes"])
        check_contains(web.get("/analysis?indicator=retail_sales&unit=VN", headers=html).text, said, "the page")
        answer = web.get("/analysis/outliers.json?indicator=retail_sales&unit=VN").json()
        check_equal(answer["rows"], [], "no figure stands out, since those that are there are whole")
        check(said in answer["notes"], "notes", answer["notes"])
        check_contains(web.get("/analysis/outliers?indicator=retail_sales&unit=VN", headers=html).text, said, "its page")
        check_equal(len(web.get("/analysis.json?indicator=retail_sales&unit=" + provinces[0]).json()["rows"]), len(months), "a province, which reports itself, has all")
        said = said.replace("1.", "48.")
        for page in ("/analysis", "/analysis/outliers"):
            text = web.get(f"{page}?indicator=electricity_sold&unit=VN", headers=html).text
            for words in ("There is no such series", said):
                check_contains(text, words, page)
        check_contains(web.get("/analysis.json?indicator=electricity_sold&unit=VN", expect=404).text, said, "JSON")
    node.stop()


def outliers(cases, web):
    address = "/analysis/outliers.json?indicator=electricity_sold"

    with cases.case("a figure three times too high and one in another unit stand out, with their unit and why"):
        answer = web.get(address).json()
        found = {row["explain"].split("unit=")[1].split("%40")[0]: row for row in answer["rows"] if row["period"] == "2025-05"}
        check_equal(set(found), {"38", "37"}, "units whose last figure stands out")
        check_equal({row["severity"] for row in found.values()}, {"severe"}, "severity")
        check_equal((found["38"]["unit"], found["38"]["unit_name"], found["38"]["item"]), ("38", "Thanh Hoa Province", ""), "the unit that owns it, by code and name")
        check_contains(found["38"]["explanation"], "times the same period of earlier years", "why")
        check(3.0 < found["38"]["ratio"] < 3.6, "the seasonal ratio", found["38"]["ratio"])
        check_contains(found["37"]["explanation"], "perhaps another unit of measure", "why")
        check(found["37"]["z"] < -8, "z", found["37"]["z"])
        check_equal({row["kind"] for row in answer["rows"]}, {"analysis"}, "kind")

    with cases.case("each leads to the explanation of its figure"):
        for row in found.values():
            explained = web.get(row["explain"].replace("/figures/explain?", "/figures/explain.json?")).json()
            check_equal(explained["value"], row["value"], row["explain"])

    with cases.case("months, units and severities can be chosen; the worst come first"):
        whole = web.get(address + "&from=2020-01&to=2025-05").json()["rows"]
        check(len(whole) >= 2, "rows of five years", len(whole))
        ranks = [["notice", "warning", "severe"].index(row["severity"]) for row in whole]
        check_equal(ranks, sorted(ranks, reverse=True), "order")
        check_equal([row["period"] for row in web.get(address + "&unit=38&from=2025-05&severity=severe").json()["rows"]], ["2025-05"], "of one unit")
        check_equal(web.get(address + "&unit=40&severity=severe").json()["rows"], [], "none of a quiet unit")
        page = web.get("/analysis/outliers?indicator=electricity_sold&unit=40&severity=severe", headers={"Accept": "text/html"}).text
        check_contains(page, "No figure of this span stands out", "the page of none")
        check_contains(web.get("/analysis/outliers?indicator=electricity_sold&unit=24", headers={"Accept": "text/html"}).text, "There is no such series", "no series")
        web.get(address + "&severity=awful", expect=422)
        rows = list(csv.DictReader(io.StringIO(web.get("/analysis/outliers.csv?indicator=electricity_sold&from=2025-05").text)))
        check_equal({row["severity"] for row in rows}, {"severe"}, "CSV")

    with cases.case("of published exports: what was printed for plastics in March 2024 stands out"):
        rows = web.get("/analysis/outliers.json?indicator=export_value&from=2024-03&to=2024-03").json()["rows"]
        check_equal((rows[0]["value"], rows[0]["severity"]), (1700, "severe"), "1,700 million USD after 400 the month before")
        told = ("item", "unit_of_measure", "item_name")
        check_equal([rows[0][key] for key in told], ["san_pham_tu_chat_deo", "million USD", "Plastic products"], "the item by code, its unit of measure, its name")


def measures(world, cases, node):
    """Coal is counted in thousand tonnes until June 2021, then in tonnes."""
    coal = "than_da_than_sach,,Than đá (than sạch),Coal (clean),"
    folder = world.folder / "measures" / "classifications"
    folder.mkdir(parents=True)
    text = (ROOT / "data/classifications/products.csv").read_text()
    check(coal + "nghìn tấn,thousand tonnes,,\n" in text, "coal is in thousand tonnes")
    (folder / "products.csv").write_text(text.replace(coal + "nghìn tấn,thousand tonnes,,\n",
                                                      coal + "nghìn tấn,thousand tonnes,,2021-06-30\n" + coal + "tấn,tonnes,2021-07-01,\n"))
    node.run("catalogue load", folder.parent, expect=0)
    for known, factor in (("2025-06-10", 1), ("2025-07-10", 1.01)):
        rows = "".join(f"product_output,VN,{y}-{m:02d},than_da_than_sach,{round(value * (1000 if (y, m) > (2021, 6) else 1) * factor, 3)},{known}\n"
                       for (y, m), (_, value) in zip(MONTHS, put_in(7, False)))
        node.run("import", world.path("coal.csv", "indicator,unit,period,item,value,known_from\n" + rows), expect=0)
    token = node.token("reader")
    node.serve()
    web = node.client()
    question = "indicator=product_output&unit=VN&item=than_da_than_sach"
    html = {"Accept": "text/html"}

    with cases.case("where the unit of measure changes another series begins: an analysis is of the newest, and says so"):
        answer = web.get("/analysis.json?" + question).json()
        check_equal((answer["rows"][0]["period"], len(answer["rows"])), ("2021-07", 47), "the first month in tonnes")
        said = "Figures in another unit of measure are another series; left out: thousand tonnes ("
        check_contains("\n".join(answer["notes"]), said + "2018-01 – 2021-06)", "the notes")
        check_contains(web.get("/analysis?" + question, headers=html).text, said + "Jan 2018 – Jun 2021)", "the page")
        check_equal(web.get("/analysis.json?" + question + "&to=2021-06").json()["rows"][-1]["period"], "2021-06", "the other can be named")

    with cases.case("no figure stands out for being counted in something else"):
        answer = web.get("/analysis/outliers.json?" + question + "&from=2021-07&to=2025-05").json()
        check_equal(answer["rows"], [], "outliers")
        said = "are not compared: Viet Nam, Coal (clean): thousand tonnes ("
        check_contains("\n".join(answer["notes"]), said + "2018-01 – 2021-06), tonnes (2021-07 – 2025-05)", "the notes")
        check_contains(web.get("/analysis/outliers?" + question, headers=html).text, said, "the page")

    with cases.case("no rule of quality compares it with what was counted in something else"):
        found = node.client(token=token).get("/quality.json?state=all&from=2020-07&to=2022-06&unit=VN").json()["rows"]
        check_equal([row for row in found if "than_da" in row["finding"]], [], "findings about coal")

    with cases.case("revisions are of one unit of measure"):
        answer = web.get("/figures/revisions.json?" + question).json()
        check_equal((answer["unit_of_measure"], answer["summary"]["periods"], answer["versions"][0]["period"]), ("tonnes", 47, "2021-07"), "the series")
        check_contains(answer["notes"][0], "The unit of measure changes with 2021-07 (tonnes, before: thousand tonnes)", "the note")
        before = web.get("/figures/revisions.json?" + question + "&to=2021-06").json()
        check_equal((before["unit_of_measure"], before["summary"]["periods"]), ("thousand tonnes", 42), "the series before")
        check_contains(web.get("/figures/triangle?" + question, headers=html).text, "The unit of measure changes with Jul 2021", "the triangle")
        check("2021-06" not in web.get("/figures/triangle.csv?" + question).text.split("period", 1)[1], "no month in thousand tonnes in the triangle")
    node.stop()

    with cases.case("what was published stands to its last digit, however large"):
        large = {f"{y}-{m:02d}": f"9{100 + n:03d}000000000.123457" for n, (y, m) in enumerate(MONTHS[:60])}
        node.run("import", world.path("large.csv", "indicator,unit,period,value\n" + "".join(f"retail_sales,VN,{p},{v}\n" for p, v in large.items())), expect=0)
        node.serve()
        rows = {r["period"]: r for r in csv.DictReader(io.StringIO(node.client().get("/analysis.csv?indicator=retail_sales&unit=VN").text))}
        check_equal({p: rows[p]["value"] for p in large}, large, "the values")
        check(all(abs(float(rows[p]["adjusted"]) - float(v)) < 1e12 for p, v in large.items()), "and what is computed of them")
        node.stop()


if __name__ == "__main__":
    tell(story, "sqlite")
