"""A cluster, a resource group and a virtual switch of network namespaces on this machine: real
packets, a real KDC, a real packet filter.
"""
