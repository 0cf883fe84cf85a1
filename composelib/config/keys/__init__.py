"""The keys of a config: what they are called, mean and take."""
