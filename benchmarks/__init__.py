"""What the figures are measured with."""
