#!/usr/bin/env python3
"""Attachments that are asked for, told of and handed over in ways that nodes of this program rarely meet: of another unit's, of nobody's, more than are told
at once, given up, refused for now or for good, cut off. Runs on both stores (CAUNOI_TEST_STORE)."""

import json

from false_ministry import FalseMinistry
from peer import Peer
from support import check, check_contains, check_equal, tell, wait_until

STORED = 42
WANTED = 250  # more than are told at once, twice


def add_files(stream, count):
    """Entries of attachments that nobody has sent yet; their ids."""
    ids = [f"{n:064x}" for n in range(1, count + 1)]
    for id in ids:
        stream.add("blob.add", f"blob/{id}", {"hash": id, "size": 1, "stored": STORED, "type": "text/csv", "label": ""})
    return ids


def answering(cases, world):
    ministry, = world.nodes(ministry="VN")
    owner, of_province, of_another = Peer("a commune's node", "18073"), Peer("its province's", "42"), Peer("another province's", "46")
    odd = [Peer(f"odd {n}", "42") for n in range(8)]  # each is heard once: who asks badly must wait
    for p in (owner, of_province, of_another, *odd):
        ministry.trust(p)
    stream = owner.stream("18073")
    ids = add_files(stream, WANTED)
    ministry.serve()
    check_equal(owner.push(ministry, *stream.sealed()).json()["new"], WANTED, "the entries")
    ministry.stop()
    ministry.sql(f"INSERT INTO blob_want (node, name, since) SELECT node, name, 0 FROM blob WHERE node = '{owner.key}'")
    ministry.serve()

    def place(id, more=""):
        return f"/ledger/blob/{owner.key}/{id}?from=0{more}"

    with cases.case("an attachment that no entry names is not there, whoever asks"):
        answer = of_province.ask(ministry, "GET", place("f" * 64))
        check_equal((answer.status, answer.json()["error"]["code"]), (404, "missing"), "the answer")

    with cases.case("a question without a place, without a key, or that would wait too long: it is told so"):
        at, key = f"/ledger/blob/{owner.key}/{ids[0]}", f"key={'00' * 80}"
        asked = (("GET", at, "from which byte"), ("GET", f"{at}?from=x", "from which byte"), ("GET", f"{at}?from=-1", "from which byte"),
                 ("POST", f"{at}?{key}", "from which byte"), ("POST", f"{at}?from=0", "bears no key"), ("POST", f"{at}?from=0&key=00", "bears no key"),
                 ("GET", "/ledger/wanted?wait=61", "waits too long"), ("GET", "/ledger/wanted", "waits too long"))
        for asker, (method, path, said) in zip(odd, asked, strict=True):
            answer = asker.ask(ministry, method, path, b"" if method == "GET" else b"x")
            check_equal(answer.status, 422, f"{method} {path}")
            check_contains(answer.json()["error"]["message"], said, f"{method} {path}")

    with cases.case("whose unit may not read the entry learns nothing: not that the attachment is wanted, nor that it exists, and hands none over"):
        check_equal(of_another.ask(ministry, "GET", "/ledger/wanted?wait=0").status, 204, "what is wanted")
        check_equal(of_another.positions(ministry).headers.get("Caunoi-Wants"), None, "whether something is wanted")
        check_equal(of_province.positions(ministry).headers.get("Caunoi-Wants"), "1", "whether something is wanted of the province")
        unknown = of_another.ask(ministry, "GET", place("f" * 64))
        for method, body, more in (("GET", b"", ""), ("POST", b"x" * STORED, f"&key={'00' * 80}")):
            answer = of_another.ask(ministry, method, place(ids[0], more), body)
            check_equal((answer.status, answer.json()), (404, unknown.json()), f"{method} of what it may not read")

    with cases.case("more is wanted than is told at once: who says what it has seen is told what follows, and of nothing behind the last"):
        seen, told = "", []
        while (answer := of_province.ask(ministry, "GET", "/ledger/wanted?wait=0" + seen)).status == 200:
            said = answer.json()
            told.append([one["id"] for one in said["wanted"]])
            seen = f"&seen={said['digest']}"
        check_equal(answer.status, 204, "after the last")
        check_equal([len(ids_told) for ids_told in told], [100, 100, 50], "how many at once")
        check_equal(sorted(id for ids_told in told for id in ids_told), ids, "what is wanted")
    ministry.stop()


def asking(cases, world):
    node, = world.nodes(asking="42")
    above, owner = Peer("above", "VN"), Peer("a node below", "42")
    for p in (above, owner):
        node.trust(p)
    stream = owner.stream("42")
    ids = add_files(stream, 1)
    node.serve()
    check_equal(owner.push(node, *stream.sealed()).json()["new"], 1, "the entry")
    node.stop()
    node.run("blob want", ids[0], expect=0)
    server = FalseMinistry(above, owner)
    path = f"/ledger/blob/{owner.key}/{ids[0]}"

    def want():
        return node.sql("SELECT CASE WHEN problem IS NULL THEN 'waits' ELSE 'given up' END FROM blob_want")

    def sync(*answers):
        """The command, while the node above answers so to the question for the attachment."""
        server.pieces = list(answers)
        server.requests.clear()
        told = node.run("sync", server.address)
        check_equal((server.requests.count(path), server.pieces), (len(answers), []), "how often it was asked for")
        return told

    def refusal(status, message):
        return {"status": status}, json.dumps({"error": {"code": "x", "message": message}}).encode()

    try:
        with cases.case("the node above cannot give it just now, or not any more: that is no failure, and it is still wanted"):
            for status in (404, 409, 410):
                check_equal(sync(refusal(status, "not now")).status, 0, f"the exit status after {status}")
                check_equal(want(), [("waits",)], f"what is wanted after {status}")

        with cases.case("the node above fails over it: the command says so, nothing is kept, and it is still wanted"):
            told = sync(refusal(500, "the disk is full"))
            check(told.status != 0, "the exit status", told)
            check_contains(told.err, "the other node refused (500): the disk is full", "what is said")
            check_equal(want(), [("waits",)], "what is wanted")

        with cases.case("an answer of another type, and one that is cut off when more came than is lacking: nothing of it is kept"):
            for what, headers, length in (("another type", {"type": "text/html"}, 10), ("another type, cut off", {"type": "text/html", "is_cut": True}, 10),
                                          ("more than is lacking, cut off", {"is_cut": True}, STORED + 1), ("more than an answer has", {}, 1024 * 1024 + 1)):
                check(sync((headers, b"x" * length)).status != 0, f"the exit status, {what}")
                check_equal(node.sql("SELECT COUNT(*) FROM blob_content"), [("0",)], f"what is kept, {what}")
            check_equal(want(), [("waits",)], "what is wanted")

        with cases.case("an answer that is cut off: what came is kept, and the rest is asked for"):
            check(sync(({"is_cut": True}, b"x" * 10)).status != 0, "the exit status")
            check_equal(node.sql("SELECT held FROM blob_content"), [("10",)], "what is kept")

        with cases.case("the node above does not want to hear this one over it: that is told once, by whom it concerns, and asked again"):
            server.pieces = [refusal(401, "who are you")]
            log = world.folder / f"{node.name}.log"
            node.serve(upstream=server.address)
            wait_until(lambda: not server.pieces, 30, "it is asked for")
            check("who are you" not in log.read_text(), "the thread of the attachments tells it too")
            node.stop()

        with cases.case("the node above takes bytes of an attachment and has never all of them: it is given up in the end"):
            id = node.run("blob add", world.path("a.txt", "một tệp"), expect=0).out.split()[0].split("/")[1]
            server.wanted = [json.dumps({"wanted": [{"node": node.key, "id": id, "held": 0}], "digest": "0" * 64}).encode()]
            server.kept, had = [{"held": n % 2 + 1, "whole": False} for n in range(20)], 20
            server.pieces = [refusal(404, "not now")]
            told = node.run("sync", server.address)
            check(told.status != 0, "the exit status", told)
            check_contains(told.err, "not of the stated form", "what is said")
            check(0 < len(server.kept) < had, "how often it was handed over", had - len(server.kept))

        with cases.case("what came was wrong, so it was given up: who hands it over all the same is told that nobody asked"):
            server.pieces = [({"status": 204}, b"")]
            node.serve(upstream=server.address)
            wait_until(lambda: want() == [("given up",)], 30, "it is given up")
            answer = owner.ask(node, "POST", f"{path}?from=0&key={'00' * 80}", b"x" * STORED)
            check_equal((answer.status, answer.json()["error"]["code"]), (409, "conflict"), "the answer")
            node.stop()
    finally:
        server.close()
    node.check_sound()


def story(cases, world):
    answering(cases, world)
    asking(cases, world)


if __name__ == "__main__":
    tell(story)
