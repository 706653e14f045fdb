"""One file per algorithm behind one protocol. A new algorithm is a file here and one in configs/models/."""
