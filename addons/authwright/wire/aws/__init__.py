"""AWS Signature Version 4 (AWS General Reference, "Signature Version 4 signing process"), in its steps."""
