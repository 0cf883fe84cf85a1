"""Our side of doit: what is fresh, what runs when, what is remembered and said."""
