"""Reading the keys of a config, as the model declares them, from YAML nodes with their origins."""
