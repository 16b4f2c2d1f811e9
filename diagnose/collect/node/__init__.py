"""How do the files and the state of a host come into a case, over SSH?"""
