"""Which faults of host names and addresses does the case show?"""
