"""What brings a person to an authorization server and back: the browser, the loopback redirect, a code in the terminal."""
