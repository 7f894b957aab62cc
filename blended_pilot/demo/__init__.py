"""A believable pilot, made from a seed: for newcomers, journeys and benchmarks. No tables; nothing imports it but commands."""
