#!/usr/bin/env python3
"""Two provinces merge: the new province's node takes over from both predecessors' by an act of the ministry, and the act is undone
by a further entry. Runs on both stores (CAUNOI_TEST_STORE).
Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import datetime

from peer import Peer
from support import check, check_contains, check_equal, tell, this_day
from wire import Clock

ACT = "NQ 202/2025/QH15"
UNDO_ACT = "NQ 300/2025/QH15"
MONTH = f"{this_day():%Y-%m}"  # which somebody is told to file, and still will be if the next one begins meanwhile
FORM = f"/forms/monthly/42/{MONTH}"
CELLS = {"1": "107,25", "1.2": "109,8", "6": "4.512,3", "7": "191,2", "7.1": "41,2", "7.2": "150", "8": "305", "9": "3",
         "10": "312,75"}


def story(cases, world):
    ministry, nghean, hatinh, new = world.nodes(ministry="VN", nghean="40", hatinh="42", new="40")
    commune = world.node("thanh-sen", "18073")  # of Hà Tĩnh
    for node in (nghean, hatinh):
        ministry.trust(node)
        node.trust(ministry)
    hatinh.trust(commune)
    above = Peer("above", "VN")
    for node in (ministry, nghean, new):
        node.trust(above)
    for node in (commune, new):
        node.trust(ministry)
    commune.trust(hatinh)
    ministry.add_user("vu-truong", "director")
    hatinh.add_user("can-bo", "specialist")
    hatinh.add_user("giam-doc", "director")
    ministry.serve()

    def figure(node, unit, value, period, expect=0):
        path = world.path("one.csv", f"indicator,unit,period,value\nretail_sales,{unit},{period},{value}\n")
        return node.run("import", path, expect=expect)

    def sync(node, expect=0):
        return node.run("sync", ministry.address, "--json", expect=expect)

    def value_of(unit, period):
        rows = ministry.signed_in("vu-truong").get(
            f"/figures.json?indicator=retail_sales&unit={unit}&from={period}&to={period}").json()["rows"]
        return float(rows[0]["value"]) if rows else None

    def streams_of(node):
        return {name for (name,) in node.sql("SELECT name FROM ledger_stream WHERE audience <> '-' AND seq > 0")}

    def owed(officer):
        """The next step of each unit's report of that month, as somebody is told."""
        return {t["unit"]: t["kind"] for t in officer.get("/todo.json").json()["todo"] if t["period"] == MONTH}

    def at_ministry(command, *arguments):
        ministry.stop()
        result = ministry.run(command, *arguments)
        ministry.serve()
        return result

    figure(nghean, 40, 1, "2026-01")
    figure(hatinh, 42, 2, "2026-01")
    sync(hatinh)
    sync(commune)
    figure(commune, 18073, 3, "2026-01")
    for node in (nghean, commune, hatinh):
        sync(node)

    with cases.case("a succession needs the ministry, units, an act and a day"):
        check_equal(hatinh.run("succeed", "--unit", "40", "--from", "40,42", "--act", ACT, "--day", "2025-07-01").status, 1,
                    "a province")
        check_equal(at_ministry("succeed", "--unit", "40").status, 2, "half a command")
        for bad in (("40", "40,99", "2025-07-01"), ("40", "VN", "2025-07-01"), ("40", "42", "2025-02-30")):
            check_equal(at_ministry("succeed", "--unit", bad[0], "--from", bad[1], "--act", ACT, "--day", bad[2]).status, 1, bad)
        check_equal(ministry.run("succeed list", "--json", expect=0).json(), [], "successions")

    with cases.case("the new node takes over: it reads and keeps what both predecessors and their communes wrote"):
        ministry.stop()
        ministry.trust(new)
        ministry.run("succeed", "--unit", "40", "--from", "40,42", "--act", ACT, "--day", "2025-07-01", "--node", new.key,
                     expect=0)
        [stands] = ministry.run("succeed list", "--json", expect=0).json()
        for same in (("40,42", "2025-07-01"), ("42", "2025-08-01")):
            refused = ministry.run("succeed", "--unit", "40", "--from", same[0], "--act", ACT, "--day", same[1], "--node", new.key, expect=1)
            check_contains(refused.err, "takes over from those of 40,42 already", f"said again: {same}")
            check_contains(refused.err, f"succeed undo NODE {stands['succession'][:12]}", f"what to do: {same}")
        ministry.run("succeed", "--unit", "40", "--from", "42", "--act", ACT, "--day", "2025-07-01", expect=0)  # of no node: it ends the new one's key, too
        other = next(s["succession"] for s in ministry.run("succeed list", "--json", expect=0).json() if s["succession"] != stands["succession"])
        check_contains(ministry.run("succeed undo", other, "--act", UNDO_ACT, expect=0).out, f"succession {stands['succession'][:12]} stands: by it the node of 40 still takes over from those of 40,42", "undoing one of two")
        ministry.serve()
        sync(new)
        sync(new)
        held = streams_of(new)
        for node in (nghean, hatinh):
            check(f"{node.key}/{node.unit}" in held, f"{node.name}'s stream among {held}")
        check(f"{commune.key}/18073" in held, f"the commune's stream among {held}")
        for audience in ("*", "40", "42", "18073"):
            check_equal(new.state(audience), ministry.state(audience), f"the state of {audience}")
        listed = new.run("succeed list", "--json", expect=0).json()
        check_equal([(s["unit"], s["from"], s["act"], s["undone"] is None) for s in listed], [("40", "40,42", ACT, True), ("40", "42", ACT, False)], "the list")
        page = ministry.client().get("/status", headers={"Accept": "text/html"}).text
        check_contains(page, ACT, "the page of the exchange")

    with cases.case("it speaks for both: corrects figures, and sends a report for the old unit's period"):
        figure(new, 42, 22, "2026-01")
        new.add_user("can-bo", "specialist")
        new.add_user("giam-doc", "director")
        new.serve()
        officer, leader = new.signed_in("can-bo"), new.signed_in("giam-doc")
        check_equal(owed(officer), {"40": "fill", "42": "fill"}, "what its officer is told to file")
        page = officer.get("/todo", headers={"Accept": "text/html"}).text
        check_contains(page, FORM, "the page of what waits")
        check_contains(officer.get("/forms", headers={"Accept": "text/html"}).text, "units it has taken over", "the page of reports")
        cells = {k: {"typed": v} for k, v in CELLS.items()}
        officer.send("PUT", FORM, {"base_version": 0, "cells": cells}, expect=200)
        found = officer.get(f"{FORM}.json").json()
        explain = {c["cell"]: {"typed": c["typed"], "explanation": "Đã kiểm tra"} for c in found["cells"] if c.get("typed")}
        officer.send("PUT", FORM, {"base_version": found["draft_version"], "cells": explain}, expect=200)
        officer.send("POST", f"{FORM}/submit", expect=200)
        leader.send("POST", f"{FORM}/approve", expect=200)
        check_equal(owed(officer), {"40": "fill"}, "what is left once it is sent")
        new.stop()
        sync(new)
        check_equal(value_of("42", "2026-01"), 22.0, "the figure")
        check_equal(ministry.signed_in("vu-truong").get(f"{FORM}.json").json()["state"], "sent", "the report at the ministry")

    def bundle_for(name):
        path = world.folder / f"bundle-{len(list(world.folder.iterdir()))}"
        ministry.run("bundle", path, "--for", name, expect=0)
        return path

    with cases.case("a bundle for the new node is none for the predecessor with the same code, which learns of the merger by it or before"):
        for told in ("by the same file", "before"):
            result = nghean.run("sync", bundle_for("40"), expect=1)
            check_contains(result.err, "outside the territory of this node", f"the reason, told {told}")
            check_contains(result.err, f"--for {nghean.key}", f"the hint, told {told}")
            nghean.run("sync", bundle_for(nghean.key), expect=0)
            check_equal({name[65:] for name in streams_of(nghean)}, {"*", "40"}, "what it holds")
            check_equal({name for name in streams_of(nghean) if name.endswith("/40")}, {f"{nghean.key}/40"}, "whose of that code: the new unit's are not for it")

    with cases.case("over the network, too, the predecessor with the same code gets nothing of the new unit's, whoever writes it"):
        addressed = above.stream("40")
        addressed.add("story.unknown", "x", {})
        check_equal(above.push(ministry, *addressed.sealed()).json()["new"], 1, "what is addressed to the new unit from above")
        for node in (nghean, new, nghean):
            sync(node)
        check(f"{above.key}/40" in streams_of(new), "the new unit's node has it", streams_of(new))
        check_equal({name for name in streams_of(nghean) if name.endswith("/40")}, {f"{nghean.key}/40"}, "what the predecessor holds")
        check_equal(sync(nghean).json()["received"], 0, "and it is told that nothing is missing")
        page = ministry.client().get("/status.json").json()["peers"]
        check_equal([p["backlog"] for p in page if p["node"] in (nghean.key, new.key)], [0, 0], "what the page says they lack")

    with cases.case("a predecessor that has not heard of it writes in vain; one that has is told so"):
        figure(hatinh, 42, 666, "2026-01")
        sync(hatinh)
        check_equal(value_of("42", "2026-01"), 22.0, "the figure at the ministry")
        check_contains(figure(hatinh, 42, 667, "2026-01", expect=1).err, "the key of this node has ended", "the reason")
        hatinh.serve()
        check_equal([p["node"] for p in hatinh.client().get("/status.json").json()["peers"]], [ministry.key], "its links: whom it has met, and not its successor")
        hatinh.stop()
        sync(new)
        for audience in ("*", "42"):
            check_equal({n.state(audience) for n in (new, ministry, hatinh)}, {ministry.state(audience)}, f"the state of {audience}")

    with cases.case("given back, the report waits for the successor, and once the act is undone for the predecessor alone"):
        ministry.signed_in("vu-truong").send("POST", f"{FORM}/return", {"reason": "Chỉ tiêu 6 lệch số Hải quan", "cells": ["6"]},
                                             expect=200)
        sync(new)
        new.serve()
        officer = new.signed_in("can-bo")
        check_equal(owed(officer), {"40": "fill", "42": "correct"}, "what the successor's officer is told")
        filed = officer.get("/forms.csv").text
        known = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        new.stop()

    ministry.stop()
    ministry.run("import", world.path("two.csv", "indicator,unit,period,value,status\nretail_sales,42,2026-03,8,submitted\n"), expect=0)
    ministry.serve()
    figure(new, 42, 7, "2026-03")
    figure(new, 18073, 9, "2026-03")
    sync(new)
    with cases.case("what the new node and the ministry wrote of the old unit unseen waits for the new node"):
        for node in (new, ministry):
            [found] = node.run("conflicts", "--json", expect=0).json()["conflicts"]
            check_equal((found["decider"], {s["unit"] for s in found["sides"]}), ("40", {"40", "VN"}), f"at {node.name}")

    with cases.case("undone: the predecessors' keys count again, and the successor gets nothing more of theirs"):
        name = ministry.run("succeed list", "--json", expect=0).json()[0]["succession"]
        check_equal(at_ministry("succeed undo", name[:6], "--act", UNDO_ACT).status, 1, "too short a name")
        check_equal(at_ministry("succeed undo", name[:12], "--act", UNDO_ACT).status, 0, "undo")
        check_equal(at_ministry("succeed undo", name, "--act", UNDO_ACT).status, 1, "undone already")
        for node in (hatinh, nghean):
            sync(node)
        check_equal(nghean.state("40"), ministry.state("40"), "the state of 40 at the predecessor with that code")
        figure(hatinh, 42, 4, "2026-04")
        sync(hatinh)
        check_equal(value_of("42", "2026-04"), 4.0, "the figure")
        place = new.sql(f"SELECT seq FROM ledger_stream WHERE name = '{hatinh.key}/42'")
        sync(new)
        check_equal(new.sql(f"SELECT seq FROM ledger_stream WHERE name = '{hatinh.key}/42'"), place, "what the successor holds")
        check_equal(sync(new).json()["received"], 0, "nothing more")
        check_equal(figure(new, 42, 5, "2026-05", expect=1).status, 1, "it speaks for Hà Tĩnh no longer")
        for node, told in ((new, {"40": "fill"}), (hatinh, {"42": "correct"})):
            node.serve()
            check_equal(owed(node.signed_in("can-bo")), told, f"what {node.name}'s officer is told")
            node.stop()
        new.serve()
        check(new.signed_in("can-bo").get("/forms.csv").text != filed, "it files for itself alone now")
        check_equal(new.signed_in("can-bo").get(f"/forms.csv?known={known}").text, filed, "what it filed is told as it was before")
        new.stop()
        check_equal(hatinh.state("42"), ministry.state("42"), "the state")
        check(ministry.client().get("/status.json").json()["successions"][0]["is_undone"], "the page says so")

    with cases.case("what the successor wrote about a predecessor's territory meanwhile is that one's, and its node decides what was contested"):
        sync(nghean)
        sync(commune)
        for node, unit, told in ((hatinh, "42", ["22", "7"]), (hatinh, "18073", ["3", "9"]), (commune, "18073", ["3", "9"]), (nghean, "42", []), (nghean, "18073", [])):
            rows = [line.split(",") for line in node.prepare("export", "--indicator", "retail_sales", "--unit", unit, "--from", "2026-01", "--to", "2026-03").out.splitlines()[1:]]
            check_equal([r[5] for r in rows], told, f"figures of {unit} at {node.name}")
        check_equal({name[65:] for name in streams_of(nghean)}, {"*", "40"}, "what the other predecessor holds")
        hatinh.serve()
        leader = hatinh.signed_in("giam-doc")
        [found] = leader.get("/conflicts.json").json()["conflicts"]
        check_equal((found["decider"], found["may_settle"]), ("42", True), "who decides")
        theirs = next(s["entry"] for s in found["sides"] if s["unit"] == "VN")
        leader.send("POST", f"/conflicts/{found['id']}.json", {"choose": theirs, "reason": "Đã đo lại"}, expect=303)
        hatinh.stop()
        sync(hatinh)
        for node in (hatinh, ministry):
            check_equal(node.run("conflicts", "--json", expect=0).json()["conflicts"], [], f"open conflicts at {node.name}")
        check_equal(hatinh.state("42"), ministry.state("42"), "the state")

    with cases.case("written by a clock that is ahead, it holds at once for all who have heard of it, on every page and in the exchange"):
        clock = Clock(world.folder, "ahead")
        clock.set(hours=4 / 60)
        ministry.stop()
        ministry.run("succeed", "--unit", "40", "--from", "40,42", "--act", ACT, "--day", "2025-07-01", "--node", new.key, expect=0,
                     environment=clock.environment)
        ministry.serve()
        sync(new)
        sync(new)
        check_equal(new.state("42"), ministry.state("42"), "the state of 42 at the successor")
        figure(new, 42, 6, "2026-06")
        sync(hatinh)
        check_contains(figure(hatinh, 42, 668, "2026-06", expect=1).err, "the key of this node has ended", "the reason at the predecessor")
        new.serve()
        officer = new.signed_in("can-bo")
        check_equal(owed(officer), {"40": "fill", "42": "correct"}, "what the successor's officer is told")
        officer.send("PUT", FORM, {"base_version": officer.get(f"{FORM}.json").json()["draft_version"], "cells": {"6": {"typed": "4512"}}}, expect=200)
        new.stop()
        ministry.stop()

    with cases.case("it is undone, and said again, on pages while the ministry's server runs, each by an act; elsewhere it is only shown"):
        ministry.add_user("quan-tri", "admin")
        ministry.serve()
        admin = ministry.signed_in("quan-tri")
        name = next(s["succession"] for s in admin.get("/successions.json").json()["successions"] if s["undone"] is None)
        check_contains(admin.get("/successions", headers={"Accept": "text/html"}).text, f"/successions/{name}/undo", "the page")
        address = f"/successions/{name}/undo"
        refused = admin.post_form(address, {"csrf": admin.read_mark(address), "act": ""}, expect=422).text
        check_contains(refused, "the legal act is missing", "an undoing without an act")
        check_equal(len(ministry.run("succeed list", "--json", expect=0).json()), 3, "nothing is written")
        done = admin.post_form(address, {"csrf": admin.read_mark(address), "act": UNDO_ACT}, expect=200).text
        check_contains(done, f"Succession {name[:12]} is undone.", "the answer")
        check_contains(done, UNDO_ACT, "the list of the answer")
        check_equal([s["undone_act"] for s in ministry.run("succeed list", "--json", expect=0).json() if s["succession"] == name], [UNDO_ACT], "the list")
        check_contains(admin.post_form(address, {"csrf": admin.csrf, "act": UNDO_ACT}, expect=409).text, "undone already", "once more")
        sync(hatinh)
        figure(hatinh, 42, 8, "2026-08")
        sync(hatinh)
        check_equal(value_of("42", "2026-08"), 8.0, "the predecessor's figure")
        again = {"csrf": admin.read_mark("/successions"), "unit": "40", "from": "40, 42", "act": "", "day": "2025-07-01", "node": new.key}
        check_contains(admin.post_form("/successions", again, expect=422).text, "the legal act is missing", "a takeover without an act")
        check_contains(admin.post_form("/successions", again | {"act": ACT}, expect=200).text, "The node of 40 takes over from those of 40,42.", "the answer")
        sync(hatinh)
        check_contains(figure(hatinh, 42, 9, "2026-09", expect=1).err, "the key of this node has ended", "the predecessor")
        sync(new)
        check_equal(new.run("succeed list", "--json", expect=0).json()[0]["undone_act"], UNDO_ACT, "by which act it was undone, at the successor")
        ministry.stop()
        new.add_user("quan-tri", "admin")
        new.serve()
        admin = new.signed_in("quan-tri")
        check('action="/successions"' not in admin.get("/successions", headers={"Accept": "text/html"}).text, "a form at a province's node")
        check_equal(admin.post_form("/successions", again | {"csrf": admin.csrf, "act": ACT}, expect=403).status, 403, "sent all the same")
        new.stop()


if __name__ == "__main__":
    tell(story)
