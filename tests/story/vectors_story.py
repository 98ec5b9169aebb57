#!/usr/bin/env python3
"""The exchange as another implementation sees it, written from docs/exchange.md alone: the test vectors, and a bundle of
a real node checked line by line, hash by hash and seal by seal.
Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import json
import pathlib
import subprocess
import sys

import peer
import signing
from support import ROOT, check, check_contains, check_equal, tell

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "vectors"))
import make  # noqa: E402

MEMBERS = ["stream", "seq", "at", "author", "role", "kind", "subject", "prev", "body"]


def check_stream_of_lines(bundle, key, unit):
    """Every rule of the page; the number of entries and seals."""
    lines = peer.lines_of(bundle)
    head = json.loads(lines[0])
    check_equal((head["node"], head["unit"]), (key, unit), "the first line")
    stream, seq, prev, unsealed, entries, seals = None, 0, "0" * 64, 0, 0, 0
    for line in lines[1:-1]:
        thing = json.loads(line)
        if "seal" in thing:
            signed, signature = line.split(b',"signature":"')
            check_equal((thing["seal"], thing["seq"], thing["hash"]), (stream, seq, prev), "a seal")
            check(signing.is_genuine(bytes.fromhex(stream[:64]), signed, bytes.fromhex(signature[:128].decode())),
                  "the signature of the seal of", stream)
            unsealed, seals = 0, seals + 1
            continue
        check_equal(list(thing), MEMBERS, "the members of an entry")
        if thing["stream"] != stream:
            check_equal(unsealed, 0, f"entries of {stream} without a seal")
            stream, seq, prev = thing["stream"], 0, "0" * 64
        check_equal((thing["seq"], thing["prev"]), (seq + 1, prev), f"the place of an entry of {stream}")
        check(not stream.endswith("/-"), "a local stream left its node")
        seq, prev, unsealed, entries = seq + 1, peer.digest(line), unsealed + 1, entries + 1
    check_equal(unsealed, 0, "entries at the end without a seal")
    return entries, seals


def story(cases, world):
    with cases.case("the test vectors are what this implementation makes"):
        check(make.are_as_shipped(), "tests/vectors/exchange.json differs: see tests/vectors/make.py")

    vectors = make.vectors()
    with cases.case("the proof of a fork: the program and the checker in a third language find it right, and find wrong what is none"):
        fork, office, reader = vectors["fork"], peer.Peer(make.SEED, "25"), world.node("reader", "VN")
        check_equal(office.key, vectors["public_key"], "the key")
        reader.trust(office)
        held, others = ([line.encode() for line in fork[name]] for name in ("held", "others"))

        def judged(name, lines):
            """What the program says of the lines as a bundle, and what the checker says."""
            path = world.path(f"{name}.bundle")
            path.write_bytes(office.lines(*lines))
            told = subprocess.run([ROOT / "tests/story/check_bundle.mjs", path], capture_output=True, text=True, timeout=60)
            return reader.run("sync", path), told

        taken, told = judged("held", held)
        check_equal((taken.status, told.returncode), (0, 0), "what is held before")
        for n, wrong in enumerate(fork["wrong"]):
            taken, told = judged(f"wrong-{n}", [line.encode() for line in [fork["held"][0], *wrong["lines"]]])
            check(taken.status not in (0, 4) and told.returncode == 1, wrong["what"], taken, told)
            check_equal(reader.sql("SELECT name FROM ledger_stream WHERE stopped IS NOT NULL"), [], f"streams stopped because {wrong['what']}")
        taken, told = judged("right", [*held, *others])
        check_equal((taken.status, told.returncode), (4, 0), f"the exit statuses {taken} {told}")
        check_contains(told.stdout, f"forked {fork['stream']} {fork['seq']}\n", "what the checker finds")
        check_contains(told.stdout, f"digest {peer.digest(fork['digest_line'].encode())}\n", "the digest of it")
        check_equal(reader.sql("SELECT name, seq, fork_seq FROM ledger_stream WHERE stopped IS NOT NULL"), [(fork["stream"], "2", str(fork["seq"]))], "what the program stops")

    ministry, hatinh = world.nodes(ministry="VN", hatinh="42")
    ministry.trust(hatinh)
    figures = world.path("f.csv", "indicator,unit,period,value\n" + "".join(
        f"retail_sales,42,{2005 + n // 12}-{n % 12 + 1:02d},{n}.5\n" for n in range(200)))
    for node in (ministry, hatinh):
        node.run("import", figures, expect=0)
    with cases.case("a bundle of a node keeps every rule of the page"):
        for node, unit in ((ministry, "VN"), (hatinh, "42")):
            path = world.path(f"{node.name}.bundle")
            node.run("bundle", path, "--for", "VN", expect=0)
            entries, seals = check_stream_of_lines(path.read_bytes(), node.key, unit)
            check(entries > 0 and seals > 0, entries, "entries", seals, "seals")


if __name__ == "__main__":
    tell(story)
