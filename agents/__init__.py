"""Agents decide: one request type, one answer type and one prompt each. They know nothing of order or of retries."""
