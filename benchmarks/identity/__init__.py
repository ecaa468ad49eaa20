"""The identity benchmark: a synthetic audience with truth, metrics, and the tools that it is measured against."""
