#!/usr/bin/env python3
"""past.py [PROGRAM] [--records N] [--only clusters|cases|figures] - a node as it was known on a day (known=): 10,000 clusters of nine items each, 10,000 cases of twenty entries each, or, in
a whole past, a hundred times as many figures; each in a node that is served. How long the first question for a day takes, in which its past is made, and the second; beside it all tables of the same node made anew ("rebuild --check", which copies and applies
the same entries), in the same run; a line of JSON each. On a machine that is busy with something else only the processor's seconds and the ratio count."""
import argparse
import datetime
import json
import os
import pathlib
import random
import resource
import sys
import time

HERE = pathlib.Path(__file__).resolve()
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1] / "tests" / "story")]
EACH = 20  # entries of a case


def processor():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def processor_of(server):
    fields = pathlib.Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def fill_clusters(node, world, records):
    import clusters

    clusters.PLOTS, clusters.TENANTS = 5, 1
    codes, rng = clusters.communes(), random.Random(7)
    for number in range(0, records, clusters.BATCH):
        node.run("cluster import", world.path("batch.json", json.dumps({"clusters": clusters.batch(rng, number, codes)["clusters"]})), "--as", "officer", expect=0)


def fill_cases(node, world, records):
    import cases
    import peer

    other = peer.Peer("bench", "42")
    node.trust(other.key, unit="42")
    for bundle in cases.bundles_of(other, peer, records * EACH, EACH, False):
        node.run("sync", world.path("cases.bundle", bundle), expect=0, seconds=7200)


def fill_figures(node, world, records):
    import figures

    path = world.folder / "figures.csv"
    figures.write(path, records)
    node.run("import", path, expect=0, seconds=7200)


def peak(server):
    """Megabytes that it held at most."""
    return next(int(line.split()[1]) // 1024 for line in open(f"/proc/{server.process.pid}/status") if line.startswith("VmHWM"))


def measure(world, name, fill, address, records):
    from support import check

    node = world.node(name, "VN")
    node.add_user("officer", "specialist")
    fill(node, world, records)
    time.sleep(1)
    known = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    time.sleep(1)
    node.add_user("later", "specialist")  # so that the past is not the node itself
    token = node.token("officer")
    entries = int(node.sql("SELECT COUNT(*) FROM ledger_entry")[0][0])
    begun, worked = time.monotonic(), processor()
    node.run("rebuild", "--check", expect=0, seconds=7200)
    again, again_worked = time.monotonic() - begun, processor() - worked
    node.serve()
    client = node.client(token=token, seconds=7200)
    told = []
    for _ in range(2):
        begun, worked = time.monotonic(), processor_of(node.server)
        answer = client.get(f"{address}?known={known}", headers={"Accept": "application/json"})
        told.append((time.monotonic() - begun, processor_of(node.server) - worked))
    check(answer.body == client.get(address).body or b"as known on" in answer.body, "what was told")
    folder = next(node.folder.glob("past-*"))
    print(json.dumps({"bench": f"past_{name}", "records": records, "entries": entries, "first_seconds": round(told[0][0], 2), "first_processor_seconds": round(told[0][1], 2),
                      "second_seconds": round(told[1][0], 3), "megabytes": round(sum(f.stat().st_size for f in folder.iterdir()) / 1e6), "peak_memory_megabytes": peak(node.server), "yardstick": "rebuild --check of the node",
                      "yardstick_processor_seconds": round(again_worked, 2), "yardstick_seconds": round(again, 2), "ratio": round(told[0][1] / again_worked, 2)}), flush=True)
    node.stop()


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("program", nargs="?", default=str(HERE.parents[1] / "caunoi"))
    options.add_argument("--records", type=int, default=10_000)
    options.add_argument("--only")
    asked = options.parse_args()
    os.environ["CAUNOI_PROGRAM"] = os.path.abspath(asked.program)
    import support

    with support.World() as world:
        for name, fill, address, times in (("clusters", fill_clusters, "/clusters.csv", 1), ("cases", fill_cases, "/cases.csv", 1), ("figures", fill_figures, "/conflicts.csv", 100)):
            if asked.only in (None, name):
                measure(world, name, fill, address, asked.records * times)


if __name__ == "__main__":
    main()
