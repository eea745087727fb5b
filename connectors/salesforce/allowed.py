"""The allow-list of this connector: which requests may leave, and what may stand in their bodies.

Three lists, one a role. A dry run holds no Writer, so the lists that can change a record do not even exist in it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from connectors.fence import SCALAR, Form, Needs, Rule
from connectors.salesforce.sign_in import TOKEN_PATH

if TYPE_CHECKING:
    from collections.abc import Callable

FLAGS: Final = {
    "stage_proposed": "EQ_Stage_Proposed__c",
    "level": "EQ_Level__c",
    "open_rules": "EQ_Open_Rules__c",
    "revenue_share": "EQ_Revenue_Share__c",
    "index": "EQ_Index__c",
    "coverage": "EQ_Coverage__c",
    "computed_at": "EQ_Computed_At__c",
    "run": "EQ_Run__c",
    "explanation": "EQ_Explanation__c",
    "trend": "EQ_Trend__c",
    "next_step": "EQ_Next_Step__c",
    "checklist": "EQ_Checklist__c",
    "at_stake": "EQ_At_Stake__c",
    "restricted": "EQ_Restricted__c",
}
"""Canonical flag -> field of Account. Written by software, by nothing else."""
KEY: Final = "EQ_Key__c"
TASK: Final = {
    "subject": "Subject",
    "body": "Description",
    "due_date": "ActivityDate",
    "owner_id": "OwnerId",
    "priority": "Priority",
    "status": "Status",
    "account": "WhatId",
    "mark": "EQ_Mark__c",
}
"""What we say of a task -> field of Task."""

_DATA: Final = r"/services/data/v\d+\.0"
_ID: Final = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_ACCOUNT: Final = re.compile(r"001[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?")
_TASK_ID: Final = re.compile(r"00T[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?")
_TASK_KEY: Final = re.compile(r"eq1-[0-9A-Za-z-]{1,36}")

_TOKEN: Final = Rule(
    method="POST",
    path=TOKEN_PATH,
    body=Form({"grant_type": frozenset({"urn:ietf:params:oauth:grant-type:jwt-bearer", "client_credentials"}), "assertion": SCALAR}),
)
_QUERY_JOB: Final = {
    "operation": frozenset({"query", "queryAll"}),
    "query": re.compile(r"SELECT .*", re.DOTALL),
    "contentType": frozenset({"CSV"}),
    "columnDelimiter": frozenset({"COMMA"}),
    "lineEnding": frozenset({"LF"}),
}
_PART: Final = {
    "method": frozenset({"GET"}),
    "url": re.compile(_DATA + r"/(?:sobjects(?:/\w+/describe)?|query(?:All)?\?q=SELECT(?:%20|\+)[^&#\s@{}]+)"),
    "referenceId": re.compile(r"part\d{1,2}"),
}
_TOGETHER: Final = {"allOrNone": SCALAR, "compositeRequest": [Needs(_PART, frozenset(_PART))]}
_ACCOUNT_BODY: Final = {"attributes": {"type": frozenset({"Account"})}, "id": _ACCOUNT, **dict.fromkeys(FLAGS.values(), SCALAR)}
_TASK_BODY: Final = {
    "attributes": {"type": frozenset({"Task"})},
    KEY: _TASK_KEY,
    **dict.fromkeys(TASK.values(), SCALAR),
    TASK["account"]: _ACCOUNT,
    TASK["owner_id"]: _ID,
}
READING: Final = (
    _TOKEN,
    Rule(method="GET", path=r"/services/data/?"),
    Rule(method="GET", path=_DATA + r"/.*", query=None),
    Rule(method="POST", path=_DATA + r"/composite", body=_TOGETHER),
    Rule(method="POST", path=_DATA + r"/jobs/query", body=_QUERY_JOB),
    Rule(method="DELETE", path=_DATA + r"/jobs/query/\w+"),
)
"""A Bulk query job reads; it is created and removed, and holds nothing of the org's data model. A composite holds descriptions and queries only."""
WRITING: Final = (
    *READING,
    Rule(
        method="PATCH",
        path=_DATA + r"/composite/sobjects",
        body={
            "allOrNone": SCALAR,
            "records": [Needs(_ACCOUNT_BODY, frozenset({"attributes", "id"}))],
        },
        writes=True,
    ),
    Rule(
        method="PATCH",
        path=_DATA + rf"/composite/sobjects/Task/{KEY}",
        body={"allOrNone": SCALAR, "records": [Needs(_TASK_BODY, frozenset({"attributes", KEY}))]},
        writes=True,
    ),
    Rule(
        method="PATCH",
        path=_DATA + r"/composite/sobjects",
        body={"allOrNone": SCALAR, "records": [Needs({**_TASK_BODY, "id": _TASK_ID}, frozenset({"attributes", "id", KEY}))]},
        writes=True,
    ),
)


def provisioning(package: Callable[[object], None]) -> tuple[Rule, ...]:
    """Reading, plus the deployment of exactly our package and the assignment of its permission sets. `package` judges the SOAP body."""
    return (
        *READING,
        Rule(method="POST", path=r"/services/Soap/m/\d+\.0/deployRequest(?:/\w+)?", body=package, writes=True),
        Rule(
            method="POST",
            path=_DATA + r"/sobjects/PermissionSetAssignment",
            body={"AssigneeId": re.compile(r"005\w{12,15}"), "PermissionSetId": re.compile(r"0PS\w{12,15}")},
            writes=True,
        ),
    )
