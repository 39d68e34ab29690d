"""Lets schemathesis and openapi-spec-validator judge an API that is served.

    python3 -m venv venv && venv/bin/pip install schemathesis openapi-spec-validator
    venv/bin/python Tests/Judges/prove_api.py

schemathesis makes requests from the document, right and wrong ones, and holds every answer against it: no 5xx, no status,
type or body that the document does not have, no request let through without its proof of identity.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from openapi_spec_validator import OpenAPIV31SpecValidator

# What we answer by design where the judge's own list is narrower:
# 412 and 428 are RFC 9110 and RFC 6585 for If-Match; 422 is a value that no schema can rule out (a cursor of no page, a
# time that lies behind); 409 and 429 say that somebody was first, or too fast. 503 is `/readyz` and full feeds alone.
CONFIG = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 400, 401, 403, 404, 409, 412, 422, 429]
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 428, 429]
[checks.missing_required_header]
expected-statuses = [400, 401, 403, 404, 422, 428]
[auth.openapi.{scheme}]
{secret}
"""


def validate(document):
    """The document is OpenAPI 3.1, and every operation has a name of its own."""
    OpenAPIV31SpecValidator(document).validate()
    names = [operation["operationId"] for path in document["paths"].values()
             for operation in path.values()]
    assert len(names) == len(set(names)), "two operations have one name"
    return len(names)


def run(port, scheme, secret, headers, examples, seed=1):
    """One run; what schemathesis printed, and how many operations, requests and failures it counts."""
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "schemathesis.toml"
        config.write_text(CONFIG.format(scheme=scheme, secret=secret))
        words = [pathlib.Path(sys.executable).parent / "schemathesis",
                 "--config-file", config, "run", f"http://127.0.0.1:{port}/api/openapi.json",
                 "--checks", "all", "--phases", "examples,coverage,fuzzing,stateful",
                 "--max-examples", str(examples), "--seed", str(seed), "--continue-on-failure",
                 "--exclude-path", "/api/v1/feed", "--request-timeout", "60",
                 "--max-response-time", "60", "--warnings", "off"]
        for name, value in headers.items():
            words += ["--header", f"{name}: {value}"]
        done = subprocess.run(words, cwd=folder, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env={**os.environ, "NO_COLOR": "1"})
    tested = re.search(r"Tested: (\d+)", done.stdout)
    cases = re.search(r"(\d+) generated", done.stdout)
    return done, int(tested.group(1)) if tested else 0, int(cases.group(1)) if cases else 0
