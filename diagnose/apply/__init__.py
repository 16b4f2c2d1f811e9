"""How do the rules that a report suggests get into the security groups, and out again?"""
