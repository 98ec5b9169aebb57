#!/usr/bin/env python3
"""The index of industrial production of a province: files in, entries to the ministry, results computed again by exact fractions
beside the program, what is confidential, who may see it. Runs on both stores (CAUNOI_TEST_STORE)."""

import csv
import io
import random
import re
from fractions import Fraction
from urllib.parse import quote

from support import check, check_contains, check_equal, tell, wait_until

WEIGHTS = [  # code, parent, name, measure, weight
    ("TOTAL", "", "Toàn ngành công nghiệp", "", 100),
    ("B", "TOTAL", "Khai khoáng", "", 15), ("C", "TOTAL", "Chế biến, chế tạo", "", 70), ("D", "TOTAL", "Điện", "", 15),
    ("07", "B", "Khai thác quặng kim loại", "", 1), ("10", "C", "Chế biến thực phẩm", "", 40),
    ("24", "C", "Sản xuất kim loại", "", 60), ("35", "D", "Sản xuất điện", "", 1),
    ("quang", "07", "Quặng sắt", "nghìn tấn", 1), ("thuy_san", "10", "Thủy sản chế biến", "tấn", 25),
    ("gao", "10", "Gạo xay xát", "tấn", 75), ("thep", "24", "Thép", "nghìn tấn", 70), ("phoi", "24", "Phôi thép", "nghìn tấn", 30),
    ("dien", "35", "Điện sản xuất", "triệu kWh", 1),
]
NEXT_WEIGHTS = {"B": 5, "C": 75, "D": 20, "24": 80, "10": 20}  # from 2021-01
MAKERS = {"quang": 4, "thuy_san": 6, "gao": 5, "thep": 2, "phoi": 4, "dien": 5}
MEASURE = {code: measure for code, _, _, measure, _ in WEIGHTS if measure}
MONTHS = [f"{year}-{month:02d}" for year in range(2018, 2022) for month in range(1, 13)][:42]  # to 2021-06
EXACT = Fraction(1, 10**8)


def table(head, rows):
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()


class Industry:
    """What the establishments made, and what follows from it."""

    def __init__(self, seed):
        chance = random.Random(seed)
        self.makers = [(f"{product}-{n}", product) for product, count in MAKERS.items() for n in range(count)]
        self.made = {(maker, month): chance.randrange(20_000, 90_000) for maker, _ in self.makers for month in MONTHS}

    def output(self, product, month):
        return sum(self.made[maker, month] for maker, p in self.makers if p == product)

    def relative(self, product, month, year):
        base = sum(self.output(product, m) for m in MONTHS if m.startswith(year))
        return Fraction(self.output(product, month) * 1200, base)

    def index(self, code, month, year, weights):
        if code in MEASURE:
            return self.relative(code, month, year)
        parts = [(Fraction(weights.get(c, w)), self.index(c, month, year, weights)) for c, parent, _, _, w in WEIGHTS if parent == code]
        return sum(w * i for w, i in parts) / sum(w for w, _ in parts)

    def level(self, code, month):
        """Weights of 2018 up to 2020, others from 2021 on, linked over the year 2020."""
        if month < "2021":
            return self.index(code, month, "2018", {})
        year = [m for m in MONTHS if m.startswith("2020")]
        link = sum(self.index(code, m, "2018", {}) for m in year) / sum(self.index(code, m, "2020", NEXT_WEIGHTS) for m in year)
        return self.index(code, month, "2020", NEXT_WEIGHTS) * link

    def compared(self, code, month, how):
        at = MONTHS.index(month)
        if how == "mom":
            return self.level(code, month) / self.level(code, MONTHS[at - 1]) * 100
        first = at if how == "yoy" else at - (at % 12)
        return (sum(self.level(code, m) for m in MONTHS[first:at + 1]) /
                sum(self.level(code, m) for m in MONTHS[first - 12:at - 11]) * 100)


def story(cases, world):
    ministry = world.node("ministry", "VN")
    province = world.node("ha-tinh", "42")
    other = world.node("nghe-an", "40")
    for node in (province, other):
        ministry.trust(node)
        node.trust(ministry)
    industry = Industry(7)
    folder = world.folder / "files"
    folder.mkdir()

    def file(name, text):
        (folder / name).write_text(text, encoding="utf-8")
        return folder / name

    def weights_file(name, changed):
        return file(name, table(["code", "parent", "name", "measure", "weight"],
                                [(c, p, n, m, changed.get(c, w)) for c, p, n, m, w in WEIGHTS]))

    def output_file(name, months, left_out=()):
        return file(name, table(["month", "establishment", "product", "measure", "quantity"],
                                [(m, maker, p, MEASURE[p], f"{industry.made[maker, m] / 1000:.3f}")
                                 for m in months for maker, p in industry.makers if (maker, m) not in left_out]))

    def shown(node, *arguments, month, **more):
        answer = node.run("iip show", "--json", "--month", month, *arguments, expect=0, **more).json()
        return {row["code"]: row for row in answer["rows"] if not row["code"].startswith("link:")}, answer["notes"]

    sample = file("sample.csv", table(["establishment", "name", "product", "from", "to"],
                                      [(maker, f"Công ty {maker}", product, "2018-01", "") for maker, product in industry.makers]))

    with cases.case("before there are weights the index says what is missing"):
        answer = province.run("iip show", expect=1)
        check_contains(answer.err, "no weights were entered", "the message")

    with cases.case("files with bad rows are refused whole, each row with its reason"):
        table_of = {
            "weights": ("code,parent,name,measure,weight\nTOTAL,,Whole,,1\nC,X,Industry,,-1\nC,TOTAL,Industry,,1\nC,TOTAL,Twice,,2\nD,,Second,,1\n",
                        [(3, "weight", "below zero"), (3, "parent", "does not stand in a row above"),
                         (4, "code", "row 3"), (5, "code", "row 3"), (6, "parent", "only the first row")]),
            "sample": ("establishment,name,product,from,to\nA,One,p,2018-13,\n,Two,p,2018-01,\nB,B,p,2018-05,2018-01\nC,C,p,2018-01,\nC,C,p,2019-01,\n",
                       [(2, "from", "not a month"), (3, "establishment", "empty"), (4, "to", "end before they begin"), (6, "from", "overlap with those of row 5")]),
            "output": ("month,establishment,product,measure,quantity\n2018-01,A,p,t,-1\n2018-01,A,p,t,1.2345\n2018-01,A,p,t,x\n2999-01,A,p,t,1\n"
                       "2018-02,A,p,t,1\n2018-02,A,p,t,1\n2018-02,B,p,t,99999999999999\n",
                       [(2, "quantity", "below zero"), (3, "quantity", ""), (4, "quantity", ""), (5, "month", "has not begun"),
                        (7, "", "stands in row 6"), (8, "quantity", "larger than can be added up")]),
        }
        for kind, (text, problems) in table_of.items():
            more = ["--from", "2018-01", "--base", "2018"] if kind == "weights" else []
            answer = province.run("iip import", kind, file(f"bad-{kind}.csv", text), "--json", *more, expect=1).json()
            found = [(bad["row"], bad["column"]) for bad in answer["bad"]]
            check_equal(sorted(found), sorted((row, column) for row, column, _ in problems), f"the bad rows of {kind}")
            for row, column, reason in problems:
                check(any(bad["row"] == row and bad["column"] == column and reason in bad["reason"] for bad in answer["bad"]),
                      f"{kind} row {row}, {column}: {reason!r} in {answer['bad']}")
        check_contains(province.run("iip import", "weights", weights_file("w.csv", {}), expect=2).err, "first month", "weights without terms")
        check_equal(province.run("iip show", expect=1).status, 1, "and nothing was written")

    with cases.case("weights, sample and output of three years come in"):
        province.run("iip import", "weights", weights_file("weights.csv", {}), "--from", "2018-01", "--base", "2018", expect=0)
        province.run("iip import", "sample", sample, expect=0)
        dry = province.run("iip import", "output", output_file("output.csv", MONTHS[:36]), "--dry-run", expect=0)
        check_contains(dry.out, "nothing was written", "a dry run")
        check_contains(province.run("iip show", expect=1).err, "no output", "after a dry run")
        province.run("iip import", "output", output_file("output.csv", MONTHS[:36]), expect=0)

    def compare_all(node, month, *arguments):
        rows, _ = shown(node, "--full", *arguments, month=month)
        for code, row in rows.items():
            off = abs(Fraction(str(row["base"])) - industry.level(code, month))
            check(off < EXACT, f"{code} {month}: {row['base']} beside {float(industry.level(code, month)):.12f}")
            for how in ("mom", "yoy", "ytd"):
                if how != "mom" and month < "2019":
                    check_equal(row[how], None, f"{how} of {code} in the first year")
                    continue
                off = abs(Fraction(str(row[how])) - industry.compared(code, month, how))
                check(off < Fraction(1, 10**6), f"{how} of {code} {month}: {row[how]}")
        return rows

    with cases.case("levels and comparisons are those of exact fractions"):
        for month in ("2018-07", "2019-03", "2020-12"):
            compare_all(province, month)

    with cases.case("contributions add up at every level, to the last digit"):
        for how in ("mom", "yoy", "ytd"):
            rows, _ = shown(province, "--full", "--compare", how, month="2020-05")
            points = {code: Fraction(str(row["points"])) for code, row in rows.items()}
            check_equal(points["TOTAL"], Fraction(str(rows["TOTAL"][how])) - 100, f"points of the whole, {how}")
            for code in points:
                parts = [points[c] for c, parent, *_ in WEIGHTS if parent == code]
                check(not parts or sum(parts) == points[code], f"{code}, {how}: {parts} beside {points[code]}")

    with cases.case("another unit of measure than that of the weights is refused"):
        bad = file("tonnes.csv", "month,establishment,product,measure,quantity\n2020-12,thep-0,thep,tấn,55000\n")
        answer = province.run("iip import", "output", bad, "--json", expect=1).json()
        check_contains(answer["bad"][0]["reason"], "nghìn tấn", "the reason")

    with cases.case("two makers are too few; a second product is hidden so that the first cannot be subtracted"):
        rows, notes = shown(province, month="2020-12")
        check_equal((rows["thep"]["state"], rows["phoi"]["state"]), ("few", "secondary"), "states")
        for code in ("thep", "phoi"):
            for name in ("weight", "base", "mom", "yoy", "ytd", "points"):
                check_equal(rows[code][name], None, f"{name} of {code}")
        check_equal({row["state"] for code, row in rows.items() if code not in ("thep", "phoi")}, {"shown"}, "the others")
        check(any("2 cells are confidential" in note for note in notes), f"notes: {notes}")

    with cases.case("an index of inventory is made alike, of quantities of its own, and has no year to date"):
        stocks = Industry(11)
        province.run("iip import", "weights", weights_file("weights.csv", {}), "--series", "inventory", "--from", "2018-01", "--base", "2018", expect=0)
        province.run("iip import", "sample", sample, "--series", "inventory", expect=0)
        check_contains(province.run("iip show", "--series", "inventory", expect=1).err, "no output", "before there are stocks")
        mine, industry.made = industry.made, stocks.made
        province.run("iip import", "output", output_file("stocks.csv", MONTHS[:24]), "--series", "inventory", expect=0)
        industry.made = mine
        rows, _ = shown(province, "--series", "inventory", "--full", month="2019-12")
        check(abs(Fraction(str(rows["C"]["yoy"])) - stocks.compared("C", "2019-12", "yoy")) < Fraction(1, 10**6), f"{rows['C']}")
        check_equal(rows["TOTAL"]["ytd"], None, "the year to date of stocks")
        why = "No number year to date, against the same months of last year: stocks and workers are counted on one day of the month and have none"
        of_december = province.run("iip show", "--series", "inventory", "--month", "2019-12", "--json", expect=0).json()["notes"]
        check(why in of_december, "why", of_december)
        first = province.run("iip show", "--series", "inventory", "--month", "2018-01", "--json", expect=0).json()["notes"]
        check("No number against the month before; against the same month of last year: nothing is known of the months before January 2018" in first, "the first month", first)
        compare_all(province, "2019-12")
        check_contains(province.run("iip show", "--series", "wages", expect=2).err, "none of production", "an unknown series")

    with cases.case("other weights from 2021 on are linked over the year before"):
        province.run("iip import", "output", output_file("output-2021.csv", MONTHS[36:]), expect=0)
        province.run("iip import", "weights", weights_file("weights-2021.csv", NEXT_WEIGHTS), "--from", "2021-01", "--base", "2020", "--overlap",
                     "2020", expect=0)
        for month in ("2020-12", "2021-01", "2021-06"):
            compare_all(province, month)
        rows, _ = shown(province, "--full", "--compare", "mom", month="2021-06")
        check_equal(Fraction(str(rows["TOTAL"]["points"])), Fraction(str(rows["TOTAL"]["mom"])) - 100, "points under the new weights")

    with cases.case("a missing report is completed by the movement of the others, and said"):
        quiet = ("dien-3", "2021-07")
        industry.made.update({(maker, "2021-07"): 2 * industry.made[maker, "2021-06"] for maker, _ in industry.makers})
        province.run("iip import", "output", output_file("july.csv", ["2021-07"], left_out=[quiet]), expect=0)
        rows, notes = shown(province, month="2021-07")
        check_equal(rows["dien"]["mom"], 200, "all others doubled")
        check(any("1 missing reports were completed" in note for note in notes), f"notes: {notes}")
        check_contains(rows["dien"]["note"], "completed for missing reports", "the row's note")

    with cases.case("a correction replaces what was reported"):
        late = file("late.csv", "month,establishment,product,measure,quantity\n2021-07,dien-3,dien,triệu kWh,0\n")
        province.run("iip import", "output", late, expect=0)
        rows, notes = shown(province, month="2021-07")
        check(rows["dien"]["mom"] < 200 and rows["dien"]["note"] == "", f"{rows['dien']}")
        province.run("iip import", "output", output_file("july.csv", ["2021-07"]), expect=0)
        rows, _ = shown(province, month="2021-07")
        check_equal(rows["dien"]["mom"], 200, "the newest entry stands")

    with cases.case("what must be hidden in one month is hidden in all, for comparisons lead from one to another"):
        other.run("iip import", "weights", file("few.csv", table(["code", "parent", "name", "measure", "weight"], [
            ("TOTAL", "", "Whole", "", 1), ("C", "TOTAL", "Manufacturing", "", 1), *[(p, "C", p, "t", 1) for p in "abc"]])),
            "--from", "2018-01", "--base", "2019", expect=0)
        makers = [(f"{p}{n}", p, "2018-07" if (p, n) == ("a", 2) else "2018-01") for p, count in (("a", 3), ("b", 5), ("c", 7)) for n in range(count)]
        other.run("iip import", "sample", file("few-sample.csv", table(["establishment", "name", "product", "from"], [
            (maker, maker, p, since) for maker, p, since in makers])), expect=0)
        other.run("iip import", "output", file("few-output.csv", table(["month", "establishment", "product", "measure", "quantity"], [
            (m, maker, p, "t", 100) for m in MONTHS[:36] for maker, p, since in makers if m >= since])), expect=0)
        for month in ("2018-03", "2018-12", "2020-12"):
            rows, _ = shown(other, month=month)
            check_equal([rows[p]["state"] for p in "abc"], ["few", "secondary", "shown"], month)
            check_equal(rows["b"]["base"], None, f"b in {month}")

    province.add_user("ht.specialist", "specialist")
    province.add_user("ht.commune", "commune")
    province.add_user("ht.ward", "commune", "18073")
    province.add_user("ht.maker", "enterprise")
    province.add_user("ht.adviser", "consultant")
    ministry.add_user("moit", "director", "VN")
    ministry.add_user("na", "specialist", "40")
    ministry.serve()
    province.serve(upstream=ministry.address)
    person = province.signed_in("ht.specialist")

    with cases.case("the ministry computes the same from what the province sent"):
        wait_until(lambda: ministry.run("iip show", "--unit", "42", "--json").status == 0 and
                   shown(ministry, "--unit", "42", "--full", month="2021-07") == shown(province, "--full", month="2021-07"), 60, "the entries arrive")
        check_equal(ministry.state("42"), province.state("42"), "state of the province")

    with cases.case("the page shows the whole, and why it moved down to establishments"):
        page = person.get("/iip?month=2021-06", headers={"Accept": "text/html"}).text
        check_contains(page, "Toàn ngành công nghiệp", "the table")
        check_contains(page, "confidential", "the marks")
        check_equal(re.findall(r'/iip/why\?unit=42&amp;series=production&amp;month=2021-06&amp;compare=(\w+)&amp;node=TOTAL"><b>', page), ["mom", "yoy", "ytd", "yoy"],
                    "each comparison of the whole leads to why it is so")
        check_equal(re.findall(r'<option value="(\w+)"', page.split('id="unit"')[1].split("</select>")[0]), ["42"], "the places with an index")
        stocks = person.get("/iip/why.json?series=inventory&month=2019-12&compare=ytd").json()["notes"]
        check(any("stocks and workers are counted on one day" in note for note in stocks), "why there is no year to date of stocks", stocks)
        inside = person.get("/iip/why.json?month=2021-06&compare=mom&node=dien").json()
        check_equal(len(inside["rows"]), MAKERS["dien"], "makers")
        points = [Fraction(str(row["points"])) for row in inside["rows"]]
        check_equal(sum(points), Fraction(str(shown(province, "--full", "--compare", "mom", month="2021-06")[0]["dien"]["points"])),
                    "the points of the makers")
        check_equal({Fraction(str(row["quantity"])) for row in inside["rows"]},
                    {Fraction(industry.made[maker, "2021-06"], 1000) for maker, p in industry.makers if p == "dien"}, "what they made")
        lines = list(csv.reader(io.StringIO(person.get("/iip/why.csv?month=2021-06&node=C").text)))
        check_equal([line[0] for line in lines], ["code", "10", "24"], "an industry's parts")
        check_contains(person.get("/iip/why?month=2021-06&node=TOTAL", headers={"Accept": "text/html"}).text, "node=C", "the way down")
        check_contains(person.get("/iip/why?month=2021-06&node=thep", headers={"Accept": "text/html"}).text, "Công ty thep-1", "establishments")
        text = person.get("/iip.csv?month=2021-06").text
        check_equal(sum(not line[0].startswith("link:") for line in csv.reader(io.StringIO(text))), len(WEIGHTS) + 1, "rows of the CSV file")
        answer = person.get("/iip.json?month=2021-06").json()
        check_equal(sum(not row["code"].startswith("link:") for row in answer["rows"]), len(WEIGHTS), "rows of the JSON answer")
        check_equal(answer["count"], len(answer["rows"]), "its count")
        beside = "published beside the country's index is to be taken from the ministry's node"
        check(any(beside in note for note in person.get("/iip.json?month=2021-06").json()["notes"]), "a province's node says that it does not know what the others hide")
        check(not any(beside in note for note in ministry.signed_in("moit").get("/iip.json?unit=42&month=2021-06").json()["notes"]), "the ministry's does")
        check_equal(person.get("/iip?month=1999-01", expect=404).status, 404, "a month without output")
        check_equal(person.get("/iip?compare=x", expect=422).status, 422, "an unknown comparison")
        for path in ("/iip.csv", "/iip/why.json?node=dien"):
            check_contains(person.get(f"{path}{'&' if '?' in path else '?'}known=2021-01-31", expect=404).text, "as known on 31 January 2021", "a day of which nothing is known")

    with cases.case("other provinces and the public see nothing of it; only who may import imports"):
        stranger = ministry.signed_in("na")
        check_equal(stranger.get("/iip?unit=42", expect=403).status, 403, "another province")
        check_equal(stranger.get("/iip/why?unit=42&node=dien", expect=403).status, 403, "another province asks why")
        check_equal(province.client().get("/iip.json", expect=401).status, 401, "the public")
        upload = ("--b\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\noutput\r\n--b\r\nContent-Disposition: form-data; name=\"dry_run\"\r\n\r\n"
                  "1\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.csv\"\r\n\r\nmonth,establishment,product,measure,quantity\n"
                  "2021-07,dien-3,dien,{}\r\n--b--\r\n")
        for line, status in (("triệu kWh,1", 200), ("kWh,1", 422)):
            answer = person.ask("POST", "/iip/import.json", upload.format(line).encode(),
                                {"Content-Type": "multipart/form-data; boundary=b", "X-CSRF-Token": person.csrf}, status).json()
            check_equal((answer["rows"], answer["imported"], answer["bad_count"]), (1, False, int(status == 422)), line)
        check_equal(province.signed_in("ht.commune").get("/iip/import", expect=403).status, 403, "who may not import")
        check_equal(other.run("iip import", "sample", sample, "--unit", "42", expect=1).status, 1, "a node of another province")
        check_equal(other.run("iip show", "--unit", "42", expect=1).status, 1, "a node of another province")
        check_equal(sum(not row["code"].startswith("link:") for row in ministry.signed_in("moit").get("/iip.json?unit=42&month=2021-06").json()["rows"]), len(WEIGHTS), "the ministry")

    with cases.case("no address tells an establishment's name or quantity to the public, a commune, an enterprise, a consultant or another province"):
        makers = person.get("/iip/why.json?month=2021-06&compare=mom&node=thep").json()["rows"]
        entry = next(row["entry"] for row in makers if row["entry"])
        lists = [path for path, methods in province.client().get("/openapi.json").json()["paths"].items() if "get" in methods and "{" not in path]
        asked = {f"{path.split('.')[0]}{suffix}" for path in lists for suffix in ("", ".json")} - {"/sign-in", "/health"}
        asked |= {f"/iip{what}.{suffix}?unit=42&month=2021-06&node=thep&compare=mom&full=1" for what in ("", "/why", "/form") for suffix in ("json", "csv", "xlsx")}
        asked |= {f"/figures/entry/{entry}{suffix}" for suffix in ("", ".json", "/file")} | {f"/search.json?q={quote(name)}" for name in ("thep-1", "Công ty thep-1")}
        asked |= {f"/{what}?indicator=iip.output/production&unit=42&from=2021-06&to=2021-06" for what in ("figures.json", "figures/explain.json", "tables.json", "figures/revisions.json")}
        asked |= {"/sdmx/dataflow", "/sdmx/data/iip_yoy", "/sdmx/data/iip.output"}
        told = [text for row in makers for text in (row["name"], f'"{row["establishment"]}"', f'{row["quantity"]}') if len(text) > 4]

        def leaks(who, addresses):
            return [(address, text) for address in sorted(addresses) for text in told if text.encode() in who.get(address, expect=None).body]

        check(any(address.startswith("/iip/why.json") for address, _ in leaks(person, {a for a in asked if a.startswith("/iip")})), "an official of the province sees them", told)
        for who in (province.client(), province.signed_in("ht.ward"), province.signed_in("ht.maker"), province.signed_in("ht.adviser"), stranger):
            check_equal(leaks(who, asked), [], f"what {who} is told")

    with cases.case("the country has an index of its own, from the reports of its provinces"):
        ministry.stop()
        ministry.run("iip import", "weights", weights_file("national.csv", {}), "--from", "2018-01", "--base", "2018", expect=0)
        rows, _ = shown(ministry, "--full", month="2020-12")
        check(abs(Fraction(str(rows["TOTAL"]["base"])) - industry.index("TOTAL", "2020-12", "2018", {})) < EXACT, f"{rows['TOTAL']}")
        ministry.serve()
        page = ministry.signed_in("moit").get("/iip/why?month=2020-12&node=thep", headers={"Accept": "text/html"}).text
        for entry in set(re.findall(r"/figures/entry/[0-9a-f]{64}", page)):  # its weights and the reports behind it
            for who, status in ((ministry.signed_in("na"), 403), (ministry.signed_in("moit"), 200)):
                check_equal(who.get(f"{entry}/file", expect=None).status, status, "what a single maker's output could be told from")
    province.stop()
    ministry.stop()


if __name__ == "__main__":
    tell(story)
