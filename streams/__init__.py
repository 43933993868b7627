"""Faust apps: one file per app, thin. What they fold lies in `projections`."""
