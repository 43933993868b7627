"""Topics of single tests."""

from __future__ import annotations


def forget(bootstrap: str, prefix: str) -> None:
    """Deletes the topics of a prefix: a broker with those of hundreds of tests is slow."""
    from kafka import KafkaAdminClient
    from kafka.errors import UnknownTopicOrPartitionError

    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        own = [name for name in admin.list_topics() if name.startswith(f"{prefix}.")]
        if own:
            admin.delete_topics(own)
    except UnknownTopicOrPartitionError:  # the test itself deleted one
        pass
    finally:
        admin.close()
