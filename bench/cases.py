#!/usr/bin/env python3
"""cases.py [PROGRAM] [--events N] [--each N] [--below] - a ledger full of entries of cases: coming into a node for the first time, and all tables made anew from it
("rebuild"), beside SQLite alone putting the same rows into the same tables, in the same run; a line of JSON each.

--events: entries in all (200,000); --each: entries of one case (50); --below: a tenth of the cases lie below one other, which waits for them.
Each is run with half of it too: "growth" tells how many times as much of the processor the whole took, 2 where time grows with what there is. On a
machine that is busy with something else only the processor's seconds, their ratio and growth count. The 100,000 cases the aims speak of are
--events 5000000, each bundle of a million; what it takes to run has not been measured."""
import argparse
import contextlib
import datetime
import json
import os
import pathlib
import resource
import shutil
import sqlite3
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests" / "story"))
ROUNDS = 2  # the better one counts
SEAL_EVERY = 1000
BUNDLE_MOST = 1_000_000  # entries: one bundle holds 1 GiB at most
COMMUNE = "18073@2025-07-01"
LETTER = {"number": "1", "on": "2026-01-05"}
FIRST = [{"action": "publish", "on": "2026-01-05", "documents": {"notice": LETTER}},
         {"action": "close_window", "on": "2026-02-20"},
         {"action": "submit", "on": "2026-02-20", "fields": {"in_plan": "yes", "land_ha": "10", "leased_ha": "5", "investment": "1", "is_small_allowed": "no"},
          "documents": {name: LETTER for name in ("submission", "investment_report", "finance_papers", "legal_papers")}}]
TO_AND_FRO = [{"action": "ask_supplement", "on": "2026-03-02", "reason": "thiếu", "documents": {"supplement_request": LETTER}},
              {"action": "supplemented", "on": "2026-03-02"}]
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def name(number):
    return "".join(DIGITS[number >> 5 * i & 31] for i in range(9, -1, -1))


def entries(count, each, is_below):
    """(case, kind, body, role) of entries, those of one case far from each other: what is done next comes days later."""
    cases = max(1, count // each)
    opened = {"workflow": "cluster_establishment", "case_unit": COMMUNE, "on": "2026-01-05", "title": "Cụm công nghiệp Thành Sen",
              "fields": {"cluster": "Thành Sen", "act": "establish", "area_ha": "40"}, "documents": {"letter": LETTER}}
    for step in range(each):
        for case in range(cases):
            if step == 0:
                more = {"parent": name(0)} if is_below and 0 < case <= cases // 10 else {}
                yield name(case), "case.open", {**opened, **more, "by": "xa", "unit": COMMUNE}, "commune"
            else:
                act = FIRST[step - 1] if step <= len(FIRST) else TO_AND_FRO[(step - len(FIRST) - 1) % 2]
                commune = step <= len(FIRST)
                yield name(case), "case.act", {**act, "by": "xa" if commune else "so", "unit": COMMUNE if commune else "42@2004-01-01"}, "commune" if commune else "director"


def bundles_of(other, peer, count, each, is_below):
    """The stream as bundles, one after another, so that only one of them is in memory."""
    stream, lines, count = other.stream(COMMUNE[:5]), [], max(1, count // each) * each
    begun = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
    for number, (case, kind, body, role) in enumerate(entries(count, each, is_below), 1):
        at = (begun + datetime.timedelta(milliseconds=number)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z/0"
        lines.append(stream.add(kind, f"case/{case}", body, author=role, role=role, at=at, seq=number))
        stream.entries.clear()
        if number % SEAL_EVERY == 0 or number == count:
            lines.append(stream.seal(seq=number))
        if number % BUNDLE_MOST == 0 or number == count:
            yield other.lines(*lines)
            lines = []


def processor():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def timed(call):
    """Seconds of the processor that what it starts takes, and seconds in all."""
    begun, worked = time.monotonic(), processor()
    call()
    return processor() - worked, time.monotonic() - begun


def bare(folder):
    """Seconds of the processor SQLite alone takes for the rows of all tables of cases, and how many those are."""
    with tempfile.TemporaryDirectory() as place, contextlib.closing(sqlite3.connect(f"{place}/bare.db", isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("ATTACH ? AS held", (str(folder / "ledger.db"),))
        tables = [r[0] for r in db.execute("SELECT name FROM held.sqlite_master WHERE type = 'table' AND name LIKE 'case\\_%' ESCAPE '\\'")]
        for (text,) in db.execute("SELECT sql FROM held.sqlite_master WHERE tbl_name LIKE 'case\\_%' ESCAPE '\\' AND sql IS NOT NULL ORDER BY type DESC").fetchall():
            db.execute(text)
        rows = sum(db.execute(f"SELECT COUNT(*) FROM held.{t}").fetchone()[0] for t in tables)
        begun = time.process_time()
        db.execute("BEGIN")
        for table in tables:
            db.execute(f"INSERT INTO main.{table} SELECT * FROM held.{table}")
        db.execute("COMMIT")
        return time.process_time() - begun, rows


def measure(world, peer, label, count, each, is_below):
    """Until all is in the tables of a node that had nothing, and of making them anew, as timed tells; of SQLite; rows."""
    node, other, came = world.node(label, "VN"), peer.Peer("bench", "42"), (0, 0)
    node.trust(other.key, unit="42")
    for bundle in bundles_of(other, peer, count, each, is_below):
        path = world.path("cases.bundle", bundle)
        came = tuple(map(sum, zip(came, timed(lambda: node.run("sync", path, expect=0, seconds=7200)))))
    with contextlib.closing(sqlite3.connect(node.folder / "ledger.db")) as db:
        held = db.execute("SELECT COUNT(*) FROM case_event WHERE fault = 0").fetchone()[0]
        if held != count // each * each:
            raise SystemExit(f"{held} entries count, not {count // each * each}: {db.execute('SELECT fault, about, COUNT(*) FROM case_event WHERE fault <> 0 GROUP BY 1, 2').fetchall()}")
    again = min(timed(lambda: node.run("rebuild", expect=0, seconds=7200)) for _ in range(ROUNDS))
    alone, rows = min(bare(node.folder) for _ in range(ROUNDS))
    shutil.rmtree(node.folder)
    return {"exchange": came, "rebuild": again, "alone": alone, "rows": rows}


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("program", nargs="?", default=str(pathlib.Path(__file__).resolve().parents[1] / "caunoi"))
    options.add_argument("--events", type=int, default=200_000)
    options.add_argument("--each", type=int, default=50)
    options.add_argument("--below", action="store_true")
    asked = options.parse_args()
    os.environ["CAUNOI_PROGRAM"] = os.path.abspath(asked.program)
    import peer
    import support

    with support.World() as world:
        half = measure(world, peer, "half", asked.events // 2, asked.each, asked.below)
        whole = measure(world, peer, "whole", asked.events, asked.each, asked.below)
    for what in ("exchange", "rebuild"):
        worked, took = whole[what]
        print(json.dumps({"bench": f"cases_{what}", "events": asked.events, "each": asked.each, "below": asked.below, "seconds": round(took, 3),
                          "processor_seconds": round(worked, 3), "per_processor_second": round(asked.events / worked), "growth": round(worked / half[what][0], 2),
                          "yardstick": "SQLite alone putting the same rows into the same tables", "yardstick_rows": whole["rows"],
                          "yardstick_seconds": round(whole["alone"], 3), "ratio": round(worked / whole["alone"], 2)}), flush=True)


if __name__ == "__main__":
    main()
