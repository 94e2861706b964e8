"""Building blocks that know nothing of CloudMC."""
