"""From files as the world hands them over to statements the ledger takes: reading, mapping, row errors."""
