#!/usr/bin/env python3
"""A boundary recorded as law: a commune is divided by stated shares, the ministry's entry is in force at a province after an exchange,
figures are told on the map of then, of now and of a day, parts are the whole, and the change withdrawn leaves every answer and the
state of the tables byte for byte as they were. Runs on both stores (CAUNOI_TEST_STORE).
Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import csv
import io
from datetime import datetime, timezone

from support import check, check_contains, check_equal, tell

HEAD = "old,new,share,date,act,basis,kind,name_vi,name_en,parent\n"
ACT = "Nghị quyết 15/2026/NQ-HĐND (minh họa)"
BASIS = "dân số ngày 1/4/2024"


def row(old, new, share, name="", kind="phuong", parent="42", basis=BASIS):
    return f"{old},{new},{share},2026-03-01,{ACT},{basis if share != '1' else ''},{kind if name else ''},{name},{name},{parent if name else ''}\n"


SPLIT = HEAD + row("18073", "18073", "0.615385", "Thành Sen") + row("18073", "18074", "0.384615", "Tân Giang")
MERGER = HEAD + row("40", "40", "1", "Nghệ Tĩnh", "tinh", "VN") + row("42", "40", "1")


def story(cases, world):
    ministry, hatinh = world.nodes(ministry="VN", hatinh="42")
    ministry.trust(hatinh)
    hatinh.trust(ministry)

    figures = world.path("figures.csv", "indicator,unit,period,value\n"
                         "retail_sales,18073,2026-01,1000.000001\nmarkets,18073,2025,13\n"
                         "retail_sales,40,2025-02,5.5\nretail_sales,42,2025-02,5\nretail_sales,40,2026-04,8\n"
                         "grdp_growth,42,2025,5.02\ngrdp_growth,40,2025,8\n")
    ministry.run("import", figures, expect=0)

    def rows(node, **filters):
        options = [x for name, value in filters.items() for x in (f"--{name}", value)]
        return list(csv.DictReader(io.StringIO(node.prepare("export", *options).out)))

    def values(node, indicator, **filters):
        return {(r["unit"].split("@")[0], r["period"]): r["value"] for r in rows(node, indicator=indicator, **filters)}

    def everything(node):
        return [node.prepare("export", *(() if b is None else ("--boundary", b))).out for b in (None, "now", "2024-12-31", "2026-02-28", "2026-06-01")]

    def record(text, name, expect=0, *options):
        return ministry.run("units record", world.path(f"{name}.csv", text), *options, expect=expect)

    def sync():
        ministry.serve()
        hatinh.run("sync", ministry.address, "--json", expect=0)
        ministry.stop()

    later = world.path("later.csv", "indicator,unit,period,value\nretail_sales,42,2026-05,9\n")
    ministry.run("import", later, expect=0)
    sync()
    before, state = everything(ministry), ministry.state()
    province_before, province_state = everything(hatinh), hatinh.state()

    with cases.case("shares that are not exactly the whole are refused, with the line; nothing changes"):
        for text, part in ((SPLIT.replace("0.384615", "0.384614"), "chia.csv:2:1: the shares of unit 18073 add up to 0.999999, not to 1"),
                           (SPLIT.replace("0.384615", "0.384616"), "add up to 1.000001, not to 1"),
                           (SPLIT.replace("0.384615", ""), "of all its parts, or of none"),
                           (SPLIT.replace(BASIS, ""), "needs its basis"),
                           (SPLIT.replace(ACT, ""), "needs its legal act"),
                           (HEAD + row("99999", "18074", "1", "X"), "did not exist"),
                           (HEAD + row("42", "42", "0.5", "A", "tinh", "VN") + row("42", "43", "0.5", "B", "tinh", "VN"), "say where")):
            refused = record(text, "chia", 1)
            check_contains(refused.out + refused.err, part, "the complaint")
        for text in (SPLIT, MERGER):  # before the day from which the lists have all communes anew: said in one sentence
            refused = record(text.replace("2026-03-01", "2025-06-01"), "som", 1)
            check_equal(len(refused.out.splitlines()), 1, refused.out)
            check_contains(refused.out, "with a change of 2025-07-01: an act before that day is put into the lists", "the complaint")
        check_equal(ministry.state(), state, "the state")
        check_equal(ministry.run("units recorded", "--json", expect=0).json(), [], "what is recorded")

    with cases.case("a trial says that it would do, and changes nothing"):
        check_contains(record(SPLIT, "chia", 0, "--dry-run").out, "could be recorded", "the answer")
        check_equal(ministry.state(), state, "the state")

    with cases.case("levels are apportioned by the shares: the parts are the whole, and it says estimated, by what and why"):
        record(SPLIT, "chia")
        check_equal(ministry.run("units recorded", "--json", expect=0).json(), ["chia"], "what is recorded")
        now = {r["unit"].split("@")[0]: r for r in rows(ministry, indicator="retail_sales", boundary="now", to="2026-01") if r["unit"].startswith("180")}
        check_equal({u: r["value"] for u, r in now.items()}, {"18073": "615.385001", "18074": "384.615"}, "the parts")
        check_contains(now["18074"]["note"], BASIS, "the note")
        check_equal(values(ministry, "markets", boundary="now"), {("18073", "2025"): "8", ("18074", "2025"): "5"}, "a count")
        check_equal(values(ministry, "retail_sales", boundary="then")[("18073", "2026-01")], "1000.000001", "the map of then")
        check_equal(values(ministry, "retail_sales", boundary="2026-02-28")[("18073", "2026-01")], "1000.000001", "the map of a day")

    with cases.case("the act is on the page of changes, and in force at the province after an exchange"):
        sync()
        ministry.serve()
        text = ministry.client().get("/units/changes.csv?unit=18073").text
        check(ACT in text and BASIS in text and "61.5385" in text, "the page of changes", text)
        ministry.stop()
        check_equal(values(hatinh, "retail_sales", boundary="now")[("18074", "2026-01")], "384.615", "at the province")

    with cases.case("withdrawn: every answer and the state are byte for byte what they were, at both nodes"):
        ministry.run("units withdraw", "chia", expect=0)
        check_equal(everything(ministry), before, "the answers")
        check_equal(ministry.state(), state, "the state")
        sync()
        check_equal(everything(hatinh), province_before, "the answers at the province")
        check_equal(hatinh.state(), province_state, "the state at the province")
        ministry.check_sound()
        hatinh.check_sound()
        check_contains(ministry.run("units withdraw", "chia", expect=1).err, "no change", "a second time")

    with cases.case("a merger is recorded with all that lies below, and withdrawn without a trace"):
        check_contains(record(MERGER, "nghe-tinh", 0, "--dry-run").out, "1 entries then wait", "figures of 42 for a month in which it is no more")
        told = record(MERGER, "nghe-tinh").out
        check_contains(told, "1 entries then wait", "the same")
        check_contains(told, "1 figures of 40 that were written before now count for what it is since", "a code that goes on: its figure of April was that of the province before")
        merged = values(ministry, "retail_sales", boundary="2026-06-01")
        check_equal((merged.get(("40", "2025-02")), merged.get(("40", "2026-04"))), ("10.5", "8"), f"the sum {merged}")
        rate = rows(ministry, indicator="grdp_growth", boundary="2026-06-01")[0]
        check_equal(rate["value"], "", "a rate without weights")
        check_contains(rate["note"], "not comparable: missing the weight (GRDP, 2010 prices) of", "why")
        ministry.serve()
        check_equal(ministry.client().get("/units/18073.json").json()["units"][0]["parent"], "40@2026-03-01", "the commune's province")
        ministry.stop()
        refused = ministry.run("units withdraw", "nghe", expect=1)
        check_contains(refused.err, "no change", "another name")
        ministry.run("units withdraw", "nghe-tinh", expect=0)
        check_equal(everything(ministry), before, "the answers")
        check_equal(ministry.state(), state, "the state")
        ministry.check_sound()

    with cases.case("a part that is divided again: the products of the shares hold, and what was not divided again stays as it was"):
        record(HEAD + row("18073", "18073", "0.333333", "Một") + row("18073", "18074", "0.333333", "Hai") + row("18073", "18075", "0.333334", "Ba"), "ba")
        record((HEAD + row("18074", "18074", "0.5", "Bốn") + row("18074", "18076", "0.5", "Năm")).replace("2026-03-01", "2026-06-01"), "hai")
        thirds = {"18073": "333.333", "18074": "333.333", "18075": "333.334001"}
        check_equal({u: v for (u, p), v in values(ministry, "retail_sales", boundary="2026-04-01", to="2026-01").items() if p == "2026-01"}, thirds, "the first division")
        check_equal({u: v for (u, p), v in values(ministry, "retail_sales", boundary="2026-07-01", to="2026-01").items() if p == "2026-01"},
                    {**thirds, "18074": "166.6665", "18076": "166.6665"}, "the second")
        ministry.run("units withdraw", "hai", expect=0)
        ministry.run("units withdraw", "ba", expect=0)
        check_equal(ministry.state(), state, "the state")

    with cases.case("what another change rests on is not withdrawn"):
        record(SPLIT, "chia")
        record(HEAD.strip() + "\n" + f"18074,18074,1,2026-06-01,{ACT},,phuong,Tân Giang mới,Tan Giang moi,42\n", "doi-ten")
        refused = ministry.run("units withdraw", "chia").err
        check_contains(refused, '"chia" cannot be withdrawn: what was recorded later rests on it (doi-ten)', "why")
        check_contains(refused, "withdraw first: doi-ten", "what to do")
        ministry.run("units withdraw", "doi-ten", expect=0)
        ministry.run("units withdraw", "chia", expect=0)
        check_equal(ministry.state(), state, "the state")

    with cases.case("also where a unit with the same code would be there without it: of that the later act does not speak"):
        later = (HEAD + row("18073", "18073", "0.5", "Thành Sen Bắc") + row("18073", "18075", "0.5", "Thành Sen Nam")).replace("2026-03-01", "2026-06-01")
        for first, text, parent in (("chia", SPLIT, "42"), ("nghe-tinh", MERGER, "40")):
            record(text, first)
            record(later.replace(",42\n", f",{parent}\n"), "chia-nua")
            refused = ministry.run("units withdraw", first, expect=1).err
            check_contains(refused, f'"{first}" cannot be withdrawn: what was recorded later rests on it (chia-nua)', f"why, after {first}")
            ministry.run("units withdraw", "chia-nua", expect=0)
            ministry.run("units withdraw", first, expect=0)
            check_equal(ministry.state(), state, "the state")

    with cases.case("figures of a code that goes on, written before the division was recorded, say so wherever they are shown, and are compared with nothing until reported anew"):
        ministry.run("import", world.path("early.csv", "indicator,unit,period,value\nretail_sales,18073,2026-05,70\nretail_sales,18073,2026-06,71\n"), expect=0)
        asked = ["/figures.json?indicator=retail_sales&unit=18073&from=2026-05&to=2026-06&compare=mom", "/figures.json?indicator=retail_sales&unit=18073&from=2026-05&to=2026-06&compare=mom&boundary=now",
                 "/figures.json?indicator=retail_sales&unit=18073&from=2026-05&to=2026-06&compare=ytd", "/tables.csv?indicator=retail_sales&unit=18073&from=2026-05&to=2026-05",
                 "/sdmx/data/FIGURES/M.18073.retail_sales?format=csv&startPeriod=2026-05", "/figures/explain.json?indicator=retail_sales&unit=18073&period=2026-05"]
        ministry.serve()
        plain = [ministry.client().get(path).text for path in asked]
        ministry.stop()
        check("not comparable" not in "".join(plain), "nothing is said before")
        check_contains(record(SPLIT, "chia").out, "2 figures of 18073 that were written before now count for what it is since that day, marked", "the record")
        ministry.serve()
        web = ministry.client()
        told = [web.get(path) for path in asked]
        known = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        for path, answer in zip(asked, told):
            check_contains(answer.text, "not comparable: written before it was recorded that Thành Sen is another unit from 1 March 2026 on", path)
        for answer in told[:2]:
            check_equal([(r["value"], r.get("base_value"), r.get("change")) for r in answer.json()["rows"]], [(70, None, None), (71, None, None)], "it stays, compared with nothing")
        check_equal([r["value"] for r in told[2].json()["rows"]], [None, None], "no sum from January")
        ministry.stop()

        def totals(count):
            """The province of the ward, in every place: how many figures of the unit before are in its sum."""
            words = f"not comparable: of the figures in it {count} are of a unit as it was before a division"
            ministry.serve()
            web = ministry.client()
            for path in ("/figures.json?indicator=retail_sales&unit=42&from=2026-06&to=2026-06", "/figures.csv?indicator=retail_sales&unit=42&from=2026-06&to=2026-06",
                         "/figures.json?indicator=retail_sales&unit=VN&from=2026-06&to=2026-06", "/figures/explain.json?indicator=retail_sales&unit=42&period=2026-06",
                         "/tables.csv?indicator=retail_sales&unit=42&from=2026-06&to=2026-06", "/sdmx/data/FIGURES/M.42.retail_sales?format=csv&startPeriod=2026-06&endPeriod=2026-06",
                         f"/figures.json?indicator=retail_sales&unit=42&from=2026-06&to=2026-06&known={later_than_all}"):
                text = web.get(path).text
                check((words in text) if count else ("not comparable" not in text), path, count, text[:900])
            page = web.get("/tables?indicator=retail_sales&unit=42&from=2026-06&to=2026-06", headers={"Accept": "text/html"}).text
            check((words in page) == (count > 0), "the page of the table")
            files = web.get("/tables.csv?indicator=retail_sales&unit=18073,18074&from=2026-06&to=2026-06&totals=rows").text
            check(("not comparable: of the figures in the total 1 are of a unit" in files) == (count > 0), "the total of a table", files)
            row = web.get("/figures.json?indicator=retail_sales&unit=42&from=2026-06&to=2026-06&compare=mom").json()["rows"][0]
            ministry.stop()
            return row

        later_than_all = "2036-01-01"
        check_equal(totals(1).get("change"), None, "a total with such a figure is compared with nothing")
        ministry.run("import", world.path("anew.csv", "indicator,unit,period,value\nretail_sales,18073,2026-05,43\nretail_sales,18074,2026-05,27\nretail_sales,18073,2026-06,44\n"), expect=0)
        ministry.serve()
        check_equal([(r["value"], r.get("base_value")) for r in ministry.client().get(asked[0]).json()["rows"]], [(43, None), (44, 43)], "reported anew")
        ministry.stop()
        totals(0)
        ministry.serve()
        for path, answer in zip(asked[:4], told):
            mine = [(r["value"], r.get("change"), r.get("note")) for r in answer.json()["rows"]] if ".json" in path else answer.text.split("\n\n")[0]
            again = ministry.client().get(f"{path}&known={known}")
            check_equal([(r["value"], r.get("change"), r.get("note")) for r in again.json()["rows"]] if ".json" in path else again.text.split("\n\n")[0], mine, f"as known before: {path}")
        ministry.stop()
        ministry.run("units withdraw", "chia", expect=0)
        check("not comparable: written" not in "".join(everything(ministry)), "withdrawn")
        ministry.check_sound()

    with cases.case("the mergers of 2025 are all there: 63 and 34 provinces, 10,035 and 3,321 communes, each old one with its place"):
        ministry.serve()
        client = ministry.client()
        for level, day, count in (("province", "2025-06-30", 63), ("province", "2025-07-01", 34), ("commune", "2025-06-30", 10035),
                                  ("commune", "2025-07-01", 3321), ("district", "2025-06-30", 696)):
            listed = list(csv.reader(io.StringIO(client.get(f"/units.csv?level={level}&on={day}").text)))
            check_equal(len([r for r in listed if r and r[0].startswith(tuple("0123456789"))]), count, f"{level} on {day}")


tell(story)
