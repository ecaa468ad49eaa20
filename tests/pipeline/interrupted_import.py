"""An import of more orders than fit into memory that is stopped while rows wait in its file.

Arguments: SIGNAL PART EXPORT VAULT; memory holds a hundred rows, and the process gets SIGNAL once PART pieces were
written.
"""

from __future__ import annotations

import os
import sys

import pyarrow as pa

from audiencevault.cli.main import run
from audiencevault.sources import table_held, table_reader


def main(signal: int, part: int, export: str, vault: str) -> int:
    written = 0
    write = table_held.HeldRows._written

    def counted(self: table_held.HeldRows, batch: pa.RecordBatch) -> tuple[int, int]:
        nonlocal written
        written += 1
        if written == part:
            os.kill(os.getpid(), signal)
        return write(self, batch)

    table_held.MANY, table_reader.CHUNK = 100, 65_536  # type: ignore[misc]
    table_held.HeldRows._written = counted  # type: ignore[method-assign]
    return run(["import", export, "--vault", vault])


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]))
