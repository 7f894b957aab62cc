"""A pytest plugin: an example that fails is enough, nobody reads a smaller one."""

from hypothesis import Phase, settings

settings.register_profile("mutants", phases=[Phase.explicit, Phase.generate], database=None)
settings.load_profile("mutants")
