"""The embedded event log: checksummed frames in append-only files, written by group commit.

One process writes a log directory (``FileLogWriter``), any number read it (``FileLogReader``).
A position is the byte at which a record's frame begins, counted from the first the log ever had.

The directory has the segments (``<position of the first frame, 20 digits>.log``), ``durable``
(how far readers may go), ``writer.lock``, and ``torn-<position>.bin`` for every unfinished commit
that recovery cut off.
"""

from matsuri.adapters.log_file_reader import FileLogReader
from matsuri.adapters.log_file_recovery import TornTail
from matsuri.adapters.log_file_writer import FileLogWriter

__all__ = ["FileLogReader", "FileLogWriter", "TornTail"]
