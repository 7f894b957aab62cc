"""Reading a PDF back: what it says, and how it is tagged."""

import io
from collections import Counter
from typing import Any

from pypdf import PdfReader


def text_of(content: bytes) -> str:
    """All that the pages say, in reading order, with single spaces."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


def tags_of(content: bytes) -> Counter[str]:
    """How often each structure tag stands in the document."""
    found: Counter[str] = Counter()
    left: list[Any] = [PdfReader(io.BytesIO(content)).trailer["/Root"]["/StructTreeRoot"]]
    while left:
        node = left.pop()
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            left.extend(node)
        elif isinstance(node, dict):
            if "/S" in node:
                found[str(node["/S"]).removeprefix("/")] += 1
            if "/K" in node:
                left.append(node["/K"])
    return found


def standard_of(content: bytes) -> tuple[bool, str, str]:
    """Whether it is marked as tagged, its language, and the PDF/UA part that its metadata names."""
    root = PdfReader(io.BytesIO(content)).trailer["/Root"]
    metadata = root["/Metadata"].get_object().get_data().decode()
    part = metadata.partition("pdfuaid:part>")[2].partition("<")[0]
    return bool(root["/MarkInfo"]["/Marked"]), str(root["/Lang"]), part
