#!/usr/bin/env python3
"""One node of the ministry accepts a report and another returns it without having seen each other: both decisions are kept, the report stands as returned and its
figures are not approved, whatever came first and by whichever way, until the ministry's leader says once which one counts; the pages that rest on it say so. A
province decides nothing about its own report, also after a merger. Runs on both stores (CAUNOI_TEST_STORE).
Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import time

from support import check, check_contains, check_equal, send_report, tell

ACT, UNDO_ACT = "NQ 202/2025/QH15", "NQ 300/2025/QH15"
CELLS = {"1": "107,25", "1.2": "109,8", "6": "4.512,3", "7": "191,2", "7.1": "41,2", "7.2": "150", "8": "305", "9": "3", "10": "312,75"}
STATES = ("empty", "draft", "submitted", "sent", "accepted", "returned")
WHY_RETURNED = "Chỉ tiêu 6 chưa khớp Cục Thống kê"


def story(cases, world):
    first, second, hatinh, merged = world.nodes(first="VN", second="VN", hatinh="42", merged="40")
    for one in (first, second):
        for node in (first, second, hatinh):
            if node is not one:
                one.trust(node)
        one.add_user("officer", "specialist")
    for node in (hatinh, merged):
        node.trust(first)
        node.trust(second)
        node.add_user("officer", "specialist")
    for node in (first, second, hatinh, merged):
        node.add_user("leader", "director")

    carry, all_around = world.carry, world.carry_around

    def form(period):
        return f"/forms/monthly/42/{period}"

    def send(period, cells=CELLS):
        hatinh.visit("leader", lambda client: send_report(client, form(period), cells))
        for node in (first, second):
            carry(hatinh, node)

    def accept(node, period):
        node.visit("officer", lambda client: client.send("POST", form(period) + "/approve", expect=200))
        time.sleep(0.01)

    def give_back(node, period, reason=WHY_RETURNED, cells=("6",)):
        node.visit("officer", lambda client: client.send("POST", form(period) + "/return", {"reason": reason, "cells": list(cells)}, expect=200))
        time.sleep(0.01)

    def conflicts(node, *more):
        return node.run("conflicts", "--json", *more, expect=0).json()["conflicts"]

    def settle(node, found, kind, reason, login="leader", expect=303):
        side = next(s for s in found["sides"] if s["kind"] == kind)
        answer = node.visit(login, lambda client: client.send("POST", f"/conflicts/{found['id']}.json", {"choose": side["entry"], "reason": reason}))
        check_equal(answer.status, expect, f"the decision at {node.name}: {answer.text}")

    def report(node, period):
        return node.visit("leader", lambda client: client.get(form(period) + ".json").json())

    def status_of(node, period):
        rows = node.prepare("export", "--indicator", "retail_sales", "--unit", "42", "--from", period, "--to", period, "--format", "json").json()["rows"]
        return [(row["value"], row["status"]) for row in rows]

    def check_stands(period, state, status, open_ones, nodes=None, value=4512.3):
        for node in nodes or (first, second, hatinh):
            (number,), = node.sql(f"SELECT state FROM report WHERE subject LIKE 'report/monthly/42@%/{period}'")
            check_equal((STATES[int(number)], status_of(node, period), len(conflicts(node))), (state, [(value, status)], open_ones), f"{period} at {node.name}")

    def page(node, path, login="leader"):
        return node.visit(login, lambda client: client.get(path + ("&" if "?" in path else "?") + "lang=vi", headers={"Accept": "text/html"}).text)

    with cases.case("accepted here and returned there, unseen: a dry run counts the conflict; whatever comes first, every node shows the report returned and its figures not approved"):
        send("2026-10")
        accept(first, "2026-10")
        give_back(second, "2026-10")
        carry(first, hatinh)
        check_stands("2026-10", "accepted", "approved", 0, [hatinh])
        told = carry(second, hatinh, "--dry-run")
        check_equal(told["conflicts"], 1, "the dry run")
        check_stands("2026-10", "accepted", "approved", 0, [hatinh])
        carry(second, hatinh)
        carry(second, first)
        carry(first, second)
        check_stands("2026-10", "returned", "submitted", 1)
        check_equal(len({node.state("42") for node in (first, second, hatinh)}), 1, "the state of all")
        check_equal(report(hatinh, "2026-10")["remark"]["reason"], WHY_RETURNED, "what is to be corrected")

    with cases.case("both decisions side by side, who, when and why, in Vietnamese; the report, its receipt and its figures say that they wait for one"):
        found, = conflicts(hatinh)
        check_equal((found["decider"], [(s["unit"], s["kind"], s["why"]) for s in found["sides"]]),
                    ("VN", [("VN", "report.accept", ""), ("VN", "report.return", WHY_RETURNED)]), "sides")
        cell, = found["cells"]
        check_equal((cell["indicator"], cell["period"], cell["state"], cell["stands"]), ("report.decision", "2026-10", "open", found["sides"][1]["entry"]), "what stands meanwhile")
        check_equal([(f["field"], f["values"][0] == "", f["differs"]) for f in cell["fields"]], [("decision", False, True), ("cells", True, True), ("due", True, True)], "fields")
        for node in (first, hatinh):
            text = page(node, f"/conflicts/{found['id']}")
            for words in ("tiếp nhận hay trả lại (phiên bản 1)", "Đã tiếp nhận", "Bị trả lại", WHY_RETURNED, "đang tạm giữ", "Hạn nộp lại", "officer"):
                check_contains(text, words, f"the page at {node.name}")
            for path in (form("2026-10"), "/figures/explain?indicator=retail_sales&unit=42&period=2026-10"):
                check_contains(page(node, path), f'href="/conflicts/{found["id"]}">Xem hai quyết định cạnh nhau', f"{path} at {node.name}")
        code = report(hatinh, "2026-10")["versions"][0]["receipt"]
        check_equal(hatinh.visit("leader", lambda client: client.get(f"/receipts/{code}.json").json()).get("conflict"), found["id"], "the receipt")
        check_contains(page(first, "/todo"), "/conflicts", "the leader's work")
        check_contains(first.run("conflicts", language="vi", expect=0).out, "Đã tiếp nhận", "the command")

    with cases.case("only the leader above decides: not the province about its own report, not an officer, not without a reason"):
        settle(hatinh, found, "report.accept", "của mình", expect=403)
        settle(first, found, "report.accept", "vội", login="officer", expect=403)
        settle(first, found, "report.accept", " ", expect=422)
        check_equal(first.visit("officer", lambda client: client.send("POST", form("2026-10") + "/approve")).status, 409, "accepting it once more")
        check_stands("2026-10", "returned", "submitted", 1)

    with cases.case("decided once, by an entry: every node shows the same, whatever came first; the history tells all"):
        settle(second, found, "report.accept", "Cục Thống kê đã sửa")
        carry(second, hatinh)
        all_around(first, second, hatinh)
        check_stands("2026-10", "accepted", "approved", 0)
        check_equal(len({node.state("42") for node in (first, second, hatinh)}), 1, "the state of all")
        for node in (first, second, hatinh):
            done = next(c for c in conflicts(node, "--all") if c["id"] == found["id"])
            check_equal([(e["kind"], e["unit"], e["reason"]) for e in done["settled"]], [("report.decision.settle", "VN", "Cục Thống kê đã sửa")], f"the outcome at {node.name}")
            version, = report(node, "2026-10")["versions"]
            check_equal([(d["decision"], d["stands"]) for d in version["decisions"]], [("accepted", False), ("returned", False), ("accepted", True)], "the history")
            check("Xem hai quyết định" not in page(node, form("2026-10")), "a mark of what is decided")
        check_contains(page(hatinh, form("2026-10")), "Cục Thống kê đã sửa", "the page of the report")

    with cases.case("two leaders who decide that unseen contradict each other again; a further entry ends it"):
        send("2026-09")
        give_back(first, "2026-09")
        accept(second, "2026-09")
        all_around(first, second)
        found, = conflicts(first)
        settle(first, found, "report.return", "còn sai")
        time.sleep(0.01)
        settle(second, found, "report.accept", "đã đúng")
        all_around(first, second, hatinh)
        check_stands("2026-09", "returned", "submitted", 1)
        again, = conflicts(first)
        check_equal([(s["kind"], s["why"]) for s in again["sides"]], [("report.decision.settle", "còn sai"), ("report.decision.settle", "đã đúng")], "the sides")
        first.visit("leader", lambda client: client.send("POST", f"/conflicts/{again['id']}.json", {"choose": again["sides"][1]["entry"], "reason": "đã xem lại cùng nhau"}, expect=303))
        all_around(first, second, hatinh)
        check_stands("2026-09", "accepted", "approved", 0)

    with cases.case("what is corrected meanwhile is a version of its own; which decision counts for the first is still said"):
        send("2026-08")
        accept(first, "2026-08")
        give_back(second, "2026-08")
        all_around(first, second, hatinh)
        send("2026-08", {"6": "4600"})
        check_stands("2026-08", "sent", "submitted", 1, value=4600.0)
        settle(first, conflicts(first)[0], "report.return", "đã có bản sửa")
        accept(first, "2026-08")
        all_around(first, second, hatinh)
        check_stands("2026-08", "accepted", "approved", 0, value=4600.0)
        check_equal([v["decision"] for v in report(second, "2026-08")["versions"]], ["returned", "accepted"], "both versions")

    with cases.case("both return: no conflict, and nothing that was said is lost"):
        send("2026-07")
        give_back(first, "2026-07", "thiếu giải trình", ("7",))
        give_back(second, "2026-07")
        all_around(second, first, hatinh)
        check_stands("2026-07", "returned", "submitted", 0)
        text = page(hatinh, form("2026-07"))
        for words in (WHY_RETURNED, "thiếu giải trình"):
            check_contains(text, words, "the page")

    with cases.case("after a merger the new province's node sees the conflict and does not decide it; the ministry does, and once the merger is undone all is as decided"):
        send("2026-06")
        accept(second, "2026-06")
        give_back(first, "2026-06")
        all_around(first, second)
        first.trust(merged)
        first.run("succeed", "--unit", "40", "--from", "40,42", "--act", ACT, "--day", "2025-07-01", "--node", merged.key, expect=0)
        for _ in range(2):
            all_around(first, second)
            carry(first, merged)
        found, = conflicts(merged)
        check_equal(found["decider"], "VN", "who decides")
        settle(merged, found, "report.accept", "của mình", expect=403)
        settle(second, found, "report.accept", "số đã đúng")
        all_around(first, second)
        carry(second, merged)
        check_stands("2026-06", "accepted", "approved", 0, [first, second, merged])
        check_equal(merged.state("42"), first.state("42"), "the state of both")
        name = first.run("succeed list", "--json", expect=0).json()[0]["succession"]
        first.run("succeed undo", name, "--act", UNDO_ACT, expect=0)
        all_around(first, second, hatinh)
        check_stands("2026-06", "accepted", "approved", 0)

    with cases.case("made anew from the entries, all is the same"):
        before = conflicts(hatinh, "--all"), hatinh.state("42"), status_of(hatinh, "2026-10")
        hatinh.run("rebuild", expect=0)
        check_equal((conflicts(hatinh, "--all"), hatinh.state("42"), status_of(hatinh, "2026-10")), before, "after a rebuild")


if __name__ == "__main__":
    tell(story, "sqlite postgresql")
