"""What agents, supervisors, auditors and operators may ask and do: named checks, then one verb, in one unit of work."""
