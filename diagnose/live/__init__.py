"""What do packets say of the flows of a case?"""
