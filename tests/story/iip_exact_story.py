#!/usr/bin/env python3
"""The production index and its kin against the same computed again by exact fractions from the rules of panel.h, laspeyres.h and chain.h: two
provinces and the country, all levels of the tree, all series, missing reports also in the months over which sets of weights are linked, products
and establishments that come, go and move. Runs on both stores (CAUNOI_TEST_STORE).
Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import html
import random
import re
from decimal import Decimal, ROUND_HALF_UP
from fractions import Fraction

from support import check, check_contains, check_equal, tell

MONTHS = [f"{year}-{month:02d}" for year in (2018, 2019, 2020, 2021) for month in range(1, 13)][:45]
TREE = {"TOTAL": "", "C": "TOTAL", "D": "TOTAL", "10": "C", "24": "C", "35": "D", "1010": "10", "1020": "10", "2410": "24", "3510": "35"}
OLD = {"meat": "1010", "ham": "1010", "fish": "1020", "steel": "2410", "iron": "2410", "power": "3510"}
NEW = {"meat": "1010", "prawn": "1020", "fish": "1020", "steel": "2410", "power": "3510", "solar": "3510"}  # ham, iron are gone; prawn, solar are new
CHANGE = MONTHS.index("2021-01")
LAPSE = 12


def rounded(number):  # half away from zero
    return (2 * number.numerator + number.denominator) // (2 * number.denominator)


class Panel:
    """Who is asked, what was reported, and what is completed: output[product][month] in thousandths, None where it is not known."""

    def __init__(self, lines, reports):
        self.lines = lines  # (establishment, product, area, first, last)
        self.made, self.completed = {}, set()
        areas = sorted({line[2] for line in lines})
        for product in {line[1] for line in lines}:
            own = [line for line in lines if line[1] == product]
            for line in own:
                for t in range(line[3], line[4] + 1):
                    if (line[0], product, t) in reports:
                        self.made[line, t] = reports[line[0], product, t]

            def movement(some, t):
                both = [line for line in some if (line, t) in told and (line, t - 1) in told]
                return sum(self.made[line, t] for line in both), sum(self.made[line, t - 1] for line in both)

            told = set(self.made)
            ends = {}  # line -> for how many months it is silent at its end (None: it never reported), and what it made last
            for line in sorted(own, key=lambda line: line[3]):
                before = next((other for other in own if other[0] == line[0] and other[4] == line[3] - 1), None)  # it moved from there
                silent, last = ends.get(before, (None, 0))
                for t in range(line[3], line[4] + 1):
                    if (line, t) in told:
                        silent, last = 0, self.made[line, t]
                        continue
                    silent = silent if silent is None else silent + 1
                    if silent is None or silent > LAPSE:
                        continue
                    up, down = movement([other for other in own if other[2] == line[2]], t)
                    if down == 0:
                        up, down = movement(own, t)
                    self.made[line, t] = last = rounded(Fraction(last * up, down)) if down else last
                    self.completed.add((line, t))
                ends[line] = silent, last
        self.told, self.areas = set(self.made) - self.completed, areas

    def output(self, product, t):
        lines = [line for line in self.lines if line[1] == product]
        asked = [line for line in lines if line[3] <= t <= line[4]]
        if t < min((s for line, s in self.made if line[1] == product), default=len(MONTHS)):
            return None  # nobody has reported it yet
        if asked and not any((line, t) in self.told for line in asked):
            return None  # nobody reported: the index follows its neighbours
        return sum(self.made.get((line, t), 0) for line in asked)


def base_of_year(panel, product, year):
    """Twelve times the monthly mean of a base: of months that are not known completed by the season of the nearest year after it, or before, that is known whole."""
    made = [panel.output(product, t) for t in range(year, year + 12)]
    known = [t for t in range(12) if made[t] is not None]
    years = [y for y in (*range(year + 12, len(MONTHS) - 11, 12), *range(year - 12, -1, -12))]
    for other in years if len(known) < 12 else ():
        season = [panel.output(product, t) for t in range(other, other + 12)]
        if None not in season and sum(season[t] for t in known) > 0:
            return Fraction(rounded(Fraction(sum(made[t] for t in known) * sum(season), sum(season[t] for t in known))))
    return Fraction(12 * sum(made[t] for t in known), len(known))


class Index:
    """A Laspeyres index of a set of weights; volumes are shares of the whole times relatives."""

    def __init__(self, panel, products, weights, base):
        self.children = {code: [c for c, up in {**TREE, **products}.items() if up == code] for code in {**TREE, **products}}
        self.products, self.panel, self.weights, self.base = products, panel, weights, base
        self.share = {}
        self.share_out("TOTAL", Fraction(1))
        self.volumes = {}
        for t in range(len(MONTHS)):
            for code in products:
                made = panel.output(code, t)
                self.volumes[code, t] = None if made is None else self.share[code] * made * 1200 / base[code]
            self.add_up("TOTAL", t)

    def share_out(self, code, share):
        self.share[code] = share
        whole = sum(self.weights[c] for c in self.children[code])
        for child in self.children[code]:
            self.share_out(child, share * self.weights[child] / whole)

    def add_up(self, code, t):
        for child in self.children[code]:
            self.add_up(child, t)
        if code in self.products:
            return
        parts = self.children[code]
        known = [c for c in parts if self.volumes[c, t] is not None]
        for child in parts:
            if known and self.volumes[child, t] is None:
                if t == 0 or self.volumes[code, t - 1] is None:  # their level
                    follows = self.share[child] * sum(self.volumes[c, t] for c in known) / sum(self.share[c] for c in known)
                else:
                    both = [c for c in known if self.volumes[c, t - 1] is not None]
                    follows = self.volumes[child, t - 1] * sum(self.volumes[c, t] for c in both) / sum(self.volumes[c, t - 1] for c in both)
                self.spread(child, t, follows)
        self.volumes[code, t] = sum(self.volumes[c, t] for c in parts) if known else None

    def spread(self, code, t, volume):
        before = self.volumes.get((code, t - 1))
        for child in self.children[code]:
            part = self.share[child] / self.share[code] if before is None else self.volumes[child, t - 1] / before
            self.spread(child, t, volume * part)
        self.volumes[code, t] = volume

    def level(self, code, t):
        return None if self.volumes[code, t] is None else self.volumes[code, t] / self.share[code]


class Chain:
    def __init__(self, old, new, overlap):
        self.old, self.new, self.overlap = old, new, overlap

    def level(self, code, t):
        if t < CHANGE:
            return self.old.level(code, t) if code in self.old.share else None
        own = self.new.level(code, t)
        if code not in self.old.share:
            return own
        return own * sum(self.old.level(code, s) for s in self.overlap) / sum(self.new.level(code, s) for s in self.overlap)

    def compared(self, code, t, how):
        first = {"mom": t, "yoy": t, "ytd": t - t % 12}[how]
        back = 1 if how == "mom" else 12
        if first < back or (first - back < CHANGE <= t and code not in self.old.share):
            return None
        now = [self.level(code, s) for s in range(first, t + 1)]
        before = [self.level(code, s - back) for s in range(first, t + 1)]
        return None if None in before or None in now or sum(before) == 0 else 100 * sum(now) / sum(before)


def world_of(seed):
    """Lines (establishment, product, province, first, last) and reports of one series."""
    chance = random.Random(seed)
    last = len(MONTHS) - 1
    lines = [(f"{province}{product}{i}", product, province, 0, last)
             for province in ("40", "42") for product in ("meat", "fish", "steel", "power") for i in range(3)]
    lines += [(f"{province}{product}{i}", product, province, 0, CHANGE - 1)  # they go with the old weights
              for province in ("40", "42") for product in ("ham", "iron") for i in range(2)]
    lines += [(f"{province}{product}{i}", product, province, MONTHS.index("2020-01"), last)  # they come a year before the new ones
              for province in ("40", "42") for product in ("prawn", "solar") for i in range(2)]
    lines += [("mover", "steel", "42", 0, MONTHS.index("2020-12")), ("mover", "steel", "40", CHANGE, last),  # moves as the weights change
              ("closed", "meat", "42", 0, MONTHS.index("2019-08")), ("opened", "meat", "42", MONTHS.index("2019-09"), last)]
    reports = {}
    for establishment, product, _, first, end in lines:
        size = chance.randrange(20_000, 90_000) * (100 if (establishment, seed) == ("42steel0", 0) else 1)  # of what is made one has nearly all, not of what is sold
        for t in range(first, end + 1):
            reports[establishment, product, t] = size + chance.randrange(size)
    # missing: for months, in the overlap (2020), in its last month, and a product of which a whole province says nothing
    for establishment, product, months in (("40meat0", "meat", ("2019-05", "2019-06")), ("42steel1", "steel", ("2020-12",)), ("42fish2", "fish", ("2020-03", "2021-07")),
                                           ("40power0", "power", ("2020-12", "2021-01")), ("mover", "steel", ("2020-11", "2021-01", "2021-02")),
                                           ("42ham0", "ham", ("2020-12",)), ("42ham1", "ham", ("2020-12",)),
                                           # and in the base of the old and of the new weights nobody in either province
                                           *((f"{province}fish{i}", "fish", ("2018-05",)) for province in ("40", "42") for i in range(3)),
                                           *((f"{province}prawn{i}", "prawn", ("2020-03", "2020-04")) for province in ("40", "42") for i in range(2)),
                                           # asked, and not reported yet (of workers: what waits in a month of a base is hidden in all, and others with it)
                                           *((f"{province}solar{i}", "solar", ("2020-01", "2020-02")) for province in ("40", "42") for i in range(2) if seed == 3)):
        for month in months:
            del reports[establishment, product, MONTHS.index(month)]
    return lines, reports


def story(cases, world):
    node = world.node("ministry", "VN")
    weights = {}
    chance = random.Random(3)
    for name, products in (("old", OLD), ("new", NEW)):
        weights[name] = {code: chance.randrange(1, 100) for code in {**TREE, **products}}

    def bring(kind, text, unit, series, *more):
        return node.run("iip import", kind, world.path(f"{kind}.csv", text), "--unit", unit, "--series", series, *more, expect=0)

    def tree(name, products):
        return "code,parent,name,measure,weight\n" + "".join(
            f"{code},{up},{code},{'t' if code in products else ''},{weights[name][code]}\n" for code, up in {**TREE, **products}.items())

    def shown(unit, series, t, *more):
        answer = node.run("iip show", "--unit", unit, "--series", series, "--month", MONTHS[t], "--full", "--json", *more, expect=0).json()
        return {row["code"]: row for row in answer["rows"] if not row["code"].startswith("link:")}, answer["notes"]

    def near(found, expected, what):
        if expected is None or found is None:
            check_equal(found, expected, what)
        else:
            check(abs(Fraction(str(found)) - expected) < Fraction(1, 10**6), f"{what}: {found} beside {float(expected):.9f}")

    for number, series in enumerate(("production", "consumption", "inventory", "labour")):
        lines, reports = world_of(number)
        overlap, months = ("2020", range(MONTHS.index("2020-01"), CHANGE)) if number % 2 == 0 else ("2020-12", range(CHANGE - 1, CHANGE))
        for unit in ("VN", "40", "42") if number < 2 else ("42",):
            bring("weights", tree("old", OLD), unit, series, "--from", "2018-01", "--base", "2018")
            bring("weights", tree("new", NEW), unit, series, "--from", "2021-01", "--base", "2020", "--overlap", overlap)
        for unit in ("40", "42") if number < 2 else ("42",):
            bring("sample", "establishment,name,product,from,to\n" + "".join(
                f"{e},{e},{p},{MONTHS[first]},{'' if end == len(MONTHS) - 1 else MONTHS[end]}\n" for e, p, area, first, end in lines if area == unit), unit, series)
            area = {(e, p, t) for e, p, where, first, end in lines if where == unit for t in range(first, end + 1)}
            bring("output", "month,establishment,product,measure,quantity\n" + "".join(
                f"{MONTHS[t]},{e},{p},t,{q / 1000:.3f}\n" for (e, p, t), q in reports.items() if (e, p, t) in area), unit, series)

        for unit in ("42", "VN") if number == 0 else ("VN",) if number == 1 else ("42",):
            with cases.case(f"{series}, {unit}: levels and the four comparisons of every node are those of exact fractions, also over the link of {overlap}"):
                panel = Panel([line for line in lines if unit == "VN" or line[2] == unit], reports)
                index = {}
                for name, products, year in (("old", OLD, 0), ("new", NEW, MONTHS.index("2020-01"))):
                    index[name] = Index(panel, products, weights[name], {p: base_of_year(panel, p, year) for p in products})
                chain = Chain(index["old"], index["new"], months)
                for month in ("2018-01", "2019-06", "2020-12", "2021-01", "2021-09") if number == 0 else ("2020-12", "2021-07"):
                    t = MONTHS.index(month)
                    rows, notes = shown(unit, series, t)
                    check_equal(set(rows), set(TREE) | set(OLD if t < CHANGE else NEW), f"rows of {month}")
                    for code, row in rows.items():
                        near(row["base"], chain.level(code, t), f"{code} {month}")
                        for how in ("mom", "yoy", "ytd"):
                            near(row[how], None if how == "ytd" and series in ("inventory", "labour") else chain.compared(code, t, how), f"{how} of {code} {month}")
                    completed = {line for line, s in panel.completed if s == t and line[1] in (OLD if t < CHANGE else NEW)}
                    said = [int(note.split()[0]) for note in notes if re.search("missing reports were completed", note)]
                    check_equal(said, [sum(s == t for _, s in panel.completed)] if any(s == t for _, s in panel.completed) else [], f"completed in {month}")
                    marked = {code for code, row in rows.items() if "completed for missing reports" in row["note"]}
                    alone = {p for p in {line[1] for line in completed} if panel.output(p, t) is None}
                    check_equal(marked | alone, {line[1] for line in completed}, f"marked in {month}")

    with cases.case("contributions over the link add up to the change at every level, with a line of its own for what the parts of a row do not bring"):
        node.add_user("moit", "director")
        node.serve()
        person, lines_told = node.signed_in("moit"), 0
        for unit, month, series in (("VN", "2021-03", "production"), ("VN", "2021-07", "consumption"), ("42", "2021-02", "production"), ("42", "2020-12", "production")):
            for how in ("mom", "yoy", "ytd"):
                about = f"unit={unit}&month={month}&series={series}&compare={how}&lang=en"
                rows = person.get(f"/iip.json?{about}&full=1").json()["rows"]
                if rows[0][how] is None:
                    continue
                check_equal(Fraction(str(rows[0]["points"])), Fraction(str(rows[0][how])) - 100, f"the whole, {about}")
                for i, row in enumerate(rows):
                    below = next((k for k in range(i + 1, len(rows)) if rows[k]["depth"] <= row["depth"]), len(rows))
                    parts = [part for part in rows[i + 1:below] if part["depth"] == row["depth"] + 1]
                    if not parts:
                        continue
                    check_equal(sum(Fraction(str(part["points"])) for part in parts), Fraction(str(row["points"])), f"the parts of {row['code']}, {about}")
                    why = person.get(f"/iip/why.json?{about}&node={row['code']}").json()["rows"]
                    check_equal([(part["code"], part["points"]) for part in why], [(part["code"], part["points"]) for part in parts], f"why {row['code']} moved, {about}")
                    own = [part for part in parts if part["code"].startswith("link:")]
                    check_equal([part["code"] for part in own], [f"link:{row['code']}"] * len(own), "its code")
                    check(all(part["name"].startswith("From the change of weights") and part["points"] != 0 for part in own) and len(own) < 2, f"{own}")
                    lines_told += len(own)
                for row in (row for row in rows if row["code"] in (NEW if month > "2020-12" else OLD)):
                    made = person.get(f"/iip/why.json?{about}&node={row['code']}").json()
                    if None in [maker["points"] for maker in made["rows"]]:
                        check(any("nobody reported the product in one of the months" in note for note in made["notes"]), f"{row['code']}: {made['notes']}")
                    else:
                        check_equal(sum(Fraction(str(maker["points"])) for maker in made["rows"]), Fraction(str(row["points"])), f"the establishments of {row['code']}, {about}")
        check(lines_told > 12, f"{lines_told} lines")
        node.stop()

    with cases.case("for publication neither what a confidential product brought that went is told, nor how much was completed"):
        public = node.run("iip show", "--unit", "42", "--month", "2021-03", "--json", expect=0).json()
        check(not any("come from the change of weights" in note for note in public["notes"]), f"{public['notes']}")
        public = node.run("iip show", "--unit", "VN", "--month", "2021-01", "--json", expect=0).json()
        rows = {row["code"]: row for row in public["rows"]}
        check_equal(rows["power"]["state"], "shown", "power")
        check_equal(rows["power"]["note"], "partly completed for missing reports", "power of one silent establishment")

    with cases.case("a product of a place that is hidden in what is made is hidden in what is sold, which with stocks tells it"):
        states = {}
        for series in ("production", "consumption"):
            for unit in ("VN", "40", "42"):
                for row in node.run("iip show", "--unit", unit, "--series", series, "--month", "2019-06", "--json", expect=0).json()["rows"]:
                    if row["code"] in OLD:
                        states.setdefault((unit, row["code"]), []).append(row["state"] in ("few", "dominated", "secondary"))
        check(all(len(set(hidden)) == 1 for hidden in states.values()), f"{states}")
        check(any(hidden[0] for hidden in states.values()) and not all(hidden[0] for hidden in states.values()), f"{states}")

    with cases.case("the order of the lines of a file changes nothing"):
        before, _ = shown("42", "production", MONTHS.index("2021-09"))
        lines, reports = world_of(0)
        rows = [f"{MONTHS[t]},{e},{p},t,{q / 1000:.3f}\n" for (e, p, t), q in reports.items() for _, _, where, first, end in [next(line for line in lines if line[:2] == (e, p) and line[3] <= t <= line[4])] if where == "42"]
        random.Random(1).shuffle(rows)
        bring("output", "month,establishment,product,measure,quantity\n" + "".join(rows), "42", "production")
        check_equal(shown("42", "production", MONTHS.index("2021-09"))[0], before, "the same reports in another order")

    with cases.case("the formula of /iip/why gives the index and the comparison to their last digit, before, at and after one and two changes of weights"):
        def number(text):
            return Fraction(text)

        def places(value, decimals):
            return Fraction((1 if value >= 0 else -1) * rounded(abs(value) * 10**decimals), 10**decimals)

        def base_of(code, month):
            return next((row["base"] for row in person.get(f"/iip.json?unit=22&month={month}&full=1&lang=en").json()["rows"] if row["code"] == code), None)

        lines, reports = world_of(7)
        lines = [line for line in lines if line[2] == "42"]
        for name, products, first, base, overlap in (("old", OLD, "2018-01", "2018", None), ("new", NEW, "2020-01", "2019", None), ("old", OLD, "2021-01", "2020", "2020")):
            bring("weights", tree(name, products), "22", "production", "--from", first, "--base", base, *(("--overlap", overlap) if overlap else ()))
        bring("sample", "establishment,name,product,from,to\n" + "".join(f"{e},{e},{p},{MONTHS[first]},{MONTHS[end]}\n" for e, p, _, first, end in lines), "22", "production")
        bring("output", "month,establishment,product,measure,quantity\n" + "".join(
            f"{MONTHS[t]},{e},{p},t,{q / 1000:.3f}\n" for (e, p, t), q in reports.items() if any(line[:2] == (e, p) and line[3] <= t <= line[4] for line in lines)), "22", "production")
        node.serve()
        person = node.signed_in("moit")
        evaluated = {"one": 0, "two": 0, "none": 0}
        N = r"(-?[\d.]+)"
        for month in ("2019-11", "2019-12", "2020-01", "2020-02", "2020-11", "2020-12", "2021-01", "2021-06"):
            for code in [row["code"] for row in person.get(f"/iip.json?unit=22&month={month}&full=1").json()["rows"] if not row["code"].startswith("link:") and row["state"] != "left_out"]:
                for how in ("mom", "yoy", "ytd"):
                    why = person.get(f"/iip/why.json?unit=22&month={month}&compare={how}&node={code}&lang=en").json()
                    steps = {re.match(r"by the weights|link to the weights from [^:]*|index:|comparison:|index ", note).group(0): note for note in why["notes"]
                             if re.match(r"by the weights|link to|index:|comparison:|index [\d,]", note)}
                    figure = re.match(r"index ([\d,.]+) \(base = 100\) · .* ([\d,.]+|–) · weight ([\d.]+) %", steps["index "]).groups()
                    own = steps["by the weights"]
                    if "monthly mean" in own:
                        made, base, count, found = re.search(rf": {N} ÷ \({N} ÷ (\d+)\) × 100 = {N}:", own).groups()
                        level = places(number(made) / (number(base) / int(count)) * 100, 9)
                        if how == "mom":
                            check_equal(sum(Fraction(str(row["quantity"])) for row in why["rows"]), number(made), f"the quantity of {code} in {month}")
                    else:
                        volume, weight, found = re.search(rf": {N} ÷ {N} = {N}:", own).groups()
                        level = places(number(volume) / number(weight), 9)
                        check("remark" in own or sum(number(row["weighted"]) for row in why["rows"] if row["weighted"]) == number(volume), f"{code} {month}: the parts make {volume}")
                        check("remark" in own or abs(sum(Fraction(str(row["weight"])) for row in why["rows"] if row["weight"]) - number(weight)) < Fraction(1, 10**13), f"{code} {month}: weights")
                        for row in why["rows"]:
                            check(not row["weighted"] or abs(number(row["weighted"]) / Fraction(str(row["weight"])) - Fraction(str(row["own"]))) < Fraction(1, 10**9), f"{row}")
                    check_equal(level, number(found), f"{code} {month}: {own}")
                    found_links = [note for key, note in steps.items() if key.startswith("link to")]
                    for note in found_links:
                        before, now, about = re.search(rf": {N} ÷ {N}: its index over (.*) by the weights before", note).groups()
                    if found_links:  # the last one leads to the figure, and its index by the weights before is that of the months it names
                        own_, up, down, level_ = re.search(rf"index: {N} × {N} ÷ {N} = {N}", steps["index:"]).groups()
                        check_equal((own_, up, down), (found, before, now), f"{code} {month}: what the formula is of")
                        level = places(number(own_) * number(up) / number(down), 9)
                        check_equal(level, number(level_), f"{code} {month}: {steps['index:']}")
                        over = [m for m in MONTHS if m[:4] == "2020"] if "–" in about else ["2019-12"]
                        if how == "mom" and month in ("2020-02", "2021-06"):
                            check_equal(sum(Fraction(str(base_of(code, m))) for m in over), number(up), f"{code}: the index of {about}")
                    check_equal(number(figure[0].replace(",", "")), level, f"the index of {code} in {month}")
                    if "comparison:" in steps:
                        now, before, down, found = re.search(rf": 100 \+ \({N} - {N}\) ÷ {N} × 100 = {N}:", steps["comparison:"]).groups()
                        check_equal(before, down, "the same")
                        check_equal(100 + places((number(now) - number(before)) / number(down) * 100, 6), number(found), f"{how} of {code} in {month}")
                        check_equal(number(figure[1].replace(",", "")), number(found), f"{how} of {code} in {month} as shown")
                    else:
                        check_equal(figure[1], "–", f"{how} of {code} in {month}")
                    evaluated[("none", "one", "two")[len(found_links)]] += 1
        check(min(evaluated.values()) > 50, f"{evaluated}")

    def page_of(address):
        return html.unescape(re.search("<main.*</main>", person.get(address, headers={"Accept": "text/html"}).text, re.S).group(0))

    with cases.case("each link of a formula opens to the months, and the parts, it is computed from; each month and part leads on"):
        seen = 0
        for month in ("2020-11", "2021-06"):
            for code in [row["code"] for row in person.get(f"/iip.json?unit=22&month={month}&full=1").json()["rows"] if not row["code"].startswith("link:") and row["base"] is not None]:
                about = f"unit=22&month={month}&node={code}&lang=en"
                exact = [re.search(rf": {N} ÷ {N}: its index over", note).groups() for note in person.get(f"/iip/why.json?{about}").json()["notes"] if note.startswith("link to the weights")]
                links = re.findall(r'<a href="(/iip/why[^"]*&link=1[^"]*)">link to the weights', page_of(f"/iip/why?{about}"))
                check_equal(len(links), len(exact), f"{about}: links that open")
                for link, (up, down) in zip(links, exact):
                    told = person.get(link.replace("/iip/why?", "/iip/why.json?")).json()["rows"]
                    over, parts = ([row for row in told if row["kind"] == kind] for kind in ("month", "part"))
                    check_equal((sum(Fraction(str(row["before"])) for row in over), sum(Fraction(str(row["own"])) for row in over)), (number(up), number(down)), link)
                    check_equal([base_of(over[0]["code"], row["name"]) for row in over], [row["before"] for row in over], f"{link}: each month is what it was")
                    if parts and None not in [row["own"] for row in parts]:
                        weight = sum(Fraction(str(row["weight"])) for row in parts)
                        check(abs(sum(Fraction(str(row["weight"])) * Fraction(str(row["own"])) for row in parts) / weight - number(down)) < Fraction(len(over), 10**8), f"{link}: the parts")
                    page = page_of(link)
                    check_equal(len(re.findall(r'href="/iip/why[^"]*&link=1', page[page.index('id="entries"'):])), len(parts), f"{link}: parts that lead on")
                    seen += len(parts) > 0
        check(seen > 4, f"{seen} links of classes")
        check_contains(person.get("/iip/why.json?unit=22&month=2019-06&node=TOTAL&link=1&lang=en", expect=404).text, "the first weights are linked to none before them", "of the first")

    with cases.case("pages print numbers that can be read; what is printed of the parts' contributions makes up what is printed of their row's"):
        checked = moved = 0
        for unit, month, how in (("22", "2021-06", "yoy"), ("22", "2020-02", "ytd"), ("VN", "2021-03", "yoy"), ("VN", "2019-05", "mom"), ("42", "2021-02", "mom")):
            asked = f"unit={unit}&month={month}&compare={how}&lang=en"
            rows = person.get(f"/iip.json?{asked}&full=1").json()["rows"]
            of = [[Decimal(cell.replace("−", "-").replace("+", "")) if cell else None for cell in re.findall(r'data-l="Contribution[^"]*">(?:<span[^>]*>)?([-+−\d.]*)<', row)] for row in re.findall(r"<tr>.*?</tr>", page_of(f"/iip?{asked}&full=1"), re.S)[1:]]
            check_equal(len(of), len(rows), f"rows of /iip?{asked}")
            for i, row in enumerate(rows):
                below = next((k for k in range(i + 1, len(rows)) if rows[k]["depth"] <= row["depth"]), len(rows))
                parts = [of[k][0] for k in range(i + 1, below) if rows[k]["depth"] == row["depth"] + 1 and of[k] and of[k][0] is not None]
                if of[i] and of[i][0] is not None:
                    moved += of[i][0] != Decimal(str(row["points"])).quantize(Decimal("0.01"), ROUND_HALF_UP)
                if parts and of[i] and of[i][0] is not None:
                    check_equal(sum(parts), of[i][0], f"the printed parts of {row['code']}, {asked}")
                    checked += 1
                if row["points"] is None or row["code"].startswith("link:"):
                    continue
                page = page_of(f"/iip/why?{asked}&node={row['code']}")
                whole = re.search(r"contribution ([-+−\d.]+)", page).group(1)
                cells = re.findall(r'data-l="Contribution, percentage points">([-+−\d.]*|–)<', page)
                if cells and "–" not in cells:
                    check_equal(sum(Decimal(cell.replace("−", "-")) for cell in cells), Decimal(whole.replace("−", "-")), f"the printed parts of {row['code']} at /iip/why, {asked}")
                    checked += 1
                check_equal(re.findall(r"\d[.,]\d{7,}", re.sub(r'title="[^"]*"', "", page)), [], f"numbers of {row['code']} at /iip/why, {asked}")
        check(checked > 40 and moved > 0, f"{checked} sums, {moved} numbers not rounded by themselves")
        node.stop()


if __name__ == "__main__":
    tell(story, "sqlite")
