"""A case.toml with every key."""

from __future__ import annotations

WHOLE = """
[cluster]
id = "c-1"
name = "prod"
type = "DATALAKE"
release = "EMR-5.18.1"
region = "cn-hangzhou"
account = "1234"
deploy_mode = "HA"
security_mode = "KERBEROS"
ldap = false
metadata = "DLF"
changed_at = 2026-10-20T09:00:00Z

[[cluster.nodes]]
name = "master-1-1"
address = "192.168.20.11"
group = "MASTER"
vswitch = "vsw-emr"
security_groups = ["sg-emr"]

[resource_group]
id = "rg"
type = "serverless"
account = "1234"

[[resource_group.networks]]
vpc = "vpc-emr"
vswitch = "vsw-rg"
cidr = "192.168.10.0/24"
security_group = "sg-rg"
status = "Running"

[workspace]
id = 10001
mode = "standard"
environment = "dev"
busy_hours = ["08:00-20:00"]
clusters = 2

[registration]
display_name = "prod"
pass_proxy_user = true
operator = "ram-user"
default_access_identity = "hadoop"
policies = ["AliyunEMRFullAccess"]
roles = ["Workspace Administrator"]
other_names = ["dev"]
registered_by = []
uid = "1234567890123456"
ram_role = "EMRRole"
role_trusts = ["6543210987654321@emr.dataworks.aliyuncs.com"]
identity_mapping = false
cluster_account = "etl"
proxied_users = ["alice"]
initialized_at = 2026-11-01T16:00:00+08:00
initialize_at = 2026-12-01T03:00:00
engines = ["Hive", "spark"]
"""
