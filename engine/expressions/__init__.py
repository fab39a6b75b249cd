"""A scalar program typed as text, `L = (a*b + c) * tanh(d)`: from its characters to the ops that run.

`text` looks at characters and tokens, `parse` makes statements of them, `names` says what each name means, `graph`
lists the ops, `spec` is what a configuration holds, `latex` writes it on paper.
"""
