"""The region stands in answers and in host names, where case.toml and GetCluster do not say it."""

from __future__ import annotations

import pytest

from tests.support.case_files import Content, case_of, xml
from tests.support.group_answers import listing, page

HOST = "master-1-1.c-0a1b2c3d4e5f6071.cn-beijing.emr.aliyuncs.com"
HOSTS = f"192.168.20.11 {HOST} master-1-1\n"
TOML = '[cluster]\nid = "c-0a1b2c3d4e5f6071"\n'
BEIJING = {"RegionId": "cn-beijing"}


def region(files: dict[str, Content]) -> str | None:
    return case_of({"case.toml": TOML, **files}).cluster.region


@pytest.mark.parametrize(
    "files",
    [
        {"sg.json": page(**BEIJING)},
        {"groups.json": listing() | BEIJING},
        {"hosts": HOSTS},
        {"core-site.xml": xml(**{"fs.defaultFS": f"hdfs://{HOST}:9000"})},
        # An answer counts more than a host name
        {"sg.json": page(**BEIJING), "hosts": HOSTS.replace("cn-beijing", "cn-hangzhou")},
    ],
)
def test_the_region_is_read_from_answers_and_host_names(files: dict[str, Content]) -> None:
    assert region(files) == "cn-beijing"


def test_what_case_toml_says_counts_most() -> None:
    assert region({"case.toml": TOML + 'region = "eu-central-1"\n', "hosts": HOSTS}) == "eu-central-1"


@pytest.mark.parametrize(
    "files",
    [
        {"hosts": "192.168.20.11 emr-header-1.cluster-12345 emr-header-1\n"},
        {"hosts": HOSTS + HOSTS.replace("cn-beijing", "cn-hangzhou")},
        {"a.json": page(**BEIJING), "b.json": page(SecurityGroupId="sg-2", RegionId="cn-hangzhou"), "hosts": HOSTS},
        # A log may be of another cluster
        {"a.log": f"krb5kdc[1]: AS_REQ {HOST}"},
    ],
)
def test_no_region_is_guessed(files: dict[str, Content]) -> None:
    assert region(files) is None
