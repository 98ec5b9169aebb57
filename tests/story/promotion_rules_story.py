#!/usr/bin/env python3
"""What a province and the ministry decide for many schemes at once, through the forms of the pages: a province's own rates and ceilings, known at both
nodes and checked where a local scheme is approved; programmes of several years with their targets, against plans and what
is done. Then what cannot be, each with its rule as its reader sees it. Runs on both stores (CAUNOI_TEST_STORE)."""

import io
import zipfile

from forms import Person
from support import check, check_contains, check_equal, tell, this_day, wait_until

M = 1_000_000


def scheme(support, cost, **more):
    return {"plan_year": "2025", "activity": "a4", "beneficiary": "Hợp tác xã Mộc Thái Yên", "tax_code": "3000123456", "implementer": "Trung tâm Khuyến công", "quantity": 1,
            "eligible_cost": cost, "support": support, "other_state": 0, "enterprise_money": cost, "other_money": 0, "machines_planned": 2, "jobs_planned": 12,
            "turnover_planned": 4000 * M, "energy_planned": 10, **more}


def story(cases, world):
    ministry, province = world.node("ministry", "VN"), world.node("ha-tinh", "42")
    ministry.trust(province)
    province.trust(ministry)
    for login, role, unit in (("bureau", "specialist", "VN"), ("minister", "director", "VN"), ("neighbour", "specialist", "44"), ("neighbour-leader", "director", "44")):
        ministry.add_user(login, role, unit=unit)
    for login, role in (("centre", "center"), ("officer", "specialist"), ("leader", "director")):
        province.add_user(login, role)
    ministry.serve()
    province.serve(upstream=ministry.address)
    bureau, minister, neighbour, neighbour_leader = [Person(ministry, login) for login in ("bureau", "minister", "neighbour", "neighbour-leader")]
    centre, officer, leader = [Person(province, login) for login in ("centre", "officer", "leader")]

    def arrives(person, at, state):
        wait_until(lambda: (a := person.get(f"{at}.json", expect=None)).status == 200 and a.json()["state"] == state, 30, f"{at}: {state}")

    def local(title, support, cost=400 * M, **more):
        at = centre.begin("promotion_local", title, "42", "2024-05-02", scheme(support, cost, **more), {"application": "1/ĐN", "scheme_text": "2/ĐA"})
        officer.act(at, "take", "2024-05-20")
        return at

    def approve(at, on, amount, expect=200):
        return leader.act(at, "approve", on, {"approved": amount}, {"base_minutes": "3/BB", "plan_decision": "4/QĐ"}, expect=expect)

    def norms(person, query=""):
        return {(r["where"], r["activity"]): (r["rate"], r["cap"], r["act"]) for r in person.get(f"/promotion/norms.json{query}").json()["rows"]}

    def state(at):
        return officer.get(f"{at}.json").json()["state"]

    def says(page, *parts):
        """What stands in the alert of a page that refuses."""
        for part in parts:
            check_contains(" ".join(page.alerts), part, "why it is refused")

    line = officer.begin("promotion_allotment", "Kinh phí khuyến công Hà Tĩnh 2025", "42", "2024-07-01", {"source": "local", "plan_year": "2025", "activity": "all"})
    leader.act(line, "decide_local", "2024-12-20", {"amount": 2000 * M}, {"decision": "9/QĐ"})

    with cases.case("a province records its own act line by line; not beyond the national ceiling, and not without a line"):
        own = officer.begin("promotion_norm", "Mức hỗ trợ khuyến công Hà Tĩnh", "42", "2024-12-15", {"valid_from": "2025-01-01"}, {"act": "12/2024/NQ-HĐND"})
        check_contains(leader.act(own, "put_in_force", "2024-12-16", expect=422).text, "chưa ghi nội dung nào của văn bản này", "an empty act")
        officer.act(own, "set_both", "2024-12-16", {"activity": "a4", "rate": "60", "cap": 100 * M})
        refused = leader.act(own, "put_in_force", "2024-12-16", expect=422)
        check_contains(refused.text, "60,0% chi phí, không quá 100.000.000 đồng mỗi đơn vị vượt mức trần chung của cả nước (50,0% chi phí, không quá 300.000.000 đồng mỗi đơn vị)", "why not")
        check_contains(refused.text, "Thông tư 28/2018/TT-BTC, khoản 4 Điều 8", "the act above it")
        check_contains(officer.act(own, "set_rate", "2024-12-16", {"activity": "a7", "rate": "0"}, expect=422).text, "phải trên 0", "a rate of nothing")
        officer.act(own, "set_both", "2024-12-16", {"activity": "a4", "rate": "40", "cap": 100 * M})
        officer.act(own, "set_rate", "2024-12-16", {"activity": "a7", "rate": "70"})
        for part in ("40,0% chi phí, không quá 100.000.000 đồng mỗi đơn vị", "70,0% chi phí", "Tham gia hội chợ"):
            check_contains(officer.look(own).text, part, "all lines stand on its page")
        check(not officer.offers(own, "put_in_force"), "a specialist puts an act in force")
        check_contains(officer.force(own, "put_in_force", "2024-12-16", 403).text, "vai trò của bạn", "nor by hand")
        check(("Hà Tĩnh", "a4") not in norms(officer), "it holds before it is put in force")
        leader.act(own, "put_in_force", "2024-12-17")
        check_equal(norms(officer)["Hà Tĩnh", "a4"], (40, 100, "12/2024/NQ-HĐND"), "what holds today")
        check(("Hà Tĩnh", "a4") not in norms(officer, "?on=2024-12-31"), "it holds the day before its first")

    with cases.case("what is approved keeps within it from its first day on; the message names the act, the page links it"):
        early, late = local("Máy cưa", 150 * M), local("Máy bào", 150 * M)
        approve(early, "2024-12-30", 150 * M)
        check("Trần của tỉnh" not in officer.look(early).text, "a ceiling that did not hold yet")
        check_contains(officer.look(late).text, "vượt trần", "asked for more than the ceiling of today")
        refused = approve(late, "2025-01-10", 150 * M, expect=422)
        check_contains(refused.text, "kinh phí duyệt (150.000.000 đồng) vượt trần của tỉnh: 40,0% chi phí, không quá 100.000.000 đồng mỗi đơn vị, ở đây 100.000.000 đồng", "why not")
        check_contains(refused.text, "căn cứ: 12/2024/NQ-HĐND, có hiệu lực từ 01/01/2025", "its act")
        approve(late, "2025-01-10", 100 * M)
        page = leader.look(late)
        check_contains(page.text, "Trần của tỉnh: 40,0% chi phí, không quá 100.000.000 đồng mỗi đơn vị, ở đây 100.000.000 đồng.", "the page")
        check([1 for href, text in page.links if href == own and "12/2024/NQ-HĐND" in text], "the page does not lead to the act")
        small = local("Máy khoan", 100 * M, cost=200 * M)
        check_contains(approve(small, "2025-01-10", 80 * M + 1, expect=422).text, "ở đây 80.000.000 đồng", "the rate binds before the ceiling does")
        approve(small, "2025-01-10", 80 * M)

    with cases.case("the ministry knows it after the exchange, on the list of all and on the page of the scheme; a neighbour's act binds nobody else"):
        arrives(bureau, late, "approved")
        arrives(bureau, own, "in_force")
        found = norms(bureau)
        check_equal((found["Hà Tĩnh", "a4"], found["Hà Tĩnh", "a7"]), ((40, 100, "12/2024/NQ-HĐND"), (70, None, "12/2024/NQ-HĐND")), "what the ministry knows of the province")
        check_equal(found["cả nước", "a4"][:2], (50, 300), "beside what holds for all")
        check_contains(bureau.look(late).text, "12/2024/NQ-HĐND", "its page there")
        check_contains(bureau.get("/promotion/norms.csv").text, "local,a4,Hà Tĩnh", "the file")
        other = neighbour.begin("promotion_norm", "Mức hỗ trợ của tỉnh bên", "44", "2024-12-15", {"valid_from": "2025-01-01"}, {"act": "1/NQ"})
        neighbour.act(other, "set_cap", "2024-12-16", {"activity": "a4", "cap": 10 * M})
        neighbour_leader.act(other, "put_in_force", "2024-12-17")
        check("cả nước" in {where for where, _ in norms(neighbour)} and "Hà Tĩnh" not in {where for where, _ in norms(neighbour)}, "a province sees the country's and its own")
        check_equal(len({where for where, _ in norms(bureau)}), 3, "the ministry sees all")
        bureau.get("/promotion/norms.json?on=x", expect=400)

    with cases.case("a newer act takes its place from its own first day; once repealed the national ceiling holds alone"):
        newer = officer.begin("promotion_norm", "Mức hỗ trợ mới", "42", "2025-05-20", {"valid_from": "2025-06-01"}, {"act": "5/2025/NQ-HĐND"})
        officer.act(newer, "set_both", "2025-05-20", {"activity": "a4", "rate": "45", "cap": 120 * M})
        leader.act(newer, "put_in_force", "2025-05-21")
        at = local("Máy đục", 180 * M)
        check_contains(approve(at, "2025-05-31", 120 * M, expect=422).text, "12/2024/NQ-HĐND", "the act of the day before")
        approve(at, "2025-06-01", 120 * M)
        check_contains(leader.act(newer, "repeal", "2025-09-01", {"valid_to": "2025-05-01"}, {"repeal": "7/2025/NQ-HĐND"}, expect=422).text, "Ngày hết hiệu lực trước ngày có hiệu lực", "days that cannot be")
        for act in (newer, own):
            leader.act(act, "repeal", "2025-09-01", {"valid_to": "2025-09-30"}, {"repeal": "7/2025/NQ-HĐND"})
        at = local("Máy ghép", 180 * M)
        approve(at, "2025-10-01", 180 * M)
        check("Trần của tỉnh" not in leader.look(at).text, "a repealed act")
        check_contains(leader.look(late).text, "Trần của tỉnh", "what was approved under it still tells it")
        check(("Hà Tĩnh", "a4") not in norms(officer) and norms(officer, "?on=2025-07-01")["Hà Tĩnh", "a4"][2] == "5/2025/NQ-HĐND", "the list by day")

    with cases.case("a programme of several years has targets once it is decided; each year's plan and what is done add up against them, and what is behind says why"):
        programme = officer.begin("promotion_programme_local", "Chương trình khuyến công Hà Tĩnh 2024–2026", "42", "2023-09-01", {"first_year": "2024", "last_year": "2026"})
        check_contains(officer.act(programme, "set_target", "2023-09-02", {"activity": "a4", "target_count": 0}, expect=422).text, "Chỉ tiêu phải lớn hơn 0", "a target of nothing")
        officer.act(programme, "set_target", "2023-09-02", {"activity": "a4", "target_count": 90})
        officer.act(programme, "set_target", "2023-09-03", {"activity": "a2", "target_count": 2})
        officer.act(programme, "set_money", "2023-09-03", {"target_money": 3000 * M})
        check_contains(officer.look("/promotion/programme").text, "Chưa có chương trình", "before it is decided")
        leader.act(programme, "approve", "2023-12-01", papers={"decision": "20/QĐ-UBND"})
        check_contains(leader.look(programme).text, "90 cơ sở, mô hình", "its targets on its page")
        leader.act(programme, "amend_target", "2024-03-01", {"activity": "a4", "target_count": 12}, {"amendment": "21/QĐ-UBND"}, reason="giảm nguồn")
        at = local("Máy mài", 50 * M, quantity=2)
        approve(at, "2025-10-02", 50 * M)
        leader.act(at, "assign_plan", "2025-10-03", {"assigned": 50 * M}, {"assignment": "5/TB"})
        leader.act(at, "sign", "2025-10-04", {"contract_value": 50 * M}, {"contract": "6/HĐ"})
        says(officer.act(at, "advance", "2025-10-05", {"payment": 41 * M}, {"advance_dossier": "7"}, expect=422), "Bảng định mức chưa có mức tạm ứng tối đa (% hợp đồng) cho nội dung này", "chưa thấy cho mô hình, máy móc")
        officer.act(at, "advance", "2025-10-05", {"payment": 20 * M}, {"advance_dossier": "7"}, reason="theo hợp đồng")
        centre.act(at, "start", "2025-10-06")
        rows = lambda person: {(r["activity"], r["year"]): (r["target"], r["planned"], r["done"], r["planned_sum"], r["done_sum"], r["pace"])
                               for r in person.get("/promotion/programme.json").json()["rows"]}
        check_equal(rows(officer)["a4", 2025], (12, 7, 0, 7, 0, 8), "of the second year")
        check_equal(rows(officer)["money", 2025], (3000, 680, 20, 680, 20, 2000), "of its money: approved and disbursed, in million dong")
        officer.act(at, "inspect", "2025-10-20", papers={"inspection_minutes": "8/BB"})
        officer.act(at, "accept", "2025-10-21", {"progress": 100, "enterprise_spent": 400 * M}, {"acceptance_minutes": "9/BB"})
        check_equal((rows(officer)["a4", 2025], rows(officer)["a4", 2026], rows(officer)["a2", 2026]), ((12, 7, 2, 7, 2, 8), (12, 0, 0, 7, 2, 12), (2, 0, 0, 0, 0, 2)), "once it is accepted")
        leader.act(early, "cancel", "2025-10-22", papers={"stop_decision": "10/QĐ"}, reason="doanh nghiệp rút")
        check_equal(rows(officer)["a4", 2025][1], 6, "what was cancelled is in no plan")
        page = officer.look("/promotion/programme")
        behind = (8 if this_day().year == 2026 else 12) - 2  # an even pace to the end of the last year that is over
        for part in ("20/QĐ-UBND", "Đã thực hiện 2 trên 12 cơ sở, mô hình", f"chậm so với nhịp chia đều: {behind}", "6 chưa có trong kế hoạch nào", "4 trong kế hoạch chưa thực hiện xong", "0 đề án trễ hạn, 1 không thành hoặc đã ngừng, 0 chờ phê duyệt"):
            check_contains(page.text, part, "the page")
        ways = [way for way, words in page.links if words == "2025"]
        check("unit=42" in ways[0] and any("activity=a4" in way for way in ways), "each year opens to its schemes", ways)
        check_contains(officer.look(next(way for way in ways if "activity=a4" in way)).html, at, "the scheme the figure is of")
        check_contains(officer.get("/promotion/programme.csv").text, "a4,", "the file")

    with cases.case("the ministry sees its own programme first and those of provinces beside it; a province those of others never"):
        own = bureau.begin("promotion_programme", "Chương trình khuyến công quốc gia (minh họa)", "VN", "2024-10-01", {"first_year": "2026", "last_year": "2030"})
        bureau.act(own, "set_target", "2024-10-01", {"activity": "a22", "target_count": 100})
        minister.act(own, "approve", "2025-09-23", papers={"decision": "2646/QĐ-BCT"})
        arrives(bureau, programme, "in_force")
        wait_until(lambda: bureau.get(f"{at}.json", expect=None).status == 200 and bureau.get(f"{at}.json").json()["state"] == "accepted", 30, "the scheme at the ministry")
        check_equal([r["activity"] for r in bureau.get("/promotion/programme.json").json()["rows"]], ["a22"] * 5, "the country's comes first")
        form = bureau.look("/promotion/programme").form_for("/promotion/programme")
        check_equal(len(form["programme"].options), 2, "what may be chosen")
        check_contains(bureau.press(form.fill({"programme": programme.removeprefix("/cases/")})).text, "Đã thực hiện 2 trên 12", "the province's")
        neighbour.get(f"/promotion/programme.json?programme={programme.removeprefix('/cases/')}", expect=404)
        check_contains(officer.look("/promotion/programme").text, "20/QĐ-UBND", "the province has its own")

    def run(*steps):
        for person, at, action, on, *more in steps:
            person.act(at, action, on, *more, **({"reason": "theo hợp đồng"} if action == "advance" else {}))  # no highest advance is known for machines

    with cases.case("a local scheme goes from its registration to its results: advance, a report, a change, the field check, acceptance, settlement and results"):
        at = local("Máy hàn", 40 * M)
        officer.act(at, "appraise", "2024-06-01", {"base_support": 40 * M, "base_opinion": "đạt"}, {"base_minutes": "3/BB"})
        approve(at, "2025-10-02", 40 * M)
        run((leader, at, "assign_plan", "2025-10-03", {"assigned": 40 * M}, {"assignment": "5/TB"}), (leader, at, "sign", "2025-10-04", {"contract_value": 40 * M}, {"contract": "6/HĐ"}),
            (officer, at, "advance", "2025-10-05", {"payment": 20 * M}, {"advance_dossier": "7"}), (centre, at, "start", "2025-10-06"))
        printed = lambda: [leader.get(f"{at}/print/contract/{file}").body for file in ("file", "file.pdf")]
        signed = printed()
        run((centre, at, "report", "2025-10-20", {"progress": 50, "enterprise_spent": 100 * M}, {"progress_report": "8/BC"}))
        centre.act(at, "request_change", "2025-10-21", papers={"change_request": "9/ĐN"}, reason="đổi đơn vị thụ hưởng")
        leader.act(at, "approve_change", "2025-10-22", {"beneficiary": "Cơ sở Hòa Bình"}, {"change_decision": "10/QĐ"}, reason="hợp lý")
        check_contains(officer.look(at).text, "Cơ sở Hòa Bình", "whom it benefits now")
        run((officer, at, "pay", "2025-11-03", {"payment": 10 * M}, {"payment_order": "11"}), (officer, at, "inspect", "2025-11-04", {}, {"inspection_minutes": "12/BB"}),
            (officer, at, "accept", "2025-11-05", {"progress": 100, "enterprise_spent": 400 * M}, {"acceptance_minutes": "13/BB"}),
            (centre, at, "submit_settlement", "2025-11-10", {"settled_value": 35 * M}, {"settlement_dossier": "14"}))
        refused = leader.act(at, "settle", "2025-11-20", {"payment": 10 * M, "refund": 0, "settled_value": 35 * M}, {"liquidation": "15/BB"}, expect=422)
        says(refused, "Số đã chi sau thu hồi phải bằng giá trị quyết toán")
        run((leader, at, "settle", "2025-11-20", {"payment": 5 * M, "refund": 0, "settled_value": 35 * M}, {"liquidation": "15/BB"}),
            (centre, at, "results_1", "2026-11-21", {"machines_1": 2, "jobs_1": 9, "turnover_1": 4000 * M, "energy_1": "8,5"}, {"result_report": "16/BC"}))
        says(centre.act(at, "results_3", "2026-11-21", {"machines_3": 2, "jobs_3": 9, "turnover_3": 4000 * M, "energy_3": "8,5"}, {"result_report": "17/BC"}, expect=409),
             "chỉ thực hiện được từ 21/11/2028: Đủ ba năm sau quyết toán")
        fields = officer.get(f"{at}.json").json()["fields"]
        check_equal((state(at), fields["paid"], fields["disbursed"], fields["settled_value"]), ("followed", 35 * M, 35 * M, 35 * M), "at its end")
        check_equal(leader.get(f"{at}/print/liquidation/file.pdf").body[:5], b"%PDF-", "its liquidation as PDF")
        check(printed() == signed, "the contract is printed otherwise once another benefits and money was paid")
        with zipfile.ZipFile(io.BytesIO(printed()[0])) as file:
            check("Hòa Bình" not in file.read("word/document.xml").decode(), "the contract names whom the scheme benefits today")
        with zipfile.ZipFile(io.BytesIO(leader.get(f"{at}/print/liquidation/file").body)) as file:
            text = file.read("word/document.xml").decode()
        for part in ("Ủy ban nhân dân Tỉnh Hà Tĩnh", "Sở Công Thương Tỉnh Hà Tĩnh", "Hà Tĩnh, ngày 20 tháng 11 năm 2025", "(bằng chữ: Ba mươi lăm triệu đồng)"):
            check_contains(text, part, "the body above, the issuer, place and day, the amount in words")

    with cases.case("a local scheme is stopped and its money comes back in parts; a year's line that is closed takes no more"):
        at = local("Máy tráng", 30 * M)
        approve(at, "2025-10-02", 30 * M)
        run((leader, at, "assign_plan", "2025-10-03", {"assigned": 30 * M}, {"assignment": "5/TB"}), (leader, at, "sign", "2025-10-04", {"contract_value": 30 * M}, {"contract": "6/HĐ"}),
            (officer, at, "advance", "2025-10-05", {"payment": 20 * M}, {"advance_dossier": "7"}))
        leader.act(at, "stop", "2025-11-03", papers={"stop_decision": "8/QĐ"}, reason="cơ sở giải thể")
        committed = lambda: officer.get("/promotion.json?year=2025&source=local").json()["rows"][0]["disbursed"]
        before = committed()
        officer.act(at, "recover", "2025-11-10", {"refund": 15 * M}, {"recovery": "9"})
        says(leader.act(at, "end_stop", "2025-11-11", {"settled_value": 0}, expect=422), "Số đã chi sau thu hồi phải bằng giá trị quyết toán")
        says(officer.act(at, "recover", "2025-11-12", {"refund": 6 * M}, {"recovery": "10"}, expect=422), "Thu hồi nhiều hơn số đã chi")
        officer.act(at, "recover", "2025-11-12", {"refund": 5 * M}, {"recovery": "10"})
        leader.act(at, "end_stop", "2025-11-13", {"settled_value": 0})
        check_equal((state(at), before - committed()), ("stopped", 20), "all that was paid has come back, in million dong")
        spare = officer.begin("promotion_allotment", "Kinh phí bổ sung 2025", "42", "2025-02-03", {"source": "local", "plan_year": "2025", "activity": "a9"})
        leader.act(spare, "decide_local", "2025-02-10", {"amount": 10 * M}, {"decision": "11/QĐ"})
        leader.act(spare, "close", "2026-01-31")
        check(not leader.offers(spare, "adjust_local"), "a closed line can be adjusted")
        says(leader.force(spare, "adjust_local", "2026-02-01", 409, {"amount": 20 * M}, {"adjustment": "12/QĐ"}, reason="x"), "không thực hiện được khi hồ sơ ở trạng thái")

    with cases.case("what cannot be is refused by the form or, where a browser would not send it, by the node; each with its rule in the reader's words"):
        at = local("Máy tiện", 50 * M)
        refused = approve(at, "2024-05-19", 50 * M, expect=422)
        says(refused, "ngày thực hiện không được trước ngày của việc gần nhất trong hồ sơ", "Quy chế khuyến công của tỉnh")
        future = leader.look(at).form_for(f"{at}/approve").fill({"on": "2031-01-01"})
        check_equal(future.refused()["on"], f"is after {this_day().isoformat()}", "a browser does not send a day to come")
        check_equal((refused.marked, refused.form_for(f"{at}/approve")["on"].value), (1, "2024-05-19"), "the day is marked, and stands there")
        says(leader.act(at, "approve", "2031-01-01", {"approved": 50 * M}, {"base_minutes": "3", "plan_decision": "4"}, expect=422, by_hand=True), "ngày thực hiện không được ở tương lai")
        approve(at, "2025-10-03", 50 * M)
        says(leader.force(at, "approve", "2025-10-03", 409, {"approved": 40 * M}, {"base_minutes": "3", "plan_decision": "5"}),
             'không thực hiện được khi hồ sơ ở trạng thái "Đã phê duyệt kế hoạch"')  # a second decision of one day
        check_equal(leader.get(f"{at}.json").json()["fields"]["approved"], 50 * M, "the first one stands")
        big = local("Máy phay", 200 * M)
        leader.act(line, "adjust_local", "2025-10-04", {"amount": 700 * M}, {"adjustment": "30/QĐ"}, reason="giảm thu")
        says(approve(big, "2025-10-05", 190 * M, expect=409), 'kinh phí "Kinh phí khuyến công Hà Tĩnh 2025" năm 2025 sẽ bị vượt: sẽ giao 805.000.000 đồng trên 700.000.000 đồng', "Nghị định 45/2012/NĐ-CP")
        says(approve(big, "2025-10-05", 201 * M, expect=422), "Kinh phí duyệt vượt tỷ lệ hỗ trợ tối đa", "Thông tư 28/2018/TT-BTC, khoản 4 Điều 8")
        says(centre.force(big, "approve", "2025-10-05", 403, {"approved": 10 * M}), "vai trò của bạn ở đơn vị này không được thực hiện việc này")
        wait_until(lambda: neighbour.get(f"{big}.json", expect=None).status != 404, 30, "the scheme at the ministry")
        says(neighbour.look(big, expect=403), "đơn vị 42 không thuộc địa bàn của đơn vị bạn (44)")
        check_equal(state(big), "base_appraisal", "nothing of it was done")

    with cases.case("a clock that was never stopped is not set going: the act is not offered, and refused by hand; the last day stays"):
        vote = officer.begin("promotion_vote_region", "Kẹo", "42", "2026-10-01", {"year": "2026", "product": "Kẹo", "group": "food", "establishment": "Cơ sở", "tax_code": "3000111111",
                             "own_make": "yes", "no_infringement": "yes", "meets_standards": "yes", "mass_production": "yes"}, {"application": "1", "lower_certificate": "2"})
        arrives(bureau, vote, "received")
        due = lambda: [k["due"] for k in bureau.get(f"{vote}.json").json()["limits"] if k["limit"] == "vote"]
        before = due()
        says(bureau.force(vote, "supplemented", "2026-10-20", 409, {k: "yes" for k in ("own_make", "no_infringement", "meets_standards", "mass_production")}),
             'không thực hiện được khi hồ sơ ở trạng thái "Đã tiếp nhận"', "Thông tư 38/2025/TT-BCT")
        check_equal(due(), before, "the last day")

    with cases.case("the rules change in the middle of a scheme: it keeps those of its receipt, while the ceiling is that of the day of the approval"):
        at = local("Máy xay", 60 * M)
        page = leader.look(at)
        check_contains(page.text, "Nghị định 45/2012/NĐ-CP; Thông tư 36/2013", "its rules")
        approve(at, "2025-12-01", 60 * M)
        check("235/2025" not in leader.look(at).text, "the rules of today")
        check("a22" in centre.look("/cases/new/promotion_local").form_for("/cases/promotion_local")["field-activity"].options, "what is supported since then is offered today")
        page = centre.begin("promotion_local", "Chuyển đổi số", "42", "2025-10-14", scheme(50 * M, 400 * M, activity="a22"), {"application": "1", "scheme_text": "2"}, expect=422)
        says(page, "giá trị không hợp lệ: Nội dung hoạt động", "sửa đổi bởi Thông tư 17/2018/TT-BCT")  # the day before the new rules
        centre.begin("promotion_local", "Chuyển đổi số", "42", "2025-10-15", scheme(50 * M, 400 * M, activity="a22"), {"application": "1", "scheme_text": "2"})

    with cases.case("two provinces merge in the middle of their schemes: these go on with the new one, within the money of both"):
        for code, name in (("44", "Quảng Bình"), ("45", "Quảng Trị")):
            money = neighbour.begin("promotion_allotment", f"Kinh phí khuyến công {name} 2025", code, "2024-07-01", {"source": "local", "plan_year": "2025", "activity": "all"})
            neighbour_leader.act(money, "decide_local", "2024-12-20", {"amount": 60 * M}, {"decision": "9/QĐ"})
        old = [neighbour.begin("promotion_local", f"Máy sấy {code}", code, "2024-05-02", scheme(100 * M, 400 * M, activity="a13", tax_code=f"31000000{code}"),
                               {"application": "1", "scheme_text": "2"}) for code in ("44", "45")]
        check_equal([neighbour.get(f"{at}.json").json()["unit"] for at in old], ["44@2004-01-01", "45@2004-01-01"], "the provinces of those days")
        for at in old:
            neighbour.act(at, "take", "2024-05-20")
        decide = lambda at, amount, expect: neighbour_leader.act(at, "approve", "2025-08-01", {"approved": amount}, {"base_minutes": "3", "plan_decision": "4"}, expect=expect)
        decide(old[1], 70 * M, 200)
        says(decide(old[0], 51 * M, 409), "sẽ giao 121.000.000 đồng trên 120.000.000 đồng")
        decide(old[0], 50 * M, 200)
        told = lambda more: {r["name"]: r["approved"] for r in bureau.get(f"/promotion.json?year=2025&source=local{more}").json()["rows"]
                             if r["kind"] == "province" and r["approved"] and r["name"] != "Hà Tĩnh"}
        check_equal((told(""), told("&map=63")), ({"Quảng Trị": 120}, {"Quảng Trị": 70, "Quảng Bình": 50}), "by the provinces of today, and as they were recorded")
        check_equal(neighbour.get("/promotion/findings.json").json()["rows"], [], "nothing is committed beyond both lines")
    province.stop()
    ministry.stop()


if __name__ == "__main__":
    tell(story)
