"""Asks for memory that can be written and run."""
import harmless

place = harmless.call(9, 0, 4096, 3, 0x22, -1, 0)
harmless.call(10, place, 4096, 7)
