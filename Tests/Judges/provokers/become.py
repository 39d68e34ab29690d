"""Becomes another user; before that makes a ring for calls that no call shows, and changes its root."""
import ctypes
import os
import sys

import harmless

ring = ctypes.create_string_buffer(120)
os.close(harmless.call(425, 4, ctypes.byref(ring)))
os.chroot(sys.argv[1])
os.setresuid(65534, 65534, 65534)
