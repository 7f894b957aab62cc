"""A believable pilot, made from a seed: for newcomers, journeys and benchmarks. It has no tables of its own."""
