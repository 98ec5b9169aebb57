#!/usr/bin/env python3
"""Vintages, on the releases as they were published: every table of every release is printed again as it was known then; the revision
triangle, the revisions and their means, computed again by exact fractions beside the program; states; who may see it. Runs on both
stores (CAUNOI_TEST_STORE). Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import calendar
import csv
import io
import itertools
import time
from datetime import datetime, timezone
from decimal import Decimal
from fractions import Fraction

from support import ROOT, check, check_contains, check_equal, tell, tell_number, untimed

# table, file, measure -> (indicator, months later, whether the code is a unit), as docs of `caunoi import` say
TABLES = (
    ("iip", "iip_month", {"mom": ("iip_mom", 0), "yoy": ("iip_yoy", 0), "prev_month_yoy_revised": ("iip_yoy", -1)}),
    ("product", "product_month", {"month_estimate": ("product_output", 0), "prev_month_actual": ("product_output", -1)}),
    ("export", "export", {"month_value": ("export_value", 0), "month_quantity": ("export_quantity", 0)}),
    ("consumption", "consumption_inventory", {"consumption_vs_prev_month": ("consumption_mom", 0), "consumption_yoy": ("consumption_yoy", 0),
                                              "inventory_vs_prev_month": ("inventory_mom", 0), "inventory_yoy": ("inventory_yoy", 0)}),
)


def moved(period, months):
    year, month = map(int, period.split("-"))
    return f"{year + (month - 1 + months) // 12}-{(month - 1 + months) % 12 + 1:02d}"


def last_day(month):
    year, number = map(int, month.split("-"))
    return f"{month}-{calendar.monthrange(year, number)[1]}"


def rounded(fraction):
    """Six decimals, half away from zero, as text without trailing zeros."""
    scaled = abs(fraction) * 10**6
    whole = (scaled.numerator * 2 + scaled.denominator) // (scaled.denominator * 2)
    return Decimal(whole if fraction >= 0 else -whole).scaleb(-6).normalize()


def story(cases, world):
    ministry = world.node("ministry", "VN")
    releases = {}  # release -> {(indicator, item, period): value}, in the order of the files
    for table, file, measures in TABLES:
        path = ROOT / "data" / "published" / f"gso_{file}.csv"
        ministry.run("import", path, "--table", table, "--source", "GSO", expect=0)
        for row in csv.DictReader(open(path, encoding="utf-8")):
            if row["measure"] in measures:
                indicator, months = measures[row["measure"]]
                releases.setdefault(row["release"], {})[indicator, row["code"], moved(row["period"], months)] = Decimal(row["value"])
    ministry.run("import", world.path("more.csv", "indicator,unit,period,value,status,mark,known_from\n"
                                      "electricity_sold,42,2024-01,7.5,approved,estimate,2024-02-01\nelectricity_sold,42,2024-01,8,approved,official,2024-03-01\n"
                                      "electricity_sold,42,2024-02,9,approved,official,2024-03-01\nelectricity_sold,42,2024,90,approved,,2025-01-01\n"
                                      "markets,42,2024,5,published,,2025-01-01\n"), expect=0)
    ministry.add_user("reader", "specialist")
    token = ministry.token("reader")
    ministry.serve()
    web, inside = ministry.client(), ministry.client(token=token)

    def rows(path, client=web):
        return list(csv.DictReader(io.StringIO(client.get(path).text.lstrip("\ufeff"))))

    with cases.case("known=DATE prints the production index of every release as it was known then, and of each fourth release every table"):
        known, compared = {}, 0
        for n, release in enumerate(sorted(releases, reverse=True)):
            every = {}
            for earlier in sorted(r for r in releases if r <= release):
                every.update(releases[earlier])
            known = {key: value for key, value in every.items() if n % 4 == 0 or key[0].startswith("iip")}
            query = "&".join(f"indicator={i}" for i in sorted({key[0] for key in known}))
            found = {(r["indicator"], r["item"], r["period"]): Decimal(r["value"]) for r in rows(f"/figures.csv?{query}&unit=VN&known={last_day(release)}")}
            check_equal(found.keys() ^ known.keys(), set(), f"figures as known on {last_day(release)}")
            check_equal([key for key in known if found[key] != known[key]], [], f"values as known on {last_day(release)}")
            compared += len(known)
        tell_number(f"{len(releases)} releases, {compared} figures printed again")

    series = {}  # (indicator, item) -> {period: [(release, value), …]}
    for release in sorted(releases):
        for (indicator, item, period), value in releases[release].items():
            series.setdefault((indicator, item), {}).setdefault(period, []).append((release, value))
    chosen = [("iip_yoy", item) for item in sorted({i for n, i in series if n == "iip_yoy"})] + \
             [("product_output", item) for item in sorted({i for n, i in series if n == "product_output"})][:12] + [("export_value", "tong_tri_gia"), ("iip_mom", "TOTAL")]

    with cases.case("revisions and their means are those of exact fractions"):
        revised = 0
        for indicator, item in chosen:
            periods = series[indicator, item]
            moments = sorted({release for versions in periods.values() for release, _ in versions})
            answer = web.get(f"/figures/revisions.json?indicator={indicator}&unit=VN&item={item}").json()
            expected, totals, latest, lags = [], [], [], [0]
            for period in sorted(periods):
                versions = periods[period]
                lags += [moments.index(r) - moments.index(versions[0][0]) for (_, before), (r, value) in itertools.pairwise(versions) if value != before]
                if len(versions) > 1:  # printed again; what was printed once tells nothing of revisions
                    totals.append(Fraction(versions[-1][1]) - Fraction(versions[0][1]))
                    latest.append(abs(Fraction(versions[-1][1])))
                for n, (release, value) in enumerate(versions):
                    expected.append((period, last_day(release), value, value - versions[n - 1][1] if n else None, value - versions[0][1] if n else None))
            number = lambda v, name: Decimal(str(v[name])) if v.get(name) is not None else None  # noqa: E731
            found = [(v["period"], v["known_from"], number(v, "value"), number(v, "revision"), number(v, "total_revision")) for v in answer["versions"]]
            check_equal(found, expected, f"versions of {indicator} {item}")
            summary = answer["summary"]
            check_equal((summary["publications"], summary["periods"], summary["published_again"], summary["revised"], summary["longest_lag"]),
                        (len(moments), len(periods), len(totals), sum(1 for t in totals if t), max(lags)), f"counts of {indicator} {item}")
            for name, value in (("mean_revision", sum(totals)), ("mean_absolute_revision", sum(map(abs, totals)))):
                check_equal(number(summary, name), rounded(Fraction(value, len(totals))) if totals else None, f"{name} of {indicator} {item}")
            check_equal(number(summary, "relative_mean_absolute_revision"), rounded(sum(map(abs, totals)) * 100 / sum(latest)) if totals else None,
                        f"relative, of {indicator} {item}")
            if any(totals):
                check_equal(abs(Decimal(str(summary["largest_revision"]))), rounded(max(map(abs, totals))), f"the largest of {indicator} {item}")
            revised += summary["revised"]
        tell_number(f"{len(chosen)} series, {revised} periods revised")

    with cases.case("the triangle is what stood for each period at each publication, and each column is the table known then"):
        for indicator, item in (("iip_yoy", "TOTAL"), ("product_output", chosen[-3][1]), ("iip_yoy", "05")):
            periods = series[indicator, item]
            moments = sorted({release for versions in periods.values() for release, _ in versions})
            found = rows(f"/figures/triangle.csv?indicator={indicator}&unit=VN&item={item}")
            check_equal([r["period"] for r in found], sorted(periods), "periods")
            check_equal([c for c in found[0] if c != "period"], [last_day(m) for m in moments], "publications")
            for row in found:
                for moment in moments:
                    stood = [value for release, value in periods[row["period"]] if release <= moment]
                    cell = row[last_day(moment)]
                    check_equal(Decimal(cell) if cell else None, stood[-1] if stood else None, f"{row['period']} at {moment}")

    with cases.case("states by the rule, now and as known before"):
        def states(client=web, **filters):
            query = "&".join(f"{k}={v}" for k, v in filters.items())
            return [(v["period"], v["state"]) for v in client.get(f"/figures/revisions.json?{query}").json()["versions"]]
        total = {"indicator": "iip_yoy", "unit": "VN", "item": "TOTAL", "from": "2024-12"}
        check_equal(states(**total), [("2024-12", "first_estimate"), ("2025-01", "first_estimate"), ("2025-01", "final"), ("2025-02", "first_estimate")], "now")
        check_equal(states(**total, known="2025-01-31"), [("2024-12", "first_estimate"), ("2025-01", "first_estimate")], "as known before")
        check_equal(states(inside, indicator="electricity_sold", unit="42"), [("2024-01", "first_estimate"), ("2024-01", "final"), ("2024-02", "final")],
                    "official is final")

    with cases.case("each row of figures says first estimate, revised or final: what the page of its series says of the version that stands"):
        for item in ("TOTAL", "C"):
            table = web.get(f"/figures.json?indicator=iip_yoy&unit=VN&item={item}").json()["rows"]
            check_equal({r["state"] for r in table}, {"final", "first_estimate"}, "states")
            series = web.get(f"/figures/revisions.json?indicator=iip_yoy&unit=VN&item={item}").json()["versions"]
            check_equal({r["period"]: r["state"] for r in table}, {v["period"]: v["state"] for v in series}, item)  # the last one of a period stands
        page = ministry.client(language="vi").get("/figures?indicator=iip_yoy&unit=VN&item=TOTAL", headers={"Accept": "text/html"}).text
        check("số chính thức" in page and "ước tính lần đầu" in page, "the marks on the page")
        check("Còn lại là ước tính lần đầu: giá trị đầu tiên" in page, "the legend")

    with cases.case("what was printed once, as an estimate, is never final, also where the series has gone on: the cell says that no later print is held"):
        prints = {}  # period -> measures, in the order of releases
        for r in csv.DictReader(open(ROOT / "data" / "published" / "gso_iip_month.csv", encoding="utf-8")):
            if r["code"] == "TOTAL" and r["measure"] in ("yoy", "prev_month_yoy_revised"):
                year, month = map(int, r["period"].split("-"))
                back = r["measure"] != "yoy"
                prints.setdefault(f"{year - (back and month == 1)}-{(month - 2) % 12 + 1:02d}" if back else r["period"], []).append(r["measure"])
        single = sorted(p for p, measures in prints.items() if measures == ["yoy"])[:-1]  # the last is the newest
        check_equal((len(prints), len(single)), (52, 13), "months, and those printed once as an estimate")
        table = web.get("/figures.json?indicator=iip_yoy&unit=VN&item=TOTAL").json()["rows"]
        check_equal([r["period"] for r in table if r["note"] == "no later print is held"], single, "said beside the value")
        check_equal({r["period"]: r["state"] for r in table}, {p: "first_estimate" if p in single or p == max(prints) else "final" for p in prints}, "states")
        answer = web.get("/figures/revisions.json?indicator=iip_yoy&unit=VN&item=TOTAL").json()
        check_equal([v["period"] for v in answer["versions"] if v["unconfirmed"]], single, "in the list of versions")
        check_equal((answer["summary"]["unconfirmed"], answer["summary"]["published_again"]), (13, 38), "counted apart from those published again")
        for path in ("/figures?", "/figures/revisions?"):
            page = ministry.client(language="vi").get(f"{path}indicator=iip_yoy&unit=VN&item=TOTAL&from=2024-12&to=2025-02", headers={"Accept": "text/html"}).text
            check_contains(page, "ước tính lần đầu; không có bản in sau" if "revisions" in path else "không có bản in sau", path)

    with cases.case("a series of one frequency; another one is named and can be asked for"):
        answer = inside.get("/figures/revisions.json?indicator=electricity_sold&unit=42").json()
        check_contains(" ".join(answer["notes"]), "other frequencies", "the notes")
        answer = inside.get("/figures/revisions.json?indicator=electricity_sold&unit=42&from=2024&to=2024").json()
        check_equal([v["period"] for v in answer["versions"]], ["2024"], "by year")

    with cases.case("what is not published is for those who may see it"):
        for path in ("revisions", "triangle"):
            for suffix in ("", ".json", ".csv", ".xlsx"):
                web.get(f"/figures/{path}{suffix}?indicator=electricity_sold&unit=42", expect=404)
                check_contains(inside.get(f"/figures/{path}{suffix}?indicator=electricity_sold&unit=42").headers["Cache-Control"], "private", f"{path}{suffix}")
        web.get("/figures/revisions.json?indicator=markets&unit=42")

    with cases.case("questions that name no series are refused with the reason"):
        for query, status, words in (("", 422, "one indicator"), ("indicator=iip_yoy", 422, "one indicator"), ("indicator=iip_yoy&unit=VN&unit=42", 422, "one indicator"),
                                     ("indicator=iip_yoy&unit=VN&compare=yoy", 422, "without compare"), ("indicator=iip_yoy&unit=VN&boundary=now", 422, "without compare"),
                                     ("indicator=nothing&unit=VN", 422, "nothing"), ("indicator=iip_yoy&unit=ZZ", 422, "ZZ"), ("indicator=iip_yoy&unit=VN&item=ZZ", 422, "ZZ"), ("indicator=iip_yoy&unit=01&item=C", 404, "no such series"),
                                     ("indicator=iip_yoy&unit=VN&known=then", 422, "then"), ("indicator=iip_yoy&unit=VN&from=2024-01&to=2024", 422, "from, to")):
            for path in ("revisions", "triangle"):
                check_contains(web.get(f"/figures/{path}.json?{query}", expect=status).text, words, f"{path} {query}")

    with cases.case("the page of a figure leads to its series, in Vietnamese too"):
        page = ministry.client(language="vi").get("/figures/explain?indicator=iip_yoy&unit=VN&period=2025-01", headers={"Accept": "text/html"}).text
        check_contains(page, "/figures/revisions?indicator=iip_yoy", "the way")
        page = ministry.client(language="vi").get("/figures/revisions?indicator=iip_yoy&unit=VN", headers={"Accept": "text/html"}).text
        for words in ("Điều chỉnh tuyệt đối bình quân", "−1,57", "số chính thức", "/figures/triangle?indicator=iip_yoy", "GSO"):
            check_contains(page, words, "the page")
        check(web.get("/figures/revisions.xlsx?indicator=iip_yoy&unit=VN").body.startswith(b"PK"), "the workbook")
    ministry.stop()

    head, source = "indicator,unit,period,value,known_from,mark\n", ("--source", "Cục Thống kê Hà Tĩnh")
    with cases.case("what a source is recorded with again for the same moment corrects it from then on: what was printed before is printed again, and the page says who, when, by how much"):
        ministry.run("import", world.path("first.csv", head + "retail_sales,42,2026-01,10,2026-02-01,estimate\nretail_sales,25,2026-01,100,2026-02-01,\n"
                                          "retail_sales,42,2026-02,20,2026-03-01,\nretail_sales,42,2026-02,22,2026-04-01,\n"), *source, expect=0)
        between = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        time.sleep(0.01)
        asked = [f"{path}known={known}" for known in (between, "2026-06-01", "2026-03-15") for path in (
            "/figures.csv?indicator=retail_sales&unit=VN&unit=42&", "/figures.json?indicator=retail_sales&unit=VN&children=1&compare=ytd&", "/tables.csv?indicator=retail_sales&unit=VN&totals=rows&",
            "/figures.csv?indicator=retail_sales&unit=VN&boundary=now&from=2026-01&to=2026-02&compare=mom&", "/figures/triangle.csv?indicator=retail_sales&unit=42&", "/figures/revisions.json?indicator=retail_sales&unit=42&")]
        ministry.serve()
        before = [untimed(web.get(path).text) for path in asked]
        ministry.stop()
        told = ministry.run("import", world.path("second.csv", head + "retail_sales,42,2026-01,14,2026-02-01,\nretail_sales,42,2026-02,21,2026-03-01,\n"), *source, expect=0)
        check_contains(told.out + told.err, "14 corrects 10, recorded as known from the same moment", "the import")
        ministry.run("import", world.path("third.csv", head + "retail_sales,42,2026-01,14,2026-02-01,\n"), *source, expect=0)
        ministry.serve()
        for path, text in zip(asked, before):
            check_equal(untimed(web.get(path).text), text, path)
        check_equal([r["value"] for r in rows("/figures.csv?indicator=retail_sales&unit=42&unit=VN&from=2026-01&to=2026-02")], ["114", "14", "22", "22"], "now, and the total")
        versions = web.get("/figures/revisions.json?indicator=retail_sales&unit=42").json()["versions"]
        check_equal([(v["period"], v["value"], v["state"], v["corrects"], v.get("revision")) for v in versions],
                    [("2026-01", 10, "first_estimate", None, None), ("2026-01", 14, "final", "2026-02-01", 4),
                     ("2026-02", 20, "first_estimate", None, None), ("2026-02", 22, "revised", None, 2), ("2026-02", 21, "passed_over", "2026-03-01", None)], "the versions")
        check(versions[1]["known_from"] == versions[1]["at"] == versions[4]["known_from"] > between, "a correction is known from its entry on:", versions[1], between)
        triangle = rows("/figures/triangle.csv?indicator=retail_sales&unit=42")
        check_equal([[value for value in row.values() if value][1:] for row in triangle], [["10", "10", "10", "14"], ["20", "22", "22"]], "the triangle")
        text = ministry.client(language="vi").get("/figures/revisions?indicator=retail_sales&unit=42", headers={"Accept": "text/html"}).text
        for words in ("Sửa lại số được biết từ", "01/02/2026", "chưa từng có hiệu lực: đã có phiên bản được biết sau", "Cục Thống kê Hà Tĩnh"):
            check_contains(text, words, "the page")
        text = ministry.client(language="vi").get("/figures/triangle?indicator=retail_sales&unit=42", headers={"Accept": "text/html"}).text
        for words in ("(sửa lại)", "<h1>Tam giác điều chỉnh: "):
            check_contains(text, words, "the triangle's page")
        explained = web.get("/figures/explain.json?indicator=retail_sales&unit=42&period=2026-01").json()
        check_equal([(v["value"], v.get("note", "")) for v in explained["versions"]], [(14, "corrects what was recorded as known from 1 February 2026"), (10, "")], "the page of the figure")
        ministry.stop()


if __name__ == "__main__":
    tell(story, "sqlite")
