"""Loads a program into the kernel that does nothing: a socket filter that answers 0."""
import ctypes
import struct

import harmless

code = struct.pack("<BBhi", 0xb7, 0, 0, 0) + struct.pack("<BBhi", 0x95, 0, 0, 0)
instructions = ctypes.create_string_buffer(code)
licence = ctypes.create_string_buffer(b"GPL")
attributes = ctypes.create_string_buffer(
    struct.pack("<IIQQIIQII", 1, 2, ctypes.addressof(instructions), ctypes.addressof(licence),
                0, 0, 0, 0, 0) + bytes(64))
harmless.call(321, 5, ctypes.byref(attributes), 120)
