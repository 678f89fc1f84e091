"""Programs made faster: passes that rewrite them, and writers that print them as source."""
