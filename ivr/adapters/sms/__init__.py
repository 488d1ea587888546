"""Text messages: the outbox of the demonstration, any gateway over HTTP, and one-time codes."""
