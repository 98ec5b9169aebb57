#!/usr/bin/env python3
"""Weights by VSIC 2018, then by VSIC 2025: a class goes on with the one that stood for it, whatever its code; a divided one by its products, and for
what these do not tell by stated shares; where none are stated it begins anew and says so. Each month is shown in the classes of either version.
Runs on both stores (CAUNOI_TEST_STORE). Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import csv
import datetime
import html
from fractions import Fraction
from pathlib import Path
import re
import time

from support import check, check_contains, check_equal, tell

DATA = Path(__file__).resolve().parents[2] / "data"
HEAD = "code,parent,name,measure,weight,base_quantity\nTOTAL,,Whole,,1,\nC,TOTAL,Manufacturing,,1,\n11,C,Beverages,,1,\n31,C,Furniture,,1,\n"
# 1103 beer and malt, 1104 soft drinks, 3100 furniture; in 2025: 1103 beer, 1104 malt, 1105 soft drinks, 3101, 3102 and 3109 of wood, of metal and other.
# "misc" is furniture of any kind, which the new weights do not have any more: no product tells where it went
OLD = HEAD + "1103,11,Beer and malt,,2,\n1104,11,Soft drinks,,1,\n3100,31,Furniture,,1,\n" \
    "beer,1103,Beer,t,3,1200\nmalt,1103,Malt,t,1,1200\nsoda,1104,Soda,t,1,1200\nwood,3100,Wooden,t,1,1200\nmetal,3100,Metal,t,1,1200\nmisc,3100,Any,t,2,1200\n"
NEW = HEAD + "1103,11,Beer,,3,\n1104,11,Malt,,1,\n1105,11,Soft drinks,,1,\n3101,31,Of wood,,1,\n3102,31,Of metal,,1,\n3109,31,Other,,2,\n" \
    "beer,1103,Beer,t,1,1200\nmalt,1104,Malt,t,1,1200\nsoda,1105,Soda,t,1,1200\nwood,3101,Wooden,t,1,1200\nmetal,3102,Metal,t,1,1200\nfoam,3109,Mattresses,t,1,1200\n"
MADE = {"beer": 100, "malt": 90, "soda": 80, "wood": 70, "metal": 60, "misc": 50, "foam": 40}
MONTHS = [f"2025-{m:02d}" for m in range(1, 13)] + ["2026-01", "2026-02"]
SHARES = "from,to,share,source,date\n3100,3101,60,Survey of enterprises 2025,2026-02-10\n3100,3102,30,Survey of enterprises 2025,2026-02-10\n" \
    "3100,3109,10,Survey of enterprises 2025,2026-02-10\n"


def story(cases, world):
    node = world.node("ministry", "VN")

    def bring(kind, text, *more, unit="42", expect=0):
        return node.run("iip import", kind, world.path(f"{kind}.csv", text), "--unit", unit, *more, expect=expect)

    def enter(unit, makers):
        bring("weights", OLD, "--from", "2025-01", "--base", "2024", unit=unit)
        bring("weights", NEW, "--from", "2026-01", "--base", "2024", unit=unit)
        lines = [(p, i) for p in MADE for i in range(1, makers.get(p, 3) + 1)]
        bring("sample", "establishment,name,product,from,to\n" + "".join(f"{p}{unit}{i},{p}{i},{p},2025-01,\n" for p, i in lines), unit=unit)
        bring("output", "month,establishment,product,measure,quantity\n" + "".join(
            f"{month},{p}{unit}{i},{p},t,{MADE[p] + 10 * MONTHS.index(month) * i}\n" for month in MONTHS for p, i in lines), unit=unit)

    def shown(month, *more, unit="42", full=True):
        answer = node.run("iip show", "--unit", unit, "--month", month, *(["--full"] if full else []), *more, "--json", expect=0).json()
        return {row["code"]: row for row in answer["rows"] if not row["code"].startswith("link:")}, " / ".join(answer["notes"])

    def index(p, month):  # of one product, a month of the base is 100
        return sum(MADE[p] + 10 * MONTHS.index(month) * i for i in (1, 2, 3))

    def close(found, exact, what):  # a level is rounded to nine decimals, also where sets of weights are linked; shown are as many or, of comparisons, six
        check(found is not None and abs(Fraction(str(found)) - exact) <= Fraction(1, 10**6), f"{what}: {found} instead of {float(exact)}")

    enter("42", {})

    with cases.case("soft drinks go on under their new code, beer and malt by their products; furniture begins anew as long as nobody states where the rest went"):
        rows, notes = shown("2026-01")
        check_equal({code: rows[code]["yoy"] is not None for code in ("TOTAL", "C", "11", "31", "1105", "1103", "1104", "3101", "3102", "3109")},
                    {"TOTAL": True, "C": True, "11": True, "31": True, "1105": True, "1103": True, "1104": True, "3101": False, "3102": False, "3109": False}, "compared with January 2025")
        for code, p in (("1105", "soda"), ("1103", "beer"), ("1104", "malt")):
            close(rows[code]["yoy"], Fraction(100 * index(p, "2026-01"), index(p, "2025-01")), f"{code} is {p}")
        check(rows["soda"]["yoy"] == rows["1105"]["yoy"], "products go on")
        check_contains(notes, "2 classes were divided or joined since VSIC 2025 and go on restated", "the note of those that go on")
        check_contains(notes, "3 classes were divided, joined or mean something else since VSIC 2025, and no share is stated", "the note of those that do not")
        for code in ("3101", "3102", "3109"):
            check_equal(rows[code]["note"], "begins with the weights of January 2026, 100 = monthly mean of 2024: not compared with what was before, for no share of class 3100 is stated", code)
        check_equal([(rows[code]["restated"], rows[code]["note"]) for code in ("1103", "1104")],
                    [("certain", "before January 2026: restated by its products or whole classes")] * 2, "how beer and malt go on")
        check_equal([(rows[code]["restated"], rows[code]["note"]) for code in ("TOTAL", "C", "1105", "soda")], [("", "")] * 4, "of those that go on as they are nothing is said")

    with cases.case("within one version the same code is the same class"):
        rows, notes = shown("2026-02")
        check(all(rows[code]["mom"] is not None for code in ("1103", "1104", "3101")), "compared with January 2026")
        rows, _ = shown("2025-12")
        check(rows["1104"]["mom"] is not None, "of old")

    with cases.case("without a share the months of old are shown in new classes as far as products tell, and new months in old classes wholly"):
        rows, notes = shown("2025-12", "--vsic", "2025")
        check_contains(notes, "Shown in classes of VSIC 2025; the weights of the month are by VSIC 2018", "which classes")
        close(rows["1104"]["base"], Fraction(index("malt", "2025-12")), "malt in December, before it was a class")
        check_equal([(rows[code]["base"], rows[code]["note"]) for code in ("3101", "3102", "3109")],
                    [(None, "not comparable: class 3100 is divided and no share of it is stated")] * 3, "furniture")
        check_equal((rows["foam"]["base"], rows["foam"]["note"]), (None, "not measured under the weights of the month"), "a product that came later")
        old, _ = shown("2026-01", "--vsic", "2018")
        check(set(old) == set(shown("2025-12")[0]), "the classes of old")
        # weights of 2026 within 31: wood 1, metal 1, foam 2; the whole class of old is what 31 is: (wood + metal + 2 foam) / 4, linked in December to
        # (wood + metal + 2 misc) / 4 of old
        now, was = [Fraction(index("wood", m) + index("metal", m) + 2 * index("foam", m), 4) for m in ("2026-01", "2025-12")]
        before = Fraction(index("wood", "2025-12") + index("metal", "2025-12") + 2 * index("misc", "2025-12"), 4)
        close(old["3100"]["base"], now * before / was, "furniture goes on in its old class")
        check(old["3100"]["base"] == old["31"]["base"] and old["3100"]["points"] == old["31"]["points"], "as the division does, which holds nothing else")
        check_equal(old["3100"]["restated"], "certain", "the sum of whole classes")
        check(old["1104"]["name"] == "Soft drinks" and old["1104"]["yoy"] == shown("2026-01")[0]["1105"]["yoy"], "1104 of old is 1105 now")
        node.run("iip show", "--unit", "42", "--vsic", "2007", expect=2)

    with cases.case("shares are refused by row and column"):
        bad = "from,to,share,source,date\n1010,1011,100,x,2026-01-01\n3100,3120,50,x,2026-01-01\n3100,3101,fifty,x,2026-01-01\n3100,3102,60.5,,2026-01-01\n" \
            "3100,3109,30,x,31/31/2026\n2610,2611,70,x,2026-01-01\n2610,2611,20,x,2026-01-01\n1103,1103,40,x,2026-01-01\n1103,1104,59.9999,x,2026-01-01\n" \
            "3511,3511,100,x,2026-01-01\n3511,,,x,2026-01-01\n1103,,,x,2999-01-01\n"
        answer = bring("shares", bad, "--json", expect=1).json()
        told = [(b["row"], b["column"], b["reason"]) for b in answer["bad"]]
        for row, column, part in ((2, "from", "does not divide class \"1010\""), (3, "to", "none of the classes that 3100 was divided into: 3101, 3102, 3109"),
                                  (4, "share", "fifty"), (5, "source", "it is empty"), (6, "date", "is not a day"), (8, "to", "the same stands in row 7"),
                                  (10, "share", "add up to 99.9999 %, not to 100"), (12, "share", "taken back here and stated in another row"),
                                  (13, "date", "has not begun yet"), (7, "share", "add up to 70.0000 %, not to 100")):
            check(any((r, c) == (row, column) and part in reason for r, c, reason in told), f"row {row}, {column}: {part}: {told}")
        check_equal((answer["imported"], len(told)), (False, 10), "all or none")
        check(shown("2026-01")[0]["3101"]["yoy"] is None, "nothing of it is there")

    bring("shares", SHARES)

    with cases.case("with stated shares furniture goes on, worked by hand"):
        # Within 3100 of old, which is half of the whole, wood weighs 1/4, metal 1/4, misc 2/4 of the class. Wood and metal belong to 3101 and 3102; of misc 60 %
        # go to 3101, 30 % to 3102, 10 % to 3109. So of the class
        #     3101: 1/4 wood + 60 % x 2/4 misc = (25 wood + 30 misc) / 100, a weight of 55 % of the class
        #     3102: 1/4 metal + 30 % x 2/4 misc = (25 metal + 15 misc) / 100, 40 %
        #     3109: 10 % x 2/4 misc = 5 misc / 100, 5 %; together 100 %
        # In January 2025 three makers of wood made 3 x 70 = 210, of metal 180, of misc 150 (the base: 100); in December each 60 more for each of 11 months: 870, 840, 810.
        #     3101 in January 2025: (25 x 210 + 30 x 150) / 55 = 9750 / 55 = 177.272727…; in December (25 x 870 + 30 x 810) / 55 = 46050 / 55 = 837.272727…
        # In January 2026 it is wood alone: 930, over the link in December 930 / 870 x 837.272727… = 895.015673…; a year before = 100: 504.880637…
        rows, notes = shown("2026-01")
        close(rows["3101"]["base"], Fraction(930, 870) * Fraction(46050, 55), "3101 over the link")
        close(rows["3101"]["yoy"], 100 * Fraction(930, 870) * Fraction(46050, 9750), "against January 2025")
        check_equal(round(rows["3101"]["yoy"], 3), 504.881, "as written above")
        close(rows["3102"]["yoy"], 100 * Fraction(900, 840) * Fraction(25 * 840 + 15 * 810, 25 * 180 + 15 * 150), "3102: (25 x 840 + 15 x 810) of December, x 900 / 840, over (25 x 180 + 15 x 150)")
        close(rows["3109"]["yoy"], 100 * Fraction(840, 780) * Fraction(810, 150), "3109 is mattresses now, and was misc")
        check_equal(rows["3101"]["restated"], "shares", "the mark")
        check_equal(rows["3101"]["note"], "before January 2026: restated by shares, 60 % of 3100: Survey of enterprises 2025 (10 February 2026)", "with its source and day")
        check(all(rows[code]["points"] is not None for code in ("31", "3101", "3102", "3109")), "and contributes")
        check(round(sum(Fraction(str(rows[code]["points"])) for code in ("3101", "3102", "3109")) - Fraction(str(rows["31"]["points"])), 6) == 0, "points of the parts are those of the division")
        check("begin with these weights" not in notes and "5 classes" in notes, notes)

    with cases.case("the months of old are shown in new classes: parts are the whole, and back is where it was"):
        rows, _ = shown("2025-12", "--vsic", "2025", "--compare", "mom")
        own, _ = shown("2025-12", "--compare", "mom")
        close(rows["3101"]["base"], Fraction(46050, 55), "as above")
        close(rows["3101"]["mom"], 100 * Fraction(46050, 25 * 810 + 30 * 750), "against November")
        check_equal(sum(Fraction(str(rows[code]["weight"])) for code in ("3101", "3102", "3109")), Fraction(str(own["3100"]["weight"])), "weights")
        check_equal([rows[code]["weight"] for code in ("3101", "3102", "3109")], [27.5, 20.0, 2.5], "55, 40 and 5 % of a half")
        check_equal(sum(Fraction(str(rows[code]["points"])) for code in ("3101", "3102", "3109")), Fraction(str(own["3100"]["points"])), "points")
        check_equal(shown("2025-12", "--vsic", "2018", "--compare", "mom")[0], own, "in its own classes")
        check_equal(rows["TOTAL"], own["TOTAL"], "the whole is the whole")

    with cases.case("what is restated from a hidden cell is hidden, with what is linked to it"):
        enter("25", {"misc": 2})
        bring("shares", SHARES, unit="25")
        full, _ = shown("2026-01", unit="25")
        check(full["3101"]["yoy"] is not None and full["3101"]["restated"] == "shares", "officials see it")
        rows, _ = shown("2025-12", unit="25", full=False)
        check(rows["misc"]["state"] == "few", "of two makers")
        rows, _ = shown("2026-01", unit="25", full=False)
        check(all(rows[code][what] is None for code in ("3101", "3102", "3109") for what in ("base", "mom", "yoy", "points")), "over the link")
        rows, _ = shown("2026-02", unit="25", full=False)
        check((rows["3109"]["state"], rows["3109"]["base"]) == ("shown", None) and rows["3109"]["mom"] is not None, "months of the new weights are compared, the level over the link is not told")
        rows, _ = shown("2025-12", "--vsic", "2025", unit="25", full=False)
        check(all(rows[code]["base"] is None and rows[code]["weight"] is None for code in ("3101", "3102", "3109")), "in new classes")

    with cases.case("shares of another unit or series are not taken"):
        node.run("iip import", "shares", world.path("other.csv", SHARES.replace(",60,", ",50,").replace(",30,", ",40,")), "--unit", "42", "--series", "labour", expect=0)
        close(shown("2026-01")[0]["3101"]["base"], Fraction(930, 870) * Fraction(46050, 55), "production")

    with cases.case("what was stated later counts, and what is taken back does not"):
        def files(*known):
            return [node.run("iip show", "--unit", "42", "--month", month, "--full", *more, *known, expect=0).out for month, *more in (("2026-01",), ("2025-12", "--vsic", "2025"))]

        def now():  # between two entries
            time.sleep(0.003)
            return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")

        told = [(now(), files())]
        bring("shares", SHARES.replace(",60,", ",50,").replace(",30,", ",40,"))
        told.append((now(), files()))
        close(shown("2025-12", "--vsic", "2025")[0]["3101"]["base"], Fraction(25 * 870 + 25 * 810, 50), "half of misc: (25 wood + 25 misc) / 50")
        bring("shares", "from,to,share,source,date\n3100,,,Withdrawn by the office,2026-03-01\n")
        rows, _ = shown("2026-01")
        check(rows["3101"]["yoy"] is None and rows["3101"]["restated"] == "" and rows["1103"]["yoy"] is not None, "as before any was stated")
        check(len({text for _, files_ in told for text in files_} | set(files())) == 6, "each statement changes the files")
        for known, text in told:
            check_equal(files("--known", known), text, f"as known {known}")

    with cases.case("the pages take shares, say each row at fault, show the classes of either version and why, with the entry of the shares"):
        node.add_user("an", "specialist", unit="42")
        node.serve()
        person = node.signed_in("an")

        def send(text, expect):
            parts = "".join(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in (("kind", "shares"), ("unit", "42")))
            parts += f'--b\r\nContent-Disposition: form-data; name="file"; filename="shares.csv"\r\n\r\n{text}\r\n--b--\r\n'
            return person.ask("POST", "/iip/import", parts.encode(), {"Content-Type": "multipart/form-data; boundary=b", "X-CSRF-Token": person.csrf, "Accept": "text/html"}, expect).text

        person.cookies["lang"] = "vi"
        check_contains(send(SHARES.replace(",60,", ",61,"), 422), "các tỷ lệ của 3100 cộng lại bằng 101,0000 %, không bằng 100", "refused")
        send(SHARES, 200)
        page = person.get("/iip?unit=42&month=2025-12&vsic=2025&full=1", headers={"Accept": "text/html"}).text
        check('<option value="2025" selected>VSIC 2025</option>' in page and "tính lại theo tỷ lệ, 60 % của 3100: Survey of enterprises 2025 (10/02/2026)" in page, "the month of old in new classes")
        check_contains(page, "/iip/why?unit=42&amp;series=production&amp;month=2025-12&amp;compare=yoy&amp;vsic=2025&amp;node=3101", "its way to why")
        page = person.get("/iip/why?unit=42&month=2025-12&vsic=2025&node=3101", headers={"Accept": "text/html"}).text
        check("60 % của 3100" in page and "tỷ lệ của các ngành bị tách: " in page and "wood Wooden" in page, "why")
        notes = person.get("/iip/why.json?unit=42&month=2026-01&node=3101").json()["notes"]
        check(any("60 % của 3100: Survey of enterprises 2025" in note for note in notes), notes)
        followed = set()
        for version in (2018, 2025):
            for row in person.get(f"/iip.json?unit=42&month=2026-02&vsic={version}&full=1").json()["rows"]:
                if row["base"] is None:
                    continue
                page = person.get(f"/iip/why?unit=42&month=2026-02&vsic={version}&node={row['code']}", headers={"Accept": "text/html"}).text
                waiting = [html.unescape(link) for link in re.findall(r'href="(/iip/why[^"]*link=1[^"]*)"', page)]
                while waiting:  # a link opens, and so do the months and parts it is computed from
                    link = waiting.pop()
                    if link not in followed:
                        followed.add(link)
                        page = person.get(link, headers={"Accept": "text/html"}).text
                        table = page[page.find("</section>", page.find('id="entries"')):]
                        if "link=1" in link:
                            waiting += [html.unescape(l) for l in re.findall(r'href="(/iip/why[^"]*)"', table)]
        check(len(followed) > 40 and any("vsic=2018" in link for link in followed) and any("vsic=2025" in link for link in followed), f"{len(followed)} links", followed)
        person.get("/iip?unit=42&vsic=2007", expect=422)
        person.get("/iip/why?unit=42&month=2025-12&vsic=2025&node=foam", expect=404)  # not measured then
        about = "unit=42&month=2025-12&vsic=2025&node=3109"
        page = person.get(f"/iip/why?{about}", headers={"Accept": "text/html"}).text
        check("foam" in page and "node=foam" not in page, "no way to why of what was not measured")
        check_equal([row["weight"] for row in person.get(f"/iip/why.json?{about}").json()["rows"]], [None], "nor a weight")
        node.stop()

    with cases.case("the shipped correspondence divides and renames, and joins none"):
        with open(DATA / "correspondence" / "vsic-2018-2025.csv", encoding="utf-8") as f:
            pairs = list(csv.DictReader(line for line in f if not line.startswith("#")))
        came_from, became = {}, {}
        for pair in pairs:
            came_from.setdefault(pair["to"], []).append(pair["from"])
            became.setdefault(pair["from"], []).append(pair["to"])
        check_equal({to: old for to, old in came_from.items() if len(old) > 1}, {}, "classes into which several went")
        check_equal({old for old, new in became.items() if len(new) > 1}, {"1103", "2610", "3100", "3511"}, "classes that were divided")
        check_equal([p for p in pairs if (p["share"] == "") != (len(became[p["from"]]) > 1)], [], "no share is claimed of a divided class")


if __name__ == "__main__":
    tell(story, "sqlite")
