"""How does a case come from the APIs of Alibaba Cloud?"""
