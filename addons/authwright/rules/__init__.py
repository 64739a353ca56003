"""Rules: the first that matches a request applies, under the conditions of its policy."""
