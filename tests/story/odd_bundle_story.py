#!/usr/bin/env python3
"""Bundles and keys as they rarely are: a node that has had more keys than its requests can name, its streams in a file the wrong way round, a bundle for a unit
within the reader's, more of a stream that has stopped than is held here, a path that leads nowhere, the key of a node that is said to have been followed by a stranger's.
Runs on both stores (CAUNOI_TEST_STORE)."""

import json

import peer
from support import check, check_contains, check_equal, tell

KEYS = 20  # a request names the 16 before it at most


def figure(world, node, month, value):
    path = world.path("one.csv", f"indicator,unit,period,value\nretail_sales,42,2026-{month:02d},{value}\n")
    node.run("import", path, expect=0)


def story(cases, world):
    ministry, hatinh, reader = world.nodes(ministry="VN", hatinh="42", reader="VN")
    commune, twice, many = peer.Peer("a commune", "18073"), peer.Peer("two branches", "46"), peer.Peer("many keys", "38")
    for node in (ministry, reader):
        node.trust(hatinh)
    ministry.trust(twice)
    ministry.trust(many)
    hatinh.trust(ministry)
    hatinh.trust(commune)
    first = hatinh.key
    figure(world, hatinh, 1, 1)
    ministry.serve()
    hatinh.run("sync", ministry.address, expect=0)

    with cases.case("who shows a word of this node's own key that a stranger's has taken its place is no node that is known here"):
        hatinh.serve()
        stranger = peer.Peer("a stranger", "42")
        peer.Thief(hatinh).introduce(stranger)
        check(first in hatinh.run("trust list", expect=0).out, "the node does not hear of itself")
        check_equal(stranger.positions(hatinh).status, 403, "the answer")
        hatinh.stop()

    with cases.case("a node has had more keys than its requests name: who knows only the oldest is told nothing by it, and says so"):
        for _ in range(KEYS):
            hatinh.key = hatinh.run("key", "--rotate", "--json", expect=0).json()["node"]
        figure(world, hatinh, 2, 2)
        told = hatinh.run("sync", ministry.address)
        check(told.status != 0, "the exit status", told)
        check_contains(told.err, f"caunoi trust NODE {hatinh.key} --unit", "what is said")
        check_equal(ministry.run("trust list", expect=0).out.count(" 42"), 1, "keys of the unit that the ministry knows")

    path = world.folder / "keys.bundle"
    with cases.case("its bundle says who has taken whose place, whole and in one go, and the exchange goes on"):
        hatinh.run("bundle", path, "--for", "VN", expect=0)
        ministry.stop()
        ministry.run("sync", path, expect=0)
        ministry.serve()
        figure(world, hatinh, 3, 3)
        hatinh.run("sync", ministry.address, expect=0)
        for audience in ("*", "42"):
            check_equal(ministry.state(audience), hatinh.state(audience), f"the state of {audience}")

    with cases.case("the same streams the wrong way round, the newest key's first: the file is read until it brings nothing more"):
        head, *body, _ = peer.lines_of(path.read_bytes())
        runs = {}
        for line in body:
            runs.setdefault(json.loads(line).get("stream") or json.loads(line)["seal"], []).append(line)
        head = json.dumps(json.loads(head) | {"node": first}).encode()  # the one that the reader knows
        lines = [head, *(line for name in reversed(runs) for line in runs[name])]
        turned = world.path("turned.bundle", peer.packed(b"".join(line + b"\n" for line in [*lines, b'{"end":%d}' % len(lines)])))
        reader.trust(ministry)
        told = reader.run("sync", turned, "--json", expect=0).json()
        check_equal((told["received"], told["passed"]), (sum(b'{"stream"' in line[:10] for line in body), 0), "entries new, and passed over")
        check_equal(reader.run("sync", path, "--json", expect=0).json()["received"], 0, "what the file as it was brings besides")
        later = world.folder / "later.bundle"
        hatinh.run("bundle", later, "--for", "VN", expect=0)
        reader.run("sync", later, expect=0)
        check_equal(reader.state("42"), ministry.state("42"), "the state")

    with cases.case("a file that brings something each time it is read is read sixteen times, and the rest the next time"):
        keys = [many, *(peer.Peer(f"key {n} in a row", many.unit) for n in range(17))]
        streams = []
        for n, (old, new) in enumerate(zip(keys, keys[1:])):
            streams.append(new.stream("*"))
            streams[-1].add("node.former", f"node/{old.key}", {"key": old.key, "unit": many.unit, "signature": old.introduce(new)}, at=peer.stamp(n / 100))
        row = world.path("row.bundle", many.lines(*(line for stream in reversed(streams) for line in stream.sealed())))
        ministry.stop()
        told = ministry.run("sync", row, "--dry-run", "--json").json()
        check_equal((told["received"], told["passed"]), (16, 1), "entries that are new, and those that are passed over")
        told = ministry.run("sync", row, "--json", expect=0).json()
        check_equal((told["received"], told["passed"]), (16, 1), "entries that are new, and those that are passed over")
        told = ministry.run("sync", row, "--json", expect=0).json()
        check_equal((told["received"], told["passed"]), (1, 0), "what reading it again brings")
        ministry.serve()

    with cases.case("a bundle for a unit within the reader's own is taken, one for a unit beside it is not"):
        for unit, status in (("18073", 0), ("46", 1)):
            file = world.folder / f"for-{unit}.bundle"
            ministry.run("bundle", file, "--for", unit, expect=0)
            told = hatinh.run("sync", file)
            check_equal(told.status, status, f"the exit status for {unit}: {told.err}")

    with cases.case("a path that leads through a file is told as the machine has it"):
        told = hatinh.run("sync", turned / "none.bundle")
        check(told.status != 0, "the exit status", told)
        check_contains(told.err, "cannot open", "what is said")

    with cases.case("a file has more of a stream that has stopped than is held here: it is counted, and not taken"):
        one, other = twice.stream("*"), twice.stream("*")
        for n in range(2):
            one.add("story.unknown", "x", {"n": n})
        check_equal(twice.push(ministry, *one.sealed()).json()["new"], 2, "the entries")
        other.add("story.unknown", "x", {"n": 9})
        other.add("story.unknown", "x", {"n": 10})
        twice.push(ministry, *other.sealed())
        check_equal(len(ministry.sql(f"SELECT 1 FROM ledger_stream WHERE stopped IS NOT NULL AND node = '{twice.key}'")), 1, "the stream has stopped")
        for n in range(3):
            one.add("story.unknown", "x", {"n": n})
        file = world.path("more.bundle", twice.lines(*one.sealed()))
        ministry.stop()
        told = ministry.run("sync", file, expect=4)
        check_contains(told.out, "passed over: 5 entries", "what became of it")
        check_contains(told.err, "forked, and stopped here", "what is said")
        check_equal(ministry.sql(f"SELECT seq FROM ledger_stream WHERE node = '{twice.key}'"), [("2",)], "what is held of it")

    with cases.case("a node rotates its key while another's stream has stopped there: that stays as it is, and is still told"):
        before = ministry.sql(f"SELECT name, seq, fork_seq FROM ledger_stream WHERE node = '{twice.key}'")
        told = ministry.run("key", "--rotate", "--json", expect=0).json()
        ministry.key = told["node"]
        check_equal(told["written_again"], 0, "entries written again")
        check_equal(ministry.sql(f"SELECT name, seq, fork_seq FROM ledger_stream WHERE node = '{twice.key}' AND stopped IS NOT NULL"), before, "the stream")
        told = ministry.run("sync", file, expect=4)
        check_contains(told.err, "forked, and stopped here", "what is said")


if __name__ == "__main__":
    tell(story)
