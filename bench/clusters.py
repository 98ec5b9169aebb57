#!/usr/bin/env python3
"""clusters.py [PROGRAM] - industrial clusters of a whole country: searching 20,000 plots, and the country's sum of reports after one tenant corrected its form 01,
each beside plain SQL over the same database in the same run; a line of JSON each. On a machine that is busy with something else only
the ratios and the processor's time for one answer count."""
import http.client
import json
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse

DATA = pathlib.Path(__file__).resolve().parents[1] / "data"
CLUSTERS, PLOTS, TENANTS, ROUNDS, BATCH = 1000, 20, 3, 40, 25
PERIOD = "2026-S1"


def communes():
    rows = [r.split(",") for r in (DATA / "units/communes-2025.csv").read_text(encoding="utf-8").splitlines() if not r.startswith("#")]
    first = {}
    for row in rows[1:]:
        first.setdefault(row[4], row[0])
    return sorted(first.values())


def batch(rng, number, codes):
    clusters, reports = [], []
    for n in range(number, number + BATCH):
        name, code = f"Cụm {n}", codes[n % len(codes)]
        items = [("identity", "", {"name": name, "kind": "general", "state": "operating", "latitude": f"{rng.uniform(10, 22):.4f}", "longitude": f"{rng.uniform(104, 108):.4f}"}),
                 ("areas", "", {"total": "60", "industrial": "40", "ready": "30", "leased": str(rng.randrange(35))}),
                 ("environment", "", {"wastewater": str(rng.randrange(2000)), "wastewater_state": "built"})]
        items += [("tenant", f"T{t}", {"name": f"Dự án {t}", "state": "operating"}) for t in range(TENANTS)]
        items += [("plot", f"L{p}", {"area": str(rng.randrange(1000, 40000)), "state": "vacant" if p % 4 else "leased", "price": str(rng.randrange(40, 90)),
                                     "trades": rng.choice(["", "dệt may", "cơ khí"])}) for p in range(PLOTS)]
        clusters.append({"unit": code, "items": [{"list": a, "item": b, "fields": f, "on": "2025-01-01"} for a, b, f in items]})
        cells = {"revenue": "10", "budget": "1", "labour": "100", "income": "8"}
        reports += [{"as": f"xa{code}", "form": "01", "about": f"@{name}-T{t}", "period": PERIOD, "cells": cells} for t in range(TENANTS)]
        reports.append({"as": f"xa{code}", "form": "02", "about": f"@{name}", "period": PERIOD, "cells": {"9": "1", "10": "1", "11": "5", "12": "8"}})
    return {"clusters": clusters, "reports": reports}


def run(program, *arguments, text=None):
    done = subprocess.run([program, *map(str, arguments)], input=text, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{arguments[0]}: {done.stderr}")
    return done.stdout


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def processor_ms(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def timed(call):
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1000


def main(program):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="caunoi-bench-"))
    server = None
    try:
        node, rng, codes = folder / "node", random.Random(7), communes()
        run(program, "init", node, "--unit", "VN")
        run(program, "user", "add", node, "officer", "--role", "specialist", "--unit", "VN", text="a long enough one\n")
        for code in codes:
            run(program, "user", "add", node, f"xa{code}", "--role", "commune", "--unit", code, text="a long enough one\n")
        for number in range(0, CLUSTERS, BATCH):
            (folder / "batch.json").write_text(json.dumps(batch(rng, number, codes)), encoding="utf-8")
            run(program, "cluster", "import", node, folder / "batch.json", "--as", "officer")
        tokens = {who: run(program, "user", "token", node, who).split()[-1] for who in ("officer", f"xa{codes[0]}")}
        database = sqlite3.connect(f"file:{next(node.glob('*.db'))}?mode=ro", uri=True)
        server = subprocess.Popen([program, "serve", str(node), "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
        address = urllib.parse.urlsplit(next(word for word in server.stdout.readline().split() if word.startswith("http"))).netloc
        line = http.client.HTTPConnection(address)

        def ask(method, path, who, body=None, expect=200):
            line.request(method, path, json.dumps(body) if body is not None else None, {"Authorization": f"Bearer {tokens[who]}", "Content-Type": "application/json"})
            answer = line.getresponse()
            text = answer.read()
            if answer.status != expect:
                raise SystemExit(f"{path}: {answer.status} {text[:300]}")
            return text

        found, scanned = [], []
        worked = processor_ms(server.pid)
        for _ in range(ROUNDS):
            area, price, near = rng.randrange(2000, 20000), rng.randrange(50, 80), f"{rng.uniform(11, 21):.3f},{rng.uniform(104.5, 107.5):.3f}"
            found.append(timed(lambda: ask("GET", f"/clusters/plots?unit=VN&area={area}&price={price}&wastewater=500&trades=c%C6%A1+kh%C3%AD&near={near}&within=100", "officer")))
            scanned.append(timed(lambda: database.execute("SELECT p.cluster, p.plot, p.area, p.price, p.trades, p.latitude, p.longitude, p.wastewater FROM cluster_plot p WHERE +p.state = 'vacant' AND"
                                                          " +p.area >= ? AND p.price BETWEEN 0 AND ? AND p.wastewater >= 500 AND (p.search LIKE '%co khi%' OR p.search = '')"
                                                          " ORDER BY p.area DESC", (area, price * 10000)).fetchall()))
        worked = (processor_ms(server.pid) - worked) / ROUNDS
        plots = database.execute("SELECT COUNT(*) FROM cluster_plot").fetchone()[0]
        print(json.dumps({"bench": "cluster-plots", "plots": plots, "p50_ms": round(quantile(found, .5), 2), "p95_ms": round(quantile(found, .95), 2), "processor_ms": round(worked, 2),
                          "yardstick": "scan in SQL", "yardstick_p50_ms": round(quantile(scanned, .5), 2), "ratio": round(quantile(found, .5) / quantile(scanned, .5), 2),
                          "aim": "p95 <= 30 ms", "is_met": quantile(found, .95) <= 30}), flush=True)

        one = database.execute("SELECT r.id FROM cluster_row r WHERE r.home LIKE ?", (f"{codes[0]}@%",)).fetchone()[0]
        signed, summed, added, worked = [], [], [], 0
        before = None
        for n in range(ROUNDS):
            cells = {"revenue": "10", "budget": "1", "labour": str(100 + n + 1), "income": "8"}
            signed.append(timed(lambda: ask("POST", f"/clusters/reports/01/{one}-T0/{PERIOD}", f"xa{codes[0]}", {"cells": cells}, expect=303)))
            got = []
            worked -= processor_ms(server.pid)
            summed.append(timed(lambda: got.append(ask("GET", f"/clusters/reports/04/VN/{PERIOD}.json", "officer"))))
            worked += processor_ms(server.pid)
            labour = next(r["live"] for r in json.loads(got[0])["rows"] if r["row"] == "25")
            if before is not None and labour != before + 1:
                raise SystemExit(f"the country's labour is {labour} after {before}")
            before = labour
            added.append(timed(lambda: database.execute("SELECT form, row_id, SUM(value) FROM cluster_cell WHERE +period > 0 AND counts = 1 GROUP BY form, row_id").fetchall()))
        print(json.dumps({"bench": "cluster-rollup", "reports": CLUSTERS * (TENANTS + 1), "p50_ms": round(quantile(summed, .5), 2), "p95_ms": round(quantile(summed, .95), 2), "processor_ms": round(worked / ROUNDS, 2),
                          "sign_p50_ms": round(quantile(signed, .5), 2), "yardstick": "sum of all cells in SQL", "yardstick_p50_ms": round(quantile(added, .5), 2),
                          "ratio": round(quantile(summed, .5) / quantile(added, .5), 2), "aim": "p95 <= 20 ms", "is_met": quantile(summed, .95) <= 20}), flush=True)
    finally:
        if server is not None:
            server.terminate()
            server.wait()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "./caunoi")
