#!/usr/bin/env python3
# proves: real clients send N, the service stores N, none twice; also over kills -9
# pypi: elasticsearch==9.5.1 splunk-hec-handler==1.2.0 pylogbeat==2.1.0 evtx2es==1.8.0 opentelemetry-sdk==1.45.1 opentelemetry-exporter-otlp-proto-http==1.45.1 opentelemetry-exporter-otlp-json-http==0.66b1
"""Lets every client that can be had send numbered events to `kagari serve`, and counts by the API what is stored.

    prove_clients.py [--count N] [--only NAME,NAME] [--kills N]

Python clients come from PyPI, programs from Debian's packages, unpacked into .tools/clients; what is not to be had is named as left out. Then rsyslog
and syslog-ng with queues on disk send on while the service is killed with -9 and started again. Traffic is on loopback only.
"""
import argparse
import collections
import os
import pathlib
import random
import re
import subprocess
import threading
import time

import client_programs
import clients_judge as judge
from proof import end
from service import (Service, fails, folder, make_certificate, program_of_proof, takes, tell,
                     wait_for)

# Senders of the field that no package here has.
NOT_TO_BE_HAD = ("rsyslog omhttp", "fluent-bit", "filebeat", "winlogbeat", "vector")
EVTX = "omerbenamram__evtx/samples/security.evtx"


class Bench:
    """A service, a source of its own, and what the senders of `clients_judge` ask for."""

    patience = 40

    def __init__(self, service, tenant, count):
        self.service, self.tenant, self.count = service, tenant, count
        self.admin = service.admin()
        self.token = self.admin.make_source(tenant, "clients")
        takes(service, self.token)
        self.http, self.syslog_tcp = service.intake, service.syslog_tcp
        self.syslog_udp, self.lumberjack = service.syslog_udp, service.lumberjack
        self.upload_user = f"x:{self.token}@"

    def stored(self, name):
        """Each mark as often as an event has it; within one event it counts once."""
        found = []
        for event in self.admin.events(self.tenant, {"text": f"kagari-{name}-"}):
            text = " ".join(field["value"] for field in event["fields"])
            found += set(re.findall(rf"kagari-{name}-\d{{6}}\.", text))
        return found


def judged(bench, name, send, figures):
    trouble = ""
    try:
        trouble = send(bench, name) or ""
    except Exception as error:  # whatever a foreign client throws is its answer
        trouble = f"{type(error).__name__}: {error}"
    return counted(bench, name, trouble, figures)


def counted(bench, name, trouble, figures):
    """True where each number is stored, and once."""
    patience = 3 if trouble else bench.patience
    wait_for(lambda: len(set(bench.stored(name))) >= bench.count, patience, 0.5)
    # What comes double comes late.
    time.sleep(1)
    found = bench.stored(name)
    missing, double = bench.count - len(set(found)), len(found) - len(set(found))
    good = missing == double == 0
    tell(f"{'ok  ' if good else 'FAIL'} {name:26} sent {bench.count} stored {len(found)} "
         f"missing {missing} double {double}")
    if not good and trouble:
        tell("     " + str(trouble).strip().replace("\n", "\n       ")[-1500:])
    figures["clients"] += 1
    figures["sent"] += bench.count
    figures["stored"] += len(found)
    figures["missing"] += missing
    figures["double"] += double
    return good


def curl(path, scheme, body, *more):
    """curl with the token under this scheme; `body` makes a line of a mark."""
    def send(o, name):
        lines = "".join(body(mark) + "\n" for mark in judge.marks(name, o.count))
        place = "https" if o.service.tls else "http"
        if o.service.tls:
            words = ["--cacert", o.service.tls[0], *more]
        else:
            words = list(more)
        subprocess.run(
            ["curl", "-sS", "--fail", "-H", f"Authorization: {scheme} {o.token}", "--data-binary",
             "@-", *words, f"{place}://127.0.0.1:{o.http}{path}"], input=lines.encode(),
            check=True, stdout=subprocess.DEVNULL)
    return send


def rsyslog_tls(o, _modules):
    return (f'global(DefaultNetstreamDriverCAFile="{o.service.tls[0]}")\n'
            f'action(type="omfwd" target="127.0.0.1" port="{o.syslog_tcp}" protocol="tcp" '
            'TCP_Framing="octet-counted" StreamDriver="gtls" StreamDriverMode="1" '
            'StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="kagari.test" '
            'template="RSYSLOG_SyslogProtocol23Format")')


def syslog_ng_tls(o):
    return (f'network("127.0.0.1" port({o.syslog_tcp}) transport("tls") '
            f'tls(ca-file("{o.service.tls[0]}") peer-verify(required-trusted)));')


def plain_senders(bench):
    yield from judge.senders(bench)
    has_curl = bool(judge.program("curl"))
    yield "curl-hec-event", has_curl, curl(
        "/services/collector/event", "Splunk", lambda mark: f'{{"event":{{"message":"{mark}"}}}}')
    yield "curl-hec-raw", has_curl, curl(
        "/services/collector/raw", "Splunk", lambda mark: f"shop says {mark}")
    yield "curl-bulk", has_curl, curl(
        "/_bulk", "ApiKey",
        lambda mark: f'{{"create":{{"_index":"logs","_id":"{mark}"}}}}\n{{"message":"{mark}"}}',
        "-H", "Content-Type: application/x-ndjson")


def tls_senders(_bench):
    yield "tls-curl-hec", bool(judge.program("curl")), curl(
        "/services/collector/event", "Splunk", lambda mark: f'{{"event":{{"message":"{mark}"}}}}')
    yield "tls-rsyslog-omfwd", bool(judge.program("rsyslogd")), \
        lambda o, n: judge.rsyslog(rsyslog_tls, o, n)
    yield "tls-syslog-ng-network", bool(judge.program("syslog-ng")), \
        lambda o, n: judge.syslog_ng(syslog_ng_tls, o, n)
    yield "tls-loggen", bool(judge.program("loggen")), \
        lambda o, n: judge.loggen(o, n, ("--use-ssl",))


def evtx2es(service, admin, data, figures):
    """A file of Windows' event log by a client that gives ids of content; sent twice. None where there is no file."""
    path = pathlib.Path(data or "/nowhere") / "evtx" / EVTX
    if not path.is_file():
        return None
    from evtx import PyEvtxParser
    from evtx2es import evtx2es as send
    numbers = {record["event_record_id"] for record in PyEvtxParser(str(path)).records()}
    admin.make_tenant("windows")
    token = admin.make_source("windows", "evtx2es")
    takes(service, token)
    trouble = ""
    for _ in range(2):
        try:
            send(str(path), host="127.0.0.1", port=service.intake, scheme="http", index="evtx",
                 login="x", pwd=token)
        except Exception as error:  # whatever a foreign client throws is its answer
            trouble = f"{type(error).__name__}: {error}"
    wait_for(lambda: sum(1 for _ in admin.events("windows")) >= len(numbers), 30, 0.5)
    time.sleep(1)
    found = sum(1 for _ in admin.events("windows"))
    good = found == len(numbers)
    tell(f"{'ok  ' if good else 'FAIL'} {'evtx2es, twice':26} sent {len(numbers)} stored {found}"
         f" {trouble}")
    figures["clients"] += 1
    figures["sent"] += len(numbers)
    figures["stored"] += found
    figures["missing"] += max(0, len(numbers) - found)
    figures["double"] += max(0, found - len(numbers))
    return good


def queued_rsyslog(o, name, home):
    """rsyslog whose queue lies on disk, to _bulk under an id of the event's own."""
    modules = pathlib.Path(judge.ROOT or "/") / "usr/lib/x86_64-linux-gnu/rsyslog"
    (home / "rsyslog.conf").write_text(f"""
global(workDirectory="{home}")
module(load="{modules}/imfile" mode="polling" pollingInterval="1")
module(load="{modules}/omelasticsearch")
input(type="imfile" file="{home}/in.log" tag="judge:")
template(name="id" type="string" string="%msg%")
template(name="doc" type="list" option.jsonf="on") {{
  property(outname="message" name="msg" format="jsonf") }}
action(type="omelasticsearch" server="127.0.0.1" serverport="{o.http}" usehttps="off"
  uid="rsyslog" pwd="{o.token}" searchIndex="logs" template="doc" bulkmode="on"
  bulkid="id" dynbulkid="on" queue.type="Disk" queue.filename="{name}"
  queue.maxDiskSpace="100m" queue.dequeueBatchSize="50" action.resumeRetryCount="-1"
  action.resumeInterval="1")
""", encoding="utf-8")
    return [judge.program("rsyslogd"), "-n", "-f", home / "rsyslog.conf", "-i", home / "pid",
            "-M", modules]


def queued_syslog_ng(o, _name, home):
    """syslog-ng whose buffer lies on disk, to _bulk under an id of the event's own."""
    root = pathlib.Path(judge.ROOT or "/")
    body = ('{\\"index\\":{\\"_index\\":\\"logs\\",\\"_id\\":\\"$MSG\\"}}\\n'
            '{\\"message\\":\\"$MSG\\"}')
    (home / "syslog-ng.conf").write_text(f"""@version: 3.38
source s {{ file("{home}/in.log" flags(no-parse) follow-freq(0.3)); }};
destination d {{ http(url("http://127.0.0.1:{o.http}/_bulk") method("POST")
  headers("Authorization: ApiKey {o.token}", "Content-Type: application/x-ndjson")
  body("{body}") body-suffix("\\n") delimiter("\\n") batch-lines(50) batch-timeout(300)
  time-reopen(1) retries(10000)
  disk-buffer(disk-buf-size(20000000) mem-buf-size(1000000) reliable(yes) dir("{home}"))); }};
log {{ source(s); destination(d); flags(flow-control); }};
""", encoding="utf-8")
    return [judge.program("syslog-ng"), "-F", "--no-caps", "-f", home / "syslog-ng.conf",
            "--persist-file", home / "persist", "--pidfile", home / "pid", "--control",
            home / "ctl", "--module-path", root / "usr/lib/syslog-ng/3.38"]


def over_kills(bench, name, make, kills, chance, figures):
    """A relay's input grows while the service is killed and started again."""
    home = folder("relay")
    (home / "in.log").touch()
    with open(home / "relay.log", "wb") as log:
        relay = subprocess.Popen([str(word) for word in make(bench, name, home)], stdout=log,
                                 stderr=log, env=judge.environment())

    def write():
        with open(home / "in.log", "a", encoding="utf-8", buffering=1) as file:
            for mark in judge.marks(name, bench.count):
                file.write(mark + "\n")
                time.sleep(kills * 6 / bench.count)
    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    try:
        for _ in range(kills):
            time.sleep(chance.uniform(0.5, 3))
            bench.service.kill()
            time.sleep(chance.uniform(0, 1.5))
            bench.service.start()
            bench.admin = bench.service.admin()
        writer.join()
        wait_for(lambda: len(set(bench.stored(name))) >= bench.count, bench.patience, 0.5)
        return counted(bench, name, (home / "relay.log").read_text(errors="replace"), figures)
    finally:
        relay.terminate()
        try:
            relay.wait(10)
        except subprocess.TimeoutExpired:
            relay.kill()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--only", default="")
    parser.add_argument("--kills", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    program, only = program_of_proof(), set(filter(None, options.only.split(",")))
    left_out = [f"{names} ({why})" for names, why in client_programs.fetch().items()]
    judge.ROOT = str(client_programs.FOLDER / "root")
    figures, holds = collections.Counter(), True
    service = Service(program, folder("clients"), syslog=True).start()
    bench = Bench(service, "main", options.count)
    home = folder("clients-tls")
    secured = Service(program, home, syslog=True, tls=make_certificate(home))

    def run(made, senders):
        good = True
        for name, is_there, send in senders(made):
            if only and name not in only:
                continue
            if not is_there:
                left_out.append(name)
            elif not judged(made, name, send, figures):
                good = False
        return good

    holds = run(bench, plain_senders)
    if not only or "evtx2es" in only:
        good = evtx2es(service, bench.admin, os.environ.get("KAGARI_DATA"), figures)
        left_out += ["evtx2es (no evtx in the data folder)"] if good is None else []
        holds = holds and good is not False
    secured.start()
    holds = run(Bench(secured, "main", options.count), tls_senders) and holds
    secured.stop()
    chance, killed = random.Random(options.seed), 0
    for name, make in (("kills-rsyslog-queue", queued_rsyslog),
                       ("kills-syslog-ng-buffer", queued_syslog_ng)):
        if only and name not in only:
            continue
        bench.count = options.count * 5
        if not over_kills(bench, name, make, options.kills, chance, figures):
            holds = False
        killed += options.kills
    service.stop()
    if not figures["clients"]:
        holds = fails("no client was there, so nothing is proved")
    end(holds, f"{figures['clients']} clients, {figures['sent']} sent, {figures['stored']} stored, "
        f"{figures['missing']} missing, {figures['double']} double, {killed} kills; left out: "
        + ", ".join([*left_out, *NOT_TO_BE_HAD]))


if __name__ == "__main__":
    main()
