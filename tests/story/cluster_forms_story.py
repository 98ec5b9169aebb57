#!/usr/bin/env python3
"""A cluster from the first application to the report of the province, as people do it at their browsers: enterprise, commune, department and ministry, each by
the forms and links of the pages alone. The case of its establishment; its record; forms 01 to 04, each found under "My work" of who has to sign it and gone
from there when it is signed; the ministry reads the same at its own node. A change of the decision; the ministry's opinion on a plan. Runs on both stores (CAUNOI_TEST_STORE).
Nearly every line it reaches others reach under the sanitizers: ./check starts the program as it is shipped."""

import datetime
import io
import json
import os
import zipfile

from forms import Person
from support import check, check_contains, check_equal, tell
from wire import Clock

COMMUNE, NAME, OLDER = "18073", "Cụm công nghiệp Bình An", "Cụm công nghiệp Bình Hà"
today = datetime.date(2026, 11, 28)  # on the clock of the nodes: between two windows of reports


def day(back):
    return (today - datetime.timedelta(days=back)).isoformat()


PERIOD = "2026-S1"  # the newest one whose window, until 14 June, is over


def story(cases, world):
    clock = Clock(world.folder, "all")
    clock.show(today.isoformat())
    os.environ.update(clock.environment)
    ministry, province = world.node("ministry", "VN"), world.node("ha-tinh", "42")
    ministry.trust(province)
    province.trust(ministry)
    for login, role, unit in (("officer", "specialist", "42"), ("leader", "director", "42"), ("commune", "commune", COMMUNE), ("tenant", "enterprise", COMMUNE), ("investor", "enterprise", COMMUNE)):
        province.add_user(login, role, unit=unit)
    for login, role in (("reader", "specialist"), ("chief", "director")):
        ministry.add_user(login, role)
    ministry.serve()
    province.run("sync", ministry.address, expect=0)
    province.serve()
    officer, leader, commune, tenant, investor = (Person(province, login, "en") for login in ("officer", "leader", "commune", "tenant", "investor"))

    def exchange():
        province.stop()
        province.run("sync", ministry.address, expect=0)
        province.serve()
        return [Person(province, login, "en") for login in ("officer", "leader", "commune", "tenant", "investor")]

    with cases.case("establishment: the enterprise applies, the commune publishes and submits, the department's council scores, its leader decides"):
        big = investor.begin("cluster_establishment", "Cụm 80 ha", COMMUNE, day(61), {"cluster": "Cụm 80 ha", "act": "establish", "area_ha": "80"}, {"letter": "11/ĐN"})
        commune.act(big, "publish", day(60), papers={"notice": "1/TB"})
        commune.act(big, "close_window", day(44))
        land = {"in_plan": "yes", "land_ha": "0", "leased_ha": "0", "investment": 250000000000, "is_small_allowed": "no"}
        refused = commune.act(big, "submit", day(43), land, {k: "2/TTr" for k in ("submission", "investment_report", "finance_papers")}, expect=422)
        for part in ("The area lies outside 5–75 ha: name the ground.", "Nghị định 32/2024/NĐ-CP, khoản 1 Điều 2"):
            check_contains(refused.text, part, "a cluster of 80 ha")
        investor.act(big, "withdraw", day(42), reason="giảm diện tích")
        case = investor.begin("cluster_establishment", NAME, COMMUNE, day(61), {"cluster": NAME, "act": "establish", "area_ha": "42.5"}, {"letter": "12/ĐN"})
        check(not investor.offers(case, "publish") and investor.offers(case, "withdraw"), "who applies does not publish")
        commune.act(case, "publish", day(60), papers={"notice": "2/TB"})
        commune.act(case, "close_window", day(44))
        check_contains(commune.act(case, "submit", day(43), {"in_plan": "yes", "land_ha": "10", "leased_ha": "20", "investment": 250000000000, "is_small_allowed": "no"},
                                   {k: "3/TTr" for k in ("submission", "investment_report", "finance_papers")}, expect=422).text, "More land is leased than there is", "leased land")
        commune.act(case, "submit", day(43), {"in_plan": "yes", "land_ha": "0", "leased_ha": "0", "investment": 250000000000, "is_small_allowed": "no"},
                    {k: "3/TTr" for k in ("submission", "investment_report", "finance_papers")})
        for person, back, finance in ((officer, 42, "20"), (leader, 41, "24")):
            person.act(case, "score", day(back), candidate="Công ty A", **{"points-infrastructure": "10", "points-environment": "10", "points-capacity": "15", "points-finance": finance})
        check_contains(leader.look(case).text, "Candidate: Công ty A Infrastructure plan: 10/15 Environment: 10/15 Capacity and experience: 15/30 Finance: 24/40 Sum: 59", "what each member gave")
        check(not officer.offers(case, "decide"), "an officer does not decide")
        leader.act(case, "report", day(40), {"investor": "Công ty A"}, {"appraisal_report": "4/BC"})
        check_contains(leader.act(case, "decide", day(36), papers={"decision": "55/QĐ-UBND"}).text, "Established", "the case has ended")
        with zipfile.ZipFile(io.BytesIO(leader.get(f"{case}/print/decision/file").body)) as file:
            text = file.read("word/document.xml").decode()
        for part in ("People&#39;s Committee, Ha Tinh Province", "Ha Tinh, ", "55/QĐ-UBND", "Infrastructure investor: Công ty A", "(in words: Two hundred fifty billion dong)", "Recipients:"):
            check_contains(text, part, "the decision as a document")
        cluster = f"/clusters/{case[-10:]}"
        check_contains(commune.look("/clusters/work").text, "the record does not say yet what decision 55/QĐ-UBND", "the commune is told to record it")
        officer, leader, commune, tenant, investor = exchange()
        reader = Person(ministry, "reader", "en")
        check_contains(reader.look(case).text, "55/QĐ-UBND", "the ministry reads the case at its own node")

    def record(list_, item=None, of=None, **fields):
        """As the commune does it: from the page of the cluster (another one: of) by the link to the form of the list."""
        of = of or cluster
        page = commune.look(of)
        at = next((href for href, _ in page.links if href.startswith(f"{of}/edit?list={list_}")), None)
        check(at, f"{of} leads to no form for {list_}, but {[h for h, _ in page.links if 'edit' in h]}")
        form = commune.look(at).form_for(of)
        return commune.press(form.fill({**({"item": item} if item else {}), **{f"field-{k}": v for k, v in fields.items()}}))

    with cases.case("the record: identity, areas, plant, investor, capital, tenant, plots, boundary, each by the form that its page leads to"):
        record("identity", name=NAME, kind="general", state="operating", formed="later", established_on=day(36), trades="cơ khí", detailed_plan="yes", project="yes", latitude="18.34", longitude="105.9",
               source="Minh họa")
        check(not any(title.startswith("The area lies") for title in commune.look(cluster).alerts), "42.5 ha are within bounds")
        record("areas", total="42.5", industrial="30", ready="20", leased="12", committed="3")
        record("environment", wastewater="1,500", wastewater_state="built", meets_standard="yes")
        record("investor", "I1", name="Công ty A", kind="enterprise", **{"from": day(36)}, account="investor")
        record("capital", "V1", origin="investor", approved="250", disbursed="90.5")
        record("tenant", "T1", name="Nhà máy gỗ", state="operating", fdi="no", account="tenant")
        record("plot", "A1", area="12,400", state="vacant", price="62")
        side = [[105.9, 18.3], [105.908, 18.3], [105.908, 18.306], [105.9, 18.306], [105.9, 18.3]]
        record("boundary", geojson=json.dumps({"type": "Polygon", "coordinates": [side]}))
        page = commune.look(cluster)
        check_contains(page.text, "leased 12.0 ha, licensed 3.0 ha, of 30.0 ha of industrial land; 20.0 ha are ready", "what the record says")
        check_contains(page.text, "Occupancy 50.0%", "(12 + 3) / 30")
        check("55/QĐ-UBND" not in commune.look("/clusters/work").text, "nothing is left to settle")

    with cases.case("items of the development plan: added, then changed by a later decision; kept and withdrawn; the whole plan of the province on one page"):
        record("plan", "P1", change="added", area="42.5", trades="cơ khí", decision="12/QĐ-TTg", decided_on=day(300))
        record("plan", "P1", change="changed", area="46.5", trades="cơ khí", decision="13/QĐ-TTg", decided_on=day(20), supersedes="12/QĐ-TTg")
        record("plan", "P2", change="kept", area="10", decision="12/QĐ-TTg", decided_on=day(300))
        record("plan", "P3", change="withdrawn", decision="13/QĐ-TTg", decided_on=day(20))
        visitor = province.client(language="en")
        rows = visitor.get("/clusters/plan.json?unit=42").json()["rows"]
        check_equal([(r["item"], r["change"], r["area"], r["decision"], r["supersedes"]) for r in rows],
                    [("P1", "changed", 46.5, "13/QĐ-TTg", "12/QĐ-TTg"), ("P2", "kept", 10, "12/QĐ-TTg", ""), ("P3", "withdrawn", None, "13/QĐ-TTg", "")], "what stands")
        check_equal([r["item"] for r in visitor.get("/clusters/plan.json?unit=42&change=kept").json()["rows"]], ["P2"], "one kind alone")
        visitor.get("/clusters/plan?unit=42&change=grown", headers={"Accept": "text/html"}, expect=400)
        page = commune.look("/clusters/plan?unit=42")
        check_contains(page.text, "Kept 1 · Changed 1 · Added 0 · Withdrawn 1", "how many")
        check(any(href == cluster for href, _ in page.links), "the way to the cluster")
        check(any(href.startswith("/clusters/plan") for href, _ in commune.look("/clusters?unit=42").links), "the way to the plan")

    with cases.case("the record of a cluster that was established years ago: made from the list's page; the reports of the last window count it, and not the one of last month"):
        form = commune.look("/clusters/new").form_for("/clusters")
        older = commune.press(form.fill({f"field-{k}": v for k, v in {"name": OLDER, "kind": "general", "state": "operating", "formed": "later", "established_on": "2019-05-20", "trades": "gỗ",
                                                                      "detailed_plan": "yes", "project": "yes", "source": "Minh họa"}.items()})).path
        record("areas", of=older, total="40", industrial="30", ready="20", leased="12", committed="3")
        record("investor", "I1", older, name="Công ty A", kind="enterprise", account="investor", **{"from": "2019-06-01"})
        record("capital", "V1", older, origin="investor", approved="250", disbursed="90.5")
        record("tenant", "T1", older, name="Nhà máy gỗ", state="operating", fdi="no", account="tenant")
        check_contains(commune.look(older).text, "Occupancy 50.0%", "(12 + 3) / 30")

    def due(person):
        """The reports on clusters that stand under My work: the number before the page's list."""
        return [href for href, _ in person.look("/todo").links if href.startswith("/clusters/reports/")]

    def report(form, about):
        return f"/clusters/reports/{form}/{about}/{PERIOD}"

    def sign(person, cells, remark="", expect=200):
        """Follow the link under My work, fill in the rows, sign."""
        at = due(person)[0]
        form = person.look(at).form_for(at).fill({**{f"cell-{k}": v for k, v in cells.items()}, **({"remark": remark} if remark else {})})
        return person.press(form, expect=expect)

    with cases.case("forms 01 to 04 stand under My work of who signs them, and of nobody else; late ones say so"):
        check_equal([set(due(p)) for p in (tenant, investor, commune, leader, officer)],
                    [{report("01", f"{older[-10:]}-T1")}, {report("02", older[-10:])}, {report("03", f"{COMMUNE}%402025-07-01")}, {report("04", "42%402004-01-01")}, set()], "whose they are")
        listed = leader.get("/todo.json").json()["due"]
        check_equal([(d["kind"], d["name"], d["about"], d["period"]) for d in listed], [("cluster_report", "04", "42@2004-01-01", PERIOD)], "the same for programs")
        check(today.isoformat() > listed[0]["due"], "it is late:", listed)
        said = leader.look("/todo").text.partition("Also due")[2]  # the months of other reports stand before it
        check(" late" in said, "a late one is said to be late:", said[:300])
        page, lists = reader.look(report("04", "42%402004-01-01")).text, leader.look(f"/clusters/reports?period={PERIOD}").text
        check("overdue" in page and "not signed yet" not in page, "the ministry's page of the report says so:", page[:400])
        check("overdue" in lists, "and the list:", lists[:400])
        check_contains(lists, f"{OLDER} Thanh Sen Ward, Ha Tinh Province", "of a cluster it says where it is")
        check_contains(leader.get("/todo.csv").text, f"cluster_report,04,42@2004-01-01,{PERIOD}", "and in the file")

    with cases.case("form 01 by the tenant: gone from My work when it is signed"):
        check_equal(sign(tenant, {"revenue": "120.5"}, expect=422).marked, 3, "each row that is empty is marked, with the way to it")
        sign(tenant, {"revenue": "120.5", "budget": "4.25", "labour": "310", "income": "9.5"})
        check_equal(due(tenant), [], "nothing waits any more")

    with cases.case("form 02 by the investor: the register's rows stand in it already"):
        form = investor.look(due(investor)[0]).form_for(due(investor)[0])
        check_contains(investor.look(due(investor)[0]).text, "(leased + licensed) / industrial land of the detailed plan, not row 3", "what occupancy is of")
        check_equal([form[f"cell-{k}"].value for k in ("1", "3", "4", "5", "6")], ["250.0", "20.0", "12.0", "50.0", "1"], "what the register fills in")
        sign(investor, {"9": "10", "10": "1", "11": "12", "12": "8"})
        check_equal(due(investor), [], "nothing waits any more")

    with cases.case("form 03 by the commune from what lies beneath; a sum that does not add up is refused"):
        check_contains(sign(commune, {"25": "1"}, expect=422).text, "the reports beneath add up to", "25")
        sign(commune, {})
        check_equal(due(commune), [], "nothing waits any more")
        check_contains(commune.look(report("03", COMMUNE)).text, "Sign again", "it can be signed anew")

    with cases.case("form 04 by the leader from the commune's; the ministry reads it, and the country's sum, at its own node"):
        check_contains(sign(leader, {"25": "999"}, expect=422).text, "the reports of form 03 add up to", "another figure than the form beneath")
        sign(leader, {})
        check_equal(due(leader), [], "nothing waits any more")
        exchange()
        values = lambda page: {c["row"]: c["value"] for c in page["rows"]}
        reader = Person(ministry, "reader", "en")
        ours, theirs = reader.get(f"{report('04', '42')}.json").json(), reader.get(f"{report('04', 'VN')}.json").json()
        check_equal({c["row"]: c["made"] for c in theirs["rows"]}, values(ours), "the country is the sum of its one province")
        check_equal(reader.look(f"/clusters/reports?period={PERIOD}").text.count("signed after the last day"), 4, "what was signed late, in the ministry's list")
        check_equal([values(ours)[k] for k in ("3", "17", "18", "19", "20", "23", "25")], [1, 30, 15, 50, 1, 130.5, 322], "rows of form 04")
        signed, summed = ([way for way, words in reader.look(report("04", about)).links if words == "322"] for about in ("42", "VN"))
        check(signed[0].startswith("/figures/entry/"), "what was signed opens to its entry", signed)
        check_contains(reader.look(signed[0]).text, "Signature of the seal", "the entry")
        check_equal(summed, [f"/clusters/reports?unit=VN&period={PERIOD}", "/clusters?unit=VN&on=2026-06-14"], "the sum of the country opens to the reports beneath and to the register")
        check_contains(reader.look(summed[0]).html, "/clusters/reports/04/42", "the reports beneath")

    with cases.case("a change of the decision: 6 ha more are refused and the case withdrawn; 4 ha more are decided and recorded"):
        officer, leader, commune, tenant, investor = exchange()
        asked = {"cluster_id": cluster[-10:], "act": "adjust", "content": "thêm đất công nghiệp"}
        change = commune.begin("cluster_change", "Điều chỉnh diện tích", COMMUNE, day(30), {**asked, "increase_ha": "6", "area_ha": "48.5"}, {"proposal": "5/TTr"})
        check_contains(commune.act(change, "submit", day(29), expect=422).text, "More than 5 ha", "6 ha more")
        check_contains(commune.act(change, "withdraw", day(29), reason="xin ghi lại diện tích").text, "Withdrawn", "the case has ended")
        change = commune.begin("cluster_change", "Điều chỉnh diện tích, lần 2", COMMUNE, day(28), {**asked, "increase_ha": "4", "area_ha": "46.5"}, {"proposal": "6/TTr"})
        commune.act(change, "submit", day(27))
        officer.act(change, "report", day(26), papers={"appraisal_report": "8/BC"})
        check(not officer.offers(change, "decide") and not commune.offers(change, "decide"), "only the leader decides")
        check_contains(leader.act(change, "decide", day(25), papers={"decision": "60/QĐ-UBND"}).text, "Decided", "the case has ended")
        check_contains(commune.look("/clusters/work").text, "60/QĐ-UBND", "the commune is told to record it")
        record("areas", total="46.5", industrial="30", ready="20", leased="12", committed="3")
        check("60/QĐ-UBND" not in commune.look("/clusters/work").text, "nothing is left to settle")

    with cases.case("the ministry's opinion on a plan: it stands under My work of the ministry, is completed by the province, answered by the leader, read by the province"):
        waits = lambda person: plan in [href for href, _ in person.look("/todo").links]
        plan = officer.begin("cluster_plan_opinion", "Điều chỉnh phương án", "42", day(20), {"kind": "adjustment", "added": 2, "changed": 1, "removed": 0}, {"request": "9/UBND"})
        officer = exchange()[0]
        reader, chief = Person(ministry, "reader", "en"), Person(ministry, "chief", "en")
        check(waits(reader), "the ministry is told")
        reader.act(plan, "take", day(19), papers={"draft": "dự thảo 1"})
        reader.act(plan, "ask_supplement", day(18), reason="thiếu bản đồ")
        officer = exchange()[0]
        check(waits(officer), "the province is told that something is missing")
        officer.act(plan, "supplemented", day(17))
        officer = exchange()[0]
        reader, chief = Person(ministry, "reader", "en"), Person(ministry, "chief", "en")
        check(not reader.offers(plan, "answer"), "a specialist gives no opinion")
        check_contains(chief.act(plan, "answer", day(10), {"result": "agree", "conditions": "không"}, {"opinion": "77/BCT"}).text, "Opinion given", "the case has ended")
        check(not waits(reader) and not waits(chief), "it waits no more")
        officer = exchange()[0]
        check_contains(officer.look(plan).text, "77/BCT", "the province reads the opinion")


if __name__ == "__main__":
    tell(story)
