"""The language of flows: what an authentication scheme may ask of the world, and nothing else."""
