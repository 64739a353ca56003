"""Drives flows: commands become effects here, and nowhere else."""
