#!/usr/bin/env python3
# SPDX-License-Identifier: CC0-1.0
"""Writes presets/songs/round.mid: "Frère Jacques" (traditional) as a round of three voices, with drums.

    presets/tools/make_song.py presets/songs/round.mid
"""
import struct
import sys

QUARTER = 48
TUNE = [  # keys and quarter notes
    (60, 1), (62, 1), (64, 1), (60, 1), (60, 1), (62, 1), (64, 1), (60, 1),
    (64, 1), (65, 1), (67, 2), (64, 1), (65, 1), (67, 2),
    (67, .5), (69, .5), (67, .5), (65, .5), (64, 1), (60, 1),
    (67, .5), (69, .5), (67, .5), (65, .5), (64, 1), (60, 1),
    (60, 1), (55, 1), (60, 2), (60, 1), (55, 1), (60, 2),
]
BARS = 12


def number(n):
    out = [n & 127]
    while n > 127:
        n >>= 7
        out.insert(0, n & 127 | 128)
    return bytes(out)


def track(events):
    """events: (tick, message); note-offs stand before note-ons of the same tick."""
    data, now = b"", 0
    for tick, message in sorted(events, key=lambda e: (e[0], e[1][0] & 0x10)):
        data += number(tick - now) + message
        now = tick
    data += b"\0\xff\x2f\0"
    return b"MTrk" + struct.pack(">I", len(data)) + data


def note(channel, key, velocity, at, length):
    a, b = round(at * QUARTER), round((at + length * .9) * QUARTER)
    return [(a, bytes([0x90 | channel, key, velocity])), (b, bytes([0x80 | channel, key, 0]))]


def voice(channel, bar, shift, velocity):
    events, at = [], 4 * bar
    for key, length in TUNE:
        events += note(channel, key + shift, velocity + (12 if at % 4 == 0 else 0), at, length)
        at += length
    return events


def drums():
    events = []
    for bar in range(4, BARS):
        for key, beats in ((36, (0, 2)), (38, (1, 3)), (42, (0, .5, 1, 1.5, 2, 2.5, 3)), (46, (3.5,))):
            for beat in beats:
                events += note(9, key, 96 if beat == 0 else 76, 4 * bar + beat, .25)
    return events


tracks = [[(0, b"\xff\x51\3" + (480000).to_bytes(3, "big"))],
          voice(0, 0, 12, 84), voice(1, 2, 0, 92), voice(2, 4, -12, 84), drums()]
with open(sys.argv[1], "wb") as file:
    file.write(b"MThd" + struct.pack(">IHHH", 6, 1, len(tracks), QUARTER))
    for events in tracks:
        file.write(track(events))
