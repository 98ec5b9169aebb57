#!/usr/bin/env python3
"""Who may do what: every route of the program, every role, every format, against the table below, which says it once more
and independently; a route that is not in the table fails. Then: who sees a figure that is not published, in any format,
page and sum; what an account of a part may do at the node of the whole; and forged forms on every route that changes
anything. Runs on both stores (CAUNOI_TEST_STORE)."""

import io
import json
import zipfile

from support import IS_MIXED, check, check_contains, check_equal, tell, tell_number

ROLES = ("admin", "director", "deputy", "head", "specialist", "center", "commune", "enterprise", "consultant", "api")
PUBLIC = frozenset(("",) + ROLES)
INSIDE = frozenset(ROLES) - {"enterprise", "consultant"}
FILLERS = INSIDE - {"admin"}
REPORTERS = FILLERS | {"enterprise"}
SENDERS = frozenset(("director", "deputy", "commune"))
IMPORTERS = frozenset(("admin", "head", "specialist"))
ADMIN = frozenset(("admin",))
SIGNED_IN = frozenset(ROLES)
NODES = frozenset()  # only with a signed request

FORMATS = ("", ".json", ".csv", ".csvm", ".xlsx", ".svg", ".pdf")
REPORT = "/forms/{form}/{unit}/{period}"

# method, route: who may
TABLE = {
    ("get", "/"): PUBLIC,
    ("get", "/todo"): PUBLIC,
    ("get", "/overview"): PUBLIC,
    ("get", "/search"): PUBLIC,
    ("get", "/provinces/{code}"): PUBLIC,
    ("get", "/figures"): PUBLIC,
    ("get", "/figures/explain"): PUBLIC,
    ("get", "/figures/entry/{hash}"): PUBLIC,
    ("get", "/figures/entry/{hash}/file"): INSIDE,
    ("get", "/figures/revisions"): PUBLIC,
    ("get", "/figures/triangle"): PUBLIC,
    ("get", "/analysis"): PUBLIC,
    ("get", "/analysis/outliers"): PUBLIC,
    ("get", "/tables"): PUBLIC,
    ("get", "/quality"): INSIDE,
    ("get", "/quality/finding"): INSIDE,
    ("get", "/quality/rules"): PUBLIC,
    ("get", "/quality/sources"): PUBLIC,
    ("get", "/quality/units"): INSIDE,
    ("post", "/quality/finding"): FILLERS,
    ("get", "/sdmx"): PUBLIC,
    ("get", "/sdmx/{path}"): PUBLIC,
    ("get", "/units"): PUBLIC,
    ("get", "/units/changes"): PUBLIC,
    ("get", "/growth"): PUBLIC,
    ("get", "/growth/explain"): PUBLIC,
    ("get", "/units/{code}"): PUBLIC,
    ("get", "/indicators"): PUBLIC,
    ("get", "/calendar"): PUBLIC,
    ("get", "/receipts"): PUBLIC,
    ("get", "/receipts/{code}"): PUBLIC,
    ("get", "/receipts/{code}/file"): SIGNED_IN,
    ("get", "/status"): PUBLIC,
    ("get", "/health"): PUBLIC,
    ("get", "/metrics"): PUBLIC,
    ("get", "/openapi"): PUBLIC,
    ("get", "/assets/{name}"): PUBLIC,
    ("get", "/sign-in"): PUBLIC,
    ("post", "/sign-in"): PUBLIC,
    ("post", "/sign-out"): PUBLIC,
    ("get", "/password"): SIGNED_IN,
    ("post", "/password"): SIGNED_IN,
    ("get", "/forms"): INSIDE,
    ("get", REPORT): INSIDE,
    ("get", REPORT + "/submit"): INSIDE,
    ("get", REPORT + "/withdraw"): INSIDE,
    ("get", REPORT + "/approve"): INSIDE,
    ("put", REPORT): FILLERS,
    ("post", REPORT): FILLERS,
    ("post", REPORT + "/submit"): FILLERS,
    ("post", REPORT + "/withdraw"): FILLERS,
    ("post", REPORT + "/upload"): FILLERS,
    ("post", REPORT + "/commented"): FILLERS,
    ("post", REPORT + "/approve"): SENDERS,
    ("post", REPORT + "/return"): SENDERS,
    ("post", REPORT + "/attachments"): FILLERS,
    ("get", REPORT + "/attachments/{node}/{id}"): INSIDE,
    ("post", REPORT + "/attachments/{node}/{id}/remove"): FILLERS,
    ("post", REPORT + "/attachments/{node}/{id}/erase"): SENDERS,
    ("get", "/conflicts"): INSIDE,
    ("get", "/conflicts/{id}"): INSIDE,
    ("post", "/conflicts/{id}"): SENDERS,
    ("get", "/personal"): INSIDE,
    ("get", "/personal/{id}"): INSIDE,
    ("post", "/personal/{id}/erase"): SENDERS,
    ("get", "/promotion"): INSIDE,
    ("get", "/promotion/schemes"): INSIDE,
    ("get", "/promotion/findings"): INSIDE,
    ("get", "/promotion/products"): INSIDE,
    ("get", "/promotion/norms"): INSIDE,
    ("get", "/promotion/programme"): INSIDE,
    ("get", "/clusters"): PUBLIC,
    ("post", "/clusters"): FILLERS,
    ("get", "/clusters/plots"): PUBLIC,
    ("get", "/clusters/plan"): PUBLIC,
    ("get", "/clusters/compare"): PUBLIC,
    ("get", "/clusters/boundaries"): PUBLIC,
    ("get", "/clusters/new"): FILLERS,
    ("get", "/clusters/work"): INSIDE,
    ("get", "/clusters/reports"): REPORTERS,
    ("get", "/clusters/reports/{form}/{about}/{period}"): REPORTERS,
    ("post", "/clusters/reports/{form}/{about}/{period}"): REPORTERS,
    ("get", "/clusters/{id}"): PUBLIC,
    ("post", "/clusters/{id}"): FILLERS,
    ("post", "/clusters/{id}/boundary"): FILLERS,
    ("get", "/clusters/{id}/edit"): FILLERS,
    ("get", "/cases"): SIGNED_IN,
    ("get", "/cases/{id}"): SIGNED_IN,
    ("get", "/cases/new/{workflow}"): SIGNED_IN - ADMIN,
    ("get", "/cases/workflows/{workflow}"): PUBLIC,
    ("post", "/cases/{id}/papers/{document}"): SIGNED_IN,
    ("get", "/cases/{id}/papers/{document}/{node}/{blob}"): SIGNED_IN,
    ("post", "/cases/{id}/papers/{document}/{node}/{blob}/erase"): SENDERS | {"enterprise"},
    ("get", "/cases/{id}/print/{print}/file"): SIGNED_IN,
    ("post", "/cases/{workflow}"): SIGNED_IN - ADMIN,
    ("post", "/cases/{id}/{action}"): SIGNED_IN,
    ("get", "/iip"): INSIDE,
    ("get", "/iip/why"): INSIDE,
    ("get", "/iip/form"): IMPORTERS,
    ("get", "/iip/import"): IMPORTERS,
    ("post", "/iip/import"): IMPORTERS,
    ("get", "/import"): IMPORTERS,
    ("post", "/import"): IMPORTERS,
    ("get", "/nodes"): ADMIN,
    ("post", "/nodes"): ADMIN,
    ("get", "/nodes/{key}/revoke"): ADMIN,
    ("post", "/nodes/{key}/revoke"): ADMIN,
    ("get", "/successions"): ADMIN,
    ("post", "/successions"): ADMIN,
    ("get", "/successions/{hash}/undo"): ADMIN,
    ("post", "/successions/{hash}/undo"): ADMIN,
    ("get", "/admin/users"): ADMIN,
    ("post", "/admin/users"): ADMIN,
    ("post", "/admin/users/{login}/password"): ADMIN,
    ("post", "/admin/users/{login}/token"): ADMIN,
    ("post", "/admin/users/{login}/disable"): ADMIN,
    ("post", "/admin/users/{login}/enable"): ADMIN,
    ("get", "/ledger/positions"): NODES,
    ("post", "/ledger/entries"): NODES,
    ("post", "/ledger/push"): NODES,
    ("get", "/ledger/blob/{node}/{id}"): NODES,
    ("post", "/ledger/blob/{node}/{id}"): NODES,
    ("get", "/ledger/wanted"): NODES,
}
PARTS = {"{form}": "monthly", "{unit}": "42", "{period}": "2026-10", "{code}": "42", "{login}": "nobody-there",
         "{name}": "nothing.css", "{path}": "dataflow", "{node}": "0" * 64, "{id}": "1" * 64, "{hash}": "0" * 64, "{key}": "0" * 64}
# In no account: a draft must not be lost for these; the answer may be any but a refusal of the right.
BODY = {"post": "{}", "put": "{}"}


def address_of(route):
    for name, value in PARTS.items():
        route = route.replace(name, value)
    return route


def is_refused(answer):
    """The right is missing: 401 and 403; a page leads to the sign-in form instead."""
    return answer.status in (401, 403) or (
        answer.status == 303 and answer.headers.get("Location", "").startswith("/sign-in?to="))


def every_route(cases, node, tokens):
    asked = 0
    clients = {role: node.client(token=tokens.get(role)) for role in ("",) + ROLES}
    document = clients[""].get("/openapi.json").json()["paths"]
    routes = [(method, route) for route in sorted(document) for method in document[route] if method != "parameters"]

    with cases.case("every route is in the table, and the table holds no others"):
        check_equal(set(routes) - set(TABLE), set(), "routes without an expectation")
        check_equal(set(TABLE) - set(routes), set(), "expectations without a route")

    for method, route in routes:
        if (method, route) in (("get", "/metrics"), ("post", "/sign-in"), ("post", "/sign-out")):
            continue  # no rights: the first is looked at below, the others have cases of their own
        expected = TABLE.get((method, route), frozenset())
        with cases.case(f"{method.upper()} {route}"):
            for role in ("",) + ROLES:
                for suffix in FORMATS if method == "get" and "{name}" not in route and "{path}" not in route else ("",):
                    for accept in ("text/html", "application/json") if suffix == "" else ("*/*",):
                        path = ("" if route == "/" and suffix else address_of(route)) + suffix
                        if path.startswith("."):
                            continue
                        answer = clients[role].ask(method.upper(), path, BODY.get(method),
                                                   {"Accept": accept, "Content-Type": "application/json"})
                        asked += 1
                        who = f"{role or 'the public'}, {path}, {accept}: {answer!r}"
                        check(answer.status < 500, who)
                        if role in expected:
                            check(not is_refused(answer), who)
                        else:  # a format the address does not have is 404 for everybody
                            check(is_refused(answer) or answer.status in ((404,) if expected else (404, 422)), who)
                        # That HEAD is GET without the body ./check asks of two, one with few rights and one with most; `make stories` of all.
                        if method == "get" and (not IS_MIXED or role in ("", "director")):
                            head = clients[role].ask("HEAD", path, None, {"Accept": accept})
                            check_equal((head.status, head.body), (answer.status, b""), f"HEAD, {who}")
    tell_number(f"{asked} requests of {len(ROLES) + 1} roles")


def forged_forms(cases, node):
    document = node.client().get("/openapi.json").json()["paths"]
    changing = [(method, route) for route in sorted(document) for method in document[route] if method in ("post", "put", "delete")
                and not route.startswith("/ledger/")]

    with cases.case("a form without the page's mark, with another's, or from another site is refused everywhere"):
        reader, other = node.signed_in("admin"), node.signed_in("director")
        position = node.position()
        for method, route in changing:
            for mark, origin in ((None, None), ("", None), (other.csrf, None), (reader.csrf, "http://elsewhere.example"),
                                 (reader.csrf, "null")):
                headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
                if mark is not None:
                    headers["X-CSRF-Token"] = mark
                if origin is not None:
                    headers["Origin"] = origin
                body = "csrf=&login=admin&password=x&role=admin&unit=42&name=x&current=x&new=y&again=y"
                answer = reader.ask(method.upper(), address_of(route), body, headers)
                check_equal(answer.status, 403, f"{method} {route} mark {mark!r:.12} origin {origin}: {answer!r}")
        check_equal(node.position(), position, "entries afterwards")

    with cases.case("a session ends with the password, and with the account; a token with the account"):
        admin = node.signed_in("admin")
        token = admin.send("POST", "/admin/users/center/token", {}).json()["secret"]
        program, browser = node.client(token=token), node.signed_in("center")
        for client in (program, browser):
            check_equal(client.ask("GET", "/forms.json").status, 200, "before")
        check_equal(admin.send("POST", "/admin/users/center/password", {}).status, 200, "a new password")
        check_equal(browser.ask("GET", "/forms.json").status, 401, "the session afterwards")
        check_equal(admin.send("POST", "/admin/users/center/disable", {}).status, 200, "disabling")
        check_equal(program.ask("GET", "/forms.json").status, 401, "the token afterwards")
        check_equal(admin.send("POST", "/admin/users/center/enable", {}).status, 200, "enabling")

    with cases.case("nobody is led to another site, and no header can be smuggled in"):
        for to in ("https://evil.example/", "//evil.example", "/\\evil.example", "/%09/evil.example", "\t//evil.example",
                   "/x\r\nSet-Cookie: a=b", "javascript:alert(1)", "/sign-out"):
            visitor = node.client()
            fields = {"csrf": visitor.read_mark("/sign-in"), "login": "head", "password": "mật khẩu dài 2026", "to": to}
            answer = visitor.post_form("/sign-in", fields)
            place = answer.headers["Location"]
            check(place.startswith("/") and not place.startswith("//") and "\\" not in place, f"{to!r} leads to {place!r}")
            check("a=b" not in str(answer.headers), f"a header through {to!r}")
        for path in ("//evil.example/", "/\\evil.example/", "/units//evil.example/", "/..//evil.example/", "/%2F%2Fevil.example/"):
            place = node.client().ask("GET", path).headers.get("Location", "/")
            check(place.startswith("/") and not place.startswith("//") and not place.startswith("/\\"), f"{path} leads to {place!r}")

    with cases.case("files outside the program's own are out of reach"):
        for name in ("../key", "..%2Fkey", "%2e%2e/key", "....//key", "/etc/passwd", "caunoi.css/../../key", "settings", "."):
            check_equal(node.client().ask("GET", f"/assets/{name}").status in (400, 404), True, f"/assets/{name}")

    with cases.case("answers for one user are in no shared cache and match no other user's mark"):
        admin, visitor = node.signed_in("admin"), node.client()
        for path in ("/admin/users.json", "/figures.json?indicator=retail_sales", "/units.json", "/overview"):
            answer = admin.get(path)
            check(any(word in answer.headers["Cache-Control"] for word in ("private", "no-store")), path, answer.headers["Cache-Control"])
            check_contains(answer.headers.get("Vary", ""), "Cookie", f"Vary of {path}")
            mark = answer.headers.get("ETag")
            if mark:
                check_equal(admin.ask("GET", path, headers={"If-None-Match": mark}).status, 304, f"{path} again")
                for someone in (visitor, node.signed_in("head")):
                    check(someone.ask("GET", path, headers={"If-None-Match": mark}).status != 304, f"{path}: another's mark")


def parts_of_xlsx(body):
    with zipfile.ZipFile(io.BytesIO(body)) as z:
        return " ".join(z.read(name).decode(errors="replace") for name in z.namelist())


# A figure of Hà Tĩnh and one of Phú Thọ, sent and not published, one of Hà Nội that is; and what they make together.
SECRET, OTHER, OPEN, DRAFT = 421421, 250250, 10101, 765432
SUMS = (SECRET + OTHER, SECRET + OTHER + OPEN, SECRET + OPEN)


def unpublished(cases, ministry):
    file = ministry.world.path("figures.csv", "indicator,unit,period,value,status\n"
                               f"retail_sales,42,2026-09,{SECRET},submitted\nretail_sales,25,2026-09,{OTHER},approved\n"
                               f"retail_sales,01,2026-09,{OPEN},published\nretail_sales,42,2026-08,{DRAFT},draft\n")
    ministry.run("import", file, expect=0)
    ministry.add_user("bo", "specialist")
    ministry.add_user("tinh", "specialist", "42")
    ministry.add_user("tinh-khac", "director", "25")
    ministry.add_user("xa", "commune", "42")
    ministry.add_user("doanh-nghiep", "enterprise", "42")
    ministry.add_user("quan-tri-tinh", "admin", "42")
    ministry.add_user("quan-tri", "admin")
    tokens = {login: ministry.token(login) for login in ("bo", "tinh", "tinh-khac", "xa", "doanh-nghiep", "quan-tri-tinh")}
    ministry.serve()

    what = "indicator=retail_sales&from=2026-08&to=2026-09"
    pages = [f"/figures{suffix}?{what}{more}" for suffix in ("", ".json", ".csv", ".xlsx")
             for more in ("", "&unit=42", "&unit=42&unit=25", "&unit=VN", "&unit=VN&children=1", "&unit=42&compare=ytd",
                          "&unit=VN&children=1&compare=share", "&unit=42&status=submitted", "&unit=42&status=draft",
                          "&unit=42&boundary=now", "&unit=42@2026-01-01", "&children=1&status=approved")]
    pages += [f"/figures/explain{suffix}?indicator=retail_sales&unit={unit}&period=2026-09"
              for suffix in ("", ".json") for unit in ("42", "25", "VN")]
    pages += ["/overview", "/overview.json", "/overview?chi-tieu=retail_sales", "/provinces/42", "/provinces/42.json",
              "/provinces/25", "/", "/todo.json", "/status.json", "/units/42"]

    def holds(text, number):
        shown = f"{number:,}"
        return any(form in text for form in (str(number), shown, shown.replace(",", "."), shown.replace(",", "\u00a0")))

    for login, sees in (("", (OPEN,)), ("doanh-nghiep", (OPEN,)), ("tinh", (OPEN, SECRET)), ("xa", (OPEN, SECRET)),
                        ("quan-tri-tinh", (OPEN, SECRET)), ("tinh-khac", (OPEN, OTHER)), ("bo", (OPEN, SECRET, OTHER, *SUMS))):
        with cases.case(f"what {login or 'the public'} sees of figures that are not published"):
            client = ministry.client(token=tokens.get(login))
            seen = set()
            for path in pages:
                answer = client.ask("GET", path, headers={"Accept": "text/html"})
                check(answer.status < 500, f"{path}: {answer!r}")
                text = parts_of_xlsx(answer.body) if ".xlsx" in path and answer.status == 200 else answer.body.decode()
                for number in (SECRET, OTHER, OPEN, *SUMS, DRAFT):
                    if holds(text, number):
                        seen.add(number)
                        is_own_draft = number == DRAFT and "status=draft" in path and SECRET in sees
                        check(number in sees or is_own_draft, f"{path} shows {number} to {login or 'the public'}")
            check(set(sees) - seen <= set(SUMS), f"not seen: {set(sees) - seen}")

    with cases.case("what is not published leaves the ministry's node for nobody but the unit it is about, whose officials see it there"):
        rows = ministry.sql("SELECT s.audience, e.line FROM ledger_entry e JOIN ledger_stream s ON s.id = e.stream"
                            " WHERE e.kind = 'figures.report'")
        for audience, line in rows:
            line = line if line.startswith("b'") or "{" in line else bytes.fromhex(line.removeprefix("\\x")).decode()
            for number, unit in ((SECRET, "42"), (OTHER, "25"), (DRAFT, "42")):
                check(str(number) not in line or audience == unit, f"{number} stands in a stream for {audience}")
            check(str(OPEN) not in line or audience == "*", f"{OPEN} stands in a stream for {audience}")

    with cases.case("an account of a province at the ministry's node imports for its own province only"):
        client = ministry.client(token=tokens["tinh"])
        for unit, status in (("25", 422), ("VN", 422), ("42", 200)):
            answer = client.ask("POST", "/import.json", f"indicator,unit,period,value\nretail_sales,{unit},2026-07,1\n",
                                {"Content-Type": "text/csv", "Accept": "application/json"})
            check_equal(answer.status, status, f"import for {unit}: {answer!r}")

    with cases.case("an administrator of a part neither sees nor changes accounts of the whole"):
        client = ministry.client(token=tokens["quan-tri-tinh"])
        listed = {u["login"] for u in client.get("/admin/users.json").json()["users"]}
        check_equal(listed, {"tinh", "xa", "doanh-nghiep", "quan-tri-tinh"}, "accounts in the list")
        check("tinh-khac" not in client.get("/admin/users.csv").text, "another province's account in the CSV")
        check("tinh-khac" not in client.get("/admin/users", headers={"Accept": "text/html"}).text, "… on the page")
        position = ministry.position()
        for path in ("/admin/users/quan-tri/password", "/admin/users/bo/token", "/admin/users/quan-tri/disable"):
            check_equal(client.ask("POST", path, "", {"Accept": "application/json"}).status, 403, path)
        for login, unit in (("moi", "VN"), ("moi", "25"), ("quan-tri", "42")):
            body = f"login={login}&name=x&role=admin&unit={unit}&password=m%E1%BA%ADt+kh%E1%BA%A9u+d%C3%A0i"
            answer = client.ask("POST", "/admin/users", body, {"Content-Type": "application/x-www-form-urlencoded",
                                                               "Accept": "application/json"})
            check_equal(answer.status, 403, f"{login} of {unit}: {answer!r}")
        check_equal(ministry.position(), position, "entries")

    with cases.case("nobody decides about what the own unit has sent"):
        client = ministry.client(token=tokens["tinh"])
        for step, body in (("approve", {}), ("return", {"reason": "sai rồi", "cells": ["6"]})):
            answer = client.send("POST", f"/forms/monthly/42/2026-10/{step}", body)
            check(answer.status in (403, 409), f"{step}: {answer!r}")


def story(cases, world):
    ministry, province = world.nodes(ministry="VN", province="42")
    for role in ROLES:
        province.add_user(role, role)
    tokens = {role: province.token(role) for role in ROLES}
    province.serve()
    every_route(cases, province, tokens)
    forged_forms(cases, province)
    province.stop()
    unpublished(cases, ministry)
    ministry.stop()


if __name__ == "__main__":
    tell(story)
