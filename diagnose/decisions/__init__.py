"""What does the configuration decide for each flow?"""
