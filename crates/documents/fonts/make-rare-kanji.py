#!/usr/bin/env python3
"""Makes MamisRareKanji.otf: the kanji and variant sequences that BIZ UD Mincho lacks.

Taken from Noto Serif CJK JP (OFL, no reserved font name; Debian package fonts-noto-cjk): every
kanji of JIS X 0213 and Adobe-Japan1 that BIZ UD Mincho has no glyph for (𠮷, 槗, 丄 …), and every
ideographic variation sequence it does not know. Run it again when either font changes:

    pip install fonttools
    apt-get install fonts-noto-cjk
    ./make-rare-kanji.py /usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent
FAMILY = "MAMIS Rare Kanji"


def sequences(font):
    """Every (character, variation selector) the font has an entry for."""
    return {
        (character, selector)
        for table in font["cmap"].tables
        if table.format == 14
        for selector, entries in table.uvsDict.items()
        for character, _ in entries
    }


def is_kanji(code):
    return 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0x20000 <= code < 0xE0000


def in_jis_x_0213(code):
    try:
        chr(code).encode("euc_jis_2004")
    except UnicodeEncodeError:
        return False
    return True


def main(path):
    main_font = TTFont(HERE / "BIZUDMincho-Regular.ttf")
    font = TTFont(path, fontNumber=0)
    assert font["name"].getDebugName(1) == "Noto Serif CJK JP", "the first face must be the Japanese one"

    # The sequences of Noto Serif CJK JP are the Adobe-Japan1 collection: their first characters
    # are the kanji of Adobe-Japan1.
    adobe_japan1 = {character for character, _ in sequences(font)}
    known = set(main_font.getBestCmap())
    kanji = {
        code
        for code in font.getBestCmap()
        if is_kanji(code) and code not in known and (code in adobe_japan1 or in_jis_x_0213(code))
    }
    variants = sequences(font) - sequences(main_font)

    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "GPOS", "GSUB"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(
        unicodes=kanji | {character for character, _ in variants} | {selector for _, selector in variants}
    )
    subsetter.subset(font)

    names = font["name"]
    for record in list(names.names):
        if record.nameID not in (0, 5, 13, 14):
            names.removeNames(nameID=record.nameID)
    for identity, text in ((1, FAMILY), (2, "Regular"), (3, FAMILY), (4, FAMILY), (6, "MamisRareKanji")):
        names.setName(text, identity, 3, 1, 0x409)
    cff = font["CFF "].cff
    cff.fontNames = ["MamisRareKanji"]
    cff.topDictIndex[0].FullName = FAMILY
    cff.topDictIndex[0].FamilyName = FAMILY
    # The same font file from the same sources: no time of making.
    font["head"].modified = font["head"].created
    font.recalcTimestamp = False
    font.save(HERE / "MamisRareKanji.otf")
    print(f"{len(kanji)} kanji and {len(variants)} variants that BIZ UD Mincho lacks")


if __name__ == "__main__":
    main(sys.argv[1])
