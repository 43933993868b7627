"""The command line: thin shells around the ledger and the read models."""
