"""Files generated from the declared keys: the JSON schema and the reference."""
