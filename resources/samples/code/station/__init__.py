"""The shore station: receives, checks and corrects what tide gauges recorded."""
