"""figures.py - a file of figures: the country's 63 provinces report exports by goods, month after month from 2005 on."""
import csv
import pathlib

MILLION = 1_000_000
DATA = pathlib.Path(__file__).resolve().parents[1] / "data"


def table(name):
    with open(DATA / name, encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def write(path, count):
    """Write a CSV file of count figures, each of another cell."""
    goods = [row["code"] for row in table("classifications/goods_export.csv")]
    provinces = [row["code"] for row in table("units/provinces.csv") if row["parent"] == "VN" and row["from"] == "2004-01-01"]
    left = count
    with open(path, "w", encoding="utf-8") as out:
        out.write("indicator,unit,period,item,value,status,known_from\n")
        for month in range(240):
            day = f"{2005 + month // 12}-{month % 12 + 1:02d}"
            for indicator in ("export_value", "export_quantity"):
                for unit in provinces:
                    for item in goods:
                        if left == 0:
                            return
                        left -= 1
                        out.write(f"{indicator},{unit},{day},{item},{left * 7919 % 100000}.{left % 1000:03d},published,{day}-28\n")
    raise SystemExit(f"{left} figures are left: more months are needed")
