"""Answers of the Alibaba Cloud APIs, one of each shape."""

from __future__ import annotations

from typing import Any

GROUP: dict[str, Any] = {
    "SecurityGroupId": "sg-1",
    "Permissions": {"Permission": [{"Direction": "ingress", "Priority": "1"}, {"Direction": "egress", "Priority": 2}]},
}


SHAPES = {
    "ecs:DescribeSecurityGroupAttribute": GROUP,
    "ecs:DescribeSecurityGroups": {
        "SecurityGroups": {"SecurityGroup": [{"SecurityGroupId": "sg-1", "RuleCount": "3"}]}
    },
    "ecs:DescribeInstances": {"Instances": {"Instance": [{"InstanceId": "i-1"}]}},
    "ecs:DescribeNetworkInterfaces": {"NetworkInterfaceSets": {"NetworkInterfaceSet": []}},
    "ecs:DescribePrefixListAttributes": {"PrefixListId": "pl-1", "Entries": {"Entry": [{"Cidr": "10.0.0.0/8"}]}},
    "ecs:DescribePortRangeListEntries": {"Entries": [{"PortRange": "88/88"}]},
    "vpc:DescribeVSwitchAttributes": {"VSwitchId": "vsw-1", "CidrBlock": "10.0.0.0/24"},
    "vpc:DescribeVSwitches": {"VSwitches": {"VSwitch": [{"VSwitchId": "vsw-1"}]}},
    "vpc:DescribeNetworkAclAttributes": {"NetworkAclAttribute": {"NetworkAclId": "nacl-1"}},
    "vpc:GetVpcPrefixListEntries": {"PrefixListEntry": [{"PrefixListId": "pl-1", "Cidr": "10.0.0.0/8"}]},
    "vpc:DescribeRouteTableList": {
        "RouterTableList": {"RouterTableListType": [{"RouteTableId": "vtb-1", "VSwitchIds": {"VSwitchId": ["vsw-1"]}}]}
    },
    "vpc:DescribeRouteEntryList": {"RouteEntrys": {"RouteEntry": [{"DestinationCidrBlock": "0.0.0.0/0"}]}},
    "emr:GetCluster": {"Cluster": {"ClusterId": "c-1"}},
    "emr:ListNodes": {"Nodes": [{"NodeName": "master-1-1"}]},
    "emr:ListNodeGroups": {"NodeGroups": [{"NodeGroupId": "ng-1", "VSwitchIds": ["vsw-1"]}]},
    "emr:ListComponentInstances": {"ComponentInstances": [{"ComponentName": "NameNode"}]},
    "emr:ListApplicationConfigs": {"ApplicationConfigs": [{"ConfigFileName": "core-site.xml", "ConfigItemKey": "k"}]},
    "dataworks-public:GetResourceGroup": {"ResourceGroup": {"Id": "rg", "DefaultVswitchId": "vsw-1"}},
    "dataworks-public:ListResourceGroups": {"PagingInfo": {"ResourceGroupList": [{"Id": "rg"}]}},
    "dataworks-public:ListNetworks": {"PagingInfo": {"NetworkList": [{"Id": 1, "VswitchId": "vsw-1"}]}},
    "dataworks-public:GetProject": {"Project": {"Id": 1, "DevEnvironmentEnabled": True}},
    "dataworks-public:ListProjects": {"PagingInfo": {"Projects": [{"Id": 1, "DevEnvironmentEnabled": True}]}},
    "dataworks-public:ListProjectMembers": {"PagingInfo": {"ProjectMembers": [{"UserId": "1", "Roles": []}]}},
    "dataworks-public:GetComputeResourceAuthUserMappings": {"Data": {"Accounts": [{"UserId": "1", "Username": "a"}]}},
    "dataworks-public:ListComputeResources": {
        "PagingInfo": {"ComputeResources": [{"Name": "emr", "Type": "emr", "ComputeResource": [{"Id": 7}]}]}
    },
}
