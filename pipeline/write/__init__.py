"""Fourth room: a segmented document becomes the exported document, and that becomes bytes."""

from pipeline.write.contract import Exported, ProducedBy, export
from pipeline.write.files import replace_file, sync_folder
from pipeline.write.serial import schema_bytes, to_bytes, to_pieces
from pipeline.write.written import Head, Written, head

__all__ = [
    "Exported",
    "Head",
    "ProducedBy",
    "Written",
    "export",
    "head",
    "replace_file",
    "schema_bytes",
    "sync_folder",
    "to_bytes",
    "to_pieces",
]
