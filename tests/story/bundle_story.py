#!/usr/bin/env python3
"""Bundles that the program wrote, whole, cut, altered and mixed up: a checker in another language, written from
docs/exchange.md alone (check_bundle.mjs), and the program's own `sync FILE` say the same of every one. A peer of ours
also signs what no honest node writes. Runs on both stores (CAUNOI_TEST_STORE)."""

import hashlib
import json
import pathlib
import random
import resource
import signal
import subprocess

import peer
from support import SHIPPED, check, check_contains, check_equal, tell

CHECKER = pathlib.Path(__file__).with_name("check_bundle.mjs")
HEAD = "indicator,unit,period,value\n"


class Desk:
    """A node that takes bundles without keeping them, and the checker beside it; they are asked about many at once."""

    def __init__(self, world, node):
        self.world, self.node = world, node
        self.asked, self.queue = 0, []

    def expect(self, checker, program, data, what):
        """To be judged: whether the checker and the program shall take it."""
        path = self.world.path(f"{self.asked}.bundle", data)
        self.asked += 1
        self.queue.append((path, checker, program, what))

    def must(self, takes, data, what):
        self.expect(takes, takes, data, what)

    def judge(self):
        """What the checker said of each, in order."""
        queue, self.queue = self.queue, []
        paths = [path for path, *_ in queue]
        done = subprocess.run([CHECKER, "/dev/null", *paths], capture_output=True, timeout=120)
        check(not done.stderr, f"the checker failed: {done.stderr[-800:]!r}")
        said = done.stdout.decode().splitlines()[1:]
        check_equal(len(said), len(queue), "lines of the checker")
        # Where the shipped program is another one, every third is read under the sanitizers; in `make stories` all are.
        results = [self.node.run("sync", path, "--dry-run", program=SHIPPED if i % 3 else self.node.program) for i, path in enumerate(paths)]
        for (path, checker, program, what), line, result in zip(queue, said, results):
            check(result.status in (0, 1, 3, 4), repr(result))
            check_equal((line.startswith("right "), result.status == 0), (checker, program),
                        f"{what} (checker, program): {line} / {result.err.strip()}")
            path.unlink()
        return said


def pack(lines):
    return peer.packed(b"".join(line + b"\n" for line in lines))


def with_end(lines):
    """Lines without their last one, ended rightly."""
    return [*lines, b'{"end":%d}' % len(lines)]


def resealed(signer, lines, line, new):
    """A stream of one entry and one seal with other bytes for the entry, hashed and sealed again by its node."""
    stream = peer.json.loads(lines[0])["stream"]
    entry = lines[0].replace(line, new, 1)
    check(entry != lines[0], f"{line!r} is not in the entry")
    seal = peer.json.loads(lines[1])
    head = f'{{"seal":"{stream}","seq":{seal["seq"]},"hash":"{peer.digest(entry)}","at":"{seal["at"]}"'.encode()
    return [entry, head + b',"signature":"' + signer.sign(head).hex().encode() + b'"}']


def story(cases, world):
    ministry, hatinh, reader, mixed = world.nodes(ministry="VN", hatinh="42", reader="VN", mixed="VN")
    forger, stranger = peer.Peer("forger", "25"), peer.Peer("stranger", "18073")
    ministry.trust(hatinh)
    hatinh.trust(stranger)  # said in public: so there are two streams
    for part in range(3):
        hatinh.run("import", world.path("f.csv", HEAD + "".join(
            f"retail_sales,42,20{10 + part}-{n + 1:02d},{n}.5\n" for n in range(12))), expect=0)
    first_of_node = world.path("hatinh.bundle")
    hatinh.run("bundle", first_of_node, "--for", "VN", expect=0)
    ministry.run("sync", first_of_node, expect=0)
    for key, unit in ((ministry.key, "VN"), (hatinh.key, "42"), (forger.key, "25")):
        reader.trust(key, unit)
    data = first_of_node.read_bytes()
    lines = peer.lines_of(data)
    desk = Desk(world, reader)

    with cases.case("bundles of the program are right, and the checker finds the places the node has"):
        for node in (ministry, hatinh):
            path = world.path(f"whole-{node.name}.bundle")
            node.run("bundle", path, "--for", "VN", expect=0)
            said = subprocess.run([CHECKER, path], capture_output=True, check=True).stdout.decode()
            heads = node.sql("SELECT name, seq, hash FROM ledger_stream WHERE audience <> '-'")
            text = "".join(f"{name} {seq} {digest}\n" for name, seq, digest in sorted(heads))
            entries = sum(int(seq) for _, seq, _ in heads)
            check(len(heads) >= 2 and said.startswith(
                f"{text}digest {hashlib.sha256(text.encode()).hexdigest()}\n{entries} entries, "), said, heads)
            desk.must(True, path.read_bytes(), f"the bundle of {node.name}")
        desk.judge()

    with cases.case("where the file cannot be written to its end, which file and why are said, and nothing is left of it"):
        def only_little():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

        path = world.path("too-long.bundle")
        told = ministry.run("bundle", path, "--for", "VN", prepare=only_little, expect=3).err
        check_contains(told, f'cannot write "{path}": ', "the error")
        check_equal([p.name for p in world.folder.glob("too-long*")], [], "what is left")

    with cases.case("a bundle with what is new alone is right by itself, and refused where something lies before it"):
        after = hatinh.sql("SELECT MAX(id) FROM ledger_entry")[0][0]
        hatinh.run("import", world.path("f.csv", HEAD + "retail_sales,42,2020-01,1\n"), expect=0)
        path = world.path("new.bundle")
        hatinh.run("bundle", path, "--for", "VN", "--after", after, expect=0)
        desk.expect(True, False, path.read_bytes(), "the rest alone")
        desk.judge()

    with cases.case("a bundle that was cut anywhere is refused"):
        for at in (0, 3, 9, len(data) // 3, len(data) - 5, len(data) - 4, len(data) - 1):
            desk.must(False, data[:at], f"the first {at} bytes")
        desk.judge()

    with cases.case("a bundle with something behind it, or twice in one file, is refused"):
        for tail in (b"x", b"\0", data, b"\x50\x2a\x4d\x18\x01\0\0\0x"):
            desk.must(False, data + tail, f"{len(tail)} bytes more")
        desk.must(False, b"\x50\x2a\x4d\x18\x01\0\0\0x" + data, "a skippable frame before it")
        desk.judge()

    first, body, last = lines[0], lines[1:-1], lines[-1]
    at_seal = next(i for i, line in enumerate(body) if line.startswith(b'{"seal"'))
    seal, public, rest = body[at_seal], body[:at_seal + 1], body[at_seal + 1:]

    def changed(line, old, new):
        check(old in line, f"{old!r} is not in {line!r}")
        return with_end([first, *[one.replace(old, new, 1) if one is line else one for one in body]])

    with cases.case("lines that are missing, changed, doubled or in another order are refused"):
        check_equal(last, b'{"end":%d}' % (len(lines) - 1), "the last line")
        for what, bad in {
                "no first line": with_end(body),
                "no last line": lines[:-1],
                "a count too large": [*lines[:-1], b'{"end":%d}' % len(lines)],
                "a count with a space": [*lines[:-1], b'{"end": %d}' % (len(lines) - 1)],
                "a line behind the last": with_end(lines),
                "an empty line": with_end([first, b"", *body]),
                "a line that is no JSON": with_end([first, b"hello", *body]),
                "a missing entry": with_end([first, *public, rest[0], *rest[2:]]),
                "two entries exchanged": with_end([first, *public, rest[2], rest[1], rest[0], *rest[3:]]),
                "a seal alone": with_end([first, seal, *body]),
                "a seal of another stream": with_end([first, *public[:-1], rest[-1], *rest]),
                "a false signature": changed(seal, seal[-6:-2], bytes(reversed(seal[-6:-2]))),
                "a seal with a space": changed(seal, b',"seq"', b', "seq"'),
                "a seal with another time": changed(seal, b"Z/", b"Z/1"),
                "another body": changed(rest[0], b'"body":{', b'"body":{"x":1,'),
                "another first line": [first.replace(b":1", b":2", 1), *lines[1:]],
        }.items():
            desk.must(False, pack(bad), what)
        desk.judge()

    with cases.case("the first line's version is a number that equals 1, however it is written, and names a key and codes"):
        for takes, version in ((True, b":1.0"), (True, b": 1e0"), (False, b':"1"'), (False, b":1.5"), (False, b":true"), (False, b":[1]")):
            desk.must(takes, pack([first.replace(b":1", version, 1), *lines[1:]]), f"caunoi{version!r}")
        head = json.loads(first)
        for name, odd in (("for", "*"), ("for", "-"), ("for", ""), ("for", "vn"), ("for", "V N"), ("for", "A" * 8), ("unit", "*"), ("unit", "4\u0662"), ("node", head["node"].upper()),
                          ("node", head["node"][:-1]), ("node", "g" * 64)):
            desk.must(False, pack([json.dumps({**head, name: odd}).encode(), *lines[1:]]), f"{name} {odd!r}")
        desk.judge()

    with cases.case("what a receiver need not insist on, and does not take: the writer's stream later, one twice, no seal"):
        for what, odd, why in (
                ("the writer's own stream at the end", [first, *rest, *public], "does not come first"),
                ("a stream twice", [first, *body, *public], "a second time"),
                ("no seal under a stream", [first, *public[:-1], *rest], "does not end with a seal"),
                ("no seal at the end", [first, *body[:-1]], "does not end with a seal")):
            desk.expect(False, True, pack(with_end(odd)), what)
            check_contains(desk.judge()[0], why, "what the checker says")

    def of_forger(*entry_lines):
        return forger.lines(*entry_lines, for_unit="VN")

    with cases.case("whatever a node signs, both judge its form alike"):
        stream = forger.stream("25")
        stream.add("note", "s", {"a": "b"})
        good = stream.sealed()
        desk.must(True, of_forger(*good), "as it should be")

        def formed(line, new):
            return of_forger(*resealed(forger.signer, good, line, new))

        for new in (b'"body": {', b'"body":{"n":1.0e400,', b'"body":{"n":9223372036854775808,', b'"body":{"n":-9223372036854775809,',
                    b'"body":{"x":"\\u0000",', b'"body":{"x":"\\ud800",', b'"body":{"x":"\xff",', b'"body":{"a":1,', b'"body":{"x":01,',
                    b'"body":{"x":' + b"[" * 31 + b"]" * 31 + b",", b'"body":{"x":\'y\',', b'"body":{"x":1,,', b'"extra":1,"body":{',
                    b'"body":{"x":"\t",', b'"body":{"x":NaN,', b'"body":{"x":.5,', b'"body":{"\\u0061":1,'):
            desk.must(False, formed(b'"body":{', new), f"the body as {new[:40]!r}")
        for new in (b'"body":{ ', b'"body":{"n":9223372036854775807,', b'"body":{"n":-9223372036854775808,', b'"body":{"n":1.5e300,',
                    b'"body":{"x":' + b"[" * 30 + b"]" * 30 + b",", b'"body":{"x":"\\ud83d\\ude00",', b'"body":{"":[true,false,null],',
                    b'"body":{"x":"\\/\\b\\f\x7f",', b'"body":{"x":-0,', b'"body":{"x" :\t1\r,'):
            desk.must(True, formed(b'"body":{', new), f"the body as {new[:40]!r}")
        for takes, new in ((False, b"\\u0073"), (False, b"\\/"), (True, b"/"), (False, b"\\b"), (True, b"\\u0008"), (False, b"\\u000A"),
                           (True, b"\\n"), (False, b"\\u000a"), (True, "ộ".encode()), (False, b"\xed\xa0\x80"), (True, b"s" * 512),
                           (False, b"s" * 513), (True, "ộ".encode() * 170), (False, "ộ".encode() * 171), (True, b""),
                           (True, b'\\"\\\\\\t\\r'), (False, b"\\u0000")):
            desk.must(takes, formed(b'"subject":"s"', b'"subject":"' + new + b'"'), f"the subject as {new[:40]!r}")
        for takes, member, new in ((False, b'"seq":1', b'"seq":2'), (False, b'"seq":1', b'"seq":01'), (False, b'"seq":1', b'"seq":1.0'),
                                   (False, b'"seq":1', b'"seq":"1"'), (False, b'"seq":1', b'"seq":0'), (False, b'"seq":1', b'"seq":-1'),
                                   (True, b'"author":""', b'"author":"' + b"a" * 64 + b'"'),
                                   (False, b'"author":""', b'"author":"' + b"a" * 65 + b'"'),
                                   (True, b'"kind":"note"', b'"kind":"' + b"k" * 64 + b'"'),
                                   (False, b'"kind":"note"', b'"kind":"' + b"k" * 65 + b'"'),
                                   (False, b'"author":"","role":""', b'"role":"","author":""'),
                                   (False, b'"prev":"0', b'"prev":"1'), (False, b'{"stream"', b'{ "stream"')):
            desk.must(takes, formed(member, new), f"{new!r} for {member!r}")
        for takes, at in ((True, peer.stamp(300)), (False, peer.stamp().replace("Z/", "Z/00")),
                          (False, peer.stamp().replace("Z/0", "Z/65536")), (True, peer.stamp().replace("Z/0", "Z/65535")),
                          (False, "2026-02-30T00:00:00.000Z/0"), (False, "2026-02-28T24:00:00.000Z/0"), (False, "2026-02-28T23:59:60.000Z/0"),
                          (False, "1970-01-01T00:00:00.000Z/0"), (True, "1970-01-01T00:00:00.000Z/1"), (False, "1969-12-31T23:59:59.999Z/9"),
                          (False, "6429-10-17T02:45:55.328Z/0"), (False, "2026-02-28T23:59:59.000+00:00/0"), (True, "2024-02-29T23:59:59.999Z/7"), (False, "-"), (False, "")):
            s = forger.stream("25")
            s.add("note", "s", {}, at=at or " ")
            desk.must(takes, of_forger(*s.sealed()), f"the time {at!r}")
        s = forger.stream("25")
        s.add("note", "s", {}, at=peer.stamp(900))
        desk.expect(True, False, of_forger(*s.sealed()), "a time ahead of the clock, which a file by itself has none")
        for times in ((2, 1), (1, 1)):
            s = forger.stream("25")
            for counter in times:
                s.add("note", "s", {}, at=f"2026-02-28T00:00:00.000Z/{counter}")
            desk.must(False, of_forger(*s.sealed()), f"times {times}")
        s = forger.stream("-")
        s.add("note", "s", {})
        desk.must(False, of_forger(*s.sealed()), "a local stream")
        for audience in ("", "25x", "1" * 17, "../25"):
            s = forger.stream(audience)
            s.add("note", "s", {})
            desk.must(False, of_forger(*s.sealed()), f"the audience {audience!r}")
        desk.judge()

    with cases.case("bits turned at random in lines and files are found by both"):
        chance = random.Random(20261127)
        plain = b"".join(line + b"\n" for line in lines)
        for number in range(10):
            bad = bytearray(data if number % 5 == 0 else plain)
            at = chance.randrange(6 if number % 5 == 0 else len(first) + 1, len(bad))
            bad[at] ^= 1 << chance.randrange(8)
            desk.must(False, bytes(bad) if number % 5 == 0 else peer.packed(bytes(bad)), f"number {number}, byte {at}")
        desk.judge()

    with cases.case("after all these nothing was taken, and the right one is"):
        others = f"SELECT name FROM ledger_stream WHERE name NOT LIKE '{reader.key}/%'"
        check_equal(reader.sql(others), [], "streams")
        reader.run("sync", first_of_node, expect=0)
        check_equal(reader.state("42"), ministry.state("42"), "state --audience 42")
        print(f"# told: {desk.asked} bundles judged by both")

    with cases.case("lines of two bundles mixed into one file are refused, or bring nothing but what their nodes wrote"):
        for part in ("2021-01", "2021-02"):
            ministry.run("import", world.path("f.csv", HEAD + f"retail_sales,VN,{part},7\n"), expect=0)
        path = world.path("ministry.bundle")
        ministry.run("bundle", path, "--for", "VN", expect=0)
        others = peer.lines_of(path.read_bytes())
        a, b = body, others[1:-1]
        for key, unit in ((ministry.key, "VN"), (hatinh.key, "42")):
            mixed.trust(key, unit)
        places = {}
        for line in [*a, *b]:
            entry = peer.json.loads(line)
            if "stream" in entry:
                places[entry["stream"], str(entry["seq"])] = peer.digest(line)

        def seals(of):
            return [i for i, line in enumerate(of) if line.startswith(b'{"seal"')]

        def with_seal(of, at, line):
            return [*of[:at], line, *of[at + 1:]]

        chance = random.Random(1)
        shuffled = [chance.sample([*a, *b], len(a) + len(b)) for _ in range(3)]
        in_turn = [line for pair in zip(a, b) for line in pair] + a[len(b):] + b[len(a):]
        taken = 0
        for what, lot in {
                "line by line": in_turn, "one after another": [*a, *b], "the other way round": [*b, *a],
                "seals of the other": with_seal(a, seals(a)[0], b[seals(b)[0]]),
                "the other's seals exchanged": with_seal(b, seals(b)[0], a[seals(a)[0]]),
                "halves": [*a[:len(a) // 2], *b[len(b) // 2:]], "halves the other way": [*b[:len(b) // 2], *a[len(a) // 2:]],
                **{f"shuffled {i}": lot for i, lot in enumerate(shuffled)}}.items():
            for head in (first, others[0]):
                result = mixed.run("sync", world.path("mixed.bundle", pack(with_end([head, *lot]))))
                check(result.status in (0, 1, 4), f"{what}: {result!r}")
                taken += result.status == 0
                for name, seq, digest in mixed.sql("SELECT name, seq, hash FROM ledger_stream WHERE seq > 0"):
                    check(name.startswith(mixed.key) or places.get((name, seq)) == digest, f"{what}: {name} at {seq} is {digest}")
        print(f"# told: {taken} of 20 mixtures were taken, for what they hold")
        for whole in (first_of_node, path):
            mixed.run("sync", whole, expect=0)
        check_equal(mixed.state("42"), ministry.state("42"), "state --audience 42 after all of it")

    def bundle_of(node, *more):
        path = world.path("rotated.bundle")
        node.run("bundle", path, "--for", "VN", *more, expect=0)
        data = path.read_bytes()
        path.unlink()
        return data

    def own_streams(data, keys):
        """The places of the `*` streams of these keys among those of a bundle."""
        names = list(dict.fromkeys(s for line in peer.lines_of(data)[1:-1] if (s := peer.json.loads(line).get("stream"))))
        return [names.index(f"{key}/*") for key in keys]

    def reordered(data, key):
        """The same lines, with the `*` stream of this key first."""
        head, *body, _ = peer.lines_of(data)
        ours = [line for line in body if f'"{key}/*"'.encode() in line[:len(key) + 20]]
        return pack(with_end([head, *ours, *(line for line in body if line not in ours)]))

    hatinh.trust(ministry)
    for node, other in ((hatinh, ministry), (ministry, hatinh)):
        keys = [node.key]
        for time in ("one rotation", "two rotations"):
            with cases.case(f"after {time} of {node.name} its bundle has the streams that say whom to trust first, its oldest key's before the others"):
                before = node.sql("SELECT MAX(id) FROM ledger_entry")[0][0]
                keys.append(node.run("key", "--rotate", "--json", expect=0).json()["node"])
                data = bundle_of(node)
                check_equal(own_streams(data, keys), list(range(len(keys))), "the places of its `*` streams")
                desk.must(True, data, "its bundle")
                rest = bundle_of(node, "--after", before)
                check_equal(own_streams(rest, keys[-2:]), [0, 1], "the places in what is new")
                # The reader holds what Ha Tinh wrote before its first rotation, and no more.
                desk.expect(True, keys[:-1] == [hatinh.key], rest, "what is new alone")
                # Who knows the first key alone takes the second one's word for itself, and cannot tell who the third is.
                desk.expect(False, len(keys) == 2, reordered(data, keys[-1]), "its newest key's stream first")
                said = desk.judge()
                check_contains(said[-1], "do not come first", "what the checker says of the last")
            with cases.case(f"after {time} of {node.name} a bundle of {other.name} that has taken this in is right as well"):
                path = world.path("told.bundle", data)
                other.run("sync", path, expect=0)
                desk.must(True, bundle_of(other), f"the bundle of {other.name}")
                desk.judge()


if __name__ == "__main__":
    tell(story)
