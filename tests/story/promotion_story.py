#!/usr/bin/env python3
"""Industrial promotion between a promotion centre, its province and the ministry, all through the forms of their pages: a scheme from its
registration to the report three years later and its archive; what is above a ceiling, a budget or done by the wrong unit is refused with its rule; two who decide at once cannot bind a
budget twice, and what two nodes bound without having seen each other is found. The vote for typical products. Runs on both stores (CAUNOI_TEST_STORE),
in ./check too on each database by itself: its lists have many forms.
Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import concurrent.futures
import csv
import html
import io
import json
import os
import re
import shutil
import zipfile

from forms import Person
from support import ROOT, check, check_contains, check_equal, tell, this_day, wait_until
from wire import Clock

M = 1_000_000
PAPERS = {"take": [], "submit_ministry": ["base_minutes", "summary"], "pass_ministry": ["ministry_opinion"], "approve": ["plan_decision"],
          "assign_plan": ["assignment"], "sign": ["contract"], "advance": ["advance_dossier"], "report": ["progress_report"], "pay": ["payment_order"],
          "request_change": ["change_request"], "approve_change": ["change_decision"], "inspect": ["inspection_minutes"], "accept": ["acceptance_minutes"],
          "submit_settlement": ["settlement_dossier"], "settle": ["liquidation"], "stop": ["stop_decision"], "recover": ["recovery"],
          "results_1": ["result_report"], "results_3": ["result_report"], "cancel": ["stop_decision"]}


def papers(names, on):
    return {name: {"number": f"{len(name)}/2025", "on": on} for name in names}


def scheme(title, unit, on, support, *, activity="a4", cost=None, year=2025, tax="3000123456", enterprise=900 * M):
    """What a centre registers: everything in whole dong."""
    return {"title": title, "case_unit": unit, "on": on, "documents": papers(["application", "scheme_text"], on), "fields": {
        "plan_year": str(year), "activity": activity, "beneficiary": "Hợp tác xã Mộc Thái Yên", "tax_code": tax, "implementer": "Trung tâm Khuyến công",
        "quantity": "1", "eligible_cost": str(cost or 820 * M), "support": str(support), "other_state": "0", "enterprise_money": str(enterprise),
        "other_money": "0", "machines_planned": "2", "jobs_planned": "12", "turnover_planned": str(4000 * M), "energy_planned": "10"}}


def act(person, at, action, on, fields=None, expect=200, reason="theo hồ sơ", documents=None):
    """By the form of the case's page; where it offers none, or a browser would not send it, what is sent by hand must be refused. The page
    that comes then."""
    names = {name: f"{len(name)}/2025" for name in (PAPERS.get(action, []) if documents is None else documents)}
    form = person.look(at).find(f"{at}/{action}")
    if form is None:
        check(expect != 200, f"{at} offers no {action}")
        return person.force(at, action, on, expect, fields, names, reason=reason)
    more = {"reason": reason} if form["reason"] else {}
    return person.act(at, action, on, fields, names, expect=expect, by_hand=expect != 200, **more)


def open_case(person, workflow, body):
    """By the form for a new case; its address."""
    numbers = {name: paper["number"] for name, paper in body.get("documents", {}).items()}
    return person.begin(workflow, body["title"], body["case_unit"], body.get("on", this_day().isoformat()), body["fields"], numbers)


def state(client, at):
    return client.get(f"{at}.json").json()["state"]


def budget(client, leader, year, amount):
    at = open_case(client, "promotion_budget", {"title": f"Chương trình khuyến công quốc gia {year}", "case_unit": "VN", "on": f"{year - 1}-03-01",
                                                "documents": papers(["guidance"], f"{year - 1}-03-01"), "fields": {"plan_year": str(year), "activity": "all"}})
    act(client, at, "propose", f"{year - 1}-07-01", documents=["estimate"])
    act(leader, at, "decide", f"{year - 1}-12-20", {"amount": amount}, documents=["decision"])
    return at


def local_budget(officer, leader, year, amount):
    at = open_case(officer, "promotion_allotment", {"title": f"Kinh phí khuyến công Hà Tĩnh {year}", "case_unit": "42", "on": "2024-07-01",
                                                    "fields": {"source": "local", "plan_year": str(year), "activity": "all"}})
    act(leader, at, "decide_local", "2024-12-20", {"amount": amount}, documents=["decision"])
    return at


def local_scheme(centre, officer, title, support, **more):
    """As far as it waits for its approval."""
    at = open_case(centre, "promotion_local", scheme(title, "42", "2024-05-02", support, **more))
    act(officer, at, "take", "2024-05-20")
    return at


def approve_local(leader, at, amount, expect=200):
    return act(leader, at, "approve", "2025-01-10", {"approved": amount}, expect=expect, documents=["base_minutes", "plan_decision"])


def story(cases, world):
    ministry, province = world.node("ministry", "VN"), world.node("ha-tinh", "42")
    ministry.trust(province)
    province.trust(ministry)
    ministry.add_user("bureau", "specialist")
    ministry.add_user("minister", "director")
    ministry.add_user("acting", "director", unit="42")  # the province's leader while its own node is away
    ministry.add_user("neighbour", "specialist", unit="44")  # a province without a node of its own
    for login, role in (("centre", "center"), ("officer", "specialist"), ("leader", "director"), ("head", "head"), ("firm", "enterprise"), ("other", "enterprise")):
        province.add_user(login, role)
    (world.folder / "published.csv").write_text("indicator,unit,period,value,status\npromotion_budget,VN,2025,0.5,published\n"
                                                 "promotion_budget,VN,2024,0.7,submitted\n")  # billion dong
    ministry.run("import", world.folder / "published.csv", "--source", "Báo Công Thương", expect=0)
    program = province.token("leader")
    ministry.serve()
    province.serve(upstream=ministry.address)
    people = lambda node, *logins: [Person(node, login, language="en") for login in logins]
    bureau, minister, acting, neighbour = people(ministry, "bureau", "minister", "acting", "neighbour")
    centre, officer, leader = people(province, "centre", "officer", "leader")

    def both(at, wanted):
        """Until the case stands so at both nodes."""
        for client in (bureau, officer):
            wait_until(lambda c=client: (a := c.get(f"{at}.json", expect=None)).status == 200 and a.json()["state"] == wanted, 30, f"{at}: {wanted}")

    with cases.case("the ministry decides the programme of a year; a part for a province cannot be larger"):
        budget(bureau, minister, 2025, 700 * M)
        part = open_case(bureau, "promotion_allotment", {"title": "Hà Tĩnh: khuyến công quốc gia", "case_unit": "42", "on": "2024-07-01",
                                                        "fields": {"source": "national", "plan_year": "2025", "activity": "all"}})
        answer = act(minister, part, "decide_national", "2024-12-20", {"amount": 701 * M}, expect=409, documents=["decision"]).text
        check_contains(answer, "would be exceeded: 701,000,000 dong of 700,000,000 dong", "more than the whole")
        act(minister, part, "decide_national", "2024-12-20", {"amount": 500 * M}, documents=["decision"])
        check_contains(act(minister, part, "adjust_local", "2025-01-02", {"amount": 1}, expect=403, documents=["adjustment"]).text, "your role", "local money")

    with cases.case("the centre registers a scheme in the browser; its page tells the ceiling of the day and where it comes from"):
        at = open_case(Person(province, "centre"), "promotion_national", scheme("Máy bào bốn mặt cho Hợp tác xã Mộc Thái Yên", "42", "2024-05-02", 310 * M))
        page = Person(province, "centre").look(at).text
        check_contains(page, "vượt trần", "above the ceiling")
        check_contains(page, "Thông tư 28/2018/TT-BTC, khoản 4 Điều 8", "its source")
        one = officer.get(f"{at}.json").json()
        check_equal((one["fields"]["cap"], one["fields"]["rate"], one["fields"]["ceiling_by_rate"]), (300 * M, 50, 410 * M), "the norm of the day")
        check_equal([(k["limit"], k["due"]) for k in one["limits"]], [("registration", "2024-05-19")], "its limit: before 20 May of the year before")

    with cases.case("above the ceiling it goes no further; a wrong unit, a day before the last and one to come are refused, each by its rule"):
        act(officer, at, "take", "2024-05-20")
        answer = act(leader, at, "submit_ministry", "2024-06-10", expect=422).text
        check_contains(answer, "What is asked for is above the ceiling", "the check")
        act(officer, at, "appraise", "2024-05-28", {"base_support": 300 * M, "base_opinion": "đủ điều kiện, giảm còn mức trần"}, documents=["base_minutes"])
        check_contains(leader.look(at).text, "đủ điều kiện, giảm còn mức trần", "what the base appraisal says")
        check_contains(answer, "rule: Thông tư 28/2018/TT-BTC, khoản 4 Điều 8", "its article")
        check_contains(act(centre, at, "submit_ministry", "2024-06-10", expect=403).text, "your role in your unit", "the centre")
        check_contains(act(leader, at, "submit_ministry", "2024-05-19", expect=422).text, "before that of what was done last", "backdated")
        check_contains(act(leader, at, "submit_ministry", "2031-01-01", expect=422).text, "future", "a day to come")
        stranger = province.client(token=program).send("POST", f"{at}/submit_ministry", {
            "on": "2024-06-10", "fields": {"support": str(300 * M), "approved": "1"}, "documents": papers(PAPERS["submit_ministry"], "2024-06-10")}, expect=422).json()
        check_contains(str(stranger), "Money approved", "a field that this act does not ask for, sent by a program")
        act(leader, at, "submit_ministry", "2024-06-10", {"support": 300 * M})
        both(at, "ministry_appraisal")

    with cases.case("the ministry appraises and decides at its own node; more than was asked for or than the budget holds is refused"):
        act(minister, at, "pass_ministry", "2024-09-01")
        answer = act(minister, at, "approve", "2025-01-06", {"approved": 301 * M}, expect=422).text
        check_contains(answer, "above the ceiling", "approved")
        act(minister, at, "approve", "2025-01-06", {"approved": 300 * M})
        check_contains(act(minister, at, "approve", "2025-01-06", {"approved": 300 * M}, expect=409).text, "not possible in the state", "a second decision of the day")
        second = open_case(centre, "promotion_national", scheme("Dây chuyền ghép thanh", "42", "2024-05-03", 400 * M, activity="a4_line", cost=1600 * M, tax="3000123457", enterprise=1400 * M))
        act(officer, second, "take", "2024-05-20")
        act(leader, second, "submit_ministry", "2024-06-10")
        both(second, "ministry_appraisal")
        act(minister, second, "pass_ministry", "2024-09-01")
        answer = act(minister, second, "approve", "2025-01-06", {"approved": 201 * M}, expect=409).text
        check_contains(answer, "Hà Tĩnh: khuyến công quốc gia", "the line")
        check_contains(answer, "501,000,000 dong of 500,000,000 dong", "what would be committed")
        check_contains(answer, "rule: Nghị định 45/2012/NĐ-CP", "the rule")
        act(minister, second, "approve", "2025-01-06", {"approved": 200 * M})
        check_contains(act(minister, part, "adjust_national", "2025-01-07", {"amount": 499 * M}, expect=409, documents=["adjustment"]).text,
                       "would be exceeded", "a line below what is bound")

    def items(person, scheme):
        return {r["item"]: r for r in person.get(f"{scheme}.json").json()["rows"]["item"]}

    with cases.case("the work of a scheme is planned item by item: content, quantity, money; the items take no more than the scheme has"):
        both(at, "approved")
        plan = lambda item, unit, planned, support, enterprise, **more: act(centre, at, "set_item", "2025-01-08", {
            "item": item, "item_unit": unit, "item_planned": planned, "item_support": support, "item_enterprise": enterprise}, **more)
        check(centre.look(at).find(f"{at}/report_item") is None, "progress is reported before there is anything to report of")
        plan("Máy bào bốn mặt", "máy", 2, 200 * M, 500 * M)
        check_contains(plan("Lắp đặt, chạy thử", "gói", 1, 101 * M, 20 * M, expect=422).text, "more promotion money than the scheme has", "101 of the 100 that are left")
        plan("Lắp đặt, chạy thử", "gói", 1, 60 * M, 20 * M)
        plan("Đào tạo vận hành", "người", 10, 40 * M, 20 * M)
        one = centre.get(f"{at}.json").json()
        check_equal((one["fields"]["items_support"], one["fields"]["items_enterprise"], "item_unit" in one["fields"]), (300 * M, 540 * M, False), "all items; what is of a row is no field of the case")
        check_equal(list(items(centre, at)), ["Máy bào bốn mặt", "Lắp đặt, chạy thử", "Đào tạo vận hành"], "in the order in which they were planned")
        check(not [r for r in centre.get("/todo.json").json()["cases"] if r["case"] == at.removeprefix("/cases/")], "what may be planned is nobody's next step")

    with cases.case("contract, advance, work, a change, the field check, acceptance and settlement between the nodes"):
        act(minister, at, "assign_plan", "2025-01-20", {"assigned": 300 * M})
        check_contains(act(minister, at, "sign", "2025-02-01", {"contract_value": 300 * M + 1}, expect=422).text, "more than was assigned", "the contract")
        act(minister, at, "sign", "2025-02-01", {"contract_value": 300 * M})
        act(bureau, at, "advance", "2025-02-10", {"payment": 150 * M})
        both(at, "advanced")
        act(centre, at, "start", "2025-02-15")
        due = lambda person, limit: [k["due"] for k in person.get(f"{at}.json").json()["limits"] if k["limit"] == limit and k["ended"] is None]
        check_equal((due(centre, "report"), due(centre, "execution")), (["2025-05-18"], ["2025-12-31"]), "92 days for the first report, the year for the work")
        row = next(r for r in centre.get("/todo.json").json()["cases"] if r["case"] == at.removeprefix("/cases/"))
        check_equal((row["due"], row["urgency"]), ("2025-05-18", "escalated"), "it waits for the centre, and is late")
        check_contains(officer.look(at).text, "Periodic progress report", "the department is told too")
        report = lambda item, done, forecast, used, spent, said="không", **more: act(centre, at, "report_item", "2025-06-30", {
            "item": item, "item_cut_off": "2025-06-25", "item_done": done, "item_forecast": forecast, "item_support_spent": used, "item_enterprise_spent": spent, "item_difficulty": said}, **more)
        page = centre.look(at)
        link = next(href for href, words in page.links if words == "Report the progress of an item" and "M%C3%A1y" in href)
        form = centre.look(link.partition("#")[0]).form_for(f"{at}/report_item")
        check_equal((form["field-item"].value, sorted(form["field-item"].options)), ("Máy bào bốn mặt", sorted(["", "Máy bào bốn mặt", "Lắp đặt, chạy thử", "Đào tạo vận hành"])), "the row is chosen where it was followed, of those that there are")
        report("Máy bào bốn mặt", 1, 2, 100 * M, 480 * M)
        report("Đào tạo vận hành", 4, 9, 16 * M, 8 * M, "học viên vào vụ mùa")
        check_contains(report("Lắp đặt, chạy thử", 0, 1, 61 * M, 0, expect=422).text, "More promotion money is used than the item has", "an item overspent")
        check_contains(centre.force(at, "change_item", "2025-06-30", 409, {"item": "Máy bào bốn mặt", "item_planned": 1}).text, "not possible in the state", "the plan of an item under contract")
        stranger = province.client(token=program).send("POST", f"{at}/report_item", {"on": "2025-06-30", "fields": {
            "item": "Nhà xưởng", "item_cut_off": "2025-06-25", "item_done": "1", "item_forecast": "1", "item_support_spent": "0", "item_enterprise_spent": "0", "item_difficulty": "x"}}, expect=403).json()
        check_contains(str(stranger), "your role", "the leader reports for nobody")
        told = items(centre, at)
        check_equal([(r.get("item_done"), r.get("item_share"), r.get("item_support_spent")) for r in told.values()], [(1, 50, 100 * M), (None, None, None), (4, 40, 16 * M)], "done against planned, item by item")
        page = centre.look(at).text
        check_contains(page, "học viên vào vụ mùa", "what is difficult")
        check_contains(page, "116,000,000 dong", "promotion money used, all items")
        drawn = centre.get(f"{at}?lang=en", headers={"Accept": "text/html"}).text
        check_contains(drawn, '<progress max="100" value="50" aria-label="Máy bào bốn mặt: Done"></progress> 50', "how much of an item is done, drawn beside its number")
        check_equal(drawn.count("<progress "), 2, "nothing is drawn where nothing is known")
        check("Quantity done: 1.00 máy → 4.00 người" not in page and "Quantity done: 4.00 người" in page, "the history compares an item with itself")
        check_equal(centre.get(f"{at}.pdf").body[:4], b"%PDF", "the record has them too")
        act(centre, at, "report", "2025-06-30", {"progress": 60, "enterprise_spent": 500 * M})
        check_equal(due(centre, "report"), ["2025-09-30"], "once reported, the next one falls due")
        listed = next(r for r in centre.get("/promotion/schemes.json").json()["rows"] if r["case"] == at[-10:])
        check_equal([listed[k] for k in ("progress", "items", "items_done", "items_money", "items_spent")], [60, 3, 0, 300, 116], "how far it is, in the list of schemes")
        check_contains(centre.look("/promotion/schemes").text, "60%; items done: 0 of 3, money used: 116.0 of 300.0 million dong", "and on its page")
        act(centre, at, "request_change", "2025-07-01", reason="đổi nhà cung cấp máy")
        both(at, "adjusting")
        act(bureau, at, "change_item", "2025-07-10", {"item": "Đào tạo vận hành", "item_unit": "người", "item_planned": 8, "item_support": 40 * M, "item_enterprise": 20 * M},
            reason="bớt hai người", documents=["change_decision"])
        check_equal((items(bureau, at)["Đào tạo vận hành"]["item_planned"], items(bureau, at)["Đào tạo vận hành"]["item_share"]), (8, 50), "planned anew; what is done stays")
        act(minister, at, "approve_change", "2025-07-10", reason="hợp lý")
        both(at, "in_progress")
        check_contains(act(bureau, at, "pay", "2025-08-01", {"payment": 151 * M}, expect=422).text, "More would be paid than the contract", "the payment")
        act(bureau, at, "pay", "2025-08-01", {"payment": 100 * M})
        check_contains(act(bureau, at, "pay", "2025-08-02", {"payment": 10 * M}, expect=422, documents=[]).text, "Payment order", "a second payment is not proved by the order of the first")
        both(at, "in_progress")
        wait_until(lambda: officer.get(f"{at}.json").json()["fields"]["paid"] == 250 * M, 30, "the payment at the province")
        act(officer, at, "inspect", "2025-10-01")
        act(officer, at, "accept", "2025-10-15", {"progress": 100, "enterprise_spent": 940 * M})
        due = [k["due"] for k in officer.get(f"{at}.json").json()["limits"] if k["limit"] == "dossier"]
        check_equal(due, ["2025-10-30"], "15 days for the settlement dossier")
        act(centre, at, "submit_settlement", "2025-10-25", {"settled_value": 290 * M})
        both(at, "settling")
        due = [k["due"] for k in bureau.get(f"{at}.json").json()["limits"] if k["limit"] == "settlement"]
        check_equal(due, ["2026-01-22"], "22 January of the next year")
        answer = act(minister, at, "settle", "2025-11-20", {"payment": 50 * M, "refund": 0, "settled_value": 290 * M}, expect=422).text
        check_contains(answer, "must equal what is settled", "the balance")
        act(minister, at, "settle", "2025-11-20", {"payment": 40 * M, "refund": 0, "settled_value": 290 * M})
        both(at, "settled")
        early = act(centre, at, "results_1", "2026-11-20", {"machines_1": 2, "jobs_1": 10, "turnover_1": 3800 * M, "energy_1": 9}, expect=409)
        check_contains(early.text, "not before 21 November 2026: One year after the settlement", "results before their year is over")
        act(centre, at, "results_1", "2026-11-21", {"machines_1": 2, "jobs_1": 10, "turnover_1": 3800 * M, "energy_1": 9})
        both(at, "followed")
        page = centre.look(at).text
        check_contains(page, "Results after three years", "what is awaited next")
        check_contains(page, "possible from 21 November 2028 on (Three years after the settlement)", "from which day on")

    with cases.case("a scheme of an earlier plan goes on to its archive: results after one year, after three, and no form is left"):
        past = budget(bureau, minister, 2020, 300 * M)
        old = open_case(centre, "promotion_national", scheme("Máy chẻ tre", "42", "2019-05-11", 250 * M, year=2020, tax="3000123999"))
        act(officer, old, "take", "2019-05-20")
        act(officer, old, "return", "2019-05-22", reason="thiếu báo giá", documents=[])
        act(centre, old, "resubmit", "2019-05-27", {"support": 200 * M}, documents=[])
        act(leader, old, "submit_ministry", "2019-06-10")
        both(old, "ministry_appraisal")
        for person, *done in ((minister, "pass_ministry", "2019-09-01"), (minister, "approve", "2020-01-06", {"approved": 200 * M}),
                              (minister, "assign_plan", "2020-01-20", {"assigned": 200 * M}), (minister, "sign", "2020-02-01", {"contract_value": 200 * M}),
                              (bureau, "advance", "2020-02-10", {"payment": 100 * M})):
            act(person, old, *done)
        both(old, "advanced")
        for person, *done in ((centre, "start", "2020-02-15"), (centre, "report", "2020-06-30", {"progress": 40, "enterprise_spent": 300 * M}),
                              (officer, "inspect", "2020-10-01"), (officer, "not_passed", "2020-10-01"), (officer, "inspect", "2020-11-01"),
                              (officer, "accept", "2020-11-05", {"progress": 100, "enterprise_spent": 900 * M}), (centre, "submit_settlement", "2020-11-15", {"settled_value": 200 * M})):
            act(person, old, *done)
        both(old, "settling")
        act(minister, old, "settle", "2021-01-10", {"payment": 100 * M, "refund": 0, "settled_value": 200 * M})
        both(old, "settled")
        act(centre, old, "results_1", "2022-01-11", {"machines_1": 2, "jobs_1": 11, "turnover_1": 4100 * M, "energy_1": 8})
        act(centre, old, "results_3", "2024-01-11", {"machines_3": 2, "jobs_3": 14, "turnover_3": 4400 * M, "energy_3": 8})
        page = centre.look(old)
        check_equal([f.action for f in page.forms if f.method == "post" and f.action.startswith(old) and "/papers/" not in f.action], [], "what may still be done")
        check_contains(page.text, "Archived", "its state")
        check_contains(act(minister, old, "stop", "2024-02-01", expect=409).text, "not possible in the state", "a scheme that is archived")
        both(old, "closed")
        act(minister, past, "close", "2021-01-31")
        check_equal(state(bureau, past), "closed", "the programme of that year")

    with cases.case("documents are filled in from the case as PDF and DOCX, once their step was taken"):
        page = bureau.get(at, headers={"Accept": "text/html"}).text
        check_contains(page, f"{at}/print/contract/file.pdf", "the page offers the contract")
        check("print/stop/" not in page, "a decision to stop is offered that nobody took")
        paper = bureau.get(f"{at}/print/contract/file.pdf")
        check_equal((paper.headers["Content-Type"], paper.body[:5]), ("application/pdf", b"%PDF-"), "the PDF")
        paper = Person(province, "officer").get(f"{at}/print/contract/file")
        with zipfile.ZipFile(io.BytesIO(paper.body)) as file:
            check_equal(file.testzip(), None, "the DOCX")
            text = file.read("word/document.xml").decode()
        for part in ("HỢP ĐỒNG THỰC HIỆN ĐỀ ÁN KHUYẾN CÔNG", "Máy bào bốn mặt cho Hợp tác xã Mộc Thái Yên", "300.000.000 đồng", "8/2025", "Hà Nội, ngày 01 tháng 02 năm 2025", "(bằng chữ: Ba trăm triệu đồng)", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"):
            check_contains(text, part, "the contract")
        check_contains(text, "Cục Công Thương địa phương", "its party, by the name of the day")
        paper = Person(province, "officer").get(f"{at}/print/liquidation/file")
        with zipfile.ZipFile(io.BytesIO(paper.body)) as file:
            check_contains(file.read("word/document.xml").decode(), "Cục Đổi mới sáng tạo, Chuyển đổi xanh và Khuyến công", "the same office later")
        bureau.get(f"{at}/print/stop/file", expect=404)
        bureau.get(f"{at}/print/nothing/file.pdf", expect=404)

    with cases.case("another scheme is stopped: what was paid and not recovered stays bound, the rest is free again"):
        act(minister, second, "assign_plan", "2025-01-20", {"assigned": 200 * M})
        act(minister, second, "sign", "2025-02-01", {"contract_value": 200 * M})
        act(bureau, second, "advance", "2025-02-10", {"payment": 80 * M})
        act(minister, second, "stop", "2025-05-01", reason="doanh nghiệp giải thể")
        check_contains(act(minister, second, "end_stop", "2025-06-01", {"settled_value": 0}, expect=422).text, "must equal what is settled", "money is still out")
        with zipfile.ZipFile(io.BytesIO(Person(ministry, "bureau").get(f"{second}/print/stop/file").body)) as file:
            check_contains(file.read("word/document.xml").decode().upper(), "CỤC ĐỔI MỚI SÁNG TẠO", "the decision is that of the party of the contract, by its name of the day")
        act(bureau, second, "recover", "2025-06-10", {"refund": 80 * M})
        act(minister, second, "end_stop", "2025-06-11", {"settled_value": 0})
        rows = bureau.get("/promotion.json?year=2025").json()["rows"]
        total = next(r for r in rows if r["kind"] == "total")
        check_equal((total["schemes"], total["approved"], total["disbursed"], total["settled"], total["budget"]), (2, 500, 290, 290, 700), "the year in million dong")
        check_equal((total["state_money"], total["enterprise_money"], total["leverage"]), (500, 2300, 4.6), "seed money")
        check_equal((total["settled_enterprise_money"], total["settled_leverage"]), (940, 3.24), "what enterprises have put in for what was settled; the scheme that was stopped counts there no more")
        check_equal(len([r for r in rows if r["kind"] == "province"]), 34, "all provinces of today stand there")
        check("schemes of 1 of 34 provinces" in bureau.get("/promotion.json?year=2025").json()["notes"], "of how many provinces, in the file")
        check_equal(len([r for r in bureau.get("/promotion.json?year=2025&map=63").json()["rows"] if r["kind"] == "province"]), 63, "and those of the plan's year")
        page = bureau.get("/promotion?year=2025", headers={"Accept": "text/html"}).text
        check_contains(page, "the schemes add up to it", "what was published of the whole")
        check_contains(page, "/figures/explain?indicator=promotion_budget", "the figure opens")
        unpublished = bureau.get("/promotion?year=2024", headers={"Accept": "text/html"}).text
        check("Published of the whole" not in unpublished, "what is not published of the whole is not shown as if it were")
        brings = re.search(r'<th scope="row"><a href="([^"]*)">Schemes</a></th><td class="num">2</td><td class="num">1</td><td class="num">–</td>', page)
        check(brings, "how many schemes the results are of, with the way to them")
        listed = bureau.get(html.unescape(brings[1]).replace("/schemes?", "/schemes.json?")).json()["rows"]
        check_equal([len([r for r in listed if r[time] is not None]) for time in ("promised", "one_year", "three_years")], [2, 1, 0], "the schemes that promised and that reported")
        for word, show in (("New jobs", "jobs"), ("New machines", "machines")):
            listed = bureau.get(f"/promotion/schemes.json?year=2025&source=national&show={show}").json()["rows"]
            check_contains(page, f'>{word}</a></th><td class="num">{sum(r["promised"] for r in listed)}</td>', "what the list adds up to")
        check_contains(str(bureau.get("/promotion/schemes.json?show=nothing", expect=400).json()), "unknown figure of schemes", "a figure there is not")
        for number in ("500.0", "290.0"):
            check(re.search(rf'<b><a class="q" href="/promotion/schemes\?[^"]*">{number}</a></b>', page), "the way from", number)
        page = bureau.get(at, headers={"Accept": "text/html"}).text
        check_contains(page, "One dong of promotion brings 3.0 dong of enterprises", "the page of the scheme")
        check_contains(page, "150,000,000 dong", "its advance")

    with cases.case("an enterprise registers a scheme of its own and follows it; of others it sees nothing, in no list and by no address"):
        firm, rival = Person(province, "firm"), Person(province, "other")
        own = open_case(firm, "promotion_local", scheme("Máy ép gỗ của chúng tôi", "42", "2024-05-02", 50 * M, tax="3000888888"))
        check_equal([r["title"] for r in firm.get("/cases.json?which=all").json()["rows"]], ["Máy ép gỗ của chúng tôi"], "its list")
        check_equal(rival.get("/cases.json?which=all").json()["rows"], [], "the list of another enterprise")
        for path in (at, own):
            check_contains(rival.look(path, expect=403).text, "do người khác mở", "a case of somebody else")
            rival.get(f"{path}.json", expect=403)
        rival.get(f"{at}/print/contract/file", expect=403)
        rival.client.post_form(f"{own}/withdraw", {"csrf": rival.look("/cases").form_for("/sign-out")["csrf"].value, "on": "2024-05-03", "reason": "x"}, expect=403)
        firm.get("/promotion.json", expect=403)
        act(officer, own, "take", "2024-05-20")
        check("Máy ép gỗ" not in firm.look("/").text, "it has nothing to do")
        act(officer, own, "return", "2024-05-22", reason="thiếu báo giá", documents=[])
        check_contains(firm.look("/").text, "Máy ép gỗ của chúng tôi", "its work")
        check_equal((firm.get("/todo.json").json()["case_count"], rival.get("/todo.json").json()["case_count"]), (1, 0), "what waits")
        act(firm, own, "resubmit", "2024-05-24", documents=[])
        act(firm, own, "withdraw", "2024-05-25", reason="hoãn đầu tư", documents=[])
        check_equal(state(officer, own), "withdrawn", "its own case")

    with cases.case("two leaders who decide at the same moment cannot bind the same money twice"):
        line = local_budget(officer, leader, 2025, 200 * M)
        rivals = [local_scheme(centre, officer, f"Đề án địa phương {i}", 150 * M, tax=f"30009990{i}", cost=400 * M) for i in range(4)]
        again = people(province, *["leader"] * len(rivals))
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda pair: approve_local(pair[0], pair[1], 150 * M, expect=None).status, zip(again, rivals)))
        check_equal(sorted(answers), [200, 409, 409, 409], "the answers")
        winner = rivals[answers.index(200)]
        check_equal([state(officer, r) for r in rivals if r != winner], ["base_appraisal"] * 3, "the others wait")
        act(leader, winner, "cancel", "2025-02-01", reason="chuyển sang năm sau")
        check_equal(officer.get("/promotion/findings.json").json()["rows"], [], "nothing to find")

    with cases.case("what two nodes bind without having seen each other is kept, said on both and can be put right"):
        one, two = [r for r in rivals if r != winner][:2]
        both(line, "in_force")
        for r in (one, two):
            both(r, "base_appraisal")
        both(winner, "cancelled")
        province.stop()
        approve_local(acting, one, 150 * M)
        province.serve()
        leader, officer = people(province, "leader", "officer")
        approve_local(leader, two, 150 * M)
        province.stop()
        province.run("sync", ministry.address, expect=0)
        province.serve(upstream=ministry.address)
        leader, officer = people(province, "leader", "officer")
        for client in (officer, bureau):
            for r in (one, two):
                check_equal(state(client, r), "approved", "both decisions stand")
            found = client.get("/promotion/findings.json").json()["rows"]
            check_equal([f["kind"] for f in found], ["Budget exceeded"], "the findings")
            check_contains(found[0]["what"], "300,000,000 dong committed of 200,000,000 dong, 100,000,000 dong too much", "what is found")
        check_contains(bureau.get(two, headers={"Accept": "text/html"}).text, "Its budget is exceeded: 300,000,000 dong committed of 200,000,000 dong", "the page of the scheme")
        act(leader, two, "cancel", "2025-02-02", reason="vượt dự toán, hai nơi cùng duyệt")
        check_equal(officer.get("/promotion/findings.json").json()["rows"], [], "put right")

    with cases.case("one enterprise that is supported twice is found by its tax code"):
        open_case(officer, "promotion_local", scheme("Máy cưa cho Hợp tác xã Mộc Thái Yên", "42", "2024-05-04", 100 * M, cost=400 * M))
        found = officer.get("/promotion/findings.json").json()["rows"]
        check_equal([f["kind"] for f in found], ["Supported twice"], "the findings")
        check_contains(found[0]["what"], "tax code 3000123456", "by its tax code")
        check_contains(officer.get("/promotion/findings", headers={"Accept": "text/html"}).text, "3000123456", "the page")

    with cases.case("also across provinces, by the ministry that sees both; a province sees its own alone"):
        other = scheme("Máy xẻ gỗ", "44", "2024-05-05", 90 * M, cost=400 * M)
        second = open_case(neighbour, "promotion_local", other)
        found = bureau.get("/promotion/findings.json").json()["rows"]
        check("Supported in two provinces" in [f["kind"] for f in found], f"the findings: {found}")
        check_equal([r["title"] for r in neighbour.get("/promotion/schemes.json").json()["rows"]], ["Máy xẻ gỗ"], "schemes of the neighbour")
        neighbour.get(f"{at}.json", expect=403)
        officer.get(f"{second}.json", expect=404)

    with cases.case("where no settlement dossier comes the ministry settles by itself, but not before the fifteen days are over"):
        (centre,) = people(province, "centre")
        late = open_case(centre, "promotion_local", scheme("Lò sấy", "42", "2024-05-06", 50 * M, cost=400 * M, tax="3000777777"))
        act(officer, late, "take", "2024-05-20")
        approve_local(leader, late, 50 * M)
        act(leader, late, "assign_plan", "2025-01-20", {"assigned": 50 * M})
        act(leader, late, "sign", "2025-02-01", {"contract_value": 50 * M})
        act(centre, late, "start", "2025-02-15")
        act(officer, late, "inspect", "2025-10-01")
        act(officer, late, "accept", "2025-10-15", {"progress": 100, "enterprise_spent": 940 * M})
        money = {"payment": 50 * M, "refund": 0, "settled_value": 50 * M}
        check_contains(act(leader, late, "settle_without", "2025-10-30", money, expect=409, documents=["liquidation"]).text, "not before 31 October 2025: Settlement dossier", "too early")
        act(leader, late, "settle_without", "2025-10-31", money, documents=["liquidation"])
        check_equal(state(officer, late), "settled", "the scheme")

    with cases.case("the vote for typical products: conditions, three members' points, a certificate with its last day"):
        (head,) = people(province, "head")
        entry = {"title": "Kẹo cu đơ", "case_unit": "42", "on": "2026-03-02", "documents": papers(["application", "lower_certificate"], "2026-03-02"),
                 "fields": {"year": "2026", "product": "Kẹo cu đơ", "group": "food", "establishment": "Cơ sở Phong Nga", "tax_code": "3000555555",
                            "own_make": "yes", "no_infringement": "yes", "meets_standards": "no", "mass_production": "yes"}}
        vote = open_case(firm, "promotion_vote_province", entry)
        answer = act(officer, vote, "take", "2026-03-10", expect=422, documents=["council_decision"]).text
        check_contains(answer, "does not meet the four conditions", "the conditions")
        entry["fields"]["meets_standards"] = "yes"
        vote = open_case(firm, "promotion_vote_province", entry)
        act(officer, vote, "take", "2026-03-10", documents=["council_decision"])
        points = lambda member, total: member.act(vote, "score", "2026-03-20", **{"points-economy": total - 40, "points-culture": 30, "points-other": 10})
        points(officer, 80)
        points(head, 75)
        check_contains(act(leader, vote, "certify", "2026-03-25", expect=409, documents=["certificate"]).text, "too few points, or too few members", "two members")
        points(leader, 70)
        act(leader, vote, "certify", "2026-03-25", documents=["certificate"])
        one = officer.get(f"{vote}.json").json()
        check_equal((one["state"], one["score"], one["limits"][-1]["due"]), ("certified", 75, "2028-03-25"), "the certificate")
        check_contains(act(officer, vote, "expire", "2026-06-01", expect=409).text, "not before 26 March 2028: Validity of the certificate", "it is still valid")

    with cases.case("who is not signed in sees nothing; files and pages say the same"):
        province.client().get("/promotion.json", expect=401)
        check_contains(officer.get("/promotion.csv?year=2025").text, "province,42", "the file")
        check_contains(bureau.get("/promotion/schemes.csv?year=2025&source=national").text, "Dây chuyền ghép thanh", "the list")
        page = Person(province, "officer").look("/promotion?year=2025").text
        check_contains(page, "1 : 4,60", "leverage in Vietnamese")
        procedure = province.client(language="vi").get("/cases/workflows/promotion_budget", headers={"Accept": "text/html"}).text
        check_contains(procedure, "Khóa sổ: đến 31/1", "a limit that ends on a day of the year")
        budget(bureau, minister, 2024, 90_000 * M)
        for year, told in (2024, "Money decided for 2024: 90,000.0 million dong"), (2019, "No scheme yet"):
            page = bureau.look(f"/promotion?year={year}")
            check_contains(page.text, told, f"a year without schemes: {year}")
            offered = re.findall(r'<option value="(\d{4})"( selected)?>', page.html)
            check_equal([one for one in offered if one[0] == "2024" or one[1]], sorted({("2024", " selected" * (year == 2024)), (f"{year}", " selected")}, reverse=True), "the years offered, the one on the page chosen")
        for page in ("/promotion", "/promotion/schemes"):
            for wrong in ("source=other", "year=2025x", "year=abc", "year=-1"):
                check_contains(str(officer.get(f"{page}.json?{wrong}", expect=400).json()), "cannot be", f"{page}?{wrong}")
    province.stop()
    ministry.stop()

    with cases.case("cases kept elsewhere are taken over, each whole or not at all; the demo's schemes add up to what was published"):
        lines = [json.loads(line) for line in open(ROOT / "data/demo/promotion/2021.jsonl")]
        approved = [int(a["fields"]["approved"]) for case in lines for a in case["acts"] if a["action"] == "approve"]
        check_equal(sum(approved), 75_641 * M, "the national programme of 2021")
        check(all("minh họa" in case["title"] for case in lines[1:]), "a title does not say that it is an illustration")
        wanted = [case for case in lines if case["workflow"] == "promotion_budget" or case["case_unit"].startswith("42@")]
        wrong = json.loads(json.dumps(next(case for case in wanted if case["workflow"] == "promotion_national")))
        wrong["fields"]["tax_code"] = "0000000001"
        path = world.folder / "cases.jsonl"
        path.write_text("\n".join(json.dumps(case) for case in [*wanted, wrong]))
        result = ministry.run("case import", path)
        check_equal(result.status != 0, True, "the second scheme of the same money")
        check_contains(result.err, f"line {len(wanted) + 1}: approve: the budget", "the line at fault")
        check_equal(ministry.sql("SELECT COUNT(*) FROM promotion_scheme WHERE plan_year = 2021"), [(str(len(wanted) - 2),)], "schemes taken over")
        check_equal(ministry.run_bytes("case print", "promotion_national", "contract")[:5], b"%PDF-", "all contracts as one file")
        votes = [json.loads(line) for name in ("42", "25", "region") for line in open(ROOT / f"data/demo/promotion/votes-{name}.jsonl")]
        check(all("minh họa" in case[where][name] for case in votes for where, name in (("fields", "product"), ("fields", "establishment"))), "a vote does not say that it is an illustration")
        path.write_text("\n".join(json.dumps(case) for case in votes))
        ministry.run("case import", path, expect=0)
        check_equal([row[0] for row in ministry.sql("SELECT level || ' ' || COUNT(*) || ' ' || SUM(CASE WHEN valid_to > certified_on THEN 1 ELSE 0 END) || ' ' || SUM(is_revoked)"
                                                    " FROM promotion_product WHERE establishment LIKE '%minh họa%' GROUP BY level ORDER BY level")],
                    ["0 5 4 1", "1 7 6 0", "2 2 2 0"], "products of the demo by level: voted, certified for a time, revoked")
        twice = dict(votes[2], fields={**votes[2]["fields"], "tax_code": "9900000099"}, acts=[votes[2]["acts"][0], votes[2]["acts"][1], votes[2]["acts"][1]])
        path.write_text(json.dumps(twice))
        check_contains(ministry.run("case import", path, expect=1).err, "score: ", "one member who gives points twice")

    with cases.case("a ceiling that changes on a day is a row more in a file: what was decided before stands, what is decided then follows it"):
        on = lambda day, action, role, **more: {"action": action, "on": day, "role": role, **more}
        money = {"workflow": "promotion_allotment", "case_unit": "44@2004-01-01", "title": "Kinh phí khuyến công Quảng Trị 2025", "on": "2024-07-01", "role": "specialist",
                 "fields": {"source": "local", "plan_year": "2025", "activity": "all"},
                 "acts": [on("2024-12-20", "decide_local", "director", fields={"amount": str(1000 * M)}, documents=papers(["decision"], "2024-12-20"))]}
        approve = lambda day: {"workflow": "promotion_local", **scheme("Máy sấy", "44", "2024-05-07", 320 * M, tax="3200000001", year=2025), "role": "center", "acts": [
            on("2024-05-20", "take", "specialist"),
            on(day, "approve", "director", fields={"approved": str(320 * M)}, documents=papers(["base_minutes", "plan_decision"], day))]}
        path = world.folder / "more.jsonl"

        def take_over(*lines):
            path.write_text("\n".join(json.dumps({**line, "case_unit": "44@2004-01-01"}) for line in lines))
            return ministry.run("case import", path)

        result = take_over(money, approve("2025-06-02"))
        check_contains(result.err, "approve: What is asked for is above the ceiling", "before the change")
        files = world.folder / "norms"
        shutil.copytree(ROOT / "data/workflows/promotion_local", files / "workflows/promotion_local")
        norms = files / "workflows/promotion_local/support.norms"
        row = next(line for line in norms.read_text().splitlines() if "key: a4," in line and "2018-05-12" in line)
        later = row.replace("from: 2018-05-12", "from: 2025-06-01").replace("300000000", "320000000").replace("khoản 4 Điều 8", "sửa đổi minh họa")
        norms.write_text(norms.read_text().replace(row, row.replace("from: 2018-05-12", "from: 2018-05-12, to: 2025-05-31") + "\n" + later))
        ministry.run("catalogue load", files, expect=0)
        check_contains(take_over(approve("2025-05-30")).err, "approve: What is asked for is above the ceiling", "a decision of the days before")
        check_equal(take_over(approve("2025-06-02")).status, 0, "a decision of the days after")

    with cases.case("a list of more schemes than a page shows goes on page by page; the files have all"):
        many = [{**money, "title": "Kinh phí 2023", "on": "2022-07-01", "fields": {**money["fields"], "plan_year": "2023"},
                 "acts": [on("2022-12-20", "decide_local", "director", fields={"amount": str(1000 * M)}, documents=papers(["decision"], "2022-12-20"))]}]
        many += [{"workflow": "promotion_local", **scheme(f"Máy {n}", "44", "2022-05-04", 2 * M, tax=f"33{n:08d}", year=2023), "role": "center", "acts": [
            on("2022-05-20", "take", "specialist"),
            on("2023-01-10", "approve", "director", fields={"approved": str((1 + n % 2) * M)}, documents=papers(["base_minutes", "plan_decision"], "2023-01-10"))]} for n in range(410)]
        check_equal(take_over(*many).err, "", "taken over")
        ministry.serve()
        reader, = people(ministry, "neighbour")
        for show in ("", "&show=jobs"):
            whole = [line for line in reader.client.get(f"/promotion/schemes.csv?year=2023{show}").text.splitlines()[1:] if "Máy" in line]
            seen, lengths, address = [], [], f"/promotion/schemes?year=2023{show}"
            while address:
                page = reader.look(address)
                titles = [text for href, text in page.links if href.startswith("/cases/") and text.startswith("Máy ")]
                seen += titles
                lengths.append(len(titles))
                address = next((href for href, text in page.links if text == "Next page"), None)
            check_equal((lengths, len(set(seen))), ([200, 200, 10], 410), f"pages of the list{show}")
            check_equal(len(whole), 410, f"the file{show}")
        ids = [line.split(",")[0] for line in reader.client.get("/promotion/schemes.csv?year=2023").text.splitlines()[1:] if "Máy" in line]
        (hidden,), = ministry.sql("SELECT MIN(case_id) FROM promotion_scheme WHERE province <> '44' AND plan_year < 2023")
        for what, after in (("of another province", hidden), ("of another year", hidden), ("that is none", "no-such-case")):
            for show in ("", "&show=jobs"):
                page = reader.client.get(f"/promotion/schemes?{'year=2023&' if 'year' in what else ''}after={after}{show}", expect=400, headers={"Accept": "text/html"}).text
                check_contains(page, after, f"a scheme {what} to go on after{show}")
        reader.client.get(f"/promotion/schemes?year=2023&after={ids[0]}", expect=200, headers={"Accept": "text/html"})
        ministry.stop()

    with cases.case("a province is divided: a scheme goes to a part only within that part's money, so that no other line is exceeded by it"):
        clock = Clock(world.folder, "divided")
        clock.set(-48)  # what was decided before the division is written before it
        os.environ.update(clock.environment)
        node = world.node("divided", "VN")
        waiting = {"workflow": "promotion_local", **scheme("Lò sấy chè", "12@2004-01-01", "2024-05-07", 200 * M, cost=400 * M), "role": "center", "acts": [
            on("2024-05-20", "take", "specialist"),
            on("2025-01-10", "approve", "director", fields={"approved": str(200 * M)}, documents=papers(["base_minutes", "plan_decision"], "2025-01-10"))]}
        path.write_text("\n".join(json.dumps(line) for line in ({**money, "case_unit": "12@2004-01-01"}, waiting)))
        node.run("case import", path, expect=0)
        for name in clock.environment:
            del os.environ[name]
        day = this_day().isoformat()
        communes = [r for r in csv.DictReader(line for line in open(ROOT / "data/units/communes-2025.csv") if not line.startswith("#")) if r["parent"] == "12"]
        parts = [("12", "12", "", "tinh", "Lai Châu", "VN"), ("12", "13", "", "tinh", "Mường Tè", "VN"), *((r["code"], r["code"], "1", r["kind"], r["name_vi"], "12") for r in communes)]
        division = "old,new,share,date,act,basis,kind,name_vi,name_en,parent\n" + "".join(
            f"{old},{new},{share},{day},Nghị quyết minh họa,,{kind},{name},{name},{parent}\n" for old, new, share, kind, name, parent in parts)
        node.run("units record", world.path("chia.csv", division), expect=0)
        for login, role, unit in (("minister", "director", "VN"), ("officer", "specialist", "13"), ("leader", "director", "13")):
            node.add_user(login, role, unit=unit)
        node.serve()
        minister, officer, leader = people(node, "minister", "officer", "leader")
        at = "/cases/" + next(r["case"] for r in minister.get("/promotion/schemes.json").json()["rows"])
        assign = lambda expect=200: minister.act(at, "assign", day, expect=expect, case_unit="13", reason="cơ sở ở Mường Tè")
        check_contains(assign(409).text, "no budget of 2025 covers this scheme yet", "a part without money")
        line = open_case(officer, "promotion_allotment", {"title": "Kinh phí khuyến công Mường Tè 2025", "case_unit": "13", "fields": {"source": "local", "plan_year": "2025", "activity": "all"}})
        act(leader, line, "decide_local", day, {"amount": 199 * M}, documents=["decision"])
        check_contains(assign(409).text, "would be exceeded: 200,000,000 dong of 199,000,000 dong", "a part with too little")
        act(leader, line, "adjust_local", day, {"amount": 200 * M}, documents=["adjustment"])
        assign()
        check_contains(act(leader, line, "adjust_local", day, {"amount": 199 * M}, expect=409, documents=["adjustment"]).text, "would be exceeded", "it binds the part's money now")
        check_equal(minister.get("/promotion/findings.json").json()["rows"], [], "nothing to find")
        node.stop()


if __name__ == "__main__":
    tell(story)
