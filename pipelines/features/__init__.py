"""Raw rows to features, from one definition for a whole history and for one new minute."""
