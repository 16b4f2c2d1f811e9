"""Real clients in front of real faults: kinit, kvno and a JVM on the resource-group host, beside
what `diagnose.clients` says of them.
"""
