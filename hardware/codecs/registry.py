"""All protocols by name, in the order in which they are told to people.

A protocol listed here can be configured, decoded, encoded and probed, and the conformance
suite tries it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hardware.codecs import (
    eight_a,
    kerong_cu12,
    kerong_cu16,
    kerong_cu48,
    modbus,
    winnsen,
    wkly,
)
from hardware.codecs.protocol import ProtocolSpec

PROTOCOLS: Mapping[str, ProtocolSpec] = MappingProxyType(
    {
        module.PROTOCOL.name: module.PROTOCOL
        for module in (
            eight_a,
            kerong_cu48,
            kerong_cu16,
            kerong_cu12,
            wkly,
            winnsen,
            modbus,
        )
    }
)
