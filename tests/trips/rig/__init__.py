"""rig - what the trips stand on: a site in a folder, and its counterparts.

Nothing here knows how nashra works inside; it knows the commands, the pages
and the mails that the manuals promise.
"""
