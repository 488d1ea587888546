"""Banks: the embedded demo bank, any bank over HTTP, and the published contract that both keep."""
