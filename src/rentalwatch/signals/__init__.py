"""Signals 信号: readings folded into figures of a home and a day, and warning rules judged by them.

Pure and columnar: no clock, no files, no database. What comes in, when, and where alerts go is the business
of whoever calls.
"""
