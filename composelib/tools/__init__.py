"""Outside programs, one a module: functions that return argument lists."""
