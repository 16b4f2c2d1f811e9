"""What is said of a broken rule of registration? One function a code, in both languages.

Unlike the other texts of findings these are templates that `tr` translates.
"""
