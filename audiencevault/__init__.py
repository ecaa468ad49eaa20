"""AudienceVault: own your audience instead of renting it."""

__version__ = "0.1.0"
