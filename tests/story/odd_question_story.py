#!/usr/bin/env python3
"""What an address asks for and is not there - an indicator, unit, item, period, column, order, word of a list - is refused by every page that takes the
question, with what it is, where it stands and what to do: never passed over as if nothing had been asked. Runs on both stores (CAUNOI_TEST_STORE)."""

from support import ROOT, Client, check, check_contains, check_equal, tell

ODD = "khong-co"
EXPORTS = "indicator=export_value&unit=VN&from=2023-01&to=2023-03"

# An address that is answered; the questions it takes that have a list of answers, and nothing else.
PAGES = [
    ("/figures", EXPORTS, "indicator unit children from to item partner boundary known recorded compare status after limit"),
    ("/figures/revisions", "indicator=export_value&unit=VN", "indicator unit children from to item partner boundary known compare status"),
    ("/figures/triangle", "indicator=export_value&unit=VN", "indicator unit from to item partner known"),
    ("/figures/explain", "indicator=export_value&unit=VN&period=2023-01", "indicator unit period item partner boundary known compare"),
    ("/tables.json", EXPORTS + "&level=1&rows=item", "indicator unit children from to item partner level boundary known recorded compare status rows columns totals sort chart at"),
    ("/growth", "", "of unit period known"),
    ("/growth/explain", "of=product&unit=VN", "of unit period known number"),
    ("/analysis", "indicator=export_value&unit=VN", "indicator unit item partner from to window robust tet known"),
    ("/analysis/outliers", "indicator=export_value", "indicator unit item severity from to known"),
    ("/quality", "", "indicator unit owner level severity state from to known"),
    ("/quality/units", "", "indicator unit from to"),
    ("/quality/sources", "", "indicator unit from to"),
    ("/overview", "", "ky so dia_gioi tinh xem chi_tieu tatca known"),
    ("/provinces/42", "", "ky so dia_gioi xem tatca known"),
    ("/iip", "unit=42", "unit month series compare vsic full known"),
    ("/iip/why", "unit=42&node=C", "unit month series compare vsic node link known"),
    ("/units", "", "level parent on after"),
    ("/units/changes", "", "level unit after"),
    ("/cases", "", "which workflow state unit sort offset"),
    ("/clusters", "", "unit on state area price wastewater after"),
    ("/clusters/plots", "", "unit area price wastewater near within"),
    ("/clusters/reports", "", "unit period"),
    ("/clusters/plan", "", "unit change"),
    ("/clusters/boundaries.json", "", "unit cluster"),
    ("/promotion", "", "year"),
    ("/promotion/schemes", "", "year unit source activity show after"),
    ("/promotion/norms", "", "on"),
    ("/promotion/products", "", "year"),
    ("/promotion/programme", "", "programme"),
    ("/forms", "", "form period"),
]
# What is there elsewhere, but not in what is asked about.
ELSEWHERE = [
    ("/figures.json?" + EXPORTS + "&item=C", "item", "C"),
    ("/tables.csv?" + EXPORTS + "&rows=item&item=dau_tho,C", "item", "C"),
    ("/analysis.json?indicator=export_value&unit=VN&item=C", "item", "C"),
    ("/tables?" + EXPORTS + "&sort=2023-04", "sort", "2023-04"),
    ("/tables?" + EXPORTS + "&sort=-2022-12", "sort", "2022-12"),
    ("/tables.xlsx?" + EXPORTS + "&sort=total", "sort", "totals=columns"),
    ("/tables?" + EXPORTS + "&chart=bars&at=2023-04", "at", "2023-04"),
    ("/tables.csv?indicator=export_value&unit=VN&from=2023-01&to=2024-12&sort=2021-12", "sort", "and others"),
    ("/tables?" + EXPORTS + "&columns=item&sort=2023-01", "sort", "2023-01"),
]


def refused(answer, about):
    """The error of an answer that has one with what, where and what to do."""
    check(answer.status in (400, 404, 406, 422), "not refused", about, answer)
    error = answer.json()["error"]
    check(error["message"], "no message", about, error)
    return error


def story(cases, world):
    node = world.node("ministry", "VN")
    node.prepare("import", ROOT / "data" / "published" / "gso_export.csv", "--table", "export")
    for table, file in (("gdp_const", "gdp_const2010"), ("gdp_current", "gdp_current")):
        node.prepare("import", ROOT / "data" / "published" / f"gso_{file}.csv", "--table", table)
    demo = ROOT / "data" / "demo" / "iip"
    node.prepare("iip import", "weights", demo / "weights-42-2025.csv", "--from", "2025-01", "--base", "2025", "--unit", "42")
    for part in ("sample", "output"):
        node.prepare("iip import", part, demo / f"{part}-42.csv", "--unit", "42")
    node.add_user("reader", "head")
    token = node.token("reader")
    node.serve()
    client = node.client(token=token)

    for path, good, names in PAGES:
        with cases.case(f"{path} refuses what it does not have of {names}"):
            answer = client.get(f"{path}?{good}", expect=None)
            check_equal(answer.status, 200, f"GET {path}?{good}")
            for name in names.split():
                rest = "&".join(part for part in good.split("&") if part and not part.startswith(name + "="))
                address = f"{path}?{rest}{'&' if rest else ''}{name}={ODD}"
                error = refused(client.get(address, expect=None, headers={"Accept": "application/json"}), address)
                check(ODD in error["message"] or name in error["message"], "which question it is about", address, error)

    with cases.case("what other tables and indicators have is refused too, and which there are is said"):
        for address, name, part in ELSEWHERE:
            error = refused(client.get(address, expect=None, headers={"Accept": "application/json"}), address)
            check_contains(error["message"], name, address)
            check_contains(error["message"] + error["hint"], part, address)
            check(error["hint"], "what to do", address, error)
        check_equal(client.get("/figures?" + EXPORTS + "&item=C", headers={"Accept": "text/html"}).status, 200, "a page whose form keeps an item of another indicator")
        check_equal(client.get("/tables.json?indicator=export_value&unit=VN&from=2031-01&to=2031-02&sort=2031-01").status, 200, "a table without any figure")

    with cases.case("the command refuses the same"):
        for option in ("--item", "--partner"):
            check_contains(node.run("export", "--indicator", "export_value", option, ODD, expect=1).err, ODD, option)
        check_contains(node.run("export", "--indicator", "export_value", "--item", "C", expect=1).err, '"C"', "an item of another indicator")
    node.stop()


if __name__ == "__main__":
    tell(story)
