"""An admin's files become values: read, checked, every fault with its line and its remedy."""
