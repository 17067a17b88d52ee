"""Measurements, as ratios within one run; no assertions. Each is a program:

python -m tests.benchmarks.precision FOLDER   # how often the ten nearest are alike
python -m tests.benchmarks.asking             # where the time of `imgsimctl similar` goes
"""
