#!/usr/bin/env python3
"""A province sends a report; its receipt is looked up, fetched as a file and checked in an empty folder, without a
node and without a network. Then the file is altered in every part, and each time the check says so. Two nodes, two
processes. Runs on both stores (CAUNOI_TEST_STORE)."""

import ctypes
import os
import re

from support import ROOT, check, check_contains, check_equal, run, send_report, tell, tell_number, wait_until

REPORT = "/forms/monthly/42/2026-10"
# As an officer types: decimal comma, a point between thousands.
CELLS = {"1": "107,25", "1.2": "109,8", "6": "4.512,3", "7": "191,2", "7.1": "41,2", "7.2": "150", "8": "305",
         "9": "3", "10": "312,75"}
EXPLAINED = {"7": "Đã đối chiếu với Hải quan"}
NEW_NETWORK = 0x40000000  # CLONE_NEWNET


class Desk:
    """An empty folder on a machine that reaches nobody; where the kernel allows it, really without a network."""

    def __init__(self, world):
        self.folder = world.folder / "desk"
        self.folder.mkdir()

    def check(self, key, content, language="en", *more):
        (self.folder / "receipt.txt").write_bytes(content)

        def leave_the_world():
            os.chdir(self.folder)
            ctypes.CDLL(None).unshare(NEW_NETWORK)

        return run("receipt", "--key", key, "receipt.txt", *more, language=language, prepare=leave_the_world)


def story(cases, world):
    ministry, hatinh, phutho, archive = world.nodes(ministry="VN", hatinh="42", phutho="25", archive="VN")
    ministry.trust(hatinh)
    hatinh.trust(ministry)
    hatinh.add_user("can-bo", "specialist")
    hatinh.add_user("giam-doc", "director")
    ministry.add_user("vu-ke-hoach", "specialist")
    ministry.add_user("nguoi-phu-tho", "specialist", unit="25")
    ministry.serve()
    hatinh.serve(ministry.address)
    officer, leader = hatinh.signed_in("can-bo"), hatinh.signed_in("giam-doc")
    desk = Desk(world)
    key = hatinh.run("key", expect=0).out.strip().split()[-1]
    code = send_report(officer, REPORT, CELLS, leader, EXPLAINED)["receipt"]
    address = f"/receipts/{code}"
    content = None

    with cases.case("the receipt shows what was filed, by which unit, who, when, and its seal"):
        found = officer.get(f"{address}.json").json()
        check_equal((found["receipt"], found["form"], found["unit"], found["period"], found["version"]),
                    (code, "monthly", "42", "2026-10", 1), "the receipt")
        check_equal(found["node"], key, "the node's key")
        check(re.fullmatch(r"[0-9a-f]{128}", found["seal"]["signature"]), "no signature:", found)
        figures = {f["cell"]: f for f in found["figures"]}
        check_equal(set(figures), set(CELLS), "the cells")
        check_equal((figures["7"]["value"], figures["7"]["indicator"]), ("191.2", "export_value"), "cell 7")
        check_equal(figures["7"]["explanation"], "Đã đối chiếu với Hải quan", "the explanation")
        check(all(f["unit_of_measure"] for f in found["figures"]), "a figure without a unit of measure:", found)

    with cases.case("annexes are on it, by the hash of what is kept, and a desk without a node shows them"):
        head = {"Content-Type": "application/octet-stream", "X-CSRF-Token": officer.csrf, "Accept": "application/json"}
        other = "/forms/monthly/42/2026-09"
        officer.ask("POST", f"{other}/attachments.json?name=phu-luc.txt", "Phụ lục số liệu\n".encode(), head, 200)
        with_annex = send_report(officer, other, CELLS, leader, EXPLAINED)["receipt"]
        [annex] = officer.get(f"{other}.json").json()["attachments"]
        facts = officer.get(f"/receipts/{with_annex}.json").json()["facts"]
        check_equal([(f["name"], f["value"]) for f in facts], [("attachment", f"{key}/{annex['id']}")], "what else was filed")
        check_contains(officer.get(f"/receipts/{with_annex}", headers={"Accept": "text/html"}).text, annex["id"], "the page")
        check_contains(desk.check(key, officer.get(f"/receipts/{with_annex}/file").body).out, annex["id"], "what the desk says")

    with cases.case("the page shows the same, with a QR code; a report and a figure lead to it"):
        page = officer.get(address, headers={"Accept": "text/html"}).text
        for part in (code, "191.2", "million USD", "Public key of the node", key, "shape-rendering", f"{address}/file"):
            check_contains(page, part, "the page")
        check_contains(officer.get(REPORT, headers={"Accept": "text/html"}).text, f'href="{address}"', "the report's page")
        explained = officer.get("/figures/explain?indicator=export_value&unit=42&period=2026-10",
                                headers={"Accept": "text/html"}).text
        check_contains(explained, f'href="{address}"', "the figure's page")
        answer = officer.get(f"/receipts?code={code.lower()}", expect=303)
        check_equal(answer.headers["Location"], address, "where a typed code leads")
        check_contains(officer.get("/receipts?code=hello", headers={"Accept": "text/html"}).text, "aria-invalid", "no code")

    with cases.case("the receipt prints as a document of one page with its typeface inside"):
        answer = officer.get(f"{address}.pdf")
        check_equal(answer.headers["Content-Type"], "application/pdf", "the type")
        check_contains(answer.headers["Content-Disposition"], f"bien-nhan-{code}.pdf", "the file's name")
        check(answer.body.startswith(b"%PDF-") and b"%%EOF" in answer.body[-10:], "the document is not whole")
        check(b"+LiberationSerif" in answer.body and b"/FontFile2" in answer.body, "the typeface is not inside")
        check_equal(officer.get(f"{address}.pdf").body, answer.body, "the document fetched again")
        officer.get(f"{REPORT}.pdf", expect=404)

    with cases.case("a code is read as people type it"):
        for typed in (code.lower(), code.replace("-", ""), code.replace("0", "o").replace("1", "l"), code.replace("1", "i")):
            check_equal(officer.get(f"/receipts/{typed}.json").json()["receipt"], code, typed)
        check_equal(officer.get(f"/receipts/{found['entry']}.json").json()["receipt"], code, "by the entry's hash")
        officer.get("/receipts/00000-00000.json", expect=404)
        officer.get("/receipts/hello.json", expect=404)

    with cases.case("the file is fetched by the web and by the command line, and is small"):
        answer = officer.get(f"{address}/file")
        content = answer.body
        check_contains(answer.headers["Content-Disposition"], f"bien-nhan-{code}.txt", "the file's name")
        check(len(content) < 8000, "the file has", len(content), "bytes")
        tell_number(f"a receipt's file has {len(content)} bytes")
        written = world.path("written.txt")
        shown = hatinh.run("receipt", code.lower(), "--out", written, expect=0).out
        check_contains(shown, code, "what is printed")
        check_contains(shown, "191.2", "what is printed")
        check_equal(written.read_bytes(), content, "the written file")
        hatinh.run("receipt", "00000-00000", expect=1)

    with cases.case("the file is verified in an empty folder with the printed key alone"):
        good = desk.check(key, content)
        check_equal(good.status, 0, repr(good))
        for part in (code, "Department of Industry and Trade of Ha Tinh", "42@", "2026-10", "191.2", key, "Nothing was changed"):
            check_contains(good.out, part, "what is printed")
        vietnamese = desk.check(key, content, "vi").out
        for part in ("Biên nhận thật", "Hà Tĩnh", "191,2 triệu USD", "4.512,3", "Đã đối chiếu với Hải quan"):
            check_contains(vietnamese, part, "what is printed in Vietnamese")
        as_json = desk.check(key, content, "en", "--json").json()
        check_equal((as_json["receipt"], as_json["unit"], "counts" in as_json), (code, "42", False), "the same as JSON; whether it counts a node alone knows")
        check_equal(desk.check(key.upper(), content.replace(b"\n", b"\r\n")).status, 0, "after a mail program")

    with cases.case("an alteration of any part is found and named"):
        head, entry, *between, seal = content.splitlines()
        altered = {
            "the code": content.replace(code.encode(), b"00000-00000"),
            "a figure": content.replace(b"191.2", b"919.2"),
            "the unit": content.replace(b"42@", b"25@"),
            "the period": content.replace(b"2026-10", b"2026-09"),
            "the leader": content.replace(b"giam-doc", b"can-bo-1"),
            "the time": re.sub(rb'("at":"2\d{3}-\d\d-)\d\d', rb"\g<1>01", content, count=1),
            "an explanation": content.replace("Hải quan".encode(), "Hai quan".encode()),
            "the hash in the head": re.sub(rb'"entry":"[0-9a-f]{4}', b'"entry":"0000', content),
            "the number of entries": re.sub(rb'"entries":\d+', b'"entries":9', content),
            "the seal's hash": content.replace(seal, re.sub(rb'"hash":"[0-9a-f]{4}', b'"hash":"0000', seal)),
            "the signature": content.replace(seal, re.sub(rb'"signature":"[0-9a-f]{4}', b'"signature":"0000', seal)),
            "no head": b"\n".join([entry, *between, seal]) + b"\n",
            "no entry": b"\n".join([head, seal]) + b"\n",
            "no seal": b"\n".join([head, entry, *between]) + b"\n",
            "half of the file": content[:len(content) // 2],
            "something added": content + b"{}\n",
            "24 MB of it": content + b"{}\n" * (8 << 20),
            "nothing": b"",
        }
        for what, bytes_ in altered.items():
            check(bytes_ != content, f"{what} is not in the file")
            result = desk.check(key, bytes_)
            check(result.status in (1, 4), what, repr(result))
            check(result.status == 4 or what in ("no head", "nothing", "24 MB of it"), what, repr(result))
            check(result.err.startswith("error: ") and "Nothing was changed" not in result.out, what, repr(result))
        for place in range(0, len(content) - 1, max(1, len(content) // 25)):
            bytes_ = bytearray(content)
            bytes_[place] ^= 1
            check(desk.check(key, bytes(bytes_)).status in (1, 4), f"byte {place} was altered unnoticed")

    with cases.case("a file that was given years ago, by a program before this one, is read as it was"):
        given = (ROOT / "tests/corpus/proof/report").read_bytes()
        old = desk.check("8d5b1e92223110e993b497a428dec7aa9ef081fd9482b821203e5d0e571e755e", given)
        check_equal(old.status, 0, repr(old))
        for part in ("Receipt 5AVRC-5E3N6", "Department of Industry and Trade of Ha Tinh", "2026-10", "191.2 million USD", "Nothing was changed"):
            check_contains(old.out, part, "what is printed")

    with cases.case("another node's key does not fit, and what is no key is refused"):
        result = desk.check(phutho.key, content)
        check_equal(result.status, 4, repr(result))
        check_contains(result.err, key, "the error names the key that sealed it")
        check_equal(desk.check("xyz", content).status, 2, "no key")
        check_equal(run("receipt", "--key", key, desk.folder / "none.txt").status in (1, 3), True, "no file")
        check_equal(run("receipt", hatinh.folder).status, 2, "no code")

    with cases.case("at the ministry the same receipt stands, under the province's key"):
        reader = ministry.signed_in("vu-ke-hoach")
        wait_until(lambda: reader.get(f"{address}.json", expect=None).status == 200, 10, "the report arrives")
        check_equal(reader.get(f"{address}.json").json()["node"], key, "the node")
        again = reader.get(f"{address}/file").body
        check_equal(again.splitlines()[1], entry, "the entry")
        check_equal(desk.check(key, again).status, 0, "the ministry's file")

    with cases.case("the public and other provinces learn that it exists, and no figure"):
        for who in (ministry.client(), ministry.signed_in("nguoi-phu-tho")):
            seen = who.get(f"{address}.json").json()
            page = who.get(address, headers={"Accept": "text/html"}).text
            check("191.2" not in page and key not in page and "giam-doc" not in page, "the page shows too much")
            check_equal((seen["receipt"], seen["form"], seen["unit"], seen["period"]), (code, "monthly", "42", "2026-10"),
                        "what is seen")
            check(not {"figures", "filled_by", "sent_by", "entry"} & set(seen), "too much is seen:", seen)
            for form in ("/file", ".pdf"):
                refused = who.get(address + form, expect=None, headers={"Accept": "application/json"})
                check(refused.status in (401, 403), f"{form} is given away:", refused)

    with cases.case("what is corrected gets a receipt of its own; the first one stands"):
        reader.send("POST", f"{REPORT}/return", {"reason": "Xem lại", "cells": ["9"]}, expect=200)
        wait_until(lambda: officer.get(f"{REPORT}.json").json()["state"] == "returned", 10, "the return arrives")
        CELLS["9"] = "4"
        second = send_report(officer, REPORT, CELLS, leader, EXPLAINED)["receipt"]
        check(second != code, "both versions have one receipt")
        check_equal(officer.get(f"/receipts/{second}.json").json()["version"], 2, "the version")
        check_equal(officer.get(f"{address}/file").body, content, "the first receipt's file")
        first = officer.get(f"{address}.json").json()
        check_equal((first["version"], first["newest_version"], first["newest_receipt"]), (1, 2, second), "what the first says of the second")
        page = officer.get(address, headers={"Accept": "text/html"}).text
        check_contains(page, "It was corrected since: version 2", "the page of the first")
        check_contains(page, f'href="/receipts/{second}"', "the way to the second")
        check("corrected since" not in officer.get(f"/receipts/{second}", headers={"Accept": "text/html"}).text, "the second was not corrected")

    with cases.case("also a node that gets years of a stream in one piece writes a file of a few kB"):
        hatinh.stop()
        rows = [f"iip_yoy,42,{year}-{month:02},{item},10{month % 10}.{year % 10}" for year in range(2005, 2026)
                for month in range(1, 13) for item in "BCDE"]
        table = world.path("years.csv")
        table.write_text("indicator,unit,period,item,value\n" + "\n".join(rows) + "\n")
        hatinh.run("import", table, expect=0)
        bundle, file = world.path("years.bundle"), world.path("again.txt")
        hatinh.run("bundle", bundle, "--for", "VN", expect=0)
        archive.trust(hatinh)
        archive.run("sync", bundle, expect=0)
        archive.run("receipt", code, "--out", file, expect=0)
        written = file.read_bytes()
        check_equal(written.splitlines()[1], entry, "the entry")
        check(len(written) < 8000, "the file has", len(written), "bytes")
        check_equal(desk.check(key, written).status, 0, "its file")


if __name__ == "__main__":
    tell(story)
