#!/usr/bin/env python3
"""The search on every page: what each may see of cases, clusters, places, indicators, reports and pages, by words with and without accents,
as page and file; what is too much, and what finds nothing. Runs on both stores (CAUNOI_TEST_STORE)."""

import re
from urllib.parse import quote

from case_story import COMMUNE, OPEN, folder
from cluster_story import made
from support import check, check_contains, check_equal, tell

PAGE = {"Accept": "text/html"}


def found(client, words):
    rows = client.get(f"/search.json?q={quote(words)}").json()["rows"]
    return {kind: [row["title"] for row in rows if row["kind"] == kind] for kind in {row["kind"] for row in rows}}


def story(cases, world):
    province = world.node("ha-tinh", "42")
    province.run("catalogue load", folder(world, "data", 10), expect=0)
    for login, role, unit in (("officer", "specialist", None), ("commune", "commune", COMMUNE), ("neighbour", "commune", "18100"), ("firm", "enterprise", None)):
        province.add_user(login, role, unit=unit)
    tokens = {login: province.token(login) for login in ("officer", "commune", "neighbour", "firm")}
    province.serve()
    office, commune, neighbour, firm = (province.client(token=tokens[login], language="vi") for login in tokens)
    public = province.client(language="vi")
    at = commune.send("POST", "/cases/fireworks", OPEN, expect=303).headers["Location"].removesuffix(".json")
    cluster = made(commune, "Cụm công nghiệp Thạch Hà 1")

    with cases.case("a case is found by words of its title without accents and by its number, and only by who may see it"):
        for client in (office, commune):
            check_equal(found(client, "giao thua").get("case"), [OPEN["title"]], "by its title")
            check_equal(found(client, at.removeprefix("/cases/")).get("case"), [OPEN["title"]], "by its number")
        for client in (neighbour, firm, public):
            check_equal(found(client, "giao thua").get("case"), None, "of others")

    with cases.case("signs around a word, also curly ones, do not hide it, neither where it stands nor where it is typed"):
        quoted = {**OPEN, "title": "Pháo hoa “Nguyên tiêu” của xã"}
        commune.send("POST", "/cases/fireworks", quoted, expect=303)
        for typed in ("nguyen tieu", "“Nguyên tiêu”", "nguyen – tieu"):
            check_equal(found(office, typed).get("case"), [quoted["title"]], typed)
        check_equal(found(public, "“Thạch Hà” 1").get("cluster"), ["Cụm công nghiệp Thạch Hà 1"], "a cluster")

    with cases.case("everybody finds clusters, places and indicators, the best first; a place of today before one of the past"):
        for client in (public, office):
            check_equal(found(client, "thach ha 1").get("cluster"), ["Cụm công nghiệp Thạch Hà 1"], "the cluster")
            check_equal(found(client, cluster[-10:]).get("cluster"), ["Cụm công nghiệp Thạch Hà 1"], "by its id")
            check_equal(found(client, "HÀ TĨNH")["unit"][:2], ["Tỉnh Hà Tĩnh", "Thành phố Hà Tĩnh"], "the places")
            check_equal(found(client, "18073")["unit"][0], "Phường Thành Sen", "by its code")
            check_equal(found(client, "iip")["indicator"][0], "Chỉ số sản xuất công nghiệp so với năm gốc", "by its id")
        rows = public.get("/search.json?q=ha+tinh").json()["rows"]
        check_equal([(r["code"], r["address"]) for r in rows if r["kind"] == "unit"][:2], [("42", "/provinces/42"), ("436", "/units/436@2004-01-01")], "their pages")

    with cases.case("reports, procedures and pages are found by who may open them"):
        check_equal(found(commune, "phao hoa").get("procedure"), ["Cấp phép bắn pháo hoa"], "a procedure")
        check("page" in found(office, "nhập tệp") and "page" not in found(public, "nhập tệp"), "a page to import, for who may")
        check("form" in found(office, "cong thuong") and "form" not in found(public, "cong thuong"), "forms, for who files them")
        for row in office.get("/search.json?q=chi").json()["rows"]:
            if row["kind"] == "page":
                office.get(row["address"], headers=PAGE)

    with cases.case("the page groups what was found, says how many there are of each, and links the whole list"):
        page = office.get("/search?q=x", headers=PAGE).text
        check_contains(page, "8 trong", "of the places")
        check_contains(office.get("/search?q=giao+th%E1%BB%ABa", headers=PAGE).text, at, "the case")
        check_contains(office.get("/search?q=%22%3E%3Cscript%3E", headers=PAGE).text, "&lt;script&gt;", "signs as they were typed")
        lines = office.get("/search.csv?q=ha").text.splitlines()
        check_equal(lines[0], "kind,code,title,detail,address,of_kind,is_more", "as a file")
        check(len([line for line in lines if line.startswith("unit,")]) > 8, "with more than the page has")

    with cases.case("nothing typed, nothing found and too much are told with what to do"):
        check_contains(public.get("/search", headers=PAGE).text, "có dấu hay không dấu", "how to search")
        check_contains(public.get("/search?q=%20%2C%25", headers=PAGE).text, "có dấu hay không dấu", "only signs")
        page = public.get("/search?q=zzzz", headers=PAGE).text
        check_contains(page, "Không tìm thấy", "nothing")
        check_contains(page, "Đăng nhập để tìm được cả hồ sơ", "nothing, for the public")
        check_contains(public.get("/search?q=" + "+".join("abcdefghijklmnopq"), headers=PAGE, expect=422).text, "nhiều nhất 16 từ và 400 byte", "too many words")
        for address in ("/cases", "/clusters"):
            check_contains(office.get(f"{address}?q=" + "a" * 201, headers=PAGE, expect=400).text, "nhiều nhất 200 byte", f"too many bytes for the list of {address}")
        check_contains(public.get("/search?q=" + "a" * 401, headers=PAGE, expect=422).text, "nhiều nhất 16 từ và 400 byte", "too many bytes")

    with cases.case("the box stands on every page, with the number of what waits beside the bell"):
        for client in (public, office):
            check_contains(client.get("/units", headers=PAGE).text, 'action="/search"', "the box")
        session = province.client(language="vi").sign_in("officer")
        bell = re.search(r'aria-label="(\d+) việc đang chờ bạn"', session.get("/units", headers=PAGE).text)
        check_contains(session.get("/todo", headers=PAGE).text, f"{bell[1]} việc chờ bạn", "the bell says what the page of my work does")
        check("việc đang chờ bạn" not in public.get("/units", headers=PAGE).text, "no bell for the public")


if __name__ == "__main__":
    tell(story)
