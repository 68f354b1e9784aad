"""Processes, devices, files, model providers, settings and the value types that every other folder shares."""
