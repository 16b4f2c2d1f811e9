"""What must a RAM user be allowed to do, so that `collect` gets everything?"""

from __future__ import annotations

import json

from diagnose.collect.aliyun.calls import ALL


def policy() -> str:
    """Return a policy of RAM that allows each call of `collect` and nothing else.

    Several of these calls list objects, which RAM allows for all of an account or for none.
    """
    statement = {"Effect": "Allow", "Action": sorted(call.permission for call in ALL), "Resource": "*"}
    return json.dumps({"Version": "1", "Statement": [statement]}, indent=2)
