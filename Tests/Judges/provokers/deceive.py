"""Starts a program with blanks in an argument and a library slipped in; ends by code and by signal."""
import os
import signal

pid = os.posix_spawn("/bin/sh", ["sh", "-c", "exit 7", "two words", ""],
                     {"LD_PRELOAD": "/nonexistent/kagari.so", "SECRET_TOKEN": "hush"})
os.waitpid(pid, 0)
pid = os.posix_spawn("/bin/sleep", ["sleep", "30"], {})
os.kill(pid, signal.SIGKILL)
os.waitpid(pid, 0)
