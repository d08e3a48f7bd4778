"""Who takes part in what: phases of experiments, runs of live events."""
