#!/usr/bin/env python3
"""The monthly output of establishments by workbook: the form of a month names who is asked for what; filled in and uploaded it becomes the index;
what is wrong in it is named by row and column, with what to do, and nothing of it is taken. Runs on both stores (CAUNOI_TEST_STORE)."""

import io
import re
import xml.etree.ElementTree as ET
import zipfile

from support import check, check_contains, check_equal, tell

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = "xl/worksheets/sheet1.xml"
HEADS = {"en": ["Month", "Code of the establishment", "Establishment", "Code of the product", "Product", "Unit of measure", "Quantity"],
         "vi": ["Tháng", "Mã cơ sở", "Cơ sở", "Mã sản phẩm", "Sản phẩm", "Đơn vị tính", "Số lượng"]}
WEIGHTS = "code,parent,name,measure,weight\nTOTAL,,Whole,,1\nC,TOTAL,Manufacturing,,1\np,C,Thép,tấn,60\nq,C,Điện,kWh,40\n"
MAKERS = [("a", "p"), ("b", "p"), ("c", "p"), ("d", "q"), ("e", "q"), ("f", "q")]


def texts_of(book):
    shared = [] if "xl/sharedStrings.xml" not in book.namelist() else [
        "".join(t.text or "" for t in item.iter(f"{{{MAIN}}}t")) for item in ET.fromstring(book.read("xl/sharedStrings.xml")).findall(f"{{{MAIN}}}si")]
    rows = []
    for row in ET.fromstring(book.read(SHEET)).iter(f"{{{MAIN}}}row"):
        cells = {}
        for cell in row:
            value, inline = cell.find(f"{{{MAIN}}}v"), cell.find(f"{{{MAIN}}}is")
            cells[ord(cell.get("r")[0]) - 65] = ("".join(t.text or "" for t in inline.iter(f"{{{MAIN}}}t")) if inline is not None else
                                                 "" if value is None else shared[int(value.text)] if cell.get("t") == "s" else value.text)
        rows.append([cells.get(i, "") for i in range(7)])
    return rows


def filled(body, cells):
    """The workbook with other cells, as somebody types them: {"G2": 5} a number, {"F2": "kg"} a text."""
    ET.register_namespace("", MAIN)
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as book, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in book.namelist():
            content = book.read(name)
            if name == SHEET:
                tree = ET.fromstring(content)
                for row in tree.iter(f"{{{MAIN}}}row"):
                    for place, value in cells.items():
                        if place[1:] != row.get("r"):
                            continue
                        for cell in [c for c in row if c.get("r") == place]:
                            row.remove(cell)
                        cell = ET.Element(f"{{{MAIN}}}c", r=place)
                        if isinstance(value, str):
                            cell.set("t", "inlineStr")
                            ET.SubElement(ET.SubElement(cell, f"{{{MAIN}}}is"), f"{{{MAIN}}}t").text = value
                        else:
                            ET.SubElement(cell, f"{{{MAIN}}}v").text = str(value)
                        row.append(cell)
                    row[:] = sorted(row, key=lambda c: c.get("r")[0])
                content = ET.tostring(tree, encoding="utf-8", xml_declaration=True)
            new.writestr(name, content)
    return out.getvalue()


def story(cases, world):
    node = world.node("ha-tinh", "42")
    for kind, text, more in (("weights", WEIGHTS, ("--from", "2019-01", "--base", "2019-01")),
                             ("sample", "establishment,name,product,from,to\n" + "".join(f"{m},Nhà máy {m},{p},2019-01,{'2019-02' if m == 'f' else ''}\n" for m, p in MAKERS), ())):
        node.run("iip import", kind, world.path(f"{kind}.csv", text), *more, expect=0)
    node.add_user("ht", "specialist")
    node.add_user("xa", "commune")
    node.serve()
    person = node.signed_in("ht")

    def form(month, suffix=".xlsx"):
        return person.get(f"/iip/form{suffix}?unit=42&month={month}").body

    def send(body, expect, suffix=".json", person=person):
        parts = b"".join(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in (("kind", "output"), ("unit", "42")))
        parts += b'--b\r\nContent-Disposition: form-data; name="file"; filename="output.xlsx"\r\n\r\n' + body + b"\r\n--b--\r\n"
        return person.ask("POST", f"/iip/import{suffix}", parts, {"Content-Type": "multipart/form-data; boundary=b", "X-CSRF-Token": person.csrf,
                                                                  "Accept": "text/html" if suffix == "" else "application/json"}, expect)

    def made(month, node_code):
        return {row["establishment"]: row["quantity"] for row in person.get(f"/iip/why.json?month={month}&compare=mom&node={node_code}").json()["rows"]}

    with cases.case("the form of a month names who is asked for what, in which unit of measure, in the reader's language"):
        for language in ("vi", "en"):
            person.cookies["lang"] = language
            with zipfile.ZipFile(io.BytesIO(form("2019-03"))) as book:
                rows = texts_of(book)
            check_equal(rows[0], HEADS[language], "heads")
            check_equal(rows[1:], [["2019-03", m, f"Nhà máy {m}", p, "Thép" if p == "p" else "Điện", "tấn" if p == "p" else "kWh", ""] for m, p in MAKERS if m != "f"], "rows")
        check_equal(person.get("/iip/form.csv?month=2019-02").text.lstrip("\ufeff").splitlines()[0], "month,establishment,name,product,product_name,measure,quantity", "CSV")
        check_contains(person.get("/iip/form?month=2019-02", headers={"Accept": "text/html"}).text, "Nhà máy f", "the page")
        check_equal(node.signed_in("xa").get("/iip/form.xlsx", expect=403).status, 403, "who may not import")

    with cases.case("filled in, by either language's form, it becomes the index; rows without a quantity are left out and counted"):
        for month, quantities in (("2019-01", [100, 100, 100, 50, 50, 50]), ("2019-02", [110, 120.5, 100, 60, 50, None])):
            person.cookies["lang"] = "vi" if month == "2019-01" else "en"
            body = filled(form(month), {f"G{i + 2}": quantity for i, quantity in enumerate(quantities) if quantity is not None})
            answer = send(body, 200).json()
            check_equal((answer["imported"], answer["rows"], answer["unreported"]), (True, 6, quantities.count(None)), month)
        check_equal(made("2019-02", "p"), {"a": 110, "b": 120.5, "c": 100}, "what was made")
        rows = {row["code"]: row for row in person.get("/iip.json?month=2019-02&full=1").json()["rows"]}
        check_equal((rows["p"]["mom"], rows["q"]["reported"], rows["q"]["expected"]), (110.166667, 2, 3), "the index")
        check_contains(send(form("2019-03"), 422).text, "no row has a quantity", "an empty form")

    with cases.case("an importer of another province neither reads the form nor imports it, and nothing of it is said"):
        country = world.node("country", "VN")
        country.run("iip import", "sample", world.path("sample.csv"), "--unit", "42", expect=0)
        for login, unit in (("own", "42"), ("pt", "25")):
            country.add_user(login, "specialist", unit=unit)
        country.serve()
        own, other = country.signed_in("own"), country.signed_in("pt")
        for suffix in ("", ".json", ".csv", ".xlsx"):
            head, address = {"Accept": "text/html"} if suffix == "" else {}, f"/iip/form{suffix}?unit=42&month=2019-02"
            own.get(address, expect=200, headers=head)
            check("Nhà máy" not in other.get(address, expect=403, headers=head).text, f"who is asked, in {suffix or 'the page'}")
        check_contains(own.get("/iip/form.csv?unit=42&month=2019-02").text, "Nhà máy a", "the province's own importer")
        other.get("/iip/import?unit=42", expect=403)
        line = "month,establishment,product,measure,quantity\n2019-02,a,p,tấn,77\n".encode()
        send(line, 403, person=other)
        check("77" not in own.get("/iip/form.csv?unit=42&month=2019-02").text, "nothing was taken")
        check_equal(send(line, 200, person=own).json()["imported"], True, "what its own importer sends is")
        country.stop()

    with cases.case("the page offers places by name and says which columns each kind of file has; their titles head a file as well as their codes"):
        person.cookies["lang"] = "vi"
        page = person.get("/iip/import", headers={"Accept": "text/html"}).text
        check_contains(page, '<option value="42" selected>Tỉnh Hà Tĩnh', "the place")
        check('<option value="25"' not in page and '<option value="VN"' not in page, "a place of which the importer may not write")
        for title, code in (("Mã ngành cấp trên", "parent"), ("Sản lượng năm gốc", "base_quantity"), ("Tháng cuối được hỏi", "to"), ("Ngành VSIC 2018", "from"), ("Số lượng", "quantity")):
            check_contains(page, f'{title}</th><td class="code">{code}</td>', code)
        line = "Tháng,Mã cơ sở,Mã sản phẩm,Đơn vị tính,Số lượng\n2019-02,a,p,tấn,110\n"
        check_equal(send(line.encode(), 200).json()["imported"], True, "headed by titles")
        check_contains(send(line.replace(",Số lượng", ",Bao nhiêu").encode(), 422).text, "Số lượng", "what is missing is called by its title")
        person.cookies["lang"] = "en"

    with cases.case("two columns that mean the same are refused, whichever language heads them"):
        for first, second in (("month", "Tháng"), ("Month", "Tháng"), ("month", "month")):
            body = f"{first},{second},establishment,product,measure,quantity\n2019-02,2019-01,a,p,tấn,99\n".encode()
            check_contains(send(body, 422).text, f'the columns \\"{first}\\" (1) and \\"{second}\\" (2) are the same', "both are named")
        check("99" not in person.get("/iip/form.csv?unit=42&month=2019-01").text, "nothing was taken")

    with cases.case("the form shows what was reported, and a correction in it replaces that"):
        with zipfile.ZipFile(io.BytesIO(form("2019-02"))) as book:
            check_equal([row[6] for row in texts_of(book)[1:]], ["110", "120.5", "100", "60", "50", ""], "quantities")
        send(filled(form("2019-02"), {"G2": 90}), 200)
        check_equal(made("2019-02", "p")["a"], 90, "corrected")

    with cases.case("what is wrong is named by row and column with what to do, and nothing is taken"):
        whole = {f"G{i + 2}": 10 for i in range(5)}
        for what, cells, found in (
                ("another unit of measure", {"F2": "kg"}, [(2, "measure", 'measured in "tấn", not in "kg": convert the quantity')]),
                ("a product twice", {"B3": "a"}, [(3, "", "the same stands in row 2: keep one of the two")]),
                ("a negative quantity", {"G4": -5}, [(4, "quantity", "below zero: write 0 or more")]),
                ("a text in place of a number", {"G5": "nhiều"}, [(5, "quantity", "nhiều")]),
                ("too many decimals", {"G5": 1.23456}, [(5, "quantity", "decimals")]),
                ("no month", {"A6": ""}, [(6, "month", 'is not a month: 2021-03')]),
                ("a month to come", {"A6": "2999-01"}, [(6, "month", "has not begun yet")]),
                ("no code", {"D6": ""}, [(6, "product", "empty")]),
                ("all at once", {"F2": "kg", "G4": -5, "A6": "tháng ba"}, [(2, "measure", "kg"), (4, "quantity", "below zero"), (6, "month", "tháng ba")])):
            answer = send(filled(form("2019-03"), {**whole, **cells}), 422).json()
            check_equal([(bad["sheet"], bad["row"], bad["column"]) for bad in answer["bad"]], [("Data", row, column) for row, column, _ in found], what)
            for bad, (_, _, reason) in zip(answer["bad"], found):
                check_contains(bad["reason"], reason, what)
        check_equal([row[6] for row in texts_of(zipfile.ZipFile(io.BytesIO(form("2019-03"))))[1:]], [""] * 5, "nothing was taken")
        person.cookies["lang"] = "vi"
        page = send(filled(form("2019-03"), {**whole, "G4": -5}), 422, suffix="").text
        check(re.search(r'<td>Số liệu</td><td class="num">4</td><td>Số lượng</td><td>nhỏ hơn không: ghi 0 hoặc số lớn hơn</td>', page), "the page names it in the words of the form", page[-3000:])
        check_contains(page, "Trang tính", "the head of the sheets")
        by_command = world.path("bad.xlsx", filled(form("2019-03"), {**whole, "G4": -5}))
        line = b"month,establishment,product,measure,quantity\n2019-03,a,p,t\xe1\xba\xa5n,-1\n"
        check_equal(send(line, 422).json()["bad"][0]["sheet"], "", "a CSV file has none")
        check("Trang tính" not in send(line, 422, suffix="").text, "nor has its page")

    with cases.case("months stand in the page as everywhere, and are read so as well as by their codes"):
        head = {"Accept": "text/html"}
        person.cookies["lang"] = "vi"
        page = person.get("/iip/form?month=2019-02", headers=head).text
        check_contains(page, "Tháng 2/2019", "in Vietnamese")
        check(not re.search(r"<td[^>]*>2019-02", page), "no code")
        person.cookies["lang"] = "en"
        check_contains(person.get("/iip/form?month=2019-02", headers=head).text, "February 2019", "in English")
        for month in ("Tháng 2/2019", "tháng 2/2019", "2/2019", "February 2019", "2019-02"):
            line = f"month,establishment,product,measure,quantity\n{month},a,p,tấn,{90 + len(month)}\n".encode()
            check_equal(send(line, 200).json()["imported"], True, month)
            check_equal(made("2019-02", "p")["a"], 90 + len(month), month)
    node.stop()

    with cases.case("the command names row, column and sheet as well"):
        check_contains(node.run("iip import", "output", by_command, expect=1).err, 'sheet "Số liệu": row 4, column quantity', "the command")


if __name__ == "__main__":
    tell(story)
