#!/usr/bin/env python3
"""A procedure that the program has never heard of: a folder with one data file makes it work, from the form to the decision, between a
commune, its province and the ministry; refused acts name rule and article; what two nodes write at the same time ends the same on both;
a corrected definition judges all cases anew. Runs on both stores (CAUNOI_TEST_STORE)."""

import datetime

from support import check, check_contains, check_equal, tell, this_day, wait_until

PERMIT = """
workflow: fireworks
title: {vi: Cấp phép bắn pháo hoa, en: Permit for fireworks}
valid: {from: 2020-01-01}
source: Thông tư minh họa 1
unit: commune
steps: [{vi: Nhận, en: Received}, {vi: Xét, en: Examined}]
actors:
  - {id: commune, title: {vi: Xã, en: Commune}, roles: [commune], relation: own}
  - {id: department, title: {vi: Sở, en: Department}, roles: [specialist], relation: province}
  - {id: ministry, title: {vi: Bộ, en: Ministry}, roles: [specialist], relation: asked}
states:
  - {id: received, title: {vi: Đã nhận, en: Received}, kind: start, step: 1}
  - {id: examined, title: {vi: Đang xét, en: Under examination}, step: 2}
  - {id: granted, title: {vi: Đã cấp, en: Granted}, kind: end, step: 2}
  - {id: refused, title: {vi: Từ chối, en: Refused}, kind: end, failure: true}
documents:
  - {id: letter, title: {vi: Đơn, en: Letter}, source: Điều 2}
fields:
  - {id: shells, title: {vi: Số quả, en: Shells}, kind: number, unit: {vi: quả, en: shells}}
  - {id: budget, title: {vi: Kinh phí, en: Budget}, kind: money}
  - {id: each, title: {vi: Bình quân, en: Each}, kind: money, formula: budget / shells, source: Điều 3}
checks:
  - {id: most, rule: shells <= 600, message: {vi: Quá 600 quả, en: More than 600 shells}, source: Điều 3 khoản 1}
limits:
  - {id: first, title: {vi: Nhận, en: Reception}, days: 3, count: working, runs_in: [received], source: Điều 4}
  - {id: exam, title: {vi: Xét, en: Examination}, days: EXAM, count: calendar, runs_in: [examined], source: Điều 4}
open: {by: [commune], documents: [letter], fields: [shells, budget]}
actions:
  - {id: take, title: {vi: Nhận, en: Take}, from: [received], to: examined, by: [department], fields: [shells], checks: [most], source: Điều 5}
  - {id: ask, title: {vi: Hỏi, en: Ask}, kind: ask, from: [examined], by: [department], source: Điều 5}
  - {id: reply, title: {vi: Trả lời, en: Reply}, kind: answer, from: [examined], by: [ministry], source: Điều 5}
  - {id: grant, title: {vi: Cấp, en: Grant}, from: [examined], to: granted, by: [department], needs: {opinions: all}, source: Điều 6}
  - {id: refuse, title: {vi: Từ chối, en: Refuse}, from: [received, examined], to: refused, by: [department], reason: true, source: Điều 6}
"""
NAME = "workflows/fireworks/2020.workflow"
COMMUNE = "18073"
OPEN = {"title": "Đêm giao thừa ở Thành Sen", "case_unit": COMMUNE, "fields": {"shells": "90", "budget": "450000000"},
        "documents": {"letter": {"number": "7/ĐN", "on": "2026-01-02"}}}


def folder(world, name, days):
    path = world.folder / name / NAME
    path.parent.mkdir(parents=True)
    path.write_text(PERMIT.replace("EXAM", str(days)))
    return world.folder / name


def story(cases, world):
    ministry, province = world.node("ministry", "VN"), world.node("ha-tinh", "42")
    ministry.trust(province)
    province.trust(ministry)
    with cases.case("a folder with one data file is a new procedure, drawn and loaded without a word of code"):
        ministry.run("catalogue load", folder(world, "first", 10), expect=0)
    for node in (ministry, province):
        node.add_user("officer", "specialist")
    province.add_user("commune", "commune", unit=COMMUNE)
    province.add_user("neighbour", "commune", unit="18100")
    tokens = {login: province.token(login) for login in ("officer", "commune", "neighbour")}
    above = ministry.token("officer")
    ministry.serve()
    province.run("sync", ministry.address, expect=0)
    province.serve()
    office, commune, neighbour = (province.client(token=tokens[login]) for login in ("officer", "commune", "neighbour"))
    bureau = ministry.client(token=above)

    with cases.case("the commune opens a case; its page tells limit, due day and why"):
        got = commune.send("POST", "/cases/fireworks", OPEN, expect=303)
        at = got.headers["Location"].removesuffix(".json")
        one = commune.get(f"{at}.json").json()
        check_equal((one["state"], one["unit"], one["workflow"]), ("received", f"{COMMUNE}@2025-07-01", "fireworks"), "the case")
        check_equal(one["fields"], {"shells": 90, "budget": 450000000, "each": 5000000}, "its fields, one of them computed")
        check_equal((one["limits"][0]["limit"], one["limits"][0]["days"]), ("first", 3), "its limit")
        page = commune.get(at, headers={"Accept": "text/html"}).text
        check_contains(page, "3 working days", "the page")
        check_contains(page, "Why this day?", "the page")
        check_contains(page, f'href="/cases?which=all&amp;workflow=fireworks&amp;unit={COMMUNE}"', "the way to cases like it")
        check(commune.get(f"{at}.csv").text.count("\n") >= 2, "the history as CSV")

    with cases.case("what the rules do not allow is refused with rule and article, and nothing is written"):
        refused = commune.send("POST", "/cases/fireworks", {**OPEN, "documents": {}}, expect=422).json()
        check_contains(str(refused), "a document is missing: Letter", "the answer")
        check_contains(str(refused), "Điều 2", "the answer")
        check_contains(str(commune.send("POST", f"{at}/take", expect=403).json()), "your role in your unit", "the commune takes")
        check_contains(str(neighbour.send("POST", f"{at}/take", expect=403).json()), "territory", "the neighbour")
        check_contains(str(office.send("POST", f"{at}/grant", expect=409).json()), "not possible in the state", "too early")
        tomorrow = (this_day() + datetime.timedelta(days=3)).isoformat()
        check_contains(str(office.send("POST", f"{at}/take", {"on": tomorrow}, expect=422).json()), "future", "a day to come")
        check_contains(str(office.send("POST", f"{at}/take", {"on": "2026-01-01"}, expect=422).json()), "before that of what was done last", "backdated")
        answer = str(office.send("POST", f"{at}/take", {"fields": {"shells": "601"}}, expect=422).json())
        check_contains(answer, "More than 600 shells", "the check")
        check_contains(answer, "Điều 3 khoản 1", "its article")
        check_equal(len(office.get(f"{at}.json").json()["history"]), 1, "entries")

    waiting = lambda client: [(c["case"], c["action"]) for c in client.get("/todo.json").json()["cases"]]
    with cases.case("each finds in the own work what is the next step, and nobody else does"):
        id = at.removeprefix("/cases/")
        check_equal(waiting(office), [(id, "take")], "the department's work")
        check_equal(waiting(commune) + waiting(neighbour), [], "the communes'")
        page = province.client(language="vi").sign_in("officer").get("/todo", headers={"Accept": "text/html"}).text
        check_contains(page, "Hồ sơ chờ bạn xử lý", "its page")
        check_contains(page, "Đêm giao thừa ở Thành Sen", "its page")
        check_contains(office.get("/overview", headers={"Accept": "text/html"}).text, "Đêm giao thừa ở Thành Sen", "the overview's card of what is to be done")
        check("Đêm giao thừa" not in commune.get("/overview", headers={"Accept": "text/html"}).text, "it stands in the card of others")
        check_contains(office.get("/todo.csv").text, f"case,fireworks,{COMMUNE},,received,", "as a file")

    with cases.case("the department takes it and asks the ministry, which answers at its own node"):
        office.send("POST", f"{at}/take", expect=303)
        office.send("POST", f"{at}/ask", {"units": ["VN"]}, expect=303)
        check_contains(str(office.send("POST", f"{at}/grant", expect=409).json()), "still expected: Viet Nam", "the decision waits")
        province.run("sync", ministry.address, expect=None)
        province.stop()
        province.run("sync", ministry.address, expect=0)
        seen = bureau.get(f"{at}.json").json()
        check_equal((seen["state"], seen["actions"]), ("examined", ["reply"]), "what the ministry sees and may do")
        check_equal(waiting(bureau), [(id, "reply")], "the ministry's work")
        bureau.send("POST", f"{at}/reply", {"opinion": "conditions", "text": "xa khu dân cư"}, expect=303)

    with cases.case("what both nodes did without having seen each other ends the same on both"):
        province.serve()
        office = province.client(token=tokens["officer"])
        commune = province.client(token=tokens["commune"])
        office.send("POST", f"{at}/refuse", {"reason": "hết thời gian"}, expect=303)
        province.stop()
        province.run("sync", ministry.address, expect=0)
        province.serve()
        office = province.client(token=tokens["officer"])
        here, there = office.get(f"{at}.json").json(), bureau.get(f"{at}.json").json()
        for one in (here, there):
            one.pop("actions")
        check_equal(here, there, "the case at both nodes")
        check_equal(here["opinions"][0]["opinion"], "conditions", "the opinion counts")
        check_equal(here["state"], "refused", "its state")

    with cases.case("a document carries a file; the ministry fetches it; its leader's erasure destroys it everywhere"):
        province.stop()
        province.add_user("leader", "director")
        leader = province.token("leader")
        province.serve(ministry.address)
        office, commune, neighbour, leader = (province.client(token=t) for t in (tokens["officer"], tokens["commune"], tokens["neighbour"], leader))
        files = lambda client: client.get(f"{at}.json").json()["documents"][0]["files"]
        attach = lambda client, document, expect: client.ask("POST", f"{at}/papers/{document}?name=don.txt", "Đơn đề nghị".encode(),
                                                             {"Content-Type": "text/plain", "Accept": "application/json"}, expect)
        attach(neighbour, "letter", 403)
        check_contains(str(attach(office, "letter", 403).json()), "who may bring this document", "the department brings no letter")
        attach(commune, "picture", 404)
        attach(commune, "letter", 303)
        one = files(commune)[0]
        check_equal((one["name"], one["type"], one["state"]), ("don.txt", "text/plain", "here"), "the file")
        check_contains(commune.get(at, headers={"Accept": "text/html"}).text, "don.txt", "the page")
        wait_until(lambda: files(bureau), 20, "the ministry hears of it")
        check_equal(files(bureau)[0]["state"], "elsewhere", "at the ministry")
        bureau.get(f"{one['address']}.json", expect=202)
        wait_until(lambda: files(bureau)[0]["state"] == "here", 30, "it arrives")
        check_equal(bureau.get(one["address"]).body.decode(), "Đơn đề nghị", "its content")
        erase = {"why": "Có số căn cước", "basis": "Luật Bảo vệ dữ liệu cá nhân"}
        office.send("POST", f"{one['address']}/erase", erase, expect=403)
        leader.send("POST", f"{one['address']}/erase", erase, expect=303)
        wait_until(lambda: files(bureau)[0]["state"] == "erased", 20, "the ministry hears of the erasure")
        check_equal((files(bureau)[0]["erased"]["why"], files(bureau)[0]["name"]), (erase["why"], None), "what is left")
        bureau.get(one["address"], expect=409)

    with cases.case("the form of the page does the same as a program, in the reader's numbers"):
        form = province.client(language="vi").sign_in("commune")
        check_contains(form.get("/cases", headers={"Accept": "text/html"}).text, "/cases/new/fireworks", "the list offers the workflow")
        check_contains(form.get("/cases/new/fireworks", headers={"Accept": "text/html"}).text, f'<option value="{COMMUNE}">', "the units it may be of")
        mark = form.read_mark("/cases/new/fireworks")
        answer = form.post_form("/cases/fireworks", {"csrf": mark, "title": "Hội làng", "case_unit": COMMUNE, "on": this_day().isoformat(),
                                                     "field-shells": "60", "field-budget": "120.000.000", "document-letter": "8/ĐN",
                                                     "document-letter-on": "2026-01-03"})
        second, _, done = answer.headers["Location"].partition("?")
        check_equal(done, "done=open#done", "what the page says first")
        said = form.get(f"{second}?{done.partition('#')[0]}", headers={"Accept": "text/html"}).text
        for part in ('<div class="alert ok" id="done" role="status" tabindex="-1">', f"<title>Đã thực hiện: Mở hồ sơ, {this_day().strftime('%d/%m/%Y')} – Hội làng", "Hồ sơ hiện ở bước: ",
                     "Việc tiếp theo thuộc về: ", "đến hết "):
            check_contains(said, part, "what was done, who is next, until when")
        for address in (second, f"{second}?done=grant", f"{second}?done=%22"):
            check('id="done"' not in form.get(address, headers={"Accept": "text/html"}).text, f"{address} says that something was done")
        check_equal(form.get(f"{second}.json").json()["fields"]["each"], 2000000, "computed from what was typed")
        check_contains(form.get(second, headers={"Accept": "text/html"}).text, "120.000.000 đồng", "the page")

    with cases.case("what is late is found in the list and in the own work"):
        long_ago = (this_day() - datetime.timedelta(days=20)).isoformat()
        late = commune.send("POST", "/cases/fireworks", {**OPEN, "title": "Hội đền", "on": long_ago,
                                                         "documents": {"letter": {"number": "9/ĐN", "on": "2020-01-02"}}}, expect=303).headers["Location"]
        late = late.removeprefix("/cases/").removesuffix(".json")
        row = office.get("/cases.json?which=late").json()["rows"]
        check_equal([(r["id"], r["urgency"]) for r in row], [(late, "late")], "late")
        check_equal(office.get("/todo.json").json()["cases"][0]["case"], late, "the most urgent stands first")
        check_equal(sorted(r["id"] for r in office.get("/cases.json?which=mine").json()["rows"]), sorted([second.removeprefix("/cases/"), late]), "mine")
        office.send("POST", f"/cases/{late}/refuse", {"reason": "đã qua"}, expect=303)
        check_equal(office.get("/cases.json?which=late").json()["rows"], [], "late, once it has ended")

    with cases.case("the list is filtered, searched and ordered; others' territory is not in it"):
        ids = lambda client, query: [row["id"] for row in client.get(f"/cases.json{query}").json()["rows"]]
        first = at.removeprefix("/cases/")
        check_equal(ids(office, ""), [second.removeprefix("/cases/")], "going on")
        check_equal(sorted(ids(office, "?which=ended")), sorted([first, late]), "ended")
        check_equal(len(ids(office, "?which=all&workflow=fireworks&sort=changed")), 3, "all")
        check_equal(ids(office, "?which=all&q=giao+thua"), [first], "by words without signs")
        check_equal(ids(office, "?which=all&unit=18100"), [], "another commune")
        check_equal(ids(province.client(token=tokens["neighbour"]), "?which=all"), [], "the neighbour")
        wait_until(lambda: len(ids(bureau, "?which=all")) == 3, 20, "all arrive at the ministry")
        office.get("/cases.json?which=some", expect=400)
        province.client().get("/cases.json", expect=401)

    with cases.case("what two nodes do alike, unseen, is done once: the earlier act counts everywhere, and the case, the inbox and the command name the other until something that counts follows"):
        twin = world.node("twin", "42")
        province.stop()
        ministry.stop()
        for upper, lower in ((ministry, twin), (twin, ministry)):
            upper.trust(lower)
        twin.add_user("officer", "specialist")
        officers = {province: tokens["officer"], twin: twin.token("officer")}
        ministry.serve()

        def exchange():
            for node in (province, twin, province):
                node.run("sync", ministry.address, expect=0)

        def act(node, action, body={}):
            node.serve()
            node.client(token=officers[node]).send("POST", f"/cases/{fourth}/{action}", body, expect=303)
            node.stop()

        def overtaken(node):
            found = node.run("conflicts", "--json", expect=0).json()["acts_that_do_not_count"]
            return [(a["case"], a["act"], a["why"]) for a in found if a["case"] == fourth]

        exchange()
        province.serve()
        fourth = province.client(token=tokens["commune"]).send("POST", "/cases/fireworks", {**OPEN, "title": "Hội xuân"}, expect=303).headers["Location"].removesuffix(".json").removeprefix("/cases/")
        province.stop()
        exchange()
        act(province, "take")
        act(twin, "take")
        exchange()
        for node in (ministry, province, twin):
            check_equal(overtaken(node), [(fourth, "Take", "this is not possible in the state \"Under examination\"")], f"taken twice, at {node.name}")
            check_contains(node.run("conflicts", language="vi", expect=0).out, "1 việc xử lý hồ sơ không có hiệu lực", "the command")
        office = ministry.client(language="vi").sign_in("officer")
        for path in ("/conflicts", f"/cases/{fourth}"):
            check_contains(office.get(path, headers={"Accept": "text/html"}).text, "không có hiệu lực", path)
        check_contains(office.get("/conflicts", headers={"Accept": "text/html"}).text, f'href="/cases/{fourth}">Hội xuân', "the inbox")
        act(province, "grant")
        exchange()
        for node in (ministry, province, twin):
            check_equal(overtaken(node), [], f"once something that counts followed, at {node.name}")
        check_equal(bureau.get(f"/cases/{fourth}.json").json()["state"], "granted", "upon both")
        province.serve()

    with cases.case("a corrected definition judges all cases anew, also those that stand"):
        before = office.get(f"{at}.json").json()["limits"][1]
        check_equal(before["days"], 10, "days of the examination")
        province.stop()
        ministry.stop()
        ministry.run("catalogue load", folder(world, "second", 4), expect=0)
        ministry.serve()
        province.run("sync", ministry.address, expect=0)
        province.serve()
        after = province.client(token=tokens["officer"]).get(f"{at}.json").json()["limits"][1]
        check_equal(after["days"], 4, "days of the examination")
        check_equal(after["started"], before["started"], "its start")

    with cases.case("a regime and rules that cannot be read are named under My work; all else works"):
        province.stop()
        text = "'newer: ['" if province.store else "CAST('newer: [' AS BLOB)"
        province.sql(f"UPDATE catalogue_file SET text = {text} WHERE path = 'cluster/reports.cluster' OR path LIKE 'workflows/promotion_local/%'")
        province.serve()
        office = province.client(token=tokens["officer"])
        mine = office.get("/todo.json").json()
        check_contains(str(mine["due"]), "cluster/reports.cluster:", "the file of the clusters, with the fault")
        check_contains(str(mine["due"]), "workflows/promotion_local/2025.workflow", "the regime")
        check_equal([row["case"] for row in mine["cases"]], [second.removeprefix("/cases/")], "the case that waits")
        check_contains(office.get("/todo", headers={"Accept": "text/html"}).text, "The rules of clusters cannot be read", "the page")
        check_contains(str(office.get("/clusters/reports.json", expect=503).json()), "cluster/reports.cluster:", "the page that needs them")


if __name__ == "__main__":
    tell(story)
