"""What the engine needs of the world, as Protocols. Adapters implement them; `adapters/memory/` holds the fakes."""
