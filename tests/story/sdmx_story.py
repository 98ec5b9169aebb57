#!/usr/bin/env python3
"""SDMX REST: what a client of the standard reads, read here by a reader of our own (structures in XML and JSON, data in CSV, JSON and
XML), against /figures: every dimension, vintages, revisions since a moment, exact decimals, rights, errors. docs/sdmx.md says
which real clients read the same. Runs on both stores (CAUNOI_TEST_STORE)."""

import calendar
import csv
import io
import json
import time
import xml.etree.ElementTree as ET
from decimal import Decimal

from support import ROOT, check, check_contains, check_equal, tell

ML = {"mes": "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message", "str": "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/structure",
      "com": "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common"}
CSV = "application/vnd.sdmx.data+csv;version=2.0.0"
JSON_DRAFT, JSON_1, JSON_2 = (f"application/vnd.sdmx.data+json;version={v}" for v in ("1.0.0-wd", "1.0.0", "2.0.0"))
XML = "application/vnd.sdmx.structurespecificdata+xml;version=2.1"


# ---- a reader of the standard's formats: observations as {dimensions: (value, attributes)} ----------------------------------


def read_csv(text, dimensions):
    found = {}
    for row in csv.DictReader(io.StringIO(text)):
        check_equal(row["STRUCTURE"], "dataflow", "what the row is described by")
        key = tuple(row[d] for d in dimensions)
        check(key not in found, "twice:", key)
        found[key] = (row["OBS_VALUE"], {k: v for k, v in row.items() if v and k not in dimensions and k not in
                                         ("STRUCTURE", "STRUCTURE_ID", "ACTION", "OBS_VALUE")})
    return found


ATTRIBUTES = {"UNIT_MEASURE", "OBS_STATUS", "FIGURE_STATUS", "FIGURE_MARK", "FIGURE_STATE", "KNOWN_FROM", "ENTRY", "COMMENT_OBS"}


def read_json(text, dimensions):
    """1.0 as drafted, 1.0, 2.0; by series or flat. Numbers as they are written."""
    message = json.loads(text, parse_float=str, parse_int=str)
    body = message.get("data", message)
    structure = body["structures"][0] if "structures" in body else body["structure"]
    parts = structure["dimensions"]
    attributes = structure["attributes"]["observation"]
    for part in parts["series"] + parts["observation"]:
        check(part["values"], "a dimension without values:", part["id"])
    check_equal({a["id"] for a in attributes}, ATTRIBUTES, "clients look each attribute of the structure up")
    empty = [not a["values"] for a in attributes]
    check_equal(empty, sorted(empty), "those without a value stand last, where they shift none")

    def place(level, key):
        return {d["id"]: d["values"][int(at)]["id"] for d, at in zip(parts[level], key.split(":"))} if key else {}

    found = {}
    data = body["dataSets"][0]
    for key, series in (data["series"] if "series" in data else {"": data}).items():
        for at, row in series["observations"].items():
            where = {**place("series", key), **place("observation", at)}
            told = {}
            for attribute, index in zip(attributes, row[1:], strict=len(row) > 1):  # without attributes a row is its value alone
                if index is not None:
                    value = attribute["values"][int(index)]
                    told[attribute["id"]] = value.get("id") or value.get("value") or value["name"]
            found[tuple(where[d] for d in dimensions)] = ("" if row[0] is None else row[0], told)
    return found


def read_xml(text, dimensions):
    found = {}
    data = ET.fromstring(text).find("mes:DataSet", ML)
    for series in data.findall("Series") or [data]:
        for row in series.findall("Obs"):
            told = {**series.attrib, **row.attrib}
            key = tuple(told.pop(d) for d in dimensions)
            found[key] = (told.pop("OBS_VALUE", ""), {k: v for k, v in told.items() if not k.startswith("{")})
    return found


READERS = {CSV: read_csv, JSON_DRAFT: read_json, JSON_1: read_json, JSON_2: read_json, XML: read_xml}


class Service:
    """A client: knows an address, asks for structures before data."""

    def __init__(self, web):
        self.web = web
        self.dimensions = {}

    def get(self, path, accept="*/*", expect=200, **more):
        return self.web.ask("GET", "/sdmx/" + path, headers={"Accept": accept, **more}, expect=expect)

    def structure(self, path):
        return ET.fromstring(self.get(path, "application/vnd.sdmx.structure+xml;version=2.1").body)

    def dimensions_of(self, flow):
        if flow not in self.dimensions:
            found = self.structure(f"dataflow/MOIT/{flow}/latest?references=children").find(".//str:DimensionList", ML)
            self.dimensions[flow] = [d.get("id") for d in sorted(found, key=lambda d: int(d.get("position")))]
        return self.dimensions[flow]

    def data(self, flow, key, accept=CSV, **parameters):
        query = "&".join(f"{k}={v}" for k, v in parameters.items())
        answer = self.get(f"data/{flow}/{key}?{query}", accept)
        check_contains(answer.headers["Content-Type"].replace(" ", ""), accept, "the type of the answer")
        return READERS[accept](answer.text, self.dimensions_of(flow))


def story(cases, world):
    ministry = world.node("ministry", "VN")
    for table, file in (("iip", "iip_month"), ("product", "product_month"), ("labour", "labour_province"), ("gdp_const", "gdp_const2010")):
        ministry.run("import", ROOT / "data" / "published" / f"gso_{file}.csv", "--table", table, "--source", "GSO", expect=0)
    huge = "9223372036854.775807"  # the largest figure of six decimals: no double holds it
    plain = world.path("plain.csv", "indicator,unit,period,value,status\n"
                       f"electricity_sold,42,2024-01,{huge},published\nelectricity_sold,42,2024-02,0.000001,published\nexport_growth,42,2024-02,-0.000001,published\n"
                       "electricity_sold,40,2024-01,7.5,approved\nmarkets,42,2023,191,published\nelectricity_sold,42,2024-Q1,5,published\n"
                       "electricity_sold,40@2004-01-01,2024-03,1,published\n")
    ministry.run("import", plain, expect=0)
    ministry.add_user("reader", "specialist")
    token = ministry.token("reader")
    ministry.serve()
    public, inside = Service(ministry.client()), Service(ministry.client(token=token))

    def bring(rows):
        ministry.stop()
        ministry.run("import", world.path("more.csv", "indicator,unit,period,item,value,known_from\n" + rows), expect=0)
        ministry.serve()

    with cases.case("the dataflows, each with the structure it names, in XML and JSON alike"):
        root = public.structure("dataflow")
        flows = {f.get("id"): f for f in root.iter("{%s}Dataflow" % ML["str"])}
        check({"FIGURES", "FIGURES_VSIC", "FIGURES_PRODUCTS", "FIGURES_GDP_ACTIVITY"} <= flows.keys(), "dataflows", sorted(flows))
        for flow in flows:
            check_equal(flows[flow].find("str:Structure/Ref", ML).get("id"), flow, "the structure")
            names = {n.get("{http://www.w3.org/XML/1998/namespace}lang"): n.text for n in flows[flow].findall("com:Name", ML)}
            check(names["vi"] and names["en"] and names["vi"] != names["en"], "names", names)
        in_json = public.get("dataflow/MOIT/all/latest?format=json").json()["data"]["dataflows"]
        check_equal([f["id"] for f in in_json], list(flows), "in JSON")
        check_equal(public.dimensions_of("FIGURES_VSIC"), ["FREQ", "REF_AREA", "INDICATOR", "ITEM", "TIME_PERIOD"], "dimensions")
        check_equal(public.dimensions_of("FIGURES"), ["FREQ", "REF_AREA", "INDICATOR", "TIME_PERIOD"], "dimensions without items")

    with cases.case("with its descendants a dataflow is whole: every reference leads somewhere, every parent is a code"):
        for path in ("dataflow/MOIT/FIGURES_VSIC/1.0?references=descendants", "structure/dataflow/MOIT/FIGURES_PRODUCTS?references=all"):
            root = public.structure(path)
            held = {e.get("id") for kind in ("Codelist", "ConceptScheme", "DataStructure", "Dataflow") for e in root.iter("{%s}%s" % (ML["str"], kind))}
            concepts = {e.get("id") for e in root.iter("{%s}Concept" % ML["str"])}
            for reference in root.iter("Ref"):
                if reference.get("class") == "Concept":
                    check(reference.get("id") in concepts and reference.get("maintainableParentID") in held, "concept", reference.attrib)
                elif reference.get("class"):
                    check(reference.get("id") in held, "reference", reference.attrib)
            for codelist in root.iter("{%s}Codelist" % ML["str"]):
                codes = [c.get("id") for c in codelist.iter("{%s}Code" % ML["str"])]
                check_equal(len(codes), len(set(codes)), f"codes of {codelist.get('id')} that come twice")
                check(all(p.get("id") in codes for p in codelist.iterfind(".//str:Parent/Ref", ML)), "a parent that is no code")
            texts = public.get(path + "&format=json").json()["data"]
            check_equal(sorted(c["id"] for c in texts["codelists"]), sorted(e.get("id") for e in root.iter("{%s}Codelist" % ML["str"])), "codelists in JSON")
        areas = {c.get("id"): c.findtext("com:Description", "", ML) for c in public.structure("codelist/MOIT/CL_AREA").iter("{%s}Code" % ML["str"])}
        check(sum(1 for a in areas if a.startswith("25@")) == 2, "the code 25 meant two provinces", [a for a in areas if a.startswith("25@")])

    def figures(**filters):
        answer = ministry.client().get("/figures.csv?" + "&".join(f"{k}={v}" for k, v in filters.items()))
        return list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))

    with cases.case("all formats say what /figures says, also all of a dataflow at once"):
        for flow, key, filters in (("FIGURES_VSIC", "M.VN.iip_yoy.", {"indicator": "iip_yoy", "unit": "VN"}),
                                   ("FIGURES_VSIC", "M..labour_yoy.TOTAL", {"indicator": "labour_yoy", "item": "TOTAL"}),
                                   ("FIGURES_PRODUCTS", "all", {"indicator": "product_output"}),
                                   ("FIGURES_GDP_ACTIVITY", "Q.VN.gdp_const2010.tong_so", {"indicator": "gdp_const2010", "item": "tong_so"})):
            expected = {(r["period"], r["item"], r["value"]) for r in figures(**filters)}
            for accept in READERS:
                found = public.data(flow, key, accept)
                dimensions = public.dimensions_of(flow)
                check_equal({(k[dimensions.index("TIME_PERIOD")], k[dimensions.index("ITEM")], value) for k, (value, _) in found.items()}, expected,
                            f"{flow} {key} {accept}")
                check_equal(found, public.data(flow, key), f"{accept} against CSV")
            for accept in (JSON_DRAFT, JSON_2, XML):
                check_equal(public.data(flow, key, accept, dimensionAtObservation="AllDimensions"), found, f"flat {accept}")

    with cases.case("decimals are exact in every format"):
        for accept in READERS:
            found = {k[-1]: v for k, (v, _) in public.data("FIGURES", "M.42.electricity_sold", accept).items()}
            check_equal(found, {"2024-01": huge, "2024-02": "0.000001"}, accept)
            check_equal([v for v, _ in public.data("FIGURES", "M.42.export_growth", accept).values()], ["-0.000001"], accept)

    with cases.case("a sum that no figure can hold has no value, and says so in every format"):
        for accept in READERS:
            found = inside.data("FIGURES", "M.VN.electricity_sold", accept, startPeriod="2024-01", endPeriod="2024-01")
            check_equal([(v, told["OBS_STATUS"], told["COMMENT_OBS"]) for v, told in found.values()], [("", "O", "the sum is beyond 64 bits")], accept)

    with cases.case("several values, wildcards and frequencies in a key"):
        both = public.data("FIGURES_VSIC", "M.VN.iip_yoy+iip_mom.TOTAL+C+B", startPeriod="2024-12", endPeriod="2025-02")
        check_equal({k[2:4] for k in both}, {(i, c) for i in ("iip_yoy", "iip_mom") for c in ("TOTAL", "C", "B")}, "series")
        check_equal(public.data("FIGURES_VSIC", "M.VN@1945-09-02.iip_yoy+iip_mom.TOTAL+C+B", startPeriod="2024-12", endPeriod="2025-02"), both, "by the code of the list")
        for flow, key in (("MOIT,FIGURES_VSIC,1.0", "M.VN.iip_yoy+iip_mom.TOTAL+C+B/all"), ("dataflow/MOIT/FIGURES_VSIC/1.0", "M.VN.iip_yoy,iip_mom.TOTAL,C,B"),
                          ("dataflow/*/FIGURES_VSIC/~", "M.VN.iip_yoy+iip_mom.TOTAL+C+B")):
            answer = public.get(f"data/{flow}/{key}?startPeriod=2024-12&endPeriod=2025-02", CSV)
            check_equal(read_csv(answer.text, public.dimensions_of("FIGURES_VSIC")), both, flow)
        check_equal({(k[0], k[-1]) for k in public.data("FIGURES", ".42.electricity_sold")}, {("M", "2024-01"), ("M", "2024-02"), ("Q", "2024-Q1")}, "every frequency")
        check_equal({k[-1] for k in public.data("FIGURES", "A+Q.42.")}, {"2023", "2024-Q1"}, "year and quarter")

    with cases.case("periods that lie within, whatever the bounds are written as"):
        def months(**bounds):
            return sorted(k[-1] for k in public.data("FIGURES_VSIC", "M.VN.iip_yoy.TOTAL", **bounds))
        everything = months()
        for first, last, bounds in (("2023-04", "2023-06", {"startPeriod": "2023-Q2", "endPeriod": "2023-S1"}), ("2023-01", "2023-12", {"startPeriod": "2023", "endPeriod": "2023"}),
                                    ("2023-04", "2023-12", {"startPeriod": "2023-M04", "endPeriod": "2023-A1"}),
                                    ("2023-05", "2023-06", {"startPeriod": "2023-05-01T00:00:00", "endPeriod": "2023-06-30T23:59:59"}),
                                    ("2023-05", "2023-05", {"startPeriod": "2023-04-02", "endPeriod": "2023-06-29"}), ("2024-12", "9", {"startPeriod": "2024-12-01"}),
                                    ("0", "2019-03", {"endPeriod": "2019-Q1"})):
            expected = [m for m in everything if first <= m <= last]
            check(expected, "months in", bounds)
            check_equal(months(**bounds), expected, bounds)

    with cases.case("the first and the last observations of each series"):
        everything = public.data("FIGURES_VSIC", "M.VN.iip_yoy.")
        for accept in (CSV, JSON_2, XML):
            for name, cut in (("firstNObservations", lambda l: l[:2]), ("lastNObservations", lambda l: l[-2:])):
                found = public.data("FIGURES_VSIC", "M.VN.iip_yoy.", accept, **{name: 2})
                expected = {}
                for series in {k[:-1] for k in everything}:
                    for key in cut(sorted(k for k in everything if k[:-1] == series)):
                        expected[key] = everything[key]
                check_equal(found, expected, f"{name} {accept}")
        both_ends = public.data("FIGURES_VSIC", "M.VN.iip_yoy.TOTAL", firstNObservations=1, lastNObservations=1)
        check_equal(len(both_ends), 2, "both ends")
        keys = list(csv.DictReader(io.StringIO(public.get("data/FIGURES_VSIC/M.VN.iip_yoy.?detail=serieskeysonly", CSV).text)))
        check_equal(sorted(r["ITEM"] for r in keys), sorted({k[3] for k in everything}), "series alone")
        bare = public.data("FIGURES_VSIC", "M.VN.iip_yoy.", JSON_2, detail="dataonly")
        check_equal({k: v for k, (v, _) in bare.items()}, {k: v for k, (v, _) in everything.items()}, "data without attributes")
        check(not any(told for _, told in bare.values()), "attributes nobody asked for")

    with cases.case("vintages: asOf gives what was known at the end of that day, for every release"):
        published = list(csv.DictReader(open(ROOT / "data" / "published" / "gso_iip_month.csv", encoding="utf-8")))
        releases = sorted({r["release"] for r in published})
        for release in releases[::7] + releases[-1:]:
            known = {}
            for r in published:  # in the order of releases
                if r["release"] <= release and r["code"] == "TOTAL" and r["measure"] in ("yoy", "prev_month_yoy_revised"):
                    period = r["period"]
                    if r["measure"] != "yoy":
                        year, month = map(int, period.split("-"))
                        period = f"{year - (month == 1)}-{(month - 2) % 12 + 1:02d}"
                    known[period] = (r["release"], Decimal(r["value"]))
            found = public.data("FIGURES_VSIC", "M.VN.iip_yoy.TOTAL", asOf=last_day(release))
            check_equal({k[-1]: Decimal(v) for k, (v, _) in found.items()}, {p: v for p, (_, v) in known.items()}, f"as of {release}")
        marks = [public.data("FIGURES_VSIC", "M.VN.iip_yoy.TOTAL", asOf=d, startPeriod="2025-01", endPeriod="2025-01").popitem()[1] for d in ("2025-01-31", "2025-02-28")]
        check_equal([(v, told["OBS_STATUS"], told["FIGURE_MARK"]) for v, told in marks], [("100.61", "E", "estimate"), ("99.04", "A", "revised")], "first and revised")
        public.get("data/FIGURES_VSIC/M.VN.iip_yoy.TOTAL?asOf=1970-01-01T00:00:00Z", CSV, expect=404)  # the moment that clocks count from
        check_equal([told["FIGURE_STATE"] for _, told in marks], ["first_estimate", "final"], "state: this series is revised once")

    with cases.case("FIGURE_STATE tells what the pages tell of every figure, and the structure lists it"):
        pages = csv.DictReader(io.StringIO(public.web.get("/figures.csv?indicator=iip_yoy,iip_mom&unit=VN").text.lstrip("\ufeff")))
        expected = {("M", r["unit"], r["indicator"], r["item"], r["period"]): r["state"] for r in pages}
        found = public.data("FIGURES_VSIC", "M.VN.iip_yoy+iip_mom.")
        states = {(k[0], k[1].split("@")[0], k[2], k[3], k[-1]): told["FIGURE_STATE"] for k, (_, told) in found.items()}
        check_equal(states, {k: v for k, v in expected.items() if k in states}, "states")
        check(len(states) > 1000 and {"first_estimate", "final"} <= set(states.values()), f"of {len(states)}: {set(states.values())}")
        bring("".join(f"iip_yoy,42,2023-{month:02d},B,{value},2023-{known:02d}-15\n" for month, value, known in
                      ((1, 101, 2), (1, 102, 3), (1, 103, 4), (2, 105, 3), (2, 106, 4), (3, 107, 4))))
        found = public.data("FIGURES_VSIC", "M.42.iip_yoy.B", startPeriod="2023-01", endPeriod="2023-03")
        check_equal([(k[-1], told["FIGURE_STATE"]) for k, (_, told) in sorted(found.items())],
                    [("2023-01", "final"), ("2023-02", "revised"), ("2023-03", "first_estimate")], "of a series revised twice")
        codes = public.structure("codelist/MOIT/CL_FIGURE_STATE/latest").findall(".//str:Code", ML)
        check_equal([c.get("id") for c in codes], ["first_estimate", "revised", "final"], "codes")
        found = public.structure("datastructure/MOIT/FIGURES_VSIC/latest").findall(".//str:Attribute", ML)
        check("FIGURE_STATE" in [a.get("id") for a in found], "the structure lacks it")

    with cases.case("updatedAfter gives what was written since, and nothing else"):
        time.sleep(0.01)
        before = time.time()
        since = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(before)) + f".{int(before % 1 * 1000):03d}Z"
        public.get(f"data/FIGURES_VSIC/M.VN.iip_yoy.TOTAL?updatedAfter={since}", CSV, expect=404)
        time.sleep(0.01)
        bring("iip_yoy,VN,2025-02,TOTAL,117.2,2025-03-31\n")
        found = public.data("FIGURES_VSIC", "M..iip_yoy.", updatedAfter=since)
        check_equal([(k[-1], v) for k, (v, _) in found.items()], [("2025-02", "117.2")], "written since")
        local = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(before + 7 * 3600)) + f".{int(before % 1 * 1000):03d}"
        check_equal(public.data("FIGURES_VSIC", "M..iip_yoy.", updatedAfter=local), found, "a moment without an offset is meant as in Vietnam")

    with cases.case("each observation names the signed entry it came in, in every format, and the entry opens; a sum names none"):
        shown = {r["period"]: r["entry"] for r in csv.DictReader(io.StringIO(ministry.client().get("/figures.csv?indicator=iip_yoy&unit=VN&item=TOTAL").text))}
        for accept in (CSV, JSON_1, JSON_2, XML):
            told = public.data("FIGURES_VSIC", "M.VN.iip_yoy.TOTAL", accept)
            check_equal({k[-1]: about["ENTRY"] for k, (_, about) in told.items()}, shown, accept)
        sums = public.data("FIGURES", "M.VN.electricity_sold")
        check(sums and not any(about.get("ENTRY") for _, about in sums.values()), "entries of sums", sums)
        check_contains(ministry.client().get(f"/figures/entry/{shown['2025-02']}", headers={"Accept": "text/html"}).text, "Signature of the seal", "the entry")

    with cases.case("without signing in only what is published; a token sees more, by the rules of /figures"):
        public.get("data/FIGURES/M.40.electricity_sold?endPeriod=2024-02", CSV, expect=404)
        found = inside.data("FIGURES", "M.40.electricity_sold", endPeriod="2024-02")
        check_equal([(v, told["FIGURE_STATUS"]) for v, told in found.values()], [("7.5", "approved")], "what is approved")
        answer = inside.get("data/FIGURES/M.40.electricity_sold", CSV)
        check_contains(answer.headers["Cache-Control"], "private", "who may keep it")
        check(not any(told["FIGURE_STATUS"] != "published" for _, told in public.data("FIGURES", "all").values()), "not published")

    with cases.case("ETag: unchanged for the same format, another one for another, new after a new figure"):
        path = "data/FIGURES_VSIC/M.VN.iip_yoy.TOTAL"
        answer = public.get(path, CSV)
        mark = answer.headers["ETag"]
        check_contains(answer.headers["Vary"], "Accept,", "what the answer varies by")
        public.get(path, CSV, 304, **{"If-None-Match": mark})
        public.get(path, JSON_2, 200, **{"If-None-Match": mark})
        bring("iip_yoy,VN,2025-02,TOTAL,117.3,2025-04-30\n")
        check_contains(public.get(path, CSV, 200, **{"If-None-Match": mark}).text, "117.3", "the new figure")

    with cases.case("what the header Accept asks for; what nobody offers is refused"):
        for accept, found in (("*/*", "1.0.0-wd"), ("application/json", "1.0.0-wd"), ("text/csv", "data+csv"), ("application/vnd.sdmx.data+json", "version=2.0.0"),
                              ("application/vnd.sdmx.genericdata+xml;version=2.1, text/csv;q=0.5, */*;q=0.1", "data+csv")):
            check_contains(public.get("data/FIGURES/A.42.", accept).headers["Content-Type"], found, accept)
        public.get("data/FIGURES/A.42.", "application/vnd.sdmx.genericdata+xml;version=2.1", expect=406)
        public.get("dataflow", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
        public.get("dataflow?format=csv", expect=406)

    with cases.case("SDMX-CSV with names and keys, in the language that is asked for; what its guide has and this has not is refused"):
        def table(parameters, path="data/FIGURES_VSIC/M.VN.iip_yoy.TOTAL+C?startPeriod=2024-12", **more):
            answer = public.get(path, f"{CSV}; {parameters}", Cookie="", **more)
            return answer, list(csv.reader(io.StringIO(answer.text)))

        names = {}  # as the structure message has them: (component, code) -> (vi, en)
        message = public.structure("dataflow/MOIT/FIGURES_VSIC/latest?references=descendants")
        for dimension in message.iter("{%s}Dimension" % ML["str"]):
            listed = dimension.find(".//str:Enumeration/Ref", ML)
            found = message.find(f".//str:Codelist[@id='{listed.get('id')}']", ML)
            for code in found.iterfind("str:Code", ML):
                said = {name.get("{http://www.w3.org/XML/1998/namespace}lang"): name.text for name in code.iterfind("com:Name", ML)}
                names[dimension.get("id"), code.get("id")] = (said["vi"], said["en"])
        _, plain = table("labels=id")
        coded = ("FREQ", "REF_AREA", "INDICATOR", "ITEM")
        for at, language in enumerate(("vi", "en")):
            answer, both = table("labels=both; keys=both", **{"Accept-Language": f"fr, {language}-XX;q=0.8, {'en' if language == 'vi' else 'vi'};q=0.1"})
            check_equal(answer.headers["Content-Language"], language, "the language of the names")
            check_contains(answer.headers["Vary"], "Accept-Language", "what the answer varies by")
            check_equal([h.split(": ")[0] for h in both[0]], plain[0][:3] + ["SERIES_KEY", "OBS_KEY"] + plain[0][3:], "the head, with both keys")
            check(all(": " in h for h in both[0][5:]), "a component without its name", both[0])
            for row, simple in zip(both[1:], plain[1:], strict=True):
                told = dict(zip(plain[0], simple))
                check_equal(row[1].split(": ")[0], "MOIT:FIGURES_VSIC(1.0)", "the dataflow")
                check(len(row[1]) > len("MOIT:FIGURES_VSIC(1.0): "), "without its name", row[1])
                check_equal(row[3], ".".join(told[c] for c in coded), "the key of the series")
                check_equal(row[4], f"{row[3]}.{told['TIME_PERIOD']}", "the key of the observation")
                for name, value, field in zip(plain[0][3:], simple[3:], row[5:], strict=True):
                    if name in coded:
                        check_equal(field, f"{value}: {names[name, value][at]}", name)
                    elif name in ("UNIT_MEASURE", "OBS_STATUS", "FIGURE_STATUS"):
                        check(field.startswith(f"{value}: ") and len(field) > len(value) + 2, "without its name", name, field)
                    elif name in ("TIME_PERIOD", "OBS_VALUE", "KNOWN_FROM", "ENTRY") or value == "":  # a remark is in the language too
                        check_equal(field, value, name)
        _, apart = table("labels=name; key=series", **{"Accept-Language": "en"})
        check_equal(apart[0][:5], ["STRUCTURE", "STRUCTURE_ID", "STRUCTURE_NAME", "ACTION", "SERIES_KEY"], "the head of names in columns of their own")
        check_equal(apart[0][5::2], plain[0][3:], "ids")
        for row, simple in zip(apart[1:], plain[1:], strict=True):
            check_equal(row[5:-2:2], simple[3:-1], "values as without names, but for the remark, which is in the language")
            check_equal(row[6], names["FREQ", "M"][1], "the name beside it")
            check_equal(row[5 + 2 * plain[0][3:].index("OBS_VALUE") + 1], "", "a number has none")
        _, last = table("labels=both; keys=obs", path="data/FIGURES_VSIC/M.VN.iip_yoy.?lastNObservations=1")
        _, streamed = table("labels=both; keys=obs", path="data/FIGURES_VSIC/M.VN.iip_yoy.")
        check({tuple(row) for row in last} <= {tuple(row) for row in streamed}, "what is kept and what streams has the same names")
        same = [public.get("data/FIGURES/A.42.", CSV, Cookie="", **{"Accept-Language": language}).headers["ETag"] for language in ("vi", "en")]
        check(same[0] != same[1], "one mark for two languages")
        for parameters in ("labels=all", "timeFormat=normalized", "keys=all"):
            refused = public.get("data/FIGURES/A.42.", f"{CSV}; {parameters}", expect=406)
            check_contains(refused.text, "timeFormat=original", parameters)

    with cases.case("errors are SDMX's own: number and text, in XML or JSON"):
        for path, status, number, words in (
                ("data/NOTHING/all", 404, "100", "NOTHING"), ("data/FIGURES_VSIC/M.VN", 400, "140", "4 dimensions"),
                ("data/FIGURES_VSIC/M.VN.iip_yoy.TOTAL.", 400, "140", "5 parts"), ("data/FIGURES_VSIC/M.VN.no_such.TOTAL", 404, "100", "no_such"),
                ("data/FIGURES_VSIC/M.VN.markets.TOTAL", 404, "100", "markets"), ("data/FIGURES_VSIC/W.VN.iip_yoy.TOTAL", 404, "100", "W"),
                ("data/FIGURES_VSIC/M.ZZ.iip_yoy.TOTAL", 404, "100", "ZZ"), ("data/FIGURES_VSIC/M.VN.iip_yoy.TOTAL?startPeriod=2099", 404, "100", "no results"),
                ("data/FIGURES_VSIC/M.VN+.iip_yoy.TOTAL", 400, "140", "REF_AREA"), ("data/FIGURES_VSIC/M.V%3CN.iip_yoy.TOTAL", 400, "140", "V&lt;N"),
                ("data/FIGURES_VSIC/all?startPeriod=yesterday", 400, "140", "yesterday"), ("data/FIGURES_VSIC/all?startPeriod=2024-M13", 400, "140", "2024-M13"),
                ("data/FIGURES_VSIC/all?endPeriod=tomorrow", 400, "140", "tomorrow"), ("data/FIGURES_VSIC/all?startPeriod=2025&endPeriod=2024", 403, "150", "startPeriod"),
                ("data/FIGURES_VSIC/all?firstNObservations=0", 400, "140", "firstNObservations"), ("data/FIGURES_VSIC/all?lastNObservations=1e3", 400, "140", "1e3"),
                ("data/FIGURES_VSIC/all?asOf=1.1.2025", 400, "140", "asOf"), ("data/FIGURES_VSIC/all?updatedAfter=x", 400, "140", "updatedAfter"),
                ("data/FIGURES_VSIC/all?detail=some", 400, "140", "detail"), ("data/FIGURES_VSIC/all?startperiod=2025", 400, "140", "startperiod"),
                ("data/FIGURES_VSIC/all?includeHistory=true", 501, "501", "includeHistory"), ("data/FIGURES_VSIC/all?dimensionAtObservation=ITEM", 501, "501", "TIME_PERIOD"),
                ("data", 400, "140", "address"), ("data/FIGURES/all/ESTAT", 404, "100", "provider"), ("data/ESTAT,FIGURES/all", 404, "100", "of the agency MOIT"),
                ("data/MOIT,FIGURES_VSIC,9.9/all", 404, "100", "has version 1.0"), ("data/dataflow/MOIT/FIGURES/2.0/*", 404, "100", "has version 1.0"),
                ("data/ESTAT,NOTHING/all", 404, "100", "there is no dataflow"), ("data/FIGURES_VSIC/all?startPeriod=2024&startPeriod=2025", 400, "140", "twice"),
                ("categoryscheme", 501, "501", "categoryscheme"), ("dataflow/ESTAT", 404, "100", "dataflow"), ("codelist/MOIT/CL_NOTHING", 404, "100", "codelist"),
                ("dataflow?references=cousins", 400, "140", "cousins"), ("dataflow/a/b/c/d/e", 400, "140", "parts"), ("codelist?detail=allstubs", 400, "140", "detail")):
            answer = public.get(path, "application/xml, */*;q=0.1", status)
            message = ET.fromstring(answer.body).find("mes:ErrorMessage", ML)
            check_equal(message.get("code"), number, path)
            check_contains(answer.text, words, path)
            told = public.get(path, "application/json", status).json()["errors"]
            check_equal([str(e["code"]) for e in told], [number], f"{path} in JSON")

    with cases.case("the page for people lists the dataflows, and says so in every format"):
        page = ministry.client(language="vi").get("/sdmx", headers={"Accept": "text/html"}).text
        check_contains(page, "FIGURES_VSIC", "the page")
        check_contains(page, "Luồng dữ liệu", "the page in Vietnamese")
        check_equal([r["dataflow"] for r in ministry.client().get("/sdmx.json").json()["rows"]], sorted(flows), "the list as JSON")

    with cases.case("an answer too large for JSON and XML is refused with SDMX's number; as CSV it is whole"):
        units = [r["code"] for r in catalogue("units/provinces.csv") if r["parent"] == "VN" and r["from"] < "2010"]
        items = [r["code"] for r in catalogue("classifications/products.csv") if not r["from"] and not r["to"]]
        months = 200000 // (len(units) * len(items)) // 12 * 12 + 12  # whole years, one too many
        rows = [f"product_output,{u},{2010 + m // 12}-{m % 12 + 1:02d},{i},{m},published" for u in units for i in items for m in range(months)]
        large = world.node("large", "VN", is_large=True)
        large.prepare("import", world.path("many.csv", "indicator,unit,period,item,value,status\n" + "\n".join(rows) + "\n"))
        public = Service(large.serve().client())
        path = f"data/FIGURES_PRODUCTS/M..product_output.?endPeriod={2009 + months // 12}-12"
        check_equal(len(public.get(path, CSV).text.splitlines()), len(rows) + 1, "rows of CSV")
        check_equal([e["code"] for e in public.get(path, JSON_2, 413).json()["errors"]], [130], "JSON")
        for accept, last in ((XML, ""), (CSV, "&lastNObservations=500")):
            answer = public.get(path + last, accept, 413)
            check_equal(ET.fromstring(answer.body).find("mes:ErrorMessage", ML).get("code"), "130", accept)
            check_contains(answer.text, "200000", accept)


def catalogue(name):
    with open(ROOT / "data" / name, encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def last_day(month):
    year, number = map(int, month.split("-"))
    return f"{month}-{calendar.monthrange(year, number)[1]}"


if __name__ == "__main__":
    tell(story, "sqlite")
