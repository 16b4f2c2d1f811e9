"""Does anything that a peer sends, or a file holds, end in more than our own error?"""
