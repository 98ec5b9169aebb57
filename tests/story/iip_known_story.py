#!/usr/bin/env python3
"""The production index as it was known at a moment: whatever is reported, asked, weighed or decided later, known= gives each table, why page and file byte
for byte as it was, at both nodes that hold the entries, and after a rebuild. Runs on both stores (CAUNOI_TEST_STORE).
Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import datetime
import html
import re
import time
import urllib.parse

from peer import Peer, stamp
from support import check, check_contains, check_equal, tell

WEIGHTS = "code,parent,name,measure,weight,base_quantity\nTOTAL,,Whole,,1,\nC,TOTAL,Manufacturing,,1,\np,C,Product p,t,60,\nq,C,Product q,t,40,\n"
MONTHS = [f"{year}-{month:02d}" for year in (2018, 2019) for month in range(1, 13)]
HEAD = "month,establishment,product,measure,quantity\n"
SAMPLE = "establishment,name,product,from,to\n"


def before_the_mergers(cases, world):
    """Bắc Giang (24 until 2025-06-30) and Bắc Ninh (27) became Bắc Ninh (24): what was written at its time, by hand, since today nobody could set up
    a node of a unit that is no more."""
    def at(day, hour=3):
        return stamp(moment=datetime.datetime.fromisoformat(f"2025-{day}T{hour:02d}:00:00+00:00"))

    ministry, of24, of27, new = Peer("the ministry then", "VN"), Peer("bac giang then", "24"), Peer("bac ninh then", "27"), Peer("bac ninh since", "24")
    node = world.node("then", "VN")
    node.trust(ministry)
    lines = lambda base: f"TOTAL\t\tWhole\t\t1\t\nC\tTOTAL\tManufacturing\t\t1\t\np\tC\tProduct p\tt\t60\t{base}\nq\tC\tProduct q\tt\t40\t{base}\n"
    weights = lambda unit, base, first="2024-01": {"unit": unit, "series": "production", "source": f"weights of {unit}, {base}", "from": first, "base": "2024", "lines": lines(base)}
    enrols, told, streams = ministry.stream("*"), ministry.stream("VN"), []
    for who, day in ((of24, "01-02"), (of27, "01-03"), (new, "07-01")):
        enrols.add("node.trust", f"node/{who.key}", {"key": who.key, "unit": who.unit}, at=at(day))
    told.add("iip.weights", "iip/weights/production/VN/2024-01", weights("VN", 2400), at=at("01-10"))
    for peer, quantity in ((of27, 30), (of24, 36)):
        unit, stream = peer.unit, peer.stream(peer.unit)
        makers = [(f"{p}{i} of {unit}", p) for p in "pq" for i in (1, 2, 3, 4)]
        stream.add("iip.weights", f"iip/weights/production/{unit}/2024-01", weights(unit, 1200), at=at("02-01"))
        stream.add("iip.sample", f"iip/sample/production/{unit}",
                   {"unit": unit, "series": "production", "source": "s", "lines": "".join(f"{m}\tThe maker {m}\t{p}\t2024-01\t\n" for m, p in makers)}, at=at("02-02"))
        for number, month in enumerate([f"2024-{m:02d}" for m in range(1, 13)] + [f"2025-{m:02d}" for m in range(1, 5)]):
            stream.add("iip.output", f"iip/output/production/{unit}/{month}",
                       {"unit": unit, "series": "production", "month": month, "source": "s", "seen": {},
                        "lines": "".join(f"{m}\t{p}\tt\t{25 if number < 12 else quantity}\n" for m, p in makers)}, at=at("05-20", 4 + number))
        streams.append(stream)
    since = new.stream("24")
    since.add("iip.weights", "iip/weights/production/24/2024-02", weights("24", 2400, "2024-02"), at=at("09-10"))
    since.add("iip.sample", "iip/sample/production/24", {"unit": "24", "series": "production", "source": "s", "lines": "p1 of 27\tThe maker p1 of 27\tp\t2025-07\t\n"}, at=at("09-11"))
    path = world.folder / "then.bundle"
    path.write_bytes(ministry.lines(*(line for s in (enrols, told, *streams, since) for line in s.sealed()), for_unit="VN"))
    check_equal(node.run("sync", path, "--json", expect=0).json()["refused"], 0, "what was refused")
    node.add_user("leader", "director")
    node.add_user("officer", "specialist")
    for unit in ("24", "25"):
        node.run("user add", f"of-{unit}", "--role", "director", "--unit", unit, given="mật khẩu dài 2026\n", expect=0)
    node.serve()
    leader = node.signed_in("leader")

    def table(unit, known="", person=leader, **more):
        return person.get(f"/iip.json?unit={unit}&month=2025-04{known and '&known='}{known}&full=1", **more).json()

    def whole(unit, known=""):
        row = table(unit, known)["rows"][0]
        return row["base"], row["reported"], row["expected"]

    with cases.case("known before the mergers of 2025 the map is that of the day: each province of then has its own table, and the country's has both"):
        for day in ("2025-05-31", "2025-06-30"):
            check_equal({unit: whole(unit, day) for unit in ("27", "24", "VN")}, {"27": (120, 8, 8), "24": (144, 8, 8), "VN": (132, 16, 16)}, f"known on {day}")
        for unit, name, other in (("27", "Tỉnh Bắc Ninh", "Tỉnh Bắc Giang"), ("24", "Tỉnh Bắc Giang", "Tỉnh Bắc Ninh")):
            page = leader.get(f"/iip?unit={unit}&month=2025-04&known=2025-06-30&lang=vi", headers={"Accept": "text/html"}).text
            check_contains(page, name, f"the page of {unit} then")
            check(other not in re.sub(r"<select.*?</select>", "", page, flags=re.S), f"the page of {unit} names {other}")
        areas = {row["province"] for row in leader.get("/iip/why.json?unit=VN&month=2025-04&node=p&known=2025-06-30&lang=vi").json()["rows"]}
        check_equal(areas, {"Tỉnh Bắc Giang", "Tỉnh Bắc Ninh"}, "the provinces of the country's table then")

    with cases.case("known since, what was two is one: its table has the reports of both, under the code that one of them had, and the other has none"):
        for known in ("2025-09-30", ""):
            check_equal({unit: whole(unit, known) for unit in ("24", "VN")}, {"24": (132, 16, 16), "VN": (132, 16, 16)}, f"known {known or 'now'}")
            check_contains(table("27", known, expect=422)["error"]["message"], '"27" không phải', "a province that is no more")
        areas = {row["province"] for row in leader.get("/iip/why.json?unit=VN&month=2025-04&node=p&lang=vi").json()["rows"]}
        check_equal(areas, {"Tỉnh Bắc Ninh"}, "the provinces of the country's table now")

    with cases.case("weights of the province that had the code before are not taken for those of the one that has it now"):
        check_contains(table("24", "2025-08-31", expect=404)["error"]["message"], "chưa nhập quyền số cho Tỉnh Bắc Ninh", "before it has weights of its own")
        check_equal(whole("VN", "2025-08-31"), (132, 16, 16), "the country's then")
        check_equal(leader.get("/iip?unit=24&month=2025-04&lang=vi", headers={"Accept": "text/html"}).text.count("tháng 01/2024"), 0, "the month from which the old ones stood")

    with cases.case("the form of a month has whoever is asked in the province of today, by both of then, each once, and what was reported"):
        def form(month):
            rows = node.signed_in("officer").get(f"/iip/form.json?unit=24&month={month}").json()["rows"]
            return sorted((row["establishment"], row["product"], row["measure"], row["quantity"]) for row in rows)

        def asked(quantity):
            return sorted((f"{p}{i} of {unit}", p, "t", made and made[unit]) for made in [quantity] for unit in ("24", "27") for p in "pq" for i in (1, 2, 3, 4))

        check_equal(form("2025-04"), asked({"24": 36, "27": 30}), "a month reported before the merger")
        check_equal(form("2025-10"), asked(None), "a month since")

    with cases.case("who may see it is asked of today's map"):
        for login, unit, known, status in (("of-24", "24", "", 200), ("of-24", "24", "2025-06-30", 200), ("of-24", "27", "2025-06-30", 200), ("of-25", "24", "2025-06-30", 403), ("of-25", "27", "2025-06-30", 403)):
            check_equal(node.signed_in(login).get(f"/iip.json?unit={unit}{known and '&known='}{known}", expect=None).status, status, f"{login} asks for {unit} {known}")
        for login, unit, status in (("of-24", "24", 403), ("of-24", "27", 403), ("of-25", "24", 403), ("of-25", "27", 403), ("of-25", "VN", 403)):
            for full in ("", "&full=1"):
                check_equal(node.signed_in(login).get(f"/iip.json?unit={unit}&recorded=2025-06-30{full}", expect=None).status, status, f"{login} asks for what had been recorded of {unit}")
    node.stop()


def story(cases, world):
    before_the_mergers(cases, world)
    ministry, province = world.node("ministry", "VN"), world.node("ha-tinh", "42")
    ministry.trust(province)
    province.trust(ministry)
    for node in (ministry, province):
        node.add_user("leader", "director")
        node.add_user("officer", "specialist")

    people = {}

    def rest(*nodes):
        for node in nodes:
            if people.pop(node.name, None):
                node.stop()

    def bring(node, kind, text, *more, unit="42"):
        rest(node)
        return node.run("iip import", kind, world.path(f"{node.name}-{kind}.csv", text), "--unit", unit, *more, expect=0)

    def exchange():
        rest(ministry, province)
        ministry.serve()
        province.run("sync", ministry.address, expect=0)
        province.serve()
        for node in (ministry, province):
            people[node.name] = node.signed_in("leader")

    def made(maker, month):
        return 100 + 7 * MONTHS.index(month) % 40 + 3 * len(maker) + ord(maker[-1])

    asked = [(f"{p}{i}", p) for p in "pq" for i in (1, 2, 3, 4)]
    bring(province, "weights", WEIGHTS, "--from", "2018-01", "--base", "2018")
    bring(province, "sample", SAMPLE + "".join(f"{m},{m},{p},2018-01,\n" for m, p in asked))
    bring(province, "output", HEAD + "".join(f"{month},{m},{p},t,{made(m, month)}\n" for m, p in asked for month in MONTHS[:-1]))
    for unit in ("VN", "40"):
        bring(ministry, "weights", WEIGHTS.replace("60,", "50,").replace("40,", "50,"), "--from", "2018-01", "--base", "2018", unit=unit)
    bring(ministry, "sample", SAMPLE + "".join(f"n{m},{m},{p},2018-01,\n" for m, p in asked), unit="40")
    bring(ministry, "output", HEAD + "".join(f"{month},n{m},{p},t,{made(m, month) + 5}\n" for m, p in asked for month in MONTHS[:-1]), unit="40")
    exchange()

    def addresses(unit):
        about = f"unit={unit}&month=2019-06&compare"
        return [f"/iip.csv?{about}=yoy", f"/iip.csv?{about}=mom&full=1", f"/iip.json?{about}=ytd&full=1", f"/iip?unit={unit}", f"/iip.csv?unit={unit}", f"/iip/why.csv?{about}=yoy&node=p",
                f"/iip/why.json?{about}=yoy&node=C", f"/iip/why?{about}=mom&node=p", f"/iip/why?{about}=ytd&node=TOTAL"]

    def answer(name, address, known=None):
        text = people[name].get(f"{address}{'' if known is None else f'&known={urllib.parse.quote(known)}'}", headers={"Accept": "text/html"}).text
        return re.sub(r'content="[^"]*"|<span class="chip.*?</span>|name="csrf" value="[^"]*"|<header.*?</header>|<nav.*?</nav>|<footer.*?</footer>', "", text, flags=re.S)

    def answers(name, known=None):
        return {(unit, address): answer(name, address, known) for unit in (("42", "VN", "40") if name == "ministry" else ("42",)) for address in addresses(unit)}

    noted = []

    def note_down(what):
        """The moment, and all that is told at both nodes as known then, and without a moment."""
        time.sleep(0.003)
        known = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=7))).isoformat(timespec="milliseconds")
        time.sleep(0.003)
        for name in people:
            now, then = answers(name), answers(name, known)
            for key, text in now.items():
                if ".csv" in key[1]:
                    check_equal(then[key], text, f"{what}: {name} {key}: as known now is what is told now")
            noted.append((what, name, known, now, then))

    def look_back(after):
        for what, name, known, _, then in noted:
            for key, text in answers(name, known).items():
                check_equal(text, then[key], f"after {after}: {name} {key} as known {what} ({known})")

    def differs(before, unit="42"):
        """Whether what is told now at the ministry differs from what was told then; a change that changes nothing proves nothing."""
        now = {address: answer("ministry", address) for address in addresses(unit) if "csv" in address}
        then = next(now for what, name, _, now, _ in noted if what == before and name == "ministry")
        check(any(text != then[unit, address] for address, text in now.items()), f"the table of {unit} is no longer that {before}")

    def again(what, before, *units):
        exchange()
        for unit in units or ("42", "VN"):
            differs(before, unit)
        look_back(what)
        note_down(f"after {what}")

    note_down("at first")

    with cases.case("a report that is corrected"):
        bring(province, "output", HEAD + "2019-06,p1,p,t,400\n2018-03,q2,q,t,1\n")
        again("a correction", "at first")

    with cases.case("a report that comes late, of a month that was not there"):
        bring(province, "output", HEAD + "".join(f"2019-12,{m},{p},t,{made(m, '2019-12')}\n" for m, p in asked))
        again("a late report", "after a correction")
        _, name, known, *_ = noted[0]
        check_contains(people[name].get(f"/iip.json?unit=42&month=2019-12&known={urllib.parse.quote(known)}", expect=404).text, "as known on", "a month that was not there yet")
        check_contains(answer("ha-tinh", "/iip?unit=42", known), 'value="2019-11" selected', "the newest month then")

    with cases.case("a sample that changes: one establishment ends, one begins, one is asked anew"):
        bring(province, "sample", SAMPLE + "p4,p4,p,2018-01,2019-02\nq9,q9,q,2019-03,\nq1,q1 of another name,q,2018-06,\n")
        bring(province, "output", HEAD + "".join(f"{month},q9,q,t,900\n" for month in MONTHS[14:]))
        again("a changed sample", "after a late report")

    with cases.case("weights that take the place of others: a product is withdrawn, another comes late"):
        bring(province, "weights", WEIGHTS.replace("q,C,Product q,t,40,", "late,C,Product late,t,30,500"), "--from", "2018-01", "--base", "2018")
        bring(province, "sample", SAMPLE + "".join(f"l{i},l{i},late,2018-01,\n" for i in (1, 2, 3, 4)))
        bring(province, "output", HEAD + "".join(f"{month},l{i},late,t,{50 + 9 * i}\n" for month in MONTHS for i in (1, 2, 3, 4)))
        again("other weights", "after a changed sample", "42")

    with cases.case("later weights that are linked"):
        bring(province, "weights", WEIGHTS.replace("60,", "20,").replace("q,C,Product q,t,40,", "late,C,Product late,t,80,"), "--from", "2019-05", "--base", "2018", "--overlap", "2019-04")
        again("linked weights", "after other weights", "42")

    with cases.case("two nodes report without having seen each other: what stood then, before and after it is decided"):
        bring(ministry, "output", HEAD + "2019-06,p2,p,t,700\n")
        bring(province, "output", HEAD + "2019-06,p2,p,t,10\n")
        again("a conflict", "after linked weights")
        conflict = province.run("conflicts", "--json", expect=0).json()["conflicts"][0]
        far = next(side["entry"] for side in conflict["sides"] if side["entry"] != conflict["cells"][0]["stands"])
        people["ha-tinh"].send("POST", f"/conflicts/{conflict['id']}.json", {"choose": far, "reason": "the establishment confirms it"}, expect=303)
        again("a decision", "after a conflict")

    with cases.case("what a file is called, or names as its source, decides nothing among reports of one node: the newest stands, also beside another node's"):
        bring(province, "output", HEAD + "2019-06,p3,p,t,600\n", "--source", "Cục Thống kê")
        bring(province, "output", HEAD + "2019-06,p3,p,t,620\n", "--source", "Báo cáo tháng 6.csv")
        again("reports of two sources", "after a decision")
        rest(ministry, province)
        bring(ministry, "output", HEAD + "2019-05,p3,p,t,1\n2019-06,p3,p,t,900\n")
        bring(province, "output", HEAD + "2019-06,p3,p,t,630\n", "--source", "Báo cáo tháng 6.csv")
        again("another node's report beside them", "after reports of two sources")

    with cases.case("a page as known then says so, keeps it in its links, and every one of them leads on"):
        known = noted[0][2]
        day = (datetime.date.today() - datetime.timedelta(days=400)).isoformat()
        page = people["ministry"].get(f"/iip?unit=42&month=2019-06&known={urllib.parse.quote(known)}", headers={"Accept": "text/html"}).text
        check_contains(page, "as known on", "the page")
        links = [html.unescape(link) for link in re.findall(r'href="(/iip[^"]*)"', page) if "import" not in link and "lang=" not in link]
        check(len(links) > 8, "links of the page", links)
        for link in links:
            if link == "/iip":  # of the navigation
                continue
            check_contains(link, "known=", "a link")
            check_equal(people["ministry"].get(link).status, 200, link)
        why = people["ministry"].get(f"/iip/why?unit=42&month=2019-06&node=p&known={urllib.parse.quote(known)}", headers={"Accept": "text/html"}).text
        check_contains(why, "as known on", "the why page")
        check(all("known=" in link for link in re.findall(r'href="(/iip[^"]*)"', why) if link != "/iip"), "its links")
        notes = people["ministry"].get(f"/iip.json?unit=42&known={urllib.parse.quote(known)}").json()["notes"]
        check_contains(" ".join(notes), "As known on", "the JSON answer")
        apart = "Not to be published beside the table of another day"
        check_contains(" ".join(notes), apart, "what two tables tell together")
        for more in ("&full=1", f"&full=1&known={urllib.parse.quote(known)}", ""):
            check(apart not in " ".join(people["ministry"].get(f"/iip.json?unit=42{more}").json()["notes"]), f"said with {more}")
        told = province.run("iip show", "--month", "2019-06", "--compare", "yoy", "--known", known, expect=0)
        check_equal(told.out.encode(), people["ha-tinh"].get(f"/iip.csv?unit=42&month=2019-06&compare=yoy&known={urllib.parse.quote(known)}").body, "the command")
        for path in ("/iip?unit=42", "/iip/why?unit=42&node=p"):
            check_contains(people["ministry"].get(f"{path}&known=yesterday", expect=422, headers={"Accept": "application/json"}).text, "neither a date nor a moment", "what is no day")
            check_contains(people["ministry"].get(f"{path}&known={day}", expect=404, headers={"Accept": "application/json"}).text, "no weights were entered", "a day before all entries")
            check_equal(people["ministry"].get(f"{path}&known=2999-12-31").status, 200, "a day to come")
        for to_come in ("2999-12-31", "9999-12-31"):
            check_equal(answer("ministry", "/iip.csv?unit=42", to_come), answer("ministry", "/iip.csv?unit=42"), f"all that is known so far is known on {to_come}")
        check_contains(ministry.signed_in("officer").get("/iip/form.json?unit=42&known=2020-01-01", expect=422).text, "/iip", "the form to fill in is of now")
        people["ministry"].get("/iip.json?unit=99&known=2020-01-01", expect=422)
        check_equal(ministry.signed_in("officer").get(f"/iip.json?unit=40&known={urllib.parse.quote(known)}").status, 200, "the ministry's own")
        check_equal(people["ha-tinh"].get(f"/iip.json?unit=40&known={urllib.parse.quote(known)}", expect=403).status, 403, "another province's")

    with cases.case("what had been recorded by a moment is what is known of it, to the same readers; its page says that it is not to be published beside another"):
        for what, name, known, now, _ in noted[:2] + noted[-2:]:
            recorded = urllib.parse.quote(known)
            for (unit, address), text in now.items():
                if ".csv" in address:
                    check_equal(people[name].get(f"{address}&recorded={recorded}").text, text, f"{address} at {name} {what}, recorded")
                    check_equal(people[name].get(f"{address}&recorded={recorded}&known={recorded}").text, text, f"{address} at {name} {what}, recorded and known")
            for full, is_said in (("", True), ("&full=1", False)):
                page = people[name].get(f"/iip?unit=42&recorded={recorded}{full}", headers={"Accept": "text/html"}).text
                check_equal(page.count(apart), is_said, f"the page of {name}, recorded {what}{full}")
        for client, unit, status in ((ministry.client(), "42", 401), (ministry.signed_in("officer"), "42", 200), (people["ha-tinh"], "40", 403), (people["ha-tinh"], "VN", 403)):
            for address in (f"/iip.json?unit={unit}", f"/iip.json?unit={unit}&full=1", f"/iip/why.json?unit={unit}&node=p"):
                check_equal(client.get(f"{address}&recorded={recorded}", expect=None).status, status, f"who asks {address}")

    with cases.case("after a rebuild of both nodes the same, byte for byte"):
        for node in (ministry, province):
            rest(node)
            node.run("rebuild", expect=0)
            node.serve()
            people[node.name] = node.signed_in("leader")
        look_back("a rebuild")


if __name__ == "__main__":
    tell(story)
