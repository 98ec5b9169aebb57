#!/usr/bin/env python3
"""Test vectors of src/stats/tet.h: Tết by another astronomy, PyEphem (libastro: VSOP87 and the moon of Chapront), and the
rules of the calendar written anew. `pip install ephem && tests/vectors/tet.py > tests/vectors/tet.txt`; YEAR DATE, a line each."""
import math
import ephem

ZONE = 7 / 24


def day(moment):  # days since 1970-01-01 in Vietnam
    return math.floor(float(moment) + ZONE - float(ephem.Date("1970/1/1")))


def text(d):
    return ephem.Date(float(ephem.Date("1970/1/1")) + d).datetime().strftime("%Y-%m-%d")


def start(d):
    return ephem.Date(float(ephem.Date("1970/1/1")) + d - ZONE)


def longitude(moment):
    sun = ephem.Sun(moment)
    return math.degrees(float(ephem.Ecliptic(sun, epoch=moment).lon))


def solstice(year):
    return day(ephem.next_winter_solstice(f"{year}/12/1"))


def months(year):
    """First days of the lunar months from the one of the solstice of the year before to that of this year's."""
    starts, moment = [], ephem.Date(f"{year - 1}/11/10")
    while not starts or starts[-1] <= solstice(year):
        moment = ephem.next_new_moon(moment)
        starts.append(day(moment))
        moment = ephem.Date(moment + 1)
    first = max(i for i, d in enumerate(starts) if d <= solstice(year - 1))
    return starts[first:]


def has_term(first, following):
    return math.floor(longitude(start(first)) / 30) != math.floor(longitude(start(following)) / 30)


for year in range(1968, 2200):
    m = months(year)  # ends with the first day after the eleventh month of this year began
    leap = 0
    if len(m) - 2 == 13:
        leap = next(i for i in range(1, 13) if not has_term(m[i], m[i + 1]))
    print(year, text(m[3 if leap in (1, 2) else 2]))
