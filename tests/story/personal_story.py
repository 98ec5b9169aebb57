#!/usr/bin/env python3
"""What is held about a person: seen by whom it concerns, proven, erased by a leader with reason and legal basis, gone on every node, and the
entries that say so stand. Runs on both stores (CAUNOI_TEST_STORE)."""

import csv
import io

from forms import Person
from support import check, check_contains, check_equal, tell, wait_until

HTML = {"Accept": "text/html"}
WHY, BASIS = "Người lao động yêu cầu xóa", "Điều 14 Luật 91/2025/QH15"


def story(cases, world):
    ministry, hatinh = world.nodes(ministry="VN", hatinh="42")
    ministry.trust(hatinh)
    hatinh.trust(ministry)
    for node, login, role, unit in ((hatinh, "giam-doc", "director", "42"), (hatinh, "can-bo", "specialist", "42"),
                                    (hatinh, "quan-tri", "admin", "42"), (hatinh, "doanh-nghiep", "enterprise", "42"),
                                    (ministry, "vu-truong", "director", "VN"), (ministry, "nguoi-phu-tho", "director", "25")):
        node.add_user(login, role, unit)
    record = "report/monthly/42@2004-01-01/2026-10"
    person, other = (hatinh.run("blob person", "--json", expect=0).json()["person"] for _ in range(2))
    cv = world.path("ly-lich.txt", "Họ tên và số điện thoại".encode())
    photo = world.path("bien-ban.csv", b"ten,dien_thoai\nA,1\n")
    hatinh.run("blob add", cv, "--of", record, "--person", person, expect=0)
    hatinh.run("blob add", photo, "--person", person, expect=0)
    ministry.serve()
    hatinh.serve(ministry.address)
    leader, officer, admin = (hatinh.signed_in(login) for login in ("giam-doc", "can-bo", "quan-tri"))
    above, neighbour = ministry.signed_in("vu-truong"), ministry.signed_in("nguoi-phu-tho")
    address = f"/personal/{person}"

    with cases.case("an officer and an administrator see what is held, for which record and since when"):
        for who in (officer, admin, leader):
            found = {p["person"]: p for p in who.get("/personal.json").json()["persons"]}
            check_equal(set(found), {person, other}, "the persons")
            check_equal([(h["name"], h["of"], h["state"]) for h in found[person]["held"]],
                        [("ly-lich.txt", record, "here"), ("bien-ban.csv", "", "here")], "what is held")
            check_equal((found[other]["held"], found[other]["state"], found[person]["unit"]), ([], "here", "42"), "the other one")
            page = who.get(address, headers=HTML).text
            for part in ("ly-lich.txt", "/forms/monthly/42/2026-10", "no record", "unaltered", "Ha Tinh"):
                check_contains(page, part, "the page of one")
            check_contains(who.get("/personal", headers=HTML).text, f'href="{address}"', "the list")
        check_contains(officer.get("/status", headers=HTML).text, 'href="/personal"', "the way to it")
        rows = list(csv.DictReader(io.StringIO(officer.get("/personal.csv").text)))
        check_equal(sorted((r["person"], r["what"], r["name"]) for r in rows),
                    sorted([(person, "person", ""), (person, "file", "ly-lich.txt"), (person, "file", "bien-ban.csv"), (other, "person", "")]),
                    "the CSV")
        check_equal(len(list(csv.DictReader(io.StringIO(officer.get(f"{address}.csv").text)))), 3, "rows of the CSV of one")

    with cases.case("the ministry sees it too, without the names that it does not hold; a neighbour learns nothing"):
        wait_until(lambda: len(above.get("/personal.json").json()["persons"]) == 2, 20, "the entries arrive")
        one = above.get(f"{address}.json").json()
        check_equal([h["name"] for h in one["held"]], [None, None], "names")
        check_equal([e["is_proven"] for e in one["entries"]], [True], "the entries")
        check_equal(neighbour.get("/personal.json").json()["persons"], [], "what Phú Thọ's account sees")
        check_equal(neighbour.get("/personal.csv").text.count("\n"), 1, "rows of its CSV: the head alone")
        neighbour.get(f"{address}.json", expect=404)
        neighbour.send("POST", f"{address}/erase.json", {"why": WHY, "basis": BASIS}, expect=404)

    with cases.case("only a leader erases, and not without reason and legal basis"):
        position = hatinh.position()
        for login in ("can-bo", "quan-tri", "doanh-nghiep"):
            hatinh.signed_in(login).send("POST", f"{address}/erase.json", {"why": WHY, "basis": BASIS}, expect=403)
        hatinh.signed_in("doanh-nghiep").get(f"{address}.json", expect=403)
        for fields in ({}, {"why": WHY}, {"basis": BASIS}, {"why": "", "basis": ""}):
            leader.send("POST", f"{address}/erase.json", fields, expect=422)
        page = Person(hatinh, "giam-doc", "en")
        check_equal(page.press(page.look(address).form_for(f"{address}/erase").fill({"why": WHY}), expect=422, by_hand=True).marked, 1, "the legal basis is marked, the reason kept")
        check("/erase" not in officer.get(address, headers=HTML).text, "the officer's page has a form to erase")
        check_equal(hatinh.position(), position, "entries")

    with cases.case("erased without scripts: the page says when, by whom, why and on what basis, and that the entries stand"):
        mark = leader.read_mark(address)
        answer = leader.post_form(f"{address}/erase", {"csrf": mark, "why": WHY, "basis": BASIS})
        check_equal(answer.headers["Location"], address, "where it leads")
        for who in (leader, officer, admin):
            page = who.get(address, headers=HTML).text
            for part in (WHY, BASIS, "Erased on", "The person was erased"):
                check_contains(page, part, "the page")
            check_equal(page.count("unaltered"), 2, "entries that stand")
            check("ly-lich" not in page and "not proven" not in page, "the page", page)
        one = leader.get(f"{address}.json").json()
        check_equal((one["state"], one["erased"]["why"], one["erased"]["basis"], one["erased"]["by"]), ("erased", WHY, BASIS, "giam-doc"),
                    "the JSON")
        check_equal([(e["kind"], e["is_proven"]) for e in one["entries"]], [("blob.person", True), ("blob.erase", True)], "the entries")
        check_equal(one["entries"][1]["author"], "giam-doc", "who wrote the erasure")
        check_equal([h["state"] for h in one["held"]], ["erased", "erased"], "the files")
        leader.send("POST", f"{address}/erase.json", {"why": WHY, "basis": BASIS}, expect=409)

    with cases.case("it is gone on both nodes, the other person is not, and every chain is whole"):
        wait_until(lambda: above.get(f"{address}.json").json()["state"] == "erased", 20, "the ministry hears of it")
        check_equal(hatinh.sql("SELECT COUNT(*) FROM blob_content"), [("0",)], "contents")
        check_equal(hatinh.sql("SELECT name FROM blob_key"), [(other,)], "keys")
        check_equal(above.get(f"/personal/{other}.json").json()["state"], "elsewhere", "the other person at the ministry")
        check_contains(above.get(address, headers=HTML).text, WHY, "the ministry's page")
        for node in (hatinh, ministry):
            node.check_sound()

    with cases.case("an entry that was altered in the database is not said to stand"):
        def alter(text, by):
            line = ("CAST(replace(CAST(line AS TEXT), '%s', '%s') AS BLOB)" if not hatinh.store else
                    "convert_to(replace(convert_from(line, 'UTF8'), '%s', '%s'), 'UTF8')") % (text, by)
            hatinh.sql(f"UPDATE ledger_entry SET line = {line} WHERE kind = 'blob.erase'")

        alter(WHY, WHY.replace("yêu cầu", "đề nghị"))
        check_equal([e["is_proven"] for e in leader.get(f"{address}.json").json()["entries"]], [True, False], "the entries")
        check_contains(leader.get(address, headers=HTML).text, "not proven", "the page")
        alter(WHY.replace("yêu cầu", "đề nghị"), WHY)
        check_equal([e["is_proven"] for e in leader.get(f"{address}.json").json()["entries"]], [True, True], "as it was")
        ministry.stop()
        hatinh.stop()


if __name__ == "__main__":
    tell(story)
