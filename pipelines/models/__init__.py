"""A file per algorithm behind one protocol. A new one is a file here and one in configs/models/."""
