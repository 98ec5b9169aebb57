#!/usr/bin/env python3
"""Who may read what: every audience × every node, over positions, entries, a stream asked for by its name, push and bundles; before a
merger, during it and after it was undone. A table says what is right; what differs is printed as one. Runs on both stores
(CAUNOI_TEST_STORE)."""

import json

import peer as exchange
from peer import Peer
from support import check, check_equal, tell

UNITS = ["01", "40", "42", "16681", "16690", "18073", "18100"]  # three provinces; two communes each of Nghệ An and Hà Tĩnh
BELOW = {"40": ["16681", "16690"], "42": ["18073", "18100"], "01": []}
AUDIENCES = ["*", *UNITS]
PHASES = ((1, False), (2, True), (3, False))  # before a merger, while it stands, undone


def expected(reader, audience, merged):
    if audience == "*" or audience == reader:
        return True
    mine = list(BELOW.get(reader, []))
    if merged and reader == "40":
        mine += ["42", *BELOW["42"]]
    return audience in mine


def story(cases, world):
    ministry = world.node("ministry", "VN")
    hanoi = world.node("ha-noi", "01")  # a province that is pushed what is not its own
    readers = {unit: Peer(f"reader {unit}", unit) for unit in UNITS}
    hanoi.trust(ministry)
    for unit, reader in readers.items():
        ministry.trust(reader)
        hanoi.trust(reader)
    ministry.serve()
    hanoi.serve()
    streams, publics = {}, {}
    for unit, writer in readers.items():  # everybody writes for itself, and for all
        for audience in ("*", unit):
            s = writer.stream(audience)
            s.add("story.unknown", "x", {})
            check_equal(writer.push(ministry, *s.sealed()).status, 200, f"{s.name}")
            streams[s.name] = audience
            if audience == "*":
                publics[unit] = s

    def wrong(found, merged):
        """The table of what differs, or ""."""
        lines = []
        for reader in UNITS:
            marks = ["." if found(reader, a) == expected(reader, a, merged) else "READS" if found(reader, a) else "LACKS"
                     for a in AUDIENCES]
            lines.append(f"{reader:>6} " + " ".join(f"{m:>6}" for m in marks))
        table = "\n".join(lines)
        return "" if "READS" not in table and "LACKS" not in table else "\n       " + " ".join(f"{a:>6}" for a in AUDIENCES) + "\n" + table

    def audiences_of(names):
        return {name[65:] for name in names}

    # Whoever was refused has to wait before it may ask again: for each refusal there is a node of its own, enrolled by the first
    # of its unit before one of them takes over from another.
    refusals = [(unit, name, phase) for phase, merged in PHASES for unit in UNITS for name, audience in streams.items()
                if not expected(unit, audience, merged)]
    refusals += [(unit, f"{ministry.key}/-", 1) for unit in UNITS]
    asks = {}
    for unit in UNITS:
        s = publics[unit]
        before = len(s.entries)
        for refusal in refusals:
            if refusal[0] == unit:
                asks[refusal] = one = Peer(f"{refusal}", unit)
                s.add("node.trust", f"node/{one.key}", {"key": one.key, "unit": unit})
        answer = readers[unit].push(ministry, *s.entries[before:], s.seal())
        check_equal((answer.status, answer.json().get("refused")), (200, 0), "enrolling those who ask")

    def got_by_name(asker, names):
        answer = asker.entries(ministry, {name: 0 for name in names})
        check(answer.status in (200, 403), f"{asker.unit} asks for {names}: {answer!r}")
        lines = exchange.lines_of(answer.body)[1:-1] if answer.status == 200 else []
        return {json.loads(line)["stream"][65:] for line in lines if line.startswith(b'{"stream"')}

    def check_all(phase):
        merged = dict(PHASES)[phase]
        told = {u: json.loads(r.positions(ministry).body)["positions"] for u, r in readers.items()}
        check(not wrong(lambda u, a: a in audiences_of(told[u]), merged), wrong(lambda u, a: a in audiences_of(told[u]), merged))
        by_name = {}
        for unit in UNITS:
            asked_alone = [r for r in asks if r[0] == unit and r[2] == phase]
            by_name[unit] = got_by_name(readers[unit], [n for n in streams if (unit, n, phase) not in asks])
            for refusal in asked_alone:
                by_name[unit] |= got_by_name(asks[refusal], [refusal[1]])
        check(not wrong(lambda u, a: a in by_name[u], merged), wrong(lambda u, a: a in by_name[u], merged))
        check("-" not in set().union(*by_name.values()), "the ministry's local stream by its name")
        bundles = {}
        for unit in UNITS:
            path = world.folder / f"for-{unit}-{phase}-{len(list(world.folder.iterdir()))}"
            ministry.run("bundle", path, "--for", unit, expect=0)
            bundles[unit] = {json.loads(line)["stream"][65:] for line in exchange.lines_of(path.read_bytes())[1:-1]
                             if line.startswith(b'{"stream"')}
        check(not wrong(lambda u, a: a in bundles[u], merged), wrong(lambda u, a: a in bundles[u], merged))
        check("-" not in set().union(*bundles.values()), "a local stream in a bundle")

    def at_ministry(command, *arguments):
        ministry.stop()
        result = ministry.run(command, *arguments, expect=0)
        ministry.serve()
        return result

    with cases.case("every node gets its own territory and what is for all, whichever way it asks"):
        check_all(1)

    with cases.case("a province that is pushed what is not for it refuses it whole"):
        for unit, writer in readers.items():
            s = writer.stream(unit)
            s.add("story.unknown", "y", {})
            status = writer.push(hanoi, *s.sealed(), for_unit="01").status
            check_equal(status, 200 if unit == "01" else 403, f"pushing the stream of {unit}")
        held = {a for (a,) in hanoi.sql("SELECT audience FROM ledger_stream WHERE seq > 0")}
        check_equal(held - {"*", "-", "01"}, set(), "what it holds")

    with cases.case("the node of a unit that takes over from another gets that one's too, and nobody else does"):
        at_ministry("succeed", "--unit", "40", "--from", "40,42", "--act", "NQ 1", "--day", "2025-07-01", "--node", readers["40"].key)
        check_all(2)

    with cases.case("undone, it is as before"):
        name = ministry.run("succeed list", "--json", expect=0).json()[0]["succession"]
        at_ministry("succeed undo", name)
        check_all(3)
        ministry.stop()


if __name__ == "__main__":
    tell(story)
