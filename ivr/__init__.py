"""Hotline: a telephony IVR and call-handling engine on Asterisk. `docs/architecture.md` is the map."""
