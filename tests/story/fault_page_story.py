#!/usr/bin/env python3
"""Calls of a served node to the system fail while it answers with pages and files, and while it takes what people fill in and attach. It
answers with what it would have said else, or with an error that says so, or the connection ends; what is refused has left nothing, in
the ledger or on the disk; the next answer is right, and at the end nothing has leaked. ./check asks for a few of them. Settings:

    FAULTS        "all": at each place of the program that makes such a call (who called whom) the first one, each place once for all pages
                  and once for all forms; a number: how many calls of each kind fail, spread over the answer; unset: one of each kind
    FAULTS_ONLY   "tls", "pages" or "forms", or parts of addresses, with commas
"""

import http.client
import io
import json
import os
import re
import ssl
import subprocess
import types
import zipfile
import zlib

from bad_input_story import workbook
from case_story import COMMUNE, OPEN, folder
from cluster_story import IDENTITY, put, square
from fault_story import files_below
from fault_serve_story import as_node
from faults import Faults
from forms import Page, Person
from peer import Peer
from support import DATABASE, PASSWORD, ROOT, check, check_equal, send_report, tell, tell_number, wait_until

MANY = os.environ.get("FAULTS")
ONLY = [name for name in (os.environ.get("FAULTS_ONLY") or "").split(",") if name]
KINDS = ("memory", "statement open read", "write sync name") + (("send receive connect",) if DATABASE else ())
HEAD = "indicator,unit,period,item,value,status\n"
REPORT, SENT = "/forms/monthly/42/2026-10", "/forms/monthly/42/2025-03"
CELLS = {"1": "101", "1.2": "102", "6": "4000", "7": "200", "8": "300", "9": "2", "10": "310"}
EXPORTS = "indicator=export_value&unit=42"
GROWTH = "of=product&unit=42&period=2023"
SOME = ("/figures.csv?unit=42", "/receipts/{receipt}.pdf", "/receipts/{receipt}.json", SENT + ".json")  # what ./check asks for

SHARED = {"ledger.db-wal", "ledger.db-shm", "vault"}  # of the database; made before what is first sealed under it
CLOCK = re.compile(rb"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?|<v>4[0-9]{4}(\.[0-9]+)?|IDREF[0-9]+")  # in workbooks a number of days, in SDMX the name of the message

# Address and who asks.
PAGES = (
    ("/figures?unit=42", "officer"), ("/figures.csv?unit=42", "officer"), ("/figures.json?unit=42", "officer"), ("/figures.xlsx?unit=42", "officer"),
    ("/figures.csvm?unit=42", "public"), (f"/figures?{EXPORTS}&compare=yoy", "public"), (f"/figures?{EXPORTS}&known=2025-01-01", "officer"),
    (f"/figures/explain?{EXPORTS}&item=tong_tri_gia&period=2025-03", "officer"), (f"/figures/explain.json?{EXPORTS}&item=tong_tri_gia&period=2025-03", "officer"),
    ("/figures/explain?indicator=electricity_sold&unit=VN&period=2025-03", "public"), (f"/figures/revisions?{EXPORTS}", "public"),
    ("/figures/triangle?indicator=retail_sales&unit=42", "officer"), ("/figures/entry/{entry}", "officer"), ("/figures/entry/{entry}/file", "officer"),
    (f"/tables?{EXPORTS}&from=2025-01&to=2025-06&totals=rows,columns", "officer"), (f"/tables.xlsx?{EXPORTS}&from=2025-01&to=2025-06&totals=rows,columns", "officer"),
    (f"/tables.csv?{EXPORTS}&from=2025-01&to=2025-06", "officer"), (f"/tables.json?{EXPORTS}&from=2025-01&to=2025-06", "officer"),
    (f"/tables?{EXPORTS}&from=2025-01&to=2025-06&chart=line", "public"), (f"/tables?{EXPORTS}&from=2025-03&to=2025-03&chart=bars", "public"),
    ("/tables?indicator=electricity_sold&unit=VN&children=only&from=2025-03&to=2025-03&chart=map", "public"),
    ("/tables?indicator=electricity_sold&unit=VN&children=only&from=2025-03&to=2025-03&chart=tiles", "public"),
    ("/iip?unit=42", "officer"), ("/iip.json?unit=42", "officer"), ("/iip.csv?unit=42", "officer"), ("/iip.xlsx?unit=42", "officer"),
    ("/iip?unit=42&compare=ytd&full=1", "officer"), ("/iip/why?unit=42&node=TOTAL", "officer"), ("/iip/why?unit=42&node=xi_mang", "officer"), ("/iip/form?unit=42&month=2026-09", "officer"),
    ("/iip/form.xlsx?unit=42&month=2026-09", "officer"), ("/iip/import?unit=42", "officer"),
    (f"/growth?{GROWTH}", "public"), (f"/growth.csv?{GROWTH}", "public"), (f"/growth/explain?{GROWTH}&number=growth", "public"),
    ("/quality?state=all", "officer"), ("/quality.csv?state=all", "officer"), ("/quality/finding?key={finding}", "officer"), ("/quality/rules", "public"),
    ("/quality/sources", "public"), ("/quality/units", "officer"),
    ("/conflicts", "leader"), ("/conflicts.json", "leader"), ("/conflicts/{conflict}", "leader"),
    ("/forms", "officer"), (REPORT, "officer"), (SENT, "leader"), (SENT + ".json", "leader"), (SENT + ".xlsx", "officer"), (SENT + ".csv", "officer"),
    ("/clusters", "officer"), ("/clusters.csv", "officer"), ("/clusters/plots", "public"), ("/clusters/plan?unit=42", "officer"), ("/clusters/compare", "public"),
    ("/clusters/boundaries.json", "public"), ("/clusters/work", "officer"), ("/clusters/reports", "officer"), ("/clusters/new?unit=18073", "officer"),
    ("{cluster}", "officer"), ("{cluster}.json", "officer"), ("{cluster}/edit?list=areas", "officer"),
    ("/sdmx", "public"), ("/sdmx/dataflow", "public"), ("/sdmx/data/FIGURES/M.42.retail_sales", "public"), ("/sdmx/data/FIGURES/M.42.retail_sales?format=csv", "public"),
    ("/receipts", "officer"), ("/receipts/{receipt}", "officer"), ("/receipts/{receipt}.json", "officer"), ("/receipts/{receipt}/file", "officer"),
    ("/cases", "officer"), ("/cases.csv", "officer"), ("{case}", "officer"), ("{case}.json", "officer"), ("/cases/new/fireworks", "commune"), ("/cases/workflows/fireworks", "public"),
    ("/promotion", "officer"), ("/promotion/schemes", "officer"), ("/promotion/findings", "officer"), ("/promotion/products", "officer"), ("/promotion/norms", "officer"),
    ("/promotion/programme", "officer"), ("/personal", "leader"), ("/todo", "officer"), ("/search?q=ha+tinh", "officer"), ("/overview", "officer"), ("/overview.json", "public"),
    ("/provinces/42", "officer"), (f"/analysis?{EXPORTS}&item=tong_tri_gia", "public"), ("/analysis/outliers?indicator=export_value&unit=42", "officer"),
    ("/units", "public"), ("/units/42", "public"), ("/units/changes", "public"), ("/indicators", "public"), ("/status", "admin"), ("/status.json", "admin"),
    ("/metrics", "public"), ("/health", "public"), ("/openapi.json", "public"), ("/import", "officer"), ("/nodes", "admin"), ("/successions", "admin"), ("/admin/users", "admin"),
    ("/password", "officer"), ("/sign-in", "public"), ("/nothing-there", "officer"),
    ("/receipts/{receipt}.pdf", "officer"), ("{cluster}.pdf", "public"),
)


def last_words(node):
    """What it said of its end: not a line of the log."""
    with open(node.world.folder / f"{node.name}.log", encoding="utf-8", errors="replace") as log:
        return f"status {node.server.process.poll() if node.server else None}: " + "".join(line for line in log if not line.startswith("{"))[:1200]


class Made:
    """A province that has something of everything, and hears of the ministry; served under the shim."""

    def __init__(self, world):
        self.world, self.faults = world, Faults(world)
        ministry, self.node = ministry, node = world.nodes(ministry="VN", province="42")
        ministry.trust(node)
        node.trust(ministry)
        months = [f"{year}-{month:02d}" for year in (2023, 2024, 2025) for month in range(1, 13)]
        parts = {"tong_tri_gia": 100, "khu_vuc_kinh_te_trong_nuoc": 40, "khu_vuc_co_von_dau_tu_nuoc_ngoai": 60}
        exports = "".join(f"export_value,42,{month},{item},{value + number * (3 if item[0] == 't' else 1)},published\n" for number, month in enumerate(months) for item, value in parts.items())
        self.give("exports", HEAD + exports + "".join(f"retail_sales,42,{month},,{4000 + 7 * number},published\n" for number, month in enumerate(months)))
        self.give("odd", HEAD + "retail_sales,42,2026-08,,5000,approved\nretail_sales,42,2026-09,,5,approved\nexport_value,42,2025-03,tong_tri_gia,170,published\n")
        levels = {"nong_lam_nghiep_va_thuy_san": (100, 110), "cong_nghiep_va_xay_dung": (300, 350), "dich_vu": (400, 430), "thue_san_pham_tru_tro_cap_san_pham": (100, 110), "tong_so": (900, 1000)}
        self.give("grdp", HEAD + "".join(f"grdp,42,{year},{item},{pair[at]},published\n" for item, pair in levels.items() for at, year in enumerate((2022, 2023))))
        ministry.prepare("import", world.path("sold.csv", HEAD + "".join(f"electricity_sold,{unit},2025-03,,{value},published\n" for unit, value in (("01", 100), ("79", 200), ("42", 7)))))
        ministry.prepare("import", world.path("said.csv", HEAD + "export_value,42,2024-12,tong_tri_gia,120,published\n"), "--source", "Cục Thống kê Hà Tĩnh, tháng 12/2024")
        demo = ROOT / "data" / "demo"
        for name, more in (("weights-42-2025", ("--from", "2025-01", "--base", "2025")), ("weights-42-2026", ("--from", "2026-07", "--base", "2026-06")), ("sample-42", ()), ("output-42", ())):
            node.prepare("iip import", name.partition("-")[0], demo / "iip" / f"{name}.csv", *more)
        node.prepare("catalogue load", folder(world, "data", 10))
        with open(demo / "clusters-42.json", encoding="utf-8") as clusters:
            some = json.load(clusters)["clusters"][:2]
        for login, role, unit in (("officer", "specialist", "42"), ("leader", "director", "42"), ("admin", "admin", "42"), ("commune", "commune", COMMUNE),
                                  ("tenant", "enterprise", COMMUNE), ("changer", "specialist", "42"), ("spare", "specialist", "42")):
            node.add_user(login, role, unit)
        node.prepare("cluster import", world.path("clusters.json", json.dumps({"clusters": some})), "--as", "officer")
        self.persons = []
        for number in range(4 if not MANY or ONLY == ["pages"] else 180 if DATABASE else 60):  # with a server more calls fail beside the form, which is done then
            self.persons.append(node.prepare("blob person", "--json").json()["person"])
            node.prepare("blob add", world.path("person.csv", f"ten,so\nA,{number}\n"), "--person", self.persons[-1])
            cell = f"retail_sales,42,{2004 + number // 12}-{1 + number % 12:02d},,"
            self.give("here", HEAD + f"{cell}{number + 1},approved\n")
            ministry.prepare("import", world.path("there.csv", HEAD + f"{cell}{number + 2},approved\n"))
        ministry.serve()
        node.run("sync", ministry.address, expect=0)
        ministry.stop()
        node.serve(environment=self.faults.environment())
        self.people = {login: Person(node, login, "en") for login in ("officer", "leader", "admin", "commune", "tenant")}
        self.clients = {login: person.client for login, person in self.people.items()} | {"public": node.client()}
        for client in self.clients.values():
            client.seconds = 120
        sent = send_report(self.clients["officer"], SENT, CELLS, self.clients["leader"], explanations={c: "như đã báo cáo" for c in CELLS})
        self.conflicts = [one["id"] for one in node.prepare("conflicts", "--json").json()["conflicts"]]
        self.names = {"receipt": sent["receipt"], "case": self.clients["commune"].send("POST", "/cases/fireworks", OPEN, expect=303).headers["Location"].removesuffix(".json"),
                      "finding": next(row["finding"] for row in self.clients["officer"].get("/quality.json?state=all").json()["rows"] if row["unit"] == "42" and row["owner"] == "42"),
                      "cluster": "/clusters/" + self.clients["officer"].get("/clusters.json").json()["rows"][0]["id"],
                      "tenant": self.tenant(), "conflict": self.conflicts[-1], "entry": re.search("/figures/entry/([0-9a-f]{64})", self.people["officer"].look(f"/figures/explain?{EXPORTS}&item=tong_tri_gia&period=2025-03").html)[1]}

    def person(self, who):
        if who == "changer":
            return Person(self.node, who, "en")
        if who != "stranger":
            return self.people[who]
        person = Person.__new__(Person)  # nobody knows who it is yet
        person.client, person.language = self.node.client(language="en", seconds=120), "en"
        return person

    def tenant(self):
        """The address of the report of one."""
        at = "/clusters/" + self.clients["officer"].get("/clusters.json").json()["rows"][0]["id"]
        put(self.clients["officer"], at, "tenant", {"name": "Nhà máy gỗ", "state": "operating", "fdi": "no", "account": "tenant"}, item="T9", on="2025-01-01")
        return f"/clusters/reports/01/{at[-10:]}-T9/2025"

    def give(self, name, text):
        self.node.prepare("import", self.world.path(f"{name}.csv", text))


class Above:
    """A ministry where the nodes of two units may become one, or (has_reports) which has reports of a third; served under the shim."""

    def __init__(self, world, name, has_reports):
        self.world, self.faults, self.names = world, Faults(world, f"faults-{name}"), {}
        self.node = node = world.node(name, "VN")
        for number, unit in enumerate(("40", "42")):
            node.trust(Peer(f"before{number}", unit))
        for login, role in (("admin", "admin"), ("chief", "director")):
            node.add_user(login, role)
        node.set(refusal_pause_most_s=0)
        self.below, self.files, self.reports = [world.node(f"below{unit}", unit) for unit in ("25", "01")[:2 if MANY else 1]] if has_reports else [], [], []
        for below in self.below:
            self.report(below)
            below.stop()
        node.serve(environment=self.faults.environment())
        for below in self.below:
            below.run("sync", node.address, expect=0)
        self.people = {login: Person(node, login, "en") for login in ("admin", "chief")}
        self.clients = {login: person.client for login, person in self.people.items()}
        for client in self.clients.values():
            client.seconds = 120

    def report(self, below):
        """Reports are sent below, some with a file: what its node hands over, where, and with which key."""
        self.node.trust(below)
        below.trust(self.node)
        for login, role in (("officer", "specialist"), ("leader", "director")):
            below.add_user(login, role)
        below.serve()
        self.people = {login: Person(below, login, "en") for login in ("officer", "leader")}
        officer, leader = (person.client for person in self.people.values())
        for number in range(94 if MANY else 8):
            path = f"/forms/monthly/{below.unit}/{2019 + number // 12}-{1 + number % 12:02d}"
            for file in range(2 if MANY else 1):
                press(self, "officer", path, f"{path}/attachments", {"file": csv_of(f"a,b\n{file},{number}\n")})
            send_report(officer, path, CELLS, leader, explanations={c: "như đã báo cáo" for c in CELLS})
            self.reports.append(path)
            for file in officer.get(f"{path}.json").json()["attachments"]:
                at = f"/ledger/blob/{file['node']}/{file['id']}"
                came = as_node(self.node).ask(below, "GET", f"{at}?from=0")
                self.files.append((file["address"], below, f"{at}?key={came.headers['Caunoi-Key']}", came.body))
        officer.close()
        leader.close()

    def person(self, who):
        return self.people[who]


class Act:
    """A form that is filled in and sent. begin: the address of its page for the n-th time it is done, or the page; action: where the form goes, "*" and
    its end where the page knows the rest; fill: what is typed then."""

    def __init__(self, name, who, begin, action, fill=lambda n: {}, button=None):
        self.name, self.who, self.begin, self.action, self.fill, self.button, self.number = name, who, begin, action, fill, button, 0

    refusals = (500, 503)

    def form(self, made):
        at = self.begin(made, self.number)
        person = made.person(self.who)
        page = at if isinstance(at, Page) else person.look(at)
        action = self.action.format(at=page.path, **made.names)
        if action.startswith("*"):
            action = next(form.action for form in page.forms if form.action.endswith(action[1:]))
        return person, page.form_for(action).fill(self.fill(self.number))

    def send(self, made, person, form):
        body, kind = form.body(self.button)
        here = f"http://{person.client.host}:{person.client.port}"
        return person.client.ask("POST", form.action, body, {"Content-Type": kind, "Accept": "text/html", "Origin": here, "Referer": here + form.page})

    def stands(self, made):
        """A number that grows by what is done."""
        return made.node.position()


class Handing(Act):
    """A file that somebody wants to read is handed over by the node that has it."""

    refusals = (429, 500, 503)

    def form(self, made):
        address, *file = made.files[self.number]
        made.clients["chief"].get(f"{address}.json", expect=202)
        return types.SimpleNamespace(client=types.SimpleNamespace(close=lambda: None)), file

    def send(self, made, person, form):
        below, at, content = form
        answer = as_node(below).ask(made.node, "POST", f"{at}&from=0", content)
        if answer.status == 200 and not answer.json()["whole"]:  # from where it has got so far
            held = answer.json()["held"]
            answer = as_node(below).ask(made.node, "POST", f"{at}&from={held}", content[held:])
        return answer

    def stands(self, made):
        return int(made.node.sql("SELECT COUNT(*) FROM blob_content WHERE is_whole = 1")[0][0])


def on(path):
    return lambda made, n: path.format(**made.names)


def case_typed(title):
    return {"title": title, "field-shells": "90", "field-budget": "450000000", "document-letter": "7", "document-letter-on": "2026-01-02"}


def new_case(made, n):
    return press(made, "commune", "/cases/new/fireworks", "/cases/fireworks", case_typed(f"Lần {n}")).path


def new_node(made, n):
    key = Peer(f"node{n}", "25").key
    press(made, "admin", "/nodes", "/nodes", {"key": key, "unit": "25"})
    return f"/nodes/{key}/revoke"


def csv_of(text):
    return ("x.csv", text.encode())


def press(made, who, at, action, typed={}):
    return made.people[who].press(made.people[who].look(at).form_for(action).fill(typed))


def monthly(first, n):
    return f"/forms/monthly/42/{first + n // 12}-{1 + n % 12:02d}"


def brought(made, path, to):
    """A report that is filled in, and goes to where it is to be."""
    client = made.clients["officer"]
    found = client.get(f"{path}.json").json()
    if found["state"] not in ("draft", "submitted"):
        client.send("PUT", path, {"base_version": found["draft_version"], "cells": {c: {"typed": v, "explanation": "như đã báo cáo"} for c, v in CELLS.items()}}, expect=200)
    if to == "draft" and found["state"] == "submitted":
        client.send("POST", f"{path}/withdraw", expect=200)
    if to != "draft" and found["state"] != "submitted":
        client.send("POST", f"{path}/submit", expect=200)
    if to == "sent":
        made.clients["leader"].send("POST", f"{path}/approve", expect=200)
    return path


def with_file(made, n):
    """The page of a draft with an attachment."""
    path = "/forms/monthly/42/2025-02"
    page = made.people["officer"].look(path)
    return page if any(form.action.endswith("/remove") for form in page.forms) else press(made, "officer", path, f"{path}/attachments", {"file": csv_of(f"a,b\n{n},2\n")})


def sent_with_files(made, n):
    path = monthly(2020, n // 8)
    if made.clients["officer"].get(f"{path}.json").json()["state"] == "empty":
        for number in range(8):
            press(made, "officer", path, f"{path}/attachments", {"file": csv_of(f"a,b\n{n},{number}\n")})
        brought(made, path, "sent")
    return path


def with_paper(made, n):
    at = new_case(made, n)
    press(made, "commune", at, f"{at}/papers/letter", {"file": csv_of(f"a,b\n{n},3\n")})
    return at


def filled_workbook(n):
    return {"file": ("x.xlsx", workbook([["No.", "Value"], ["6", str(n)]]))}


def compared(made, n):
    """The page that says in what a filled workbook differs from the draft."""
    return press(made, "officer", REPORT, f"{REPORT}/upload", filled_workbook(n))


def with_plot(made, n):
    at = made.names["cluster"]
    press(made, "officer", f"{at}/edit?list=plot", at, {"item": f"Z{n}", "field-area": "500", "field-state": "vacant", "field-price": "62"})
    return f"{at}/edit?list=plot&item=Z{n}"


def boundary(n):
    return ("x.geojson", square(105.85, 18.33, 0.02 + n / 1e6).encode())


def account(is_disabled):
    def begin(made, n):
        form = made.people["admin"].look("/admin/users").find(f"/admin/users/spare/{'disable' if is_disabled else 'enable'}")
        if form:
            made.people["admin"].press(form)
        return "/admin/users"
    return begin


def known_password(made, n):
    press(made, "admin", "/admin/users", "/admin/users", {"login": "changer", "name": "Người đổi", "password": PASSWORD})
    return "/password"


def takeover(stands):
    """Where one is recorded, or undone."""
    def begin(made, n):
        page = made.people["admin"].look("/successions")
        undo = next((href for href, _ in page.links if href.endswith("/undo")), None)
        if undo and not stands:
            press(made, "admin", undo, undo, {"act": f"Nghị quyết {n} (minh họa)"})
        if not undo and stands:
            press(made, "admin", "/successions", "/successions", TAKEOVER)
            undo = next(href for href, _ in made.people["admin"].look("/successions").links if href.endswith("/undo"))
        return undo if stands else "/successions"
    return begin


TAKEOVER = {"unit": "40", "from": "40, 42", "act": "Nghị quyết (minh họa)", "day": "2025-07-01"}
STEPPED = "/forms/monthly/42/2025-01"  # the report that goes to and fro
WHY = {"why": "nhầm", "basis": "Điều 14 (minh họa)"}
ACTS = (
    Act("signing in", "stranger", on("/sign-in"), "/sign-in", lambda n: {"login": "officer", "password": PASSWORD}),
    Act("import", "officer", on("/import"), "/import", lambda n: {"file": csv_of(HEAD + f"retail_sales,42,2026-07,,{n + 1},approved\n")}),
    Act("import of a workbook", "officer", on("/import"), "/import", lambda n: {"file": ("x.xlsx", workbook([row.split(",") for row in (HEAD + f"retail_sales,42,2026-06,,{n + 1},approved").split("\n")]))}),
    Act("iip import", "officer", on("/iip/import?unit=42"), "/iip/import", lambda n: {"kind": "output", "file": csv_of(
        f"month,establishment,product,measure,quantity\n2026-10,42-da_xay_dung-1,da_xay_dung,nghìn m3,{n + 1}\n")}),
    Act("draft", "officer", on(REPORT), REPORT, lambda n: {"cell.6": 4000 + n}),
    Act("attachment", "officer", lambda made, n: monthly(2019, n // 8), "{at}/attachments", lambda n: {"file": csv_of(f"a,b\n1,{n}\n")}),
    Act("answer to a finding", "officer", on("/quality/finding?key={finding}"), "/quality/finding", lambda n: {"reason": f"vì {n}"}, "explained"),
    Act("conflict", "leader", lambda made, n: f"/conflicts/{made.conflicts[n]}", "{at}", lambda n: {"reason": f"vì {n}"}, "Version A is right"),
    Act("new cluster", "officer", on("/clusters/new?unit=18073"), "/clusters", lambda n: {"unit": COMMUNE, **{f"field-{k}": v for k, v in IDENTITY.items()}, "field-name": f"Cụm {n}"}),
    Act("areas of a cluster", "officer", on("{cluster}/edit?list=areas"), "{cluster}", lambda n: {"field-leased": f"{4 + n / 1000:.3f}"}),
    Act("new case", "commune", on("/cases/new/fireworks"), "/cases/fireworks", lambda n: case_typed(f"Đêm {n}")),
    Act("act in a case", "officer", new_case, "{at}/take"),
    Act("enrolment", "admin", on("/nodes"), "/nodes", lambda n: {"key": Peer(f"new{n}", "25").key, "unit": "25"}),
    Act("revocation", "admin", new_node, "{at}"),
    Act("account", "admin", on("/admin/users"), "/admin/users", lambda n: {"login": f"u{n}", "name": "Người mới"}),
    Act("token", "admin", on("/admin/users"), "/admin/users/commune/token"),
    Act("submission", "officer", lambda made, n: brought(made, STEPPED, "draft"), "{at}/submit"),
    Act("withdrawal", "officer", lambda made, n: brought(made, STEPPED, "submitted"), "{at}/withdraw"),
    Act("return", "leader", lambda made, n: brought(made, STEPPED, "submitted"), "{at}/return", lambda n: {"reason": f"vì {n}", "cells": True}),
    Act("approval", "leader", lambda made, n: brought(made, monthly(2021, 6 + n), "submitted"), "{at}/approve"),
    Act("removal of an attachment", "officer", with_file, "*/remove"),
    Act("erasure of an attachment", "leader", sent_with_files, "*/erase", lambda n: WHY),
    Act("workbook of a report", "officer", on(REPORT), "{at}/upload", filled_workbook),
    Act("workbook with comments", "officer", compared, REPORT + "/commented"),
    Act("paper of a case", "commune", new_case, "{at}/papers/letter", lambda n: {"file": csv_of(f"a,b\n1,{n}\n")}),
    Act("erasure of a paper", "leader", with_paper, "*/erase", lambda n: WHY),
    Act("boundary of a cluster", "officer", on("{cluster}/edit?list=boundary"), "{cluster}/boundary", lambda n: {"file": boundary(n)}),
    Act("withdrawal of an item", "officer", with_plot, "{cluster}", button="Withdraw this item"),
    Act("report on clusters", "tenant", on("{tenant}"), "{tenant}", lambda n: {"cell-revenue": f"{100 + n}.5", "cell-budget": "4.25", "cell-labour": "310", "cell-income": "9.5"}),
    Act("erasure of a person", "leader", lambda made, n: f"/personal/{made.persons[n]}", "{at}/erase", lambda n: WHY),
    Act("password", "changer", known_password, "/password", lambda n: {"current": PASSWORD, "new": f"mật khẩu mới {n}", "again": f"mật khẩu mới {n}"}),
    Act("signing out", "changer", known_password, "/sign-out"),
    Act("new password", "admin", on("/admin/users"), "/admin/users/spare/password"),
    Act("disabling", "admin", account(False), "/admin/users/spare/disable"),
    Act("enabling", "admin", account(True), "/admin/users/spare/enable"),
)
ACTS_OF_NODES = (
    Act("takeover", "admin", takeover(False), "/successions", lambda n: TAKEOVER),
    Act("takeover undone", "admin", takeover(True), "{at}", lambda n: {"act": f"Nghị quyết {n} (minh họa)"}),
)
ACTS_ABOVE = (  # what there is most of comes first: it meets the places that all share
    Handing("file handed over", None, None, None),
    Act("acceptance", "chief", lambda made, n: made.reports[2 * n], "{at}/approve"),
    Act("return from above", "chief", lambda made, n: made.reports[2 * n + 1], "{at}/return", lambda n: {"reason": f"vì {n}", "cells": True}),
)


def told(answer):
    """What an error says."""
    if answer.body.startswith(b"{"):
        thing = answer.json()
        return thing["error"]["message"] if "error" in thing else " ".join(one["title"] for one in thing["errors"])
    if answer.body.startswith(b"<?xml"):
        return " ".join(re.findall("<com:Text[^>]*>([^<]*)", answer.text))
    return " ".join(Page("", answer).alerts) if answer.body.startswith(b"<") else answer.text


def steady(path, answer):
    """An answer without what differs from one to the next."""
    if path == "/metrics":
        return sorted({line.split(" ")[0] for line in answer.text.splitlines()})
    if path.startswith(("/status", "/health")):
        return re.sub(rb"[0-9]+(\.[0-9]+)?", b"", answer.body)
    if "xlsx" in path:
        with zipfile.ZipFile(io.BytesIO(answer.body)) as book:
            return [(name, CLOCK.sub(b"", book.read(name))) for name in book.namelist()]
    return answer.body if ".pdf" in path else CLOCK.sub(b"", answer.body)


class Trials:
    """Plans one after another, as the settings say, and what became of them."""

    def __init__(self, made):
        self.made, self.faults, self.tried, self.problems, self.answers = made, made.faults, 0, [], {}

    def count(self, what):
        self.answers[what] = self.answers.get(what, 0) + 1

    def of(self, name, kind, total):
        if MANY == "all":
            yield from self.faults.each_place(kind)
            return
        count = min(total, int(MANY or 1))
        begin = zlib.crc32(f"{name} {kind}".encode()) % max(1, total // max(1, count))
        for i in range(count):
            self.faults.plan(kind, at=1 + begin + total // count * i)
            yield

    def failed(self, where, kind, error):
        faults = self.faults
        error = re.sub(r"<!doctype html>.*?</head>", "", str(error))
        self.problems.append(f"{where}: call {faults.hit_at} ({kind}) fails, {faults.name if faults.hits else 'not reached'}: {type(error).__name__} {error}"[:1200] + f" ({faults.callers()})")
        print(f"# {self.problems[-1]}", flush=True)
        check(len(self.problems) < 100, "too many to go on")

    def sum_up(self):
        check(not self.problems, f"{len(self.problems)} of {self.tried}:", " | ".join(self.problems[:3]))
        check(self.tried or ONLY, "none was reached")
        print(f"# {self.tried} calls", flush=True)
        return f"{self.tried} calls; answers: " + ", ".join(f"{many} × {what}" for what, many in sorted(self.answers.items(), key=str))


def is_meant(name):
    some = [part for part in ONLY if part not in ("tls", "pages", "forms")]
    return not some or any(part in name for part in some)


def try_pages(made, pages):
    trials, faults = Trials(made), made.faults
    pages = [(path.format(**made.names), made.clients[who], {"Accept": "*/*" if path.startswith("/sdmx/") else "text/html"}) for path, who in pages]
    for kind in KINDS:
        faults.forget_places()
        for path, client, head in pages:
            if not is_meant(path):
                continue
            client.get(path, headers=head, expect=None)  # what is read once is read now
            faults.plan(kind)
            answer = client.get(path, headers=head, expect=None)
            status, right, total = answer.status, steady(path, answer), faults.seen
            faults.off()
            check(status in (200, 404) and steady(path, client.get(path, headers=head, expect=None)) == right, f"{path} is never twice the same, or {answer!r}")
            for _ in trials.of(path, kind, total) if total else ():
                try:
                    answer = client.get(path, headers=head, expect=None)
                    trials.count(answer.status)
                    if answer.status == status:
                        check(steady(path, answer) == right or (status != 200 and told(answer).strip()), "another answer")  # an error may lack its frame
                    else:
                        check(answer.status in (500, 503) and told(answer).strip(), f"{answer!r}")
                except (http.client.HTTPException, ConnectionError):
                    client.close()  # no memory for the answer's head
                    trials.count("dropped")
                except Exception as error:
                    trials.failed(path, kind, error)
                faults.off()
                trials.tried += faults.hits > 0
                try:
                    answer = client.get(path, headers=head, expect=status)
                    check(steady(path, answer) == right, "the next answer is another")
                except Exception as error:
                    trials.failed(path, kind, error)
                    check(made.node.server.is_running, f"the node ended; {last_words(made.node)}")
    return trials.sum_up()


def try_act(made, act, trials, kind):
    """Send the form while a call fails; what it was for is done once and whole, or there is nothing of it."""
    faults, node = made.faults, made.node
    for _ in range(2):  # what is read once is read now
        person, form = act.form(made)
        before = act.stands(made)
        faults.plan(kind)
        answer = act.send(made, person, form)
        total = faults.seen
        faults.off()
        is_taken = answer.status in (200, 303)
        check(is_taken, is_taken or f"{act.name}: {answer.status}, {told(answer)}")
        act.number += 1
        status, steps = answer.status, act.stands(made) - before
    person = None
    for _ in trials.of(act.name, kind, total) if total else ():
        mode, at = faults.control.mode, faults.control.at
        faults.control.mode = faults.control.at = 0
        try:
            if person is None:
                person, form = act.form(made)
                before, files = act.stands(made), set(files_below(node.folder))
            faults.control.seen, faults.control.at, faults.control.mode = 0, at, mode
            try:
                answer = act.send(made, person, form)
                trials.count(answer.status)
                is_done = answer.status == status or b"is done and kept" in answer.body
                check(answer.status == status or (answer.status in act.refusals and told(answer).strip()), f"{answer!r}")
                may_be_done = not is_done and b"may or may not have been kept" in answer.body
            except (http.client.HTTPException, ConnectionError):
                person.client.close()
                trials.count("dropped")
                is_done, may_be_done = False, True
            faults.off()
            moved = act.stands(made) - before
            check(moved in ((0, steps) if may_be_done else (steps,) if is_done else (0,)), f"{moved} steps instead of {steps}; {answer!r}")
            if steps and not moved:
                wait_until(lambda: not set(files_below(node.folder)) - files - SHARED, 10, "what came with the form is removed")
            if moved or is_done:
                act.number += 1
                person = None
        except Exception as error:
            faults.off()
            trials.failed(act.name, kind, error)
            check(node.server.is_running, f"the node ended; {last_words(made.node)}")
            act.number += 1
            person = None
        trials.tried += faults.hits > 0
    act.number += person is not None  # what it was to be done with is half used


def try_acts(made, acts):
    trials = Trials(made)
    for number, kind in enumerate(KINDS):
        made.faults.forget_places()
        for act in acts if MANY else acts[number::len(KINDS)]:
            if is_meant(act.name):
                try_act(made, act, trials, kind)
    return trials.sum_up()


KEYS = {"ecdsa": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "rsa": ["-newkey", "rsa:2048"]}


def try_connections(world, of_key):
    """Calls fail while a connection over TLS is made and asks for a page: it ends or answers, and the node goes on."""
    faults, node = Faults(world, f"faults-{of_key}"), world.node(f"tls-{of_key}", "42")
    certificate, key = world.path(f"{of_key}.pem"), world.path(f"{of_key}.key")
    subprocess.run(["openssl", "req", "-x509", *KEYS[of_key], "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", certificate], check=True, capture_output=True, timeout=60)
    made = types.SimpleNamespace(faults=faults, node=node)
    trials = Trials(made)

    def serve():
        node.serve(environment=faults.environment(of_libraries=True), options=["--tls-cert", certificate, "--tls-key", key])

    def health():
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = ssl._create_unverified_context()
            context.minimum_version = context.maximum_version = version
            connection = http.client.HTTPSConnection(node.host, node.port, timeout=60, context=context)
            connection.request("GET", "/health")
            answer = connection.getresponse()
            trials.count(answer.status)
            told = answer.status, answer.read() if answer.status == 200 else b""
            connection.close()
        return told

    serve()
    for _ in range(2):
        health()
    for kind in ("memory", "open read", "send receive connect"):
        faults.forget_places()
        faults.plan(kind)
        health()
        for _ in trials.of(of_key, kind, faults.seen) if faults.seen else ():
            try:
                check(health()[0] in (200, 500, 503), "another answer")
            except (OSError, http.client.HTTPException):
                trials.count("dropped")
            faults.off()
            trials.tried += faults.hits > 0
            try:
                check_equal(health()[0], 200, "the next connection")
            except Exception as error:
                if by := ended_by(node, faults):
                    trials.count(f"ended by {by}")
                    node.server.end()
                    serve()
                    continue
                trials.failed(of_key, kind, error)
                check(node.server.is_running, f"the node ended; {last_words(node)}")
    check_equal(node.server.end(), 0, f"how the node ended; {last_words(node)}")
    return trials.sum_up()


def ended_by(node, faults):
    """What below GnuTLS ended the node, where that is known and cannot be helped: the loader, at the first connection of each thread, gets no memory for
    what the thread has of its own."""
    try:
        status = node.server.process.wait(5) if faults.is_of_gnutls else None
    except subprocess.TimeoutExpired:
        return None
    return "the loader" if status == 127 else None


def end(made):
    made.faults.off()
    for client in made.clients.values():
        client.close()
    check_equal(made.node.server.end(), 0, f"how the node ended; {last_words(made.node)}")


def story(cases, world):
    numbers = []
    for of_key in KEYS if MANY else ["ecdsa"]:
        if not DATABASE and (not ONLY or "tls" in ONLY):  # there the database has no part in it
            with cases.case(f"calls of a served node fail while a connection over TLS is made with a key of {of_key}"):
                numbers.append(try_connections(world, of_key))
    if ONLY == ["tls"]:
        return tell_number("; ".join(numbers))
    made = Made(world)
    if not ONLY or "forms" not in ONLY:
        with cases.case("calls of a served node fail while it answers with pages and files"):
            numbers.append(try_pages(made, PAGES if MANY else [page for page in PAGES if page[0] in SOME]))
    if not ONLY or "pages" not in ONLY:
        with cases.case("calls of a served node fail while it takes what was filled in"):
            numbers.append(try_acts(made, ACTS))
        for name, acts in (("above", ACTS_ABOVE), ("joining", ACTS_OF_NODES)):
            with cases.case(f"calls of a served ministry ({name}) fail while it takes what was filled in"):
                above = Above(world, name, name == "above")
                numbers.append(try_acts(above, acts))
                end(above)
    with cases.case("the node goes on, and nothing has leaked"):
        end(made)
    tell_number("; ".join(numbers))


if __name__ == "__main__":
    tell(story)
