"""deb-compose: one YAML file in, one consistent Debian compose out."""
