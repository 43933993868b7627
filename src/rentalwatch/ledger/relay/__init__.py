"""The relay: from the ledger to Kafka, each event exactly once and in order (D6), and the way back."""
