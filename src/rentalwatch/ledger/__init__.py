"""The ledger: facts, appended once, in order, with what makes each append safe to repeat."""
