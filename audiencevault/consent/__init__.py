"""Consent: the ledger of what was said and done, the rules as data, and the fold that answers "may I?"."""
