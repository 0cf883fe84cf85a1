"""How the keys of a config are declared beside the fields of the model: types of values as data, nothing read."""
