"""Real KDCs on loopback: what the oracles and the login say of them is compared with what they
are.
"""
