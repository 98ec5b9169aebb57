#!/usr/bin/env python3
"""Weights by VSIC 2018, then by VSIC 2025: a class goes on with the one that stood for it, whatever its code; one that means something else
or was divided begins anew and is said; products and the whole go on. Runs on both stores (CAUNOI_TEST_STORE).
Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import csv
from pathlib import Path

from support import check, check_contains, check_equal, tell

DATA = Path(__file__).resolve().parents[2] / "data"
HEAD = "code,parent,name,measure,weight,base_quantity\nTOTAL,,Whole,,1,\nC,TOTAL,Manufacturing,,1,\n11,C,Beverages,,1,\n31,C,Furniture,,1,\n"
# 1103 beer and malt, 1104 soft drinks, 3100 furniture; in 2025: 1103 beer, 1104 malt, 1105 soft drinks, 3101 and 3102 of wood and of metal
OLD = HEAD + "1103,11,Beer and malt,,2,\n1104,11,Soft drinks,,1,\n3100,31,Furniture,,1,\n" \
    "beer,1103,Beer,t,3,1200\nmalt,1103,Malt,t,1,1200\nsoda,1104,Soda,t,1,1200\nwood,3100,Wooden,t,1,1200\nmetal,3100,Metal,t,1,1200\n"
NEW = HEAD + "1103,11,Beer,,3,\n1104,11,Malt,,1,\n1105,11,Soft drinks,,1,\n3101,31,Of wood,,1,\n3102,31,Of metal,,1,\n" \
    "beer,1103,Beer,t,1,1200\nmalt,1104,Malt,t,1,1200\nsoda,1105,Soda,t,1,1200\nwood,3101,Wooden,t,1,1200\nmetal,3102,Metal,t,1,1200\n"
MADE = {"beer": 100, "malt": 90, "soda": 80, "wood": 70, "metal": 60}
MONTHS = [f"2025-{m:02d}" for m in range(1, 13)] + ["2026-01", "2026-02"]


def story(cases, world):
    node = world.node("ministry", "VN")

    def bring(kind, text, *more):
        node.run("iip import", kind, world.path(f"{kind}.csv", text), "--unit", "42", *more, expect=0)

    bring("weights", OLD, "--from", "2025-01", "--base", "2024")
    bring("weights", NEW, "--from", "2026-01", "--base", "2024")
    bring("sample", "establishment,name,product,from,to\n" + "".join(f"{p}{i},{p}{i},{p},2025-01,\n" for p in MADE for i in (1, 2, 3)))
    bring("output", "month,establishment,product,measure,quantity\n" + "".join(
        f"{month},{p}{i},{p},t,{MADE[p] + 10 * MONTHS.index(month) * i}\n" for month in MONTHS for p in MADE for i in (1, 2, 3)))

    def shown(month):
        answer = node.run("iip show", "--unit", "42", "--month", month, "--full", "--json", expect=0).json()
        return {row["code"]: row for row in answer["rows"]}, " / ".join(answer["notes"])

    def index(p, month):  # of one product, a month of the base is 100
        return sum(MADE[p] + 10 * MONTHS.index(month) * i for i in (1, 2, 3))

    with cases.case("soft drinks go on under their new code; beer, malt and furniture by material begin with the new weights"):
        rows, notes = shown("2026-01")
        check_equal({code: rows[code]["yoy"] is not None for code in ("TOTAL", "C", "11", "31", "1105", "1103", "1104", "3101", "3102")},
                    {"TOTAL": True, "C": True, "11": True, "31": True, "1105": True, "1103": False, "1104": False, "3101": False, "3102": False}, "compared with January 2025")
        check_equal(rows["1105"]["yoy"], round(100 * index("soda", "2026-01") / index("soda", "2025-01"), 6), "soft drinks: those of 1104 of old")
        check(rows["soda"]["yoy"] == rows["1105"]["yoy"] and rows["malt"]["yoy"] is not None, "products go on")
        check_contains(notes, "4 classes were divided, joined or mean something else since VSIC 2025", "the note")
        for code in ("1103", "1104", "3101", "3102"):
            check_contains(rows[code]["note"], "begins with the weights of January 2026", f"why {code} is not compared")
        check_equal([rows[code]["note"] for code in ("TOTAL", "C", "1105", "soda")], [""] * 4, "of those that go on nothing is said")

    with cases.case("within one version the same code is the same class"):
        rows, notes = shown("2026-02")
        check(all(rows[code]["mom"] is not None for code in ("1103", "1104", "3101")), "compared with January 2026")
        rows, _ = shown("2025-12")
        check(rows["1104"]["mom"] is not None, "of old")

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
