"""table - a line for each measure, and whether it stands."""

import statistics


def spread(values, form="{:.2f}"):
    """The median, and between what it lies."""
    text = form.format(statistics.median(values))
    if len(values) == 1:
        return text
    return text + " ({}-{})".format(
        form.format(min(values)), form.format(max(values)))


class Table:
    FORM = "{:<32} {:<53} {:<17} {:>6} {:>6}  {}"

    def __init__(self, say=print):
        self.say = say
        self.short = []

    def head(self):
        self.line("measure", "figure", "ratio", "floor", "goal", "")

    def line(self, *words):
        self.say(self.FORM.format(*words).rstrip(), flush=True)

    def note(self, name, figure, ratio="-"):
        """A figure without a floor."""
        self.line(name, figure, ratio, "-", "-", "")

    def failed(self, name, why):
        self.short.append(name)
        self.line(name, "failed", "-", "-", "-", "SHORT")
        self.say(f"    {why}", flush=True)

    def ratio(self, name, figure, values, floor, goal):
        """The better way is from floor to goal, up or down."""
        value = statistics.median(values)
        down = goal < floor
        held = value <= floor if down else value >= floor
        reached = value <= goal if down else value >= goal
        if not held:
            self.short.append(name)
        limit = ("<=" if down else "") + "{:g}"
        self.line(name, figure, spread(values), limit.format(floor),
                  limit.format(goal),
                  "goal" if reached else "ok" if held else "SHORT")
