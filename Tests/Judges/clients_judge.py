#!/usr/bin/env python3
"""Real clients send numbered events to a running intake; each number must be stored exactly once.

    clients_judge.py --token T --http PORT [--syslog-tcp PORT] [--syslog-udp PORT] [--lumberjack PORT]
                     --stored COMMAND [--count N] [--only NAME,NAME]

COMMAND prints what is stored, one record or more a line; it is run until all numbers are there or
--patience is over. The sender's name and the number stand in each event as `kagari-NAME-000123.`.
Clients that are not installed are named and passed over. Python packages: elasticsearch,
splunk-hec-handler, opentelemetry-sdk with its OTLP HTTP exporters, pylogbeat. Programs: rsyslogd,
syslog-ng, logger, loggen, curl, systemd-journal-upload; KAGARI_CLIENT_ROOT may name a folder into
which their Debian packages were unpacked. `prove_clients.py` runs the same against the service.
"""
import argparse
import importlib.util
import json
import logging
import os
import re
import subprocess
import sys
import tempfile
import time

import client_programs

ROOT = os.environ.get("KAGARI_CLIENT_ROOT", "")


def marks(name, count):
    return [f"kagari-{name}-{number:06}." for number in range(count)]


def program(name):
    return client_programs.program(name, ROOT or None)


def environment():
    return client_programs.environment(ROOT or None)


def has(module):
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


# Each sender returns when its client says that all was sent.

def elasticsearch(o, name):
    from elasticsearch import Elasticsearch, helpers
    client = Elasticsearch(f"http://127.0.0.1:{o.http}", api_key=o.token)
    assert client.info()["version"]["number"]
    documents = [
        {"_op_type": "create", "_index": "logs", "_id": mark, "_source": {"message": mark}}
        for mark in marks(name, o.count)]
    # Sent twice: the same id is the same record.
    helpers.bulk(client, documents, chunk_size=100)
    helpers.bulk(client, documents, chunk_size=70, raise_on_error=False)


def splunk_hec_handler(o, name):
    from splunk_hec_handler import SplunkHecHandler
    handler = SplunkHecHandler(
        "127.0.0.1", o.token, port=o.http, proto="http", ssl_verify=False, source="judge")
    log = logging.getLogger(name)
    log.setLevel(logging.INFO)
    log.addHandler(handler)
    for mark in marks(name, o.count):
        log.info({"message": mark})


def opentelemetry(exporter, o, name):
    from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
    from opentelemetry.sdk.resources import Resource
    provider = LoggerProvider(resource=Resource.create({"host.name": "judge"}))
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    log = logging.getLogger(name)
    log.setLevel(logging.INFO)
    log.addHandler(LoggingHandler(logger_provider=provider))
    for number, mark in enumerate(marks(name, o.count)):
        log.info("event %s", mark)
        if number % 200 == 199:
            assert provider.force_flush()
    assert provider.force_flush()
    provider.shutdown()


def otlp_protobuf(o, name):
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    opentelemetry(OTLPLogExporter(
        f"http://127.0.0.1:{o.http}/v1/logs", headers={"Authorization": f"Bearer {o.token}"},
        compression=Compression.Gzip), o, name)


def otlp_json(o, name):
    from opentelemetry.exporter.otlp.json.http._log_exporter import OTLPLogExporter
    opentelemetry(OTLPLogExporter(
        f"http://127.0.0.1:{o.http}/v1/logs",
        headers={"Authorization": f"Bearer {o.token}"}), o, name)


def pylogbeat(o, name):
    from pylogbeat import PyLogBeatClient
    with PyLogBeatClient("127.0.0.1", o.lumberjack, ssl_enable=False) as client:
        all_marks = marks(name, o.count)
        for start in range(0, o.count, 100):
            client.send([json.dumps({"message": mark}) for mark in all_marks[start:start + 100]])


def curl(o, name):
    lines = "\n".join(json.dumps({"message": mark}) for mark in marks(name, o.count))
    subprocess.run(
        ["curl", "-sS", "--fail", "-H", f"Authorization: Bearer {o.token}", "--data-binary", "@-",
         f"http://127.0.0.1:{o.http}/ingest/webhook/judge"],
        input=lines.encode(), check=True, stdout=subprocess.DEVNULL)


def logger(framing, o, name):
    text = "\n".join(marks(name, o.count)) + "\n"
    if framing == "udp":
        arguments = ["--udp", "--port", str(o.syslog_udp)]
    else:
        arguments = ["--tcp", "--port", str(o.syslog_tcp)]
        if framing == "octets":
            arguments.append("--octet-count")
    subprocess.run(
        [program("logger"), "--server", "127.0.0.1", "--tag", "judge", *arguments],
        input=text.encode(), check=True)


def loggen(o, name, kind=("--inet", "--stream")):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "lines")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(f"<13>1 2026-03-12T09:00:00Z host judge - - - {mark}\n"
                            for mark in marks(name, o.count))
        done = subprocess.run(
            [program("loggen"), *kind, "--read-file", path, "--dont-parse",
             "--rate", "2000", "--interval", "20", "--number", str(o.count), "--quiet",
             "127.0.0.1", str(o.syslog_tcp)], env=environment(), capture_output=True, text=True,
            timeout=60, check=False)
        return done.stderr[-500:]


def wait_for(o, name, is_over=lambda: False):
    """Until all is stored, for programs that do not say when they are done, or nothing more comes."""
    end = time.monotonic() + o.patience
    while time.monotonic() < end and len(set(stored(o, name))) < o.count and not is_over():
        time.sleep(0.3)


def daemon(o, name, arguments, folder):
    """Runs a relay that reads `folder/in.log`, until what stands there has come through."""
    log = open(os.path.join(folder, "relay.log"), "w", encoding="utf-8")
    process = subprocess.Popen(arguments, env=environment(), stdout=log, stderr=log)
    try:
        wait_for(o, name, lambda: process.poll() is not None)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
    with open(log.name, encoding="utf-8") as text:
        return text.read()[-2000:]


def write_input(o, name, folder):
    path = os.path.join(folder, "in.log")
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(mark + "\n" for mark in marks(name, o.count))
    return path


def rsyslog(action, o, name):
    with tempfile.TemporaryDirectory() as folder:
        modules = os.path.join(ROOT or "/", "usr/lib/x86_64-linux-gnu/rsyslog")
        path = os.path.join(folder, "rsyslog.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"""
global(workDirectory="{folder}")
module(load="{modules}/imfile" mode="polling" pollingInterval="1")
input(type="imfile" file="{write_input(o, name, folder)}" tag="judge:")
{action(o, modules)}
""")
        return daemon(o, name, [
            program("rsyslogd"), "-n", "-f", path, "-i", os.path.join(folder, "pid"),
            "-M", modules], folder)


def omelasticsearch(o, modules):
    return f"""
module(load="{modules}/omelasticsearch")
template(name="doc" type="list" option.jsonf="on") {{
  property(outname="message" name="msg" format="jsonf")
  property(outname="host" name="hostname" format="jsonf") }}
action(type="omelasticsearch" server="127.0.0.1" serverport="{o.http}" usehttps="off"
  uid="rsyslog" pwd="{o.token}" searchIndex="logs" template="doc" bulkmode="on")
"""


def omfwd_udp(o, _modules):
    return f'action(type="omfwd" target="127.0.0.1" port="{o.syslog_udp}" protocol="udp")'


def omfwd(framing):
    def action(o, _modules):
        return (f'action(type="omfwd" target="127.0.0.1" port="{o.syslog_tcp}" protocol="tcp" '
                f'TCP_Framing="{framing}" template="RSYSLOG_SyslogProtocol23Format")')
    return action


def syslog_ng(destination, o, name):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "syslog-ng.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"""@version: 3.38
source s {{ file("{write_input(o, name, folder)}" flags(no-parse) follow-freq(1)); }};
destination d {{ {destination(o)} }};
log {{ source(s); destination(d); flags(flow-control); }};
""")
        modules = os.path.join(ROOT or "/", "usr/lib/syslog-ng/3.38")
        return daemon(o, name, [
            program("syslog-ng"), "-F", "--no-caps", "-f", path, "--persist-file",
            os.path.join(folder, "persist"), "--pidfile", os.path.join(folder, "pid"),
            "--control", os.path.join(folder, "ctl"), "--module-path", modules], folder)


def to_hec(o):
    body = '{\\"time\\":\\"$UNIXTIME\\",\\"host\\":\\"$HOST\\",\\"event\\":\\"$MSG\\"}'
    return (f'http(url("http://127.0.0.1:{o.http}/services/collector/event") method("POST") '
            f'headers("Authorization: Splunk {o.token}") body("{body}") '
            f'batch-lines(50) batch-timeout(500));')


def to_syslog(o):
    return f'syslog("127.0.0.1" port({o.syslog_tcp}) transport("tcp"));'


def to_network(o):
    return f'network("127.0.0.1" port({o.syslog_tcp}) transport("tcp"));'


def journal_upload(o, name):
    with tempfile.TemporaryDirectory() as folder:
        export = os.path.join(folder, "in.export")
        boot = "0123456789abcdef0123456789abcdef"
        with open(export, "w", encoding="utf-8") as file:
            for number, mark in enumerate(marks(name, o.count)):
                file.write(
                    f"__CURSOR=s={boot};i={number:x}\n__REALTIME_TIMESTAMP={1700000000000000 + number}\n"
                    f"__MONOTONIC_TIMESTAMP={number}\n_BOOT_ID={boot}\nMESSAGE={mark}\n"
                    f"_MACHINE_ID={boot}\n_HOSTNAME=judge\n\n")
        made = os.path.join(folder, "made.journal")
        subprocess.run(
            [program("systemd-journal-remote"), f"--output={made}", export], check=True,
            env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # It has no setting for a token; in an address it becomes Basic authentication.
        upload = f"http://{getattr(o, 'upload_user', '')}127.0.0.1:{o.http}"
        # Sent twice, from the start each time: the same cursor is the same record.
        for _ in range(2):
            done = subprocess.run(
                [program("systemd-journal-upload"), f"--url={upload}",
                 f"--file={made}", "--follow=no"],
                env=environment(), capture_output=True, text=True, timeout=60, check=False)
            if done.returncode != 0:
                return done.stderr[-500:]
        return ""


def senders(o):
    """Name, what it needs, and how it sends."""
    yield "elasticsearch-py", has("elasticsearch"), elasticsearch
    yield "splunk-hec-handler", has("splunk_hec_handler"), splunk_hec_handler
    yield "otlp-protobuf", has("opentelemetry.exporter.otlp.proto.http"), otlp_protobuf
    yield "otlp-json", has("opentelemetry.exporter.otlp.json.http"), otlp_json
    yield "curl-webhook", bool(program("curl")), curl
    yield "journal-upload", bool(
        program("systemd-journal-upload") and program("systemd-journal-remote")), journal_upload
    if o.lumberjack:
        yield "pylogbeat", has("pylogbeat"), pylogbeat
    yield "rsyslog-omelasticsearch", bool(program("rsyslogd")), \
        lambda o, n: rsyslog(omelasticsearch, o, n)
    yield "syslog-ng-http", bool(program("syslog-ng")), lambda o, n: syslog_ng(to_hec, o, n)
    if o.syslog_tcp:
        yield "logger-lines", bool(program("logger")), lambda o, n: logger("lines", o, n)
        yield "logger-octets", bool(program("logger")), lambda o, n: logger("octets", o, n)
        for framing in ("traditional", "octet-counted"):
            yield f"rsyslog-omfwd-{framing}", bool(program("rsyslogd")), \
                lambda o, n, framing=framing: rsyslog(omfwd(framing), o, n)
        yield "syslog-ng-syslog", bool(program("syslog-ng")), \
            lambda o, n: syslog_ng(to_syslog, o, n)
        yield "syslog-ng-network", bool(program("syslog-ng")), \
            lambda o, n: syslog_ng(to_network, o, n)
        yield "loggen", bool(program("loggen")), loggen
    if o.syslog_udp:
        yield "logger-udp", bool(program("logger")), lambda o, n: logger("udp", o, n)
        yield "rsyslog-omfwd-udp", bool(program("rsyslogd")), \
            lambda o, n: rsyslog(omfwd_udp, o, n)


def stored(o, name):
    """Each mark as often as it is stored; `o.stored` is a command, or a function of the name."""
    if callable(o.stored):
        return o.stored(name)
    output = subprocess.run(
        o.stored, shell=True, capture_output=True, check=False).stdout.decode("utf-8", "replace")
    return re.findall(rf"kagari-{name}-\d{{6}}\.", output)


def judge(o, name, send):
    trouble = ""
    try:
        trouble = send(o, name) or ""
    except Exception as error:  # pylint: disable=broad-exception-caught
        trouble = f"{type(error).__name__}: {error}"
    wait_for(o, name)
    # What comes double comes late.
    time.sleep(0.5)
    found = stored(o, name)
    missing = o.count - len(set(found))
    double = len(found) - len(set(found))
    good = missing == 0 and double == 0
    print(f"{'ok  ' if good else 'FAIL'} {name:28} sent {o.count} stored {len(found)} "
          f"missing {missing} double {double}", flush=True)
    if not good and trouble:
        print("     " + trouble.strip().replace("\n", "\n     "), flush=True)
    return good


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--token", required=True)
    parser.add_argument("--http", type=int, required=True)
    parser.add_argument("--syslog-tcp", type=int, default=0)
    parser.add_argument("--syslog-udp", type=int, default=0)
    parser.add_argument("--lumberjack", type=int, default=0)
    parser.add_argument("--stored", required=True)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--patience", type=float, default=20)
    parser.add_argument("--only", default="")
    o = parser.parse_args()
    only = set(filter(None, o.only.split(",")))
    passed = failed = absent = 0
    for name, there, send in senders(o):
        if only and name not in only:
            continue
        if not there:
            print(f"--   {name:28} is not installed", flush=True)
            absent += 1
        elif judge(o, name, send):
            passed += 1
        else:
            failed += 1
    print(f"clients: {passed} passed, {failed} failed, {absent} not installed; "
          f"{o.count} events each")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
