"""What happens to packets on the way to an endpoint?"""
