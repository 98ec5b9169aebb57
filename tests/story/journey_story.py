#!/usr/bin/env python3
"""A month's report goes from a province to the ministry's screen, comes back, is corrected and accepted; the
ministry's node is stopped meanwhile; another province never holds any of it. Three nodes, three processes.
Runs on both stores (CAUNOI_TEST_STORE). Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import csv
import datetime
import io
import re
import time
import zipfile

from support import check, check_contains, check_equal, tell, tell_number, this_day, wait_until

while this_day(minutes=1).month != this_day().month:  # the month that is reported stays the last one until the officer has found it
    time.sleep(1)
END = this_day().replace(day=1) - datetime.timedelta(days=1)  # of the month that is reported: the last one that is over
BEFORE_END = END.replace(day=1) - datetime.timedelta(days=1)
YEAR_AGO_END = END.replace(day=1, year=END.year - 1) + datetime.timedelta(days=END.day - 1)
MONTH, BEFORE, YEAR_AGO = (f"{day:%Y-%m}" for day in (END, BEFORE_END, YEAR_AGO_END - datetime.timedelta(days=3)))
REPORT = f"/forms/monthly/42/{MONTH}"
WAIT_MOST = 5.0  # seconds until the ministry must show what a province sent; the aim is one

EARLIER = f"""indicator,unit,period,item,value,known_from
retail_sales,42,{BEFORE},,4400,{BEFORE_END}
retail_sales,42,{YEAR_AGO},,4100.5,{YEAR_AGO_END}
export_value,42,{BEFORE},tong_tri_gia,190.2,{BEFORE_END}
export_value,42,{YEAR_AGO},tong_tri_gia,120,{YEAR_AGO_END}
import_value,42,{BEFORE},tong_tri_gia,310,{BEFORE_END}
import_value,42,{YEAR_AGO},tong_tri_gia,300,{YEAR_AGO_END}
iip_yoy,42,{BEFORE},,108.1,{BEFORE_END}
iip_yoy,42,{BEFORE},C,109.4,{BEFORE_END}
promotion_projects_accepted,42,{BEFORE},,2,{BEFORE_END}
cluster_land_leased,42,{BEFORE},,311.5,{BEFORE_END}
"""

# As an officer types: decimal comma, a point between thousands.
CELLS = {"1": "107,25", "1.2": "109,8", "6": "4.512,3", "7": "191,2", "7.1": "41,2", "7.2": "150", "8": "305",
         "9": "3", "10": "312,75"}


def save(client, cells, base):
    """Save cells as typed; the answer of the node."""
    return client.send("PUT", REPORT, {"base_version": base, "cells": {k: {"typed": v} for k, v in cells.items()}},
                       expect=200).json()


def report(client, query=""):
    return client.get(f"{REPORT}.json{query}").json()


def cell(found, name):
    return next(c for c in found["cells"] if c["cell"] == name)


def figure(client, indicator="export_value", **more):
    """The rows of Hà Tĩnh's month, as a program reads them."""
    more = {"unit": "42", "from": MONTH, "to": MONTH, **more}
    query = "&".join(f"{k}={v}" for k, v in more.items())
    return client.get(f"/figures.json?indicator={indicator}&{query}").json()["rows"]


def value_of(client, item="tong_tri_gia", **more):
    rows = figure(client, item=item, **more)
    return rows[0]["value"] if rows else None


def sectors(client):
    return {r["item"]: float(r["value"]) for r in figure(client)}


def sheet_of(workbook):
    """All texts and numbers of a workbook's sheets, in one text."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as z:
        return "\n".join(z.read(name).decode() for name in z.namelist() if name.endswith(".xml"))


def peer_of(node, key):
    peers = node.client().get("/status.json").json()["peers"]
    return next((p for p in peers if p["node"] == key), None)


def story(cases, world):
    ministry, hatinh, phutho = world.nodes(ministry="VN", hatinh="42", phutho="25")
    for province in (hatinh, phutho):
        ministry.trust(province)
        province.trust(ministry)
    ministry.add_user("vu-ke-hoach", "specialist")
    ministry.add_user("vu-truong", "director")
    hatinh.add_user("can-bo", "specialist")
    hatinh.add_user("can-bo-2", "specialist")
    hatinh.add_user("giam-doc", "director")
    hatinh.add_user("quan-tri", "admin")
    phutho.add_user("can-bo", "specialist")
    hatinh.run("import", world.path("earlier.csv", EARLIER), expect=0)
    ministry.serve()
    hatinh.serve(ministry.address)
    phutho.serve(ministry.address)
    officer = leader = None

    with cases.case("a wrong password and an unknown login are refused in the same words"):
        texts = []
        for login in ("can-bo", "khong-co-ai"):
            c = hatinh.client()
            answer = c.post_form("/sign-in", {"csrf": c.read_mark("/sign-in"), "login": login, "password": "sai mat khau"},
                                 expect=401)
            texts.append(re.sub(r'value="[^"]*"', "", answer.text.partition("<main")[2].partition("</main>")[0]))
        check_equal(texts[0], texts[1], "the two pages")
        hatinh.client().get(f"{REPORT}.json", expect=401)

    with cases.case("an officer signs in and finds the report due with its deadline"):
        officer = hatinh.signed_in("can-bo")
        officer.cookies["lang"] = "vi"
        page = officer.get("/", headers={"Accept": "text/html"}).text
        check_contains(page, "Việc của tôi", "the first page")
        check_contains(page, REPORT, "the first page")
        due = [t for t in officer.get("/todo.json").json()["todo"] if t["period"] == MONTH]
        check_equal([(t["kind"], t["form"], t["unit"], t["address"]) for t in due],
                    [("fill", "monthly", "42", REPORT)], "what is due")
        check_equal(due[0]["due"], f"{END}T17:00:00.000+07:00", "the deadline")

    with cases.case("a draft is kept as typed, also what is no number, and its comparisons stand beside it"):
        saved = save(officer, {**CELLS, "6": "4.512,3 tỷ", "7": "19l,2"}, 0)
        check_equal(saved["state"], "draft", "the state")
        again = report(officer)
        check_equal(cell(again, "7")["typed"], "19l,2", "the cell")
        check_equal(cell(again, "7")["value"], None, "the value of what is no number")
        check_equal(cell(again, "6")["typed"], "4.512,3 tỷ", "the cell")
        check_equal(float(cell(again, "7")["previous"]), 190.2, "the previous period")
        check_equal(float(cell(again, "7")["year_before"]), 120.0, "the same period of last year")
        at_cell_7 = [p for p in again["problems"] if p["cell"] == "7" and p["severity"] == "error"]
        check(at_cell_7, "no error stands at the cell:", again["problems"])

    with cases.case("a report with errors cannot be submitted; each error names its cell"):
        refused = officer.send("POST", f"{REPORT}/submit", expect=422).json()
        check("7" in refused["fields"], "the refusal does not name the cell:", refused)
        check_equal(report(officer)["state"], "draft", "the state afterwards")

    with cases.case("a warning needs an explanation before the report may go on"):
        version = report(officer)["draft_version"]
        saved = save(officer, {"6": "4.512,3", "7": "191,2"}, version)
        check_equal(saved["errors"], 0, "errors")
        warned = [p["cell"] for p in saved["problems"] if p["severity"] == "warning"]
        check_equal(warned, ["7"], "cells with a warning")  # 191.2 against 120: more than 40 %
        officer.send("POST", f"{REPORT}/submit", expect=422)
        officer.send("PUT", REPORT, {"base_version": saved["draft_version"], "cells": {
            "7": {"explanation": "Lò cao số 2 chạy lại từ tháng 6"}}}, expect=200)
        check_equal(report(officer)["warnings_open"], 0, "warnings without an explanation")

    with cases.case("two people who change one cell are shown both values"):
        second = hatinh.signed_in("can-bo-2")
        version = report(officer)["draft_version"]
        save(second, {"9": "4"}, version)
        answer = officer.send("PUT", REPORT, {"base_version": version, "cells": {"9": {"typed": "5"}}}, expect=409).json()
        check_equal([(c["cell"], c["yours"], c["theirs"]) for c in answer["conflicts"]], [("9", "5", "4")], "the conflict")
        save(officer, {"9": "3"}, report(officer)["draft_version"])

    with cases.case("a draft never leaves the province"):
        check_equal(figure(ministry.signed_in("vu-ke-hoach")), [], "the ministry's figures before sending")

    with cases.case("a form sent from another site is refused"):
        answer = officer.send("POST", f"{REPORT}/submit", headers={"X-CSRF-Token": "0" * 64})
        check_equal(answer.status, 403, "the answer to a false mark")
        answer = officer.send("POST", f"{REPORT}/submit", headers={"Origin": "http://example.org"})
        check_equal(answer.status, 403, "the answer to another origin")

    with cases.case("the officer submits but may not send"):
        officer.send("POST", f"{REPORT}/submit", expect=200)
        check_equal(report(officer)["state"], "submitted", "the state")
        officer.send("POST", f"{REPORT}/approve", expect=403)
        officer.send("PUT", REPORT, {"base_version": report(officer)["draft_version"],
                                     "cells": {"9": {"typed": "7"}}}, expect=409)
        hatinh.signed_in("quan-tri").send("POST", f"{REPORT}/approve", expect=403)  # who runs a node does not speak for it

    with cases.case("the officer reads that it is submitted, and takes it back as long as it is not sent"):
        leader = hatinh.signed_in("giam-doc")
        page = officer.get(REPORT, headers={"Accept": "text/html"}).text
        check_contains(page, "Đã trình lãnh đạo lúc ", "the page after submitting")
        check_contains(page, f'action="{REPORT}/withdraw"', "the way back")
        check(f'action="{REPORT}/withdraw"' not in leader.get(REPORT, headers={"Accept": "text/html"}).text, "the leader gives back, with a reason")
        check_contains(leader.send("POST", f"{REPORT}/withdraw", expect=409).text, "gives it back, with a reason", "the leader's way")
        officer.send("POST", f"{REPORT}/withdraw", expect=200)
        check_equal(report(officer)["state"], "draft", "the state")
        check_equal([t["kind"] for t in leader.get("/todo.json").json()["todo"] if t["period"] == MONTH], ["fill"], "it waits for nobody's signature")
        check_contains(officer.send("POST", f"{REPORT}/withdraw", expect=409).text, "báo cáo không ở bước chờ lãnh đạo", "nothing to take back")
        leader.send("POST", f"{REPORT}/approve", expect=409)
        officer.send("POST", f"{REPORT}/submit", expect=200)

    reader = ministry.signed_in("vu-ke-hoach")
    with cases.case("the leader approves, gets a receipt, and the ministry shows it within a second"):
        leader = hatinh.signed_in("giam-doc")
        check_equal([t["kind"] for t in leader.get("/todo.json").json()["todo"] if t["period"] == MONTH], ["approve"],
                    "what waits for the leader")
        leader.send("POST", f"{REPORT}/approve", expect=200)
        sent = time.monotonic()
        wait_until(lambda: value_of(reader), WAIT_MOST, "the ministry shows what the province sent")
        took = time.monotonic() - sent
        tell_number(f"saved at the province → visible at the ministry {took * 1000:.0f} ms")
        receipt = report(leader)["receipt"]
        check(re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}", receipt or ""), "no receipt:", receipt)
        at_ministry = wait_until(lambda: report(reader)["version"] and report(reader), WAIT_MOST, "the report itself")
        check_equal(at_ministry["receipt"], receipt, "the receipt at the ministry")
        check_equal(at_ministry["state"], "sent", "the state at the ministry")
        check_equal(cell(at_ministry, "7")["explanation"], "Lò cao số 2 chạy lại từ tháng 6", "the explanation")

    with cases.case("what was sent cannot be changed at the province"):
        officer.send("PUT", REPORT, {"base_version": report(officer)["draft_version"],
                                     "cells": {"9": {"typed": "7"}}}, expect=409)
        leader.send("POST", f"{REPORT}/approve", expect=409)
        check_contains(officer.send("POST", f"{REPORT}/withdraw", expect=409).text, "đã gửi, không sửa được nữa", "too late to take it back")

    with cases.case("the ministry sees who has sent what, the overview and the province's page"):
        todo = [t for t in reader.get("/todo.json").json()["todo"] if t["unit"] == "42" and t["period"] == MONTH]
        check_equal([t["kind"] for t in todo], ["receive"], "what waits at the ministry")
        listed = list(csv.DictReader(io.StringIO(reader.get(f"/forms.csv?form=monthly&period={MONTH}").text)))
        sent = [r for r in listed if r["version"]]
        check_equal([r["unit"] for r in sent], ["42"], "units that have sent")
        check_equal(len(listed), 34, "units that should send")
        for page in ("/overview", "/provinces/42", f"/forms?form=monthly&period={MONTH}", REPORT, "/figures", "/units/42"):
            text = reader.get(page, headers={"Accept": "text/html"}).text
            check("</html>" in text, page, "is cut off")
            check_contains(text, "Ha Tinh" if page != "/figures" else "</html>", page)

    with cases.case("JSON, CSV, XLSX and the command line give the same figures"):
        expected = {"": 191.2, "tong_tri_gia": 191.2, "khu_vuc_kinh_te_trong_nuoc": 41.2,
                    "khu_vuc_co_von_dau_tu_nuoc_ngoai": 150.0}
        query = f"indicator=export_value&unit=42&from={MONTH}&to={MONTH}"
        as_json = sectors(reader)
        check_equal(as_json, {k: expected[k] for k in as_json}, "the figures")
        check_equal(len(as_json), 3, "number of figures")
        text = reader.get(f"/figures.csv?{query}").text
        as_csv = {r["item"]: float(r["value"]) for r in csv.DictReader(io.StringIO(text))}
        check_equal(as_csv, as_json, "CSV")
        exported = ministry.run("export", "--indicator", "export_value", "--unit", "42", "--from", MONTH, "--to",
                                MONTH, "--format", "csv", expect=0).out
        check_equal(exported.splitlines()[1:], text.splitlines()[1:], "the exported rows")
        book = sheet_of(reader.get(f"/figures.xlsx?{query}").body)
        for number in ("191.2", "41.2", "150"):
            check(re.search(rf"<v>{re.escape(number)}0*</v>", book), f"{number} is not in the workbook")

    with cases.case("the public sees no figure that is not published"):
        public = ministry.client()
        check_equal(figure(public), [], "figures for the public")
        public.get(f"{REPORT}.json", expect=401)
        check("191.2" not in public.get("/overview").text + public.get("/provinces/42").text,
              "the overview shows a submitted figure to the public")

    with cases.case("the ministry returns the report with a remark, cells and a deadline"):
        reader.send("POST", f"{REPORT}/return", {"reason": "", "cells": ["7"]}, expect=422)
        reader.send("POST", f"{REPORT}/return", {"reason": "Xem lại", "cells": ["99"]}, expect=422)
        reader.send("POST", f"{REPORT}/return", {"reason": "Xem lại kim ngạch xuất khẩu", "cells": ["7", "7.2"],
                                                 "due": "2099-01-05"}, expect=200)
        back = wait_until(lambda: report(officer)["state"] == "returned" and report(officer), WAIT_MOST,
                          "the remark reaches the province")
        check_equal(back["remark"]["reason"], "Xem lại kim ngạch xuất khẩu", "the remark")
        check_equal(back["remark"]["cells"], "7,7.2", "its cells")
        check_equal([t["kind"] for t in officer.get("/todo.json").json()["todo"] if t["period"] == MONTH], ["correct"],
                    "what waits for the officer")

    between = None
    with cases.case("with the ministry's node stopped the province goes on working and says so"):
        ministry.stop()
        between = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")
        wait_until(lambda: (lambda p: p and not p["is_connected"] and p["problem"])(peer_of(hatinh, ministry.key)), 10,
                   "/status says that the ministry does not answer")
        page = officer.get("/", headers={"Accept": "text/html"}).text
        header = re.sub(r"<[^>]+>", " ", page[:page.find("<main")])
        check(re.search(r"mất kết nối|không kết nối|chưa kết nối|ngoại tuyến", header.lower()),
              "the page's head does not say so:", " ".join(header.split()))
        save(officer, {"7": "189,9", "7.2": "148,7"}, report(officer)["draft_version"])
        officer.send("POST", f"{REPORT}/submit", expect=200)
        leader.send("POST", f"{REPORT}/approve", expect=200)
        check_equal(report(leader)["version"], 2, "the version sent")
        wait_until(lambda: peer_of(hatinh, ministry.key)["backlog"] > 0, 5, "/status tells how much waits to be sent")

    with cases.case("a province that starts while the ministry is away says so too, and nobody has to sign in again"):
        before = peer_of(hatinh, ministry.key)
        hatinh.stop()
        hatinh.serve(ministry.address)
        peer = wait_until(lambda: (lambda p: p and p["problem"] and p)(peer_of(hatinh, ministry.key)), 10,
                          "/status names the ministry's node and the problem")
        check_equal((peer["is_connected"], peer["last_contact"], peer["backlog"]),
                    (False, before["last_contact"], before["backlog"]), "the link, as it was before the restart")
        officer.close(), leader.close()
        check_equal(report(officer)["version"], 2, "the version sent")

    with cases.case("when the ministry's node returns, everything arrives by itself"):
        ministry.serve()
        back = time.monotonic()
        reader.close()
        wait_until(lambda: value_of(reader) and float(value_of(reader)) == 189.9, 15, "the second version arrives")
        tell_number(f"ministry back → what had waited is there {time.monotonic() - back:.1f} s")
        wait_until(lambda: peer_of(hatinh, ministry.key)["is_connected"], 10, "/status says connected again")
        check_equal(peer_of(hatinh, ministry.key)["backlog"], 0, "what waits to be sent")

    with cases.case("every version can be seen: as sent, and as it was known then"):
        check_equal(float(value_of(reader, known=between.replace("+", "%2B"))), 191.2, "known before the correction")
        check_equal(float(value_of(reader)), 189.9, "known now")
        for client in (reader, officer):
            now = report(client)
            check_equal([(v["version"], v["decision"]) for v in now["versions"]], [(1, "returned"), (2, None)], "versions")
            check_equal(float(cell(report(client, "?version=1"), "7")["value"]), 191.2, "version 1")
            check_equal(float(cell(report(client, "?version=2"), "7")["value"]), 189.9, "version 2")
        explained = reader.get(f"/figures/explain.json?indicator=export_value&unit=42&period={MONTH}").text
        for part in ("191.2", "189.9", "giam-doc"):
            check_contains(explained, part, "the explanation of the figure")

    with cases.case("an upload of the form's own workbook changes nothing before it is confirmed"):
        book = leader.get(f"{REPORT}.xlsx").body
        check(zipfile.is_zipfile(io.BytesIO(book)), "no workbook")
        officer.send("POST", f"{REPORT}/upload.json")  # without a file
        answer = officer.ask("POST", f"{REPORT}/upload.json", book, {"Content-Type": "application/octet-stream",
                                                                    "X-CSRF-Token": officer.csrf})
        check_equal(answer.status, 409, "the upload into a report that was sent")

    with cases.case("the ministry accepts; the province sees it; the figure is approved"):
        reader.send("POST", f"{REPORT}/approve", expect=200)
        wait_until(lambda: report(officer)["state"] == "accepted", WAIT_MOST, "the acceptance reaches the province")
        check_equal(figure(reader)[0]["status"], "approved", "the status")
        reader.send("POST", f"{REPORT}/return", {"reason": "Muộn rồi", "cells": ["7"]}, expect=409)

    with cases.case("two nodes with the same entries have the same state"):
        wait_until(lambda: hatinh.state("42") == ministry.state("42"), WAIT_MOST, "state --audience 42 is equal")
        wait_until(lambda: hatinh.state("*") == ministry.state("*") == phutho.state("*"), WAIT_MOST,
                   "state of what is public is equal")

    with cases.case("another province never holds Hà Tĩnh's streams"):
        wait_until(lambda: peer_of(phutho, ministry.key)["is_connected"], 10, "Phú Thọ is connected")
        streams = {row[0] for row in phutho.sql("SELECT name FROM ledger_stream")}
        held = {s.split("/")[1] for s in streams if s.startswith(hatinh.key)}
        check(held <= {"*"}, "Phú Thọ holds of Hà Tĩnh:", held)
        check(not any(s.endswith("/42") for s in streams), "a stream for unit 42 is at Phú Thọ:", streams)
        theirs = phutho.signed_in("can-bo")
        check_equal(figure(theirs), [], "Hà Tĩnh's figures at Phú Thọ")
        theirs.get(f"{REPORT}.json", expect=403)
        check("191.2" not in phutho.run("export", "--format", "csv", expect=0).out, "an export of Phú Thọ has it")
        for node in (ministry, hatinh, phutho):
            local = [row[0] for row in node.sql("SELECT name FROM ledger_stream WHERE audience = '-'")]
            check(all(s.startswith(node.key) for s in local), f"{node.name} holds another's local stream")

    with cases.case("all three nodes are sound, while they serve"):
        for node in (ministry, hatinh, phutho):
            node.check_sound()

    with cases.case("all three end with 0 when asked, and are sound"):
        states = {n: n.state() for n in (ministry, hatinh, phutho)}
        for node in (hatinh, phutho, ministry):
            node.stop()
        for node in (ministry, hatinh, phutho):
            node.check_sound()
            check_equal(node.state(), states[node], f"state of {node.name}")
            node.run("rebuild", expect=0)
            check_equal(node.state(), states[node], f"state of {node.name} after rebuild")


if __name__ == "__main__":
    tell(story)
