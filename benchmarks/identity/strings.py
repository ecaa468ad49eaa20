"""How one text is spoilt: typos, tags, dots, formats of numbers, abbreviations. `chance` is between 0 and 1."""

from __future__ import annotations

from collections.abc import Sequence

JUNK_MAILBOXES = (
    "test@test.com", "none@none.com", "noemail@noemail.com", "a@a.com", "no@mail.com", "asdf@asdf.com", "n/a", "x@x.de",
    "test@gmail.com", "email@email.com",
)  # fmt: skip
JUNK_PHONES = (
    "0000000000",
    "1234567890",
    "1111111111",
    "n/a",
    "123456",
    "9999999999",
    "000",
    "0123456789",
    "+10000000000",
)

TAGGING = (
    "gmail.com",
    "outlook.com",
    "icloud.com",
    "hotmail.com",
    "outlook.de",
    "outlook.es",
    "outlook.be",
    "outlook.pt",
    "outlook.dk",
)
"""Providers that ignore what follows a plus."""

_TAGS = ("shop", "news", "newsletter", "spam", "insta", "promo", "x", "2024", "orders", "fb")
_DOMAIN_TYPOS = {
    "gmail.com": ("gmial.com", "gmai.com", "gmail.co", "gmal.com", "gmail.con", "gnail.com", "gamil.com"),
    "hotmail.com": ("hotmial.com", "hotmai.com", "hotmail.con", "hotmal.com"),
    "yahoo.com": ("yaho.com", "yahooo.com", "yahoo.con"),
    "outlook.com": ("outlok.com", "outlook.con"),
    "web.de": ("web.dee", "wbe.de"),
    "gmx.de": ("gmx.dee", "gmxx.de"),
    "icloud.com": ("iclod.com", "icloud.con"),
}
_NEIGHBOURS = {"a": "s", "b": "n", "c": "v", "d": "f", "e": "r", "f": "g", "g": "h", "h": "j", "i": "o", "j": "k", "k": "l",
               "l": "k", "m": "n", "n": "m", "o": "i", "p": "o", "q": "w", "r": "t", "s": "d", "t": "z", "u": "i", "v": "b",
               "w": "e", "x": "c", "y": "x", "z": "t",
               **{str(digit): str((digit + 1) % 10) for digit in range(10)}}  # fmt: skip


def typo(text: str, chance: float) -> str:
    """One slip: a letter lost, doubled, swapped with the next, or hit beside.

    >>> typo("Schneider", 0.30), typo("Li", 0.99)
    ('Schhneider', 'Lo')
    """
    if len(text) < 2:
        return text
    kind, rest = divmod(chance * 4, 1)
    at = 1 + int(rest * (len(text) - 1))
    if kind == 0:
        return text[:at] + text[at + 1 :] if len(text) > 3 else text + text[-1]
    if kind == 1:
        return text[:at] + text[at] + text[at:]
    if kind == 2 and at + 1 < len(text):
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + _NEIGHBOURS.get(text[at].lower(), "e") + text[at + 1 :]


def mail_typo(address: str, chance: float) -> str:
    """A slip in the mail domain (a third, where there is a common one), or in the local part."""
    local, _, domain = address.partition("@")
    if chance < 0.35 and domain in _DOMAIN_TYPOS:
        wrong = _DOMAIN_TYPOS[domain]
        return f"{local}@{wrong[int(chance / 0.35 * len(wrong))]}"
    slipped = typo(local, (chance * 7.3) % 1)
    return f"{slipped if slipped != local else local + 'e'}@{domain}"


def mail_case(address: str, chance: float) -> str:
    """In capitals, with a capital, or with capitals for the names."""
    if chance < 0.3:
        return address.upper()
    local, _, domain = address.partition("@")
    if chance < 0.75 or "." not in local:
        return address[:1].upper() + address[1:]
    return ".".join(part[:1].upper() + part[1:] for part in local.split(".")) + "@" + domain


def move_dots(address: str, chance: float) -> str:
    """Dots out of a gmail address that has some, else one into it."""
    local, _, domain = address.partition("@")
    if "." in local:
        return f"{local.replace('.', '')}@{domain}"
    at = 1 + int(chance * (len(local) - 1))
    return f"{local[:at]}.{local[at:]}@{domain}" if len(local) > 1 else address


def tag(address: str, chance: float) -> str:
    """With `+something` behind the local part."""
    local, _, domain = address.partition("@")
    return f"{local}+{_TAGS[int(chance * len(_TAGS))]}@{domain}"


def abbreviate(street: str, short: Sequence[tuple[str, ...]]) -> str:
    """Street words abbreviated the country's way; without the dot or in capitals where there is nothing to shorten."""
    result = street
    for long, brief in short:
        result = result.replace(long, brief)
    return result if result != street else street.upper()


def _groups(digits: str, signs: str) -> str:
    if len(digits) <= 7:
        cut = [digits[:3], digits[3:]]
    else:
        cut = [digits[:3], digits[3:6], digits[6:]]
    return signs.join(part for part in cut if part)


def phone(calling: str, trunk: str, digits: str, national: bool, chance: float) -> str:
    """A number as people write it, with or without the country.

    >>> phone("49", "0", "15112345678", False, 0.9), phone("49", "0", "15112345678", True, 0.9)
    ('+49-151-123-45678', '0151-123-45678')
    """
    if national:
        whole = trunk + digits
        if chance < 0.35:
            return whole
        if chance < 0.6:
            return _groups(whole, " ")
        if chance < 0.75:
            return (
                f"({whole[:3]}) {_groups(whole[3:], '-')}"
                if calling == "1"
                else f"{whole[: 3 + len(trunk)]}/{whole[3 + len(trunk) :]}"
            )
        return _groups(digits, "-") if not trunk else trunk + _groups(digits, "-")
    if chance < 0.5:
        return f"+{calling}{digits}"
    if chance < 0.75:
        return f"+{calling} {_groups(digits, ' ')}"
    if chance < 0.82:
        return f"00{calling}{digits}"
    if chance < 0.86:
        return f"{calling}{digits}"
    if chance < 0.94:
        return f"+{calling}-{_groups(digits, '-')}"
    return f"+{calling} (0){_groups(digits, ' ')}" if trunk == "0" else f"+{calling} {digits}"
