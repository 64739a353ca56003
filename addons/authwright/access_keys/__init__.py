"""Where access keys of AWS come from: the environment and profile files, or whatever botocore knows to ask."""
