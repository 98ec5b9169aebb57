#!/usr/bin/env python3
"""A case through the forms of its page alone: a limit is extended, stopped and goes on, the case is suspended and continued, refused and appealed
against; its commune is divided in the middle, and the province assigns it to one part there; it is withdrawn. Each form is the one the page
offers, with the choices it offers. Runs on both stores (CAUNOI_TEST_STORE),
in ./check too on each database by itself: its lists have many forms."""

import datetime
import json
import os
import re

from forms import Person
from support import check, check_contains, check_equal, run, tell, this_day
from wire import Clock

LIFE = """
workflow: life
title: {vi: Việc minh họa, en: Illustration}
valid: {from: 2020-01-01}
source: Thông tư minh họa 2
unit: commune
steps: [{vi: Nhận, en: Received}, {vi: Xét, en: Examined}]
actors:
  - {id: commune, title: {vi: Xã, en: Commune}, roles: [commune], relation: own}
  - {id: department, title: {vi: Sở, en: Department}, roles: [specialist], relation: province}
  - {id: leader, title: {vi: Lãnh đạo, en: Leader}, roles: [director], relation: province}
states:
  - {id: received, title: {vi: Đã nhận, en: Received}, kind: start, step: 1}
  - {id: examined, title: {vi: Đang xét, en: Under examination}, step: 2}
  - {id: held, title: {vi: Tạm dừng, en: Suspended}, kind: suspended}
  - {id: granted, title: {vi: Đã cấp, en: Granted}, kind: end, step: 2}
  - {id: refused, title: {vi: Từ chối, en: Refused}, kind: end, failure: true}
  - {id: withdrawn, title: {vi: Đã rút, en: Withdrawn}, kind: end, failure: true}
documents: [{id: letter, title: {vi: Đơn, en: Letter}, source: Điều 2}]
fields: [{id: cost, title: {vi: Chi phí, en: Cost}, kind: money}]
limits:
  - {id: first, title: {vi: Nhận, en: Reception}, days: 3, count: working, runs_in: [received], source: Điều 4}
  - {id: exam, title: {vi: Xét, en: Examination}, days: 20, count: calendar, runs_in: [examined], extend: {days: 5, times: 1}, remind: [3], escalate: {after: 1, to: leader}, source: Điều 4}
  - {id: complaint, title: {vi: Khiếu nại, en: Complaint}, kind: window, days: 30, count: calendar, runs_in: [refused], source: Điều 9}
open: {by: [commune], documents: [letter], fields: [cost]}
actions:
  - {id: take, title: {vi: Nhận, en: Take}, from: [received], to: examined, by: [department], source: Điều 5}
  - {id: extend, title: {vi: Gia hạn, en: Extend}, kind: extend, limit: exam, from: [examined], by: [leader], source: Điều 6}
  - {id: stop, title: {vi: Dừng hạn, en: Stop}, kind: stop, limit: exam, from: [examined], by: [department], source: Điều 6}
  - {id: restart, title: {vi: Tính tiếp, en: Restart}, kind: restart, limit: exam, from: [examined], by: [department], source: Điều 6}
  - {id: hold, title: {vi: Tạm dừng, en: Hold}, kind: suspend, from: [examined], to: held, by: [leader], source: Điều 7}
  - {id: go_on, title: {vi: Tiếp tục, en: Go on}, kind: continue, from: [held], by: [leader], source: Điều 7}
  - {id: grant, title: {vi: Cấp, en: Grant}, from: [examined], to: granted, by: [leader], source: Điều 8}
  - {id: refuse, title: {vi: Từ chối, en: Refuse}, from: [examined], to: refused, by: [leader], reason: true, source: Điều 8}
  - {id: appeal, title: {vi: Khiếu nại, en: Appeal}, kind: appeal, from: [refused], to: examined, by: [commune], within: complaint, returns: true, source: Điều 9}
  - {id: withdraw, title: {vi: Rút, en: Withdraw}, kind: withdraw, from: [received, examined], to: withdrawn, by: [commune], reason: true, source: Điều 10}
"""
TAKEN = """
print: taken
title: {vi: GIẤY BIÊN NHẬN, en: RECEIPT}
after: take
body:
  vi: ["{unit} nhận {title}."]
  en: ["{unit} takes {title}."]
signatures: [{vi: NGƯỜI NHẬN, en: TAKEN BY}]
source: Điều 5
"""
# What the first has not: norms, computed fields, a total, checks, a window and what follows it, opinions, points, a case below, a document that is filled in.
WHOLE = {"1.workflow": """
workflow: whole
title: {vi: Việc đủ phần, en: Whole illustration}
valid: {from: 2020-01-01}
source: Thông tư minh họa 3
unit: province
steps: [{vi: Mời, en: Called}, {vi: Xét, en: Examined}]
actors:
  - {id: office, title: {vi: Phòng chuyên môn, en: Office}, roles: [specialist], relation: own}
  - {id: leader, title: {vi: Lãnh đạo, en: Leader}, roles: [director], relation: own}
  - {id: council, title: {vi: Hội đồng, en: Council}, roles: [specialist, director], relation: own}
  - {id: asked, title: {vi: Xã được hỏi, en: Commune asked}, roles: [commune], relation: asked}
states:
  - {id: called, title: {vi: Đang mời, en: Called}, kind: start, step: 1}
  - {id: examined, title: {vi: Đang xét, en: Under examination}, step: 2}
  - {id: granted, title: {vi: Đã cấp, en: Granted}, kind: end, step: 2}
documents: [{id: decision, title: {vi: Quyết định, en: Decision}, source: Điều 2}]
fields:
  - {id: sort, title: {vi: Loại, en: Sort}, kind: choice, choices: [{id: machine, title: {vi: Máy, en: Machine}}, {id: fair, title: {vi: Hội chợ, en: Fair}}]}
  - {id: cost, title: {vi: Chi phí, en: Cost}, kind: money}
  - {id: wanted, title: {vi: Đề nghị, en: Wanted}, kind: money}
  - {id: rate, title: {vi: Tỷ lệ, en: Rate}, kind: number, decimals: 1, unit: {vi: "%", en: "%"}, norm: {table: rates, column: rate, key: sort, on: settle}, source: Điều 3}
  - {id: most, title: {vi: Tối đa, en: At most}, kind: money, formula: "cost * rate / 100", source: Điều 3}
  - {id: part, title: {vi: Chi lần này, en: Part}, kind: money}
  - {id: paid, title: {vi: Đã chi, en: Paid}, kind: money, total_of: part, source: Điều 3}
checks:
  - {id: within, rule: "wanted <= most", message: {vi: Vượt mức tối đa., en: Above the most.}, source: Điều 3 khoản 2}
  - {id: small, rule: "cost >= 1000000", severity: warning, message: {vi: "Chi phí nhỏ: nêu lý do.", en: "Small: say why."}, source: Điều 3 khoản 3}
limits:
  - {id: call, title: {vi: Nhận hồ sơ, en: Call}, kind: window, days: 5, count: calendar, runs_in: [called], source: Điều 4}
  - {id: exam, title: {vi: Xét, en: Examination}, days: 10, count: calendar, from_limit: call, runs_in: [called, examined], remind: [3], escalate: {after: 1, to: leader}, source: Điều 4}
  - {id: reply, title: {vi: Cho ý kiến, en: Reply}, days: 3, count: calendar, for_opinions: true, source: Điều 5}
scoring: {pass: 50, members: 2, criteria: [{id: merit, title: {vi: Chất lượng, en: Merit}, most: 100}], source: Điều 6}
open: {by: [office], fields: [sort, cost]}
sub_cases: [life]
actions:
  - {id: close, title: {vi: Đóng nhận hồ sơ, en: Close}, from: [called], to: examined, by: [office], after: call, source: Điều 4}
  - {id: settle, title: {vi: Chốt mức, en: Settle}, kind: record, from: [examined], by: [office], fields: [wanted], checks: [within, small], source: Điều 3}
  - {id: pay, title: {vi: Chi, en: Pay}, kind: record, from: [examined], by: [office], fields: [part], source: Điều 3}
  - {id: ask, title: {vi: Lấy ý kiến, en: Ask}, kind: ask, limit: reply, from: [examined], by: [office], source: Điều 5}
  - {id: reply, title: {vi: Cho ý kiến, en: Reply}, kind: answer, from: [examined], by: [asked], source: Điều 5}
  - {id: score, title: {vi: Chấm điểm, en: Score}, kind: score, from: [examined], by: [council], source: Điều 6}
  - {id: grant, title: {vi: Cấp, en: Grant}, from: [examined], to: granted, by: [leader], documents: [decision], needs: {opinions: all, score: true, sub_cases: true}, source: Điều 7}
""", "rates.norms": """
norms: rates
title: {vi: Tỷ lệ, en: Rates}
columns: [{id: rate, title: {vi: Tỷ lệ, en: Rate}, decimals: 1, unit: {vi: "%", en: "%"}}]
rows:
  - {key: machine, valid: {from: 2020-01-01}, rate: 50, source: Thông tư minh họa 4, verified: true}
""", "grant.print": """
print: grant
title: {vi: QUYẾT ĐỊNH, en: DECISION}
after: grant
document: decision
body:
  vi: ["Cấp {wanted} cho “{title}”, đã chi {paid}."]
  en: ["{wanted} for “{title}”, {paid} paid."]
signatures: [{vi: LÃNH ĐẠO, en: LEADER}]
source: Điều 7
"""}
SPLIT = ("old,new,share,date,act,basis,kind,name_vi,name_en,parent\n"
         "18073,18073,0.6,{day},Nghị quyết minh họa,dân số,phuong,Thành Sen,Thanh Sen,42\n"
         "18073,18074,0.4,{day},Nghị quyết minh họa,dân số,phuong,Tân Giang,Tan Giang,42\n")


def story(cases, world):
    clock = Clock(world.folder, "ministry")
    clock.set(-48)  # all up to the division is written the day before yesterday, the node made then too
    os.environ.update(clock.environment)
    node = world.node("ministry", "VN")
    path = world.folder / "life" / "workflows/life/1.workflow"
    path.parent.mkdir(parents=True)
    path.write_text(LIFE)
    (path.parent / "taken.print").write_text(TAKEN)
    for name, text in WHOLE.items():
        file = world.folder / "life" / "workflows/whole" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    node.run("catalogue load", world.folder / "life", expect=0)
    node.add_user("khac", "commune", unit="18100")
    node.add_user("xa", "commune", unit="18073")
    node.add_user("so", "specialist", unit="42")
    node.add_user("giamdoc", "director", unit="42")
    node.serve()
    for name in clock.environment:
        del os.environ[name]
    people = {login: Person(node, login) for login in ("xa", "so", "giamdoc", "khac")}
    division = this_day()
    today = division - datetime.timedelta(days=2)
    ago = lambda days: (today - datetime.timedelta(days=days)).isoformat()

    def page(login):
        return people[login].look(at).html

    def act(login, action, on, **fields):
        """Fill in the form the page offers, nothing that it does not."""
        people[login].act(at, action, on, **fields)

    def one():
        return people["giamdoc"].get(f"{at}.json").json()

    def record(login):
        """The case as it is printed for its file."""
        got = people[login].get(f"{at}.pdf")
        check_equal((got.headers["Content-Type"], got.body[:5]), ("application/pdf", b"%PDF-"), "the record")
        return got.body

    def shown(history):
        titles = {"open": "Mở hồ sơ", **dict(re.findall(r"id: (\w+), title: {vi: ([^,]+),", LIFE.split("\nactions:")[1]))}
        return [{**x, "title": titles[x["action"]]} for x in history if x["counts"]]

    def limit(name):
        return [x for x in one()["limits"] if x["limit"] == name][-1]

    with cases.case("it is opened and taken by forms"):
        form = people["xa"].look("/cases/new/life?title=Xin&field-cost=7").form_for("/cases/life")
        check_equal((form["title"].value, form["field-cost"].value), ("Xin", "7"), "what an address fills in")
        form.fill({"title": "Cơ sở", "case_unit": "18073", "on": ago(40), "field-cost": "5.000.000", "document-letter": "1/ĐN", "document-letter-on": ago(41)})
        at = people["xa"].press(form).path
        check_contains(page("so"), "Việc tiếp theo của bạn: Nhận", "whose turn it is")
        act("so", "take", ago(38))
        due = limit("exam")["due"]
        check_equal(due, ago(18), "20 days later")

    with cases.case("the limit is extended once, stopped and goes on: its last day moves by just that, and the page says why"):
        act("giamdoc", "extend", ago(36), days="5", reason="khối lượng lớn")
        check_equal(limit("exam")["due"], ago(13), "five days more")
        act("so", "stop", ago(30), reason="chờ kiểm định")
        check_equal((limit("exam")["stands_still"], limit("exam")["due"]), (True, None), "while it stands still")
        act("so", "restart", ago(23))
        check_equal((limit("exam")["due"], limit("exam")["stopped_days"]), (ago(6), 7), "seven days later")
        text = page("xa")
        for part in ("Gia hạn", "5 ngày", "chờ kiểm định", "Tạm dừng", "Ngày cuối"):
            check_contains(text, part, "why this day")
        odd = people["giamdoc"].act(at, "extend", ago(20), days="năm", reason="nữa", expect=422)
        check_contains(odd.text, "không phải số nguyên: Số ngày", "what cannot be read")
        again = people["giamdoc"].act(at, "extend", ago(20), days="5", reason="nữa", expect=422)
        check_contains(again.text, "thời hạn \"Xét\" chỉ được gia hạn tối đa 1 lần, mỗi lần không quá 5 ngày", "what a second extension breaks")
        check_contains(again.text, "Điều 4", "its rule")

    with cases.case("suspended, all stands still; it goes on where it was"):
        act("giamdoc", "hold", ago(20), reason="thanh tra")
        check_equal((one()["state"], limit("exam")["stands_still"]), ("held", True), "suspended")
        act("giamdoc", "go_on", ago(16))
        check_equal((one()["state"], limit("exam")["due"]), ("examined", ago(2)), "four days later")

    with cases.case("what is late is with the leader: reminded, then escalated, on the page, in the list and in the own work"):
        check_equal((limit("exam")["urgency"], [r["id"] for r in people["giamdoc"].get("/cases.json?which=late").json()["rows"]]),
                    ("escalated", [at.removeprefix("/cases/")]), "late since yesterday")
        check_contains(page("so"), "Quá hạn: đã chuyển đến Lãnh đạo", "the page")
        for name, count in (("open", 1), ("late", 1), ("ended", 0)):
            check_contains(node.client().get("/metrics").text, f'\ncaunoi_cases_{name}{{workflow="life"}} {count}\n', "the numbers for Prometheus")

    with cases.case("refused, and appealed against within the days for it"):
        act("giamdoc", "refuse", ago(3), reason="không đủ điều kiện")
        check_equal(one()["state"], "refused", "its state")
        act("xa", "appeal", ago(1), reason="đã bổ sung")
        check_equal(one()["state"], "examined", "under examination again")

    with cases.case("its history is shown in parts, by links, and whole in the record that is printed; what was written at length is in it to its end"):
        whole = one()["history"]
        text = page("so")
        for part, title, actions in (("steps", "Bước xử lý", ("open", "take", "hold", "go_on", "refuse", "appeal")), ("documents", "Tài liệu", ("open",)),
                                     ("money", "Kinh phí", ("open",)), ("limits", "Thời hạn", ("extend", "stop", "restart", "hold", "go_on"))):
            check_contains(text, f'href="{at}?history={part}#ls">{title} {len(actions)}<', "the links")
            some = people["so"].get(f"{at}?history={part}", headers={"Accept": "text/html"}).text
            check_equal(re.findall(r'<li><b>([^<]+)</b> · ', some), [x["title"] for x in reversed(shown(whole)) if x["action"] in actions], f"the page of the {part}")
            check_contains(some, f'{at}?history={part}#ls" aria-current="true">', "the part that is shown")
            rows = people["so"].get(f"{at}.csv?history={part}").text.strip().splitlines()
            check_equal(len(rows), 1 + len(actions), f"the file of the {part}")
        check("history=opinions" not in text, "a link to a part that is empty")
        check_contains(people["so"].get(f"{at}?history=opinions", headers={"Accept": "text/html"}).text, "Không có dòng nào loại này", "a part that is empty")
        people["so"].get(f"{at}?history=nothing", expect=400)
        pages = lambda: record("so").count(b"/Type /Page\n") + record("so").count(b"/Type /Page ")
        before = pages()
        act("giamdoc", "hold", ago(1), reason="\n".join(f"dòng {i}" for i in range(800)), by_hand=True)  # longer than a browser sends
        check(pages() >= before + 12, f"800 lines on {pages() - before} pages more")
        act("giamdoc", "go_on", ago(1))
        people["xa"].get(f"{at.replace(at[-1], 'I')}.pdf", expect=404)

    with cases.case("a second procedure that is only a folder: a window and what follows it, norms, checks, opinions of two communes, points of two members, a case below, a document"):
        so, giamdoc, xa, khac = (people[login] for login in ("so", "giamdoc", "xa", "khac"))
        whole = so.begin("whole", "Máy đủ phần", "42", ago(30), {"sort": "machine", "cost": 900000})
        got = lambda: giamdoc.get(f"{whole}.json").json()
        check_equal([(k["limit"], k["due"], k["window"]) for k in got()["limits"]], [("call", ago(25), True), ("exam", ago(15), False)], "what is kept open, and what begins with its end")
        early = so.act(whole, "close", ago(25), expect=409)
        for part in (f"chỉ thực hiện được từ {(today - datetime.timedelta(days=24)).strftime('%d/%m/%Y')}: Nhận hồ sơ", "Điều 4"):
            check_contains(early.text, part, "too early")
        so.act(whole, "close", ago(24))
        for fields, why in (({"wanted": 450001}, "Vượt mức tối đa. căn cứ: Thông tư minh họa 4"), ({"wanted": 450000}, "Chi phí nhỏ: nêu lý do. căn cứ: Điều 3 khoản 3")):
            check_contains(" ".join(" ".join(so.act(whole, "settle", ago(23), fields, expect=422).alerts).split()), why, "a check, with the norm or the rule it rests on")
        so.act(whole, "settle", ago(23), {"wanted": 450000}, reason="thí điểm")
        so.act(whole, "pay", ago(22), {"part": 100000})
        so.act(whole, "pay", ago(22), {"part": 50000})
        check_equal({k: got()["fields"][k] for k in ("rate", "most", "paid")}, {"rate": 50, "most": 450000, "paid": 150000}, "what is computed")
        so.act(whole, "ask", ago(21), units="18073, 18100")
        check(khac.offers(whole, "reply") and not khac.offers(whole, "grant"), "who is asked answers, and does nothing else")
        node.client().get(f"{whole}.json", expect=401)
        erase = lambda who, expect: who.client.send("POST", f"{whole}/papers/decision/{'0' * 64}/{'A' * 26}/erase.json", {"why": "x", "basis": "y"}, expect=expect)
        erase(khac, 403)  # who is asked only reads
        erase(giamdoc, 404)  # may, but there is no such file
        check_contains(khac.look("/todo").text, "Máy đủ phần", "it waits for the commune that is asked")
        check_equal([r["id"] for r in khac.get("/cases.json?which=mine").json()["rows"]], [whole.removeprefix("/cases/")], "and is among its own")
        xa.act(whole, "reply", ago(20), opinion="agree", text="đồng ý")
        grant = lambda **more: giamdoc.act(whole, "grant", ago(18), papers={"decision": "9/QĐ"}, **more)
        check_equal(people["xa"].get(f"{whole}.json").json()["state"], "examined", "who has answered may read on")
        check_contains(grant(expect=409).text, "còn chờ ý kiến", "an opinion is missing")
        khac.act(whole, "reply", ago(19), opinion="conditions", text="giữ nguyên tiến độ")
        so.act(whole, "score", ago(19), candidate="A", **{"points-merit": "70"})
        check_contains(grant(expect=409).text, "chưa đủ điểm", "one member")
        giamdoc.act(whole, "score", ago(19), candidate="A", **{"points-merit": "40"})
        below = xa.begin("life", "Việc con", "18073", ago(19), {"cost": 1}, {"letter": "5/ĐN"}, below=whole.removeprefix("/cases/"))
        check_contains(grant(expect=409).text, "hồ sơ con chưa kết thúc", "the case below goes on")
        xa.act(below, "withdraw", ago(18), reason="xong")
        check(f'<a href="{below}">' in giamdoc.look(whole).html, "the page leads to the case below")
        grant()
        text = giamdoc.look(whole).text
        for part in ("Đã cấp", "Vì sao ngày này?", "Bắt đầu khi hết Nhận hồ sơ", "giữ nguyên tiến độ", "55,00 điểm", "450.000 đồng", "QUYẾT ĐỊNH"):
            check_contains(text, part, "the page of the case")
        check_equal(giamdoc.get(f"{whole}/print/grant/file.pdf").body[:5], b"%PDF-", "the document")
        check_contains(run("workflow", "draw", world.folder / "life", "whole", expect=0).out, '"called" -> "examined"', "the diagram")

    with cases.case("its commune is divided: nobody acts until the province says which part goes on, by the choices the page offers"):
        node.stop()
        node.serve()
        people.update({"xa": Person(node, "xa")})
        # On the first day of the change, which nobody has recorded yet.
        other = people["xa"].client.send("POST", "/cases/life", {"title": "Cơ sở khác", "case_unit": "18073", "on": division.isoformat(), "fields": {"cost": "5000000"},
                                                          "documents": {"letter": {"number": "2/ĐN", "on": division.isoformat()}}}, expect=303).headers["Location"].removesuffix(".json")
        node.stop()
        node.run("units record", world.path("chia.csv", SPLIT.replace("{day}", division.isoformat())), expect=0)
        node.add_user("moi", "commune", unit="18074")
        node.serve()
        people.update({login: Person(node, login) for login in ("xa", "moi", "so", "giamdoc")})
        check_contains(page("xa"), "đã được chia tách", "the commune waits")
        printed = lambda: people["giamdoc"].get(f"{at}/print/taken/file").body
        taken = printed()
        check_equal(people["so"].client.send("POST", f"{at}/stop", {"reason": "x"}, expect=409).status, 409, "nothing can be done")
        text = page("giamdoc")
        check_contains(text, "Giao hồ sơ cho một phần", "the leader's next step")
        check_equal(sorted(re.findall(r'<option value="(\d+)">', text)), ["18073", "18074"], "the parts to choose from")
        act("giamdoc", "assign", division.isoformat(), case_unit="18074", reason="trụ sở ở Tân Giang")
        check_equal(one()["unit"], f"18074@{division.isoformat()}", "the case's unit")
        check(printed() == taken, "what was printed before the division is printed for the part that goes on")
        act("moi", "withdraw", division.isoformat(), reason="không còn nhu cầu")
        check_equal(one()["state"], "withdrawn", "withdrawn by its new unit")
        at = other
        check_contains(page("giamdoc"), "Giao hồ sơ cho một phần", "what was opened before the change was known waits too")
        act("giamdoc", "assign", division.isoformat(), case_unit="18073", reason="cơ sở ở lại")
        act("so", "take", division.isoformat())
        check_equal(one()["state"], "examined", "and goes on")

    with cases.case("the procedure is explained to everybody in words, and as a table"):
        text = node.client(language="vi").get("/cases/workflows/life", headers={"Accept": "text/html"}).text
        for part in ("Việc minh họa", "Gia hạn", "Tạm dừng", "Điều 9", "tiếp nhận từ 01/01/2020"):
            check_contains(text, part, "the page")
        rows = node.client().get("/cases/workflows/life.json").json()["rows"]
        check_equal(len(rows), 11, "a row for each state an action can be taken in")
        node.client().get("/cases/workflows/nothing", expect=404)
        node.client().get("/cases/workflows/life?on=2019-01-01", expect=404)
    node.stop()
    with cases.case("what is taken over from a file is every line that is not empty; what is none is told with its number"):
        case = {"workflow": "life", "case_unit": f"18073@{division.isoformat()}", "title": "Cơ sở cũ", "on": division.isoformat(), "role": "commune",
                "fields": {"cost": "5000000"}, "documents": {"letter": {"number": "3/ĐN", "on": division.isoformat()}}}
        line = lambda **more: json.dumps({**case, **more}, ensure_ascii=False)
        take_over = lambda *lines: node.run("case import", world.path("cu.jsonl", "\n".join(lines)), expect=None)
        check_contains(take_over(line(), "", " ", "title: x").err, "line 4: this line is no JSON", "what is no case")
        check_contains(take_over("", line(acts=[{"role": "specialist", "unit": "42"}])).err, "line 2: act 1: ", "an act without an action")
        check_contains(take_over(line(acts={"action": "take"})).err, "\"acts\" must be a list", "acts that are no list")
        check_equal(take_over("  " + line(), "").status, 0, "a line that is set in")
        check_equal(node.sql("SELECT COUNT(*) FROM case_file WHERE title = 'Cơ sở cũ'"), [("2",)], "the whole ones stay, of the others nothing does")


if __name__ == "__main__":
    tell(story)
