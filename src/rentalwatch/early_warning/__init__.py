"""Early warning 预警: the machine around the evaluation of signals. Where state and counts lie, how readings
come in, how what a rule found becomes an alert in the ledger, what the rules need to know of homes. And what
is made of alerts there: escalation by time, relapse alerts, the report to the city, notifications.

What is judged, and how, stands in `signals` and in the rulebooks; here nothing is decided.
"""
