"""XLSX (ECMA-376), written piece by piece: typed cells, and a sheet that says what they mean.

A sheet of rows has one header row of column names, which stays in view. A chosen header cell
shows the column's title and unit. The last sheet tells of source, licence, method and every
column. A text is stored as text, so none can become a formula. Shapes do not fit into
cells; there is a point inside each instead. The same rows give the same bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

import orjson

from geo.errors import UsageError
from geo.formats.about import provenance
from geo.formats.csv_text import inner_points, point_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from geo.formats.extract import Extract

__all__ = ["MOST_ROWS", "write_xlsx"]

MOST_ROWS = 1_048_575
"""Rows below the header that a sheet can hold."""

_LONGEST = 32_767
_DAY_ZERO = date(1899, 12, 30).toordinal()
_BOLD, _DAY, _WRAPPED = 1, 2, 3
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

_PARTS = {
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>",
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="4"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" applyAlignment="1">'
    '<alignment vertical="top" wrapText="1"/></xf></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>",
}


def write_xlsx(
    extract: Extract, *, sheets: Mapping[str, NDArray[np.intp]] | None = None
) -> Iterator[bytes]:
    """A workbook of the rows and what they mean.

    Parameters
    ----------
    extract
        What is written.
    sheets
        Name of each sheet of rows to the rows of the collection on it; without it there is one
        sheet, with the rows of `extract`.

    Raises
    ------
    UsageError
        If there are more rows than a sheet can hold.
    """
    parts = sheets or {extract.collection.id: extract.rows}
    most = max(len(rows) for rows in parts.values())
    if most > MOST_ROWS:
        msg = f"a sheet holds {MOST_ROWS} rows, and these are {most}: filter, or CSV"
        raise UsageError(msg, code="too-many-rows")
    sheet = "xl/worksheets/sheet{}.xml".format
    made = {
        sheet(number): _data_sheet(replace(extract, rows=rows), first=number == 1)
        for number, rows in enumerate(parts.values(), start=1)
    }
    made[sheet(len(parts) + 1)] = _about_sheet(extract)
    return _package(
        {
            "[Content_Types].xml": [_content_types(made)],
            **{name: [_HEAD + text] for name, text in _PARTS.items()},
            "xl/_rels/workbook.xml.rels": [_relations(len(made))],
            "xl/workbook.xml": [_workbook([*parts, "about"])],
            **made,
        }
    )


class _Sink(io.RawIOBase):
    """Takes what the archive writes until somebody fetches it."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def _package(parts: Mapping[str, Iterable[str]]) -> Iterator[bytes]:
    """A zip archive of the parts, each compressed as it comes."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, texts in parts.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w") as part:
                for text in texts:
                    part.write(text.encode())
                    if piece := sink.take():
                        yield piece
    yield sink.take()


def _content_types(sheets: Iterable[str]) -> str:
    listed = "".join(
        f'<Override PartName="/{name}" ContentType="{_TYPE}.worksheet+xml"/>' for name in sheets
    )
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>{listed}</Types>'
    )


def _relations(sheets: int) -> str:
    """Where the workbook finds its sheets, and after them the styles."""
    targets = [("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, sheets + 1)]
    listed = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate([*targets, ("styles", "styles.xml")], start=1)
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{listed}</Relationships>'


def _workbook(names: Iterable[str]) -> str:
    fit = (quoteattr(re.sub(r"[\[\]:*?/\\]", "-", name)[:31]) for name in names)
    sheets = "".join(
        f'<sheet name={name} sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(fit, start=1)
    )
    return (
        f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>'
    )


def _data_sheet(extract: Extract, *, first: bool) -> Iterator[str]:
    columns = extract.columns
    point = point_names(extract.crs)
    names = ["fid", *columns, *point]
    days = [column["type"] == "date" for column in columns.values()]
    letters = [_letters(i) for i in range(len(names))]
    opened = 'tabSelected="1" ' if first else ""
    yield (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView {opened}'
        'workbookViewId="0"><pane xSplit="1" ySplit="1" topLeftCell="B2" activePane="bottomRight" '
        'state="frozen"/></sheetView></sheetViews><sheetData>'
    )
    yield _row(1, letters, [_text(name, _BOLD) for name in names])
    points = {number: [_plain(v) for v in xy] for number, xy in inner_points(extract).items()}
    line = 1
    for rows in extract.chunks():
        made = []
        for row, number in zip(rows.tolist(), extract.shape_numbers(rows).tolist(), strict=True):
            line += 1
            record = orjson.loads(extract.collection.property_line(row))
            values = [
                _day(record[name]) if day else _plain(record[name])
                for name, day in zip(columns, days, strict=True)
            ]
            fid = _text(extract.collection.fid_of(row))
            made.append(_row(line, letters, [fid, *values, *points.get(number, ["", ""])]))
        yield "".join(made)
    yield f'</sheetData><autoFilter ref="A1:{letters[-1]}{line}"/>{_prompts(extract)}</worksheet>'


def _prompts(extract: Extract) -> str:
    """A note at each header cell, shown when it is chosen: title and unit in both languages."""
    notes = [
        f'<dataValidation allowBlank="1" showInputMessage="1" sqref="{_letters(i)}1" '
        f"promptTitle={_attribute(name, 32)} prompt={_attribute(_title(column), 255)}/>"
        for i, (name, column) in enumerate(extract.columns.items(), start=1)
    ]
    joined = "".join(notes)
    return f'<dataValidations count="{len(notes)}">{joined}</dataValidations>' if notes else ""


def _about_sheet(extract: Extract) -> Iterator[str]:
    """Source, licence, warnings and method in both languages, then every column."""
    english, polish = (provenance(extract, language=language) for language in ("en", "pl"))
    lines: list[list[str]] = [["", "English", "polski"]]
    lines += [
        [name, text, polish[name] if polish[name] != text else ""] for name, text in english.items()
    ]
    lines += [
        [f"method: {name}", value if isinstance(value, str) else orjson.dumps(value).decode(), ""]
        for name, value in extract.collection.meta["method"].items()
    ]
    lines += [[], ["column", "English", "polski", "unit", "type"]]
    lines += [
        [name, column["title"]["en"], column["title"]["pl"], column["unit"] or "", column["type"]]
        for name, column in extract.columns.items()
    ]
    letters = [_letters(i) for i in range(5)]
    yield (
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><cols><col min="1" max="1" width="28" '
        'customWidth="1"/><col min="2" max="3" width="60" customWidth="1"/></cols><sheetData>'
    )
    for number, line in enumerate(lines, start=1):
        cells = [_text(text, _BOLD if i == 0 else _WRAPPED) for i, text in enumerate(line)]
        yield _row(number, letters, cells)
    yield "</sheetData></worksheet>"


def _row(number: int, letters: list[str], cells: list[str]) -> str:
    """A row of cells; a cell is what follows its reference, "" for an empty one."""
    made = [
        f'<c r="{letter}{number}"{cell}'
        for letter, cell in zip(letters, cells, strict=False)
        if cell
    ]
    return f'<row r="{number}">{"".join(made)}</row>'


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return f' t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str):
        return _text(value)
    return f"><v>{value!r}</v></c>"


def _day(value: str | None) -> str:
    """A date is the number of days since the end of 1899."""
    if value is None:
        return ""
    return f' s="{_DAY}"><v>{date.fromisoformat(value).toordinal() - _DAY_ZERO}</v></c>'


def _text(value: str, style: int = 0) -> str:
    """A text, as XML and the format allow it: no control characters, no accidental escapes."""
    fit = _ESCAPED.sub("_x005F_", _UNFIT.sub("\ufffd", value[:_LONGEST]))
    return f' s="{style}" t="inlineStr"><is><t xml:space="preserve">{escape(fit)}</t></is></c>'


def _attribute(text: str, longest: int) -> str:
    cut = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return quoteattr(_UNFIT.sub("\ufffd", cut))


def _title(column: Mapping[str, Any]) -> str:
    unit = f" [{column['unit']}]" if column["unit"] else ""
    return f"{column['title']['en']}{unit} · {column['title']['pl']}"


def _letters(index: int) -> str:
    """A, B … Z, AA …: the name of a column."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
