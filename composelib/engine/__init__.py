"""Our side of doit: which tasks run and when, their records, what the user sees. Only the doit_* modules import doit."""
