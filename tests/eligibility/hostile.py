"""Files as they should be, and files that somebody brings to do harm or by mistake."""

import io
import struct
import zipfile
import zlib

from eligibility.rules.evidence import WORD_MAIN
from tests.factories.eligibility import PDF

TYPES = b'<Types><Override PartName="/word/document.xml" ContentType="' + WORD_MAIN + b'"/></Types>'


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(b"\0\0"))
    + chunk(b"IEND", b"")
)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PROGRAM = b"MZ\x90\x00" + bytes(200)


def archive(parts: dict[str, bytes], comment: bytes = b"") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        made.comment = comment
        for name, content in parts.items():
            made.writestr(name, content)
    return target.getvalue()


def docx(**more: bytes) -> bytes:
    return archive({"[Content_Types].xml": TYPES, "word/document.xml": b"<w:document/>", **more})


def packed_script() -> bytes:
    """A PDF whose script stands in a packed object stream."""
    packed = zlib.compress(b"4 0 << /S /JavaScript /JS (app.alert(1)) >>")
    stream = b"2 0 obj << /Type /ObjStm /Filter /FlateDecode >>\nstream\n" + packed + b"\nendstream endobj\n"
    return PDF.replace(b"trailer", stream + b"trailer")


def lying_archive() -> bytes:
    """A Word document of 200 MB of zeros that says it is small."""
    made = bytearray(docx(**{"word/media/zeros.bin": bytes(200_000_000)}))
    size = struct.pack("<I", 200_000_000)
    while (place := made.find(size)) >= 0:
        made[place : place + 4] = struct.pack("<I", 1_000)
    return bytes(made)


GOOD = {
    "letter.pdf": PDF,
    "LETTER.PDF": PDF,
    "picture.png": PNG,
    "picture.jpg": JPEG,
    "camera.jpeg": JPEG + bytes(100),
    "report.docx": docx(),
}

# name: (content, the code by which it is refused)
BAD = {
    "program.pdf": (PROGRAM, "content"),
    "program.exe": (PROGRAM, "extension"),
    "script.pdf": (b"#!/bin/sh\nrm -rf /\n", "content"),
    "drawing.svg": (SVG, "extension"),
    "drawing.png": (SVG, "content"),
    "page.pdf": (b"<html><script>alert(1)</script></html>", "content"),
    "noname": (PDF, "extension"),
    "letter.pdf.exe": (PDF, "extension"),
    "empty.pdf": (b"", "empty"),
    "picture.pdf": (PNG, "content"),
    "letter.png": (PDF, "content"),
    "two-at-once.pdf": (PDF + archive({"program.exe": PROGRAM}), "both"),
    "two-at-once.png": (PNG + archive({"program.exe": PROGRAM}), "both"),
    "two-at-once.jpg": (JPEG + archive({"program.exe": PROGRAM}), "both"),
    "ends-as-a-picture.jpg": (JPEG + archive({"program.exe": PROGRAM}, comment=b"\xff\xd9"), "both"),
    "program-before.pdf": (PROGRAM + PDF, "content"),
    "markup-behind.png": (PNG + SVG, "both"),
    "markup-behind.pdf": (PDF + SVG, "both"),
    "cut-off.png": (PNG[:-14], "damaged"),
    "cut-off.pdf": (PDF[:40], "damaged"),
    "script-inside.pdf": (PDF.replace(b"/Catalog", b"/Catalog /OpenAction << /S /JavaScript /JS (a) >>"), "acts"),
    "packed-script.pdf": (packed_script(), "acts"),
    "launches.pdf": (PDF.replace(b"/Catalog", b"/Catalog /OpenAction << /S /Launch >>"), "acts"),
    "archive.docx": (archive({"a.txt": b"text"}), "content"),
    "macro.docx": (docx(**{"word/vbaProject.bin": b"macro"}), "acts"),
    "object.docx": (docx(**{"word/embeddings/oleObject1.bin": b"object"}), "acts"),
    "template.docx": (docx(**{"word/_rels/settings.xml.rels": b'<R Type="x/attachedTemplate"/>'}), "acts"),
    "old.docx": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "content"),
    "bomb.docx": (docx(**{"word/media/zeros.bin": bytes(200_000_000)}), "unpacks"),
    "lying-bomb.docx": (lying_archive(), "damaged"),
    "many-parts.docx": (docx(**{f"word/media/{number}": b"" for number in range(2_100)}), "unpacks"),
    "broken.docx": (docx()[:-30], "damaged"),
}  # fmt: skip
