"""Talking HTTP with another house of ours (bank, SMS gateway): the asking side, the answering side, and serving it."""
