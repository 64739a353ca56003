"""The sources of AWS access keys: the environment and the profile files, or botocore's credential chain."""
