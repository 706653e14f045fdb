"""Offers of used cars: the second example. Its rows have no time and no entity, and some of its columns are text.

`python -m seeds.prices --out data` grows them from a recipe; `project/` is what it puts over a checkout, `defects/`
the pull requests that its audit simulates.
"""
