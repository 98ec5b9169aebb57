#!/usr/bin/env python3
"""The life of keys: a node's key is rotated, and everybody follows by itself; a rotation that is cut off leaves the old key or the
new one; who has the old secret is not believed; a key is lost and its unit goes on under another. Runs on both stores
(CAUNOI_TEST_STORE).

Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import os
import re
import shutil
import time

from faults import FAIL, KILL_AFTER, KILL_BEFORE, KILL_HALF, Faults
from peer import Peer
from signing import Signer
from support import HAS_FILES, check, check_contains, check_equal, run, tell, tell_number, wait_until

REPORT = "/forms/monthly/42/2026-10"
SENT = "/forms/monthly/42/2026-09"  # a report that goes up
CELLS = {"1": "107,25", "1.2": "109,8", "6": "4.512,3", "7": "191,2", "7.1": "41,2", "7.2": "150", "8": "305", "9": "3", "10": "312,75"}


def chosen_faults(total):
    """Some of the operations in turn, each way; KEY_FAULTS=all: every one, every way."""
    ways = (KILL_BEFORE, KILL_HALF, KILL_AFTER, FAIL)
    if os.environ.get("KEY_FAULTS") == "all":
        return [(n, way) for n in range(1, total + 1) for way in ways]
    return [(n, ways[i % 4]) for i, n in enumerate(range(1, total + 1, max(1, total // 12)))]


class Thief(Peer):
    """Somebody with the key file of a node."""

    def __init__(self, key_file, unit):
        self.signer = Signer(bytes.fromhex(key_file.splitlines()[0])[:32])
        self.key, self.unit, self.former = self.signer.public.hex(), unit, ""


def story(cases, world):
    ministry, hatinh = world.nodes(ministry="VN", hatinh="42")
    ministry.trust(hatinh)
    hatinh.trust(ministry)
    ministry.add_user("vu-truong", "director")
    hatinh.add_user("can-bo", "specialist")
    hatinh.add_user("giam-doc", "director")
    ministry.serve()

    def figure(node, value, period):
        path = world.path("one.csv", f"indicator,unit,period,value\nretail_sales,42,{period},{value}\n")
        return node.run("import", path)

    def value_of(period):
        rows = ministry.signed_in("vu-truong").get(
            f"/figures.json?indicator=retail_sales&unit=42&from={period}&to={period}").json()["rows"]
        return float(rows[0]["value"]) if rows else None

    def rotate(node):
        old = node.key
        answer = node.run("key", "--rotate", "--json", expect=0).json()
        check_equal(answer["former"], old, "the former key")
        node.key = answer["node"]
        check_equal(node.run("key", expect=0).out, f"node {node.key}\n", "key")
        return old

    def sync(node=hatinh):
        return node.run("sync", ministry.address, "--json", expect=0).json()

    figure(hatinh, 1, "2026-01")
    token = hatinh.token("can-bo")
    hatinh.serve()
    officer = hatinh.signed_in("can-bo")
    officer.send("PUT", REPORT, {"base_version": 0, "cells": {"6": {"typed": "4.512,3"}}}, expect=200)
    hatinh.stop()
    sync()
    before, old_file = hatinh.snapshot(), (hatinh.folder / "key").read_text()

    with cases.case("a node rotates its key; what it wrote before stays, what it writes now arrives by itself"):
        old = rotate(hatinh)
        check(old_file.splitlines()[0] not in (hatinh.folder / "key").read_text(), "the old secret is still there")
        figure(hatinh, 2, "2026-02")
        sync()
        check_equal((value_of("2026-01"), value_of("2026-02")), (1.0, 2.0), "the figures")
        check_contains(ministry.run("trust list", expect=0).out, f"{old} 42 replaced by {hatinh.key}", "trust list")
        for audience in ("*", "42"):
            check_equal(ministry.state(audience), hatinh.state(audience), f"the state of {audience}")

    with cases.case("its accounts, passwords, tokens and drafts go on"):
        check_contains(hatinh.run("user list", expect=0).out, "can-bo", "user list")
        hatinh.serve()
        officer = hatinh.signed_in("can-bo")
        check_equal(officer.get(f"{REPORT}.json").json()["state"], "draft", "the draft")
        hatinh.client(token=token).get("/figures.json?indicator=retail_sales&unit=42")
        hatinh.stop()
        hatinh.run("user disable", "can-bo", expect=0)
        check_equal([u.split("\t")[4] for u in hatinh.run("user list", expect=0).out.splitlines() if u.startswith("can-bo\t")],
                    ["disabled"], "an account made under the old key, changed under the new one")

    with cases.case("who has the old secret is not believed any more"):
        thief = Thief(old_file, "42")
        check_equal(thief.key, old, "the thief's key")
        check_equal(thief.positions(ministry).status, 403, "a request under the old key")
        stolen = thief.stream("42001")
        stolen.add("figures.report", "figures/1", {"figures": "retail_sales,42,2026-02,,,666\n", "status": "published"})
        bearer = Peer("bearer", "25")  # what a thief wrote comes in by another way: nodes pass on what they hold
        ministry.stop()
        ministry.trust(bearer)
        ministry.serve()
        answer = bearer.push(ministry, *stolen.sealed())
        check_equal((answer.status, answer.json().get("refused")), (200, 1), f"kept as evidence: {answer!r}")
        check_equal(value_of("2026-02"), 2.0, "the figure")

    with cases.case("a copy from before the rotation, which has written since, hears of it: it writes no more, and what it wrote counts nowhere"):
        now = hatinh.snapshot()
        hatinh.roll_back(before)
        check_equal(figure(hatinh, 5, "2026-05").status, 0, "before it hears of it")
        ministry.run("bundle", world.folder / "of-the-rotation", "--for", "42", expect=0)
        hatinh.run("sync", world.folder / "of-the-rotation", expect=0)
        check_contains(figure(hatinh, 6, "2026-06").err, "has ended", "writing on")
        check_equal(hatinh.state("42"), ministry.state("42"), "the state")
        check_equal(hatinh.run("verify").status, 0, "verify")
        hatinh.roll_back(now)

    with cases.case("a wrong enrolment put right takes nothing: what the node wrote since its rotation counts, whatever came first"):
        before_wrong, ministry_before = hatinh.snapshot(), ministry.snapshot()
        ministry.stop()
        former = rotate(hatinh)
        figure(hatinh, 71, "2026-07")
        ministry.run("trust", hatinh.key, "--unit", "25", expect=0)
        figure(hatinh, 81, "2026-08")
        wrong = world.folder / "wrongly-enrolled"
        hatinh.run("bundle", wrong, "--for", "VN", expect=0)
        for told in ("after the figures", "before them"):
            held = ministry.snapshot()
            if told == "after the figures":
                ministry.run("sync", wrong, expect=0)
            said = ministry.run("trust", hatinh.key, "--unit", "42", expect=0).out
            check_contains(said, "that it was enrolled for 25 counts for nothing any more", "what is said of the wrong one")
            if told == "before them":
                ministry.run("sync", wrong, expect=0)
            ministry.serve()
            check_equal((value_of("2026-07"), value_of("2026-08")), (71.0, 81.0), f"the figures, told {told}")
            check_contains(ministry.run("trust list", expect=0).out, f"{hatinh.key} 42", "trust list")
            ministry.stop()
            check_equal(ministry.run("rebuild", "--check").status, 0, "a rebuild")
            ministry.roll_back(held)
        path = world.folder / "for-the-second"
        ministry.run("bundle", path, "--for", "VN", expect=0)
        second = world.node("second", "VN")  # another node of the ministry ends it, and does not take it back
        second.trust(ministry)
        second.run("sync", path, expect=0)
        said = second.run("trust", hatinh.key, "--unit", "42", expect=0).out
        check_contains(said, f"goes on to count for 25: that was said under the key {ministry.key[:12]}", "what is said at another node")
        hatinh.roll_back(before_wrong)
        hatinh.key = former
        ministry.roll_back(ministry_before)
        ministry.serve()

    with cases.case("another program rotates as the page says; who signs for itself, or was ended, takes nobody's place"):
        first, second, third, liar = (Peer(f"other {n}", "25") for n in range(4))
        ministry.stop()
        ministry.trust(first)
        ministry.serve()
        signature = first.introduce(second)
        liar.former = f"{first.key} {liar.signer.sign(b'caunoi rotate 1').hex()}"
        check_equal((second.positions(ministry).status, liar.positions(ministry).status), (200, 403), "before any entry")
        s = second.stream("*")
        s.add("node.former", f"node/{first.key}", {"key": first.key, "unit": "25", "signature": signature})
        answer = second.push(ministry, *s.sealed())
        check_equal((answer.status, answer.json().get("refused")), (200, 0), f"the new key's first entry alone: {answer!r}")
        check_equal(first.positions(ministry).status, 403, "the old key afterwards")
        second.former = ""
        check_equal(second.positions(ministry).status, 200, "the new key needs no introduction now")
        first.introduce(third)
        check_equal(third.positions(ministry).status, 403, "one that the ended key introduces")

    with cases.case("a rotation cut off anywhere leaves the old key or the new one, and a node that works"):
        done = hatinh.snapshot()
        new_file = (hatinh.folder / "key").read_text()
        # before the ledger has it: the new secret lies ready
        hatinh.roll_back(before)
        (hatinh.folder / "key.next").write_text(new_file)
        check_equal(hatinh.run("key", expect=0).out, f"node {old}\n", "the key")
        check_equal(figure(hatinh, 3, "2026-03").status, 0, "it writes")
        check(not (hatinh.folder / "key.next").exists(), "what was left is removed")
        check_equal(hatinh.run("verify").status, 0, "verify")
        # the ledger has it, the key file not yet
        hatinh.roll_back(done)
        (hatinh.folder / "key").write_text(old_file)
        (hatinh.folder / "key.next").write_text(new_file)
        check_equal(hatinh.run("key", expect=0).out, f"node {hatinh.key}\n", "the key, while only reading")
        if not hatinh.store:
            check_contains(hatinh.run("backup", world.folder / "b", expect=1).err, "cut off", "a backup meanwhile")
        check_equal(figure(hatinh, 3, "2026-03").status, 0, "it writes")
        check_equal((hatinh.folder / "key").read_text(), new_file, "the key file")
        check(not (hatinh.folder / "key.next").exists(), "what was left is removed")
        sync()
        check_equal(ministry.state("42"), hatinh.state("42"), "the state")

    if HAS_FILES:
        with cases.case("killed at any operation on its files, or where one fails, the node has the old key or the new one"):
            faults, place, kept = Faults(world), world.folder / "rotated", world.folder / "before-rotation"
            run("init", kept, "--unit", "42", expect=0)
            run("import", kept, world.path("one.csv", "indicator,unit,period,value\nretail_sales,42,2026-01,1\n"), expect=0)
            key_of = lambda: run("key", place, expect=0).out.split()[1]

            def begin():
                shutil.rmtree(place, ignore_errors=True)
                shutil.copytree(kept, place)

            begin()
            first, outcomes, tried = key_of(), {"old": 0, "new": 0}, 0
            faults.plan("write sync name")
            faults.run("key", place, "--rotate", expect=0)
            total = faults.seen
            for n, action in chosen_faults(total):
                begin()
                faults.plan("write sync name", at=n, action=action)
                result = faults.run("key", place, "--rotate")
                where = f"call {n} of {total}, {faults.name}, action {action}: {result!r}"
                check(action not in (KILL_BEFORE, KILL_AFTER) or not faults.hits or result.status == -9, where)
                found = key_of()
                outcomes["old" if found == first else "new"] += 1
                check(result.status != 0 or found != first, f"acknowledged, but the old key: {where}")
                check(run("import", place, world.folder / "one.csv").status == 0, f"it does not write: {where}")
                check_equal(key_of(), found, f"the key after writing: {where}")
                check_equal(sorted(p.name for p in place.glob("key*")), ["key"], f"key files: {where}")
                check(run("verify", place).status == 0, f"verify: {where}")
                tried += 1
            check(outcomes["old"] and outcomes["new"], f"{outcomes}")
            tell_number(f"{tried} of {total} operations of a rotation cut off: {outcomes['old']} old keys, {outcomes['new']} new")

    with cases.case("the ministry rotates: provinces follow, and one that joins later gets all from a single bundle"):
        ministry.stop()
        rotate(ministry)
        figure(ministry, 9, "2026-09")
        ministry.serve()
        check(sync()["received"] >= 3, "the rotation and what came after it")
        check_equal(sync()["received"], 0, "nothing is left")
        check_equal(hatinh.state("*"), ministry.state("*"), "the state")
        ministry.stop()
        phutho = world.node("phutho", "25")
        ministry.trust(phutho)
        phutho.trust(ministry)
        ministry.run("bundle", world.folder / "for-25", "--for", "25", expect=0)
        phutho.run("sync", world.folder / "for-25", expect=0)
        check_equal(phutho.state("*"), ministry.state("*"), "the state")
        ministry.serve()

    with cases.case("a key that is stolen and in use is revoked on a page while the ministry's server runs; its node was enrolled there, too"):
        for login, role, unit in (("quan-tri", "admin", "VN"), ("quan-tri-ha-tinh", "admin", "42")):
            ministry.stop()
            ministry.add_user(login, role, unit)
            ministry.serve()
        admin, of_part = ministry.signed_in("quan-tri"), ministry.signed_in("quan-tri-ha-tinh")
        for path in ("/nodes", "/nodes.json", f"/nodes/{hatinh.key}/revoke", "/successions"):
            check_equal(of_part.get(path, expect=None).status, 403, f"{path} for an administrator of a part")
        check_equal(of_part.post_form(f"/nodes/{hatinh.key}/revoke", {"csrf": of_part.csrf}, expect=403).status, 403, "revoked by one")
        stolen = Peer("stolen", "25")
        said = {"csrf": admin.read_mark(f"/nodes?key={stolen.key}&unit=25"), "key": f" {stolen.key} ", "unit": "99"}
        page = admin.post_form("/nodes", said, expect=422).text
        check_contains(page, "no unit has the code", "a unit that is none")
        check_contains(page, stolen.key, "what was typed")
        check_contains(admin.post_form("/nodes", said | {"unit": "25"}, expect=200).text, f"Node {stolen.key} is enrolled for ", "the answer")
        third = Peer("enrolled by a program", "25")
        for wrong, why in (({"key": third.key, "unit": 25}, '"unit" must be a text'), ([third.key], "the JSON is no object"), ({"unit": "25"}, "key")):
            answer = admin.send("POST", "/nodes", wrong, expect=422, headers={"Accept-Language": "en"})
            check_contains(answer.json()["error"]["message"], why, f"{wrong}")
        check_contains(admin.send("POST", "/nodes", {"key": third.key, "unit": "25"}, expect=200).json()["done"], third.key, "the answer to a program")
        own = stolen.stream("25")
        own.add("figures.report", "figures/1", {"figures": "retail_sales,25,2026-01,,,1\n", "status": "published", "seen": {}})
        check_equal(stolen.push(ministry, *own.sealed()).status, 200, "its first push")
        address = f"/nodes/{stolen.key}/revoke"
        check_contains(admin.post_form(address, {"csrf": admin.read_mark(address)}, expect=200).text, f"The key {stolen.key} is revoked from now on.", "the answer")
        answer = stolen.positions(ministry)
        check_equal(answer.status, 403, "a request under it afterwards")
        check_contains(answer.json()["error"]["message"], "was revoked on", "what it is told")
        own.add("figures.report", "figures/2", {"figures": "retail_sales,25,2026-02,,,2\n", "status": "published", "seen": {}})
        check_equal(stolen.push(ministry, *own.sealed()).status, 403, "a push")
        check_contains(admin.post_form(address, {"csrf": admin.csrf}, expect=409).text, "revoked already", "once more")
        told = {p["node"]: p for p in admin.get("/nodes.json").json()["nodes"]}
        check_equal((told[stolen.key]["is_revoked"], told[hatinh.key]["is_revoked"]), (True, False), "the list")
        check_equal(sync()["received"], 4, "three enrolments and the revocation, at a province's node")
        check_contains(hatinh.run("trust list", expect=0).out, f"{stolen.key} 25 revoked", "there")

    def send(node, cells, expected):
        """The unit's officer fills in what changes, its leader sends: the receipt of that version."""
        node.serve()
        officer, leader = node.signed_in("can-bo"), node.signed_in("giam-doc")
        found = officer.get(f"{SENT}.json").json()
        check_equal((found["state"], [v["version"] for v in found["versions"]]), expected, f"the report at {node.name} before it is sent")
        officer.send("PUT", SENT, {"base_version": found["draft_version"],
                                   "cells": {k: {"typed": v, "explanation": "Đã đối chiếu"} for k, v in cells.items()}}, expect=200)
        officer.send("POST", f"{SENT}/submit", expect=200)
        receipt = leader.send("POST", f"{SENT}/approve", expect=200).json()["receipt"]
        node.stop()
        return receipt

    with cases.case("a report is sent under the key that will be lost, and given back"):
        hatinh.run("user enable", "can-bo", expect=0)
        receipts = [(send(hatinh, CELLS, ("empty", [])), hatinh.key)]
        sync()
        ministry.signed_in("vu-truong").send("POST", f"{SENT}/return", {"reason": "Chỉ tiêu 7 lệch số Hải quan", "cells": ["7", "7.2"]},
                                             expect=200)

    with cases.case("a key is lost: the unit's new node is enrolled, the lost key revoked, and work goes on"):
        lost = hatinh
        lost.add_user("can-bo-2", "specialist")
        sync()
        again = world.node("hatinh-2", "42")
        again.trust(ministry)
        ministry.stop()
        ministry.trust(again)
        ministry.run("trust revoke", lost.key, expect=0)
        check_contains(ministry.run("trust list", expect=0).out, f"{lost.key} 42 revoked", "trust list")
        ministry.serve()
        again.run("sync", ministry.address, expect=0)
        check_equal(again.state("42"), ministry.state("42"), "what its predecessor had sent is there")
        check(len(again.run("user list", expect=0).out.splitlines()) == 0, "accounts are made anew")
        again.add_user("can-bo", "specialist")
        figure(again, 22, "2026-02")
        again.run("sync", ministry.address, expect=0)
        check_equal((value_of("2026-01"), value_of("2026-02")), (1.0, 22.0), "an old figure, and one corrected")
        # what the lost node still writes goes nowhere
        figure(lost, 667, "2026-02")
        check_contains(lost.run("sync", ministry.address).err, "403", "the lost node's exchange")
        check_equal(value_of("2026-02"), 22.0, "the figure")
        check_equal(again.state("42"), ministry.state("42"), "the state")

    with cases.case("what the lost key had sent is corrected under the new one: version 2, and every node says the same"):
        again.add_user("giam-doc", "director")
        again.serve()
        officer = again.signed_in("can-bo")
        check_equal([(t["kind"], t["address"].partition("#")[0]) for t in officer.get("/todo.json").json()["todo"]
                     if t["period"] == SENT[-7:]], [("correct", SENT)], "what waits for the officer")
        check_equal(officer.get(f"{SENT}.json").json()["remark"]["cells"], "7,7.2", "what is to be corrected")
        again.stop()
        receipts.append((send(again, {"7": "189,9", "7.2": "148,7"}, ("returned", [1])), again.key))
        again.run("sync", ministry.address, expect=0)
        again.serve()
        readers = {"ministry": ministry.signed_in("vu-truong"), "the new node": again.signed_in("can-bo")}
        told = {name: reader.get(f"{SENT}.json").json() for name, reader in readers.items()}
        for name, found in told.items():
            check_equal([(v["version"], v["decision"], v["receipt"]) for v in found["versions"]],
                        [(1, "returned", receipts[0][0]), (2, None, receipts[1][0])], f"the versions at {name}")
            check_equal((found["state"], found["receipt"]), ("sent", receipts[1][0]), f"what stands at {name}")
        for version, value in ((1, 191.2), (2, 189.9)):
            values = {name: [float(c["value"]) for c in reader.get(f"{SENT}.json?version={version}").json()["cells"] if c["cell"] == "7"]
                      for name, reader in readers.items()}
            check_equal(values, dict.fromkeys(readers, [value]), f"cell 7 of version {version}")
        again.stop()
        for audience in ("*", "42"):
            check_equal(again.state(audience), ministry.state(audience), f"the state of {audience}")
        again.check_sound()

    with cases.case("the receipts of both versions, from either node, are genuine without a node, each under the key that signed it"):
        for node in (ministry, again):
            for (code, key), (_, other) in (receipts, receipts[::-1]):
                path = world.folder / f"{node.name}-{code}.txt"
                node.run("receipt", code, "--out", path, expect=0)
                check_contains(run("receipt", "--key", key, path, expect=0).out, code, "what the check prints")
                check(run("receipt", "--key", other, path).status != 0, f"{code} is genuine under a key that did not sign it")
        ministry.signed_in("vu-truong").send("POST", f"{SENT}/approve", expect=200)
        again.run("sync", ministry.address, expect=0)
        check_equal(again.state("42"), ministry.state("42"), "the state once version 2 is accepted")

    with cases.case("a revoked node hears of it: it writes no more, what it wrote since counts for itself as little as for others, and enrolled again it goes on"):
        ministry.stop()
        thanhhoa = world.node("thanhhoa", "38")
        thanhhoa.trust(ministry)
        ministry.trust(thanhhoa)

        def write(month, expect):
            rows = world.path("of-38.csv", f"indicator,unit,period,value\nretail_sales,38,2026-0{month},{month}\n")
            return thanhhoa.run("import", rows, expect=expect)

        def hear(node, other, unit):
            bundle = world.folder / f"{other.name}-to-{unit}"
            bundle.unlink(missing_ok=True)
            other.run("bundle", bundle, "--for", unit, expect=0)
            node.run("sync", bundle, expect=0)

        def told(*months):
            for node in (ministry, thanhhoa):
                found = node.run("export", "--unit", "38", "--json", expect=0).json()["rows"]
                check_equal([r["value"] for r in found], list(months), f"figures at {node.name}")
            check_equal(thanhhoa.state("38"), ministry.state("38"), "the state")

        write(1, 0)
        hear(ministry, thanhhoa, "VN")
        write(2, 0)  # on its way when the key is revoked
        time.sleep(0.005)
        ministry.run("trust revoke", thanhhoa.key, expect=0)
        time.sleep(0.005)
        check_contains(ministry.run("bundle", world.folder / "of-the-revoked", "--for", thanhhoa.key, expect=1).err, "was revoked on", "a bundle for it")
        write(3, 0)  # it has not heard yet
        ministry.serve()
        told_why = thanhhoa.run("sync", ministry.address, expect=1).err
        [(hash,)] = ministry.sql("SELECT hash FROM trust_event WHERE is_revoke = 1 AND key = '%s'" % thanhhoa.key)
        check(re.search(rf"khóa {thanhhoa.key[:12]}… đã bị thu hồi ngày 20\d\d-\S* bởi đơn vị VN \(bút toán {hash[:12]}…\)", told_why), "what it is told when it asks", told_why)
        check_contains(told_why, f"caunoi trust NODE {thanhhoa.key} --unit 38", "what is to be done")
        [link] = [p for p in ministry.client().get("/status.json").json()["peers"] if p["node"] == thanhhoa.key]
        check_equal((link["backlog"], link["backlog_in"], link["is_connected"]), (0, 0, False), "what the ministry shows of its link")
        ministry.stop()
        hear(thanhhoa, ministry, "38")
        check_contains(write(4, 1).err, "revoked above", "the refusal")
        thanhhoa.serve(ministry.address)
        [link] = wait_until(lambda: thanhhoa.client().get("/status.json").json()["peers"], 20, "it asks upwards")
        check_equal((link["backlog"], link["backlog_in"]), (0, 0), "what it shows of the link upwards: nothing of it will be taken")
        thanhhoa.stop()
        hear(ministry, thanhhoa, "VN")
        told(1, 2)
        ministry.run("trust", thanhhoa.key, "--unit", "38", expect=0)
        hear(thanhhoa, ministry, "38")
        write(5, 0)
        hear(ministry, thanhhoa, "VN")
        told(1, 2, 5)


    with cases.case("a key that a takeover names as the one that goes on is not rotated before its day, nor named once it was"):
        bacninh = world.node("bacninh", "24")
        bacninh.trust(ministry)
        ministry.trust(bacninh)
        act = ("--unit", "24", "--from", "24,27", "--act", "NQ 202/2025/QH15 (minh họa)", "--day", "2099-07-01", "--node")
        ministry.run("succeed", *act, bacninh.key, expect=0)
        hear(bacninh, ministry, "24")
        refused = bacninh.run("key", "--rotate", expect=1).err
        check_contains(refused, "names this key as the one that goes on from 2099-07-01", "the refusal")
        check_contains(refused, "succeed undo", "what to do")
        before = bacninh.key
        ministry.run("succeed undo", ministry.run("succeed list", "--json", expect=0).json()[-1]["succession"], "--act", "NQ 1", expect=0)
        hear(bacninh, ministry, "24")
        rotate(bacninh)
        hear(ministry, bacninh, "VN")
        refused = ministry.run("succeed", *act, before, expect=1).err
        check_contains(refused, "that key was rotated", "the refusal")
        check_contains(refused, bacninh.key, "the key to name")
        ministry.run("succeed", *act, bacninh.key, expect=0)


if __name__ == "__main__":
    tell(story, "postgresql sqlite")
