"""What the stages' tasks do, under the stages' names; imported only when a task runs."""
