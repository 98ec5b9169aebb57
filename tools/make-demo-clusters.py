#!/usr/bin/env python3
"""make-demo-clusters.py - the invented industrial clusters of the demonstration: data/demo/clusters-42.json and -25.json, and the ministry's opinions
of 2021, data/demo/opinions-2021.jsonl. Run again it makes the same files. No figure, place or name in them is anybody's."""
import json
import math
import pathlib
import random

TOP = pathlib.Path(__file__).resolve().parents[1] / "data"
SOURCE = "Minh họa: số liệu giả định, không phải của cụm nào có thật"
# Roughly where, degrees; on land within the province.
ACCOUNTS_AT = "18073"  # the commune whose cluster has an investor and a tenant with an account
PLACES = {"42": [(18.34, 105.86), (18.42, 105.72), (18.52, 105.66), (18.22, 105.92), (18.10, 106.16), (18.16, 106.02), (18.28, 105.58), (18.45, 105.80), (18.06, 106.26)],
          "25": [(21.32, 105.38), (21.40, 105.22), (21.28, 105.20), (21.18, 105.14), (21.52, 105.18), (21.33, 105.58), (20.84, 105.33), (21.12, 105.05), (21.24, 105.62)]}
NAMES = ["Hưng Thịnh", "Tân Tiến", "Đại Đồng", "Bình Minh", "Hòa Phát Lộc", "Thống Nhất", "Đoàn Kết", "Minh Khai", "Phú Cường"]
TRADES = ["cơ khí, điện tử", "dệt may, da giày", "chế biến gỗ", "chế biến nông sản", "vật liệu xây dựng"]
ADJUSTED = ["02", "04", "08", "14", "20", "24", "25", "31", "37", "42", "48", "64"]  # provinces of 2021
PLANNED = ["10", "19", "33", "36", "49", "56", "66", "82"]


def communes(province):
    rows = (TOP / "units/communes-2025.csv").read_text(encoding="utf-8").splitlines()
    return [r.split(",")[0] for r in rows if not r.startswith("#") and r.split(",")[4:5] == [province]]


def text(value, decimals=2):
    return f"{value:.{decimals}f}".rstrip("0").rstrip(".") if decimals else str(int(value))


def boundary(lat, lon, hectares):
    half = math.sqrt(hectares * 10000) / 2
    dy, dx = half / 110700, half / (111320 * math.cos(math.radians(lat)))
    ring = [[lon - dx, lat - dy * .8], [lon + dx * .9, lat - dy], [lon + dx * 1.05, lat + dy * .9], [lon - dx * .95, lat + dy * 1.1], [lon - dx, lat - dy * .8]]
    return json.dumps({"type": "Polygon", "coordinates": [[[round(x, 6), round(y, 6)] for x, y in ring]]})


def cluster(rng, number, code, place):
    lat, lon = place
    legacy, planned = number == 7, number == 8
    total = rng.choice([25, 32, 38, 45, 52, 60, 68, 74])
    industrial = round(total * rng.uniform(.62, .72), 1)
    occupied = 0 if planned else industrial * [.27, .47, .53, .61, .70, .80, .92, 1.0, 0][number]
    leased = round(occupied * (1 if number in (6, 7) else .82), 2)
    committed = round(occupied - leased, 2)
    state = "operating_not_established" if legacy else "under_construction" if planned else "full" if number == 7 else "operating"
    account = lambda login, first: {"account": login} if first and code == ACCOUNTS_AT else {}  # of people of the demonstration (areas/demo)
    identity = {"name": f"{NAMES[number]} (minh họa)", "kind": ["general", "craft_village", "specialised"][number % 3], "state": state,
                "formed": "before_2009" if legacy else "before_2017" if number < 4 else "later", "trades": TRADES[number % 5], "latitude": text(lat, 4), "longitude": text(lon, 4),
                "detailed_plan": "yes", "project": "no" if legacy else "yes", "source": SOURCE}
    if not legacy:
        identity["established_on"] = f"{2014 + number}-0{1 + number % 9}-15"
    fields = [("identity", "", identity),
              ("areas", "", {"total": text(total), "industrial": text(industrial), "ready": text(industrial * (.2 if planned else .85)), "leased": text(leased), "committed": text(committed)}),
              ("environment", "", {"wastewater": str(rng.choice([500, 800, 1000, 1500, 2000])), "wastewater_state": "building" if planned else "none" if legacy else "built",
                                   "meets_standard": "no" if legacy or planned else "yes"} if not legacy else {"wastewater_state": "none", "meets_standard": "no"}),
              ("boundary", "", {"geojson": boundary(lat, lon, total)})]
    if not legacy:
        fields.append(("investor", "I1", {"name": f"Công ty hạ tầng {NAMES[number]} (minh họa)", "kind": "enterprise" if number % 3 else "public", "from": identity["established_on"], **account("chudautu", True)}))
        fields.append(("decision", "Q1", {"kind": "establish", "number": f"MH{number + 1}/QĐ-UBND", "decided_on": identity["established_on"], "area": text(total)}))
        fields.append(("capital", "V1", {"origin": "investor", "approved": text(total * 4.5, 1), "disbursed": text(total * (1 if planned else 3.6), 1)}))
        fields.append(("capital", "V2", {"origin": "local", "approved": text(total * .8, 1), "disbursed": text(total * .5, 1)}))
    change = ["kept", "kept", "changed", "kept", "changed", "kept", "kept", None, "added"][number]  # the legacy cluster stands in no plan
    if change:
        fields.append(("plan", "P1", {"change": change, "area": text(total), "trades": TRADES[number % 5], "decision": "MH9/QĐ-TTg", "decided_on": "2023-11-20",
                                      **({"supersedes": f"MH1/QĐ-UBND, {text(total - 6)} ha"} if change == "changed" else {})}))
    for kind, note in (("roads", "Mặt đường 15 m"), ("power", "Điện 22 kV"), ("water", "Cấp nước 1.200 m³/ngày đêm"), ("wastewater", ""), ("fire", ""), ("trees", "")):
        there = "none" if legacy and kind in ("wastewater", "fire") else "building" if planned else "in_use" if rng.random() < .85 else "building"
        fields.append(("work", kind, {"kind": kind, "state": there, **({"note": note} if note else {})}))
    if not planned:
        for t in range(2 + number % 4):
            fields.append(("tenant", f"D{t + 1}", {"name": f"Dự án {chr(65 + t)} (minh họa)", "trade": TRADES[(number + t) % 5], "fdi": "yes" if t == 1 else "no",
                                                   "state": "operating" if t < 2 else "building", "leased": text(leased / 6), **account("doanhnghiep", t == 0)}))
    vacant = [7, 6, 3, 3, 4, 2, 1, 0, 5][number]
    for p in range(12):
        name, size = f"{'ABC'[p // 4]}{p % 4 + 1}", rng.randrange(40, 300) * 100
        kind = "vacant" if p < vacant else "reserved" if p == vacant and number != 7 else "shared" if p == 11 else "reserved" if planned else "leased"
        plot = {"area": str(size), "state": kind, "price": text(rng.choice([45, 52, 55, 58, 60, 62, 64, 65, 70]) + (.5 if p % 3 == 0 else 0))}
        if kind == "vacant" and p % 3 == 2:
            plot["ready_from"] = "2027-03-01"
        if p % 4 == 0:
            plot["trades"] = TRADES[number % 5]
        fields.append(("plot", name, plot))
    # From when it holds: what it is from its establishment on, first with little land leased; land, works, money and tenants of today from 2025 on, plots from now on.
    begun = identity.get("established_on", "2008-01-01")
    first = ("areas", "", {**fields[1][2], "ready": text(industrial * .2), "leased": text(leased * .4), "committed": "0"})
    dated = [(*fields[0], begun), (*first, begun), (*fields[1], "2025-01-01")] + [(*f, begun if f[0] in ("environment", "boundary", "investor", "decision") else "2023-11-20" if f[0] == "plan" else None if f[0] == "plot" else "2025-01-01") for f in fields[2:]]
    return {"unit": code, "items": [{"list": one, "item": item, "fields": f, **({"on": on} if on else {})} for one, item, f, on in dated]}


def opinion(province, kind, number):
    month, day = 1 + number % 11, 3 + number % 20
    on = lambda later: f"2021-{month + (day + later) // 28:02d}-{(day + later) % 28 + 1:02d}"
    paper = lambda what, later: {"number": f"MH{number + 1}/{what}", "on": on(later)}
    some = kind == "adjustment"
    result = ["agree", "conditions", "agree"][number % 3]
    return {"workflow": "cluster_plan_opinion", "case_unit": f"{province}@2004-01-01", "role": "specialist", "unit": "VN", "on": on(0),
            "title": f"Minh họa: {'điều chỉnh, bổ sung' if some else 'phương án mới'} cụm công nghiệp, tỉnh mã {province} (2021)", "documents": {"request": paper("UBND", 0)},
            "fields": {"kind": kind, "added": str(1 + number % 4), "changed": str(number % 3 if some else 0), "removed": str(number % 2 if some else 0)},
            "acts": [{"action": "take", "role": "specialist", "unit": "VN", "on": on(2), "documents": {"draft": paper("DT", 1)}},
                     {"action": "answer", "role": "director", "unit": "VN", "on": on(16), "documents": {"opinion": paper("BCT", 16)},
                      "fields": {"result": result, "conditions": "Minh họa: rà soát quỹ đất, hạ tầng" if result == "conditions" else "Minh họa: không"}}]}


def write(name, value):
    (TOP / "demo" / name).write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


for province in PLACES:
    rng, codes = random.Random(int(province)), communes(province)
    write(f"clusters-{province}.json", {"clusters": [cluster(rng, n, codes[n * 5], place) for n, place in enumerate(PLACES[province])]})
opinions = [opinion(p, "adjustment", n) for n, p in enumerate(ADJUSTED)] + [opinion(p, "new_plan", n + 12) for n, p in enumerate(PLANNED)]
(TOP / "demo/opinions-2021.jsonl").write_text("".join(json.dumps(o, ensure_ascii=False) + "\n" for o in opinions), encoding="utf-8")
