"""Building packages in clean roots: the sandbox, the builders, and what a build depends on."""
