"""Measurements, as ratios within one run; no assertions. Each is a program:

python -m tests.benchmarks.precision FOLDER   # how often the ten nearest are alike
python -m tests.benchmarks.asking             # where the time of `imgsimctl similar` goes
python -m tests.benchmarks.indexing [FOLDER]  # files to searchable, beside the cores' limit
python -m tests.benchmarks.following          # start, rescan, renames among 100,000 images
"""
