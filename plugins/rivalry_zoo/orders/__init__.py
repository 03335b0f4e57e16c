"""Who moves when: ways to play on the joint graph of all players."""
