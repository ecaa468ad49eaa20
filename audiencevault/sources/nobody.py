"""Members of exports that are known and hold nobody whom one could reach: told by their names, wherever they lie.

Google Takeout writes a document beside every picture, and pages of what its owner watched, searched and did.
"""

from __future__ import annotations

import re
from typing import Final

# IMG_2041.jpg.json · IMG_2041.jpg.supplemental-metadata.json, cut off where the name gets long · IMG_2041.jpg(1).json
_BESIDE_A_PICTURE: Final = re.compile(
    r"[^/]+\.(?:jpe?g|png|gif|webp|heic|heif|avif|bmp|tiff?|dng|cr2|nef|arw|mp4|mov|m4v|avi|3gp|mkv|webm|mp|mpg)"
    r"(?:\.[a-z-]{1,24})?(?:\([0-9]{1,4}\))?\.json",
    re.IGNORECASE,
)
_TAKEOUT: Final = re.compile(r"(?:.*/)?takeout/(?P<rest>.+)", re.IGNORECASE)
_PAGES: Final = re.compile(
    r"archive_browser\.html|[^/]+/(?:[^/]+/)?(?:watch-history|search-history|myactivity)\.(?:html|json)", re.IGNORECASE
)


def holds_nobody(path: str) -> bool:
    """Whether the member at `path` is known to hold nobody.

    >>> holds_nobody("Takeout/Google Photos/Photos from 2024/IMG_2041.jpg.supplemental-metadata.json")
    True
    >>> holds_nobody("Takeout/Contacts/All Contacts/All Contacts.csv"), holds_nobody("people.json")
    (False, False)
    """
    if _BESIDE_A_PICTURE.fullmatch(path.rpartition("/")[2]):
        return True
    found = _TAKEOUT.fullmatch(path)
    return found is not None and _PAGES.fullmatch(found["rest"]) is not None
