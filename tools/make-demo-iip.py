#!/usr/bin/env python3
"""Makes data/demo/iip: an illustration of the production index, invented from end to end (the names say so). Run again, it makes the same
files: months 2025-01 to 2026-10, two provinces and the country. What it is there to show: weights of 2025 and, from July 2026, new ones linked
over June 2026 that bring a new product; reports missing in a month; a product made by too few to be shown; an establishment that began late."""

import csv
import pathlib
import random

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "data" / "demo" / "iip"
MONTHS = [f"{year}-{month:02d}" for year in (2025, 2026) for month in range(1, 13)][:22]
NEW_FROM = "2026-03"  # first month of the new product
SEASON = [0.97, 0.78, 1.0, 1.01, 1.02, 1.03, 1.02, 1.03, 1.04, 1.05, 1.06, 1.09]  # Tết in the second month

TREE = [  # code, parent, name
    ("TOTAL", "", "Toàn ngành công nghiệp (số liệu minh họa)"),
    ("B", "TOTAL", "Khai khoáng"), ("C", "TOTAL", "Công nghiệp chế biến, chế tạo"),
    ("D", "TOTAL", "Sản xuất và phân phối điện, khí đốt"), ("E", "TOTAL", "Cung cấp nước, xử lý rác thải, nước thải"),
    ("08", "B", "Khai khoáng khác"), ("10", "C", "Sản xuất chế biến thực phẩm"), ("11", "C", "Sản xuất đồ uống"),
    ("13", "C", "Dệt"), ("23", "C", "Sản xuất sản phẩm từ khoáng phi kim loại khác"), ("24", "C", "Sản xuất kim loại"),
    ("27", "C", "Sản xuất thiết bị điện"), ("35", "D", "Sản xuất và phân phối điện"), ("36", "E", "Khai thác, xử lý và cung cấp nước"),
]
PRODUCTS = {  # code: parent, name, measure
    "da_xay_dung": ("08", "Đá xây dựng", "nghìn m3"), "thuy_san_che_bien": ("10", "Thủy sản chế biến", "tấn"),
    "che_kho": ("10", "Chè chế biến", "tấn"), "bia_dong_lon": ("11", "Bia đóng lon", "nghìn lít"), "soi_cac_loai": ("13", "Sợi các loại", "tấn"),
    "xi_mang": ("23", "Xi măng", "nghìn tấn"), "gach_op_lat": ("23", "Gạch ốp lát", "nghìn m2"), "sat_thep_tho": ("24", "Sắt, thép thô", "nghìn tấn"),
    "pin_xe_dien": ("27", "Pin xe điện (mới)", "nghìn kWh"), "dien_san_xuat": ("35", "Điện sản xuất", "triệu kWh"),
    "nuoc_may": ("36", "Nước máy", "nghìn m3"),
}
MADE = {  # unit: product: (establishments, quantity a month of all, growth a year)
    "42": {"da_xay_dung": (4, 210, .02), "thuy_san_che_bien": (4, 1800, .05), "bia_dong_lon": (3, 5200, .03), "soi_cac_loai": (3, 900, .06),
           "xi_mang": (3, 55, -.02), "sat_thep_tho": (1, 460, .12), "pin_xe_dien": (3, 90, .5), "dien_san_xuat": (5, 720, .08), "nuoc_may": (3, 1900, .04)},
    "25": {"da_xay_dung": (5, 340, .03), "che_kho": (5, 2400, .04), "bia_dong_lon": (3, 7100, .02), "soi_cac_loai": (4, 2600, .07),
           "xi_mang": (4, 150, .01), "gach_op_lat": (4, 3100, -.03), "dien_san_xuat": (4, 260, .02), "nuoc_may": (3, 2700, .03)},
}
WEIGHTS = {  # value added, invented
    "42": {"B": 3, "C": 74, "D": 21, "E": 2, "08": 1, "10": 9, "11": 7, "13": 5, "23": 6, "24": 73, "27": 0, "35": 1, "36": 1},
    "25": {"B": 4, "C": 86, "D": 8, "E": 2, "08": 1, "10": 18, "11": 9, "13": 34, "23": 39, "24": 0, "27": 0, "35": 1, "36": 1},
    "VN": {"B": 3, "C": 81, "D": 14, "E": 2, "08": 1, "10": 14, "11": 8, "13": 21, "23": 24, "24": 33, "27": 0, "35": 1, "36": 1},
}
NEXT = {"42": {"C": 76, "D": 19, "24": 66, "27": 11}, "25": {"10": 20, "13": 36, "23": 35}, "VN": {"C": 82, "D": 13, "24": 30, "27": 5}}
SHARE = {"xi_mang": 55, "gach_op_lat": 45, "thuy_san_che_bien": 60, "che_kho": 40}
MISSING = {("25", "soi_cac_loai", 2, "2026-09"), ("42", "thuy_san_che_bien", 3, "2026-09"), ("42", "thuy_san_che_bien", 3, "2026-10"),
           ("25", "che_kho", 1, "2026-10")}
LATE = {("25", "gach_op_lat", 3): "2025-09"}  # began to report later


def write(name, head, rows):
    with open(FOLDER / name, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)


def weights(unit, is_next):
    weight = {**WEIGHTS[unit], **(NEXT[unit] if is_next else {})}
    made = set(MADE.get(unit, {})) if unit != "VN" else set().union(*MADE.values())
    made -= set() if is_next else {"pin_xe_dien"}
    parents = {PRODUCTS[p][0] for p in made}
    rows = []
    for code, parent, name in TREE:
        if code == "TOTAL" or parent == "TOTAL" or code in parents:
            rows.append((code, parent, name, "", weight.get(code, 1)))
    rows += [(p, PRODUCTS[p][0], PRODUCTS[p][1], PRODUCTS[p][2], SHARE.get(p, 1)) for p in PRODUCTS if p in made]
    return rows


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    chance = random.Random(2026)
    for unit in ("VN", "25", "42"):
        head = ("code", "parent", "name", "measure", "weight")
        write(f"weights-{unit}-2025.csv", head, weights(unit, False))
        write(f"weights-{unit}-2026.csv", head, weights(unit, True))
    for unit, products in MADE.items():
        sample, output = [], []
        for product, (count, quantity, growth) in products.items():
            part = [chance.uniform(.7, 1.3) for _ in range(count)]
            for n in range(count):
                code, begin = f"{unit}-{product}-{n + 1}", LATE.get((unit, product, n), NEW_FROM if product == "pin_xe_dien" else MONTHS[0])
                sample.append((code, f"Cơ sở minh họa {unit}.{len(sample) + 1}", product, begin, ""))
                for i, month in enumerate(MONTHS):
                    if month < begin or (unit, product, n, month) in MISSING:
                        continue
                    made = quantity * part[n] / sum(part) * SEASON[i % 12] * (1 + growth) ** (i / 12) * chance.uniform(.96, 1.04)
                    output.append((month, code, product, PRODUCTS[product][2], f"{made:.3f}"))
        write(f"sample-{unit}.csv", ("establishment", "name", "product", "from", "to"), sample)
        write(f"output-{unit}.csv", ("month", "establishment", "product", "measure", "quantity"), sorted(output))


if __name__ == "__main__":
    main()
