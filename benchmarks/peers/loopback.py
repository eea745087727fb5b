"""Sends what a peer means for its vendor to a loopback server instead, and tells what the peer did: beside the scripts of this folder,
which run in environments of their own and know nothing of the product.

    arguments of each script: URL, a folder of its own, object=property,property ...
"""

import json
import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

URL, FOLDER = sys.argv[1], sys.argv[2]
WANTED = {name: listed.split(",") for name, _, listed in (one.partition("=") for one in sys.argv[3:])}


def redirect(paths=()) -> None:
    """No connector asked here takes another address than its vendor's, so requests changes it on the way out. `paths` are pairs of
    beginnings: one that the server does not know, and the one under which it gives the same.
    """
    import requests.adapters  # not every peer has it

    sent = requests.adapters.HTTPAdapter.send

    def send(self, request, **options):
        parts = urlsplit(request.url)
        path = parts.path
        for theirs, ours in paths:
            path = ours + path.removeprefix(theirs) if path.startswith(theirs) else path
        request.url = f"{URL}{path}?{parts.query}" if parts.query else f"{URL}{path}"
        return sent(self, request, **{**options, "proxies": {}})

    requests.adapters.HTTPAdapter.send = send


@contextmanager
def measured(marker=b""):
    """Time what is done inside, which puts the number of records into what it is given. What it prints goes into a file; with `marker`,
    the lines of it that hold that are the records.
    """
    told = {"rows": 0}
    output, out = f"{FOLDER}/output", os.dup(1)
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, 1)
    began = time.perf_counter()
    yield told
    sys.stdout.flush()
    told["wall"] = time.perf_counter() - began
    os.dup2(out, 1)
    told["peak"] = next(
        int(line.split()[1]) / 1024 for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")
    )
    if marker:
        with Path(output).open("rb") as lines:
            told["rows"] = sum(marker in line for line in lines)
    print(json.dumps(told), flush=True)
