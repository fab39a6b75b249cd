"""Two ways to run a program, step by step and fast, with the same bits."""
