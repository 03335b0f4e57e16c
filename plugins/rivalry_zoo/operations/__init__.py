"""Operations: pure functions that a flow may call by name."""
