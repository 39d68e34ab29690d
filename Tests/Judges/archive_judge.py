"""Reads a tenant's archive by docs/archive.md alone, as an outside judge.

    archive_judge.py FOLDER [--key FILE]     one JSON object a record, in order, on standard output

Needs `zstandard`, and `cryptography` where the archive is sealed. Ends with 0 only where every checksum, seal, chain and
link holds. Removed segments are taken at the word of removed.log.
"""
import argparse
import hashlib
import json
import pathlib
import struct
import sys

import zstandard

SEGMENT_MAGIC = bytes.fromhex("894b5345470d0a1a")
FRAME_MAGIC = b"KFRM"


def table():
    rows = []
    for index in range(256):
        value = index
        for _ in range(8):
            value = value >> 1 ^ 0x82F63B78 if value & 1 else value >> 1
        rows.append(value)
    return rows


CRC_TABLE = table()


def crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value = value >> 8 ^ CRC_TABLE[(value ^ byte) & 0xFF]
    return value ^ 0xFFFFFFFF


def must(holds, what):
    if not holds:
        sys.exit(f"does not hold: {what}")


class Columns:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        must(count <= len(self.data) - self.at, "columns end early")
        self.at += count
        return self.data[self.at - count:self.at]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def zigzag(self):
        value = self.varint()
        return value >> 1 ^ -(value & 1)


def signed(value):
    return (value + 2**63) % 2**64 - 2**63


def records(plain, count, first):
    columns = Columns(plain)
    end = columns.varint()
    end += columns.at
    strings = [columns.take(columns.varint()).decode() for _ in range(columns.varint())]
    flags = columns.take(count)
    sources = [strings[columns.varint()] for _ in range(count)]
    contents = [strings[columns.varint()] for _ in range(count)]
    received, last = [], 0
    for _ in range(count):
        last = signed(last + columns.zigzag())
        received.append(last)
    times = [signed(moment + columns.zigzag()) if flag & 2 else None
             for flag, moment in zip(flags, received)]
    hosts = [strings[columns.varint()] if flag & 4 else None for flag in flags]
    keys = [struct.unpack("<QQ", columns.take(16)) if flag & 1 else None for flag in flags]
    labels = [None] * count
    if any(flag & 16 for flag in flags):
        texts = [columns.take(columns.varint()) for _ in range(columns.varint())]
        labels = [texts[columns.varint()].hex() if flag & 16 else None for flag in flags]
    lengths = [columns.varint() for _ in range(count)]
    must(columns.at == end, "the length of the columns")
    for index, flag in enumerate(flags):
        yield {
            "sequence": first + index, "received": received[index], "source": sources[index],
            "content": ("control " if flag & 8 else "record ") + contents[index],
            "key": "%016x%016x" % keys[index] if keys[index] else None,
            "time": times[index], "host": hosts[index],
            "labels": labels[index],
            "bytes": columns.take(lengths[index]).hex(),
        }
    must(columns.at == len(plain), "the end of a frame's records")


def segment_key(key, segment_id):
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF
    must(key is not None, "a sealed segment needs --key")
    derived = HKDF(hashes.SHA256(), 32, segment_id, b"kagari archive segment 1").derive(key)
    return AESGCM(derived)


def removed_end(folder):
    """The last removed sequence, and where the chain stood behind it."""
    sequence, chain, line_hash = 0, bytes(32), bytes(32)
    log = folder / "removed.log"
    for line in log.read_text().splitlines() if log.exists() else []:
        text, told = line.rsplit("\t", 1)
        line_hash = hashlib.sha256(line_hash + text.encode()).digest()
        must(line_hash.hex() == told, "removed.log")
        cells = text.split("\t")
        sequence, chain = int(cells[2]), bytes.fromhex(cells[5])
    return sequence, chain


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--key", type=pathlib.Path)
    options = parser.parse_args()
    key = options.key.read_bytes() if options.key else None
    last, link = removed_end(options.folder)
    for path in sorted(options.folder.glob("*.kseg")):
        data = path.read_bytes()
        head = data[:256]
        must(head[:8] == SEGMENT_MAGIC and struct.unpack_from("<II", head, 8)[0] == 1, path.name)
        must(struct.unpack_from("<I", head, 252)[0] == crc32c(head[:252]), f"{path.name}: header")
        flags, = struct.unpack_from("<I", head, 12)
        must(struct.unpack_from("<Q", head, 32)[0] == last + 1 == int(path.stem), path.name)
        must(head[128:160] == link, f"{path.name}: link")
        digest = chain = hashlib.sha256(head).digest()
        box = segment_key(key, head[16:32]) if flags & 1 else None
        at = 256
        while at < len(data):
            frame = data[at:at + 124]
            where = f"{path.name} at {at}"
            must(len(frame) == 124 and frame[:12] == FRAME_MAGIC + head[16:24], where)
            must(struct.unpack_from("<I", frame, 120)[0] == crc32c(frame[:120]), where)
            first, count = struct.unpack_from("<QI", frame, 16)
            size, plain_size = struct.unpack_from("<II", frame, 64)
            stored = data[at + 124:at + 124 + size]
            must(len(stored) == size, where)
            must(struct.unpack_from("<I", frame, 84)[0] == crc32c(stored), f"{where}: checksum")
            chain = hashlib.sha256(chain + frame[:88] + stored).digest()
            must(chain == frame[88:120], f"{where}: chain")
            must(first == last + 1, f"{where}: order")
            if box:
                nonce = frame[12:16] + frame[72:80]
                stored = box.decrypt(nonce, stored, frame[:84] + digest)
            plain = zstandard.ZstdDecompressor().decompress(stored, max_output_size=plain_size)
            must(len(plain) == plain_size, f"{where}: length")
            for record in records(plain, count, first):
                sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")
            last = first + count - 1
            at += 124 + size
        link = head[160:192] if flags & 2 else chain


if __name__ == "__main__":
    main()
