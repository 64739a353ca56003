"""The language of flows: the commands by which schemes and grants ask the engine for every input and output."""
