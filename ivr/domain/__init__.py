"""What things are: frozen values and enums of the phone line. Imports nothing but standard library values."""
