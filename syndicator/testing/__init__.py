"""The conformance kit: whether a connector keeps the contract, checked over real HTTP against its pretend service.

`contract.ConnectorContract` is for pytest, `runner.run` for everything else. `docs/writing-a-connector.md` shows both.
"""
