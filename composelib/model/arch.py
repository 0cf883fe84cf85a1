"""Names of arches that are not Debian's."""

SOURCE = "source"  # the arch of source packages
