"""Spark Thrift Servers for the tests of this directory. They end with the last of these tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .server import SparkThrift, compiled_spark, spark_thrift


@pytest.fixture(scope="package")
def spark(lab_machine: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkThrift]:
    classes = compiled_spark(tmp_path_factory.mktemp("classes"))
    with spark_thrift(tmp_path_factory.mktemp("spark"), classes) as running:
        yield running
