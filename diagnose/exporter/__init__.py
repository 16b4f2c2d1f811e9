"""How is the state of endpoints told to Prometheus? What `serve` answers over HTTP."""
