"""Real paths: a client, two routers and a server, in namespaces of their own."""
