"""Which faults of the Hadoop files, and of what the cloud says of the services, does the case show?"""
