#!/usr/bin/env python3
"""Who may read what, and who takes what: every answering node × every asking one × every audience, over positions, entries asked for by
the streams' names and bundles; every pushing node × every audience; before a merger, by a map alone that has it, while a takeover stands and
after it was undone. What a node wrote itself it may always have. Two tables say what is right; what differs is printed as one. Runs on both
stores (CAUNOI_TEST_STORE).

Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import json

import peer as exchange
from peer import Peer
from support import check, check_equal, tell, tell_number

BELOW = {"40": ["16681", "16690"], "42": ["18073", "18100"]}  # Nghệ An and Hà Tĩnh, two communes each
UNITS = ["VN", "01", "40", "42", "16681", "16690", "18073", "18100"]
AUDIENCES = ["*", *UNITS]
HOLDERS = {"ministry": "VN", "hanoi": "01", "nghean": "40", "commune": "18073"}  # the nodes that are asked and pushed to
NEW = "40 new"  # a node of 40 that is enrolled once the map has the merged unit
HEAD = "old,new,share,date,act,basis,kind,name_vi,name_en,parent\n"
MAP = HEAD + "40,40,1,2026-03-01,NQ 1,,tinh,Nghệ Tĩnh,Nghe Tinh,VN\n42,40,1,2026-03-01,NQ 1,,,,,\n"


def is_theirs(who, audience, merged):
    """Whether an audience is for a node: of a unit, or the new one. Those in merged have what is Hà Tĩnh's, too; Hà Tĩnh's node, ended by
    the merger or not, still has its own."""
    unit = who.split()[0]
    mine = ["*", unit, *BELOW.get(unit, [])]
    if who in merged:
        mine += ["42", *BELOW["42"]]
    return unit == "VN" or audience in mine


def is_larger(who, writer, audience):
    """Whether a stream bears the node's own code, which means the merged unit to who writes it and what was before to the node."""
    return (who, writer, audience) == ("40", NEW, "40")


def story(cases, world):
    holders = dict(zip(HOLDERS, world.nodes(**HOLDERS)))
    peers = {unit: Peer(f"peer {unit}", unit) for unit in UNITS}
    streams = {(unit, audience): peers[unit].stream(audience) for unit in UNITS for audience in AUDIENCES}
    taken = {name: {} for name in holders}  # what each node must hold: stream: entries
    asked, new_has_more = 0, False  # the latter: by the map it was enrolled under

    def may(who, writer, audience, merged):
        return is_theirs(who, audience, merged) and not (new_has_more and is_larger(who, writer, audience))

    for node in holders.values():
        node.set(refusal_pause_most_s=0)  # each refusal is looked at alone; hostile_story.py tells of the pauses
        node.trust(peers["VN"])
        node.serve()

    def say(*entries):
        """The ministry says something, and everybody hears it at once."""
        s = streams["VN", "*"]
        said = [exchange.digest(s.add(*entry)) for entry in entries]
        for name, node in holders.items():
            answer = peers["VN"].push(node, *s.sealed(), for_unit=node.unit)
            check_equal((answer.status, answer.json().get("refused")), (200, 0), f"{entries[0][0]} at {name}")
            taken[name][s.name] = len(s.entries)
        return said

    def compare(what, rows, found, expected):
        """Nothing, or a failure with the table of what differs."""
        wrong = {True: "TOO MUCH", False: "LACKS"}
        lines = [f"{row:>10} " + " ".join(f"{'.' if found(row, a) == expected(row, a) else wrong[found(row, a)]:>8}" for a in AUDIENCES)
                 for row in rows]
        check(not any(w in line for line in lines for w in wrong.values()),
              "\n".join([what, " " * 11 + " ".join(f"{a:>8}" for a in AUDIENCES), *lines]))

    def streams_of(lines):
        return {json.loads(line)["stream"] for line in lines if line.startswith(b'{"stream"')}

    def audiences_of(names):
        return {name[65:] for name in names}

    def check_pushes(merged):
        nonlocal asked
        for s in streams.values():
            s.add("story.unknown", "x", {})
        for name, node in holders.items():
            statuses = {}
            for (unit, audience), s in streams.items():
                statuses[unit, audience] = peers[unit].push(node, *s.sealed(), for_unit=node.unit).status
                if may(node.unit, unit, audience, merged):
                    taken[name][s.name] = len(s.entries)
            asked += len(statuses)
            compare(f"{name} takes, by who pushes:", peers, lambda u, a: statuses[u, a] == 200,
                    lambda u, a: may(node.unit, u, a, merged))
            check_equal({s for s in statuses.values()} - {200, 403}, set(), f"how {name} answered")
            held = {n: int(seq) for n, seq in node.sql("SELECT name, seq FROM ledger_stream WHERE audience <> '-' AND seq > 0")
                    if not n.startswith(node.key)}
            check_equal(held, taken[name], f"what {name} holds")

    def check_reads(merged):
        nonlocal asked
        for name, node in holders.items():
            def own(unit):
                return {s for s in taken[name] if s.startswith(peers[unit].key)}

            def expected(unit, audience):
                return (is_theirs(node.unit, audience, merged) and is_theirs(unit, audience, merged)) or f"{peers[unit].key}/{audience}" in taken[name]

            told, by_name, bundles = {}, {}, {}
            for unit, reader in peers.items():
                theirs = {s.name for (u, a), s in streams.items() if may(node.unit, u, a, merged) and may(unit, u, a, merged)} | own(unit)
                told[unit] = set(reader.positions(node).json()["positions"])
                for audience in AUDIENCES:
                    names = {s.name for (_, a), s in streams.items() if a == audience}
                    answer = reader.entries(node, dict.fromkeys(names & theirs or names, 0))
                    check(answer.status in (200, 403), f"{unit} asks {name} for {audience}: {answer!r}")
                    found = streams_of(exchange.lines_of(answer.body)[1:-1]) if answer.status == 200 else set()
                    check(audiences_of(found) <= {audience}, f"{unit} asks {name} for {audience} and gets {audiences_of(found)}")
                    by_name[unit, audience] = len(found) > 0
                    for other in [n for n in names - theirs if not n.startswith(reader.key)] if names & theirs else []:
                        check_equal(reader.entries(node, {other: 0}).status, 403, f"{unit} asks {name} for a larger unit's stream of its code")
                        asked += 1
                check_equal(reader.entries(node, {f"{node.key}/-": 0}).status, 403, f"{unit} asks {name} for its local stream")
                asked += 2 + len(AUDIENCES)
                path = world.folder / f"bundle-{len(list(world.folder.iterdir()))}"
                node.run("bundle", path, "--for", reader.key if NEW in peers else unit, expect=0)
                bundles[unit] = streams_of(exchange.lines_of(path.read_bytes())[1:-1])
                if NEW not in peers:  # by the code: several may bear it, and what one of them wrote itself is in its own
                    bundles[unit] |= own(unit)
                for what in (told, bundles):
                    check_equal(what[unit] - theirs - {f"{node.key}/*"}, set(), f"what {name} tells {unit}, or puts into its bundle, beside what is for it")
                    what[unit] = audiences_of(what[unit])
            compare(f"{name} tells, by who asks:", peers, lambda u, a: a in told[u], expected)
            compare(f"{name} gives by name, by who asks:", peers, lambda u, a: by_name[u, a], expected)
            compare(f"{name} puts into bundles, by whom they are for:", peers, lambda u, a: a in bundles[u], expected)
            check("-" not in set().union(*told.values(), *bundles.values()), f"a local stream of {name}")

    def enrol(*nodes):
        say(*(("node.trust", f"node/{n.key}", {"key": n.key, "unit": n.unit}) for n in nodes if n.unit != "VN"))

    def record(text):
        say(("catalogue.file", "catalogue/units/arrangements/nghe-tinh.csv", {"path": "units/arrangements/nghe-tinh.csv", "text": text}))

    enrol(*peers.values(), *holders.values())
    with cases.case("every node takes what is for its own territory or for all, whoever pushes it, and nothing else"):
        check_pushes([])

    with cases.case("every node gets its own territory and what is for all, whomever and whichever way it asks"):
        check_reads([])

    with cases.case("a map that has merged two units gives nobody more: each has what it was enrolled for until it is said to take over"):
        record(MAP)
        check_pushes([])
        check_reads([])

    with cases.case("a node that is enrolled for the code once the map has the merged unit has all of that, until that is withdrawn"):
        peers[NEW] = Peer(NEW, "40")
        enrol(peers[NEW])
        streams.update({(NEW, audience): peers[NEW].stream(audience) for audience in AUDIENCES})
        new_has_more = True
        check_pushes([NEW])
        check_reads([NEW])
        new_has_more = False
        record("")
        check_pushes([])
        check_reads([])

    with cases.case("the nodes of a unit that takes over from another take that one's too, and nobody else does"):
        [merger] = say(("node.succeed", "succession/40/2026-03-01", {"unit": "40", "from": ["42"], "act": "NQ 1", "day": "2026-03-01"}))
        check_pushes(["40", NEW])

    with cases.case("they get that one's too, and nobody else does"):
        check_reads(["40", NEW])

    with cases.case("on a map that has merged them, too"):
        record(MAP)
        check_pushes(["40", NEW])
        check_reads(["40", NEW])

    with cases.case("undone, each takes what it took before, whatever the map says"):
        say(("node.succeed.undo", "succession/40/2026-03-01", {"of": merger}))
        check_pushes([])

    with cases.case("undone, everybody gets what they got before; what was taken meanwhile is passed on to nobody"):
        check_reads([])
        record("")
        check_pushes([])
        check_reads([])

    tell_number(f"{asked} questions and pushes by {len(peers)} nodes to {len(holders)}, {len(AUDIENCES)} audiences")


if __name__ == "__main__":
    tell(story)
