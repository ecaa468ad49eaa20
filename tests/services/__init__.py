"""Tests against real components: skipped with their reason where one is missing, failing where it must be there."""
