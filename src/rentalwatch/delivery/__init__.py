"""Notifications out 送达: an outbox, webhooks, chat robots, mail.

Knows nothing of signals or rules: it takes `Notification`s and gets each to everybody who is to have it, at
least once, or shows that it could not.
"""
