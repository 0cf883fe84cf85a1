"""What is in the artifacts of composes, file by file, where two of them differ, and why."""
