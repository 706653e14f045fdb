"""Offers of used cars: the second example, with no time, no entity, and text in some columns.

`python -m seeds.prices --out data` grows them from a recipe; `project/` is what it puts over a
checkout, `defects/` the pull requests that its audit simulates.
"""
