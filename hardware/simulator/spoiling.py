"""What a bad line or a bad board does to an answer; pure but for the dice that are handed in."""

from __future__ import annotations

import random

from hardware.simulator.boards import Answer, Speech
from hardware.simulator.knobs import Knobs


def spoilt(answer: Answer, speech: Speech, knobs: Knobs, rng: random.Random) -> bytes:
    """Put an answer through every fault that is turned on."""
    frame = answer.frame
    if knobs.wrong_board:
        frame = speech.readdressed(frame, (speech.first_address + answer.board - 1) ^ 1)
    if knobs.bad_checksum:
        frame = speech.unchecked(frame)
    for other in answer.others:
        frame = collided(frame, other, rng)
    frame = _flipped(frame, bytes.fromhex(knobs.flip))
    kept = bytes(byte for byte in frame if rng.random() >= knobs.drop)
    noisy = bytes(_noisy(byte, knobs, rng) for byte in kept)
    if knobs.cut_after:
        noisy = noisy[: knobs.cut_after]
    return bytes.fromhex(knobs.garbage) + noisy


def collided(one: bytes, other: bytes, rng: random.Random) -> bytes:
    """Let two boards drive the line at once: what is low in either is low, and bits shift."""
    size = max(len(one), len(other))
    ones, others = one.ljust(size, b"\xff"), other.ljust(size, b"\xff")
    merged = bytearray(a & (b << 1 | b >> 7) & 0xFF for a, b in zip(ones, others, strict=True))
    merged[rng.randrange(size)] ^= 1 << rng.randrange(8)
    return bytes(merged)


def garbled(data: bytes, rng: random.Random) -> bytes:
    """Read bytes at a wrong speed, or with A and B swapped: as many, and none of them right."""
    return bytes(byte ^ rng.randrange(1, 256) for byte in data)


def in_bursts(data: bytes, knobs: Knobs) -> list[bytes]:
    """Cut an answer into what comes between pauses."""
    if knobs.split_at:
        parts = [data[: knobs.split_at], data[knobs.split_at :]]
    elif knobs.burst_bytes:
        step = knobs.burst_bytes
        parts = [data[start : start + step] for start in range(0, len(data), step)]
    else:
        parts = [data]
    return [part for part in parts if part]


def _flipped(frame: bytes, mask: bytes) -> bytes:
    padded = mask[: len(frame)].ljust(len(frame), b"\0")
    return bytes(byte ^ turned for byte, turned in zip(frame, padded, strict=True))


def _noisy(byte: int, knobs: Knobs, rng: random.Random) -> int:
    if knobs.noise and rng.random() < knobs.noise:
        return rng.randrange(256)
    if knobs.bit_noise and rng.random() < knobs.bit_noise:
        return byte ^ 1 << rng.randrange(8)
    return byte
