"""send - what bench-send stands on: a site that is ready to send, the sinks
that take its mail, the rivals it is measured against, and the table.
"""
