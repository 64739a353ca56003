"""Brings a person to an authorization server and back, by browser and loopback redirect or by a code in the terminal."""
