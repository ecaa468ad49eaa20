"""What the generator knows about a country: names, towns, streets, numbers, mail providers, legal forms.

Notation. Names are words; `native:roman|other roman` gives a name in another script and the ways to write it in
Latin letters. In templates `#` is any digit, `%` one from 2 to 9, `@` a capital letter.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Locale:
    """One country's facts; see the module for the notation."""

    code: str
    weight: float
    men: str
    women: str
    last: str
    stems: str = ""
    """Beginnings of rarer family names, to be combined with `ends`."""
    ends: str = ""
    nicknames: str = ""
    """`Elizabeth=Liz,Beth`, separated by blanks."""
    towns: str = ""
    """`Town|postcode template`, separated by semicolons."""
    streets: str = ""
    """Separated by semicolons."""
    short: str = ""
    """How street words are abbreviated: `Street=St`, separated by semicolons."""
    number_first: bool = False
    calling: str = ""
    trunk: str = "0"
    mobiles: str = ""
    landlines: str = ""
    providers: str = ""
    domain: str = ""
    forms: str = ""
    """Legal forms of companies, separated by semicolons."""
    shift: float = 12.0
    """The q of Zipf–Mandelbrot for family names: the smaller, the more people share the first ones."""
    two_last: float = 0.0
    """The share of people with two family names."""
    family_first: bool = False
    """The family name comes first in the native form."""
    glue: str = " "
    """Between the parts of a native name."""
    feminine: str = ""
    """How women's family names end: `ov=ova;sky=skaya`, first fit counts."""
