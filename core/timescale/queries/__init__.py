"""The SQL of this package, by noun.

Values are parameters; identifiers are quoted by the database (`format('%I')`, regclass).
"""
