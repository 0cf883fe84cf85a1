"""Getting files from archives: verified, cached, resumable."""
