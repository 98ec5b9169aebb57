#!/usr/bin/env python3
"""Bad input to the production index: each has a stated rule (docs/index-numbers.md) and a message, and none stops the rest. Runs on both stores
(CAUNOI_TEST_STORE). Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import csv
import datetime
import html
import io
import math
import random
import re
import time
from fractions import Fraction

from support import check, check_contains, check_equal, tell

MONTHS = [f"{year}-{month:02d}" for year in (2018, 2019) for month in range(1, 13)]
WEIGHTS = """code,parent,name,measure,weight,base_quantity
TOTAL,,Whole,,1,
C,TOTAL,Manufacturing,,1,
p,C,Product p,t,60,
q,C,Product q,t,40,
weightless,C,Without weight,t,0,
nobase,C,Without output in the base,t,10,0
"""
MAKERS = {"p": ("a", "b", "c", "mover"), "q": ("e", "f", "g"), "weightless": ("h",), "nobase": ("i",)}


def story(cases, world):
    node = world.node("ministry", "VN")

    def bring(kind, text, *more, expect=0):
        return node.run("iip import", kind, world.path(f"{kind}.csv", text), *more, expect=expect)

    for unit in ("42", "40", "VN"):
        bring("weights", WEIGHTS, "--unit", unit, "--from", "2018-01", "--base", "2018")
    sample = "establishment,name,product,from,to\n" + "".join(
        f"{maker},{maker},{product},2018-01,{'2019-06' if maker == 'mover' else ''}\n" for product, makers in MAKERS.items() for maker in makers)
    bring("sample", sample, "--unit", "42")
    bring("sample", "establishment,name,product,from,to\nmover,mover,p,2019-07,\n" + "".join(f"n{i},n{i},{p},2018-01,\n" for p in "pq" for i in (f"{p}1", f"{p}2", f"{p}3")),
          "--unit", "40")

    def made(maker, product, month):
        if product == "q" and month == "2018-12":
            return 0  # nobody made any: nothing can be compared with it
        return 100 + 10 * MONTHS.index(month) % 70 + len(maker)

    head = "month,establishment,product,measure,quantity\n"
    rows = [(month, maker, product) for product, makers in MAKERS.items() for maker in makers for month in MONTHS
            if not (maker == "mover" and month > "2019-06") and (maker, month) != ("a", "2019-03")]
    bring("output", head + "".join(f"{month},{maker},{product},t,{made(maker, product, month)}\n" for month, maker, product in rows), "--unit", "42")
    bring("output", head + "".join(f"{month},n{p}{i},{p},t,{100 + i}\n" for p in "pq" for i in (1, 2, 3) for month in MONTHS)
          + "".join(f"{month},mover,p,t,{made('mover', 'p', month)}\n" for month in MONTHS if month > "2019-06"), "--unit", "40")

    def shown(unit, month, *more):
        answer = node.run("iip show", "--unit", unit, "--month", month, "--full", "--json", *more, expect=0).json()
        return {row["code"]: row for row in answer["rows"]}, " / ".join(answer["notes"])

    with cases.case("weights below zero are refused by row; a weight of zero counts for nothing and is said"):
        answer = bring("weights", WEIGHTS.replace(",60,", ",-60,"), "--unit", "42", "--from", "2018-01", "--base", "2018", expect=1)
        check_contains(answer.err, "below zero", "a negative weight")
        answer = bring("weights", WEIGHTS.replace(",60,", ",0,").replace(",40,", ",0.000,").replace(",10,0", ",0,0"), "--unit", "42", "--from", "2018-01", "--base", "2018", expect=1)
        check_contains(answer.err, "no product has a weight", "weights of zero alone")
        answer = bring("weights", WEIGHTS.replace(",60,", ",9000000000000,").replace(",40,", ",0.000001,"), "--unit", "42", "--from", "2018-01", "--base", "2018", expect=1)
        check_contains(answer.err, 'row 5, column weight: the weight of "q" is too small beside those of its siblings', "a weight that would be no share")
        rows_, notes = shown("42", "2019-01")
        check_contains(rows_["weightless"]["note"], "weight of zero", "a weight of zero")
        check_contains(notes, "products of the weights are not in the index", "the note")

    with cases.case("a product without output in the base is left out with its reason, its weight goes to the others"):
        rows_, _ = shown("42", "2019-01")
        check_contains(rows_["nobase"]["note"], "base", "no output in the base")
        check_equal((rows_["p"]["weight"], rows_["q"]["weight"], rows_["nobase"]["weight"]), (60, 40, None), "weights that count")

    with cases.case("weights whose parents go round in a circle are refused: a parent stands in a row above"):
        answer = bring("weights", "code,parent,name,measure,weight\nTOTAL,,Whole,,1\nA,B,A,,1\nB,A,B,,1\np,A,P,t,1\n", "--from", "2018-01", "--base", "2018", expect=1)
        check_contains(answer.err, "does not stand in a row above", "a circle")
        answer = bring("weights", WEIGHTS + "part,p,Part of a product,t,1,10\n", "--unit", "42", "--from", "2018-01", "--base", "2018", expect=1)
        check_contains(answer.err, 'row 8, column parent: "p" has a unit of measure: it is a product, below which nothing stands', "a part of a product")

    with cases.case("nothing is divided by zero: a comparison with a month without output is empty, the level stands"):
        rows_, _ = shown("42", "2019-01")
        check_equal((rows_["q"]["mom"], rows_["q"]["base"] is not None), (None, True), "q against December 2018")
        check_equal(rows_["q"]["note"].split(";")[0], "no number against the month before: there was nothing then", "and says why")
        check(rows_["p"]["mom"] is not None and "no number" not in rows_["p"]["note"], "other products are compared")
        rows_, _ = shown("42", "2018-12")
        check_equal(rows_["q"]["base"], 0, "an output of zero is an index of zero")

    with cases.case("a missing month is completed by the movement of the others, marked and counted"):
        rows_, notes = shown("42", "2019-03")
        check_equal((rows_["p"]["reported"], rows_["p"]["expected"]), (3, 4), "reports of p")
        check_contains(rows_["p"]["note"], "completed for missing reports", "the mark")
        check_contains(notes, "1 missing reports were completed", "the count")
        check(rows_["p"]["ytd"] is not None, "the year to date goes on")

    with cases.case("an establishment that moves counts where it produced: a fall here, a rise there, nothing in the country"):
        before, _ = shown("42", "2019-06")
        after, _ = shown("42", "2019-07")
        check_equal((before["p"]["expected"], after["p"]["expected"]), (4, 3), "asked in Hà Tĩnh")
        there, _ = shown("40", "2019-07")
        check_equal((there["p"]["reported"], there["p"]["expected"]), (4, 4), "asked in Nghệ An")
        whole, notes = shown("VN", "2019-07")
        check_equal((whole["p"]["reported"], whole["p"]["expected"]), (7, 7), "in the country once")
        check("two units ask for" not in notes, "it is not counted twice", notes)

    with cases.case("an establishment that two units ask for the same months counts once, for the one with the lower code, and goes on with the other"):
        months = {"40": MONTHS[:18], "42": MONTHS[12:]}  # Nghệ An until June 2019, Hà Tĩnh from January 2019 on
        for unit, asked in months.items():
            bring("sample", f"establishment,name,product,from,to\nboth,both,p,{asked[0]},{'' if unit == '42' else asked[-1]}\n", "--unit", unit)
            bring("output", head + "".join(f"{month},both,p,t,{50 if unit == '40' else 70}\n" for month in asked), "--unit", unit, "--source", f"by {unit}")

        def output(month):
            return sum(made(maker, "p", month) for maker in MAKERS["p"]) + 101 + 102 + 103 + (50 if month <= "2019-06" else 70)

        base = sum(map(output, MONTHS[:12])) / 12
        for month in ("2018-12", "2019-06", "2019-07", "2019-12"):
            whole, notes = shown("VN", month)
            check_equal((whole["p"]["reported"], whole["p"]["expected"]), (8, 8), f"in the country in {month}")
            check(abs(whole["p"]["base"] - 100 * output(month) / base) < 0.001, f"the index of p in {month}", whole["p"]["base"], 100 * output(month) / base)
            check_contains(notes, "1 times two units ask for, or report, the same", "the count")

    with cases.case("an establishment's line leads to the newest report of the unit that asks it, not to one that does not count"):
        node.add_user("moit", "director", "VN")
        node.serve()
        moit = node.signed_in("moit")

        def behind(month):  # of the establishment's lines: the unit that reported the entry they lead to
            lines = moit.get(f"/iip/why.json?unit=VN&month={month}&compare=mom&node=p").json()["rows"]
            return {line["province"].split()[0]: line["entry"] and moit.get(f"/figures/entry/{line['entry']}.json").json()["source"]
                    for line in lines if line["establishment"] == "both"}

        check_equal(behind("2019-03"), {"Nghe": "by 40", "Ha": ""}, "both reported, and Nghệ An asks")
        check_equal(behind("2019-07"), {"Nghe": "by 40", "Ha": "by 42"}, "June there, July here")
        check_equal(behind("2019-09"), {"Nghe": "", "Ha": "by 42"}, "Hà Tĩnh asks")

    with cases.case("it leads to a report of the months compared, never to one of a month between"):
        def entry_behind(maker, month, compare):
            lines = moit.get(f"/iip/why.json?unit=42&month={month}&compare={compare}&node=p").json()["rows"]
            return next(line["entry"] for line in lines if line["establishment"] == maker)

        of = {month: entry_behind("b", month, "mom") for month in ("2018-03", "2019-02", "2019-03")}  # one entry brought what all made in a month
        check_equal(len(set(of.values())), 3, "entries of three months")
        check_equal(entry_behind("b", "2019-03", "yoy"), of["2019-03"], "it reported both")
        check_equal(entry_behind("a", "2019-03", "yoy"), of["2018-03"], "of March 2019 it did not report, but of February")
        check_equal(entry_behind("a", "2019-03", "ytd"), of["2019-02"], "of the year to date it reported February")
        node.stop()

    with cases.case("the sample and output of the country itself are refused: they would count in no province, and so in no table"):
        for kind, text in (("sample", "establishment,name,product,from,to\nx,x,p,2018-01,\n"), ("output", head + "2019-01,x,p,t,1\n")):
            answer = bring(kind, text, expect=1)  # of the node's own unit
            check_contains(answer.err, "counts in the province", kind)

    with cases.case("weights and shares of a commune would count in no table, and what is no unit counts nowhere: refused, with what to do"):
        for kind, text in (("weights", WEIGHTS), ("shares", "from,to,share,source,date\n3100,3101,100,S,2026-01-01\n")):
            answer = bring(kind, text, "--unit", "18073", *(("--from", "2018-01", "--base", "2018") if kind == "weights" else ()), expect=1)
            check_contains(answer.err, "a commune has no index of its own", kind)
            check_contains(answer.err, "name the province as the unit", kind)
        for unit in ("99", "42 ", "", "27"):  # 27: until the mergers of 2025
            for kind, text in (("weights", WEIGHTS), ("output", head + "2019-01,x,p,t,1\n")):
                answer = bring(kind, text, "--unit", unit, *(("--from", "2018-01", "--base", "2018") if kind == "weights" else ()), expect=1)
                check_contains(answer.err, f'there is no unit with the code "{unit}" today', kind)

    with cases.case("two lines of one establishment in one month are refused; of two files the newer one stands"):
        check_contains(bring("output", head + "2019-12,a,p,t,1\n2019-12,a,p,t,2\n", "--unit", "42", expect=1).err, "row 3: the same stands in row 2", "twice in a file")
        level = shown("42", "2019-12")[0]["p"]["base"]
        bring("output", head + "2019-12,a,p,t,900\n", "--unit", "42")
        check(shown("42", "2019-12")[0]["p"]["base"] > level, "the correction stands")

    with cases.case("another unit of measure is never converted: the file is refused by row; a measure of weights is never changed"):
        answer = bring("output", head + "2019-11,b,p,kg,113000\n", "--unit", "42", expect=1)
        check_contains(answer.err, '"p" is measured in "t", not in "kg"', "another measure in a report")
        answer = bring("weights", WEIGHTS.replace("Product p,t", "Product p,kg"), "--unit", "42", "--from", "2020-01", "--base", "2019", expect=1)
        check_contains(answer.err, "measured", "the measure of the weights")

    with cases.case("what one table hides, the tables of the country and the other provinces do not tell by subtraction"):
        tree = "code,parent,name,measure,weight\nTOTAL,,Whole,,1\nC,TOTAL,Manufacturing,,1\n" + "".join(f"{p},C,Product {p},t,{w}\n" for p, w in (("p", 50), ("q", 30), ("r", 20)))
        parted = tree.replace("p,C,", "X,C,X,,1\np,X,").replace("q,C,", "q,X,")  # Nghệ An: p and q are a class, of which one hidden alone is told by the class
        makers = {"42": {"p": 3, "q": 5, "r": 4}, "40": {"p": 1, "q": 6, "r": 3}}
        labour = ("--series", "labour")
        for unit in ("VN", "42", "40"):
            bring("weights", parted if unit == "40" else tree, "--unit", unit, "--from", "2018-01", "--base", "2018", *labour)
        for unit, of in makers.items():
            names = [(f"{unit}{p}{i}", p) for p, count in of.items() for i in range(count)]
            bring("sample", "establishment,name,product,from,to\n" + "".join(f"{m},{m},{p},2018-01,\n" for m, p in names), "--unit", unit, *labour)
            bring("output", head + "".join(f"{month},{m},{p},t,{100 + len(month)}\n" for month in MONTHS for m, p in names if (m, month) != ("40p0", MONTHS[-1])), "--unit", unit, *labour)
        states = {}
        for unit in ("VN", "42", "40"):
            rows_ = node.run("iip show", "--unit", unit, "--month", "2019-06", "--json", *labour, expect=0).json()["rows"]
            states[unit] = {row["code"]: row["state"] for row in rows_}
        check_equal(states["40"]["p"], "few", "one maker alone")
        for p in "pqr":  # country = 42 + 40: one hidden alone is told by the other two
            check(sum(of[p] != "shown" for of in states.values()) != 1, f"{p}: {states}")
        for unit, of in states.items():
            check(sum(of[p] != "shown" for p in "pqr") != 1, f"{unit}: {of}")
        check(any(of[p] == "shown" for of in states.values() for p in "pqr"), f"something is shown: {states}")
        told = {full: " / ".join(node.run("iip show", "--unit", "40", "--month", MONTHS[-1], "--json", *labour, *full, expect=0).json()["notes"]) for full in ((), ("--full",))}
        check_contains(told["--full",], "2.9762 % of the weight is of products that nobody reported in this month", "how much it is, for officials")
        check("% of the weight is of products" not in told[()], f"the weight of a hidden product is hidden: {told[()]}")
        check_contains(told[()], "1 products are estimated in this month", "that there is one is told")

    with cases.case("a month that few of a cell have reported tells nobody's movement: neither its level, nor a comparison with it, then or later; once the others have reported, it is shown"):
        few = world.node("few", "40")
        makers = [(f"{p}{i}", p, 100 + 17 * i) for p, count in (("p", 4), ("q", 5), ("r", 6)) for i in range(count)]
        march = MONTHS.index("2019-03")

        def bring_few(kind, text, *more):
            return few.run("iip import", kind, world.path(f"few-{kind}.csv", text), *more, expect=0)

        def public(month, *more):
            answer = few.run("iip show", "--month", month, "--json", *more, expect=0).json()
            return {row["code"]: row for row in answer["rows"]}, " / ".join(answer["notes"])

        bring_few("weights", tree, "--from", "2018-01", "--base", "2018")
        bring_few("sample", "establishment,name,product,from,to\n" + "".join(f"{m},{m},{p},2018-01,\n" for m, p, _ in makers))
        reports = {(m, t): f"{month},{m},{p},t,{size + 3 * t + (60 if (m, month) == ('p0', '2019-03') else 0)}\n" for m, p, size in makers for t, month in enumerate(MONTHS)}
        bring_few("output", head + "".join(line for (m, t), line in reports.items() if t != march or m not in ("p1", "p2", "p3")))
        rows_, notes = public("2019-03")
        alone = round(100 * (100 + 3 * march + 60) / (100 + 3 * (march - 1)), 4)
        check_equal(round(public("2019-03", "--full")[0]["p"]["mom"], 4), alone, "what was completed moves with the one that reported")
        check_equal((rows_["p"]["state"], rows_["p"]["base"], rows_["p"]["weight"]), ("waiting", None, None), "few have reported it")
        check_equal(sum(rows_[p]["state"] == "secondary" for p in "qr"), 1, f"nor can it be told as the rest: {rows_}")
        check(all(row[how] is None or abs(row[how] - alone) > 1 for row in rows_.values() for how in ("mom", "yoy", "ytd")), f"{rows_}")
        check_contains(notes, "1 cells are not published of this month until at least 3 establishments", "the note")
        check_contains(public("2019-03", "--full")[0]["p"]["note"], "1 of 4 reports are there", "for officials")
        rows_, _ = public("2019-04", "--compare", "mom")
        check(rows_["p"]["state"] == "shown" and rows_["p"]["base"] and rows_["p"]["yoy"], f"the month after is shown: {rows_['p']}")
        check_equal([rows_["p"][how] for how in ("mom", "ytd", "points")], [None] * 3, "but for what rests on that month")
        check_contains(rows_["p"]["note"], "too few have reported", "and says so")
        check_equal([public("2019-02")[0]["p"][how] is None for how in ("base", "mom", "yoy", "ytd")], [False] * 4, "the month before is shown whole")
        bring_few("output", head + "".join(line for (m, t), line in reports.items() if t == march))
        for month in ("2019-03", "2019-04"):
            rows_, _ = public(month)
            check(all(row["state"] == "shown" and None not in (row["base"], row["mom"], row["yoy"], row["ytd"], row["points"]) for row in rows_.values()), f"all is shown of {month}: {rows_}")

    for provinces in (("42", "40"), ("42",)):
        with cases.case(f"nor do the tables of other months, which tell all weights and base outputs, lead from what is shown of the month in the country and {len(provinces)} provinces to what waits in it"):
            wait, places = world.node(f"wait{len(provinces)}", "VN"), (*provinces, "VN")
            weights = {"42": (40, 30, 20, 55), "40": (25, 60, 70, 15), "VN": (45, 35, 60, 50)}
            classes = {"C1": "pq", "C2": "rs"}
            made = [(unit, p, i, 500 + 97 * i + (233 * ord(p) + 711 * k) % 600) for k, unit in enumerate(provinces) for p in "pqrs" for i in range(5)]
            of_months = [month for month in MONTHS if month < "2019-02"]
            for unit in places:
                lines = "code,parent,name,measure,weight\nTOTAL,,All,,1\nC1,TOTAL,One,,40\nC2,TOTAL,Two,,60\n" + "".join(
                    f"{p},{c},{p},t,{weights[unit]['pqrs'.index(p)]}\n" for c, products in classes.items() for p in products)
                wait.run("iip import", "weights", world.path("wait-weights.csv", lines), "--unit", unit, "--from", "2018-01", "--base", "2018", expect=0)
            quantity = {(unit, p, i, month): size + (size * (t * 7 + i * 3 + ord(p)) % 89) for unit, p, i, size in made for t, month in enumerate(of_months)}
            for unit in provinces:
                own = [m for m in made if m[0] == unit]
                wait.run("iip import", "sample", world.path("wait-sample.csv", "establishment,name,product,from,to\n" + "".join(f"{u}{p}{i},{u}{p}{i},{p},2018-01,\n" for u, p, i, _ in own)),
                         "--unit", unit, expect=0)
                wait.run("iip import", "output", world.path("wait-output.csv", head + "".join(
                    f"{month},{u}{p}{i},{p},t,{quantity[u, p, i, month]}\n" for u, p, i, _ in own for month in of_months
                    if not (month == "2019-01" and (u, p) == ("42", "q") and i > 0))), "--unit", unit, expect=0)
            show = {unit: {row["code"]: row for row in wait.run("iip show", "--unit", unit, "--month", "2019-01", "--json", expect=0).json()["rows"]} for unit in places}
            unknown = [(unit, code) for unit in places for code in ("TOTAL", *classes, *"pqrs") if show[unit][code]["base"] is None]
            check_equal(show["42"]["q"]["state"], "waiting", "one of five has reported it")
            base = {(unit, p): sum(q for (u, product, _, month), q in quantity.items() if (u, product, month[:4]) == (unit, p, "2018")) for unit in provinces for p in "pqrs"}
            sums = []
            for unit in places:
                sums.append({(unit, "TOTAL"): Fraction(-1), (unit, "C1"): Fraction(40, 100), (unit, "C2"): Fraction(60, 100)})
                for c, products in classes.items():
                    of = {p: weights[unit]["pqrs".index(p)] for p in products}
                    sums.append({(unit, c): Fraction(-1), **{(unit, p): Fraction(w, sum(of.values())) for p, w in of.items()}})
            for p in "pqrs":
                sums.append({("VN", p): Fraction(-1), **{(unit, p): Fraction(base[unit, p], sum(base[other, p] for other in provinces)) for unit in provinces}})
            for known in sums:  # they are what the tables are made of
                if not any(cell in unknown for cell in known):
                    check(abs(sum(times * Fraction(str(show[unit][code]["base"])) for (unit, code), times in known.items())) < Fraction(1, 10 ** 6), f"{known}")
            rows_ = [[known.get(cell, Fraction(0)) for cell in unknown] for known in sums]
            rank = 0
            for column in range(len(unknown)):
                pivot = next((i for i in range(rank, len(rows_)) if rows_[i][column]), None)
                if pivot is None:
                    continue
                rows_[rank], rows_[pivot] = [x / rows_[pivot][column] for x in rows_[pivot]], rows_[rank]
                for i, row in enumerate(rows_):
                    if i != rank and row[column]:
                        rows_[i] = [x - row[column] * y for x, y in zip(row, rows_[rank])]
                rank += 1
            check_equal([unknown[next(i for i, x in enumerate(row) if x)] for row in rows_ if sum(x != 0 for x in row) == 1], [], f"no cell of {unknown} can be computed")
            check(len(unknown) < 10 and show["42"]["TOTAL"]["base"] is not None, f"and not all is hidden: {unknown}")

    for seed in (29, 41):
        with cases.case(f"nor do two tables that add up what waits by weights of their own, known from other months, tell together a sum of which two have nearly all ({seed})"):
            both, draw = world.node(f"both{seed}", "VN"), random.Random(seed)
            weights = {unit: {p: draw.randrange(5, 60) for p in "pqrst"} for unit in ("42", "VN")}
            size = {(p, i): math.exp(draw.gauss(6, 1)) for p in "pqrst" for i in range(6)}
            made = {(p, i, month): 1 + int(of * math.exp(draw.gauss(0, 0.2))) for (p, i), of in size.items() for month in MONTHS if month < "2019-02"}
            missing = {(p, i) for p, i in size if p in "pqr" and draw.random() < 0.4}
            for unit in ("42", "VN"):
                both.run("iip import", "weights", world.path("both-weights.csv", "code,parent,name,measure,weight\nTOTAL,,All,,1\nC1,TOTAL,One,,40\nC2,TOTAL,Two,,60\n" + "".join(
                    f"{p},{'C1' if p in 'pqr' else 'C2'},{p},t,{weight}\n" for p, weight in weights[unit].items())), "--unit", unit, "--from", "2018-01", "--base", "2018", expect=0)
            both.run("iip import", "sample", world.path("both-sample.csv", "establishment,name,product,from,to\n" + "".join(f"{p}{i},{p}{i},{p},2018-01,\n" for p, i in size)), "--unit", "42", expect=0)
            both.run("iip import", "output", world.path("both-output.csv", head + "".join(
                f"{month},{p}{i},{p},t,{quantity}\n" for (p, i, month), quantity in made.items() if not (month == "2019-01" and (p, i) in missing))), "--unit", "42", expect=0)
            tables = {(unit, how): {row["code"]: row for row in both.run("iip show", "--unit", unit, "--month", "2019-01", "--json", *how, expect=0).json()["rows"]}
                      for unit in ("42", "VN") for how in ((), ("--full",))}
            check(all(row["base"] is not None for row in both.run("iip show", "--unit", "42", "--month", "2018-12", "--json", expect=0).json()["rows"]), "all is shown of other months")
            hidden = [p for p in "pqrst" if tables["42", ()][p]["base"] is None]
            parts = {p: {(p, i): 0 if (p, i) in missing else 1200 * made[p, i, "2019-01"] / sum(made[p, k, month] for k in range(6) for month in MONTHS[:12]) for i in range(6)} for p in hidden}
            level = {p: tables["42", ("--full",)][p]["base"] for p in hidden}
            told = []  # sums of hidden products: of each class that is shown, or of both in the whole
            for unit in ("42", "VN"):
                rows_ = tables[unit, ()]
                share = {p: (0.4 if p in "pqr" else 0.6) * weights[unit][p] / sum(weights[unit][k] for k in ("pqr" if p in "pqr" else "st")) for p in hidden}
                shown_by = {p: next((node for node in ("C1" if p in "pqr" else "C2", "TOTAL") if rows_[node]["base"] is not None), None) for p in hidden}
                told += [{p: share[p] if shown_by[p] == node else 0 for p in hidden} for node in {node for node in shown_by.values() if node}]
            mixed = told + [{p: one[p] * other[out] - other[p] * one[out] for p in hidden} for one in told for other in told for out in hidden]
            for of in mixed:
                if all(times >= -1e-12 for times in of.values()) and sum(of.values()) > 1e-9:
                    brought = sorted((of[p] * value for p in hidden for value in parts[p].values()), reverse=True)
                    whole = sum(of[p] * level[p] for p in hidden)
                    check(whole - sum(brought[2:]) <= 0.85 * whole + 1e-6, f"two, and what was completed, are not more than 85 % of {of}: {1 - sum(brought[2:]) / whole}")
            check(hidden and tables["42", ()]["TOTAL"]["base"] is not None, f"something waits, and not all is hidden: {hidden}")

    for count in (50, 170):  # so many sums hang together that all are looked at; and more than are
        with cases.case(f"nor where {count} such classes hang together by a small product of each, which stands elsewhere in the other table"):
            many, draw, of_months = world.node(f"many{count}", "VN"), random.Random(count), ("2018-12", "2019-01")
            classes = [(f"C{n}", [f"{p}{n}" for p in "pqr"], f"l{n}") for n in range(count)]
            weights = {unit: {p: draw.randrange(5, 60) for _, products, _ in classes for p in products} for unit in ("42", "VN")}
            for unit in weights:
                weights[unit] |= {small: Fraction(1, 20) for _, _, small in classes}
                lines = "".join(f"{c},TOTAL,{c},,40\n" + "".join(f"{p},{c},{p},t,{float(weights[unit][p])}\n" for p in products + [small] * (unit == "VN")) for c, products, small in classes)
                lines += "".join(f"{small},D,{small},t,0.05\n" for _, _, small in classes).join(("D,TOTAL,D,,40\n", "")) if unit == "42" else ""
                many.run("iip import", "weights", world.path("many-weights.csv", "code,parent,name,measure,weight\nTOTAL,,All,,1\n" + lines), "--unit", unit, "--from", "2018-12", "--base", "2018-12", expect=0)
            size = {(p, i): math.exp(draw.gauss(6, 0.5)) for _, products, small in classes for p in (*products, small) for i in range(6)}
            made = {(p, i): [1 + int(of * math.exp(draw.gauss(0, 0.2))) for _ in of_months] for (p, i), of in size.items()}
            missing = {(p, i) for p, i in size if draw.random() < 0.4 or (p[0] == "l" and i > 0)}
            many.run("iip import", "sample", world.path("many-sample.csv", "establishment,name,product,from,to\n" + "".join(f"{p}-{i},{p}-{i},{p},2018-12,\n" for p, i in size)), "--unit", "42", expect=0)
            many.run("iip import", "output", world.path("many-output.csv", head + "".join(
                f"{month},{p}-{i},{p},t,{of[t]}\n" for (p, i), of in made.items() for t, month in enumerate(of_months) if not (month == "2019-01" and (p, i) in missing))), "--unit", "42", expect=0)
            tables = {(unit, how): {row["code"]: row for row in many.run("iip show", "--unit", unit, "--month", "2019-01", "--json", *how, expect=0).json()["rows"]}
                      for unit in weights for how in ((), ("--full",))}
            check(all(row["base"] is not None for row in many.run("iip show", "--unit", "42", "--month", "2018-12", "--json", expect=0).json()["rows"]), "all is shown of the month before")
            looked_at = 0
            for c, products, small in classes:
                told = [{p: Fraction(weights[unit].get(p, 0) if p in products or unit == "VN" else 0) for p in (*products, small) if tables["42", ()][p]["base"] is None}
                        for unit in weights if tables[unit, ()][c]["base"] is not None]
                hidden = list(told[0]) if told else []
                looked_at += len(told) == 2 and len(hidden) > 2
                brings = {p: {i: 0 if (p, i) in missing else Fraction(100 * made[p, i][1], sum(made[p, k][0] for k in range(6))) for i in range(6)} for p in hidden}
                for one, other, out in ((one, other, out) for one in told for other in told for out in (*hidden, None)):
                    of = one if out is None else {p: one[p] * other[out] - other[p] * one[out] for p in hidden}
                    if min(of.values(), default=-1) < 0 or not any(of.values()):
                        continue
                    brought = sorted((of[p] * value for p in hidden for value in brings[p].values()), reverse=True)
                    whole = sum(of[p] * Fraction(tables["42", ("--full",)][p]["base"]) for p in hidden)
                    check(whole - sum(brought[2:]) <= whole * Fraction(85, 100) + Fraction(1, 10**6), f"two, and what was completed, are not more than 85 % of {c} {of}: {float(1 - sum(brought[2:]) / whole)}")
            check(looked_at > 0, "some are told by both tables")

    with cases.case("nor what waits where the rest of two tables is the same but for a factor, as months in which it does not wait show"):
        alike, of_months = world.node("alike", "VN"), ("2018-12", "2019-01")
        for unit, weight in (("42", 30), ("VN", 60)):
            alike.run("iip import", "weights", world.path("alike-weights.csv", "code,parent,name,measure,weight\nTOTAL,,All,,1\n" + "".join(f"{c},TOTAL,{c},,40\n" + "".join(
                f"{p},{c},{p},t,{weight if p == 'z' else 10 + ord(p) % 7}\n" for p in products) for c, products in (("C", "xyzuv"), ("D", "st")))), "--unit", unit, "--from", "2018-12", "--base", "2018-12", expect=0)
        lines = [(f"{p}{i}", p, 100 + 31 * i + ord(p) % 11) for p in "xyzuvst" for i in range(2 if p in "xy" else 7)]
        alike.run("iip import", "sample", world.path("alike-sample.csv", "establishment,name,product,from,to\n" + "".join(f"{m},{m},{p},2018-12,\n" for m, p, _ in lines)), "--unit", "42", expect=0)
        alike.run("iip import", "output", world.path("alike-output.csv", head + "".join(
            f"{month},{m},{p},t,{of + 7 * t}\n" for m, p, of in lines for t, month in enumerate(of_months) if not (t == 1 and m in ("z2", "z3", "z4", "z5", "z6")))), "--unit", "42", expect=0)
        rows_ = {(unit, month): {row["code"]: row for row in alike.run("iip show", "--unit", unit, "--month", month, "--json", expect=0).json()["rows"]} for unit in ("42", "VN") for month in of_months}
        check_equal([rows_[unit, "2018-12"][p]["state"] for unit in ("42", "VN") for p in ("x", "y", "z", "C")], ["few", "few", "shown", "shown"] * 2, "the month before")
        check_equal(rows_["42", "2019-01"]["z"]["state"], "waiting", "two of seven have reported it")
        told = all(rows_[unit, "2019-01"]["C"]["base"] is not None for unit in ("42", "VN")) and [p for p in "xyzuv" if rows_["42", "2019-01"][p]["base"] is None] == ["x", "y", "z"]
        check(not told, "x and y count the same in both, so twice the one less the other is z")

    with cases.case("nor what waits where the rest of the country is made up of those of its provinces, as by weights that are output at the same prices"):
        prices, units, price = world.node("prices", "VN"), ("42", "40"), {"p": 3, "q": 5, "r": 2, "s": 7}
        made = {(u, f"{u}{p}{i}", p, month): 90 + 13 * ((7 * i + 5 * ord(p) + 3 * n + int(u)) % 6) for u in units for p in price for i in range(5 if p in "pq" else 1) for n, month in enumerate(MONTHS[:13])}
        value = lambda *of: {p: price[p] * sum(q for (u, _, x, month), q in made.items() if u in of and x == p and month < "2019") for p in price}
        for unit in (*units, "VN"):
            prices.run("iip import", "weights", world.path("prices-weights.csv", "code,parent,name,measure,weight\nTOTAL,,All,,1\nC,TOTAL,C,,1\n" + "".join(
                f"{p},C,{p},t,{w}\n" for p, w in value(*(units if unit == "VN" else [unit])).items())), "--unit", unit, "--from", "2018-01", "--base", "2018", expect=0)
        for unit in units:
            prices.run("iip import", "sample", world.path("prices-sample.csv", "establishment,name,product,from,to\n" + "".join(f"{m},{m},{p},2018-01,\n" for m, p in sorted({(m, p) for u, m, p, _ in made if u == unit}))), "--unit", unit, expect=0)
            prices.run("iip import", "output", world.path("prices-output.csv", head + "".join(f"{month},{m},{p},t,{q}\n" for (u, m, p, month), q in made.items() if u == unit and (month < "2019" or u == "40" or p in "rs" or m[-1] == "0"))), "--unit", unit, expect=0)
        whole = {(unit, month, how): prices.run("iip show", "--unit", unit, "--month", month, "--json", *how, expect=0).json()["rows"][0] for unit in ("VN", *units) for month in MONTHS[11:13] for how in ((), ("--full",))}
        size = {unit: sum(value(unit).values()) for unit in units}
        for month, state in (("2018-12", "shown"), ("2019-01", "waiting")):
            told, out_of = whole["42", month, ("--full",)]["base"], (sum(size.values()) * whole["VN", month, ("--full",)]["base"] - size["40"] * whole["40", month, ("--full",)]["base"]) / size["42"]
            check(abs(told - out_of) < 1e-6, f"the whole of 42 in {month}, {told}, is what two others make, {out_of}")
            check_equal(whole["42", month, ()]["state"], state, month)
        check_equal([whole[unit, "2019-01", ()]["base"] is None for unit in ("VN", "40", "42")], [False, True, True], "so one of them is not told either, a province before the country")

    with cases.case("nor an industry of a place, in any month, by what the country tells of it, less what its other provinces do"):
        prices, price, shape = world.node("prices-of-industries", "VN"), {"a": 3, "b": 5, "c": 2, "d": 7}, {"42": {"a": 4, "c": 6, "d": 6}, "40": {"a": 6, "b": 4, "c": 6, "d": 6}}
        made = {(u, f"{u}{p}{i}", p, month): (90 + 13 * ((7 * i + 5 * ord(p) + 3 * n + int(u)) % 6)) * (40 if i == 0 and (u, p) in (("42", "a"), ("40", "b")) else 8 if (u, p) == ("40", "a") else 1)
                for u, of in shape.items() for p, count in of.items() for i in range(count) for n, month in enumerate(MONTHS[:13])}
        value = lambda *of: {p: price[p] * sum(q for (u, _, x, month), q in made.items() if u in of and x == p and month < "2019") for p in price}
        for unit in (*shape, "VN"):
            of = value(*(shape if unit == "VN" else [unit]))
            prices.run("iip import", "weights", world.path("industries-weights.csv", "code,parent,name,measure,weight\nTOTAL,,All,,1\n" + "".join(
                f"{c},TOTAL,{c},,{sum(of[p] for p in products)}\n" + "".join(f"{p},{c},{p},t,{of[p]}\n" for p in products if of[p]) for c, products in (("D", "ab"), ("E", "cd")))),
                "--unit", unit, "--from", "2018-01", "--base", "2018", expect=0)
        for unit in shape:
            prices.run("iip import", "sample", world.path("industries-sample.csv", "establishment,name,product,from,to\n" + "".join(f"{m},{m},{p},2018-01,\n" for m, p in sorted({(m, p) for u, m, p, _ in made if u == unit}))), "--unit", unit, expect=0)
            prices.run("iip import", "output", world.path("industries-output.csv", head + "".join(f"{month},{m},{p},t,{q}\n" for (u, m, p, month), q in made.items() if u == unit)), "--unit", unit, expect=0)
        rows_ = {(unit, how): {row["code"]: row for row in prices.run("iip show", "--unit", unit, "--month", "2019-01", "--json", *how, expect=0).json()["rows"]} for unit in ("VN", *shape) for how in ((), ("--full",))}
        size = {unit: sum(value(unit)[p] for p in "ab") for unit in shape}
        told, out_of = rows_["42", ("--full",)]["D"]["base"], (sum(size.values()) * rows_["VN", ("--full",)]["D"]["base"] - size["40"] * rows_["40", ("--full",)]["D"]["base"]) / size["42"]
        check(abs(told - out_of) < 1e-6, f"D of 42, {told}, is what two others make, {out_of}")
        check_equal([rows_["42", ()][code]["state"] for code in "aD"], ["dominated"] * 2, "one of 42 has nearly all")
        check_equal([rows_[unit, ()]["D"]["base"] is None for unit in ("VN", "40")].count(True), 1, "so one of them is not told")

    with cases.case("nor a product of a place by what two places tell of it in classes of their own, each by another tree"):
        trees, price = world.node("prices-by-other-trees", "VN"), dict(zip("abcde", (5, 2, 7, 4, 3)))
        shape = {"VN": {"TOTAL": "abcde"}, "42": {"A": "abe", "Y": "cd"}, "40": {"X": "ab", "B": "cde"}}
        made = {(u, f"{u}{p}{i}", p, month): 90 + 13 * ((7 * i + 5 * ord(p) + 3 * n * n + int(u) * n) % 11) for u in ("42", "40") for p in price for i in range(2) for n, month in enumerate(MONTHS[:13])}
        value = lambda *of: {p: price[p] * sum(q for (u, _, x, month), q in made.items() if u in of and x == p and month < "2019") for p in price}
        for unit, classes in shape.items():
            of = value(*(("42", "40") if unit == "VN" else [unit]))
            trees.run("iip import", "weights", world.path("trees-weights.csv", "code,parent,name,measure,weight\nTOTAL,,All,,1\n" + "".join(
                ("" if c == "TOTAL" else f"{c},TOTAL,{c},,{sum(of[p] for p in products)}\n") + "".join(f"{p},{c},{p},t,{of[p]}\n" for p in products) for c, products in classes.items())),
                "--unit", unit, "--from", "2018-01", "--base", "2018", expect=0)
        for unit in ("42", "40"):
            trees.run("iip import", "sample", world.path("trees-sample.csv", "establishment,name,product,from,to\n" + "".join(f"{m},{m},{p},2018-01,\n" for m, p in sorted({(m, p) for u, m, p, _ in made if u == unit}))), "--unit", unit, expect=0)
            trees.run("iip import", "output", world.path("trees-output.csv", head + "".join(f"{month},{m},{p},t,{q}\n" for (u, m, p, month), q in made.items() if u == unit)), "--unit", unit, expect=0)
        rows_ = {(unit, how): {row["code"]: row["base"] for row in trees.run("iip show", "--unit", unit, "--month", "2019-01", "--json", *how, expect=0).json()["rows"]} for unit in shape for how in ((), ("--full",))}
        size = {unit: value(*(("42", "40") if unit == "VN" else [unit])) for unit in shape}
        level = lambda unit, code: sum(size[unit][p] for p in shape[unit].get(code, code)) * rows_[unit, ("--full",)][code]
        out_of = (level("42", "A") - level("VN", "a") - level("VN", "b") + level("40", "X")) / size["42"]["e"]
        check(abs(rows_["42", ("--full",)]["e"] - out_of) < 1e-6, f"e of 42, {rows_['42', ('--full',)]['e']}, is what A leaves without what X leaves of the country's, {out_of}")
        check_equal([rows_["42", ()][code] for code in price], [None] * 5, "two make each product of 42")
        check(None in (rows_["42", ()]["A"], rows_["40", ()]["X"], rows_["VN", ()]["a"], rows_["VN", ()]["b"]), "so one of those is not told")
        check(None not in (rows_["VN", ()]["TOTAL"], rows_["42", ()]["TOTAL"], rows_["40", ()]["TOTAL"]), "the wholes are")

    with cases.case("nor an industry of which two make too much by what is sold and stocked of it, where all three are weighted by the same prices"):
        stocked, price, classes = world.node("stocked", "VN"), dict(zip("pqrstv", (3, 5, 2, 7, 4, 6))), {"A": "pq", "B": "rs", "D": "tv"}
        made, wave = {}, lambda *of: 900 + (37 * of[0] + 53 * of[1] + 11 * of[2] * of[2] + 71 * of[3]) % 190
        for p in price:
            for i in range(5):
                large, stock = i == 0 and p in "pq", 40000 if p in "pq" else 4000
                for t, month in enumerate(MONTHS[:13]):
                    output = wave(ord(p), i, t, 0) * (26 if large else 1)
                    sold = output * (80 + t % 3) // 100 if large else wave(ord(p), i, t, 1) * (21 if p in "pq" else 20) // 20
                    stock += output - sold
                    for series, quantity in zip(("production", "consumption", "inventory"), (output, sold, stock)):
                        made[series, f"{p}{i}", p, month] = quantity
        value = lambda series, products, *months: sum(price[p] * q for (of, _, p, month), q in made.items() if of == series and p in products and month in months)
        rows_ = {}
        for series in ("production", "consumption", "inventory"):
            stocked.run("iip import", "weights", world.path("stocked-weights.csv", "code,parent,name,measure,weight\nTOTAL,,All,,1\n" + "".join(
                f"{c},TOTAL,{c},,{value(series, products, *MONTHS[:12])}\n" + "".join(f"{p},{c},{p},t,{value(series, p, *MONTHS[:12])}\n" for p in products) for c, products in classes.items())),
                "--unit", "42", "--from", "2018-01", "--base", "2018", "--series", series, expect=0)
            stocked.run("iip import", "sample", world.path("stocked-sample.csv", "establishment,name,product,from,to\n" + "".join(f"{p}{i},{p}{i},{p},2018-01,\n" for p in price for i in range(5))),
                        "--unit", "42", "--series", series, expect=0)
            stocked.run("iip import", "output", world.path("stocked-output.csv", head + "".join(f"{month},{m},{p},t,{q}\n" for (of, m, p, month), q in made.items() if of == series)), "--unit", "42", "--series", series, expect=0)
        for series in ("production", "consumption", "inventory"):
            for month in MONTHS[11:13]:
                rows_[series, month] = {how: {row["code"]: row for row in stocked.run("iip show", "--unit", "42", "--month", month, "--series", series, "--json", *how, expect=0).json()["rows"]} for how in ((), ("--full",))}
        level = lambda series, month: rows_[series, month][("--full",)]["A"]["base"] * value(series, "pq", *MONTHS[:12])
        told, out_of = level("production", MONTHS[12]), level("consumption", MONTHS[12]) + level("inventory", MONTHS[12]) - level("inventory", MONTHS[11])
        check(abs(told - out_of) < 1e-6 * told, f"what is made of A, {told}, is what is sold of it and what its stocks grow by, {out_of}")
        check_equal([rows_["production", MONTHS[12]][()]["A"]["state"], rows_["inventory", MONTHS[11]][()]["A"]["state"], rows_["inventory", MONTHS[12]][()]["A"]["state"]], ["dominated", "shown", "shown"], "of what is made two have too much")
        check_equal([rows_["consumption", MONTHS[12]][()][code]["state"] for code in ("TOTAL", "A")], ["shown", "secondary"], "so what is sold is not told")

    with cases.case("what is made, sold and in stock of what is hidden stands in no more sums that are told than there are unknowns: months that pass would tell the coefficients, and then all of it"):
        three, classes = world.node("three", "VN"), {"C1": "pqr", "C2": "st"}
        lines = "code,parent,name,measure,weight\nTOTAL,,All,,1\n" + "".join(f"{c},TOTAL,{c},,50\n" + "".join(f"{p},{c},{p},t,{20 + ord(p) % 7}\n" for p in products) for c, products in classes.items())
        asked = {unit: [(f"{unit}{p}{i}", p) for p in "pqrst" for i in range(2 if (unit, p) == ("42", "p") else 5 + ord(p) % 3)] for unit in ("42", "40")}
        for series in ("production", "consumption", "inventory"):
            for unit in ("42", "40", "VN"):
                three.run("iip import", "weights", world.path("three-weights.csv", lines), "--unit", unit, "--from", "2018-01", "--base", "2018", "--series", series, expect=0)
            for unit, list_ in asked.items():
                three.run("iip import", "sample", world.path("three-sample.csv", "establishment,name,product,from,to\n" + "".join(f"{e},{e},{p},2018-01,\n" for e, p in list_)),
                          "--unit", unit, "--series", series, expect=0)
                three.run("iip import", "output", world.path("three-output.csv", head + "".join(f"{month},{e},{p},t,{500 + (37 * k + 11 * t) % 90}\n" for k, (e, p) in enumerate(list_) for t, month in enumerate(MONTHS[:12]))),
                          "--unit", unit, "--series", series, expect=0)
        told, unknown = {}, set()  # of each sum that is told, what stands in it
        for series in ("production", "consumption", "inventory"):
            tables = {unit: {row["code"]: row["base"] is not None for row in three.run("iip show", "--unit", unit, "--month", "2018-12", "--series", series, "--json", expect=0).json()["rows"]}
                      for unit in ("42", "40", "VN")}
            for unit in ("42", "40"):
                for c, products in classes.items():
                    for p in (p for p in products if not tables[unit][p]):
                        own = {"production": {(unit, p, "made")}, "consumption": {(unit, p, "sold")}, "inventory": {(unit, p, "made"), (unit, p, "sold")}}[series]
                        unknown |= own
                        for table, nodes in ((unit, (c, "TOTAL")), ("VN", (p, c, "TOTAL"))):
                            by = next((node for node in nodes if tables[table][node]), None)
                            if by:
                                told.setdefault((series, table, by), set()).update(own)
        check(("42", "p", "made") in unknown, f"of one product there are two makers: {unknown}")
        pair = {}  # of each unknown, a sum that needs it

        def find(one, seen):
            for of in sorted(told[one] - seen):
                seen.add(of)
                if of not in pair or find(pair[of], seen):
                    pair[of] = one
                    return True
            return False

        check_equal([one for one in sorted(told) if not find(one, set())], [], f"each of {len(told)} sums has an unknown of its own among {len(unknown)}")
        check(any(shown for shown in tables["VN"].values()), "and not all is hidden")

    with cases.case("what a product brought that new weights leave out stands in the points of the change of weights: all together are the change"):
        bring_few("weights", tree.replace("r,C,Product r,t,20", "r,C,Product r,t,0"), "--from", "2019-07", "--base", "2018")
        for how in ("mom", "yoy"):
            rows_, notes = public("2019-07" if how == "mom" else "2019-09", "--compare", how, "--full")
            check_equal(rows_["r"]["state"], "left_out", "r")
            check_equal({code: row["name"] for code, row in rows_.items() if code.startswith("link:")}, {} if how == "mom" else {"link:C": "From the change of weights: Manufacturing"}, "a line of its own")
            shown_points = sum(Fraction(str(rows_[p]["points"])) for p in ("p", "q", "link:C") if p in rows_)
            check_equal(shown_points, Fraction(str(rows_["TOTAL"][how])) - 100, f"{how}: {notes}")

    with cases.case("an industry with the code that a product had is no continuation of it: it begins with its weights"):
        bring_few("weights", tree.replace("p,C,Product p,t,50", "p,C,Industry p,,50").replace("q,C,", "q,p,"), "--from", "2019-10", "--base", "2018")
        rows_, _ = public("2019-11", "--full")
        check_equal(rows_["p"]["yoy"], None, "there was no such industry last year")
        check_contains(rows_["p"]["note"], "begins with the weights", "which is said")
        check(rows_["q"]["yoy"], "its product goes on")

    with cases.case("weights that cannot be used yet, of a province without reports or of a base that is to come, take nobody's index away"):
        before = {unit: node.run("iip show", "--unit", unit, "--month", "2019-06", "--json", *labour, expect=0).json() for unit in ("VN", "42")}
        bring("weights", tree, "--unit", "01", "--from", "2018-01", "--base", "2018", *labour)
        bring("weights", tree, "--unit", "42", "--from", "2021-01", "--base", "2020", *labour)
        bring("weights", tree, "--unit", "42", "--from", "2019-10", "--base", "2018", "--overlap", "2020", *labour)
        check_contains(node.run("iip show", "--unit", "42", "--month", "2019-11", *labour, expect=1).err,
                       "the weights from 2019-10 are linked over 2020, of which not all months have output", "an overlap that is not over")
        for unit, then in before.items():
            check_equal(node.run("iip show", "--unit", unit, "--month", "2019-06", "--json", *labour, expect=0).json(), then, unit)
        bring("weights", parted, "--unit", "40", "--from", "2019-01", "--base", "2017", *labour)
        check_contains(node.run("iip show", "--unit", "40", "--month", "2019-06", *labour, expect=1).err, "no product has both", "weights of a base without reports")
        for unit, then in before.items():
            check_equal(node.run("iip show", "--unit", unit, "--month", "2019-06", "--json", *labour, expect=0).json(), then, f"{unit}: what Nghệ An's table hid stays hidden")
        bring("weights", parted, "--unit", "40", "--from", "2018-01", "--base", "2017", *labour)
        check_contains(node.run("iip show", "--unit", "40", "--month", "2019-06", *labour, expect=1).err, "no product has both", "its first weights replaced by such")
        for unit, then in before.items():
            check_equal(node.run("iip show", "--unit", unit, "--month", "2019-06", "--json", *labour, expect=0).json(), then, f"{unit}: what Nghệ An's table hid by the weights before stays hidden")
        bring("weights", tree, "--unit", "VN", "--from", "2018-01", "--base", "2017", *labour)
        check_contains(node.run("iip show", "--month", "2019-06", *labour, expect=1).err, "no product has both", "the country's first weights replaced by such")
        check_equal(node.run("iip show", "--unit", "42", "--month", "2019-06", "--json", *labour, expect=0).json(), before["42"], "what the country's table hid in a province stays hidden there")
        node.run("rebuild", "--check", expect=0)
        check_contains(node.run("iip show", "--unit", "01", "--month", "2019-06", *labour, expect=1).err, "no product has both a weight and output in the base period", "the one that cannot be computed")

    with cases.case("output that is too many times that of the base is said with its product and month, and what to do"):
        for kind, text, more in (("weights", "code,parent,name,measure,weight,base_quantity\nTOTAL,,Whole,,1,\nodd,TOTAL,Odd,t,1,0.001\n", ("--from", "2018-01", "--base", "2018")),
                                 ("sample", "establishment,name,product,from,to\nz,z,odd,2018-01,\n", ()),
                                 ("output", head + "2018-01,z,odd,t,5\n2018-02,z,odd,t,999999999.5\n", ())):
            bring(kind, text, "--unit", "37", *more)
        answer = node.run("iip show", "--unit", "37", expect=1)
        check_contains(answer.err, 'the output of "odd" in 2018-02 is too many times that of the base', "the month")
        check_contains(answer.err, "correct the report, or the base output in the weights", "the cure")

    with cases.case("weights that are linked over months that one of them does not know are named by their month"):
        late = ("--unit", "38", "--series", "consumption")
        sets = "code,parent,name,measure,weight,base_quantity\nTOTAL,,Whole,,1,\nsold,TOTAL,Sold,t,1,1200\n"
        bring("weights", sets, "--from", "2018-01", "--base", "2018", *late)
        bring("weights", sets, "--from", "2019-07", "--base", "2018", "--overlap", "2018", *late)
        bring("sample", "establishment,name,product,from,to\n" + "".join(f"s{i},s,sold,2018-01,\n" for i in (1, 2, 3)), *late)
        bring("output", head + "".join(f"{month},s{i},sold,t,5\n" for i in (1, 2, 3) for month in MONTHS if month > "2018-06"), *late)
        check_contains(node.run("iip show", *late, expect=1).err, "the weights from 2019-07 are linked over 2018, of which not all months have output", "the months before the first report")

    with cases.case("what made nothing in the month of the link is linked over the nearest before in which it did, and what never did begins; both are said"):
        stopped = "code,parent,name,measure,weight,base_quantity\nTOTAL,,Whole,,1,\nX,TOTAL,X,,40,\nY,TOTAL,Y,,60,\nx1,X,X1,t,{},\nx2,X,X2,t,{},\np,Y,P,t,1,\nq,Y,Q,t,1,\nz,Y,Z,t,1,1200\n"
        bring("weights", stopped.format(1, 3), "--unit", "20", "--from", "2018-01", "--base", "2018")
        bring("weights", stopped.format(3, 1), "--unit", "20", "--from", "2019-07", "--base", "2019-02")
        made_20 = {(p, t): 0 if (p in ("x1", "x2", "p") and MONTHS[t] == "2019-06") or (p == "x1" and MONTHS[t] == "2019-05") or (p == "z" and MONTHS[t] < "2019-07")
                   else 100 + n * t * t for n, p in enumerate(("x1", "x2", "p", "q", "z"), 1) for t in range(len(MONTHS))}
        bring("sample", "establishment,name,product,from,to\n" + "".join(f"e{p}{i},e,{p},2018-01,\n" for p in ("x1", "x2", "p", "q", "z") for i in range(3)), "--unit", "20")
        bring("output", head + "".join(f"{MONTHS[t]},e{p}{i},{p},t,{made_20[p, t]}\n" for p, t in made_20 for i in range(3)), "--unit", "20")
        rows_, _ = shown("20", "2019-09")
        now = MONTHS.index("2019-09")

        def relative(p, t, base):
            return Fraction(100 * made_20[p, t] * len(base), sum(made_20[p, u] for u in base))

        def near(found, expected, what):
            check(found is not None and abs(Fraction(str(found)) - expected) < Fraction(1, 10**6), f"{what}: {found} beside {float(expected)}")

        for p in ("x1", "p"):
            near(rows_[p]["base"], relative(p, now, range(12)), f"{p} on the first base, whose month of it nothing was made in decides nothing")
            near(rows_[p]["yoy"], Fraction(100 * made_20[p, now], made_20[p, now - 12]), f"{p} a year later")
        check_contains(rows_["p"]["note"], "without output over the overlap: linked to the weights of July 2019 over May 2019", "p says so")
        check_contains(rows_["X"]["note"], "linked to the weights of July 2019 over May 2019", "and the class, in the nearest month in which it made anything")
        check_contains(rows_["x1"]["note"], "linked to the weights of July 2019 over April 2019", "its product in that of its own")
        near(rows_["x2"]["base"], relative("x2", now, range(12)), "x2")
        february, may = [MONTHS.index("2019-02")], MONTHS.index("2019-05")
        old = (relative("x1", may, range(12)) + 3 * relative("x2", may, range(12))) / 4
        new = [(3 * relative("x1", t, february) + relative("x2", t, february)) / 4 for t in (may, now)]
        near(rows_["X"]["base"], new[1] * old / new[0], "the class by its own two sets of weights in that month")
        check_equal([rows_["z"][how] for how in ("mom", "yoy", "ytd")][1:], [None, None], "z made nothing before")
        near(rows_["z"]["base"], Fraction(100 * 3 * made_20["z", now], 1200), "z by the base its weights state")
        check_contains(rows_["z"]["note"], "begins with the weights of July 2019, 100 = monthly mean of February 2019: no month of output by both links it to what was before", "which is said")
        points = {code: Fraction(str(row["points"])) for code, row in rows_.items() if code != ""}
        check_equal(points["TOTAL"], Fraction(str(rows_["TOTAL"]["yoy"])) - 100, "the points of the whole")

    with cases.case("the bars of the industries and of the change of weights make up the whole, also where an industry went, and its product to another"):
        odd = "y & z/#1%+?"  # codes are texts
        bring("weights", f"code,parent,name,measure,weight,base_quantity\nTOTAL,,Whole,,1,\nB,TOTAL,Mining,,40,\nC,TOTAL,Manufacturing,,60,\n{odd},B,Y,t,1,\np,C,P,t,1,\n", "--unit", "31", "--from", "2018-01", "--base", "2018")
        bring("weights", f"code,parent,name,measure,weight,base_quantity\nTOTAL,,Whole,,1,\nC,TOTAL,Manufacturing,,70,\nD,TOTAL,Energy,,30,\np,C,P,t,1,\n{odd},D,Y,t,1,\n", "--unit", "31", "--from", "2019-07", "--base", "2018")
        bring("sample", "establishment,name,product,from,to\n" + "".join(f"h{p}{i},h{p}{i},{p},2018-01,\n" for p in (odd, "p") for i in (1, 2, 3, 4)), "--unit", "31")
        bring("output", head + "".join(f"{month},h{p}{i},{p},t,{100 + (5 if p == odd else 2) * MONTHS.index(month)}\n" for p in (odd, "p") for i in (1, 2, 3, 4) for month in MONTHS), "--unit", "31")
        node.add_user("reader", "director")
        node.add_user("officer", "specialist")
        node.serve()
        for full in ("", "&full=1"):
            page = node.signed_in("reader").get(f"/iip?unit=31&month=2019-09&compare=yoy&lang=en{full}", headers={"Accept": "text/html"}).text
            label = re.search(r'aria-label="What each industry brings, percentage points\. ([^"]*)"', page).group(1)
            bars = {name: float(number.replace("−", "-")) for name, number in (part.rsplit(" ", 1) for part in label.split("; "))}
            whole = bars.pop("Whole")
            check_equal(sorted(bars), ["Energy", "From the change of weights", "Manufacturing"], "the bars")
            check_equal(round(sum(bars.values()), 2), whole, f"what is printed: {bars}")
            told = node.signed_in("reader").get(f"/iip.json?unit=31&month=2019-09&compare=yoy&lang=en{full}").json()
            check_equal([abs(row["points"] - bars["From the change of weights"]) < 0.01 for row in told["rows"] if row["depth"] == 1 and row["code"] == "link:TOTAL"], [True], "the table says the same")
            check_equal("with confidential cells: not for publication" in told["notes"], full != "", "what the file is")

    with cases.case("a code of any signs leads to its own page, from the table, the files' links and the form"):
        for address, reader in (("/iip?unit=31&month=2019-09&lang=en", "reader"), ("/iip/why?unit=31&month=2019-09&node=D&lang=en", "reader"), ("/iip/form?unit=31&month=2019-09&lang=en", "officer")):
            page = node.signed_in(reader).get(address, headers={"Accept": "text/html"}).text
            links = [html.unescape(link) for link in re.findall(r'href="(/iip/why[^"]*node=y[^"]*)"', page)]
            check(links, f"{address}: links", page[-600:])
            for link in set(links):
                why = node.signed_in(reader).get(f"{link}&lang=en", headers={"Accept": "text/html"}).text
                check_contains(why, "Why it moved: Y", link)
                for file in [html.unescape(f) for f in re.findall(r'href="(/iip/why\.[^"]*)"', why)]:
                    answer = node.signed_in(reader).get(file)
                    if ".xlsx" in file:
                        check_equal(answer.body[:2], b"PK", file)
                    else:
                        check_contains(answer.text, "Why it moved: Y" if ".json" in file else f"h{odd}1", file)
        node.stop()

    moves = world.node("moves", "VN")
    years = {year: [f"{year}-{month:02d}" for month in range(1, 13)] for year in (2019, 2020, 2021)}
    months = sum(years.values(), [])

    def ask(kind, text, unit, *more, expect=0):
        return moves.run("iip import", kind, world.path(f"moves-{kind}.csv", text), "--unit", unit, *more, expect=expect)

    def told(unit, month, *more):
        answer = moves.run("iip show", "--unit", unit, "--month", month, "--full", "--json", *more, expect=0).json()
        return {row["code"]: row for row in answer["rows"]}, " / ".join(answer["notes"])

    def near(found, expected, what):
        check(found is not None and abs(Fraction(str(found)) - expected) < Fraction(1, 10**6), f"{what}: {found} beside {float(expected)}")

    lines = "establishment,name,product,from,to\n"
    with cases.case("an establishment that moves away and comes back has two stretches in one province, two rows of a file: nothing changes in the country"):
        for unit in ("VN", "42", "40"):
            ask("weights", "code,parent,name,measure,weight\nTOTAL,,Whole,,1\np,TOTAL,P,t,1\n", unit, "--from", "2019-01", "--base", "2019")
        others = {unit: "".join(f"{unit}{i},x,p,2019-01,\n" for i in range(4)) for unit in ("42", "40")}
        ask("sample", lines + "mv,Mover,p,2021-01,\n" + others["42"] + "mv,Mover,p,2019-01,2019-12\n", "42")
        ask("sample", lines + others["40"] + "mv,Mover,p,2020-01,2020-12\n", "40")
        for unit in ("42", "40"):
            ask("output", head + "".join(f"{month},{unit}{i},p,t,100\n" for month in months for i in range(4))
                + "".join(f"{month},mv,p,t,1000\n" for month in months if (month[:4] == "2020") == (unit == "40")), unit)
        for month in ("2020-01", "2020-06", "2021-01", "2021-06"):
            whole, notes = told("VN", month)
            check_equal([whole["p"][k] for k in ("base", "mom", "yoy", "ytd", "expected", "reported")], [100, 100, 100, 100, 9, 9], month)
            check("outside the sample" not in notes, "every report counts", notes)
        for month, level in (("2019-12", 1), ("2020-06", Fraction(400, 1400)), ("2021-06", 1)):
            near(told("42", month)[0]["p"]["base"], 100 * level, f"Hà Tĩnh in {month}")

    with cases.case("one that moved and reports late is completed from what it made where it was: the country stands, the message is true"):
        late = ("--series", "consumption")
        for unit in ("VN", "42", "40"):
            ask("weights", "code,parent,name,measure,weight\nTOTAL,,Whole,,1\np,TOTAL,P,t,1\n", unit, "--from", "2019-01", "--base", "2019", *late)
        for unit, asked in (("42", "2019-01,2019-12"), ("40", "2020-01,")):
            ask("sample", lines + others[unit] + f"mv,Mover,p,{asked}\n" + ("new,New,p,2020-01,\n" if unit == "40" else ""), unit, *late)
            ask("output", head + "".join(f"{month},{unit}{i},p,t,{110 if month > '2020-01' and unit == '40' else 100}\n" for month in months[:24] for i in range(4))
                + "".join(f"{month},mv,p,t,800\n" for month in months[:24] if (month < "2020") == (unit == "42") and month not in ("2020-01", "2020-02")), unit, *late)
        whole, notes = told("VN", "2020-01", *late)
        check_equal([whole["p"][k] for k in ("base", "mom", "yoy", "ytd", "expected", "reported")], [100, 100, 100, 100, 10, 8], "in January 2020")
        check_contains(notes, "1 missing reports were completed", "the mover")
        check_contains(notes, "1 establishments have not reported since they are asked: they count as nothing", "the new one")
        near(told("VN", "2020-02", *late)[0]["p"]["base"], Fraction(100 * (400 + 440 + 880), 1600), "it moves as the others there")
        near(told("VN", "2020-02", *late)[0]["p"]["ytd"], Fraction(100 * (1600 + 1720), 3200), "the year to date")
        rows, notes = told("40", "2020-01", *late)
        check_contains(notes, "1 missing reports were completed", "the table of the province it came to: the mover")
        check_contains(notes, "1 establishments have not reported since they are asked: they count as nothing", "the new one")
        near(rows["p"]["base"], 100 * Fraction(400 + 800, 400), "it goes on there from what it made where it was")
        near(told("40", "2020-02", *late)[0]["p"]["base"], 100 * Fraction(440 + 880, 400), "and moves as the others there")
        check_contains(rows["p"]["note"], "of the output was completed for missing reports", "marked")
        ask("sample", lines + "mv2,Late,p,2019-01,2019-12\n", "42", *late)
        ask("sample", lines + "mv2,Late,p,2020-01,\n", "40", *late)
        ask("output", head + "".join(f"{month},mv2,p,t,400\n" for month in months[:11]), "42", *late)
        rows, notes = told("40", "2020-01", *late)
        near(rows["p"]["base"], 100 * Fraction(400 + 800 + 400, 400), "one that was silent for a month where it was goes on from its last report there")
        check_contains(notes, "2 missing reports were completed", "both that moved")
        ask("output", head + "2019-12,mv2,p,t,200\n", "42", *late)
        near(told("40", "2020-01", *late)[0]["p"]["base"], 100 * Fraction(400 + 800 + 200, 400), "and from that of the month, once it is there")
        alone = world.node("alone", "40")
        for kind, name, more in (("weights", "code,parent,name,measure,weight\nTOTAL,,Whole,,1\np,TOTAL,P,t,1\n", ("--from", "2019-01", "--base", "2019")),
                                 ("sample", lines + others["40"] + "mv,Mover,p,2020-01,\n", ()), ("output", head + "".join(f"{month},40{i},p,t,100\n" for month in months[:24] for i in range(4)), ())):
            alone.run("iip import", kind, world.path(f"{kind}.csv", name), *more, expect=0)
        told_alone = alone.run("iip show", "--month", "2020-01", "--full", "--json", expect=0).json()
        check_equal(told_alone["rows"][1]["base"], 100, "the province's own node holds no report of elsewhere")
        check_contains(" / ".join(told_alone["notes"]), "1 establishments have not reported since they are asked: they count as nothing", "and says so")

    with cases.case("stretches that overlap in a file are refused with both rows; those of several files add up, one is corrected or taken back by its first month, and known= tells those of then"):
        for second, said in (("mv,m,p,2019-12,", "row 3, column from: its months overlap with those of row 2"), ("mv,m,p,2018-01,2019-01", "row 3, column from: its months overlap with those of row 2"),
                             ("mv,m,p,2019-01,2019-12", "row 3, column product: the same stands in row 2")):
            check_contains(ask("sample", f"{lines}mv,m,p,2019-01,2019-12\n{second}\n", "42", expect=1).err, said, second)
        check_contains(ask("sample", f"{lines}mv,m,p,2019-01,\nmv,m,p,2020-01,\n", "42", expect=1).err, "row 3, column from: its months overlap with those of row 2", "after one without an end")
        check_contains(ask("sample", lines + "".join(f"mv,m,p,{1900 + i}-01,{1900 + i}-02\n" for i in range(101)), "42", expect=1).err, "more than 100 stretches", "too many")
        check_equal(told("VN", "2020-06")[0]["p"]["base"], 100, "a file that is refused changes nothing")
        time.sleep(0.05)
        then = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        before = moves.run("iip show", "--month", "2020-06", "--full", "--json", "--known", then, expect=0).json()
        time.sleep(0.05)
        ask("sample", lines + "mv,Mover,p,2021-01,\n", "42")
        check_equal([told("VN", month)[0]["p"]["base"] for month in ("2019-06", "2020-06", "2021-01")], [100, 100, 100], "a file with the last stretch alone leaves the first as it is")
        check_contains(ask("sample", lines + "mv,Mover,p,2019-01,2018-11\n", "42", expect=1).err, "row 2, column to: the months asked end before they begin: what began in that month is taken back by", "how to take back")
        ask("sample", lines + "mv,Mover,p,2019-01,2018-12\n", "42")
        whole, notes = told("VN", "2020-06")
        near(whole["p"]["base"], Fraction(100 * 1800, 800), "without the stretch of the base")
        check_contains(notes, "12 reports are of establishments outside the sample", "the reports of 2019 count no more")
        check_equal(moves.run("iip show", "--month", "2020-06", "--full", "--json", "--known", then, expect=0).json(), before, "as it was known")
        ask("sample", lines + "mv,Mover,p,2019-01,2019-11\n", "42")
        check_contains(told("VN", "2020-06")[1], "1 reports are of establishments outside the sample", "told again, less its last month")
        ask("sample", lines + "mv,Mover,p,2019-01,2018-12\nmv,Mover,p,2018-12,2019-12\n", "42")
        check_equal(told("VN", "2020-06")[0]["p"]["base"], 100, "taken back, and told from another month on, in one file")

    with cases.case("one that moves away and back told in three files gives what it gives told in one, whatever their order"):
        told_in = {"one": (("42", "mv,Mover,p,2019-01,2019-12\nmv,Mover,p,2021-01,\n"), ("40", "mv,Mover,p,2020-01,2020-12\n")),
                   "three": (("42", "mv,Mover,p,2019-01,2019-12\n"), ("40", "mv,Mover,p,2020-01,2020-12\n"), ("42", "mv,Mover,p,2021-01,\n")),
                   "turned": (("42", "mv,Mover,p,2021-01,\n"), ("40", "mv,Mover,p,2020-01,2020-12\n"), ("42", "mv,Mover,p,2019-01,2019-12\n")),
                   "open at first": (("42", "mv,Mover,p,2019-01,\n"), ("42", "mv,Mover,p,2019-01,2019-12\n"), ("40", "mv,Mover,p,2020-01,2020-12\n"), ("42", "mv,Mover,p,2021-01,\n"))}
        answers = []
        for number, files in enumerate(told_in.values()):
            away = world.node(f"away{number}", "VN")
            give = lambda kind, text, unit, *more: away.run("iip import", kind, world.path(f"{kind}.csv", text), "--unit", unit, *more, expect=0)  # noqa: E731,B023
            for unit in ("VN", "42"):
                give("weights", "code,parent,name,measure,weight\nTOTAL,,Whole,,1\np,TOTAL,P,t,1\n", unit, "--from", "2019-01", "--base", "2019")
            for unit in ("42", "40"):
                give("sample", lines + others[unit], unit)
                give("output", head + "".join(f"{month},{unit}{i},p,t,100\n" for month in months for i in range(4))
                     + "".join(f"{month},mv,p,t,1000\n" for month in months if (month[:4] == "2020") == (unit == "40")), unit)
            for unit, text in files:
                give("sample", lines + text, unit)
            answers.append([away.run("iip show", "--unit", unit, "--month", month, "--full", "--json", expect=0).json() for unit in ("VN", "42") for month in ("2019-12", "2020-06", "2021-06")])
            check_equal([row["base"] for row in answers[-1][1]["rows"]], [100, 100], "the country while it is away")
        check_equal([told for told in answers if told != answers[0]], [], "answers that differ")

    def bring_base(unit, silent, *more):
        tree = "code,parent,name,measure,weight,base_quantity\nTOTAL,,Whole,,1,\n" + "".join(f"{p},TOTAL,{p},t,{w},\n" for p, w in (("p", 30), ("q", 50), ("r", 20)))
        ask("weights", tree, unit, "--from", "2019-01", "--base", "2019", *more)
        ask("sample", lines + "".join(f"{p}{i},x,{p},2019-01,\n" for p in "pqr" for i in range(4)), unit, *more)
        ask("output", head + "".join(f"{month},{p}{i},{p},t,{quantity(t, i)}\n" for t, month in enumerate(months[:24]) for p in "pqr" for i in range(4)
                                     if not (p == "p" and silent(month))), unit, *more)
        return tree

    def quantity(t, i):
        return 100 + 10 * i + t

    def made_by_four(t):
        return sum(quantity(t, i) for i in range(4))

    def seasonal_base(known):
        """The monthly mean of 2019 by what is known of it, and by what these months are of 2020."""
        other = range(12, 24)
        return Fraction(round(1000 * Fraction(sum(map(made_by_four, known)) * sum(map(made_by_four, other)), sum(made_by_four(12 + t) for t in known))), 12000)

    with cases.case("a product that is silent in some months of the base has as its base the others, of at least half, completed by its season of another year; that is said, and base_quantity takes its place"):
        tree = bring_base("38", lambda month: month == "2019-05")
        rows, notes = told("38", "2020-02")
        base = seasonal_base([t for t in range(12) if t != 4])
        near(rows["p"]["base"], 100 * made_by_four(13) / base, "p on eleven months and the season of 2020")
        near(rows["p"]["yoy"], Fraction(100 * made_by_four(13), made_by_four(1)), "p to the year before")
        near(rows["TOTAL"]["base"], 30 * made_by_four(13) / base + 70 * Fraction(12 * made_by_four(13), sum(map(made_by_four, range(12)))), "the whole")
        check_equal((rows["p"]["weight"], rows["q"]["weight"]), (30, 50), "its weight stays its own")
        check_contains(rows["p"]["note"], "its base is of 11 of 12 months, completed by its season of 2020", "the row")
        check_contains(notes, "1 products are not known in all months of the base: theirs is completed by their season of another year", "the count")
        check_contains(told("38", "2019-05")[0]["p"]["note"], "estimated: nobody reported it", "the month itself")
        near(told("38", "2019-05")[0]["p"]["base"], 100 * Fraction(made_by_four(3) * made_by_four(4), made_by_four(3)) / base, "it moves as the others")
        ask("weights", tree.replace("p,t,30,", "p,t,30,4800"), "38", "--from", "2019-01", "--base", "2019")
        rows, notes = told("38", "2020-02")
        near(rows["p"]["base"], Fraction(100 * made_by_four(13), 400), "the base that the weights state")
        check("its base is" not in rows["p"]["note"] and "all months of the base" not in notes, "it is whole", rows["p"]["note"], notes)

    with cases.case("what is made in a season only has its true base by the season of the year after; where no year tells it the mean is of the months that are known, and says so"):
        sugar = lambda t: 900 if t % 12 in (0, 1, 2, 11) else 100  # noqa: E731
        for unit, last in (("19", 24), ("24", 20)):
            ask("weights", "code,parent,name,measure,weight\nTOTAL,,Whole,,1\ns,TOTAL,Sugar,t,50\nq,TOTAL,Other,t,50\n", unit, "--from", "2019-01", "--base", "2019")
            ask("sample", lines + "".join(f"{p}{unit}{i},x,{p},2019-01,\n" for p in "sq" for i in range(4)), unit)
            ask("output", head + "".join(f"{month},{p}{unit}{i},{p},t,{sugar(t) if p == 's' else 100}\n" for t, month in enumerate(months[:last]) for p in "sq" for i in range(4)
                                         if not (p == "s" and month in ("2019-02", "2019-03"))), unit)
        rows, notes = told("19", "2020-06")
        near(rows["s"]["base"], Fraction(100 * 12 * 100, 4 * 900 + 8 * 100), "as if all twelve months were known: without its season it would be 46")
        check_contains(rows["s"]["note"], "its base is of 10 of 12 months, completed by its season of 2020", "the row")
        rows, notes = told("24", "2020-06")
        near(rows["s"]["base"], Fraction(100 * 10 * 100, 2 * 900 + 8 * 100), "eight months of 2020 tell no season")
        check_contains(rows["s"]["note"], "its base is the mean of 10 of 12 months, without regard to season", "the row")
        check_contains(notes, "1 products are not known in all months of the base: theirs is the mean of the others, without regard to season", "the count")

    with cases.case("of whose base less than half is known is left out, and says so; where that is every product there is no index, and what to do is said"):
        bring_base("38", lambda month: "2019-01" < month < "2019-09", *late)
        rows, _ = told("38", "2020-02", *late)
        check_equal(rows["p"]["note"], "not in the index: its output is not known in more than half of the base period", "five of twelve months")
        near(rows["q"]["weight"], Fraction(5000, 70), "its weight goes to the others")
        one = "code,parent,name,measure,weight\nTOTAL,,Whole,,1\np,TOTAL,p,t,1\n"
        ask("weights", one, "38", "--from", "2019-01", "--base", "2019", *late)
        answer = moves.run("iip show", "--unit", "38", *late, expect=1)
        check_contains(answer.err, "no product has output in at least half of the months of the base period 2019", "the message")
        check_contains(answer.err, "import the output of its other months, or state base_quantity in the weights", "what to do")
        ask("weights", one, "38", "--from", "2019-01", "--base", "2020", *late)
        moves.run("iip show", "--unit", "38", "--month", "2020-12", *late, expect=0)
        ask("sample", lines + "early,x,p,2019-01,\n", "37", *late)
        ask("output", head + "".join(f"{month},early,p,t,5\n" for month in months[:9]), "37", *late)
        ask("weights", one, "37", "--from", "2019-01", "--base", "2019", *late)
        answer = moves.run("iip show", "--unit", "37", *late, expect=1)
        check_contains(answer.err, "the base period 2019 is not over: output is reported up to 2019-09", "a base that is not over")
        check_contains(answer.err, "choose a base that is over, or state base_quantity in the weights", "what to do")
        ask("weights", one, "37", "--from", "2019-01", "--base", "2018", *late)
        answer = moves.run("iip show", "--unit", "37", *late, expect=1)
        check_contains(answer.err, "no product has both a weight and output in the base period 2018", "a base without any report")
        check_contains(answer.err, "import the output of its months, or state base_quantity in the weights", "what to do")

    with cases.case("a product that is asked for and not reported yet is not known, not zero: it moves as its siblings until then, marked and counted"):
        bring_base("37", lambda month: month < "2019-03")
        base, mean = seasonal_base(range(2, 12)), Fraction(sum(map(made_by_four, range(12))), 12)
        level = {t: 100 * made_by_four(t) / (mean if t < 2 else base) for t in range(24)}  # of p: first that of its siblings
        for month, how, expected in (("2019-01", "base", level[0]), ("2019-02", "base", level[1]), ("2019-03", "mom", 100 * level[2] / level[1]), ("2020-02", "base", level[13]),
                                     ("2020-02", "yoy", 100 * level[13] / level[1]), ("2020-03", "yoy", Fraction(100 * made_by_four(14), made_by_four(2))),
                                     ("2020-03", "ytd", 100 * (level[12] + level[13] + level[14]) / (level[0] + level[1] + level[2]))):
            near(told("37", month)[0]["p"][how], expected, f"{how} of {month}")
        for month, said in (("2019-02", "estimated: nobody reported it, it moves as its neighbours"), ("2020-02", "compared with months estimated: nobody reported it then"),
                            ("2020-03", "compared with months estimated: nobody reported it then")):
            rows, notes = told("37", month)
            check_contains(rows["p"]["note"], said, month)
            check("estimated" not in rows["q"]["note"], "q was always reported", rows["q"]["note"])
            check_contains(notes, "1 products are estimated in this month, or in one they are compared with", f"the count of {month}")
        check_contains(told("37", "2019-02")[1], "4 establishments have not reported since they are asked: they count as nothing beside those of their product that have", "who is silent")
        near(told("37", "2020-03")[0]["TOTAL"]["yoy"], (30 * level[14] + 70 * 100 * made_by_four(14) / mean) * 100 / (30 * level[2] + 70 * 100 * made_by_four(2) / mean), "the whole")

    with cases.case("what the whole is not compared with is named, with why: nothing made in a month, nothing known of one, nothing known before; of one maker to officials only"):
        single = world.node("single", "38")
        for kind, text, more in (("weights", "code,parent,name,measure,weight,base_quantity\nTOTAL,,Whole,,1,\np,TOTAL,Product p,t,1,1200\n", ("--from", "2018-01", "--base", "2018")),
                                 ("sample", "establishment,name,product,from,to\nx,x,p,2018-01,\n", ()),
                                 ("output", head + "".join(f"{month},x,p,t,{0 if month == '2018-03' else 100}\n" for month in MONTHS if month != "2018-06"), ())):
            single.run("iip import", kind, world.path(f"single-{kind}.csv", text), *more, expect=0)
        for month, why in (("2018-04", "No number against the month before: there was nothing in the months compared with"),
                           ("2019-03", "No number against the same month of last year: there was nothing in the months compared with"),
                           ("2018-07", "No number against the month before: nothing is known of June 2018"),
                           ("2018-06", "No number against the month before; against the base: nothing is known of June 2018"),
                           ("2019-08", "No number year to date, against the same months of last year: nothing is known of June 2018"),
                           ("2018-04", "No number against the same month of last year; year to date, against the same months of last year: nothing is known of the months before January 2018")):
            notes, told = (single.run("iip show", "--month", month, "--json", *how, expect=0).json()["notes"] for how in (("--full",), ()))
            check(why in notes, f"{month}: {why}", notes)
            check("No number" not in " ".join(told), f"{month}: for publication", told)

    with cases.case("weight that stands where there is no product is told at import, with the whole and in every file"):
        answer = bring("weights", "code,parent,name,measure,weight\nTOTAL,,Whole,,1\nC,TOTAL,C,,1\nD,TOTAL,D,,99\np,C,p,t,50\nq,C,q,,50\n", "--unit", "38", "--from", "2018-01", "--base", "2018")
        check_contains(answer.out, "; 99.5 % of the weight stands where there is no product: it will not be in the index", "the answer to the import")
        bring("sample", "establishment,name,product,from,to\n" + "".join(f"o{i},o{i},p,2018-01,\n" for i in range(5)), "--unit", "38")
        bring("output", head + "".join(f"{month},o{i},p,t,{100 + n}\n" for n, month in enumerate(MONTHS) for i in range(5)), "--unit", "38")
        rows_, notes = shown("38", "2019-01")
        check_contains(notes, "99.5 % of the stated weight is not in the index: it stands where there is no product, or none with output in the base, and went to the others", "the note")
        check_contains(rows_["TOTAL"]["note"], "99.5 % of the stated weight is not in it", "behind the whole")
        check_contains(node.run("iip show", "--unit", "38", "--month", "2019-01", expect=0).out, "99.5 % of the stated weight is not in it", "as CSV")
        check_contains(shown("42", "2019-01")[1], "9.0909 % of the stated weight is not in the index", "a product without output in the base")

        def told(unit, left_out):
            """What the public reads of products that are left out: their weights, and who is asked for them."""
            lines = "".join(f"{p},C,{p},t,{weight}\n" for p, weight, _ in left_out)
            bring("weights", f"code,parent,name,measure,weight\nTOTAL,,Whole,,1\nC,TOTAL,C,,1\np,C,p,t,{100 - sum(weight for _, weight, _ in left_out)}\n{lines}", "--unit", unit, "--from", "2018-01", "--base", "2018")
            bring("sample", "establishment,name,product,from,to\n" + "".join(f"o{i},o{i},p,2018-01,\n" for i in range(5)) + "".join(f"{m},{m},{p},2019-01,\n" for p, _, m in left_out if m), "--unit", unit)
            bring("output", head + "".join(f"{month},o{i},p,t,{100 + n}\n" for n, month in enumerate(MONTHS) for i in range(5)), "--unit", unit)
            texts = [node.run("iip show", "--unit", unit, "--month", "2019-01", "--format", how, expect=0).out for how in ("json", "csv", "csvw")]
            return " / ".join(re.findall(r"[^\"/;,]* of the stated weight is not in (?:it|the index)", "".join(texts)) + re.findall(r'"weight_left_out","schema:name":"[^"]*","schema:value":"[^"]*"', texts[2]))

        for how, said, left_out in (("one", "A part (how much is confidential)", [("a", 13, "x")]), ("one, most of all", "More than half (how much is confidential)", [("b", 87, "")]),
                                    ("two", "A part (how much is confidential)", [("c", 13, ""), ("d", 12, "")]),
                                    ("three of one establishment", "A part (how much is confidential)", [("e", 13, "y"), ("f", 12, "y"), ("g", 11, "y")]),
                                    ("three, two with nearly all", "A part (how much is confidential)", [("h", 13, "z"), ("i", 12, "u"), ("j", 1, "v")]),
                                    ("three", "36 %", [("k", 13, "s"), ("l", 12, "t"), ("m", 11, "")])):
            found = told("31", left_out)
            check_contains(found, f"{said} of the stated weight is not in the index", how)
            check_contains(found, f"{said} of the stated weight is not in it", how)
            check_equal((f"{sum(weight for _, weight, _ in left_out)}" in found, "weight_left_out" in found), ("%" in said,) * 2, f"{how}: {found}")
        node.serve()
        reader = node.signed_in("moit")
        answer = reader.get("/iip.csv?unit=38&month=2019-01&compare=mom&lang=en")
        link = re.fullmatch(r'<([^>]+)>; rel="describedby"; type="application/csvm\+json"', answer.headers["Link"])
        told = reader.get(link.group(1))
        check_contains(told.headers["Content-Type"], "application/csvm+json", "the type")
        told = told.json()
        check_equal([c["titles"] for c in told["tableSchema"]["columns"]], next(csv.reader(io.StringIO(answer.text.lstrip("\ufeff")))), "columns as in the file")
        properties = {p["schema:propertyID"]: p["schema:value"] for p in told["schema:additionalProperty"]}
        check_equal((properties["weight_left_out"], properties["unit"].split("@")[0], properties["month"], properties["base"]), ("99.5", "38", "2019-01", "2018"), "what it says")
        check("99.5 % of the stated weight is not in the index" in " ".join(p["schema:value"] for p in told["schema:additionalProperty"] if p["schema:propertyID"] == "note"), "the notes", told)
        check({"source", "known", "licence", "address"} <= properties.keys(), "source, day, terms of use", properties)
        reader.get("/iip.csvm?unit=38&month=2018", expect=422)
        node.stop()


if __name__ == "__main__":
    tell(story, "sqlite")
