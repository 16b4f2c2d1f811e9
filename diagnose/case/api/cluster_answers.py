"""What do EMR and DataWorks answer? The rules of `answers` hold: emr 2021-03-20, dataworks-public
2024-05-18."""

from diagnose.case.api.answers import AnswerPage, Id, Wire


class NodeAttributes(Wire, frozen=True, kw_only=True):
    vpc_id: str = ""
    security_group_id: str = ""


class ClusterAnswer(Wire, frozen=True, kw_only=True):
    cluster_id: Id
    cluster_name: str = ""
    cluster_type: str = ""
    deploy_mode: str = ""
    release_version: str = ""
    region_id: str = ""
    security_mode: str = ""
    cluster_state: str = ""
    node_attributes: NodeAttributes = NodeAttributes()


class GetCluster(Wire, frozen=True, kw_only=True):
    """emr GetCluster."""

    cluster: ClusterAnswer


class NodeAnswer(Wire, frozen=True, kw_only=True):
    node_id: str = ""
    node_name: Id
    node_group_id: str = ""
    node_group_type: str = ""
    node_state: str = ""
    private_ip: str = ""


class ListNodes(AnswerPage, frozen=True, kw_only=True):
    """emr ListNodes."""

    nodes: tuple[NodeAnswer, ...]


class NodeGroup(Wire, frozen=True, kw_only=True):
    node_group_id: Id
    node_group_type: str = ""
    vswitch_ids: tuple[str, ...] = ()
    additional_security_group_ids: tuple[str, ...] = ()


class ListNodeGroups(AnswerPage, frozen=True, kw_only=True):
    """emr ListNodeGroups."""

    node_groups: tuple[NodeGroup, ...]


class ComponentInstance(Wire, frozen=True, kw_only=True):
    application_name: str = ""
    component_name: Id
    node_id: str = ""
    node_name: str = ""
    component_instance_state: str = ""
    biz_state: str = ""


class ListComponentInstances(AnswerPage, frozen=True, kw_only=True):
    """emr ListComponentInstances."""

    component_instances: tuple[ComponentInstance, ...]


class ApplicationConfig(Wire, frozen=True, kw_only=True):
    """One setting. Its value may be a number or a boolean if an exporter removed the quotes."""

    application_name: str = ""
    config_file_name: Id
    config_item_key: Id
    config_item_value: str | int | float | bool = ""
    config_effect_state: str = ""
    create_time: int | str = ""
    update_time: int | str = ""
    node_group_id: str = ""
    node_id: str = ""


class ListApplicationConfigs(AnswerPage, frozen=True, kw_only=True):
    """emr ListApplicationConfigs."""

    application_configs: tuple[ApplicationConfig, ...]


class ResourceGroupAnswer(Wire, frozen=True, kw_only=True):
    id: Id
    name: str = ""
    resource_group_type: str = ""
    status: str = ""
    default_vpc_id: str = ""
    default_vswitch_id: str = ""


class GetResourceGroup(Wire, frozen=True, kw_only=True):
    """dataworks-public GetResourceGroup."""

    resource_group: ResourceGroupAnswer


class ResourceGroupPage(AnswerPage, frozen=True, kw_only=True):
    resource_group_list: tuple[ResourceGroupAnswer, ...]


class ListResourceGroups(Wire, frozen=True, kw_only=True):
    """dataworks-public ListResourceGroups."""

    paging_info: ResourceGroupPage


class NetworkAnswer(Wire, frozen=True, kw_only=True):
    id: int | str = ""
    resource_group_id: str = ""
    vpc_id: str = ""
    vswitch_id: str = ""
    security_group_id: str = ""
    status: str = ""


class NetworkPage(AnswerPage, frozen=True, kw_only=True):
    network_list: tuple[NetworkAnswer, ...]


class ListNetworks(Wire, frozen=True, kw_only=True):
    """dataworks-public ListNetworks."""

    paging_info: NetworkPage
