"""Sans-I/O codecs of lock boards: bytes and the pending request in, typed frames out.

`driver` says what a codec must offer, `receiver` finds frames in a noisy stream, and one
module per protocol follows. Nothing here reads a port, a clock or a file.
"""
