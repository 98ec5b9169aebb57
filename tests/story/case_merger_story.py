#!/usr/bin/env python3
"""Two provinces merge in the middle of cases: the old province's node has opened and taken them, the ministry records the merger with its act and
the node that takes over, the new province's node goes on with them. Limits, people and next steps are right on every node; what the old node
wrote without having heard of it stands nowhere; the merger undone, the old province goes on where it was. Runs on both stores
(CAUNOI_TEST_STORE).

Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import datetime
import os

from case_life_story import LIFE
from support import check, check_contains, check_equal, tell, this_day
from wire import Clock

ACT = "NQ minh họa 9/2026"
MERGER = ("old,new,share,date,act,basis,kind,name_vi,name_en,parent\n"
          "40,40,1,{day},{act},,tinh,Nghệ Tĩnh,Nghe Tinh,VN\n42,40,1,{day},{act},,,,,\n")


def story(cases, world):
    clock = Clock(world.folder, "all")
    clock.set(-72)  # the old province's part is three days back
    os.environ.update(clock.environment)
    ministry, hatinh, new = world.nodes(ministry="VN", hatinh="42", new="40")
    day = this_day()
    before = day - datetime.timedelta(days=3)
    ago = lambda n: (before - datetime.timedelta(days=n)).isoformat()
    ministry.trust(hatinh)
    hatinh.trust(ministry)
    new.trust(ministry)
    path = world.folder / "life/workflows/life/1.workflow"
    path.parent.mkdir(parents=True)
    path.write_text(LIFE)
    ministry.run("catalogue load", world.folder / "life", expect=0)
    ministry.add_user("vu", "specialist")
    for login, role, unit in (("xa", "commune", "18073"), ("so", "specialist", "42"), ("giamdoc", "director", "42")):
        hatinh.add_user(login, role, unit=unit)

    def exchange(*nodes):
        ministry.serve()
        for node in nodes:
            node.run("sync", ministry.address, expect=0)
        ministry.stop()

    def one(client, case):
        return client.get(f"/cases/{case}.json").json()

    def page(client, case):
        return client.get(f"/cases/{case}", headers={"Accept": "text/html"}).text

    def waiting(client):
        return {t["case"]: t["action"] for t in client.get("/todo.json").json()["cases"]}

    def limit(case, client):
        return [x for x in one(client, case)["limits"] if x["limit"] == "exam"][-1]

    exchange(hatinh)
    hatinh.serve()
    old = {login: hatinh.client(language="vi").sign_in(login) for login in ("xa", "so", "giamdoc")}

    def opened(title, on):
        body = {"title": title, "case_unit": "18073", "on": on, "fields": {"cost": "5000000"}, "documents": {"letter": {"number": "1/ĐN", "on": on}}}
        return old["xa"].send("POST", "/cases/life", body, expect=303).headers["Location"].split("/")[-1].removesuffix(".json")

    with cases.case("the old province's node opens cases, takes one, stops and restarts its limit; the ministry sees them"):
        taken, waits = opened("Việc đã nhận", ago(20)), opened("Việc chờ nhận", ago(1))
        for login, action, on, more in (("so", "take", ago(18), {}), ("so", "stop", ago(12), {"reason": "chờ kiểm định"}), ("so", "restart", ago(8), {})):
            old[login].send("POST", f"/cases/{taken}/{action}", {"on": on, **more}, expect=303)
        due = limit(taken, old["so"])["due"]
        check_equal(due, ago(18 - 20 - 4), "20 days and the 4 it stood still")
        check_equal(waiting(old["so"]).get(waits), "take", "the next step of the old province's officer")
        hatinh.stop()
        exchange(hatinh)

    clock.set(0)
    with cases.case("the merger is recorded at the ministry with its act, and the node that takes over"):
        ministry.trust(new)
        check_contains(ministry.run("units record", world.path("nghe-tinh.csv", MERGER.format(day=day, act=ACT)), expect=0).out, "recorded", "the answer")
        ministry.run("succeed", "--unit", "40", "--from", "40,42", "--act", ACT, "--day", day.isoformat(), "--node", new.key, expect=0)
        hatinh.serve()  # which has not heard of it
        old = {login: hatinh.client(language="vi").sign_in(login) for login in ("xa", "so", "giamdoc")}
        old["giamdoc"].send("POST", f"/cases/{taken}/hold", {"reason": "chưa biết việc sáp nhập"}, expect=303)
        hatinh.stop()
        exchange(new, new, hatinh)
        for name, unit, role in (("xa2", "18073", "commune"), ("so2", "40", "specialist"), ("giamdoc2", "40", "director")):
            new.add_user(name, role, unit=unit)

    new.serve()
    ministry.serve()
    heirs = {login: new.client(language="vi").sign_in(login) for login in ("xa2", "so2", "giamdoc2")}
    above = ministry.client(language="vi").sign_in("vu")

    with cases.case("the new province's node goes on: limits as they were, people and units of both, what waits with its own officers"):
        for client in (heirs["so2"], above):
            found = one(client, taken)
            check_equal((found["state"], limit(taken, client)["due"], limit(taken, client)["stopped_days"]), ("examined", due, 4), "the case")
            check_equal([h["action"] for h in found["history"] if h["counts"]], ["open", "take", "stop", "restart"], "its history: nothing that was written in vain")
            text = page(client, taken)
            check_contains(text, "Hà Tĩnh", "the people of the old province")
        check_equal({k: v for k, v in waiting(heirs["so2"]).items() if k == waits}, {waits: "take"}, "the next step is the new province's")
        check_contains(page(heirs["so2"], waits), "Việc tiếp theo của bạn: Nhận", "its page")
        heirs["so2"].send("POST", f"/cases/{waits}/take", {}, expect=303)
        heirs["giamdoc2"].send("POST", f"/cases/{taken}/extend", {"days": 5, "reason": "sáp nhập"}, expect=303)
        check_equal(limit(taken, heirs["so2"])["due"], (datetime.date.fromisoformat(due) + datetime.timedelta(days=5)).isoformat(), "five days more")
        check_contains(page(heirs["so2"], taken), "Nghệ Tĩnh", "the people of the new province")
        heirs["xa2"].send("POST", f"/cases/{waits}/withdraw", {"reason": "không cần nữa"}, expect=303)  # the commune, at the new province's node

    new.stop()
    ministry.stop()
    exchange(new, hatinh, new)
    with cases.case("all nodes that hold the cases show the same"):
        for audience in ("*", "42", "18073"):
            check_equal(new.state(audience), ministry.state(audience), f"the state of {audience}")
        ministry.serve()
        above = ministry.client(language="vi").sign_in("vu")
        check_equal((one(above, waits)["state"], one(above, taken)["state"], limit(taken, above)["days"]), ("withdrawn", "examined", 25), "at the ministry")
        check_contains(ministry.client(language="vi").get("/units/18073.json").text, f"40@{day}", "the commune's province")
        ministry.stop()
        check_contains(hatinh.run("import", world.path("x.csv", "indicator,unit,period,value\nretail_sales,42,2026-01,1\n"), expect=1).err, "the key of this node has ended",
                       "what the old province's node is told")

    with cases.case("the merger undone, by acts of the ministry: the old province goes on where it was, with what its node has written"):
        ministry.run("units withdraw", "nghe-tinh", expect=0)
        name = ministry.run("succeed list", "--json", expect=0).json()[0]["succession"]
        ministry.run("succeed undo", name, "--act", "NQ 1", expect=0)
        exchange(hatinh, new, hatinh)
        hatinh.serve()
        ministry.serve()
        old = {login: hatinh.client(language="vi").sign_in(login) for login in ("xa", "so", "giamdoc")}
        above = ministry.client(language="vi").sign_in("vu")
        for client in (old["so"], above):
            found = one(client, taken)
            check_equal((found["state"], limit(taken, client)["due"], one(client, waits)["state"]), ("examined", due, "received"), "as they were before the merger")
            check_equal([h["action"] for h in found["history"]], ["open", "take", "stop", "restart"], "what was written between counts nowhere")
        check_equal(waiting(old["so"]).get(waits), "take", "the next step is the old province's again")
        old["so"].send("POST", f"/cases/{waits}/take", {}, expect=303)
        old["giamdoc"].send("POST", f"/cases/{taken}/grant", {}, expect=303)
        hatinh.stop()
        hatinh.run("sync", ministry.address, expect=0)
        check_equal((one(above, waits)["state"], one(above, taken)["state"]), ("examined", "granted"), "at the ministry")
        ministry.stop()
        check_equal({n.state("42") for n in (hatinh, ministry)}, {ministry.state("42")}, "the state")


if __name__ == "__main__":
    tell(story)
