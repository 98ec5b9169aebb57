#!/usr/bin/env python3
"""Two nodes do in one case what excludes each other, without having seen each other: both acts are kept, none of them counts, and the case stays as it was before,
whatever came first and by whichever way, until the leader of their unit, or of the unit above both, says once which one counts; then what was done upon it counts as
well. What two say alike, or add, contradicts nothing. Runs on both stores (CAUNOI_TEST_STORE).
Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import time

from support import check, check_contains, check_equal, tell

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
  - {id: granted, title: {vi: Đã cấp, en: Granted}, step: 2, untimed: không có thời hạn}
  - {id: held, title: {vi: Đã bắn, en: Held}, kind: end, step: 2}
  - {id: refused, title: {vi: Từ chối, en: Refused}, kind: end, failure: true}
  - {id: withdrawn, title: {vi: Đã rút, en: Withdrawn}, kind: end, failure: true}
documents:
  - {id: letter, title: {vi: Đơn, en: Letter}, source: Điều 2}
fields:
  - {id: shells, title: {vi: Số quả, en: Shells}, kind: number, unit: {vi: quả, en: shells}}
  - {id: paid, title: {vi: Đã nộp, en: Paid}, kind: money}
  - {id: paid_in_all, title: {vi: Tổng đã nộp, en: Paid in all}, kind: money, total_of: paid, source: Điều 3}
  - {id: place, title: {vi: Nơi bắn, en: Place}, kind: text}
limits:
  - {id: first, title: {vi: Nhận, en: Reception}, days: 3, count: working, runs_in: [received], source: Điều 4}
  - {id: exam, title: {vi: Xét, en: Examination}, days: 10, count: calendar, runs_in: [examined], extend: {days: 9, times: 1}, source: Điều 4}
open: {by: [commune], documents: [letter], fields: [shells]}
actions:
  - {id: take, title: {vi: Nhận, en: Take}, from: [received], to: examined, by: [department], source: Điều 5}
  - {id: ask, title: {vi: Hỏi, en: Ask}, kind: ask, from: [examined], by: [department], source: Điều 5}
  - {id: reply, title: {vi: Trả lời, en: Reply}, kind: answer, from: [examined], by: [ministry], source: Điều 5}
  - {id: longer, title: {vi: Gia hạn, en: Extend}, kind: extend, from: [examined], limit: exam, by: [department], source: Điều 5}
  - {id: locate, title: {vi: Ghi nơi bắn, en: Record the place}, kind: record, from: [examined], by: [department], fields: [place], source: Điều 5}
  - {id: pay, title: {vi: Nộp phí, en: Pay}, kind: record, from: [examined], by: [department], fields: [paid], source: Điều 5}
  - {id: grant, title: {vi: Cấp, en: Grant}, from: [examined], to: granted, by: [department], fields: [shells], needs: {opinions: all}, source: Điều 6}
  - {id: refuse, title: {vi: Từ chối, en: Refuse}, from: [received, examined], to: refused, by: [department], reason: true, source: Điều 6}
  - {id: withdraw, title: {vi: Rút đơn, en: Withdraw}, kind: withdraw, from: [received, examined], to: withdrawn, by: [commune], source: Điều 6}
  - {id: confirm, title: {vi: Xác nhận đã bắn, en: Confirm}, from: [granted], to: held, by: [department], source: Điều 7}
"""
NAME = "workflows/fireworks/2020.workflow"
COMMUNE = "18073"
WHY_REFUSED = "trùng lịch lễ hội"


def story(cases, world):
    first, second, ministry, bureau, commune = world.nodes(first="42", second="42", ministry="VN", bureau="VN", commune=COMMUNE)
    nodes = (first, second, ministry, bureau, commune)
    for one in nodes:
        for other in nodes:
            if one is not other:
                one.trust(other)
    for node in nodes:
        node.add_user("leader", "director")
        node.add_user("officer", "commune" if node is commune else "specialist")
    first.add_user("clerk", "commune", unit=COMMUNE)
    path = world.folder / "catalogue" / NAME
    path.parent.mkdir(parents=True)
    path.write_text(PERMIT)
    ministry.run("catalogue load", world.folder / "catalogue", expect=0)

    carry = world.carry

    def all_around(*some):
        world.carry_around(*some or (ministry, first, second, bureau, commune))

    def act(node, case, action, body={}, login="officer", expect=303):
        answer = node.visit(login, lambda client: client.send("POST", f"/cases/{case}/{action}", body, expect=expect))
        time.sleep(0.01)
        return answer

    def opened(title, taken=True):
        body = {"title": title, "case_unit": COMMUNE, "fields": {"shells": "90"}, "documents": {"letter": {"number": "7/ĐN", "on": "2026-01-02"}}}
        case = first.visit("clerk", lambda client: client.send("POST", "/cases/fireworks", body, expect=303)).headers["Location"].removesuffix(".json").removeprefix("/cases/")
        if taken:
            act(first, case, "take")
        for node in nodes[1:]:
            carry(first, node)
        return case

    def conflicts(node, *more):
        return node.run("conflicts", "--json", *more, expect=0).json()["conflicts"]

    def settle(node, found, which, reason="đã xem xét", login="leader", expect=303):
        side = found["sides"][which] if isinstance(which, int) else next(s for s in found["sides"] if s["unit"] == which or s["node"] == which)
        answer = node.visit(login, lambda client: client.send("POST", f"/conflicts/{found['id']}.json", {"choose": side["entry"], "reason": reason}))
        check_equal(answer.status, expect, f"the decision at {node.name}: {answer.text}")
        time.sleep(0.01)

    def case_of(node, case, login="leader"):
        return node.visit(login, lambda client: client.get(f"/cases/{case}.json").json())

    def page(node, address, login="leader"):
        return node.visit(login, lambda client: client.get(address + ("&" if "?" in address else "?") + "lang=vi", headers={"Accept": "text/html"}).text)

    def check_stands(case, state, open_ones, some=None):
        some = some or nodes
        for node in some:
            found = node.sql(f"SELECT state FROM case_file WHERE id = '{case}'")
            about = [c for c in conflicts(node) if c["cells"][0]["item"] == case]
            check_equal(([row[0] for row in found], len(about)), ([state], open_ones), f"{case} at {node.name}")
        check_equal(len({node.state(COMMUNE) for node in some}), 1, "the state of all")

    all_around()
    case = opened("Đêm giao thừa")

    with cases.case("granted here and refused there, unseen: a dry run counts the conflict; whatever comes first, at every node none of both counts"):
        act(first, case, "grant", {"fields": {"shells": "80"}})
        act(second, case, "refuse", {"reason": WHY_REFUSED})
        carry(first, ministry)
        check_stands(case, "granted", 0, [first, ministry])
        told = carry(second, ministry, "--dry-run")
        check_equal(told["conflicts"], 1, "the dry run")
        check_stands(case, "granted", 0, [first, ministry])
        act(first, case, "confirm")
        carry(second, ministry)
        carry(second, first)
        carry(first, second)
        carry(second, commune)
        carry(first, commune)
        carry(second, bureau)
        carry(first, bureau)
        carry(first, ministry)
        check_stands(case, "examined", 1)

    with cases.case("both acts side by side, who, when and why, in Vietnamese; the page of the case says that it waits, and nothing else is done in it"):
        found, = conflicts(ministry)
        check_equal((found["decider"], sorted((s["unit"], s["kind"], s["why"]) for s in found["sides"])), ("42", [("42", "case.act", ""), ("42", "case.act", WHY_REFUSED)]), "sides")
        cell, = found["cells"]
        check_equal((cell["indicator"], cell["item"], cell["state"], cell["stands"]), ("case.act", case, "open", None), "none stands meanwhile")
        check_equal([(f["field"], sorted(f["values"]), f["differs"]) for f in cell["fields"]][:2], [("act", ["Grant", "Refuse"], True), ("state", ["Granted", "Refused"], True)], "fields")
        check_equal(next((sorted(f["values"]), f["differs"]) for f in cell["fields"] if f["field"] == "shells"), (["", "80 shells"], True), "a field of one alone")
        for node in (first, ministry, commune):
            text = page(node, f"/conflicts/{found['id']}")
            for words in (f"Hồ sơ {case}, “Đêm giao thừa”", "Cấp", "Từ chối", WHY_REFUSED, "80", "officer", "chưa việc nào có hiệu lực"):
                check_contains(text, words, f"the page at {node.name}")
            check_contains(page(node, f"/cases/{case}"), f'href="/conflicts/{found["id"]}"', f"the case at {node.name}")
        check("tạm giữ" not in page(first, f"/conflicts/{found['id']}"), "no side stands")
        check_contains(act(first, case, "grant", {"fields": {"shells": "80"}}, expect=409).text, "exclude each other", "acting once more")
        act(second, case, "pay", {"fields": {"paid": "1"}}, expect=409)
        check_contains(page(first, "/todo"), "/conflicts", "the leader's work")
        check(case not in page(first, "/todo", login="officer"), "the officer's work")
        check_contains(first.run("conflicts", language="vi", expect=0).out, "loại trừ nhau", "the command")
        history = [(e["action"], e["counts"]) for e in case_of(ministry, case)["history"]]
        check_equal(sorted(history), [("confirm", False), ("grant", False), ("open", True), ("refuse", False), ("take", True)], "the history")

    with cases.case("only the leader of their unit decides: not the ministry, not the commune, not an officer, not without a reason"):
        settle(ministry, found, 0, expect=403)
        settle(commune, found, 0, expect=403)
        settle(first, found, 0, login="officer", expect=403)
        settle(first, found, 0, " ", expect=422)
        check_stands(case, "examined", 1)

    with cases.case("decided once, by an entry: every node shows the same, and what was done upon the act that counts does, too; the history tells all"):
        settle(second, found, first.key, "đã dời lịch")
        carry(second, commune)
        all_around()
        check_stands(case, "held", 0)
        for node in nodes:
            done = next(c for c in conflicts(node, "--all") if c["id"] == found["id"])
            check_equal([(e["kind"], e["unit"], e["reason"]) for e in done["settled"]], [("case.settle", "42", "đã dời lịch")], f"the outcome at {node.name}")
            told = {e["action"]: e for e in case_of(node, case, "officer" if node is commune else "leader")["history"]}
            check_equal([(a, told[a]["counts"]) for a in ("grant", "refuse", "confirm", "settle")], [("grant", True), ("refuse", False), ("confirm", True), ("settle", True)], "the history")
            check_contains(told["refuse"]["why_not"], "another act counts", "why not")
        check_contains(page(ministry, f"/cases/{case}"), "đã dời lịch", "the page of the case")
        check("Xem các việc cạnh nhau" not in page(ministry, f"/cases/{case}"), "a mark of what is decided")

    with cases.case("two who decide that unseen contradict each other: again none counts, until a further entry ends it"):
        case = opened("Rằm tháng Giêng")
        act(first, case, "refuse", {"reason": "mưa"})
        act(second, case, "grant", {"fields": {"shells": "90"}})
        all_around(first, second)
        found, = conflicts(first)
        settle(first, found, second.key, "trời tạnh")
        check_equal(case_of(first, case)["state"], "granted", "where it was decided")
        settle(second, found, first.key, "còn mưa")
        all_around()
        check_stands(case, "examined", 1)
        again, = conflicts(first)
        check_equal(sorted((s["kind"], s["why"]) for s in again["sides"]), [("case.settle", "còn mưa"), ("case.settle", "trời tạnh")], "the sides")
        settle(first, again, second.key, "đã xem lại cùng nhau")
        all_around()
        check_stands(case, "refused", 0)

    with cases.case("where the units differ the one above both decides, not the nearest"):
        case = opened("Quốc khánh")
        act(commune, case, "withdraw")
        act(second, case, "grant", {"fields": {"shells": "90"}})
        all_around(second, commune, first)
        found, = [c for c in conflicts(commune) if c["cells"][0]["item"] == case]
        check_equal(found["decider"], "42", "who decides")
        settle(commune, found, COMMUNE, expect=403)
        settle(first, found, COMMUNE, "người dân xin thôi")
        all_around()
        check_stands(case, "withdrawn", 0)

    with cases.case("who says the same contradicts nothing: the first counts, also for what was done upon the other; what is added up stands beside"):
        case = opened("Lễ hội", taken=False)
        act(first, case, "take")
        act(second, case, "take")
        act(second, case, "pay", {"fields": {"paid": "300"}})
        act(first, case, "pay", {"fields": {"paid": "500"}})
        act(second, case, "grant", {"fields": {"shells": "90"}})
        all_around()
        check_stands(case, "granted", 0)
        told = case_of(ministry, case)
        check_equal([(e["action"], e["counts"]) for e in told["history"] if not e["counts"]], [("take", False)], "what does not count")
        check_equal(told["fields"]["paid_in_all"], 800, "both payments")

    with cases.case("a limit extended by one's days and by the other's, a place recorded as one and as the other, an opinion this way and that: each is decided by itself"):
        case = opened("Chợ hoa")
        act(first, case, "ask", {"units": ["VN"]})
        for node in nodes[1:]:
            carry(first, node)
        act(ministry, case, "reply", {"opinion": "agree"})
        act(bureau, case, "reply", {"opinion": "disagree", "text": "gần kho xăng"})
        act(first, case, "longer", {"days": 3, "reason": "đông"})
        act(second, case, "longer", {"days": 9, "reason": "đông"})
        act(first, case, "locate", {"fields": {"place": "bờ hồ"}})
        act(second, case, "locate", {"fields": {"place": "sân vận động"}})
        all_around()
        check_stands(case, "examined", 3)
        told = case_of(first, case)
        check_equal((next(l["days"] for l in told["limits"] if l["limit"] == "exam"), told["opinions"][0]["opinion"], told["fields"].get("place")), (10, None, None), "none counts")
        check_equal(sorted(c["decider"] for c in conflicts(first)), ["42", "42", "VN"], "who decides")
        act(first, case, "grant", {"fields": {"shells": "90"}}, expect=409)
        for found in conflicts(first):
            at_home = bureau if found["decider"] == "VN" else second
            settle(at_home, found, (ministry if found["decider"] == "VN" else second).key, "đã thống nhất")
        all_around()
        check_stands(case, "examined", 0)
        told = case_of(first, case)
        check_equal((next(l["days"] for l in told["limits"] if l["limit"] == "exam"), told["opinions"][0]["opinion"], told["fields"].get("place")), (19, "agree", "sân vận động"), "what was decided")
        act(first, case, "grant", {"fields": {"shells": "90"}})

    with cases.case("made anew from the entries, and after a workflow changed, all is the same"):
        case = opened("Tất niên")
        act(first, case, "refuse", {"reason": "gió lớn"})
        act(second, case, "grant", {"fields": {"shells": "90"}})
        all_around()
        check_stands(case, "examined", 1)
        before = conflicts(commune, "--all"), commune.state(COMMUNE)
        commune.run("rebuild", expect=0)
        check_equal((conflicts(commune, "--all"), commune.state(COMMUNE)), before, "after a rebuild")
        path.write_text(PERMIT.replace("days: 3", "days: 4"))
        ministry.run("catalogue load", world.folder / "catalogue", expect=0)
        carry(ministry, commune)
        check_equal((conflicts(commune, "--all"), commune.state(COMMUNE)), (before[0], ministry.state(COMMUNE)), "after a workflow changed")


if __name__ == "__main__":
    tell(story, "sqlite postgresql")
