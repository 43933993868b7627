"""Mappings as data: one YAML file per source."""
