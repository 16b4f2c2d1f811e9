"""Which faults of rules, lists, routes, paths and services does the case show?"""
