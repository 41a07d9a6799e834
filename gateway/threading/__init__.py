"""Which conversation is this? (Not the standard library's threads: those are called workers.)"""
