"""Does the tool name the addresses that real clients dial?"""
