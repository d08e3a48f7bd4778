"""Events: what games tell, how it is checked, kept in the log and brought to every reader."""
