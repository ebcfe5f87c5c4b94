"""What one training run tells of memorization."""
