"""What does a service answer to one harmless question in its own protocol?"""
