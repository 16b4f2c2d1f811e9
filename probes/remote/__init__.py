"""How does another host send the packets of a probe, without anything installed there?"""
