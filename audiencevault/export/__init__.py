"""One view of whatever a person downloaded: a folder, a ZIP, several part-ZIPs, a ZIP inside a ZIP, one file.

Words: an *export* is the whole, a *member* one file in it, a *part* one of several ZIPs that a platform cut one
download into. Nothing is ever unpacked to disk and nothing in an export is ever changed; what an archive claims
about itself is checked against the bytes that really come out.
"""

from __future__ import annotations

from audiencevault.export.opening import open_exports, spelled
from audiencevault.export.text import decode, encoding_of, repair_double_encoding, text_stream
from audiencevault.export.view import Export, Limits, Member

__all__ = [
    "Export",
    "Limits",
    "Member",
    "decode",
    "encoding_of",
    "open_exports",
    "repair_double_encoding",
    "spelled",
    "text_stream",
]
