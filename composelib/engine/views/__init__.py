"""How a run is shown: on a terminal, in lines, as JSON."""
