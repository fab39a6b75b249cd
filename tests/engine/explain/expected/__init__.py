"""Every sentence, formula, code line, symbol and title of the engine as plain text: the files beside this module.

Read a file as a teacher would. A test compares each, letter for letter, with what the engine says today. After a
change that is meant, write them anew with ``python -m tests.engine.explain.expected`` and read the difference.
"""
