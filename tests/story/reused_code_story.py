#!/usr/bin/env python3
"""The merger of 2025 with its real codes, one of them used again: Bắc Giang (24 until 2025-06-30) and Bắc Ninh (27) became Bắc Ninh (24).
Its node takes over from both by the act; who may read and report what, over the network and in bundles, and the act undone: as if it
had never been said, and a unit that is no more by the list sets up a node again. What was written then is written by hand. Runs on
both stores (CAUNOI_TEST_STORE).
Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import datetime
import hashlib
import json

from peer import Peer, lines_of, stamp
from support import check, check_contains, check_equal, run, tell


def at(day, hour=3):
    return stamp(moment=datetime.datetime.fromisoformat(f"2025-{day}T{hour:02d}:00:00+00:00"))


def figures(*lines, seen=None, **more):
    return {"source": "s", "status": "published", "seen": seen or {}, "figures": "".join(f"retail_sales,{x}\n" for x in lines), **more}


def story(cases, world):
    first, second = Peer("ministry", "VN"), Peer("ministry 2", "VN")  # only the second one speaks of the merger
    bacgiang, bacninh, new = Peer("bac giang", "24"), Peer("bac ninh cu", "27"), Peer("bac ninh", "24")
    merged, undone, never = world.nodes(merged="VN", undone="VN", never="VN")
    for node in (merged, undone, never):
        node.trust(first)
    number = iter(range(1000))

    def give(node, *streams):
        path = world.folder / f"bundle{next(number)}"
        path.write_bytes(first.lines(*(line for s in streams for line in s.sealed()), for_unit=node.unit))
        return node.run("sync", path, "--json", expect=0).json()

    def value(node, unit, period):
        rows = [line.split(",") for line in node.prepare("export", "--indicator", "retail_sales").out.splitlines()]
        return next((float(r[5]) for r in rows[1:] if r[1].split("@")[0] == unit and r[2] == period), None)

    def hash_of(line):
        return hashlib.sha256(line).hexdigest()

    with cases.case("once it is said that a unit takes over, and before its node is enrolled, a bundle for its code is refused: who had that has ended"):
        early = world.node("early", "VN")
        early.trust(bacgiang)
        early.run("succeed", "--unit", "24", "--from", "24,27", "--act", "NQ 202/2025/QH15", "--day", "2025-07-01", expect=0)
        refused = early.run("bundle", world.folder / "too-early", "--for", "24", expect=1).err
        check_contains(refused, "no node of unit 24 is enrolled here since it took over from others", "why")
        check_contains(refused, f"caunoi trust NODE KEY --unit 24; for one that has ended: --for {bacgiang.key}", "what to do")
        early.run("bundle", world.folder / "for-the-ended", "--for", bacgiang.key, expect=0)
        early.trust(new)
        early.run("bundle", world.folder / "for-the-new", "--for", "24", expect=0)

    enrols, acts = first.stream("*"), second.stream("*")
    for who, day in ((second, "01-01"), (bacgiang, "01-02"), (bacninh, "01-03"), (new, "06-30")):
        enrols.add("node.trust", f"node/{who.key}", {"key": who.key, "unit": who.unit}, at=at(day))
    succeed = acts.add("node.succeed", "succession/24/2025-07-01",
                       {"unit": "24", "from": ["24", "27"], "act": "NQ 202/2025/QH15", "day": "2025-07-01", "node": new.key},
                       at=at("06-30", 5))
    of24, of27, of_new, new27 = (p.stream(a) for p, a in ((bacgiang, "24"), (bacninh, "27"), (new, "24"), (new, "27")))
    of24.add("figures.report", "figures", figures("24,2025-04,,,1", "24,2025-05,,,2"), at=at("06-10"))
    old = of27.add("figures.report", "figures", figures("27,2025-04,,,3", "27,2025-05,,,4"), at=at("06-11"))

    with cases.case("both histories are taken and verify; the same code means two units, before the day and after it"):
        # Bắc Giang's key, and what the new unit's says of the reused code's two units
        of_new.add("figures.report", "figures", figures("24,2025-08,,,10", "24,2025-05,,,2.5"), at=at("09-10"))
        corrected = new27.add("figures.report", "figures", figures("27,2025-05,,,4.5"), at=at("09-11"))  # has not seen Bắc Ninh's
        check_equal(give(merged, enrols, acts, of24, of27, of_new, new27)["refused"], 0, "refused")
        check_equal([value(merged, u, p) for u, p in (("24", "2025-04"), ("27", "2025-04"), ("24", "2025-08"))], [1.0, 3.0, 10.0],
                    "figures of both, and of the new unit")
        merged.check_sound()

    with cases.case("a conflict between a predecessor and the new node is decided there"):
        new27.add("figures.settle", "figures", {"by": "Giám đốc", "reason": "theo biên bản bàn giao", "of": [hash_of(old), hash_of(corrected)],
                                                "chosen": hash_of(corrected), "figures": "retail_sales,27,2025-05,,,4.5\n"},
                  author="giam-doc", role="director", at=at("09-12"))
        check_equal(give(merged, new27)["refused"], 0, "refused")
        check_equal(value(merged, "27", "2025-05"), 4.5, "the value that was decided")

    with cases.case("what the predecessors' keys write after the day is evidence only, under the reused code as well"):
        of24.add("figures.report", "figures", figures("24,2025-05,,,666", "24,2025-08,,,666"), at=at("09-20"))
        of27.add("figures.report", "figures", figures("27,2025-04,,,666"), at=at("09-20"))
        check_equal(give(merged, of24, of27)["refused"], 2, "refused")
        check_equal((value(merged, "24", "2025-08"), value(merged, "27", "2025-04")), (10.0, 3.0), "the figures")

    def offered(node, who):
        return sorted(json.loads(who.positions(node).body)["positions"])

    def reads(node, who):
        return sorted({name[65:] for name in offered(node, who)})

    def bundled(node, name):
        path = world.folder / f"bundle{next(number)}"
        node.run("bundle", path, "--for", name, expect=0)
        return sorted({s for line in lines_of(path.read_bytes())[1:-1] if (s := json.loads(line).get("stream"))})

    with cases.case("the new node reads what both wrote; each of them only what it might before, though one bears its code"):
        merged.serve()
        check_equal(reads(merged, new), ["*", "24", "27"], "the new node")
        check_equal((reads(merged, bacgiang), reads(merged, bacninh)), (["*", "24"], ["*", "27"]), "the predecessors")

    with cases.case("a bundle carries what the network gives the node it is for: by its key, or by the code, of which those that go on are meant"):
        for name, who in ((new.key, new), (bacgiang.key, bacgiang), (bacninh.key, bacninh), ("24", new), ("27", bacninh)):
            check_equal(bundled(merged, name), offered(merged, who), f"the bundle for {name}")
        merged.stop()
        for name, why in (("ab" * 32, "nobody enrolled the node"), ("17", "no unit has the code"), ("zz", "no unit has the code")):
            check_contains(merged.run("bundle", world.folder / "none", "--for", name, expect=1).err, why, f"--for {name}")
        check_contains(merged.run("trust", "ab" * 32, "--unit", "27", expect=1).err, "no unit has the code", "to enrol a node of what is merged")

    with cases.case("undone, and nothing written in between: as at a node that never heard of the merger"):
        acts.add("node.succeed.undo", "succession/24/2025-07-01", {"of": hash_of(succeed)}, at=at("10-01"))
        of24, of27 = bacgiang.stream("24"), bacninh.stream("27")  # as they would have gone on
        of24.add("figures.report", "figures", figures("24,2025-04,,,1", "24,2025-05,,,2"), at=at("06-10"))
        of27.add("figures.report", "figures", figures("27,2025-04,,,3", "27,2025-05,,,4"), at=at("06-11"))
        of24.add("figures.report", "figures", figures("24,2025-06,,,5"), at=at("10-10"))
        of27.add("figures.report", "figures", figures("27,2025-06,,,6", "27,2025-04,,,3.5"), at=at("10-11"))
        check_equal(give(never, enrols, of24, of27)["refused"], 0, "refused by the one")
        check_equal(give(undone, enrols, of24, acts, of27)["refused"], 0, "refused by the other")
        for audience in ("24", "27"):
            check_equal(undone.state(audience), never.state(audience), f"the state of {audience}")
        check_equal(undone.run("export", expect=0).out, never.run("export", expect=0).out, "all figures")
        check_equal(undone.run("trust list", expect=0).out, never.run("trust list", expect=0).out, "whom they trust")
        check_equal(value(undone, "27", "2025-04"), 3.5, "a figure written after the undoing")

    with cases.case("undone, the new node reads and reports nothing more of the other's; each key has its own"):
        late = new.stream("24")
        late.add("figures.report", "figures", figures("27,2025-05,,,777"), at=at("10-20"))
        check_equal(give(undone, late)["refused"], 1, "refused")
        check_equal(value(undone, "27", "2025-05"), 4.0, "the figure")
        undone.serve()
        check_equal(reads(undone, new), ["*", "24"], "the new node")
        check_equal(reads(undone, bacninh), ["*", "27"], "Bắc Ninh's of old")
        check_equal(reads(undone, bacgiang), ["*", "24"], "Bắc Giang's of old")
        for name, who in ((new.key, new), (bacgiang.key, bacgiang), (bacninh.key, bacninh), ("24", new), ("27", bacninh)):
            check_equal(bundled(undone, name), offered(undone, who), f"the bundle for {name}")
        undone.stop()
        listed = undone.run("succeed list", "--json", expect=0).json()
        check(listed[0]["undone"] is not None, f"the list: {listed}")

    with cases.case("what was given back sets up a node again, is enrolled, and gets and gives what is its own, by bundles alone"):
        again = world.node("again", "27")
        for node in (first, undone):
            again.trust(node)
        undone.trust(again)
        path = world.folder / "again.bundle"
        undone.run("bundle", path, "--for", "27", expect=0)
        again.run("sync", path, expect=0)
        check_equal(again.state("27"), undone.state("27"), "the state of 27 at its node")
        again.run("import", world.path("f.csv", "indicator,unit,period,value\nretail_sales,27,2025-06,6.5\n"), expect=0)
        path = world.folder / "answer.bundle"
        again.run("bundle", path, "--for", "VN", expect=0)
        undone.run("sync", path, expect=0)
        check_equal((again.state("27"), value(undone, "27", "2025-06")), (undone.state("27"), 6.5), "what it has written since")
        check_contains(run("init", world.folder / "more", "--unit", "001", expect=1).err, "no unit has the code", "a district that is no more")


if __name__ == "__main__":
    tell(story)
