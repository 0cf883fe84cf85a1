"""Words that stand beside Debian's names of arches: for source packages, and for packages of the installer."""

SOURCE = "source"  # the arch of source packages
UDEB = "-udeb"  # suffix of an arch that stands for its installer packages: `amd64-udeb`
