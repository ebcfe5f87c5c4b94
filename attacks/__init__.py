"""Membership inference: arrays in, arrays out."""
