"""Runs a program that lies in memory alone."""
import os
import time

program = os.memfd_create("kagari-memory", os.MFD_CLOEXEC)
with open("/bin/sleep", "rb") as source:
    os.write(program, source.read())
pid = os.fork()
if pid == 0:
    os.execve(program, ["sleep", "1"], {})
os.waitpid(pid, 0)
