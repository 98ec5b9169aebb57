#!/usr/bin/env python3
"""Two nodes of the ministry write the same file of definitions without having seen each other: both versions are kept and shown line by line beside what they had in
common, the later one stands meanwhile and the pages that rest on it say so, the ministry's leader decides once, and every node shows the same, whatever came first and by
whichever way. A new node of the ministry, which begins with the program's own files, undoes nothing. Runs on both stores (CAUNOI_TEST_STORE).
Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import csv
import io
import time
import urllib.parse

from support import ROOT, check, check_contains, check_equal, tell, this_day

FILE = "indicators/clusters.yaml"
TEXT = (ROOT / "data" / FILE).read_text(encoding="utf-8")
LEASED = 'name: {vi: "Diện tích đất công nghiệp đã cho thuê trong cụm công nghiệp", en: "Industrial land leased in industrial clusters"}'
LAND = 'short: {vi: "Đất công nghiệp", en: "Industrial land"}'


def changed(old, new, text=TEXT):
    check(old in text, "the file has", old)
    return text.replace(old, new)


def story(cases, world):
    first, province = world.nodes(first="VN", hatinh="42")

    def load(node, files, *more, expect=0):
        folder = world.folder / f"{node.name}-files"
        for old in folder.rglob("*.*"):
            old.unlink()
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        return node.run("catalogue load", folder, *more, expect=expect)

    load(first, {FILE: changed("# Industrial clusters (cụm công nghiệp)", "# Industrial clusters")}, "--reason", "plain words")
    time.sleep(0.01)
    second, other = world.nodes(second="VN", nghean="40")
    for one in (first, second):
        for node in (first, second, province, other):
            if node is not one:
                one.trust(node)
        one.add_user("leader", "director")
        one.add_user("officer", "specialist")
    for node in (province, other):
        node.trust(first)
        node.trust(second)
        node.add_user("leader", "director")
    nodes = (first, second, province, other)

    def exchange(upper, *lower):
        upper.serve()
        for node in lower:
            for _ in range(2):
                node.run("sync", upper.address, expect=0)
        upper.wait_placed()
        upper.stop()

    carry = world.carry

    def conflicts(node, *more):
        return node.run("conflicts", "--json", *more, expect=0).json()["conflicts"]

    def done(node, name):
        return next(c for c in conflicts(node, "--all") if c["id"] == name)

    def text_of(node, path=FILE):
        words, sign = ("convert_from(text, 'UTF8')", "chr") if node.store else ("CAST(text AS TEXT)", "char")
        found = node.sql(f"SELECT replace({words}, {sign}(10), '¶') FROM catalogue_file WHERE path = '{path}'")
        return found[0][0].replace("¶", "\n") if found else ""

    def rows(found, differing=True):
        cell, = found["cells"]
        return [(f["field"], f["common"], f["values"]) for f in cell["fields"] if f["differs"] or not differing]

    def page(node, path, login="leader", language="vi"):
        def look(client):
            client.cookies["lang"] = language
            return client.get(path, headers={"Accept": "text/html"}).text

        return node.visit(login, look)

    def settle(node, found, side, reason, login="leader", expect=303):
        answer = node.visit(login, lambda client: client.send("POST", f"/conflicts/{found['id']}.json", {"choose": found["sides"][side]["entry"], "reason": reason}))
        check_equal(answer.status, expect, f"the decision at {node.name}: {answer.text}")
        return answer

    with cases.case("a new node of the ministry, whose files are the program's, neither undoes what another has changed nor stands against it"):
        exchange(first, second, province)
        for node in (first, second, province):
            check_equal(conflicts(node), [], f"conflicts at {node.name}")
            check_contains(text_of(node), "# Industrial clusters: levels", f"the file at {node.name}")
        check_contains(text_of(other), "# Industrial clusters (cụm", "a node that has not heard of it")

    with cases.case("the same file written unseen: both versions are kept, with who, when and why, line by line beside what they had in common; the later one stands"):
        ground = changed("# Industrial clusters (cụm công nghiệp)", "# Industrial clusters")
        ours = changed(LEASED, 'name: {vi: "Đất cho thuê", en: "Leased land"}', ground)
        theirs = changed(LAND, 'short: {vi: "Đất CN", en: "Industrial land"}', changed(LEASED, 'name: {vi: "Đã cho thuê", en: "Leased"}', ground))
        load(first, {FILE: ours}, "--reason", "shorter, as in the yearbook")
        time.sleep(0.01)
        load(second, {FILE: theirs}, "--reason", "as the bureau asked")
        check_contains(load(first, {FILE: ours}, "--reason", "hid\u200bden", expect=1).err, "U+200B", "a reason that shows less than it holds")
        exchange(first, second, province)
        for node in (first, second, province):
            found, = conflicts(node)
            check_equal((found["decider"], [(s["unit"], s["kind"], s["why"], s["is_public"]) for s in found["sides"]]),
                        ("VN", [("VN", "catalogue.file", "shorter, as in the yearbook", True), ("VN", "catalogue.file", "as the bureau asked", True)]), "sides")
            check_equal([s["node"] for s in found["sides"]], [first.key, second.key], "whose")
            cell, = found["cells"]
            check_equal((cell["indicator"], cell["item"], cell["period"], cell["state"], cell["stands"]), ("catalogue.file", FILE, "", "open", found["sides"][1]["entry"]), "what")
            lines = ground.split("\n")
            land, leased = (next(i for i, line in enumerate(lines) if words in line) for words in (LAND, LEASED))
            check_equal(rows(found), [(f"line {land + 1}", lines[land], [lines[land], theirs.split("\n")[land]]),
                                      (f"line {leased + 1}", lines[leased], [ours.split("\n")[leased], theirs.split("\n")[leased]])], "where they differ")
            check(len(rows(found, False)) > 2, "some lines around are shown")
            check_equal(text_of(node), theirs, f"what stands at {node.name}")
        name = found["id"]
        check_contains(first.run("conflicts", expect=0).out, 'vi: "Đất cho thuê"', "the command")

    with cases.case("said in Vietnamese on the page of the conflict, the list, and every page that rests on the file, at each node; others say nothing"):
        for node in (first, second, province):
            text = page(node, f"/conflicts/{name}")
            for words in ("Bộ Công Thương", f"Tệp định nghĩa: {FILE}", "Nội dung chung trước đó", f"Dòng {leased + 1}", "Đất cho thuê", "Đã cho thuê", "đang tạm giữ", "as the bureau asked",
                          "shorter, as in the yearbook", "mọi nút", "\u00a0\u00a0\u00a0\u00a0name:"):
                check_contains(text, words, f"the page at {node.name}")
            check_contains(page(node, "/conflicts"), f"/conflicts/{name}", "the list")
            for path in ("/indicators", "/figures?indicator=occupancy_rate", "/figures?indicator=cluster_count&unit=42"):
                check_contains(page(node, path), f'href="/conflicts/{name}">{FILE}</a>', f"{path} at {node.name}")
            check("/conflicts/" not in page(node, "/figures?indicator=retail_sales").split("<main", 1)[1], "a page that rests on other files")
            check("đã định nghĩa khác nhau" not in page(node, "/units"), "places")
        check_contains(page(first, "/indicators", login=None), "đã định nghĩa khác nhau", "to the public")
        check("/conflicts/" not in page(first, "/indicators", login=None), "a link that the public cannot follow")
        first.serve()
        answer = list(csv.DictReader(io.StringIO(first.signed_in("leader").get(f"/conflicts/{name}.csv").text.lstrip("\ufeff"))))
        check_equal({r["item"] for r in answer}, {FILE}, "the file of the conflict")
        check_contains(first.client().get("/metrics").text, "caunoi_conflicts_open 1", "metrics")
        first.stop()
        check_contains(page(first, "/todo"), "/conflicts", "the leader's work")

    with cases.case("only the ministry's leader decides, with a reason, between these versions; not a province, not an officer"):
        settle(province, found, 0, "ours", expect=403)
        settle(first, found, 0, "ours", login="officer", expect=403)
        settle(first, found, 0, " ", expect=422)
        check_equal(conflicts(first)[0]["id"], name, "still open")

    with cases.case("decided once, by an entry: the same text stands at every node, by network and by bundle, whatever came first; the outcome says who and why"):
        settle(first, found, 0, "the yearbook is out")
        check_equal((conflicts(first), text_of(first)), ([], ours), "at once")
        exchange(first, second)
        carry(second, other)   # has seen none of it
        carry(first, province)
        carry(first, other)
        for node in nodes:
            check_equal((conflicts(node), text_of(node)), ([], ours), f"at {node.name}")
            end, = done(node, name)["settled"]
            check_equal((end["kind"], end["is_decision"], end["unit"], end["reason"], done(node, name)["cells"][0]["settled_as"]),
                        ("catalogue.settle", True, "VN", "the yearbook is out", found["sides"][0]["entry"]), f"the outcome at {node.name}")
            check("/conflicts/" not in page(node, "/indicators").split("<main", 1)[1], "a mark of what is decided")
        check_equal(len({node.state("*") for node in nodes}), 1, "the state of all")
        check_contains(page(second, f"/conflicts/{name}"), "the yearbook is out", "the page")

    with cases.case("asked as of before, the other definition is answered"):
        for node in (second, province):
            node.serve()
            for moment, words in ((found["since"], "Leased"), (None, "Leased land")):
                text = node.signed_in("leader").get("/indicators.csv" + (f"?known={urllib.parse.quote(moment, safe='')}" if moment else "")).text
                check_equal(next(r["name_en"] for r in csv.DictReader(io.StringIO(text.lstrip("\ufeff"))) if r["id"] == "cluster_land_leased"), words, f"as of {moment} at {node.name}")
            node.stop()

    with cases.case("what is decided is undone by a further entry, from either node, in sight of all: no conflict, the same everywhere"):
        load(second, {FILE: theirs}, "--reason", "the yearbook was withdrawn")
        exchange(second, province)
        exchange(first, second)
        carry(first, other)
        for node in nodes:
            check_equal((conflicts(node), text_of(node)), ([], theirs), f"at {node.name}")

    ONE, TWO = "indicators/one.yaml", "indicators/two.yaml"

    def pair(name):
        def head(i):
            return f'  - id: {i}\n    name: {{vi: "{i}", en: "{i}"}}\n    unit: {{vi: "ha", en: "ha"}}\n    decimals: 2\n    source: {{vi: "a", en: "a"}}\n'
        return {ONE: "indicators:\n" + head(f"part_{name}"), TWO: "indicators:\n" + head(f"share_{name}").replace("decimals: 2", f'decimals: 2\n    formula: "part_{name} * 100"')}

    with cases.case("files that belong together: a decision by which they would not fit is refused with what is wrong and what to do; loaded together they stand"):
        load(first, pair("x"))
        time.sleep(0.01)
        load(second, pair("y"))
        exchange(first, second, province)
        found = {c["cells"][0]["item"]: c for c in conflicts(first)}
        check_equal(sorted(found), [ONE, TWO], "two conflicts")
        check_equal([f["common"] for f in found[ONE]["cells"][0]["fields"]], [None] * len(found[ONE]["cells"][0]["fields"]), "they had nothing in common")
        answer = settle(first, found[ONE], 0, "ours", expect=422)
        for words in (TWO, "part_y", "caunoi catalogue load"):
            check_contains(answer.text, words, "the refusal")
        check_equal(len(conflicts(first)), 2, "nothing was changed")
        settle(first, found[ONE], 1, "theirs is the newer")
        settle(first, found[TWO], 1, "with it")
        exchange(first, second, province)
        for node in (first, second, province):
            check_equal((conflicts(node), text_of(node, ONE)), ([], pair("y")[ONE]), f"at {node.name}")

    with cases.case("three nodes of the ministry at once, the last of them new: one conflict with three sides, decided once"):
        third = world.node("third", "VN")
        third.add_user("leader", "director")
        for node in (province, other):
            node.trust(third)
        for one in (first, second):
            third.trust(one)
            one.trust(third)
        exchange(first, third, second)
        check_equal(conflicts(third), [], "the third node's own files")
        PERIODS = "periods.yaml"
        original = text_of(first, PERIODS)
        for node, remark in ((first, "# one\n"), (second, "# two\n"), (third, "# three\n")):
            load(node, {PERIODS: remark + original})
        exchange(first, second, third)
        exchange(first, second)
        for node in (first, second, third):
            found, = conflicts(node)
            check_equal([s["node"] for s in found["sides"]], [first.key, second.key, third.key], "three sides")
            check_equal(rows(found), [("line 0+1", "", ["# one", "# two", "# three"])], "the line that differs")
        settle(third, found, 1, "two is right")
        exchange(first, third, second, province)
        carry(first, other)
        for node in (*nodes, third):
            check_equal((conflicts(node), text_of(node, PERIODS)), ([], "# two\n" + original), f"at {node.name}")
        check_equal(len({node.state("*") for node in (*nodes, third)}), 1, "the state of all")

    with cases.case("a recorded act that one node withdraws and another changes unseen: which stands is decided, too"):
        act = "old,new,share,date,act,basis,kind,name_vi,name_en,parent\n" + f"40,40,1,{this_day().year + 1}-01-01,Nghị quyết (minh họa),,tinh,{{0}},{{0}},VN\n42,40,1,{this_day().year + 1}-01-01,Nghị quyết (minh họa),,,,,\n"
        first.run("units record", world.path("nghe-tinh.csv", act.format("Nghệ Tĩnh")), "--reason", "a test", expect=0)
        exchange(first, second)
        first.run("units withdraw", "nghe-tinh", "--reason", "recorded too early", expect=0)
        time.sleep(0.01)
        second.run("units record", world.path("nghe-tinh.csv", act.format("Nghệ An - Hà Tĩnh")), expect=0)
        exchange(first, second, province)
        for node in (first, second, province):
            found, = conflicts(node)
            check_equal((found["cells"][0]["item"], found["sides"][0]["why"]), ("units/arrangements/nghe-tinh.csv", "recorded too early"), "what")
            check_equal(rows(found)[0], ("withdrawn", None, ["withdrawn", ""]), "one has withdrawn it")
            check_contains(page(node, "/units/changes"), f"/conflicts/{found['id']}", "the page of changes")
            check_contains(page(node, "/units/40"), "units/arrangements/nghe-tinh.csv", "the page of a unit")
        settle(second, found, 0, "not before the law is passed")
        exchange(first, second, third)
        exchange(first, province)
        carry(first, other)
        for node in (*nodes, third):
            check_equal((conflicts(node), node.run("units recorded", expect=0).out, text_of(node, "units/arrangements/nghe-tinh.csv")), ([], "", ""), f"at {node.name}")

    with cases.case("made anew from the entries, all is the same"):
        before = conflicts(province, "--all"), text_of(province), province.state("*")
        province.run("rebuild", expect=0)
        check_equal((conflicts(province, "--all"), text_of(province), province.state("*")), before, "after a rebuild")


if __name__ == "__main__":
    tell(story, "sqlite postgresql")
