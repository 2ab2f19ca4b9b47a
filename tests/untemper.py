"""What undoes the last step of the Mersenne Twister: with it, a student who knows its outputs knows its state."""

UNTEMPER = """
import random
def untemper(y):
    y ^= y >> 18
    y ^= (y << 15) & 0xefc60000
    z = y
    for _ in range(5): z = y ^ ((z << 7) & 0x9d2c5680)
    y = z
    for _ in range(3): z = y ^ (z >> 11)
    return z & 0xffffffff
"""
