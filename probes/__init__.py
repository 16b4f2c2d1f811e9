"""Instruments: readers of one file format each, set algebra over rules, and probes that ask one
question each.

`probes` knows nothing of Alibaba Cloud's registration rules, of findings or of reports. `diagnose`
imports `probes`, never the other way round.
"""
