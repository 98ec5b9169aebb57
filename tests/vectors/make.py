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
