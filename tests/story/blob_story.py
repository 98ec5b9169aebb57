#!/usr/bin/env python3
"""A file is attached at the province, sent with the report, opened at the ministry; the transfer is cut off and goes on; a
peer sends what is wrong; the file is erased and gone on both nodes, and nothing else has changed. Runs on both stores (CAUNOI_TEST_STORE)."""

import hashlib
import json
import socket
import threading

from journey_story import CELLS, REPORT, report, save
from peer import Peer
from support import check, check_contains, check_equal, run, tell, wait_until

PROVINCE = "42"
FILES = f"{REPORT}/attachments"
MIB = 1 << 20


def letters(seed, length):
    """Text that does not repeat, the same each time."""
    out, block = [], seed.encode()
    while length > 0:
        block = hashlib.sha512(block).digest()
        out.append(block.hex().encode()[:length])
        length -= len(out[-1])
    return b"".join(out)


class Line:
    """A line between two nodes that counts the bytes of the caller, or of the answers, and is cut after so many (most). at_cut: what
    happens then, once, before either end notices. spoils: the last byte of each attachment that is answered arrives changed."""

    def __init__(self, port, counts_answers=False, most=None, at_cut=None):
        self.port, self.sent, self.most, self.at_cut, self.lock = port, 0, most, at_cut, threading.Lock()
        self.counts_answers, self.spoils = counts_answers, False
        self.open = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            near, _ = self.listener.accept()
            try:
                far = socket.create_connection(("127.0.0.1", self.port))
            except OSError:
                near.close()
                continue
            with self.lock:
                self.open += [near, far]
            threading.Thread(target=self._carry, args=(near, far, not self.counts_answers), daemon=True).start()
            threading.Thread(target=self._carry, args=(far, near, self.counts_answers), daemon=True).start()

    def _carry(self, here, there, counts):
        is_file = False
        try:
            while piece := here.recv(65536):
                if self.spoils:
                    is_file = is_file or b"application/octet-stream" in piece
                    if is_file and not piece.endswith(b"\r\n\r\n"):
                        piece, is_file = piece[:-1] + bytes([piece[-1] ^ 1]), False
                if counts:
                    with self.lock:
                        self.sent += len(piece)
                        is_cut = self.most is not None and self.sent > self.most
                        if is_cut and self.at_cut is not None:
                            self.at_cut()
                            self.at_cut = None
                    if is_cut:
                        break
                there.sendall(piece)
        except OSError:
            pass
        for end in (here, there):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()


def attach(client, name, content, expect=200):
    head = {"Content-Type": "application/octet-stream", "X-CSRF-Token": client.csrf, "Accept": "application/json"}
    return client.ask("POST", f"{FILES}.json?name={name}", content, head, expect)


def listed(client):
    return report(client)["attachments"]


def story(cases, world):
    ministry, hatinh, phutho = world.nodes(ministry="VN", hatinh=PROVINCE, phutho="25")
    for node, login, role in ((hatinh, "can-bo", "specialist"), (hatinh, "giam-doc", "director"),
                              (ministry, "vu-ke-hoach", "specialist"), (ministry, "vu-truong", "director")):
        node.add_user(login, role)
    for below in (hatinh, phutho):
        ministry.trust(below)
        below.trust(ministry)
    other, own = Peer("phu tho", "25"), Peer("another node of ha tinh", PROVINCE)
    for peer in (other, own):
        ministry.trust(peer)
    ministry.serve()
    line = Line(ministry.port)
    hatinh.serve(line.address)
    officer, leader = hatinh.signed_in("can-bo"), hatinh.signed_in("giam-doc")
    reader = ministry.signed_in("vu-ke-hoach")
    content = letters("phụ lục", 3 * MIB + 12345)

    with cases.case("files are attached to a draft, told by their content; one is taken off again"):
        attach(officer, "phu-luc.txt", content)
        attach(officer, "nham.csv", b"a,b\n1,2\n")
        check_equal([(a["name"], a["type"], a["size"], a["state"]) for a in listed(officer)],
                    [("phu-luc.txt", "text/plain", len(content), "here"), ("nham.csv", "text/csv", 8, "here")], "the list")
        wrong = listed(officer)[1]
        officer.send("POST", f"{wrong['address']}/remove.json", {}, expect=200)
        check_equal([a["name"] for a in listed(officer)], ["phu-luc.txt"], "the list afterwards")
        check_equal(officer.get(wrong["address"], expect=409).status, 409, "what was taken off")
        attach(officer, "chay.vbs", b"MsgBox 1\n")
        wrong = listed(officer)[1]
        check_contains(officer.get(wrong["address"]).headers["Content-Disposition"], 'filename="chay.vbs.txt"', "what is text is saved as text")
        officer.send("POST", f"{wrong['address']}/remove.json", {}, expect=200)

    with cases.case("what may not be attached is refused, says why, and leaves nothing"):
        check_contains(attach(officer, "virus.pdf", b"MZ\x90\x00", 422).json()["error"]["message"], "type", "an unknown type")
        check_contains(attach(officer, "rong.txt", b"", 422).json()["error"]["message"], "", "an empty file")
        check_equal(attach(officer, "to.txt", b"a" * (25 * MIB + 1), 413).status, 413, "a file over the limit")
        check_equal(hatinh.sql("SELECT COUNT(*) FROM blob_content"), [("1",)], "contents stored")

    with cases.case("before it is sent, nobody else knows of it"):
        check_equal(json.loads(hatinh.run("blob list", "--json", expect=0).out)[0]["audience"], "-", "who may read it")
        check_equal(ministry.run("blob list", expect=0).out, "", "the ministry's list")

    with cases.case("it is sent with the report; the ministry sees it there, and that it is still at the province"):
        save(officer, CELLS, 0)
        for c in report(officer)["problems"]:
            if c["severity"] == "warning":
                officer.send("PUT", REPORT, {"base_version": report(officer)["draft_version"],
                                             "cells": {c["cell"]: {"explanation": "Đơn hàng mới"}}}, expect=200)
        officer.send("POST", f"{REPORT}/submit", expect=200)
        leader.send("POST", f"{REPORT}/approve", expect=200)
        found = wait_until(lambda: listed(reader), 20, "the report with its attachment arrives")
        check_equal([(a["size"], a["state"], a["name"]) for a in found], [(len(content), "elsewhere", None)], "the list")
        address = found[0]["address"]
        page = reader.get(REPORT).text
        check_contains(page, found[0]["id"][:8], "the page")
        check(b"phu-luc" not in json.dumps(ministry.sql("SELECT line FROM ledger_entry")).encode(), "the name is in an entry")

    with cases.case("the transfer is cut off in the middle, the ministry is killed, and it goes on where it stopped"):
        with line.lock:
            line.most = line.sent + MIB + MIB // 2
        check_equal(reader.get(f"{address}.json", expect=202).json()["attachments"][0]["state"], "waiting", "the state")
        wait_until(lambda: line.sent > line.most, 20, "the line is cut")
        held = wait_until(lambda: listed(reader)[0]["held"], 20, "a part has arrived")
        check(0 < held < len(content), "held:", held)
        check_contains(reader.get(REPORT, headers={"Accept": "text/html"}).text, "%", "how far it has come, on the page")
        ministry.kill()
        ministry.serve()
        reader = ministry.signed_in("vu-ke-hoach")
        check_equal(listed(reader)[0]["held"], held, "held after the kill")
        with line.lock:
            before, line.most = line.sent, None
        wait_until(lambda: listed(reader)[0]["state"] == "here", 60, "all of it arrives")
        rest = listed(reader)[0]["stored"] - held
        check(line.sent - before < rest + MIB // 2, "sent again:", line.sent - before, "for", rest)

    with cases.case("the ministry opens it: the same bytes, saved and never shown"):
        answer = reader.get(address)
        check(answer.body == content, "the content differs")
        check_contains(answer.headers["Content-Disposition"], 'attachment; filename="phu-luc.txt"', "how it is offered")
        check_equal(answer.headers["X-Content-Type-Options"], "nosniff", "X-Content-Type-Options")
        check_contains(answer.headers["Content-Security-Policy"], "sandbox", "its policy")
        check_equal(listed(reader)[0]["name"], "phu-luc.txt", "its name")
        out = world.folder / "ra.txt"
        ministry.run("blob get", found[0]["id"], out, expect=0)
        check(out.read_bytes() == content, "the content of blob get differs")
        check_contains(ministry.client().get("/metrics").text, 'caunoi_attachments{state="here"} 1', "/metrics")

    with cases.case("another province cannot fetch it, nor learn that it exists; nor can anybody without a signature"):
        node, id = found[0]["node"], found[0]["id"]
        place = f"/ledger/blob/{node}/{id}?from=0"
        check_equal(other.ask(ministry, "GET", place).status, 404, "the bytes")
        check_equal(other.ask(ministry, "GET", "/ledger/wanted?wait=0").status, 204, "what is wanted")
        check_equal(ministry.client().get(place, expect=401).status, 401, "without a signature")

    with cases.case("an enrolled node gets the bytes from any place on, sealed key and all; what does not belong there is refused"):
        stored = own.ask(ministry, "GET", place).body + own.ask(ministry, "GET", place.replace("=0", f"={MIB}")).body
        check_equal(len(stored), 2 * MIB, "two pieces")
        check_equal(own.ask(ministry, "GET", place.replace("=0", "=77")).body, stored[77:77 + MIB], "from byte 77")
        answer = own.ask(ministry, "GET", place.replace("=0", f"={found[0]['stored'] - 5}"))
        check_equal((len(answer.body), len(answer.headers["Caunoi-Key"])), (5, 160), "the end, and the key")
        check_equal(own.ask(ministry, "GET", place.replace("=0", "=-1")).status, 422, "a place before the beginning")
        answer = own.ask(ministry, "GET", place.replace(id, "0" * 64))
        check(answer.status in (404, 429), "another hash", answer)

    with cases.case("erased at the province with reason and legal basis: gone on both nodes, told on the page"):
        leader.send("POST", f"{address}/erase.json", {"why": "Công dân yêu cầu"}, expect=422)
        leader.send("POST", f"{address}/erase.json", {"why": "Công dân yêu cầu", "basis": "Điều 14 Luật 91/2025/QH15"}, expect=200)
        check_equal(leader.get(address, expect=409).status, 409, "at the province")
        wait_until(lambda: listed(reader)[0]["state"] == "erased", 30, "the ministry learns of it")
        check_equal(reader.get(address, expect=409).status, 409, "at the ministry")
        for who in (reader, officer):
            page = who.get(REPORT, headers={"Accept": "text/html"}).text
            for part in ("Công dân yêu cầu", "Điều 14 Luật 91/2025/QH15"):
                check_contains(page, part, "the page")
            check("phu-luc.txt" not in page, "the name is still on the page")
        for n in (hatinh, ministry):
            check_equal(n.sql("SELECT COUNT(*) FROM blob_content") + n.sql("SELECT COUNT(*) FROM blob_piece") +
                        n.sql("SELECT COUNT(*) FROM blob_key"), [("0",)] * 3, f"what {n.name} holds")
        answer = own.ask(ministry, "GET", place)
        check(answer.status in (410, 429), "fetching it from a peer:", answer)

    with cases.case("every chain is whole, the tables are what the entries say, both nodes agree"):
        for n in (ministry, hatinh, phutho):
            n.check_sound()
        wait_until(lambda: hatinh.state(PROVINCE) == ministry.state(PROVINCE), 20, "the states are equal")
        hatinh.stop()
        ministry.stop()
        for n in (ministry, hatinh):
            state = n.state()
            n.run("rebuild", expect=0)
            check_equal(n.state(), state, f"state of {n.name} after rebuild")
            n.check_sound()

    with cases.case("one exchange by the command brings what is wanted; a backup carries it; altered content is found"):
        text = world.path("bien-ban.txt", "biên bản".encode())
        id = json.loads(hatinh.run("blob add", text, "--audience", PROVINCE, "--json", expect=0).out)["id"]
        ministry.serve()
        hatinh.run("sync", ministry.address, expect=0)
        ministry.stop()
        wanted = json.loads(ministry.run("blob want", id, "--json", expect=0).out)
        ministry.serve()
        place = f"/ledger/blob/{wanted['node']}/{id}?from=0&key={'00' * 80}"
        check_equal(other.ask(ministry, "POST", place, b"x" * 10).status, 404, "bytes from another province")
        check_equal(own.ask(ministry, "GET", "/ledger/wanted?wait=0").json()["wanted"],
                    [{"node": wanted["node"], "id": id, "held": 0}], "what is wanted")
        stream = own.stream(PROVINCE)
        many = sorted(hashlib.sha256(b"%d" % i).hexdigest() for i in range(130))
        for hash in many:
            stream.add("blob.add", f"blob/{hash}", {"hash": hash, "size": 1, "stored": 42, "type": "text/plain", "label": ""})
        check_equal(own.push(ministry, *stream.sealed()).json()["new"], len(many), "attachments of the peer")
        for hash in many:
            check_equal(own.ask(ministry, "GET", f"/ledger/blob/{own.key}/{hash}?from=0").status, 404, "not here: wanted too")
        told, address = [], "/ledger/wanted?wait=0"
        while (answer := own.ask(ministry, "GET", address + (f"&seen={answer.json()['digest']}" if told else ""))).status == 200:
            check_equal(len(answer.json()["wanted"]) <= 100, True, "told at once")
            told += [one["id"] for one in answer.json()["wanted"]]
        check_equal(sorted(told), sorted(many + [id]), "all that is wanted, told in turn")
        answer = own.ask(ministry, "POST", place, b"x" * wanted["stored"])
        check_equal(answer.status, 422, "bytes of another hash")
        check_contains(answer.json()["error"]["message"], "hash", "why they are refused")
        check_equal(own.ask(ministry, "POST", place, b"x").status, 429, "at once again")
        check_contains(ministry.log_tail(4000), "was refused", "the log")
        check_equal(ministry.sql("SELECT COUNT(*) FROM blob_piece"), [("0",)], "what is kept of them")
        hatinh.run("sync", ministry.address, expect=0)
        ministry.stop()
        check_contains(ministry.run("blob list", expect=0).out, "here bien-ban.txt", "the ministry's list")
        if not ministry.store:
            backup, copy = world.folder / "sao-luu", world.folder / "khoi-phuc"
            ministry.run("backup", backup, expect=0)
            run("restore", backup, copy, expect=0)
            check_contains(run("blob", "list", copy, expect=0).out, "here bien-ban.txt", "the restored list")
            check_equal(run("verify", copy).status, 0, "verify of the restored node")
        hatinh.sql("UPDATE blob_piece SET start = start + 1")
        result = hatinh.run("verify")
        check_equal(result.status, 4, "verify with altered content")
        check_contains(result.err, id[:12], "what it says")
        hatinh.sql("UPDATE blob_piece SET start = start - 1")


if __name__ == "__main__":
    tell(story, "sqlite postgresql sqlite")
