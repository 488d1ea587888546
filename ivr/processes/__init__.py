"""The processes of one hotline: the parent that starts, watches and restarts the others, and the watchdog.

In production each process is a systemd unit or container with the same command; then nothing here but `controller` and
`watchdog` runs.
"""
