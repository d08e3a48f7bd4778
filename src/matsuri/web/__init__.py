"""The HTTP edge that every API shares: who calls, what they say, how they are answered."""
