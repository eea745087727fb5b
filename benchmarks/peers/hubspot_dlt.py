"""A dlt resource written with dlt's own REST client and cursor paginator, loaded by dlt into DuckDB. dlt has no HubSpot source on PyPI."""

import os

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"

import dlt
from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator
from loopback import FOLDER, URL, WANTED, measured

client = RESTClient(
    base_url=URL,
    headers={"Authorization": "Bearer pat"},
    paginator=JSONResponseCursorPaginator(cursor_path="paging.next.after", cursor_param="after"),
    data_selector="results",
)


def listed(kind, properties):
    pages = client.paginate(f"/crm/v3/objects/{kind}", params={"limit": 100, "properties": properties})
    return dlt.resource(pages, name=kind, primary_key="id", write_disposition="replace")


pipeline = dlt.pipeline("peer", pipelines_dir=FOLDER, destination=dlt.destinations.duckdb(f"{FOLDER}/dlt.duckdb"), dataset_name="raw")
with measured() as told:
    pipeline.run([listed(kind, properties) for kind, properties in WANTED.items()])
    counts = pipeline.last_trace.last_normalize_info.row_counts
    told["rows"] = sum(counts[kind] for kind in WANTED)
