"""How well synthetic data resembles real data: scores by sdmetrics, as numbers and as a page."""
