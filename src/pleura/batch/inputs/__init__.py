"""Where the films of a batch come from: folder, list, table, object store or PACS."""

from pleura.batch.inputs.opening import open_source

__all__ = ["open_source"]
