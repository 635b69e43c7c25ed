"""For the person at the cabinet: bytes in words, finding boards, watching and testing doors.

Pure cores with thin shells: `frames` reads and writes hex, `queries` plans and judges what
`probe` asks, `walk` is the machine of a commissioning test and `walking` gives it a line and
a person, `board_file` writes what was learnt, `doorboard` draws what `watch` sees, `line` makes
a layout of what was typed and says what helps when a port cannot be used. The commands are
`lanjian board ...`.
"""
