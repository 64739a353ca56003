"""Formats that two or more schemes share."""
