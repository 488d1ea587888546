"""The sentences the line speaks: their texts, their audio, and how both reach Asterisk."""
