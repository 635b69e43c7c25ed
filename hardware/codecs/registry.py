"""All protocols by name, in the order in which they are told to people.

A protocol listed here can be configured, decoded, encoded and probed, and the conformance
suite tries it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hardware.codecs import eight_a
from hardware.codecs.protocol import ProtocolSpec

PROTOCOLS: Mapping[str, ProtocolSpec] = MappingProxyType(
    {
        eight_a.PROTOCOL.name: eight_a.PROTOCOL,
    }
)
