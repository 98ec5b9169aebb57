#!/usr/bin/env python3
"""A node above that is not wrong but odd: it tells of streams it has nothing of, of forks that nobody here can judge or that are mended, gives nothing where
it is asked to compare, wants to be left alone for hours. Nothing is concluded from it that is not so, and the exchange goes on. Runs on both stores
(CAUNOI_TEST_STORE)."""

import re

from false_ministry import FalseMinistry, altered
from peer import Peer, Thief
from support import check, check_contains, check_equal, tell, wait_until


def public_streams(node):
    """Its own streams, with place and hash of the newest entry, but for what stays with it."""
    return {name: (int(seq), hash) for name, seq, hash in
            node.sql(f"SELECT name, seq, hash FROM ledger_stream WHERE node = '{node.key}' AND audience <> '-'")}


def figure(world, node, value, expect=0):
    path = world.path("one.csv", f"indicator,unit,period,value\nretail_sales,{node.unit},2026-01,{value}\n")
    return node.run("import", path, expect=expect)


def nothing_of_it(cases, world, node, server):
    with cases.case("it names streams of this node of which it has nothing, some that this node never wrote: nothing is missing here"):
        name = f"{node.key}/{node.unit}"
        check(name in public_streams(node), "the node has written no figure")
        server.ours = {name: (0, "0" * 64), f"{node.key}/{node.unit}01": (0, "0" * 64)}
        node.run("sync", server.address, expect=0)
        figure(world, node, 2)

    with cases.case("what it holds of a stream is not what is here, and it gives nothing to compare: nothing is concluded"):
        before = node.state()
        name, (seq, _) = next((n, s) for n, s in public_streams(node).items() if n.endswith(f"/{node.unit}"))
        server.ours, server.gives, asked = {name: (seq, "cd" * 32)}, lambda want: asked.append(want) or [], []
        node.run("sync", server.address, expect=0)
        check({"want": {name: 0}} in asked, "it was asked to compare", asked)
        check_equal(node.sql("SELECT name FROM ledger_stream WHERE stopped IS NOT NULL"), [], "streams that have stopped")
        check_equal(node.state(), before, "the state")
        server.ours, server.gives = {}, None


def forks_of_others(cases, node, server, other):
    stream, asked = other.stream("*"), []
    for n in range(2):
        stream.add("story.unknown", "x", {"n": n})

    def gives(question):
        asked.append(question)
        return stream.sealed() if stream.name in question["want"] else []

    def forks_asked(forks, rotated):
        asked.clear()
        server.forks, server.rotated = forks, rotated
        node.run("sync", server.address, expect=0)
        return [q["fork"] for q in asked if "fork" in q]

    server.others, server.gives = {stream.name: 2}, gives
    node.run("sync", server.address, expect=0)
    check_equal(node.sql(f"SELECT seq FROM ledger_stream WHERE name = '{stream.name}'"), [("2",)], "what is held of the other's stream")
    with cases.case("it tells of a fork that this node cannot judge, of a stream that it does not hold, or not up to there: it is not asked for the proof"):
        check_equal(forks_asked({f"{'1' * 64}/*": 2, stream.name: 9}, {}), [], "proofs it was asked for")
        check_equal(forks_asked({stream.name: 0}, {}), [], "proofs of a fork before the first entry")
    with cases.case("it tells of a fork of a stream whose node is not known here any more: it is not asked for the proof"):
        node.sql(f"UPDATE peer SET key = '{'f' * 64}' WHERE key = '{other.key}'")
        check_equal(forks_asked({stream.name: 2}, {}), [], "proofs it was asked for")
        node.sql(f"UPDATE peer SET key = '{other.key}' WHERE key = '{'f' * 64}'")
    with cases.case("it tells of a fork and shows nothing of it: it may have been mended since; the stream goes on"):
        check_equal(forks_asked({stream.name: 2}, {}), [stream.name], "proofs it was asked for")
        check_equal(node.sql("SELECT name FROM ledger_stream WHERE stopped IS NOT NULL"), [], "streams that have stopped")
    with cases.case("it tells of a fork, and that a new key has taken the place of the stream's: the fork is mended, nobody asks for it"):
        check_equal(forks_asked({stream.name: 2}, {other.key: "2" * 64}), [], "proofs it was asked for")
    server.others, server.gives, server.forks, server.rotated = {}, None, None, None


def fork_of_ours(cases, node, server):
    for more in (0, 5):
        with cases.case(f"it proves that a stream of this node has forked, and says what is not so of what it holds of it ({more} more): that is not taken for ours"):
            name = f"{node.key}/{node.unit}"
            seq, _ = public_streams(node)[name]
            branch = Thief(node).stream(node.unit)
            branch.add("story.unknown", "x", {})
            server.ours, server.forks, server.rotated = {name: (seq + more, "cd" * 32)}, {name: 1}, {}
            server.gives = lambda question: branch.sealed() if question.get("fork") == name else []
            check_equal(node.run("sync", server.address, "--json").json()["forks"], 1, "forks")
            server.ours, server.gives, server.forks, server.rotated = {}, None, None, None
            told = node.run("key", "--rotate", "--json", expect=0).json()
            check_equal(told["written_again"], seq, "what is written again under the new key: all of it")
            node.key = told["node"]


def passes_over(cases, world, node, server):
    with cases.case("it passes over some of what it is sent, and has all when it is asked again: that is the end of it"):
        figure(world, node, 4)
        figure(world, node, 5)
        others = int(node.sql(f"SELECT COUNT(*) FROM ledger_entry e JOIN ledger_stream s ON s.id = e.stream WHERE s.audience <> '-' AND s.node <> '{node.key}'")[0][0])
        server.said, server.last = {"new": 1, "passed": others + 1}, 204  # one at least of what the node wrote itself
        server.requests.clear()
        node.run("sync", server.address, expect=0)
        check_equal((server.requests.count("/ledger/push"), server.requests.count("/ledger/positions")), (1, 2), "how often it was sent something, and asked")
        server.said, server.last = {}, None


def lacks_an_entry(cases, world, node, server):
    with cases.case("it gives an entry that was counted here, and is not there: that is said, its stream is left out, and what is new here goes up all the same"):
        stream = server.stream
        check(len(stream.entries) > 0, "the other's stream")
        where = f"WHERE stream = (SELECT id FROM ledger_stream WHERE name = '{stream.name}') AND seq ="
        node.sql(f"UPDATE ledger_entry SET seq = 1001 {where} 1")
        stream.add("story.unknown", "x", {"n": 3})
        figure(world, node, 6)
        server.requests.clear()
        told = node.run("sync", server.address, expect=4)
        check_contains(told.err, "this node lacks an entry it has counted", "what is said")
        check_equal(server.requests.count("/ledger/push"), 1, "how often it was sent something")
        node.sql(f"UPDATE ledger_entry SET seq = 1 {where} 1001")
        check_equal(node.run("sync", server.address, "--json", expect=0).json()["received"], 1, "what it gives once that is mended")


def counts_strangers_once(cases, node, server):
    def backlog_in():
        link = next((p for p in node.client().get("/status.json").json()["peers"] if p["node"] == server.peer.key), {})
        return link.get("backlog_in"), sum(n["entries"] for n in link.get("unknown_nodes", [])), link.get("problem") is not None

    with cases.case("it holds entries of a node that nobody here knows: they are counted once, also after an exchange in which what came was refused"):
        server.others, server.gives = {f"{'5' * 64}/*": 7}, lambda question: []
        node.serve(upstream=server.address)
        wait_until(lambda: backlog_in() == (7, 7, False), 30, "what lacks here, all of it of a node that is not known")
        server.stream.add("story.unknown", "x", {"n": 2})
        server.gives = lambda question: altered(server.peer.stream("*"))
        told = wait_until(lambda: (now := backlog_in())[2] and now, 60, "the exchange that is refused")
        check_equal(told, (8, 7, True), "what lacks here: those, and what was refused")
        node.stop()
        server.others, server.gives = {}, None


def while_served(cases, world, node, server, other):
    path = world.folder / f"{node.name}.log"
    admin = None

    def add_user():
        """The status of an entry that is to be written."""
        return admin.post_form("/admin/users", {"csrf": admin.csrf, "login": "vu", "name": "Vũ", "role": "specialist", "unit": node.unit}, expect=None).status

    def link():
        return next((p for p in node.client().get("/status.json?lang=en").json()["peers"] if p["node"] == server.peer.key), {})

    with cases.case("an older program passes over what this node wrote, and says no more of it: the page does"):
        server.said = {"passed": 4}  # more than it is sent of others
        node.serve(upstream=server.address)
        wait_until(lambda: "takes no more of what this node writes" in (link().get("problem") or ""), 30, "the problem on the page")
        server.said = {}

    with cases.case("it has a stream of this node's that is not here, and gives nothing of it: nothing is written until it has come, or is known not to be there"):
        admin = node.signed_in("quantri")
        lost = path.read_text().count("did not give back")
        server.ours = {f"{node.key}/18073": (3, "ab" * 32), f"{node.key}/18074": (0, "0" * 64)}  # the other one is not here either
        wait_until(lambda: path.read_text().count("did not give back") > lost, 60, "the line in the log")
        check_equal(add_user(), 409, "the status of an entry that would be written")
        server.ours = {}
        wait_until(lambda: add_user() == 200, 60, "an entry is written again")

    with cases.case("it wants attachments that nobody here has heard of: they are not handed over"):
        zeros = "0" * 64
        server.wanted = [b'{"wanted":[{"node":"%s","id":"%s","held":0}],"digest":"%s"}' % (node.key.encode(), b"12" * 32, zeros.encode())]
        wait_until(lambda: not server.wanted, 60, "it is asked what it wants")
        check_equal(server.kept, [], "nothing was to be handed over")

    with cases.case("it wants to be left alone for hours: it is asked again after a quarter of an hour at the latest"):
        server.mode = "busy for hours"
        said = wait_until(lambda: re.findall(r"much later; again in ([0-9]+) ms", path.read_text()), 60, "the line in the log")
        check(900_000 <= int(said[-1]) <= 1_125_000, "the pause in milliseconds", said)
        node.stop()
        server.mode = "honest"

    with cases.case("another node above than before, over TLS, which nobody answers: what is known of the one before is not taken for its"):
        node.set(stall_s=0)  # beyond its bounds: as if it were not said
        log = len(path.read_text())
        node.serve(upstream="https://127.0.0.1:1/")
        wait_until(lambda: "https://127.0.0.1:1" in path.read_text()[log:] and "again in" in path.read_text()[log:], 30, "a round that reaches nobody")
        page = node.client().get("/status", headers={"Accept": "text/html"})
        check_equal(page.status, 200, "the page of the exchange")
        node.stop()

    with cases.case("the key of the node above was revoked here: nothing is asked of it, and it is said whose word that is"):
        node.run("trust", other.key, "--unit", "VN", expect=0)
        node.run("trust revoke", server.peer.key, expect=0)
        server.requests.clear()
        told = node.run("sync", server.address)
        check(told.status != 0, "the exit status", told)
        check_contains(told.err, "revoked", "what is said")
        check_equal(server.requests, ["/health"], "what it was asked")


def story(cases, world):
    node, = world.nodes(hue="46")
    node.add_user("quantri", "admin")
    above, other, next_above = Peer("odd above", "VN"), Peer("another ministry", "VN"), Peer("above after it", "VN")
    for p in (above, other):
        node.trust(p)
    server = FalseMinistry(above, other)
    try:
        figure(world, node, 1)
        nothing_of_it(cases, world, node, server)
        forks_of_others(cases, node, server, other)
        fork_of_ours(cases, node, server)
        passes_over(cases, world, node, server)
        lacks_an_entry(cases, world, node, server)
        counts_strangers_once(cases, node, server)
        while_served(cases, world, node, server, next_above)
        node.check_sound()
    finally:
        server.close()


if __name__ == "__main__":
    tell(story)
