#!/usr/bin/env python3
"""Recompute every comparison that a publisher printed and whose levels are in data/, exactly, and say of each whether it agrees.

    tools/published-comparisons.py           write docs/published-comparisons.md
    tools/published-comparisons.py --check   fail where the page is not what the data give, or a difference has no explanation

A difference is explained by the numbers themselves (rounding: it lies within the half units of the printed digits; adjusted: the integers that the table shows add up; revised: the publisher
printed the figure again), or by a line of data/published/differences.csv, or not at all: then this fails. Nothing has a tolerance."""

import csv
import sys
from collections import defaultdict
from fractions import Fraction
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "data" / "published"
PAGE = ROOT / "docs" / "published-comparisons.md"


def table(name):
    with open(DATA / name, encoding="utf-8") as f:
        return list(csv.DictReader(line for line in f if not line.startswith("#")))


class Printed:
    """A number as printed: its value, and the half unit of its last digit."""

    def __init__(self, text):
        self.text, self.value = text, Fraction(text)
        decimals = len(text.split(".")[1]) if "." in text else 0
        self.half = Fraction(1, 2 * 10**decimals)

    @property
    def low(self):
        return self.value - self.half

    @property
    def high(self):
        return self.value + self.half


class Comparison:
    def __init__(self, what, when, printed, computed, low, high, explanation=None):
        self.what, self.when, self.printed, self.computed, self.low, self.high = what, when, printed, computed, low, high
        self.explanation = explanation
        self.adds_up_as_shown = False  # rounded to integers, as the printed table shows them, the parts are the whole

    @property
    def key(self):
        return f"{self.what} {self.when}"

    @property
    def difference(self):
        return self.printed.value - self.computed

    def verdict(self, known):
        if self.difference == 0:
            return "agrees"
        if self.low <= self.printed.high and self.printed.low <= self.high:
            return "rounding"
        if self.adds_up_as_shown:
            return "adjusted"
        return self.explanation or known.get(self.key)


def as_shown(number):
    """To an integer, half away from zero, as a table without decimals shows it."""
    return int(abs(number.value) + Fraction(1, 2)) * (1 if number.value >= 0 else -1)


def added(what, when, whole, parts):
    c = Comparison(what, when, whole, sum(p.value for p in parts), sum(p.low for p in parts), sum(p.high for p in parts))
    # The publisher adjusts a cell of its table, by a whole unit at most, so that what it shows adds up; the cell then has fewer decimals than the others.
    c.adds_up_as_shown = (any(p.half >= Fraction(1, 20) for p in [whole, *parts]) and as_shown(whole) == sum(map(as_shown, parts))
                          and abs(c.difference) < 1)
    return c


def shown(fraction, decimals=6):
    scaled = round(fraction * 10**decimals)
    text = f"{abs(scaled):0{decimals + 1}d}"
    text = f"{text[:-decimals]}.{text[-decimals:]}".rstrip("0").rstrip(".")
    return ("-" if scaled < 0 else "") + text


# ---- levels: a whole and its parts ----------------------------------------------------------------------------------

ACTIVITIES = {
    "tong_so": ["nong_lam_nghiep_va_thuy_san", "cong_nghiep_va_xay_dung", "dich_vu", "thue_san_pham_tru_tro_cap_san_pham"],
    "nong_lam_nghiep_va_thuy_san": ["nong_nghiep", "lam_nghiep", "thuy_san"],
    "cong_nghiep_va_xay_dung": ["cong_nghiep", "xay_dung"],
    "cong_nghiep": ["khai_khoang", "cong_nghiep_che_bien_che_tao", "san_xuat_va_phan_phoi_dien_khi_dot_nuoc_nong_hoi_nuoc_va_dieu_hoa_khong_khi",
                    "cung_cap_nuoc_hoat_dong_quan_ly_va_xu_ly_rac_thai_nuoc_thai"],
    "dich_vu": ["ban_buon_va_ban_le_sua_chua_o_to_mo_to_xe_may_va_xe_co_dong_co_khac", "van_tai_kho_bai", "dich_vu_luu_tru_va_an_uong", "thong_tin_va_truyen_thong",
                "hoat_dong_tai_chinh_ngan_hang_va_bao_hiem", "hoat_dong_kinh_doanh_bat_dong_san", "hoat_dong_chuyen_mon_khoa_hoc_va_cong_nghe",
                "hoat_dong_hanh_chinh_va_dich_vu_ho_tro",
                "hoat_dong_cua_dang_cong_san_to_chuc_chinh_tri_xa_hoi_quan_ly_nha_nuoc_an_ninh_quoc_phong_dam_bao_xa_hoi_bat_buoc", "giao_duc_va_dao_tao",
                "y_te_va_hoat_dong_tro_giup_xa_hoi", "nghe_thuat_vui_choi_va_giai_tri", "hoat_dong_dich_vu_khac",
                "hoat_dong_lam_thue_cac_cong_viec_trong_cac_ho_gia_dinh_san_xuat_san_pham_vat_chat_va_dich_vu_tu_tieu_dung_cua_ho_gia_dinh"],
}


def levels(name, measure):
    found = defaultdict(dict)
    for row in table(name):
        if row["measure"] == measure:
            found[row["release"], row["period"]][row["code"]] = Printed(row["value"])
    return found


def wholes(name, measure, title, plan):
    for (release, period), printed in sorted(levels(name, measure).items()):
        for whole, parts in plan.items():
            if whole in printed and all(p in printed for p in parts):
                yield added(f"{title}: {whole}", f"{period} (release {release})", printed[whole], [printed[p] for p in parts])


TRADE = {"tong_tri_gia": ["khu_vuc_kinh_te_trong_nuoc", "khu_vuc_co_von_dau_tu_nuoc_ngoai"]}
FOREIGN = {"khu_vuc_co_von_dau_tu_nuoc_ngoai": ["fdi_dau_tho", "fdi_hang_hoa_khac"]}


# ---- printed by the press with what they are made of ---------------------------------------------------------------------

def press():
    current = levels("gso_gdp_current.csv", "level")
    for row in table("press_comparisons.csv"):
        printed, what, when = Printed(row["printed"]), f"{row['source']}: {row['what']}", row["period"]
        inputs = row["inputs"].split()
        if row["kind"] == "sum":
            yield added(what, when, printed, [Printed(x) for x in inputs])
        elif row["kind"] == "difference":
            a, b = (Printed(x) for x in inputs)
            yield Comparison(what, when, printed, a.value - b.value, a.low - b.high, a.high - b.low)
        elif row["kind"] == "share":
            a, b = (Printed(x) for x in inputs)
            yield Comparison(what, when, printed, a.value / b.value * 100, a.low / b.high * 100, a.high / b.low * 100)
        elif row["kind"] == "gdp_share":  # of the levels that the statistics office printed for the quarter, each release by itself
            for (release, period), values in sorted(current.items()):
                if period == when:
                    a, b = values[inputs[0]], values[inputs[1]]
                    yield Comparison(what, f"{when} (levels of release {release})", printed, a.value / b.value * 100, a.low / b.high * 100, a.high / b.low * 100,
                                     None if release == min(r for r, p in current if p == when) else "revised: the levels were printed again after the report")
        else:
            sys.exit(f"press_comparisons.csv: unknown kind {row['kind']}")


# ---- comparisons printed without levels: they must agree with each other ----------------------------------------------------

def month_before(period, months=1):
    year, month = int(period[:4]), int(period[5:7]) - months
    while month < 1:
        year, month = year - 1, month + 12
    return f"{year}-{month:02d}"


def chains(name, title, mom, yoy, revised=None):
    """yoy of a month = yoy of the month before x mom of the month / mom of the same month a year before."""
    printed = defaultdict(dict)
    for row in table(name):
        if "-Q" not in row["period"] and Fraction(row["value"]) > 0:
            printed[row["measure"], row["period"][:7]][row["code"]] = Printed(row["value"])
    for (measure, period), values in sorted(printed.items()):
        if measure != yoy:
            continue
        before = printed.get((revised, period)) if revised else None
        before = before or printed.get((yoy, month_before(period)))
        now, then = printed.get((mom, period)), printed.get((mom, month_before(period, 12)))
        for code, value in sorted(values.items()):
            if before and now and then and code in before and code in now and code in then:
                b, n, t = before[code], now[code], then[code]
                yield Comparison(f"{title}: {code}", period, value, b.value * n.value / t.value, b.low * n.low / t.high, b.high * n.high / t.low,
                                 "undecidable: the month a year before was printed once, as a first estimate; what it was revised to is not printed")


def printed_again(name, title, first, again, keep_period=False):
    """A figure printed first, and again in a later release."""
    values = defaultdict(list)
    for row in table(name):
        if row["measure"] in (first, again):
            period = row["period"][:7]
            if row["measure"] == again and not keep_period and again != first:
                period = month_before(period)
            values[row["code"], period].append((row["release"], Printed(row["value"])))
    for (code, period), list_ in sorted(values.items()):
        list_.sort(key=lambda x: x[0])
        for (r, a), (s, b) in zip(list_, list_[1:]):
            if r != s:
                yield Comparison(f"{title}: {code}", f"{period} (release {r}, again {s})", a, b.value, b.low, b.high, f"revised: printed again in {s}")


SECTIONS = [
    ("Gross domestic product at constant prices: the whole is its parts", lambda: wholes("gso_gdp_const2010.csv", "level", "GDP, 2010 prices", ACTIVITIES)),
    ("Gross domestic product at current prices: the whole is its parts", lambda: wholes("gso_gdp_current.csv", "level", "GDP, current prices", ACTIVITIES)),
    ("Exports: the total is the domestic and the foreign-invested sector", lambda: wholes("gso_export.csv", "month_value", "exports", TRADE)),
    ("Exports: the foreign-invested sector is its crude oil and its other goods", lambda: wholes("gso_export.csv", "month_value", "exports", FOREIGN)),
    ("Imports: the total is the domestic and the foreign-invested sector", lambda: wholes("gso_import.csv", "month_value", "imports", TRADE)),
    ("Printed by the press with its parts", press),
    ("Production index: the year's comparison is that of the month before, carried on by the months' comparisons",
     lambda: chains("gso_iip_month.csv", "IIP", "mom", "yoy", "prev_month_yoy_revised")),
    ("Labour index of the provinces: the same",
     lambda: chains("gso_labour_province.csv", "labour", "vs_prev_month", "vs_same_month_prev_year")),
    ("Production index: first estimate and what was printed a month later", lambda: printed_again("gso_iip_month.csv", "IIP yoy", "yoy", "prev_month_yoy_revised")),
    ("Products: estimate of the month and actual output printed a month later",
     lambda: printed_again("gso_product_month.csv", "product", "month_estimate", "prev_month_actual")),
    ("Gross domestic product, 2010 prices: a quarter printed again", lambda: printed_again("gso_gdp_const2010.csv", "GDP, 2010 prices", "level", "level")),
    ("Gross domestic product, current prices: a quarter printed again", lambda: printed_again("gso_gdp_current.csv", "GDP, current prices", "level", "level")),
]
LISTED = 8


def middle(sizes):
    """The median of relative differences, of those that do not agree, in percent."""
    return f"{shown(sorted(sizes)[len(sizes) // 2], 4)} %" if sizes else "–"


def page():
    known = {row["key"]: row["explanation"] for row in table("differences.csv")}
    used, unexplained = set(), []
    out = ["# Published comparisons, recomputed", "",
           "Made by `tools/published-comparisons.py` from `data/published`; the story `comparisons_story.py` fails where this page is not what the data",
           "give or a difference has no explanation. Computed with exact fractions; nothing has a tolerance. *Rounding*: the difference lies within the half",
           "units of the digits printed. *Adjusted*: a cell with fewer decimals, changed by less than a unit so that the integers the table shows add up; it",
           "is checked that they do. *Revised*: the publisher printed the figure again, otherwise. *Undecidable*: a comparison rests on a base",
           "that was revised and not printed again: nothing is claimed. *Explained*: `data/published/differences.csv` says why.", "",
           "All tables with levels are here. Nothing can be recomputed of the consumption and inventory indices (printed for the ends of quarters, so that no month follows another), of the",
           "growth of provinces' products in 2023-Q1 (no levels), of industries against their sections and of provinces against the country (no weights are printed), of goods",
           "against exports and imports (the list is not exhaustive).", "",
           "| comparison | recomputed | agree | rounding | adjusted | revised | undecidable | explained | unexplained | median difference |", "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"]
    details = []
    for title, comparisons in SECTIONS:
        counts, listed, sizes = defaultdict(int), [], []
        for c in comparisons():
            verdict = c.verdict(known)
            kind = "unexplained" if verdict is None else verdict if verdict in ("agrees", "rounding", "adjusted") else verdict.split(":")[0] if verdict.startswith(("revised", "undecidable")) else "explained"
            counts[kind] += 1
            if c.computed and kind != "agrees":
                sizes.append(abs(c.difference / c.computed) * 100)
            if kind == "explained":
                used.add(c.key)
            if kind == "unexplained":
                unexplained.append(c)
            if kind not in ("agrees", "rounding", "adjusted"):
                listed.append((c, verdict))
        total = sum(counts.values())
        out.append(f"| {title} | {total} | {counts['agrees']} | {counts['rounding']} | {counts['adjusted']} | {counts['revised']} | {counts['undecidable']} | {counts['explained']} | "
                   f"{counts['unexplained']} | {middle(sizes)} |")
        if listed:
            listed.sort(key=lambda x: (-abs(x[0].difference / x[0].computed) if x[0].computed else 0, x[0].key))
            explained = [x for x in listed if x[1] is None or not x[1].startswith(("revised", "undecidable"))]
            rest = [x for x in listed if x not in explained]
            details += ["", f"## {title}", "", "| what | when | printed | recomputed | difference | why |", "|---|---|---:|---:|---:|---|"]
            for c, verdict in explained + rest[:LISTED]:
                details.append(f"| {c.what} | {c.when} | {c.printed.text} | {shown(c.computed)} | {shown(c.difference)} | {verdict or '**unexplained**'} |")
            if len(rest) > LISTED:
                details += ["", f"The {LISTED} largest of {len(rest)}; `--all` lists every one."] if "--all" not in sys.argv else []
    for key in sorted(set(known) - used):
        unexplained.append(key)
    return "\n".join(out + details) + "\n", unexplained


def main():
    global LISTED
    if "--all" in sys.argv:
        LISTED = 10**9
        print(page()[0], end="")
        return 0
    text, unexplained = page()
    for u in unexplained:
        print(f"explains nothing that is there: {u}" if isinstance(u, str) else
              f"unexplained: {u.key}: printed {u.printed.text}, recomputed {shown(u.computed)}", file=sys.stderr)
    if "--check" not in sys.argv:
        PAGE.write_text(text, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
        print(f"{PAGE.relative_to(ROOT)} is not what the data give: run tools/published-comparisons.py", file=sys.stderr)
        return 1
    return 1 if unexplained else 0


sys.exit(main())
