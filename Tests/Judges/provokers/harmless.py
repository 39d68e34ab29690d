"""What the provokers share: calls that Python has no name for, and a network of their own."""
import ctypes
import os
import socket
import struct
import sys

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
CLONE_NEWNS, CLONE_NEWNET = 0x20000, 0x40000000


def call(number, *words):
    """A system call of x86-64; ends the program where it is refused."""
    libc.syscall.restype = ctypes.c_long
    result = libc.syscall(ctypes.c_long(number), *[
        ctypes.c_long(word) if isinstance(word, int) else word for word in words])
    if result < 0:
        sys.exit(f"call {number}: {os.strerror(ctypes.get_errno())}")
    return result


def own_network():
    """A network namespace with nothing but its own loopback, which is brought up."""
    call(272, CLONE_NEWNET)
    import fcntl
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        name = struct.pack("16sH", b"lo", 0x1 | 0x40)
        fcntl.ioctl(sock, 0x8914, name)
