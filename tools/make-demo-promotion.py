#!/usr/bin/env python3
"""make-demo-promotion.py - write data/demo/promotion/*.jsonl: an illustration of industrial promotion for the demo.

The one published figure is the whole: 75.641 billion dong of the national programme of 2021 (Báo Công Thương, January 2022). Schemes, provinces'
parts, firms and documents below it are invented (a fixed chance: the same files every time) and say so in their titles; their sum is the whole."""

import datetime
import json
import pathlib
import random
import re

ROOT = pathlib.Path(__file__).resolve().parents[1]
OUT = ROOT / "data/demo/promotion"
M = 1_000_000
TOTAL = 75_641 * M

# activity, rate in per cent or None, ceiling in million dong or None, part advanced, names of what is supported
ACTIVITIES = [
    ("a4", 50, 300, 50, ["Máy bào bốn mặt", "Máy cắt laser", "Dây chuyền sấy lạnh", "Máy ép gạch không nung", "Máy dệt kim tự động", "Lò gốm nung ga"]),
    ("a2", 30, 1000, 50, ["Mô hình sản xuất ván ghép thanh", "Mô hình chế biến chè hữu cơ", "Mô hình sản xuất viên nén gỗ", "Mô hình gạch không nung"]),
    ("a19", None, None, 70, ["Đào tạo nghề may công nghiệp", "Truyền nghề mây tre đan", "Đào tạo nghề mộc mỹ nghệ"]),
    ("a6", 100, None, 70, ["Hội chợ công nghiệp nông thôn tiêu biểu", "Hội chợ triển lãm khu vực"]),
    ("a20", None, None, 70, ["Tập huấn quản trị cho cơ sở công nghiệp nông thôn", "Hội thảo sản xuất sạch hơn"]),
    ("a17", None, 6000, 30, ["Hạ tầng cụm công nghiệp"]),
]
FIRMS = ["Công ty TNHH", "Hợp tác xã", "Công ty cổ phần", "Cơ sở"]
PLACES = ["Minh Tâm", "Đại Lộc", "Phúc Thịnh", "Hòa Bình Xanh", "Tân Tiến", "Trường An", "Bình Minh", "Nam Sơn"]


ADVANCE_KNOWN = set(re.findall(r"\{key: (\w+), .*advance: ", (ROOT / "data/workflows/promotion_national/support.norms").read_text()))


def provinces():
    """Key and name of the 63 provinces of 2021."""
    rows = [line.split(",") for line in (ROOT / "data/units/provinces.csv").read_text().splitlines() if line and not line.startswith("#")]
    head = rows[0]
    for row in rows[1:]:
        r = dict(zip(head, row))
        start = r["from"]
        if r["kind"] != "quoc_gia" and start <= "2020-05-01" and (not r.get("to") or r["to"] >= "2021-12-31"):
            yield f"{r['code']}@{start}", r["code"], r["name_vi"]


def paper(names, on, number):
    return {n: {"number": f"MH-{number}/{n[:3].upper()}", "on": on} for n in names}


def step(action, on, role, country=False, fields=None, papers=(), number=0, reason=None):
    s = {"action": action, "on": on, "role": role}
    if country:
        s["unit"] = "VN"
    if fields:
        s["fields"] = {k: str(v) for k, v in fields.items()}
    if papers:
        s["documents"] = paper(papers, on, number)
    if reason:
        s["reason"] = reason
    return s


def amounts(chance, count):
    """Money of each scheme in million dong, and its activity; the sum is the whole."""
    picked = []
    for i in range(count):
        a = ACTIVITIES[chance.choices(range(len(ACTIVITIES)), weights=[10, 5, 4, 2, 2, 1])[0]]
        quantity = chance.randint(1, 3) if a[0] in ("a4", "a2") else 1
        most = (a[2] or 900) * quantity if a[0] != "a17" else 3000
        picked.append([a, quantity, chance.randint(most * 6 // 10, most)])
    left = TOTAL // M - sum(p[2] for p in picked)
    while left != 0:
        p = chance.choice(picked)
        most = (p[0][2] * p[1]) if p[0][2] else 1500
        change = max(-(p[2] - 60), min(left, most - p[2]))
        change = max(-200, min(200, change))
        p[2] += change
        left -= change
    return picked


def scheme(chance, n, key, code, name, what, quantity, dong, fixed=None):
    activity, rate, cap, advance, names = what
    support = dong * M
    firm = fixed["firm"] if fixed else f"{chance.choice(FIRMS)} {chance.choice(PLACES)}"
    title = fixed["title"] if fixed else chance.choice(names)
    share = chance.choice([60, 80, 120, 200, 300, 420]) if activity in ("a4", "a2", "a17") else chance.choice([0, 10, 30])
    enterprise = fixed["enterprise"] * M if fixed else support * share // 100 // M * M
    if rate and rate < 100 and not fixed:
        enterprise = max(enterprise, support * (100 - rate) // rate + M)
    cost = support + enterprise
    one = {"workflow": "promotion_national", "case_unit": key, "title": f"{title}, {name} (minh họa {n:03d})", "on": f"2020-05-{1 + n % 18:02d}", "role": "center",
           "documents": paper(["application", "scheme_text"], f"2020-05-{1 + n % 18:02d}", n),
           "fields": {k: str(v) for k, v in dict(plan_year=2021, activity=activity, beneficiary=firm, tax_code=f"9{code}{n:07d}", implementer=f"Trung tâm Khuyến công {name}",
                      quantity=quantity, eligible_cost=cost, support=support, other_state=0, enterprise_money=enterprise, other_money=0,
                      machines_planned=chance.randint(1, 6), jobs_planned=chance.randint(4, 40), turnover_planned=chance.randint(2, 30) * 1000 * M,
                      energy_planned=chance.randint(5, 20)).items()}}
    acts = [step("take", "2020-05-20", "specialist"),
            step("submit_ministry", "2020-06-15", "director", papers=["base_minutes", "summary"], number=n),
            step("pass_ministry", "2020-10-15", "director", True, papers=["ministry_opinion"], number=n),
            step("approve", "2020-12-29", "director", True, {"approved": support}, ["plan_decision"], n),
            step("assign_plan", "2021-01-20", "director", True, {"assigned": support}, ["assignment"], n),
            step("sign", "2021-02-24", "director", True, {"contract_value": support}, ["contract"], n)]
    first = support * advance // 100
    acts.append(step("advance", "2021-03-11", "specialist", True, {"payment": first}, ["advance_dossier"], n, "Theo tiến độ của hợp đồng (minh họa)" if activity not in ADVANCE_KNOWN else None))
    acts.append(step("start", "2021-03-15", "center"))
    fate = "late" if fixed else chance.choices(["done", "one", "late"], weights=[78, 14, 8])[0]
    acts.append(step("report", "2021-09-30", "center", fields={"progress": 70, "enterprise_spent": enterprise * 6 // 10}, papers=["progress_report"], number=n))
    if fate == "late":
        return one | {"acts": acts}
    acts += [step("inspect", "2021-11-01", "specialist", papers=["inspection_minutes"], number=n),
             step("accept", "2021-11-15", "specialist", fields={"progress": 100, "enterprise_spent": enterprise}, papers=["acceptance_minutes"], number=n),
             step("submit_settlement", "2021-11-28", "center", fields={"settled_value": support}, papers=["settlement_dossier"], number=n),
             step("settle", "2021-12-20", "director", True, {"payment": support - first, "refund": 0, "settled_value": support}, ["liquidation"], n)]
    result = lambda y: {f"machines_{y}": one["fields"]["machines_planned"], f"jobs_{y}": max(0, int(one["fields"]["jobs_planned"]) + chance.randint(-4, 3)),
                        f"turnover_{y}": int(one["fields"]["turnover_planned"]) * chance.randint(70, 120) // 100, f"energy_{y}": chance.randint(3, 18)}
    acts.append(step("results_1", "2023-01-16", "center", fields=result(1), papers=["result_report"], number=n))
    if fate == "done":
        acts.append(step("results_3", "2025-01-14", "center", fields=result(3), papers=["result_report"], number=n))
    return one | {"acts": acts}


ITEMS = [("Máy ghép thanh, máy bào bốn mặt", "máy", 2, 240, 1650, 1, 120, 900), ("Lắp đặt, chạy thử", "gói", 1, 40, 300, 0, 0, 60), ("Đào tạo vận hành", "người", 12, 20, 200, 8, 12, 90)]


def with_items(one):
    """A scheme whose work is planned and reported item by item: quantity, promotion money and enterprise money, in million dong."""
    plan, told = [], []
    for item, unit, quantity, support, enterprise, done, used, spent in ITEMS:
        plan.append(step("set_item", "2021-01-25", "center", fields={"item": item, "item_unit": unit, "item_planned": quantity, "item_support": support * M, "item_enterprise": enterprise * M}))
        told.append(step("report_item", "2021-09-30", "center", fields={
            "item": item, "item_cut_off": "2021-09-25", "item_done": done, "item_forecast": quantity, "item_support_spent": used * M, "item_enterprise_spent": spent * M,
            "item_difficulty": "Máy thứ hai về chậm do giãn cách (minh họa)" if done == 1 else "không"}))
    at = [a["action"] for a in one["acts"]].index
    return one | {"acts": one["acts"][:at("sign")] + plan + one["acts"][at("sign"):at("report")] + told + one["acts"][at("report"):]}


def main():
    chance = random.Random(2021)
    units = list(provinces())
    assert len(units) == 63, len(units)
    dat_to = {"firm": "Công ty TNHH Gỗ Đất Tổ", "title": "Ứng dụng máy móc tiên tiến trong sản xuất gỗ ghép thanh xuất khẩu", "enterprise": 2150}
    picked = amounts(chance, 95)
    phu_tho = next(i for i, u in enumerate(units) if u[1] == "25")
    swap = next(p for p in picked if p[0][0] == "a4" and p[1] == 1 and p[2] == 300) if any(p[0][0] == "a4" and p[1] == 1 and p[2] == 300 for p in picked) else None
    if swap is None:
        swap = next(p for p in picked if p[0][0] == "a4" and p[1] == 1)
        other = next(p for p in picked if p[0][0] == "a17")
        other[2] += swap[2] - 300
        swap[2] = 300
    picked.remove(swap)
    picked.insert(phu_tho, swap)
    lines, parts = [], {}
    for i, (what, quantity, dong) in enumerate(picked):
        key, code, name = units[i % len(units)]
        parts[key] = parts.get(key, 0) + dong
        one = scheme(chance, i + 1, key, code, name, what, quantity, dong, dat_to if i == phu_tho else None)
        lines.append(with_items(one) if i == phu_tho else one)
    assert sum(parts.values()) * M == TOTAL
    budget = [{"workflow": "promotion_budget", "case_unit": "VN@1945-09-02", "title": "Chương trình khuyến công quốc gia 2021", "on": "2020-03-02", "role": "specialist",
               "documents": paper(["guidance"], "2020-03-02", 0), "fields": {"plan_year": "2021", "activity": "all"},
               "acts": [step("propose", "2020-07-15", "specialist", papers=["estimate"]), step("decide", "2020-12-28", "director", fields={"amount": TOTAL}, papers=["decision"])]}]
    for key, code, name in units:
        budget.append({"workflow": "promotion_allotment", "case_unit": key, "title": f"Khuyến công quốc gia 2021: {name} (minh họa)", "on": "2020-07-15", "role": "specialist", "unit": "VN",
                       "fields": {"source": "national", "plan_year": "2021", "activity": "all"},
                       "acts": [step("decide_national", "2020-12-28", "director", True, {"amount": parts[key] * M}, ["decision"])]})
    OUT.mkdir(parents=True, exist_ok=True)
    with open(OUT / "2021.jsonl", "w") as f:
        for line in budget + lines:
            f.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
    for name, all_lines in (("decisions", decisions()), *((f"votes-{unit}", lines) for unit, lines in votes().items())):
        with open(OUT / f"{name}.jsonl", "w") as f:
            for line in all_lines:
                f.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")


def decisions():
    """What is decided for many schemes: the national programme of 2021-2025 with its published targets (ven.vn, 27 October 2021: 340 models, 1,600 applications of
    advanced equipment, 300 technology lines; the day of the decision was not found), and an invented act of a province on its own ceilings."""
    day = "2020-12-31"
    yield {"workflow": "promotion_programme", "case_unit": "VN@1945-09-02", "title": "Chương trình khuyến công quốc gia 2021–2025 (chỉ tiêu theo VEN, 27/10/2021; đề án minh họa, chỉ có năm 2021)", "on": day,
           "role": "specialist", "fields": {"first_year": "2021", "last_year": "2025"},
           "acts": [*(step("set_target", day, "specialist", fields={"activity": activity, "target_count": count}) for activity, count in (("a2", 340), ("a4", 1600), ("a4_line", 300))),
                    {**step("approve", day, "director"), "documents": {"decision": {"number": "1881/QĐ-TTg (ngày ký chưa đối chiếu)", "on": day}}}]}
    yield {"workflow": "promotion_norm", "case_unit": "42@2004-01-01", "title": "Mức hỗ trợ khuyến công Hà Tĩnh (minh họa)", "on": day, "role": "specialist",
           "documents": {"act": {"number": "MH-01/NQ-HĐND", "on": day}}, "fields": {"valid_from": "2021-01-01"},
           "acts": [step("set_both", day, "specialist", fields={"activity": "a4", "rate": "45", "cap": 200 * M}), step("set_rate", day, "specialist", fields={"activity": "a7", "rate": "70"}),
                    step("put_in_force", day, "director")]}


GROUPS = {"handicraft": "thủ công mỹ nghệ", "food": "chế biến nông, lâm, thủy sản", "machinery": "máy móc, phụ tùng", "other": "khác"}
COMMUNE = {"office": "commune", "chair": "commune", "council": "commune"}
PROVINCE = {"office": "specialist", "chair": "director", "council": "specialist"}


def vote(level, unit, year, product, received, points, certificate=None, end=None, below=None):
    """One product in the vote of one level, under the regime of the day of receipt. product: its group and number; points: what each of three members gave in
    all, fewer where the vote goes on; certificate: number and day; end: an act after that; below: the certificate of the level below."""
    group, n = product
    country = level == "region"
    who = COMMUNE if level == "commune" else PROVINCE
    day = lambda days: (datetime.date.fromisoformat(received) + datetime.timedelta(days)).isoformat()
    documents = {"application": {"number": f"MH-{n}/DK", "on": received}} | ({"lower_certificate": dict(zip(("number", "on"), below))} if below else {})
    acts = [step("take", day(6), who["office"], country, papers=["council_decision"], number=n)]
    for member, given in enumerate(points, 1):
        culture, other = given * 35 // 100, given * 15 // 100
        acts.append(step("score", day(14), who["council"], country) | {"by": f"Ủy viên hội đồng {member} (minh họa)",
                                                                       "points": {"economy": given - culture - other, "culture": culture, "other": other}})
    if certificate:
        acts.append(step("certify", certificate[1], who["chair"], country) | {"documents": {"certificate": dict(zip(("number", "on"), certificate))}})
    if end:
        acts.append(step(end[0], end[1], who["chair"], country, papers=["revocation"] if end[0] == "revoke" else [], number=n, reason=end[2]))
    return {"workflow": f"promotion_vote_{level}", "case_unit": unit, "title": f"Sản phẩm {GROUPS[group]} {n} (minh họa)", "on": received,
            "role": "specialist" if country else who["office"], "documents": documents,
            "fields": {"year": str(year), "product": f"Sản phẩm {GROUPS[group]} {n} (minh họa)", "group": group, "establishment": f"Cơ sở minh họa {n}", "tax_code": f"99{n:08d}",
                       "own_make": "yes", "no_infringement": "yes", "meets_standards": "yes", "mass_production": "yes"}, "acts": acts}


def votes():
    """Who writes them and what: votes of communes and provinces by the nodes of the provinces, those of the region by the ministry's. Products are named by their
    group alone; validity (two years) and cycle are what data/workflows says of each regime."""
    thanh_sen, tran_phu, duc_tho, ha_tinh, phu_tho = "18073@2025-07-01", "18100@2025-07-01", "18229@2025-07-01", "42@2004-01-01", "25@2025-07-01"
    xa, tinh, tinh_25 = (lambda n: (f"{n}/GCN-MH-XA", "2025-09-12")), (lambda n: (f"{n}/GCN-MH-HT", "2025-11-20")), (lambda n: (f"{n}/GCN-MH-PT", "2025-12-05"))
    before = lambda n: (f"{n}/GCN-MH-HT", "2023-10-10")
    ha_tinh_lines = [
        vote("province", ha_tinh, 2023, ("handicraft", 1), "2023-08-14", [82, 78, 85], before(1), below=("1/GCN-MH-HUYEN", "2023-06-20")),
        vote("province", ha_tinh, 2023, ("food", 2), "2023-08-15", [75, 74, 80], before(2), ("expire", "2025-10-11", None), ("2/GCN-MH-HUYEN", "2023-06-20")),
        vote("commune", thanh_sen, 2025, ("handicraft", 3), "2025-08-04", [88, 84, 86], xa(3)),
        vote("commune", thanh_sen, 2025, ("food", 4), "2025-08-04", [79, 83, 81], xa(4)),
        vote("commune", tran_phu, 2025, ("machinery", 5), "2025-08-06", [76, 72, 78], xa(5)),
        vote("commune", duc_tho, 2025, ("food", 6), "2025-08-07", [73, 77, 71], xa(6), ("revoke", "2026-02-03", "Sản phẩm không còn đạt tiêu chuẩn đã đăng ký (minh họa)")),
        vote("commune", duc_tho, 2025, ("other", 7), "2025-08-07", [58, 61, 64], end=("decline", "2025-09-12", "Chưa đủ điểm (minh họa)")),
        vote("province", ha_tinh, 2025, ("handicraft", 3), "2025-10-06", [84, 86, 88], tinh(3), below=xa(3)),
        vote("province", ha_tinh, 2025, ("food", 4), "2025-10-06", [80, 78, 82], tinh(4), below=xa(4)),
        vote("province", ha_tinh, 2026, ("machinery", 5), "2026-06-15", [74], below=xa(5)),
    ]
    phu_tho_lines = [
        vote("province", phu_tho, 2025, ("food", 8), "2025-10-20", [85, 81, 83], tinh_25(8), below=("8/GCN-MH-XA", "2025-09-10")),
        vote("province", phu_tho, 2025, ("other", 9), "2025-10-20", [77, 75, 79], tinh_25(9), below=("9/GCN-MH-XA", "2025-09-10")),
    ]
    region_lines = [
        vote("region", ha_tinh, 2026, ("handicraft", 3), "2026-03-02", [87, 83, 85], ("1/GCN-MH-KV", "2026-04-08"), below=tinh(3)),
        vote("region", phu_tho, 2026, ("food", 8), "2026-03-04", [84, 86, 82], ("2/GCN-MH-KV", "2026-04-10"), below=tinh_25(8)),
    ]
    return {"42": ha_tinh_lines, "25": phu_tho_lines, "region": region_lines}


main()
