"""Hardships that come over the network: floods, slow senders, bombs, texts that are none."""
import gzip
import http.client
import io
import json
import resource
import socket
import time
import zlib

from service import Caller, Service, folder, post, wait_for

MEBI = 1 << 20
# A message of syslog is cut there; docs/intake.md.
SYSLOG_MESSAGE_MAX = 64 << 10


class Numbered:
    """Numbered events by `_bulk`, each with an id of its own; knows which were acknowledged."""

    def __init__(self, service):
        self.service, self.next, self.acknowledged = service, 0, set()
        made = service.admin().ask("POST", "/api/v1/keys/main", {
            "name": "proof", "tenants": ["main"], "permissions": ["read events", "read health"]})
        self.reader = Caller(service, "proof", key=made["secret"])

    def send(self, count=20, size=0, seconds=60):
        """The HTTP status, 0 where there was no answer; what came back 201 counts as acknowledged."""
        numbers = range(self.next, self.next + count)
        self.next += count
        text = "".join(
            json.dumps({"create": {"_index": "logs", "_id": f"n{number}"}}) + "\n"
            + json.dumps({"number": f"n{number}.", "filling": filling(number, size)}) + "\n"
            for number in numbers)
        try:
            got = post(self.service.intake, "/_bulk", text,
                       {"Authorization": f"ApiKey {self.service.token}",
                        "Content-Type": "application/x-ndjson"}, seconds)
            items = json.loads(got.body).get("items", []) if got.status == 200 else []
        except (OSError, http.client.HTTPException, ValueError):
            return 0
        for number, item in zip(numbers, items):
            if item["create"]["status"] in (200, 201, 409):
                self.acknowledged.add(f"n{number}.")
        return got.status if all(
            item["create"]["status"] in (200, 201, 409) for item in items) else 207

    def judge(self, seconds=60):
        """Whether each acknowledged event is stored, and once; and a sentence."""
        def found():
            numbers = [field["value"] for event in self.reader.events("main")
                       for field in event["fields"] if field["name"] == "number"]
            return numbers if self.acknowledged <= set(numbers) else None
        numbers = wait_for(found, seconds, 1)
        if numbers is None:
            numbers = [field["value"] for event in self.reader.events("main")
                       for field in event["fields"] if field["name"] == "number"]
        missing = len(self.acknowledged - set(numbers))
        double = len(numbers) - len(set(numbers))
        return missing == double == 0, (f"{len(self.acknowledged)} acknowledged, {missing} missing,"
                                        f" {double} double")


def filling(number, size):
    """Text that does not compress."""
    if not size:
        return ""
    state, out = number + 1, []
    while len(out) * 13 < size:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        out.append(f"{state:016x}"[:13])
    return "".join(out)


def started(options, **more):
    service = Service(options.program, folder("hardship"), syslog=True, **more).start()
    return service, Numbered(service)


def head(service):
    return {"Authorization": f"Splunk {service.token}"}


def idle(options):
    """So many connections that have sent one request each and then nothing; one address may have 2,000."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = options.connections + 500
    if hard != resource.RLIM_INFINITY and hard < wanted:
        return None, f"at most {hard} descriptors are allowed here"
    service, numbered = started(options)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    before, wires, refused = service.status("VmRSS"), [], 0
    try:
        for number in range(options.connections):
            wire = socket.socket()
            wire.bind((f"127.0.1.{1 + number // 1900}", 0))
            wire.settimeout(30)
            wires.append(wire)
            try:
                wire.connect(("127.0.0.1", service.intake))
                wire.sendall(b"GET /services/collector/health HTTP/1.1\r\nHost: x\r\n\r\n")
                refused += not wire.recv(1024).startswith(b"HTTP/1.1 200")
            except OSError:
                refused += 1
            if refused > 100:
                break
        begun = time.monotonic()
        status = numbered.send()
        answered, after = time.monotonic() - begun, service.status("VmRSS")
        holding = service.descriptors()
    finally:
        for wire in wires:
            wire.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    freed = wait_for(lambda: service.descriptors() < holding - len(wires) + refused + 200, 30)
    good, said = numbered.judge()
    service.stop()
    grown = (after - before) / max(1, len(wires))
    return bool(good and status == 200 and refused == 0 and freed and grown < 32 << 10), (
        f"{len(wires)} idle connections, {refused} refused, {holding} descriptors, "
        f"{before / MEBI:.0f} → {after / MEBI:.0f} MiB ({grown / 1024:.1f} KiB each), a sender "
        f"meanwhile got {status} in {answered:.2f} s, all closed again {bool(freed)}; {said}")


def closed_after(wire, seconds):
    """What a peer answered and after how long it closed; None where it did not."""
    begun, text = time.monotonic(), b""
    wire.settimeout(0.5)
    while time.monotonic() - begun < seconds:
        try:
            piece = wire.recv(4096)
            if not piece:
                return text, time.monotonic() - begun
            text += piece
        except socket.timeout:
            continue
        except OSError:
            return text, time.monotonic() - begun
    return text, None


def slow(options):
    """Heads a byte at a time, and bodies that never come."""
    service, numbered = started(options)
    heads = [socket.create_connection(("127.0.0.1", service.intake)) for _ in range(200)]
    bodies = [socket.create_connection(("127.0.0.1", service.intake)) for _ in range(50)]
    for wire in bodies:
        wire.sendall(b"POST /services/collector/raw HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
                     b"Authorization: Splunk " + service.token.encode() + b"\r\n\r\nhal")
    text, statuses, begun = b"GET /services/collector/health HTTP/1.1\r\nX-Slow: ", [], time.monotonic()
    ended = set()
    for second in range(20):
        byte = text[second:second + 1] or b"a"
        for number, wire in enumerate(heads):
            try:
                wire.sendall(byte)
            except OSError:
                ended.add(number)
        statuses.append(numbered.send(5))
        time.sleep(0.8)
    still = [closed_after(wire, 1)[1] for number, wire in enumerate(heads) if number not in ended]
    answers = [closed_after(wire, 45 - min(40, time.monotonic() - begun)) for wire in bodies]
    for wire in heads + bodies:
        wire.close()
    closed = all(moment is not None for moment in still)
    told = sum(b" 408 " in text[:40] for text, _ in answers)
    good, said = numbered.judge()
    service.stop()
    return bool(good and closed and told == len(bodies) and set(statuses) == {200}), (
        f"{len(heads)} slow heads all closed {closed}, {told} of {len(bodies)} missing bodies told "
        f"408, a sender meanwhile got {sorted(set(statuses))}; {said}")


def long_line(options):
    """100 MB without a line end: to syslog, where it is cut; to HTTP, where it is refused."""
    service, numbered = started(options)
    before, piece = service.status("VmHWM"), b"x" * MEBI
    with socket.create_connection(("127.0.0.1", service.syslog_tcp), 60) as wire:
        wire.sendall(b"<13>1 2026-03-12T09:00:00Z host app - - - begin ")
        for _ in range(100):
            wire.sendall(piece)
        wire.sendall(b"\n<13>1 2026-03-12T09:00:01Z host app - - - behind-the-line\n")
    answers = []
    for chunked in (False, True):
        wire = http.client.HTTPConnection("127.0.0.1", service.intake, timeout=60)
        try:
            wire.request("POST", "/services/collector/raw",
                         body=(piece for _ in range(100)) if chunked else io.BytesIO(piece * 100),
                         headers=head(service) | (
                             {} if chunked else {"Content-Length": str(100 * MEBI)}),
                         encode_chunked=chunked)
            answers.append(wire.getresponse().status)
        except (BrokenPipeError, ConnectionResetError):
            # It was refused and closed while we still wrote; the answer may lie unread.
            try:
                answers.append(int(wire.sock.recv(64).split()[1]))
            except (OSError, IndexError, ValueError):
                answers.append("closed")
        wire.close()
    behind = wait_for(lambda: [one for one in numbered.reader.events(
        "main", {"text": "behind-the-line"})], 30, 0.5)
    cut = list(numbered.reader.events("main", {"text": "begin"}))
    longest = max((len(field["value"]) for one in cut for field in one["fields"]), default=0)
    status, grown = numbered.send(), service.status("VmHWM") - before
    good, said = numbered.judge()
    service.stop()
    return bool(good and behind and cut and longest <= SYSLOG_MESSAGE_MAX and status == 200
                and all(answer in (413, "closed") for answer in answers)
                and grown < 400 * MEBI), (
        f"line of 100 MiB cut to {longest} bytes, next line stored {bool(behind)}, by HTTP "
        f"{answers}, peak memory {grown / MEBI:+.0f} MiB; {said}")


def zeros(mebibytes, wrap):
    packer = zlib.compressobj(9, zlib.DEFLATED, wrap)
    return b"".join([packer.compress(bytes(MEBI)) for _ in range(mebibytes)] + [packer.flush()])


def bomb(options):
    """2 GiB of zeros in 2 MB of gzip or deflate, on every path that unpacks; and gzip in gzip."""
    service, numbered = started(options)
    before, statuses = service.status("VmHWM"), {}
    gzipped, deflated = zeros(2048, 31), zeros(2048, 15)
    for path, kind in (("/services/collector/event", "application/json"),
                       ("/services/collector/raw", "text/plain"),
                       ("/_bulk", "application/x-ndjson"), ("/v1/logs", "application/json"),
                       ("/v1/logs", "application/x-protobuf"),
                       ("/ingest/webhook/x", "application/json")):
        for coding, body in (("gzip", gzipped), ("deflate", deflated)):
            try:
                got = post(service.intake, path, body, head(service) | {
                    "Content-Encoding": coding, "Content-Type": kind}).status
            except (OSError, http.client.HTTPException):
                got = "closed"
            statuses[got] = statuses.get(got, 0) + 1
    small = post(service.intake, "/services/collector/raw", gzip.compress(b"a line that fits"),
                 head(service) | {"Content-Encoding": "gzip"}).status
    grown, status = service.status("VmHWM") - before, numbered.send()
    good, said = numbered.judge()
    service.stop()
    return bool(good and set(statuses) <= {413, "closed"} and 413 in statuses and small == 200
                and status == 200 and grown < 300 * MEBI), (
        f"12 bombs of {len(gzipped) / 1e6:.1f} MB got {statuses}, an honest gzip {small}, peak "
        f"memory {grown / MEBI:+.0f} MiB; {said}")


def nesting(options):
    """Brackets 100,000 deep wherever JSON is read, and OTLP values inside each other."""
    service, numbered = started(options)
    deep, statuses, wrong = 100_000, [], []
    value = "[" * deep + "]" * deep
    objects = '{"a":' * deep + "1" + "}" * deep
    bulk = '{"create":{"_index":"i","_id":"deep"}}\n'
    cases = [(path, text) for text in (value, objects) for path in (
        "/services/collector/event", "/v1/logs", "/ingest/webhook/x")]
    cases += [("/services/collector/event", f'{{"event":{value}}}'),
              ("/services/collector/event", f'{{"event":"x","fields":{{"a":{value}}}}}'),
              ("/_bulk", bulk + objects + "\n"), ("/_bulk", value + "\n" + "{}\n")]
    for path, text in cases:
        got = post(service.intake, path, text, head(service) | {"Content-Type": "application/json"})
        statuses.append(got.status)
        if got.status == 200 and b'"errors":true' not in got.body and path != "/ingest/webhook/x":
            wrong.append(f"{path} took it: {got.body[:100]!r}")
        if got.status >= 500:
            wrong.append(f"{path}: {got.status}")
    for text in (value, objects):
        got = numbered.reader.send("POST", "/api/v1/events/search?tenant=main",
                                   '{"filter":' + text[:200_000] + "}",
                                   {"Content-Type": "application/json"})
        statuses.append(got.status)
        if got.status not in (400, 413, 422):
            wrong.append(f"API: {got.status}")
    with socket.create_connection(("127.0.0.1", service.syslog_tcp), 60) as wire:
        wire.sendall(b"<13>1 2026-03-12T09:00:00Z h a - - - " + value[:60_000].encode() + b"\n")
    status = numbered.send()
    good, said = numbered.judge()
    service.stop()
    return bool(good and not wrong and status == 200), (
        f"{len(cases) + 3} texts nested {deep:,} deep got {sorted(set(statuses))}"
        f"{'; ' + '; '.join(wrong) if wrong else ''}; {said}")


def utf8(options):
    """Bytes that are no UTF-8: kept as they are where lines are taken, refused with words where JSON is."""
    service, numbered = started(options)
    raw = b"mark-utf8 \xff\xfe \xc0\xaf \xed\xa0\x80 end"
    statuses = {"raw": post(service.intake, "/services/collector/raw", raw, head(service)).status}
    with socket.create_connection(("127.0.0.1", service.syslog_tcp), 60) as wire:
        wire.sendall(b"<13>1 2026-03-12T09:00:00Z h a - - - " + raw + b"\n")
    for name, path, body in (
            ("event", "/services/collector/event", b'{"event":{"m":"mark-json \xff\xfe"}}'),
            ("bulk", "/_bulk", b'{"create":{"_index":"i"}}\n{"m":"mark-json \xff"}\n'),
            ("otlp", "/v1/logs", b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":'
             b'{"stringValue":"mark-json \xff"}}]}]}]}'),
            ("webhook", "/ingest/webhook/x", b'{"m":"mark-json \xff"}')):
        got = post(service.intake, path, body,
                   head(service) | {"Content-Type": "application/json"})
        statuses[name] = got.status
    api = numbered.reader.send("POST", "/api/v1/events/search?tenant=main",
                               b'{"filter":{"text":"\xff"}}', {"Content-Type": "application/json"})
    found = wait_for(lambda: (lambda all_of: all_of if len(all_of) >= 2 else None)(
        list(numbered.reader.events("main", {"text": "mark-utf8"}))), 20, 0.5) or []
    exact = 0
    for event in found:
        record = numbered.reader.ask("GET", f"/api/v1/records/main/{event['sequence']}")
        # A syslog line is archived as it came; text of no known form within JSON, its bytes beside it.
        exact += raw.hex() in (record["hex"] or "") + (record["text"] or "")
    status = numbered.send()
    good, said = numbered.judge()
    service.stop()
    return bool(good and statuses["raw"] == 200 and exact == 2 and api.status == 400
                and all(one in (200, 202, 400) for one in statuses.values()) and status == 200), (
        f"{exact} of 2 lines kept byte for byte, answers {statuses}, API {api.status}; {said}")
