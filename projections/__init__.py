"""Read models: one file per question. What all of them share is called, not inherited.

`apply(batch, transaction)` in `projector` is the only way rows change (D7).
"""
