"""Which faults do the Hadoop files show, and which do the cloud's states of services show?"""
