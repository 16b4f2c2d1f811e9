"""How does a report look as one HTML file that needs nothing else?"""
