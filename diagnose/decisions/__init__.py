"""What does the configuration say of each flow?"""
