#!/usr/bin/env python3
"""The same figures and the same report are written on nodes that had not seen each other: over the network and by bundle every
node comes to hold both versions and shows the same one; the unit they belong to decides once, and that holds everywhere.
Runs on both stores (CAUNOI_TEST_STORE)."""

import csv
import io
import random
import re

from forms import Person
from peer import Peer
from support import check, check_contains, check_equal, run, send_report, tell, wait_until

HEAD = "indicator,unit,period,item,value\n"
OF_PROVINCE = HEAD + "export_value,42,2026-08,tong_tri_gia,191.2\nretail_sales,42,2026-08,,4512.3\niip_yoy,42,2026-08,,108.1\n"
OF_MINISTRY = HEAD + "export_value,42,2026-08,tong_tri_gia,180\nretail_sales,42,2026-08,,4400\niip_yoy,42,2026-08,,108.1\n"
REPORT = "/forms/monthly/42/2026-10"
CELLS = {"1": "107,25", "1.2": "109,8", "6": "4.512,3", "7": "191,2", "7.1": "41,2", "7.2": "150", "8": "305", "9": "3",
         "10": "312,75"}


def value_of(node, indicator="export_value", period="2026-08", **more):
    rows = figures(node, indicator, period, **more)
    check_equal(len(rows), 1, f"rows of {indicator} at {node.name}")
    return float(rows[0]["value"])


def figures(node, indicator, period, unit="42"):
    item = ["--item", "tong_tri_gia"] if indicator == "export_value" else ["--item", "TOTAL"] if indicator == "iip_yoy" else []
    return node.prepare("export", "--indicator", indicator, "--unit", unit, "--from", period, "--to", period, *item, "--format", "json").json()["rows"]


def conflicts(node, *more):
    return node.run("conflicts", "--json", *more, expect=0).json()["conflicts"]


def sync(node, source, *more):
    return node.run("sync", source, "--json", *more, expect=0).json()


def text_of(node):
    """Why the newest of the entries that a node keeps without applying them is not applied."""
    return node.sql("SELECT why FROM ledger_set_aside ORDER BY entry DESC LIMIT 1")[0][0]


def states(*nodes):
    """Of what they share; what a node says only to itself differs."""
    return [(n.state("42"), n.state("*")) for n in nodes]


def story(cases, world):
    ministry, hatinh, second, other = world.nodes(ministry="VN", hatinh="42", second="42", other="25")
    for province in (hatinh, second, other):
        ministry.trust(province)
        province.trust(ministry)
    ministry.add_user("vu-truong", "director")
    hatinh.add_user("giam-doc", "director")
    hatinh.add_user("can-bo", "specialist")
    second.add_user("giam-doc", "director")
    ministry.serve()
    sync(hatinh, ministry.address)  # the enrolments

    with cases.case("what one node writes alone, or in sight of the other, is no conflict"):
        hatinh.run("import", world.path("alone.csv", HEAD + "retail_sales,42,2026-07,,4000\n"), expect=0)
        hatinh.run("import", world.path("again.csv", HEAD + "retail_sales,42,2026-07,,4001\n"), expect=0)
        sync(hatinh, ministry.address)
        ministry.stop()
        ministry.run("import", world.path("seen.csv", HEAD + "retail_sales,42,2026-07,,4002\n"), expect=0)
        check_equal(conflicts(ministry), [], "conflicts")
        check_equal(value_of(ministry, "retail_sales", "2026-07"), 4002.0, "a correction in sight")

    with cases.case("a dry run tells entries, new figures and conflicts, and changes nothing"):
        hatinh.run("import", world.path("hatinh.csv", OF_PROVINCE), "--source", "Sở Công Thương", expect=0)
        ministry.run("import", world.path("ministry.csv", OF_MINISTRY), "--source", "Cục Công nghiệp", expect=0)
        ministry.serve()
        before = hatinh.state(), ministry.client().get("/health").json()["position"]
        told = sync(hatinh, ministry.address, "--dry-run")
        check_equal((told["figures"], told["conflicts"]), (4, 1), "new figures and conflicts")
        first = {c["indicator"]: [(v["value"], v["unit"]) for v in c["versions"]] for c in told["first_conflicts"]}
        check_equal(first, {"export_value": [(191.2, "42"), (180, "VN")], "retail_sales": [(4512.3, "42"), (4400, "VN")]},
                    "the first conflicts")
        check_equal((hatinh.state(), ministry.client().get("/health").json()["position"]), before, "state and position after it")
        text = hatinh.run("sync", ministry.address, "--dry-run", language="vi", expect=0).out
        for part in ("số liệu mới: 4; xung đột: 1", "191,2 (Tỉnh Hà Tĩnh, bằng lệnh, tại nút)", "Đây là chạy thử: chưa nhận gì và chưa gửi gì."):
            check_contains(text, part, "the dry run in words")
        bundle = world.path("for-hatinh")
        ministry.run("bundle", bundle, "--for", "42", expect=0)
        told_file = sync(hatinh, bundle, "--dry-run")
        check_equal([told_file[k] for k in ("figures", "conflicts", "first_conflicts")],
                    [told[k] for k in ("figures", "conflicts", "first_conflicts")], "the dry run of a bundle")
        check_equal(hatinh.state(), before[0], "state after it")

    with cases.case("a bundle that is cut off, repeated or mixed up changes nothing or what it should"):
        whole = bundle.read_bytes()
        random.seed(4)
        for length in [0, 1, 4, len(whole) - 1, *random.sample(range(5, len(whole) - 1), 20)]:
            refused = hatinh.run("sync", world.path("cut", whole[:length]), expect=None)
            check(refused.status in (1, 3, 4), f"cut at {length}: {refused!r}")
        hatinh.run("sync", world.path("twice", whole + whole), expect=1)
        middle = bytearray(whole)
        middle[len(whole) // 2] ^= 1
        bent = world.path("bent", bytes(middle))
        tried = hatinh.run("sync", bent, "--dry-run", "--json")
        if tried.status == 0:  # a bit that the packing does not use: what is in it is the same
            check_equal(tried.json()["first_conflicts"], told["first_conflicts"], "what is in a bundle with a changed byte")
        else:
            check(hatinh.run("sync", bent).status != 0, "a changed byte was taken")
        check_equal(hatinh.state(), before[0], "state after what was refused")
        real = sync(hatinh, bundle)
        check_equal((real["figures"], real["conflicts"], real["received"]),
                    (told["figures"], told["conflicts"], told["received"]), "the real run against the dry run")
        again = sync(hatinh, bundle)
        check_equal((again["received"], again["figures"], again["conflicts"]), (0, 0, 0), "the same bundle once more")

    with cases.case("three nodes, over the network and by bundle, hold both versions and show the home unit's"):
        for node in (hatinh, second, hatinh):
            sync(node, ministry.address)
        for node in (ministry, hatinh, second):
            check_equal((value_of(node), value_of(node, "retail_sales"), value_of(node, "iip_yoy")), (191.2, 4512.3, 108.1),
                        f"figures at {node.name}")
            found = conflicts(node)
            check_equal(len(found), 1, f"conflicts at {node.name}")
            check_equal([(s["unit"], s["source"]) for s in found[0]["sides"]], [("42", "Sở Công Thương"), ("VN", "Cục Công nghiệp")],
                        "the sides")
            check_equal({c["indicator"]: c["values"] for c in found[0]["cells"]},
                        {"export_value": [191.2, 180], "retail_sales": [4512.3, 4400]}, "both values of what differs, nothing else")
            check_equal(found[0]["decider"], "42", "who decides")
        check_equal(states(hatinh), states(second), "states of the two nodes of Hà Tĩnh")
        check_equal(ministry.state("*"), hatinh.state("*"), "what is public at the ministry and at Hà Tĩnh")
        check_contains(ministry.client().get("/metrics").text, "caunoi_conflicts_open 1", "the metrics")

    hatinh.serve(ministry.address)
    name = conflicts(ministry)[0]["id"]
    address = f"/conflicts/{name}"

    with cases.case("the inbox says in plain words who wrote what, and who is expected to decide"):
        page = ministry.signed_in("vu-truong")
        page.cookies["lang"] = "vi"
        text = page.get(address, headers={"Accept": "text/html"}).text
        for part in ("Tỉnh Hà Tĩnh", "Bộ Công Thương", "191,2", "180,0", "đang tạm giữ", "Chờ lãnh đạo"):
            check_contains(text, part, "the page at the ministry")
        check("<textarea" not in text, "the ministry is offered a decision that is not its own")
        check_equal({s["unit"]: s["is_public"] for s in conflicts(ministry)[0]["sides"]}, {"42": False, "VN": True}, "which version is published")
        letter = "AB"[[s["is_public"] for s in conflicts(ministry)[0]["sides"]].index(True)]
        for part in ("Tỉnh Hà Tĩnh và các đơn vị cấp trên", f"Phiên bản {letter} đã công bố"):
            check_contains(text, part, "who may read which version")
        refused = page.send("POST", f"{address}.json", {"choose": conflicts(ministry)[0]["sides"][1]["entry"], "reason": "vì"})
        check_equal(refused.status, 403, "a decision of the ministry's")
        leader = hatinh.signed_in("giam-doc")
        leader.cookies["lang"] = "vi"
        work = leader.get("/", headers={"Accept": "text/html"}).text
        check_contains(work, "/conflicts", "the leader's work")
        check_equal(re.findall(r"(\d+) việc chờ bạn, việc", work), re.findall(r'class="cnt">(\d+)<', work)[:1], "what waits, in the sentence and beside the bell")
        listed = leader.get("/conflicts", headers={"Accept": "text/html"}).text
        check_contains(listed, address, "the list")
        text = leader.get(address, headers={"Accept": "text/html"}).text
        for part in ("<textarea", "mọi nút đều nhận và mọi người đọc được", "Vì sao số liệu này đúng (bắt buộc; mọi người đều thấy)"):
            check_contains(text, part, "the leader's page, where a version is published")
        rows = list(csv.DictReader(io.StringIO(leader.get("/conflicts.csv").text.lstrip("\ufeff"))))
        check_equal(sorted((r["indicator"], r["value"], r["writer_unit"]) for r in rows if r.get("indicator")),
                    [("export_value", "180", "VN"), ("export_value", "191.2", "42"), ("retail_sales", "4400", "VN"),
                     ("retail_sales", "4512.3", "42")], "the file")
        explained = leader.get("/figures/explain.json?indicator=export_value&unit=42&period=2026-08&item=tong_tri_gia").json()
        check_equal(explained["conflict"], address, "the mark on the figure")
        listed = leader.get("/figures.json?unit=42&from=2026-07&to=2026-08").json()["rows"]
        check_equal({r["indicator"] for r in listed if "đang xung đột" in (r["note"] or "")}, {"export_value", "retail_sales"},
                    "the mark on the rows")
        plain = csv.DictReader(io.StringIO(leader.get("/figures.csv?unit=42&from=2026-07&to=2026-08").text.lstrip("\ufeff")))
        check_equal({r["indicator"] for r in plain if "đang xung đột" in r.get("note", "")}, {"export_value", "retail_sales"},
                    "the mark in the CSV file")
        public = hatinh.client().get("/figures.json?unit=42&from=2026-07&to=2026-08").json()["rows"]
        check(not any(r["note"] for r in public), "the public is told of conflicts")
        officer = hatinh.signed_in("can-bo")
        check_equal(officer.send("POST", f"{address}.json", {"choose": "", "reason": "vì"}).status, 403, "a specialist's decision")
        hatinh.client().get("/conflicts.json", expect=401)

    with cases.case("a decision of a node without the right is kept as evidence and not applied"):
        found = conflicts(ministry)[0]
        refused = ministry.client().get("/status.json").json()["set_aside"]
        for number, (unit, author, role, text) in enumerate((
                ("VN", "", "", "does not settle this conflict"), ("25", "", "", "may not report for unit"),
                ("42", "ai-do", "specialist", "had no right to settle"), ("42", "", "", "none of the entries brought"))):
            peer = Peer(f"decides {number}", unit)
            ministry.stop()
            ministry.trust(peer, unit)
            ministry.serve()
            stream = peer.stream("*")
            value = "1" if "brought" in text else "180"
            stream.add("figures.settle", "figures", {
                "by": "Ai đó", "reason": "tự quyết", "of": [s["entry"] for s in found["sides"]],
                "figures": f"export_value,42,2026-08,,,{value},published\n"}, author=author, role=role)
            answer = peer.push(ministry, *stream.sealed())
            check_equal(answer.json()["refused"], 1, f"a decision of {unit} as {role or 'the node itself'}")
            aside = ministry.client().get("/status.json").json()["set_aside"]
            check_equal(aside, refused + number + 1, "entries kept and not applied")
            check_contains(text_of(ministry), text, "why it was not applied")
        kept = ministry.client().get("/status.json").json()["kept"][0]
        check_equal((kept["kind"], kept["unit"], kept["is_waiting"]), ("figures.settle", "42", False), "the newest that is kept")
        entry = f"/figures/entry/{kept['entry']}"
        check_contains(ministry.client().get("/status", headers={"Accept": "text/html"}).text, f'href="{entry}">A decision between', "the way to it, by what it is")
        shown = ministry.client().get(f"{entry}.json").json()
        check_equal((shown["not_applied"], shown["approval"], shown["steps"]), (kept["why"], None, []), "what is said of it")
        page = ministry.client().get(entry, headers={"Accept": "text/html"}).text
        check_contains(page, "kept but not applied", "its page")
        check_contains(page, "none of the entries brought", "its page")
        check_equal(conflicts(ministry)[0], found, "the conflict after them")

    with cases.case("the leader decides in the browser, figure by figure, and every node shows that"):
        mark = leader.read_mark(address)
        page = leader.get(address, headers={"Accept": "text/html"}).text
        first, second_cell = dict.fromkeys(re.findall(r'name="(cell-[0-9a-f]{16})"', page))
        sides = [s["entry"] for s in conflicts(hatinh)[0]["sides"]]
        choice = {first: sides[1], second_cell: sides[0]}
        leader.post_form(address, {"csrf": mark, "reason": "", "side": "cells"} | choice, expect=422)
        desk = Person(hatinh, "giam-doc", "en")
        form = desk.look(address).form_for(address).fill({first: sides[1], second_cell: sides[0], "reason": "vì <b>tờ khai</b> " + 2000 * "x"})
        check_equal(desk.press(form, button="cells", expect=422, by_hand=True).marked, 1, "a reason that is too long: the form comes back with every choice, and the reason is marked")
        gone = {"cell-0123456789abcdef": sides[1]}  # of a figure that is no part of it any more
        leader.post_form(address, {"csrf": mark, "reason": "chưa chọn", "side": "cells"} | gone, expect=422)
        leader.post_form(address, {"csrf": mark, "reason": "chưa chọn", "side": "cells", first: "1"}, expect=422)  # a place
        by_id = {first.removeprefix("cell-"): sides[1]}
        check_equal({c["id"] for c in conflicts(hatinh)[0]["cells"]}, {f.removeprefix("cell-") for f in choice}, "ids of the figures")
        for wrong in ([sides[1], sides[0]], 1, sides[1][:12], by_id | {"0123456789abcdef": sides[0]}, {next(iter(by_id)): 1}, {}, None):
            answer = leader.send("POST", f"{address}.json", {"choose": wrong, "reason": "vì"})
            check_equal(answer.status, 422, f"choosing {wrong}")
        leader.post_form(address, {"csrf": mark, "reason": "Theo tờ khai hải quan", "side": "cells", "publish": "1"} | choice)
        wait_until(lambda: not ministry.client(token=None).get("/metrics").text.count("caunoi_conflicts_open 1"), 20,
                   "the decision arrives at the ministry")
        leader.get(address)
        settled = leader.get(address, headers={"Accept": "text/html"}).text
        check_contains(settled, "Theo tờ khai hải quan", "the settled page")
        for side in sides:
            check_contains(settled, f'href="/figures/entry/{side}"', "the way to a version's entry")
        leader.send("POST", f"{address}.json", {"choose": "", "reason": "lần nữa"}, expect=409)

    with cases.case("the decision has a receipt: by its code page, document and file, checked without a node; the figure says that it was decided"):
        code = re.search(r'href="/receipts/([0-9A-Z-]{11})"', settled).group(1)
        for client in (leader, ministry.client(), hatinh.client()):  # one of the versions was published, and so is the decision
            told = client.get(f"/receipts/{code}.json").json()
            check_equal((told["kind"], told["unit"], [f["value"] for f in told["facts"] if f["name"] in ("version", "reason")]),
                        ("figures.settle", "42", [*sorted(sides, key=lambda s: s != sides[1]), "Theo tờ khai hải quan"]), "what was decided, and between what")
            check_equal({f["indicator"]: f["value"] for f in told["figures"]}, {"export_value": "180", "retail_sales": "4512.3"}, "the figures")
        check(leader.get(f"/receipts/{code}.pdf").body.startswith(b"%PDF"), "its document")
        kept = world.path("quyet-dinh.txt", leader.get(f"/receipts/{code}/file").body)
        for part in ("Quyết định", "Theo tờ khai hải quan", "180,0", "Biên nhận thật"):
            check_contains(run("receipt", kept, "--key", hatinh.key, language="vi", expect=0).out, part, "checked with no node")
        text = ministry.client(language="vi").get("/figures/explain?indicator=export_value&unit=42&period=2026-08&item=tong_tri_gia", headers={"Accept": "text/html"}).text
        check_contains(text, "quyết định về xung đột: “Theo tờ khai hải quan”", "where the figure comes from")
        text = ministry.client(language="vi").get(f"/figures/entry/{told['entry']}", headers={"Accept": "text/html"}).text
        for part in ("Theo tờ khai hải quan", "được làm việc này", f'href="/receipts/{code}"'):
            check_contains(text, part, "the page of its entry")

    with cases.case("what takes the place of a published version is published with the decision, so that a third province shows it too"):
        other.run("sync", ministry.address, expect=0)
        ministry.stop()
        ministry.run("import", world.path("said.csv", HEAD + "retail_sales,42,2026-05,,500\nexport_value,42,2026-05,tong_tri_gia,50\n"), expect=0)
        hatinh.stop()
        hatinh.run("import", world.path("own.csv", HEAD + "retail_sales,42,2026-05,,510\nexport_value,42,2026-05,tong_tri_gia,51\n"), expect=0)
        ministry.serve()
        hatinh.serve(ministry.address)
        wait_until(lambda: conflicts(hatinh) != [], 20, "the conflict at Hà Tĩnh")
        sync(other, ministry.address)
        check_equal((value_of(other, "retail_sales", "2026-05"), conflicts(other)), (500.0, []), "a third province before the decision")
        [found] = conflicts(hatinh)
        address = f"/conflicts/{found['id']}"
        own = next(s["entry"] for s in found["sides"] if not s["is_public"])
        said = next(s["entry"] for s in found["sides"] if s["is_public"])
        ids = {c["indicator"]: c["id"] for c in found["cells"]}
        leader = hatinh.signed_in("giam-doc")
        choice = {"choose": {ids["retail_sales"]: own, ids["export_value"]: said}, "reason": "Theo sổ của cơ sở"}
        for agreed in ({}, {"publish": False}, {"publish": "true"}):
            answer = leader.send("POST", f"{address}.json", choice | agreed)
            check_equal((answer.status, list(answer.json()["fields"])), (422, ["publish"]), f"a decision that publishes, with {agreed}")
        desk = Person(hatinh, "giam-doc", "vi")
        form = desk.look(address).form_for(address).fill({f"cell-{ids['retail_sales']}": own, f"cell-{ids['export_value']}": said, "reason": choice["reason"]})
        refused = desk.press(form, button="cells", expect=422)
        check_contains(refused.text, "phiên bản thay thế được công bố cùng quyết định này", "why it is refused")
        leader.send("POST", f"{address}.json", choice | {"publish": True}, expect=303)
        check_equal(conflicts(hatinh), [], "open conflicts at Hà Tĩnh")
        wait_until(lambda: conflicts(ministry) == [], 20, "the decision arrives at the ministry")
        sync(other, ministry.address)
        for node in (ministry, hatinh, other):
            check_equal((value_of(node, "retail_sales", "2026-05"), value_of(node, "export_value", "2026-05")), (510.0, 50.0), f"figures at {node.name}")
            check_equal((figures(node, "retail_sales", "2026-05")[0]["status"], conflicts(node)), ("published", []), f"what is said at {node.name}")
        public = ministry.client().get("/figures.json?unit=42&from=2026-05&to=2026-05&indicator=retail_sales").json()["rows"]
        check_equal([r["value"] for r in public], [510.0], "what the public sees at the ministry")
        done = next(c for c in conflicts(ministry, "--all") if c["id"] == found["id"])
        check_equal([(e["is_decision"], e["unit"], e["reason"]) for e in done["settled"]], [(True, "42", "Theo sổ của cơ sở")], "how it was settled")
        [decisions] = other.sql("SELECT COUNT(*) FROM figure_entry WHERE settles LIKE '%~%'")
        check_equal(decisions[0], "2", "decisions at the third province, this one and that before it")
        other.run("verify", expect=0)
        other.run("rebuild", "--check", expect=0)

    hatinh.stop()
    with cases.case("the decision holds on every node, with its reason, and nothing is lost"):
        bundle = world.path("for-second")
        ministry.stop()
        ministry.run("bundle", bundle, "--for", "42", expect=0)
        sync(second, bundle)
        check_equal(states(hatinh), states(second), "states of Hà Tĩnh's two nodes")
        for node in (ministry, hatinh, second):
            check_equal((value_of(node), value_of(node, "retail_sales")), (180.0, 4512.3), f"figures at {node.name}")
            check_equal(conflicts(node), [], f"open conflicts at {node.name}")
            done = next(c for c in conflicts(node, "--all") if c["id"] == name)
            check_equal([(e["is_decision"], e["unit"], e["reason"]) for e in done["settled"]],
                        [(True, "42", "Theo tờ khai hải quan")], "how it was settled")
            check_equal([c["values"] for c in done["cells"]], [[191.2, 180], [4512.3, 4400]], "both versions")

    with cases.case("a report sent from two nodes of one unit is one conflict, and deciding it settles record and figures"):
        hatinh.run("user add", "giam-doc-2", "--role", "director", "--unit", "42", given="mật khẩu dài 2026\n", expect=0)
        ministry.serve()
        hatinh.serve()
        second.serve()
        one, two = hatinh.signed_in("giam-doc"), second.signed_in("giam-doc")
        send_report(one, REPORT, CELLS)
        send_report(two, REPORT, {**CELLS, "6": "4600", "9": "4"})
        hatinh.stop()
        second.stop()
        for node in (hatinh, second, hatinh):
            sync(node, ministry.address)
        found = conflicts(hatinh)
        check_equal(len(found), 1, "conflicts")
        check_equal({c["indicator"]: c["values"] for c in found[0]["cells"]},
                    {"retail_sales": [4512.3, 4600], "promotion_projects_accepted": [3, 4]}, "what differs")
        check_equal({s["node"] for s in found[0]["sides"]}, {hatinh.key, second.key}, "the writers")
        check_equal(states(hatinh), states(second), "states")
        check_equal(value_of(ministry, "retail_sales", "2026-10"), 4600.0, "the later one stands meanwhile")
        hatinh.serve(ministry.address)
        leader = hatinh.signed_in("giam-doc")
        report = leader.get(f"{REPORT}.json").json()
        check_equal(len(report["versions"]), 2, "versions of the report")
        mine = next(s for s in found[0]["sides"] if s["node"] == hatinh.key)
        receipt = leader.get(f"/receipts/{mine['entry']}.json").json()
        check_equal(receipt.get("conflict"), found[0]["id"], "the receipt of what is in the conflict says so")
        page = leader.get(f"/receipts/{receipt['receipt']}", headers={"Accept": "text/html"}).text
        for part in (f'href="/conflicts/{found[0]["id"]}"', "A conflict about it is open"):
            check_contains(page, part, "the page of the receipt")
        check_contains(leader.get(f"/receipts/{receipt['receipt']}?lang=vi", headers={"Accept": "text/html"}).text, "Cả hai bản được giữ", "in Vietnamese")
        leader.get("/?lang=en", expect=None)
        text = leader.get(f"/conflicts/{found[0]['id']}", headers={"Accept": "text/html", "Accept-Language": "en"}).text
        for part in ("every node with both versions receives", "who may read these figures sees it"):
            check_contains(text, part, "the leader's page, where no version is published")
        leader.send("POST", f"/conflicts/{found[0]['id']}.json", {"choose": mine["entry"], "reason": "Bản của văn phòng"}, expect=303)
        accepting = ministry.signed_in("vu-truong")
        wait_until(lambda: value_of(ministry, "retail_sales", "2026-10") == 4512.3, 20, "the decision arrives")
        accepting.send("POST", f"{REPORT}/approve", expect=200)
        check_equal(figures(ministry, "retail_sales", "2026-10")[0]["status"], "approved", "status of the figure that stands")
        wait_until(lambda: leader.get(f"{REPORT}.json").json()["state"] == "accepted", 20, "the acceptance arrives")
        settled = leader.get(f"/receipts/{receipt['receipt']}.json").json()
        check("conflict" not in settled, "nor after it was decided", settled)
        check_contains(settled["since"], "this version was chosen", "what its receipt says")
        [passed] = [leader.get(f"/receipts/{s['entry']}.json").json() for s in found[0]["sides"] if s["node"] == second.key]
        check_contains(passed["since"], "another version was chosen", "what the receipt of the other version says")
        check_equal(passed["newest_receipt"], receipt["receipt"], "and which one")
        check_contains(leader.get(f"/receipts/{passed['receipt']}", headers={"Accept": "text/html"}).text, f'href="/receipts/{receipt["receipt"]}"', "its page")
        check("/conflicts/" not in leader.get(f"/receipts/{receipt['receipt']}", headers={"Accept": "text/html"}).text, "no link is left")
        hatinh.stop()
        ministry.stop()
        check_equal(conflicts(hatinh), [], "open conflicts")

    with cases.case("between a report and what was published both say the decision: the report's entries, and what everybody reads"):
        ministry.run("import", world.path("told.csv", HEAD + "retail_sales,42,2026-04,,4000\n"), expect=0)
        hatinh.serve()
        leader = hatinh.signed_in("giam-doc")
        send_report(leader, "/forms/monthly/42/2026-04", CELLS)
        hatinh.stop()
        ministry.serve()
        sync(hatinh, ministry.address)
        [found] = conflicts(hatinh)
        check_equal({s["kind"]: s["is_public"] for s in found["sides"]}, {"figures.report": True, "report.send": False}, "the sides")
        hatinh.serve(ministry.address)
        leader = hatinh.signed_in("giam-doc")
        mine = next(s["entry"] for s in found["sides"] if not s["is_public"])
        address = f"/conflicts/{found['id']}"
        page = leader.get(address, headers={"Accept": "text/html"}).text
        check(f'value="{mine}"' in page and 'name="cell-' not in page, "one figure differs: a version is chosen, not figure by figure")
        page = leader.post_form(address, {"csrf": leader.read_mark(address), "reason": "Bản đã ký", "side": mine}, expect=422).text
        check_equal(re.findall(r'<(?:input|textarea)[^>]* name="(\w+)"[^>]* aria-invalid="true"', page), ["publish"], "at what the refusal stands")
        leader.send("POST", f"/conflicts/{found['id']}.json", {"choose": mine, "reason": "Bản đã ký", "publish": True}, expect=303)
        wait_until(lambda: conflicts(ministry) == [], 20, "the decision arrives")
        hatinh.stop()
        sync(other, ministry.address)
        for node in (hatinh, other):
            row = figures(node, "retail_sales", "2026-04")[0]
            check_equal((row["value"], row["status"], conflicts(node)), (4512.3, "published", []), f"what stands at {node.name}")
        kinds = [row[0] for row in hatinh.sql("SELECT e.kind FROM ledger_entry e JOIN figure_entry f ON f.entry = e.id WHERE f.settles IS NOT NULL"
                                              " ORDER BY e.at DESC LIMIT 2")]
        check_equal(sorted(kinds), ["figures.settle", "report.settle"], "what was written")
        ministry.stop()

    with cases.case("a dry run judges again what a revocation concerns, as the real run does"):
        peer = Peer("revoked in between", "42")
        ministry.trust(peer, "42")
        ministry.serve()
        sync(hatinh, ministry.address)
        ministry.stop()
        ministry.run("trust revoke", peer.key, expect=0)
        stream = peer.stream("*")
        stream.add("figures.report", "figures", {"status": "published", "seen": {}, "figures": "retail_sales,42,2025-05,,,7\n"})
        hatinh.serve()
        check_equal(peer.push(hatinh, *stream.sealed()).json()["refused"], 0, "refused before the revocation is known")
        hatinh.stop()
        check_equal(value_of(hatinh, "retail_sales", "2025-05"), 7.0, "the figure until then")
        ministry.run("import", world.path("late.csv", HEAD + "retail_sales,42,2025-05,,8\n"), expect=0)
        bundle = world.path("revocation")
        ministry.run("bundle", bundle, "--for", "42", expect=0)
        ministry.serve()
        names = ("figures", "conflicts", "received", "first_conflicts")
        dry = [{k: told[k] for k in names} for told in (sync(hatinh, source, "--dry-run") for source in (ministry.address, bundle))]
        check_equal((dry[0]["figures"], dry[0]["conflicts"]), (1, 0), "what the dry run tells")
        check_equal(dry[1], dry[0], "the dry run of a bundle")
        copy = hatinh.snapshot()
        told = sync(hatinh, bundle)
        check_equal({k: told[k] for k in names}, dry[0], "the bundle")
        hatinh.roll_back(copy)
        told = sync(hatinh, ministry.address)
        check_equal({k: told[k] for k in names}, dry[0], "the real run")
        ministry.stop()
        check_equal((conflicts(hatinh), value_of(hatinh, "retail_sales", "2025-05")), ([], 8.0), "what is there")

    with cases.case("a conflict about several units is seen by whoever may see all of it, and by nobody else"):
        lines = "".join(f"retail_sales,{unit},2026-08,,,{{0}}\n" for unit in ("18073", "18100"))
        hatinh.serve()
        for number in (1, 2):  # nodes of an older program, which addressed all they wrote to their own unit
            peer = Peer(f"of two communes {number}", "42")
            hatinh.stop()
            hatinh.trust(peer)
            hatinh.serve()
            stream = peer.stream("42")
            stream.add("figures.report", "figures", {"status": "published", "seen": {}, "figures": lines.format(number)})
            check_equal(peer.push(hatinh, *stream.sealed()).json()["refused"], 0, "refused")
        hatinh.stop()
        for unit in ("18073", "18100"):
            hatinh.run("user add", f"xa-{unit}", "--role", "specialist", "--unit", unit, given="mật khẩu dài 2026\n", expect=0)
        hatinh.serve()
        [found] = conflicts(hatinh)
        check_equal({c["unit"] for c in found["cells"]}, {"18073", "18100"}, "units of the conflict")
        address = f"/conflicts/{found['id']}"
        for login, may in (("giam-doc", True), ("xa-18073", False), ("xa-18100", False)):
            reader = hatinh.signed_in(login)
            reader.get(f"{address}.json", expect=200 if may else 403)
            listed = [c["id"] for c in reader.get("/conflicts.json").json()["conflicts"] if c["state"] == "open"]
            check_equal(listed, [found["id"]] if may else [], f"conflicts listed for {login}")
        hatinh.signed_in("giam-doc").send("POST", f"{address}.json", {"choose": found["sides"][0]["entry"], "reason": "vì"}, expect=303)
        hatinh.stop()

    with cases.case("what a province and its commune write of the commune unseen is a conflict at both; the commune decides, and both show it"):
        commune = world.node("thanh-sen", "18073")
        hatinh.trust(commune)
        commune.trust(hatinh)
        commune.trust(ministry)
        commune.add_user("chu-tich", "commune")

        def meet():
            hatinh.serve()
            sync(commune, hatinh.address)
            hatinh.stop()
            ministry.serve()
            sync(hatinh, ministry.address)
            ministry.stop()

        meet()
        commune.run("import", world.path("by-commune.csv", HEAD + "retail_sales,18073,2025-03,,2\n"), expect=0)
        hatinh.run("import", world.path("by-province.csv", HEAD + "retail_sales,18073,2025-03,,3\nretail_sales,18100,2025-03,,4\n"), expect=0)
        meet()
        ministry.serve()
        check("18073" not in [p["unit"] for p in ministry.client().get("/status.json").json()["peers"]], "a commune that speaks to its province is a link of the ministry's")
        ministry.stop()
        for node in (commune, hatinh, ministry):
            [found] = conflicts(node)
            check_equal((found["decider"], [(s["unit"], s["is_public"]) for s in found["sides"]]), ("18073", [("18073", False), ("42", False)]), f"at {node.name}")
        check_equal(figures(commune, "retail_sales", "2025-03", "18100"), [], "another commune's figure")
        hatinh.serve()
        theirs = next(s["entry"] for s in found["sides"] if s["unit"] == "42")
        check_equal(hatinh.signed_in("giam-doc").send("POST", f"/conflicts/{found['id']}.json", {"choose": theirs, "reason": "vì"}).status, 403, "a decision of the province's")
        hatinh.stop()
        commune.serve()
        commune.signed_in("chu-tich").send("POST", f"/conflicts/{found['id']}.json", {"choose": theirs, "reason": "Đã đo lại"}, expect=303)
        commune.stop()
        meet()
        for node in (commune, hatinh, ministry):
            check_equal((value_of(node, "retail_sales", "2025-03", unit="18073"), conflicts(node)), (3.0, []), f"at {node.name}")
        hatinh.run("import", world.path("corrected.csv", HEAD + "retail_sales,18073,2025-03,,5\n"), expect=0)
        meet()
        meet()
        check_equal([value_of(n, "retail_sales", "2025-03", unit="18073") for n in (commune, hatinh, ministry)], [5.0, 5.0, 5.0], "corrected by the province, in sight")
        check_equal(commune.state("18073"), ministry.state("18073"), "the state of the commune")

    with cases.case("what the ministry writes of a province and does not publish is for the province, too, which decides"):
        hatinh.run("import", world.path("by-province.csv", HEAD.replace("value", "value,status") + "retail_sales,42,2025-03,,2,submitted\n"), expect=0)
        ministry.run("import", world.path("by-ministry.csv", HEAD.replace("value", "value,status") + "retail_sales,42,2025-03,,6,submitted\n"
                     "retail_sales,25,2025-03,,8,submitted\nretail_sales,42,2025-04,,7,submitted\nretail_sales,VN,2025-03,,9,submitted\n"), expect=0)
        meet()
        for node in (hatinh, ministry):
            [found] = conflicts(node)
            check_equal((found["decider"], [s["unit"] for s in found["sides"]], [c["values"] for c in found["cells"]]), ("42", ["42", "VN"], [[2, 6]]), f"at {node.name}")
        held = {name[65:] for (name,) in hatinh.sql("SELECT name FROM ledger_stream WHERE seq > 0") if name.startswith(ministry.key)}
        check_equal(held, {"*", "42"}, "the ministry's streams at Hà Tĩnh")
        hatinh.serve()
        theirs = next(s["entry"] for s in found["sides"] if s["unit"] == "VN")
        hatinh.signed_in("giam-doc").send("POST", f"/conflicts/{found['id']}.json", {"choose": theirs, "reason": "Đã đo lại"}, expect=303)
        hatinh.stop()
        meet()
        for node in (hatinh, ministry):
            rows = node.prepare("export", "--indicator", "retail_sales", "--unit", "42", "--status", "submitted", "--from", "2025-03", "--to", "2025-04", "--format", "json").json()["rows"]
            check_equal(([float(r["value"]) for r in rows], conflicts(node)), ([6.0, 7.0], []), f"at {node.name}")

    with cases.case("single figures are settled by their ids, whatever place they have by then"):
        peer = Peer("writes the same", "VN")
        ministry.trust(peer, "VN")
        cells = ["2026-01", "2026-02", "2026-03"]
        ministry.run("import", world.path("own.csv", HEAD + "".join(f"iip_yoy,VN,{p},TOTAL,101\n" for p in cells)), expect=0)
        ministry.serve()
        stream = peer.stream("*")
        stream.add("figures.report", "figures", {"status": "published", "seen": {},
                                                 "figures": "".join(f"iip_yoy,VN,{p},,,102\n" for p in cells)})
        check_equal(peer.push(ministry, *stream.sealed()).json()["refused"], 0, "refused")
        found = conflicts(ministry)[0]
        theirs = next(s["entry"] for s in found["sides"] if s["node"] == peer.key)
        ids = {c["period"]: c["id"] for c in found["cells"]}
        leader = ministry.signed_in("vu-truong")
        text = leader.get(f"/conflicts/{found['id']}", headers={"Accept": "text/html", "Accept-Language": "en"}).text
        for part in ("every node receives and everybody may read", "(required; everybody sees it)"):
            check_contains(text, part, "the page where all versions are published")
        check('name="publish"' not in text, "the page asks to publish what is published")
        leader.send("POST", f"/conflicts/{found['id']}.json", {"choose": {ids["2026-02"]: theirs}, "reason": "Số tháng hai"}, expect=303)
        check_equal([value_of(ministry, "iip_yoy", p, unit="VN") for p in cells], [102, 102, 102], "what stands")
        left = conflicts(ministry)[0]
        check_equal({c["period"]: c["state"] for c in left["cells"]}, {"2026-01": "open", "2026-02": "settled", "2026-03": "open"}, "open")
        own = next(s["entry"] for s in left["sides"] if s["node"] == ministry.key)
        leader.send("POST", f"/conflicts/{left['id']}.json", {"choose": {ids["2026-03"]: own, ids["2026-01"]: theirs}, "reason": "Còn lại"},
                    expect=303)
        check_equal([value_of(ministry, "iip_yoy", p, unit="VN") for p in cells], [102, 102, 101], "what was chosen")
        check_equal(conflicts(ministry), [], "open conflicts")

    with cases.case("a conflict of more versions than one decision names shows them all, and new figures end it"):
        ministry.stop()
        peers = [Peer(f"one of many {i}", "VN") for i in range(30)]
        for one in peers:
            ministry.trust(one, "VN")
        ministry.serve()
        for number, one in enumerate(peers):
            stream = one.stream("*")
            stream.add("figures.report", "figures", {"status": "published", "seen": {}, "figures": f"retail_sales,VN,2025-01,,,{number + 1}\n"})
            check_equal(one.push(ministry, *stream.sealed()).json()["refused"], 0, "refused")
        found = conflicts(ministry)[0]
        check_equal(len(found["sides"]), 30, "versions")
        check_equal(sorted(found["cells"][0]["values"]), [i + 1 for i in range(30)], "values")
        address = f"/conflicts/{found['id']}"
        check_equal(len(leader.get(f"{address}.csv").text.strip().split("\n")), 31, "lines of the CSV file")
        page = leader.get(address, headers={"Accept": "text/html"}).text
        check_contains(page, "Version AD", "the last version on its page")
        check_contains(page, "30 versions", "their number")
        check("type=\"radio\"" not in page, "a choice that cannot be made is offered")
        check_contains(page, "One decision names at most 16. Report the right figures anew here", "what to do instead")
        check_contains(leader.get("/conflicts", headers={"Accept": "text/html"}).text, "and 22 further versions", "the list")
        answer = leader.send("POST", f"{address}.json", {"choose": found["sides"][20]["entry"], "reason": "vì"})
        check_equal(answer.status, 413, "a decision about all of them")
        check_contains(answer.json()["error"]["message"], "30 versions contradict each other", "why it is refused")
        check_contains(answer.json()["error"]["hint"], "report the right figures anew", "what to do instead")
        answer = leader.post_form(address, {"choose": found["sides"][20]["entry"], "reason": "vì", "csrf": leader.csrf or ""}, expect=413)
        check_contains(answer.text, "report the right figures anew", "the page that refuses it")
        ministry.stop()
        ministry.run("import", world.path("anew.csv", HEAD + "retail_sales,VN,2025-01,,21\n"), expect=0)
        check_equal(conflicts(ministry), [], "open conflicts")
        check_equal(value_of(ministry, "retail_sales", "2025-01", unit="VN"), 21.0, "what stands")

    with cases.case("of more conflicts than are told one by one when they arrive it is said how many more there are"):
        months = [f"{year}-{month:02}" for year in (2023, 2024) for month in range(1, 13)]
        ministry.run("import", world.path("months.csv", HEAD + "".join(f"retail_sales,VN,{m},,31\n" for m in months)), expect=0)
        stream = peers[0].stream("18")
        for m in months:
            stream.add("figures.report", "figures", {"status": "published", "seen": {}, "figures": f"retail_sales,VN,{m},,,32\n"})
        told = ministry.run("sync", world.path("months.bundle", peers[0].lines(*stream.sealed())), expect=0).out
        check_contains(told, "conflicts: 24\n", "conflicts in all")
        check_contains(told, "  … and 4 more conflicts\n", "those that are not told one by one")


if __name__ == "__main__":
    tell(story)
