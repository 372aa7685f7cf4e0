"""Kinds of flows, each a module that is found by its name.

A module has `rows(job)`, which returns the columns that the flow brings without reading any row,
and `run(job)`, which brings them. Where many flows make one table together, `finish(jobs)` does
the rest once all of them ran. How the rows of a table come is said by the kind of its flows, or by
`way(job, frame)` where that is not enough; what a run left of it can only go on in the same way.
"""
