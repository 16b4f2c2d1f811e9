"""Which sources may pass? Security groups, network ACLs and routes as exact set algebra."""
