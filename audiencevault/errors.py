"""Every way in which AudienceVault refuses, as one tree; each class carries its exit code.

    AudienceVaultError                    1   something we did not expect
    ├── UsageError                        2   the call does not make sense
    │   └── MissingExtraError             2   an optional package is not installed
    ├── ExportError                       4   an input cannot be read
    │   ├── UnsafeArchiveError            4   an archive that would write outside, or explode
    │   ├── NotRecognisedError            4   nothing in the input is an export we know
    │   └── AmbiguousExportError          4   two importers claim the same file
    ├── DefinitionError                   5   a spec or definition has an unknown or missing key
    ├── VaultError                       12
    │   ├── VaultNotFoundError           10   no vault at that path
    │   ├── VaultLockedError             11   somebody else is writing
    │   ├── VaultDamagedError            12   a file is missing or its hash differs
    │   └── VaultTooNewError             13   written by a later AudienceVault
    ├── ConsentConfigError               20   a policy or controller that does not exist
    │   └── KeyMissingError              20   erased people cannot be recognised without the vault's key
    └── DestinationError                 31
        ├── CredentialsRefusedError      30   the receiver does not accept the key
        ├── DestinationRefusedError      31   the receiver refuses the request
        └── DestinationUnavailableError  32   the receiver does not answer

A message says what is wrong, where (file, member, row, column) and never quotes a contact's data.
The hint says what to do.
"""

from __future__ import annotations


class AudienceVaultError(Exception):
    """Root of the tree.

    `message` is one sentence for the person at the terminal, `hint` a second one that says what to do.
    """

    exit_code = 1
    code = "unexpected"

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def as_dict(self) -> dict[str, str]:
        """The `error` object of `--json` output."""
        return {"code": self.code, "message": self.message, "hint": self.hint}


class UsageError(AudienceVaultError):
    """The call does not make sense: contradicting or missing arguments."""

    exit_code = 2
    code = "usage"


class MissingExtraError(UsageError):
    """A feature needs an optional package; the message names the extra to install."""

    code = "missing_extra"

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs an optional package that is not installed.",
            f"Install it with: pip install 'audiencevault[{extra}]'",
        )


class ExportError(AudienceVaultError):
    """An input cannot be read at all: truncated, empty, not what its name says.

    `path` is the input, where one is meant; the message begins with it too.
    """

    exit_code = 4
    code = "unreadable"
    path = ""

    def at(self, path: object) -> ExportError:
        """The same error, about the input `path`."""
        self.path = str(path)
        return self


class UnsafeArchiveError(ExportError):
    """An archive member would leave the archive, or unpacks to more than the limits allow."""

    code = "unsafe_archive"


class NotRecognisedError(ExportError):
    """Nothing in the input is an export that an importer knows."""

    code = "not_recognised"


class AmbiguousExportError(ExportError):
    """Two importers claim the same file; the message names the file and both."""

    code = "ambiguous"


class DefinitionError(AudienceVaultError):
    """A TOML spec, preset or definition has an unknown, missing or ill-typed key."""

    exit_code = 5
    code = "bad_definition"


class VaultError(AudienceVaultError):
    """Anything wrong with the vault directory."""

    exit_code = 12
    code = "vault"


class VaultNotFoundError(VaultError):
    """No vault at that path."""

    exit_code = 10
    code = "vault_not_found"


class VaultLockedError(VaultError):
    """Another process is writing to the vault."""

    exit_code = 11
    code = "vault_locked"


class VaultDamagedError(VaultError):
    """A file that the manifest names is missing, unreadable or has another hash."""

    exit_code = 12
    code = "vault_damaged"


class VaultTooNewError(VaultError):
    """The vault's format number is higher than this program knows."""

    exit_code = 13
    code = "vault_too_new"


class ConsentConfigError(AudienceVaultError):
    """A policy preset, controller or purpose that does not exist."""

    exit_code = 20
    code = "consent_config"


class KeyMissingError(ConsentConfigError):
    """The vault's key is not found, or is another one, so that nobody can tell who was erased."""

    exit_code = 20
    code = "key_missing"


class DestinationError(AudienceVaultError):
    """Anything wrong between us and a receiver."""

    exit_code = 31
    code = "destination"


class CredentialsRefusedError(DestinationError):
    """The receiver does not accept the credentials."""

    exit_code = 30
    code = "credentials_refused"


class DestinationRefusedError(DestinationError):
    """The receiver understood the request and refuses it."""

    exit_code = 31
    code = "destination_refused"


class DestinationUnavailableError(DestinationError):
    """The receiver does not answer, or not in time."""

    exit_code = 32
    code = "destination_unavailable"
