"""The other host: gives files by HTTP, takes shells that come by themselves, and lets in by SSH whoever has the key.

    other.py FOLDER HTTP-PORT SHELL-PORT SSH-PORT

Each shell that comes is given two commands and then watched: `FOLDER/shells` has a line when it comes and one when it ends. `FOLDER/landed` has
the commands that came by SSH.
"""
import asyncio
import functools
import http.server
import pathlib
import sys
import threading
import time

import asyncssh

PLACE = pathlib.Path(sys.argv[1])
HTTP, SHELL, SSH = map(int, sys.argv[2:5])


def note(name, text):
    with open(PLACE / name, "a", encoding="utf-8") as file:
        file.write(f"{time.time():.3f} {text}\n")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


async def shell(reader, writer):
    note("shells", "came")
    writer.write(b"id\nuname -a\n")
    try:
        while await reader.read(4096):
            pass
    except OSError:
        pass
    note("shells", "ended")
    writer.close()


async def ssh_command(process):
    note("landed", process.command or "a shell")
    process.stdout.write("uid=0(root)\n")
    process.exit(0)


async def main():
    handler = functools.partial(Quiet, directory=str(PLACE / "files"))
    server = http.server.ThreadingHTTPServer(("0.0.0.0", HTTP), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    await asyncio.start_server(shell, "0.0.0.0", SHELL)
    await asyncssh.listen(
        "0.0.0.0", SSH, server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
        authorized_client_keys=str(PLACE / "key.pub"), process_factory=ssh_command)
    (PLACE / "ready").touch()
    await asyncio.Event().wait()


asyncio.run(main())
