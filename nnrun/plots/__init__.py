"""Arrays in, pictures out: every drawing function returns the bytes of a PNG of 800 pixels' width.

Import a file that draws, such as `nnrun.plots.curves`, only when something is to be drawn: it loads matplotlib.
"""
