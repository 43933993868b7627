"""Spreadsheets in and out: `.xlsx` files checked, read by a child process under limits, and written."""
