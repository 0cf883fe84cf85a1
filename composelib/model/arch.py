"""Names of arches that are not Debian's."""

SOURCE = "source"  # the arch of source packages
UDEB = "-udeb"  # what follows an arch where its packages for the installer are meant
