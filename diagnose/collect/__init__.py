"""How does a case come about that can be sent to somebody else?"""
