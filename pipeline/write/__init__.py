"""Fourth room: a segmented document becomes the exported document, and that becomes bytes."""

from pipeline.write.contract import Exported, ProducedBy, export
from pipeline.write.files import replace_file, sync_folder
from pipeline.write.serial import schema_bytes, to_bytes, to_pieces

__all__ = ["Exported", "ProducedBy", "export", "replace_file", "schema_bytes", "sync_folder", "to_bytes", "to_pieces"]
