"""figures.py - a file of figures as the country's provinces report exports by goods, month after month."""
import pathlib

MILLION = 1_000_000
GOODS = pathlib.Path(__file__).resolve().parents[1] / "data" / "classifications" / "goods_export.csv"


def write(path, count):
    """Write a CSV file of count figures, each another cell or vintage."""
    with open(GOODS, encoding="utf-8") as file:
        goods = [line.split(",")[0] for line in file if not line.startswith(("#", "code"))]
    provinces = "01 04 11 12 14 20 22 38 40 42".split()
    left = count
    with open(path, "w", encoding="utf-8") as out:
        out.write("indicator,unit,period,item,value,known_from\n")
        for vintage in range(1000):
            for month in range(240):
                for unit in provinces:
                    for item in goods:
                        if left == 0:
                            return
                        left -= 1
                        out.write(f"export_value,{unit},{2005 + month // 12}-{month % 12 + 1:02d},{item},{left % 9999},"
                                  f"20{10 + vintage % 15}-01-{vintage // 15 % 28 + 1:02d}\n")
