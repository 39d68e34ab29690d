"""Takes hold of a child by ptrace and writes into its memory."""
import ctypes
import os
import signal
import time

import harmless

child = os.fork()
if child == 0:
    time.sleep(30)
    os._exit(0)
harmless.call(101, 0x4206, child, 0, 0)
buffer = ctypes.create_string_buffer(b"kagari")


class Range(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]


part = Range(ctypes.addressof(buffer), 6)
harmless.call(311, child, ctypes.byref(part), 1, ctypes.byref(part), 1, 0)
os.kill(child, signal.SIGKILL)
os.waitpid(child, 0)
