"""Which faults of Kerberos does the case show?"""
