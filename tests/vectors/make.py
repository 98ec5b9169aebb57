#!/usr/bin/env python3
"""Test vectors of the exchange (docs/exchange.md), made by the independent implementation of the stories.

    tests/vectors/make.py            writes them to standard output
    tests/vectors/make.py --check    compares them with tests/vectors/exchange.json

Nothing here depends on the time or on chance: the same bytes each time.
"""
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "story"))
import peer  # noqa: E402

SEED = "test vectors of the exchange"  # its SHA-256 is the secret seed of RFC 8032


def sealed(stream, entries):
    lines = []
    for n, (kind, subject, body) in enumerate(entries):
        line = stream.add(kind, subject, body, author="chuyenvien", role="specialist", at=f"2026-11-23T07:02:11.{123 + n}Z/{n}")
        lines.append({"entry": line.decode(), "hash": stream.hash})
    return {"stream": stream.name, "entries": lines, "seal": stream.seal().decode()}


def fork(office):
    """A stream of which two copies have written entry 2, and a third one copy alone; what proves it, and what does not."""
    def branch(*entries):
        stream = office.stream("25")
        return stream, [stream.add("note", "", body, at=f"2026-11-23T07:02:11.{123 + n}Z/0") for n, body in enumerate(entries)]
    (ours, our_lines), (theirs, their_lines) = branch({"n": 1}, {"n": 2}), branch({"n": 1}, {"n": -2}, {"n": -3})
    stranger = peer.Peer(SEED + ", somebody else", "25").signer
    first, seal, others = our_lines[0], ours.seal(), their_lines[1:]
    wrong = {
        "the seal under the other entries is another key's": [our_lines[1], seal, *others, theirs.seal(signer=stranger)],
        "the seal is that of the entries they contradict": [our_lines[1], seal, *others, seal],
        "the other entry was altered after its seal": [our_lines[1], seal, others[0].replace(b'"n":-2', b'"n":-9'), others[1], theirs.seal()],
        "one of the other entries is missing": [our_lines[1], seal, others[0], theirs.seal()],
    }
    return {
        "stream": ours.name, "seq": 2,
        "held": [line.decode() for line in (first, our_lines[1], seal)],
        "others": [line.decode() for line in (*others, theirs.seal())],
        "digest_line": f"{ours.name} 2 forked\n",
        "wrong": [{"what": what, "lines": [line.decode() for line in lines]} for what, lines in wrong.items()],
    }


def vectors():
    office, next_key = peer.Peer(SEED, "42"), peer.Peer(SEED + ", rotated", "42")
    streams = []
    for audience, entries in (
        ("42", [("note", "", {}), ("report.send", "report/monthly/42@2004-01-01/2026-11",
                                   {"form": "monthly", "text": "Chỉ số sản xuất – “trích” \\ \" \n 112,35"})]),
        ("*", [("node.trust", "node/" + "ab" * 32, {"key": "ab" * 32, "unit": "07906"}),
               ("node.rotate", f"node/{next_key.key}", {"key": next_key.key, "unit": "42"})]),
    ):
        streams.append(sealed(office.stream(audience), entries))
    signature = office.introduce(next_key)
    former = [("node.former", f"node/{office.key}", {"key": office.key, "unit": "42", "signature": signature})]
    return {
        "about": "docs/exchange.md; made by tests/vectors/make.py",
        "secret_seed": peer.digest(SEED.encode()),
        "public_key": office.key,
        "streams": streams,
        "fork": fork(office),
        "rotation": {"new_public_key": next_key.key, "signature": signature, **sealed(next_key.stream("*"), former)},
    }


def text():
    return json.dumps(vectors(), ensure_ascii=False, indent=1) + "\n"


def are_as_shipped():
    return (HERE / "exchange.json").read_text(encoding="utf-8") == text()


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        sys.exit(0 if are_as_shipped() else "tests/vectors/exchange.json is not what tests/vectors/make.py makes")
    sys.stdout.write(text())
