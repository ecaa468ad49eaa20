"""A secret on its way from the command line into a request: nothing that prints it shows it."""

from __future__ import annotations

from typing import Any, NoReturn

SHOWN = "…"


def variable(name: str, secret: str) -> str:
    """The environment variable that may hold a secret.

    >>> variable("constant-contact", "api_key")
    'AUDIENCEVAULT_CONSTANT_CONTACT_API_KEY'
    """
    return f"AUDIENCEVAULT_{name}_{secret}".upper().replace("-", "_")


class Secret:
    """A key or password. Its text is had by `reveal` only; printing, formatting and pickling do not show it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for a header that is about to be sent."""
        return self._text

    def __repr__(self) -> str:
        return SHOWN

    def __str__(self) -> str:
        return SHOWN

    def __format__(self, spec: str) -> str:
        return SHOWN

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written down")

    def __getstate__(self) -> Any:
        raise TypeError("a secret is not written down")
