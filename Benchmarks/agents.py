#!/usr/bin/env python3
"""What connected idle agents cost the server: memory and CPU.

    agents.py PROGRAM [--agents N] [--seconds N]

Needs `cryptography`. Starts PROGRAM on loopback, lets N agents in as the protocol says (docs/wire.md), keeps their connections, and answers and sends
pings as an agent does. Prints one line of figures; exit code 0 where 1,000 agents cost at most 60 MB and 1 % of a core.
"""
import argparse
import asyncio
import os
import pathlib
import re
import shutil
import ssl
import sys
import tempfile
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Tests/Judges"))
os.environ.setdefault("KAGARI_CONTENT", str(pathlib.Path(__file__).resolve().parents[1] / "Content"))


def varint(number):
    out = bytearray()
    while True:
        out.append(number & 127 | (128 if number > 127 else 0))
        number >>= 7
        if not number:
            return bytes(out)


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def fields(payload):
    found, at = {}, 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = payload[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
    while at < len(payload):
        tag = number()
        if tag & 7 == 0:
            found[tag >> 3] = number()
        else:
            size = number()
            found[tag >> 3] = payload[at:at + size]
            at += size
    return found


def frame(kind, payload):
    return (len(payload) + 2).to_bytes(4, "big") + bytes([1, kind]) + payload


async def read(reader):
    length = int.from_bytes(await reader.readexactly(4), "big")
    body = await reader.readexactly(length)
    return body[1], body[2:]


def tls(folder=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if folder:
        context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context


async def enrol(port, token, folder):
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "agent")])).sign(key, hashes.SHA256())
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=tls(), server_hostname="enrol.kagari")
    writer.write(frame(0x1B, field(1, token.split(".")[0]) + field(
        2, request.public_bytes(serialization.Encoding.DER)) + field(3, "bench") + field(4, "bench")))
    kind, payload = await read(reader)
    writer.close()
    if kind != 0x1C:
        raise AssertionError(f"refused: {payload!r}")
    folder.mkdir()
    certificate = x509.load_der_x509_certificate(fields(payload)[3])
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))


async def agent(port, folder, ready):
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=tls(folder), server_hostname="agents.kagari")
    writer.write(frame(0x10, field(1, 1) + field(2, 1) + field(3, "bench") + field(4, os.urandom(16))
                       + field(5, 1) + field(7, os.urandom(16)) + field(8, 1)
                       + field(10, time.time_ns()) + field(12, "bench")))
    kind, payload = await read(reader)
    if kind != 0x11:
        raise AssertionError(f"not welcome: {payload!r}")
    every = fields(payload).get(5, 15)
    ready()

    async def health():
        while True:
            writer.write(frame(0x17, field(2, "bench") + field(3, time.time_ns())))
            await asyncio.sleep(every)

    async def pings():
        while True:
            await asyncio.sleep(8)
            writer.write(frame(0x13, field(1, 1)))

    tasks = [asyncio.create_task(health()), asyncio.create_task(pings())]
    try:
        while True:
            kind, payload = await read(reader)
            if kind == 0x13:
                writer.write(frame(0x14, payload))
            if kind == 0x12:
                raise AssertionError(f"refused: {payload!r}")
    finally:
        for task in tasks:
            task.cancel()


def cost(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    stat = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(re.search(r"VmRSS:\s+(\d+)", text).group(1)) * 1024, \
        (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


async def measure(options, served, service, port, work):
    client = service.administrator()
    client.key = (service.folder / "data/keys/local.api-key").read_text().strip()
    for number in range(options.agents):
        made = client.ask("POST", "/api/v1/agents/main/join-tokens", {}).need(201)
        await enrol(port, made.json["token"], work / str(number))
    await asyncio.sleep(3)
    pid = service.process.pid
    memory, _ = cost(pid)
    _, idle = cost(pid)
    await asyncio.sleep(options.seconds / 2)
    base = (cost(pid)[1] - idle) / (options.seconds / 2)
    count = 0

    def ready():
        nonlocal count
        count += 1
    tasks = [asyncio.create_task(agent(port, work / str(n), ready)) for n in range(options.agents)]
    while count < options.agents:
        await asyncio.sleep(0.2)
        for task in tasks:
            if task.done():
                task.result()
    await asyncio.sleep(5)
    _, before = cost(pid)
    await asyncio.sleep(options.seconds)
    grown, after = cost(pid)
    share = (after - before) / options.seconds - base
    for task in tasks:
        if task.done():
            task.result()
        task.cancel()
    return (grown - memory) / 1e6, share * 100


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--agents", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    os.environ["KAGARI_PROGRAM"] = options.program
    import served
    port = served.free_port()
    work = pathlib.Path(tempfile.mkdtemp(prefix="kagari-agents-"))
    settings = served.rate_file(100_000)
    try:
        with served.Service("--agents", f"127.0.0.1:{port}", "--config", settings) as service:
            memory, share = asyncio.run(measure(options, served, service, port, work))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f"agents: {options.agents} connected and idle for {options.seconds:g} s: "
          f"{memory:.1f} MB more, {share:.2f} % of a core")
    sys.exit(0 if memory <= 60 * options.agents / 1000 and share <= options.agents / 1000 else 1)


if __name__ == "__main__":
    main()
