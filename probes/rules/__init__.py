"""Which sources does a configured layer let through? Security groups, network ACLs, route tables as exact sets of addresses."""
