#!/usr/bin/env python3
"""bench/fairness.py - thirty-four provinces come back at once after a week, each with 10,000 entries the ministry lacks; a line
of JSON each.

pages:  how long the ministry's pages take meanwhile (p50, p99, worst), with the aim, and what an official waits who saves a figure.
        Beside it: the same pages of the same node while nobody else asks.
return: seconds until all is taken in, the most the ministry's node held resident, requests that were sent away for later.

The provinces are 34 independent programs that speak the exchange (tests/story/peer.py): they ask where streams stand, push in
pieces as a node does, come again when told to, and then keep a question waiting. They run at the lowest priority: they
stand for 34 other machines, and only the ministry's node is measured.

Run it on a quiet machine: bench/fairness.py [PROGRAM [ENTRIES]]
"""
import json
import multiprocessing
import os
import pathlib
import random
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests" / "story"))
if len(sys.argv) > 1:
    os.environ["CAUNOI_PROGRAM"] = os.path.abspath(sys.argv[1])
import figures  # noqa: E402
import peer  # noqa: E402
import support  # noqa: E402

ENTRIES = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
PIECE = 4 << 20        # unpacked bytes after which a node ends a push, at the next seal
SEAL_EVERY = 100       # a node seals at every commit, far more often; signing in Python is slow
READERS = 4            # people who look at the ministry's pages
THINK = 0.05           # seconds between two pages of one of them
IDLE_SECONDS = 8
PAGES = ["/overview", "/forms", "/units", "/status", "/figures?indicator=retail_sales&unit=01", "/provinces/01"]


def pieces_of(p):
    """The pushes of one province."""
    stream, lines, size = p.stream(p.unit), [], 0
    for number in range(ENTRIES):
        body = {"source": "bench", "status": "submitted",
                "figures": f"retail_sales,{p.unit},{2005 + number // 12 % 20}-{number % 12 + 1:02d},,,{number * 7919 % 100000},,,"
                           f"2025-{1 + number // 240 // 28 % 12:02d}-{1 + number // 240 % 28:02d}\n"}
        lines.append(stream.add("figures.report", f"bench/{number}", body, author="chuyenvien", role="admin"))
        size += len(lines[-1]) + 1
        if number % SEAL_EVERY == SEAL_EVERY - 1 or number == ENTRIES - 1:
            lines.append(stream.seal())
            if size >= PIECE or number == ENTRIES - 1:
                yield p.lines(*lines)
                lines, size = [], 0


def come_back(unit, address, key, start, results):
    """One province: push everything, then wait for news until told to end."""
    os.nice(19)

    class Ministry:
        pass

    ministry = Ministry()
    ministry.address, ministry.key = address, key
    p = peer.Peer(f"fairness {unit}", unit)
    pushes, later = list(pieces_of(p)), 0
    results.put(("ready", unit, 0, 0))
    start.wait()
    begun = time.monotonic()
    for push in pushes:
        while True:
            wait = 1
            try:
                answer = p.positions(ministry)
                if answer.status == 200:
                    answer = p.ask(ministry, "POST", "/ledger/push", push)
                    if answer.status == 200:
                        break
                if answer.status not in (429, 503):
                    raise SystemExit(f"{unit}: {answer!r}")
                wait = int(answer.headers["Retry-After"])
            except OSError:  # sent away before all of the body was sent, and cut off: the answer may be lost
                pass
            later += 1
            time.sleep(wait * random.uniform(1, 1.25))
    results.put(("done", unit, time.monotonic() - begun, later))
    held = "0" * 64
    while True:
        answer = p.positions(ministry, digest_held=held, total=ENTRIES, wait=25)
        if answer.status == 200:
            held = answer.json()["digest"]
        elif answer.status != 204:
            time.sleep(int(answer.headers["Retry-After"]))


class Pages:
    """People who look at pages, and one who saves, until the end; what they waited."""

    def __init__(self, ministry, token):
        self.ministry, self.token = ministry, token
        self.read, self.saved = [], []
        self.is_over = False
        self.threads = [threading.Thread(target=self.look, args=(i,)) for i in range(READERS)]
        self.threads.append(threading.Thread(target=self.save))

    def look(self, seed):
        choose, client = random.Random(seed), self.ministry.client(token=self.token)
        while not self.is_over:
            begun = time.monotonic()
            client.get(choose.choice(PAGES), headers={"Accept": "text/html"})
            self.read.append(time.monotonic() - begun)
            time.sleep(THINK)

    def save(self):
        client, number = self.ministry.client(token=self.token), 0
        while not self.is_over:
            number += 1
            body = ("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n"
                    f"indicator,unit,period,value\nretail_sales,VN,{2005 + number // 12 % 20}-{number % 12 + 1:02d},{number}\r\n"
                    "--x--\r\n")
            begun = time.monotonic()
            client.ask("POST", "/import.json", body, {"Content-Type": "multipart/form-data; boundary=x"}, 200)
            self.saved.append(time.monotonic() - begun)
            time.sleep(THINK)

    def during(self, wait):
        for t in self.threads:
            t.start()
        wait()
        self.is_over = True
        for t in self.threads:
            t.join()
        return self


def milliseconds(times, share):
    return round(sorted(times)[min(len(times) - 1, int(len(times) * share))] * 1000, 1)


def spread(name, times):
    return {f"{name}_count": len(times), f"{name}_p50_ms": milliseconds(times, 0.5), f"{name}_p99_ms": milliseconds(times, 0.99),
            f"{name}_worst_ms": milliseconds(times, 1)}


def main():
    units = [row["code"] for row in figures.table("units/provinces.csv") if row["parent"] == "VN" and not row["to"]]
    with support.World() as world:
        ministry = world.node("ministry", "VN")
        ministry.add_user("quantri", "admin")
        for unit in units:
            ministry.trust(peer.Peer(f"fairness {unit}", unit))
        token = ministry.token("quantri")
        ministry.serve()
        start, results = multiprocessing.Event(), multiprocessing.Queue()
        provinces = [multiprocessing.Process(target=come_back, args=(u, ministry.address, ministry.key, start, results),
                                             daemon=True) for u in units]
        for batch in range(0, len(units), 2 * os.cpu_count()):  # making the entries takes the whole machine
            group = provinces[batch:batch + 2 * os.cpu_count()]
            for p in group:
                p.start()
            for _ in group:
                results.get()
        idle = Pages(ministry, token).during(lambda: time.sleep(IDLE_SECONDS))
        took, later = [], 0

        def all_are_back():
            nonlocal later
            start.set()
            for _ in units:
                _, _, seconds, again = results.get()
                took.append(seconds)
                later += again

        busy = Pages(ministry, token).during(all_are_back)
        held = next(int(line.split()[1]) for line in open(f"/proc/{ministry.server.process.pid}/status") if
                    line.startswith("VmHWM:"))
        for p in provinces:
            p.terminate()
        position = ministry.position()
        support.check(position >= len(units) * ENTRIES, "entries at the ministry", position)
        print(json.dumps({"bench": "fairness_pages", **spread("page", busy.read), **spread("save", busy.saved),
                          "aim": "99 of 100 pages in at most 250 ms while all come back", "is_met": milliseconds(busy.read, 0.99) <= 250,
                          "yardstick": "the same while nobody else asks",
                          **{f"yardstick_{k}": v for k, v in {**spread("page", idle.read), **spread("save", idle.saved)}.items()}}))
        print(json.dumps({"bench": "fairness_return", "nodes": len(units), "entries_each": ENTRIES,
                          "seconds": round(max(took), 1), "first_back_seconds": round(min(took), 1),
                          "entries_per_second": round(len(units) * ENTRIES / max(took)), "sent_away_for_later": later,
                          "resident_mb": held // 1024}))
        ministry.stop()


if __name__ == "__main__":
    main()
