"""How a server is reached, by the section `[index]` of the settings."""

from __future__ import annotations

from imgsimd.index_settings import Index
from imgsimd.milvus.messages import Server


def server_of(settings: Index) -> Server:
    """Empty names of files stand for none."""
    return Server(
        settings.uri,
        settings.token_file or None,
        settings.ca_file or None,
        settings.cert_file or None,
        settings.key_file or None,
        settings.database,
    )
