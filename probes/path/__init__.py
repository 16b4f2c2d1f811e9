"""How far do packets get, and how large may they be?"""
