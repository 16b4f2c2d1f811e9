"""The instruments: readers of one format each, set algebra over rules, and probes that ask one question each.

Knows nothing of Alibaba's registration rules, of findings or of reports; `diagnose` imports `probes`, never the other way.
"""
