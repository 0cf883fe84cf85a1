"""Debian's formats: stanzas, versions, relations, Release files, .debs and OpenPGP texts."""
