"""Whole clusters of real servers, with and without Kerberos, asked and diagnosed."""
