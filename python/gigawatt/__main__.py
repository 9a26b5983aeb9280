"""`python -m gigawatt` is the program `gigawatt`."""

from gigawatt._program import main

main()
