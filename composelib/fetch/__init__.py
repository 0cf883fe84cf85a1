"""Getting files of archives: from where, by which login and proxy, verified by hash or signature, and remembered."""
