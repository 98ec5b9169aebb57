#!/usr/bin/env python3
"""bench/nodes.py - whole nodes measured from outside; a line of JSON each.

visible: an official saves a value at the province's node; when does the ministry's node show it? Beside it: when does
         the province's own node show it (the same requests without the exchange).
start:   a node with 1 M figures, from the start of the process to its first answer with a figure. Beside it: the same
         with an empty node.

Run it on a quiet machine: bench/nodes.py [PROGRAM]
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests" / "story"))
if len(sys.argv) > 1:
    os.environ["CAUNOI_PROGRAM"] = os.path.abspath(sys.argv[1])
import figures  # noqa: E402
import support  # noqa: E402

ROUNDS = 20
FIGURES = figures.MILLION


def show(**line):
    print(json.dumps(line, ensure_ascii=False), flush=True)


def seconds_until_shown(sender, watched, period):
    """From the upload of one figure at the province until the watched node answers with it."""
    query = f"/figures.json?indicator=retail_sales&unit=42&from={period}&to={period}"
    body = ("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n"
            f"indicator,unit,period,value\nretail_sales,42,{period},1\r\n--x--\r\n")
    begun = time.monotonic()
    sender.ask("POST", "/import.json", body, {"Content-Type": "multipart/form-data; boundary=x"}, 200)
    while not watched.get(query).json()["rows"]:
        if time.monotonic() - begun > 30:
            raise SystemExit("the figure did not arrive within 30 seconds")
        time.sleep(0.001)
    return time.monotonic() - begun


def visible():
    with support.World() as world:
        ministry, province = world.nodes(ministry="VN", province="42")
        ministry.trust(province)
        province.trust(ministry)
        province.add_user("quantri", "admin")
        token = province.token("quantri")
        ministry.serve()
        province.serve(upstream=ministry.address)
        sender, far, near = province.client(token=token), ministry.client(), province.client()
        there, here = [], []
        for n in range(ROUNDS):
            there.append(seconds_until_shown(sender, far, f"{2005 + n}-01"))
            here.append(seconds_until_shown(sender, near, f"{2005 + n}-02"))
        show(bench="visible", rounds=ROUNDS, median_ms=round(statistics.median(there) * 1000, 1),
             worst_ms=round(max(there) * 1000, 1), yardstick="visible at the node it was saved at, median ms",
             yardstick_ms=round(statistics.median(here) * 1000, 1),
             ratio=round(statistics.median(there) / statistics.median(here), 2))


def first_answer(folder, query):
    times = []
    for _ in range(5):
        begun = time.monotonic()
        server = subprocess.Popen([support.PROGRAM, "serve", folder, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE,
                                  text=True)
        address = server.stdout.readline().strip()
        support.Client(address).get(query)
        times.append(time.monotonic() - begun)
        server.terminate()
        server.wait()
    return statistics.median(times)


def start():
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        small, large, file = f"{folder}/small", f"{folder}/large", f"{folder}/figures.csv"
        figures.write(file, FIGURES)
        for node in (small, large):
            subprocess.run([support.PROGRAM, "init", node, "--unit", "VN"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([support.PROGRAM, "import", large, file], check=True, stdout=subprocess.DEVNULL)
        query = "/figures.json?indicator=export_value&unit=42&from=2015-01&to=2015-01"
        full, empty = first_answer(large, query), first_answer(small, query)
        show(bench="start", figures=FIGURES, median_ms=round(full * 1000, 1), yardstick="the same with an empty node, median ms",
             yardstick_ms=round(empty * 1000, 1), ratio=round(full / empty, 2))


visible()
start()
