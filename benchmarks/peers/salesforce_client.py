"""simple-salesforce's own bulk2: CSV files, nothing is loaded."""

from pathlib import Path

import requests
from loopback import FOLDER, WANTED, measured, redirect
from simple_salesforce import Salesforce

redirect()
session = requests.Session()
session.trust_env = False
sf = Salesforce(session_id="x", instance="acme.my.salesforce.com", version="66.0", session=session)
with measured() as told:
    for name, fields in WANTED.items():
        query = f"SELECT {', '.join(fields)} FROM {name}"
        for number, page in enumerate(getattr(sf.bulk2, name).query(query, max_records=100_000, wait=0.01)):
            Path(FOLDER, f"{name}-{number}.csv").write_text(page)
            told["rows"] += page.count("\n") - 1
