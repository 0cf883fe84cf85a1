"""Declarations of the config's keys beside the fields of the model: value types as data; nothing is read here."""
