#!/usr/bin/env python3
"""Seeds of the fuzz targets from the golden faults, and a corpus that stays small.

    fuzz_seeds.py ROOT FOLDER          writes FOLDER/<target>/<hash> from the golden faults
    fuzz_seeds.py --keep FROM TO MAX   replaces TO by the smallest files of FROM, at most MAX bytes in all
"""

import hashlib
import io
import re
import shutil
import sys
import zipfile
from pathlib import Path

ESCAPES = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}


def unescaped(line: str) -> bytes:
    """A line of a case as bytes; see the head of `faults.txt`."""
    out, at = bytearray(), 0
    while at < len(line):
        if line[at] != "\\":
            out += line[at].encode()
            at += 1
        elif line[at + 1] == "x":
            out.append(int(line[at + 2 : at + 4], 16))
            at += 4
        elif line[at + 1] == "c":
            return bytes(out)
        else:
            out += ESCAPES[line[at + 1]]
            at += 2
    return bytes(out) + b"\n"


def write(folder: Path, seed: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha1(seed).hexdigest()).write_bytes(seed)


def workbook(sheet: str, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A workbook with one sheet of that XML; the same bytes every time."""
    parts = {
        "[Content_Types].xml": '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "xl/workbook.xml": '<?xml version="1.0"?><workbook><sheets><sheet name="A" sheetId="1"/></sheets></workbook>',
        "xl/worksheets/sheet1.xml": sheet,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name), text, method)
    return out.getvalue()


def workbooks(folder: Path) -> None:
    cells = '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1048576"><v>2</v></c></row>'
    sheets = [
        "<worksheet><sheetData/></worksheet>",
        f"<worksheet><dimension ref=\"A1:XFD1048576\"/><sheetData>{cells}</sheetData></worksheet>",
        '<!DOCTYPE a [<!ENTITY b "c">]><worksheet><sheetData>&b;</sheetData></worksheet>',
        "<worksheet><sheetData>" + "<row/>" * 400 + "</sheetData></worksheet>",
        "<worksheet><sheetData><row><c r='A1' t='e'><f>1/0</f><v>#DIV/0!</v></c></row>",
    ]
    for sheet in sheets:
        for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
            write(folder, workbook(sheet, method))
    write(folder, workbook(sheets[0])[:-30])


def seeds(root: Path, folder: Path) -> None:
    workbooks(folder / "xlsx_prescan")
    table = (root / "crates/confect-ingest/tests/golden/faults.txt").read_text(encoding="utf-8")
    for case in table.split("\n## ")[1:]:
        given = case.split("=>")[0].split("\n", 1)[1]
        lines = [line for line in given.splitlines() if not line.startswith(": ")]
        text = b"".join(unescaped(line) for line in lines)
        choice = sum(
            bit
            for bit, option in [(1, "comment="), (2, "decimal_comma"), (4, "decimal_point"), (64, "repair_mojibake")]
            if f": {option}" in given
        )
        write(folder / "source", bytes([choice]) + text)
        write(folder / "encodings", bytes([len(text) % 6]) + text)
        for field in re.split(rb'[,;\n"\t|]', text):
            if any(48 <= byte < 58 for byte in field):
                write(folder / ("dates" if re.search(rb"[-/.:]\d\d", field) else "numbers"), field)
                write(folder / "numbers", field)
    for text in ["1.234,56", "1'234.56", "12,00 €", "(5)", "5-", "5 CR", "1e9", "12.5 %", "-0.250", "99999999999999.9999"]:
        write(folder / "numbers", text.encode())


def keep(source: Path, target: Path, limit: int) -> None:
    files = sorted((file for file in source.iterdir()), key=lambda file: (file.stat().st_size, file.name))
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for file in files:
        limit -= file.stat().st_size
        if limit < 0:
            break
        shutil.copy(file, target / file.name)


if sys.argv[1] == "--keep":
    keep(Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
else:
    seeds(Path(sys.argv[1]), Path(sys.argv[2]))
