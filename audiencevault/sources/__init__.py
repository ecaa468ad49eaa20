"""Importers: the protocol, tables by spec, and one leaf per export that a spec cannot describe."""
