#!/usr/bin/env python3
"""Read a node's figures with two clients of SDMX that others wrote, and compare with /figures.

    python3 -m venv DIR && DIR/bin/pip install sdmx1 'pysdmx[all]'
    DIR/bin/python tools/sdmx-clients.py http://127.0.0.1:8080     a node with the published statistics, as the demo's

Prints a line for each thing read; ends with 1 where something differs. Not part of ./check: the clients and what they need are 60 packages."""

import csv
import io
import sys
import urllib.request
from decimal import Decimal
from warnings import simplefilter

import sdmx
from pysdmx.io import read_sdmx

simplefilter("ignore")
NODE = sys.argv[1].rstrip("/")
FLOW, KEY = "FIGURES_VSIC", "M.VN.iip_yoy.TOTAL"
failed = 0


def tell(what, found, expected):
    global failed
    failed += found != expected
    print("ok" if found == expected else "DIFFERS", what, "" if found == expected else f"{found!r} instead of {expected!r}")


def asked(path, accept="text/csv"):
    with urllib.request.urlopen(urllib.request.Request(NODE + path, headers={"Accept": accept})) as answer:
        return answer.read().decode()


def figures(more=""):
    return {r["period"]: r["value"] for r in csv.DictReader(io.StringIO(asked("/figures.csv?indicator=iip_yoy&unit=VN&item=TOTAL" + more))) if len(r["period"]) == 7}


def read(message):
    """Values by period, of the first data set; the client keeps those of JSON as doubles, of XML as text."""
    return {str(o.dim.values["TIME_PERIOD"].value if o.dim else ""): o.value for o in message.data[0].obs}


def as_doubles(values):
    return {p: float(v) for p, v in values.items()}


sdmx.add_source({"id": "MOIT", "name": "node", "url": NODE + "/sdmx"}, override=True)
client = sdmx.Client("MOIT")
tell("sdmx1: dataflows", FLOW in client.dataflow().dataflow, True)
structures = client.dataflow(FLOW, params={"references": "descendants"})
dsd = structures.structure[FLOW]
tell("sdmx1: the structure", [d.id for d in dsd.dimensions.components], ["FREQ", "REF_AREA", "INDICATOR", "ITEM", "TIME_PERIOD"])
tell("sdmx1: its codelists", {"CL_AREA", "CL_INDICATOR", "CL_VSIC"} <= set(structures.codelist), True)
tell("sdmx1: data in JSON", read(client.data(FLOW, key=KEY)), as_doubles(figures()))
by_structure = client.data(FLOW, key={"FREQ": "M", "REF_AREA": "VN@1945-09-02", "INDICATOR": "iip_yoy", "ITEM": "TOTAL"}, dsd=dsd)
tell("sdmx1: data in XML by the structure", read(by_structure), figures())
by_key = client.data("FIGURES_PRODUCTS", key={"INDICATOR": ["product_output"]}, params={"startPeriod": "2024-12", "endPeriod": "2024-12"})  # reads the structure itself
tell("sdmx1: JSON by the structure, attributes without a value among them", len(by_key.data[0].obs),
     asked("/figures.csv?indicator=product_output&from=2024-12&to=2024-12").strip().count("\n"))
tell("sdmx1: a vintage by asOf", read(client.get(url=f"{NODE}/sdmx/data/{FLOW}/{KEY}?asOf=2024-12-15")), as_doubles(figures("&known=2024-12-15")))
tell("sdmx1: updated_after", len(read(client.data(FLOW, key=KEY, params={"updated_after": "2019-01-01T00:00:00"}))), len(figures()))
try:
    client.data(FLOW, key=KEY, params={"updated_after": "2999-01-01T00:00:00Z"})
    tell("sdmx1: nothing updated", "data", "404")
except Exception as error:
    tell("sdmx1: nothing updated", "404" in str(error), True)
read_back = read_sdmx(asked(f"/sdmx/dataflow/MOIT/{FLOW}?references=descendants", "application/vnd.sdmx.structure+xml;version=2.1"), validate=True)
tell("pysdmx: structures in SDMX-ML, valid", len(read_back.structures) > 5, True)
for what, accept in (("SDMX-CSV", "application/vnd.sdmx.data+csv;version=2.0.0"), ("SDMX-ML", "application/vnd.sdmx.structurespecificdata+xml;version=2.1")):
    rows = read_sdmx(asked(f"/sdmx/data/{FLOW}/{KEY}", accept), validate=True).data[0].data
    tell(f"pysdmx: data in {what}, valid", {p: Decimal(str(v)) for p, v in zip(rows["TIME_PERIOD"], rows["OBS_VALUE"])}, {p: Decimal(v) for p, v in figures().items()})
    tell(f"pysdmx: each names its entry in {what}", all(len(str(e)) == 64 for e in rows["ENTRY"]), True)
sys.exit(failed > 0)
