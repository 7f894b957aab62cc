"""What a file of proof may be: a PDF, a picture (PNG, JPEG) or a Word document, through and through.

The extension must be one of the list and the content must be what it says, from the first byte to the last: a file that
is two things at once (a picture with an archive behind it) opens as one here and as the other elsewhere. What can act
when it is opened (scripts, macros, other files inside, templates from elsewhere) is not taken.
"""

import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

MOST_UNPACKED = 100_000_000  # bytes of a Word document's parts, counted while they unpack
MOST_PARTS = 2_000
LONGEST_PART_NAME = 500
END_OF_ARCHIVE = b"PK\x05\x06"
FARTHEST_END = 65_557  # an archive's last record and its longest comment
CHUNK = 1 << 16

PDF = "application/pdf"
PNG = "image/png"
JPEG = "image/jpeg"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

BEGINNINGS = {  # what people try to bring, to say what it is in the refusal
    b"MZ": "program",
    b"\x7fELF": "program",
    b"\xcf\xfa\xed\xfe": "program",
    b"#!": "script",
    b"\xd0\xcf\x11\xe0": "old_office",
    b"<": "markup",
    b"\xef\xbb\xbf<": "markup",
}
ACTS_IN_PDF = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|SubmitForm|ImportData|XFA)\b")
STREAM = re.compile(rb"\bstream\r?\n(.*?)endstream", re.DOTALL)
WORD_MAIN = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


@dataclass(frozen=True)
class Recognised:
    content_type: str
    extension: str


class Unsuitable(Exception):
    """The file is not taken. `code` says why: extension, empty, content, both, acts, unpacks, damaged.

    `found` is what the content looks like where that can be told.
    """

    def __init__(self, code: str, found: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.found = found


def recognise(file: BinaryIO, name: str) -> Recognised:
    """What the file is, by name and by content. Reads it whole. Raises Unsuitable."""
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    if extension not in KINDS:
        raise Unsuitable("extension", extension)
    content_type, beginning, judge = KINDS[extension]
    file.seek(0)
    head = file.read(8)
    if not head:
        raise Unsuitable("empty")
    if not head.startswith(beginning):
        raise Unsuitable("content", _found(head))
    if content_type != DOCX and _ends_as_archive(file):
        raise Unsuitable("both", "archive")
    judge(file)
    return Recognised(content_type, extension)


def _found(head: bytes) -> str:
    for beginning, what in BEGINNINGS.items():
        if head.lstrip().startswith(beginning):
            return what
    for content_type, beginning, _judge in KINDS.values():
        if head.startswith(beginning):
            return content_type
    return ""


def _size(file: BinaryIO) -> int:
    file.seek(0, 2)
    return file.tell()


def _ends_as_archive(file: BinaryIO) -> bool:
    """Whether a reader of archives, which looks from the end, would take it for one."""
    size = _size(file)
    file.seek(max(0, size - FARTHEST_END))
    tail = file.read()
    place = tail.rfind(END_OF_ARCHIVE)
    while place >= 0:
        record = tail[place : place + 22]
        if len(record) == 22 and int.from_bytes(record[20:22], "little") <= len(tail) - place - 22:
            return True
        place = tail.rfind(END_OF_ARCHIVE, 0, place)
    return False


def _pdf(file: BinaryIO) -> None:
    file.seek(0)
    content = file.read()
    end = content.rfind(b"%%EOF")
    if end < 0:
        raise Unsuitable("damaged", PDF)
    if content[end + 5 :].strip(b"\r\n\t \x00"):
        raise Unsuitable("both", PDF)
    unpacked = 0
    after = 0
    for stream in STREAM.finditer(content):
        # pictures and fonts hold any bytes by chance: only what is written between them says what the document does,
        # and the objects that are packed into streams of their own
        written = content[after : stream.start()]
        after = stream.end()
        packed = _inflated(stream.group(1)) if b"/ObjStm" in written[written.rfind(b" obj") :] else b""
        unpacked += len(packed)
        if unpacked > MOST_UNPACKED:
            raise Unsuitable("unpacks", PDF)
        if ACTS_IN_PDF.search(written) or ACTS_IN_PDF.search(packed):
            raise Unsuitable("acts", PDF)
    if ACTS_IN_PDF.search(content, after):
        raise Unsuitable("acts", PDF)


def _inflated(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, MOST_UNPACKED + 1)
    except zlib.error:
        return b""


def _png(file: BinaryIO) -> None:
    """Chunk after chunk to the last, and nothing behind it."""
    size = _size(file)
    place = 8
    while place + 12 <= size:
        file.seek(place)
        header = file.read(8)
        length, kind = int.from_bytes(header[:4], "big"), header[4:]
        place += 12 + length
        if kind == b"IEND":
            if place != size:
                raise Unsuitable("both", PNG)
            return
    raise Unsuitable("damaged", PNG)


def _jpeg(file: BinaryIO) -> None:
    """Begins and ends as a picture; cameras fill up with zeros."""
    size = _size(file)
    file.seek(max(0, size - CHUNK))
    if not file.read().rstrip(b"\x00").endswith(b"\xff\xd9"):
        raise Unsuitable("both", JPEG)


def _docx(file: BinaryIO) -> None:
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            _parts(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise Unsuitable("damaged", DOCX) from error


def _parts(archive: zipfile.ZipFile) -> None:
    names = {part.filename for part in archive.infolist()}
    if len(archive.infolist()) > MOST_PARTS or any(len(name) > LONGEST_PART_NAME for name in names):
        raise Unsuitable("unpacks", DOCX)
    if "[Content_Types].xml" not in names or "word/document.xml" not in names:
        raise Unsuitable("content", "archive")
    lowered = {name.lower() for name in names}
    if any("vbaproject" in name or "/embeddings/" in name or "/activex/" in name for name in lowered):
        raise Unsuitable("acts", DOCX)
    # sizes first by what the archive says, then by what really comes out: either may be a lie
    if sum(part.file_size for part in archive.infolist()) > MOST_UNPACKED:
        raise Unsuitable("unpacks", DOCX)
    unpacked = 0
    for part in archive.infolist():
        small = bytearray()
        looked_at = part.filename == "[Content_Types].xml" or part.filename.endswith(".rels")
        with archive.open(part) as opened:
            while chunk := opened.read(CHUNK):
                unpacked += len(chunk)
                if unpacked > MOST_UNPACKED:
                    raise Unsuitable("unpacks", DOCX)
                if looked_at:
                    small += chunk
        if part.filename == "[Content_Types].xml" and WORD_MAIN not in small:
            raise Unsuitable("content", "archive")
        if b"attachedTemplate" in small or b"oleObject" in small:
            raise Unsuitable("acts", DOCX)


# by extension: the type, how the content begins, and what looks at the rest
KINDS: dict[str, tuple[str, bytes, Callable[[BinaryIO], None]]] = {
    "pdf": (PDF, b"%PDF-", _pdf),
    "png": (PNG, b"\x89PNG\r\n\x1a\n", _png),
    "jpg": (JPEG, b"\xff\xd8\xff", _jpeg),
    "jpeg": (JPEG, b"\xff\xd8\xff", _jpeg),
    "docx": (DOCX, b"PK\x03\x04", _docx),
}
