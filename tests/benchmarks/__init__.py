"""Measurements, as ratios within one run; no assertions on time.

    python -m tests.benchmarks [FOLDER]         # the whole table; FOLDER/CLASS/*.jpg for vgg16

Each of these fills its part of the table, and is a program of its own:

    asking      where the time of `imgsimctl similar` goes
    browsing    the pages of `browse` in a real browser
    crowd       many clients at once, and questions while everything is being indexed
    following   start, rescan and renames among 100,000 images
    growth      from 1,000 to 1,000,000 images; draws the plot of CONTRIBUTING.md
    indexing    files to searchable, beside the cores' limit
    peers       how others do it, on the same photos
    resting     what an idle daemon costs
    searching   the exact search, beside one reading of all vectors
    vgg16       the reference model, beside its recipe

And three take what the table has no time or no photos for:

    precision FOLDER...    how often the ten nearest are of the same class
    lasting [MINUTES]      a long day at full speed; what grows?
    planning               what galleries of 10 million to a billion photos need
"""
