#!/usr/bin/env python3
"""Published comparisons whose levels are in data/: recomputed exactly, differences listed and explained (docs/published-comparisons.md); and the
program, given the same tables, says the same of parts and wholes. Runs on both stores (CAUNOI_TEST_STORE).

Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import csv
from fractions import Fraction
import io
import re
import shutil
import subprocess
import sys
from pathlib import Path

from support import check, check_contains, check_equal, tell

ROOT = Path(__file__).resolve().parents[2]


def story(cases, world):
    def tool(root, *options):
        return subprocess.run([sys.executable, root / "tools" / "published-comparisons.py", *options], capture_output=True, text=True)

    with cases.case("the page is what the data give, and every difference is explained"):
        result = tool(ROOT, "--check")
        check_equal((result.returncode, result.stderr), (0, ""), "the check")
        text = (ROOT / "docs" / "published-comparisons.md").read_text(encoding="utf-8")
        rows = [r for r in (line.split("|")[1:-1] for line in text.splitlines()) if len(r) == 10 and r[1].strip().isdigit()]
        check(len(rows) >= 11 and all(int(r[8]) == 0 for r in rows), "unexplained ones", rows)
        check(sum(int(r[1]) for r in rows) > 5000, "comparisons recomputed", rows)

    with cases.case("a figure that was typed wrong is an unexplained difference, and an explanation of nothing is refused"):
        copy = world.folder / "copy"
        for part in ("tools", "docs", "data/published"):
            shutil.copytree(ROOT / part, copy / part)
        table = copy / "data" / "published" / "gso_gdp_const2010.csv"
        good = table.read_text(encoding="utf-8")
        table.write_text(re.sub(r"(2024-12,2024-Q4,xay_dung,.*billion VND,)(\d+)", lambda m: m[1] + str(int(m[2]) + 3), good), encoding="utf-8")
        check(table.read_text(encoding="utf-8") != good, "a level was changed")
        result = tool(copy, "--check")
        check_equal(result.returncode, 1, "the check")
        check_contains(result.stderr, "unexplained: GDP, 2010 prices: cong_nghiep_va_xay_dung 2024-Q4", "what is unexplained")
        table.write_text(good, encoding="utf-8")
        with open(copy / "data" / "published" / "differences.csv", "a", encoding="utf-8") as f:
            f.write("nothing 2024,because\n")
        check_contains(tool(copy, "--check").stderr, "explains nothing that is there: nothing 2024", "an idle explanation")

    with cases.case("the program computes the same shares and contributions from the same tables"):
        node = world.node("ministry", "VN")
        published = ROOT / "data" / "published"
        node.prepare("import", published / "gso_gdp_const2010.csv", "--table", "gdp_const")
        node.prepare("import", published / "gso_gdp_current.csv", "--table", "gdp_current")
        with open(published / "gso_gdp_current.csv", encoding="utf-8") as f:
            levels = {(r["period"], r["code"]): Fraction(r["value"]) for r in sorted(csv.DictReader(f), key=lambda r: r["release"])}
        node.serve()
        answer = node.client().get("/figures.csv?indicator=gdp_current&unit=VN&compare=share&from=2023-Q1&to=2024-Q4").text
        seen = 0
        for r in csv.DictReader(io.StringIO(answer)):
            if r["item"] != "tong_so" and r["change"]:
                exact = levels[r["period"], r["item"]] / levels[r["period"], "tong_so"] * 100
                check(abs(Fraction(r["change"]) - exact) <= Fraction(1, 2 * 10**6), "a share", r, exact)
                seen += 1
        check(seen > 100, "shares", seen)

    with cases.case("docs/quality.md lists what the rules find in the exports as published, and a finding has the unit of measure of its product"):
        node.stop()
        node.prepare("import", published / "gso_export.csv", "--table", "export")
        node.prepare("import", published / "gso_product_month.csv", "--table", "product")
        node.add_user("reader", "specialist")
        token = node.token("reader")
        node.serve()
        rows = node.client(token=token).get("/quality.json?from=2019-01&to=2025-02").json()["rows"]
        text = (ROOT / "docs" / "quality.md").read_text(encoding="utf-8")
        check_equal(sorted(r["period"] for r in rows if r["rule"] == "sectors"), re.findall(r"^\| (20\d\d-\d\d) \|", text, re.M), "months whose sectors are not the total")
        measures = {r["item"]: r["unit_of_measure"] for r in rows if r["indicator"] == "product_output"}
        check(len(measures) > 5 and all(measures.values()) and "tonnes" in " ".join(measures.values()), "in English, of each product", measures)


tell(story, "sqlite")
