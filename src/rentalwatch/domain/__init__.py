"""The domain: events, judgements, clocks. Pure: time and ids come in as arguments, nothing goes out."""
