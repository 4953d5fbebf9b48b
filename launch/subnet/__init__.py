"""What launch/chain.py reads of a subnet, and what it makes of it."""
