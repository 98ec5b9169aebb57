#!/usr/bin/env python3
"""The vote for typical rural industrial products, level by level through the forms of the pages: district, province, region and nation under the rules
before July 2025, commune to nation under those since. A certificate leads to the vote of the next level while it is in force; what expires or is revoked
is listed and leads nowhere; a vote that began before the change of rules ends by those it began with. Runs on both stores (CAUNOI_TEST_STORE)."""

import io
import os
import zipfile

from forms import Person
from support import check, check_contains, check_equal, tell, wait_until
from wire import Clock

DISTRICT, COMMUNE = "436", "18073"  # the town of Hà Tĩnh before July 2025, the ward Thành Sen since
LEVELS = ("commune", "province", "region", "nation")


def entry(product, year, **more):
    return {"year": str(year), "product": product, "group": "food", "establishment": "Cơ sở Phong Nga", "tax_code": "3000555555",
            "own_make": "yes", "no_infringement": "yes", "meets_standards": "yes", "mass_production": "yes", **more}


def register(person, level, unit, on, fields, lower=None):
    papers = {"application": "1/ĐK"} | ({"lower_certificate": lower} if lower else {})
    return person.begin(f"promotion_vote_{level}", fields["product"], unit, on, fields, papers)


def score(member, at, on, total, expect=200):
    return member.act(at, "score", on, expect=expect, **{"points-economy": total - 40, "points-culture": 30, "points-other": 10})


def win(office, chair, members, at, on, number):
    """From the dossier to the certificate, all on one day."""
    office.act(at, "take", on, papers={"council_decision": "2/QĐ"})
    for member, total in zip(members, (80, 75, 70)):
        score(member, at, on, total)
    chair.act(at, "certify", on, papers={"certificate": number})


def story(cases, world):
    clock = Clock(world.folder, "all")
    clock.show("2025-05-20")
    os.environ.update(clock.environment)
    ministry, province = world.node("ministry", "VN"), world.node("ha-tinh", "42")
    ministry.trust(province)
    province.trust(ministry)
    for login, role in (("bureau", "specialist"), ("bureau-head", "head"), ("minister", "director")):
        ministry.add_user(login, role)
    for login, role, unit in (("officer", "specialist", "42"), ("head", "head", "42"), ("leader", "director", "42"), ("firm", "enterprise", "42"),
                              ("town", "commune", DISTRICT), ("town-head", "head", DISTRICT), ("town-officer", "specialist", DISTRICT)):
        province.add_user(login, role, unit=unit)
    ministry.serve()
    province.serve(upstream=ministry.address)

    def people(node, *logins):
        return [Person(node, login) for login in logins]

    def arrives(person, at, state):
        wait_until(lambda: (a := person.get(f"{at}.json", expect=None)).status == 200 and a.json()["state"] == state, 30, f"{at}: {state}")

    def products(person, query=""):
        return [(r["level"].split()[1], r["standing"], r["certificate"]) for r in person.get(f"/promotion/products.json{query}").json()["rows"]]

    def waiting(person):
        return [c["case"] for c in person.get("/todo.json").json()["cases"]]

    firm, officer, head, leader = people(province, "firm", "officer", "head", "leader")
    bureau, bureau_head, minister = people(ministry, "bureau", "bureau-head", "minister")

    with cases.case("before July 2025 a product goes from its district to its province and on to the region; each certificate opens the next vote"):
        town, town_head, town_officer = people(province, "town", "town-head", "town-officer")
        below = register(town, "commune", DISTRICT, "2025-02-03", entry("Kẹo cu đơ", 2025))
        check_contains(town.look(below).text, "cấp huyện", "the level of those days")
        win(town, town_head, (town, town_head, town_officer), below, "2025-02-20", "05/GCN-TP")
        at = register(firm, "province", "42", "2025-03-03", entry("Kẹo cu đơ", 2025), "05/GCN-TP")
        check_contains(firm.look(at).text, "05/GCN-TP", "what its vote rests on")
        win(officer, leader, (officer, head, leader), at, "2025-03-20", "11/GCN-HT")
        region = register(officer, "region", "42", "2025-04-01", entry("Kẹo cu đơ", 2025), "11/GCN-HT")
        arrives(bureau, region, "received")
        due = [k["due"] for k in bureau.get(f"{region}.json").json()["limits"] if k["limit"] == "vote"]
        check_equal(due, ["2025-05-16"], "30 working days, without the anniversary of the Hùng kings, 30 April, 1 and 2 May")
        bureau.act(region, "ask_supplement", "2025-04-03", papers={"supplement_request": "3/BCT"}, reason="thiếu ảnh")
        bureau.act(region, "supplemented", "2025-04-10", {k: "yes" for k in ("own_make", "no_infringement", "meets_standards", "mass_production")})
        for member, total in zip((bureau, bureau_head, minister), (90, 80, 82)):
            score(member, region, "2025-04-20", total)
        minister.act(region, "certify", "2025-04-25", papers={"certificate": "7/GCN-BCT"})
        arrives(officer, region, "certified")
        check_equal(products(officer), [("khu", "in_force", "7/GCN-BCT"), ("tỉnh", "in_force", "11/GCN-HT"), ("xã", "in_force", "05/GCN-TP")], "the list of the province")
        check_equal([a for a in (at, region) if a[-10:] in waiting(officer) + waiting(bureau) + waiting(minister)], [], "certificates in force wait for nobody")
        page = officer.look(at)
        check_equal([text for href, text in page.links if href in (below, region)], ["Cấp xã (trước 7/2025: cấp huyện), 2025", "Cấp khu vực, 2025"], "from the middle of the chain to both sides")

    with cases.case("a council of two, a member who gives points twice, and points beyond a criterion are refused, each by its rule"):
        nation = register(officer, "nation", "42", "2025-05-05", entry("Kẹo cu đơ", 2025), "7/GCN-BCT")
        arrives(bureau, nation, "received")
        bureau.act(nation, "take", "2025-05-10", papers={"council_decision": "2/QĐ"})
        score(bureau, nation, "2025-05-12", 80)
        check_contains(score(bureau, nation, "2025-05-12", 90, expect=422).text, "mỗi thành viên một lần", "the same member")
        check_contains(score(bureau_head, nation, "2025-05-12", 140, expect=422).text, "không quá mức tối đa", "100 points of 50")
        score(bureau_head, nation, "2025-05-12", 76)
        refused = minister.act(nation, "certify", "2025-05-14", papers={"certificate": "1/QG"}, expect=409, by_hand=True)
        check_contains(refused.text, "Thông tư 26/2014/TT-BCT", "the rule")

    ministry.stop()
    province.stop()
    clock.show("2026-11-28")  # certificates hold for two years
    for login, role, unit in (("ward", "commune", COMMUNE), ("ward-head", "head", COMMUNE), ("ward-officer", "specialist", COMMUNE)):
        province.add_user(login, role, unit=unit)
    ministry.serve()
    province.serve(upstream=ministry.address)
    firm, officer, head, leader = people(province, "firm", "officer", "head", "leader")
    bureau, bureau_head, minister = people(ministry, "bureau", "bureau-head", "minister")

    with cases.case("the rules change in the middle of a vote: it ends by those of its receipt, and its page says so"):
        check_contains(minister.look(nation).text, "sửa đổi bởi Thông tư 14/2018/TT-BCT", "its rules")
        check("38/2025" not in minister.look(nation).text, "the rules of today are cited")
        score(minister, nation, "2025-07-03", 78)
        minister.act(nation, "certify", "2025-07-10", papers={"certificate": "1/QG"})
        arrives(officer, nation, "certified")
        check_equal(products(minister, "?level=nation"), [("quốc", "in_force", "1/QG")], "voted for the nation")

    with cases.case("since July 2025 a product goes from its commune to its province, region and nation, as far as its points carry it"):
        ward, ward_head, ward_officer = people(province, "ward", "ward-head", "ward-officer")
        rice = entry("Bánh ram", 2026, tax_code="3000666666")
        below = register(ward, "commune", COMMUNE, "2026-02-02", rice | {"meets_standards": "no"})
        refused = ward.act(below, "take", "2026-02-05", papers={"council_decision": "2/QĐ"}, expect=422)
        check_contains(refused.text, "Sản phẩm chưa đủ bốn điều kiện dự bình chọn", "what is missing")
        check_contains(refused.text, "Thông tư 38/2025/TT-BCT", "the rule of today")
        ward_head.act(below, "decline", "2026-02-06", reason="chưa đủ điều kiện")
        below = register(ward, "commune", COMMUNE, "2026-02-10", rice)
        win(ward, ward_head, (ward, ward_head, ward_officer), below, "2026-02-27", "2/GCN-TS")
        for level, on, office, chair, members, number in (("province", "2026-03-10", officer, leader, (officer, head, leader), "3/GCN-HT"),
                                                          ("region", "2026-04-10", bureau, minister, (bureau, bureau_head, minister), "4/GCN-KV"),
                                                          ("nation", "2026-05-11", bureau, minister, (bureau, bureau_head, minister), "5/GCN-QG")):
            at = register(firm if level == "province" else officer, level, "42", on, rice, {"province": "2/GCN-TS", "region": "3/GCN-HT", "nation": "4/GCN-KV"}[level])
            arrives(office, at, "received")
            win(office, chair, members, at, on, number)
            arrives(officer, at, "certified")
        paper = minister.get(f"{at}/print/certificate/file")
        with zipfile.ZipFile(io.BytesIO(paper.body)) as file:
            text = file.read("word/document.xml").decode()
        for part in ("Bánh ram", "Cơ sở Phong Nga", "5/GCN-QG", "hiệu lực hai năm"):
            check_contains(text, part, "the certificate as DOCX")
        check_equal(minister.get(f"{at}/print/certificate/file.pdf").body[:5], b"%PDF-", "and as PDF")
        check_equal([k["due"] for k in minister.get(f"{at}.json").json()["limits"] if k["limit"] == "validity"], ["2028-05-11"], "two calendar years, over a 29 February")

    with cases.case("a certificate that was not in force on the day of receipt leads nowhere: expired, revoked or not yet given"):
        old = entry("Nước mắm", 2023, tax_code="3000777777")
        at = register(firm, "province", "42", "2023-03-01", old, "9/GCN-CX")  # given before the program: known by its paper alone
        win(officer, leader, (officer, head, leader), at, "2023-04-03", "6/GCN-HT")
        check_equal(products(officer, "?standing=expired"), [("tỉnh", "expired", "6/GCN-HT")], "what has expired")
        for on in ("2026-06-01", "2023-03-15"):
            refused = officer.begin("promotion_vote_region", "Nước mắm", "42", on, old, {"application": "1", "lower_certificate": "6/GCN-HT"}, expect=422)
            check_contains(refused.text, "giấy chứng nhận 6/GCN-HT của cấp dưới có hiệu lực từ 03/04/2023 đến 03/04/2025", "why not")
            check_contains(refused.text, "Theo trí nhớ, chưa đối chiếu (cần kiểm tra)", "a rule that nobody has read says so")
        check(at[-10:] in waiting(officer), "what has expired waits to be closed", waiting(officer))
        officer.act(at, "expire", "2025-04-04")
        check_equal(products(officer, "?standing=expired"), [("tỉnh", "expired", "6/GCN-HT")], "and is closed")
        wrong = register(firm, "province", "42", "2026-03-02", entry("Rượu", 2026, tax_code="3000999999"), "8/GCN")
        win(officer, leader, (officer, head, leader), wrong, "2026-03-20", "10/GCN-HT")
        leader.act(wrong, "revoke", "2026-05-04", papers={"revocation": "12/QĐ"}, reason="vi phạm nhãn hiệu")
        check_equal(products(officer, "?standing=revoked&year=2026"), [("tỉnh", "revoked", "10/GCN-HT")], "what was revoked")
        page = officer.begin("promotion_vote_region", "Rượu", "42", "2026-06-01", entry("Rượu", 2026, tax_code="3000999999"), {"application": "1", "lower_certificate": "10/GCN-HT"}, expect=422)
        check_contains(page.text, "giấy chứng nhận 10/GCN-HT của cấp dưới đã bị thu hồi", "it leads nowhere either")

    with cases.case("the list is a page, a table and a file, by level, year and standing; what is no filter is an error"):
        page = minister.look("/promotion/products?level=nation&standing=in_force")
        check_contains(page.text, "Bánh ram", "the page")
        check_equal(page.form_for("/promotion/products")["level"].value, "nation", "the filter that is on")
        check_contains(minister.get("/promotion/products.csv?year=2026").text, "5/GCN-QG,2026-05-11,2028-05-11", "the file")
        check_contains(minister.look("/promotion/products?year=2019").text, "Không có sản phẩm phù hợp", "nothing to show")
        for wrong in ("level=city", "standing=old", "year=x"):
            minister.get(f"/promotion/products.json?{wrong}", expect=400)
        firm.get("/promotion/products.json", expect=403)
    province.stop()
    ministry.stop()


if __name__ == "__main__":
    tell(story)
