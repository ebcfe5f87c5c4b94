"""Training a pool from a recipe: one file a way of training."""
