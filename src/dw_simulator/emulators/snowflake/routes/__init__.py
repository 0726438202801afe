"""HTTP endpoints: each module registers its handlers."""
