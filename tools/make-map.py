#!/usr/bin/env python3
"""make-map.py TOPOJSON - data/map/provinces.csv from a topology of the 63 provinces (data/README.md says which).

A topology keeps each stretch of boundary once, so provinces can be joined without gaps: a stretch has a province at its left and
one at its right (seen along its way; nothing is the sea or another country). Simplified by Douglas and Peucker at TOLERANCE, put on
a grid of 1/100 degree; islands smaller than that stay as one point each. No island is left out, wherever it lies."""

import json
import sys
from pathlib import Path

GRID = 100  # steps of a degree
TOLERANCE = 1.5  # steps
OUT = Path(__file__).resolve().parent.parent / "data/map/provinces.csv"
CREDITS = """# boundaries of the 63 provinces of 2004-2025: Open Development Mekong, "Địa phận tỉnh" (about 2016), CC BY-SA 4.0, simplified
# as geoBoundaries VNM-ADM1 states the licence; read from phamductu/vietnamese-provincial-icons at 8eb9ac1; this file: CC BY-SA 4.0
# points: steps of 1/100 degree, the first as east north of 0, further ones as steps from the one before; a single point: an islet
left,right,points
"""


def distance(p, a, b):
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    t = 0 if length == 0 else max(0, min(1, ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / length))
    return ((p[0] - a[0] - t * dx) ** 2 + (p[1] - a[1] - t * dy) ** 2) ** 0.5


def simplify(points):
    if len(points) < 3:
        return points
    if points[0] == points[-1]:  # a ring: cut it at the point furthest from its beginning
        far = max(range(len(points)), key=lambda i: (points[i][0] - points[0][0]) ** 2 + (points[i][1] - points[0][1]) ** 2)
        if 0 < far < len(points) - 1:
            return simplify(points[: far + 1])[:-1] + simplify(points[far:])
    worst = max(range(1, len(points) - 1), key=lambda i: distance(points[i], points[0], points[-1]))
    if distance(points[worst], points[0], points[-1]) <= TOLERANCE:
        return [points[0], points[-1]]
    return simplify(points[: worst + 1])[:-1] + simplify(points[worst:])


def on_grid(points):
    kept = []
    for x, y in points:
        p = (round(x), round(y))
        if not kept or kept[-1] != p:
            kept.append(p)
    return kept


def read(path):
    topology = json.loads(Path(path).read_text())
    scale, shift = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs, sides = [], {}
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append(((x * scale[0] + shift[0]) * GRID, (y * scale[1] + shift[1]) * GRID))
        arcs.append(points)
    for province in topology["objects"]["provinces"]["geometries"]:
        polygons = province["arcs"] if province["type"] == "MultiPolygon" else [province["arcs"]]
        for polygon in polygons:
            for ring in polygon:
                line = [p for a in ring for p in (arcs[a] if a >= 0 else arcs[~a][::-1])[:-1]]
                area = sum(p[0] * q[1] - q[0] * p[1] for p, q in zip(line, line[1:] + line[:1]))
                is_hole = ring is not polygon[0]
                is_left = (area > 0) != is_hole  # the province lies to the left of an outer ring that runs against the clock
                for a in ring:
                    side = sides.setdefault(a if a >= 0 else ~a, {})
                    side["left" if is_left == (a >= 0) else "right"] = province["properties"]["code"]
    return arcs, sides


def main():
    arcs, sides = read(sys.argv[1])
    rows, points_before, points_after = set(), 0, 0
    for i, arc in enumerate(arcs):
        left, right = sides[i].get("left", ""), sides[i].get("right", "")
        points = on_grid(simplify(arc))
        if arc[0] == arc[-1] and len(points) < 4:  # nothing between its sides on this grid
            points = points[:1]
        points_before, points_after = points_before + len(arc), points_after + len(points)
        steps = [points[0]] + [(b[0] - a[0], b[1] - a[1]) for a, b in zip(points, points[1:])]
        rows.add((left, right, " ".join(f"{x} {y}" for x, y in steps)))
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(CREDITS + "".join(f"{left},{right},{points}\n" for left, right, points in sorted(rows)))
    print(f"{len(arcs)} stretches, {points_before} points -> {len(rows)} stretches, {points_after} points, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
