"""A cabinet that is not there: boards of every protocol on a line, doors, people who close them.

It speaks the bytes of real boards at the line's pace in both directions, with a knob for each
fault that real ones were seen to have. It shares no code with the codecs that it tests.
"""
