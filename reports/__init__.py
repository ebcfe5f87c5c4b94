"""Renders an audit result; computes no statistic."""
