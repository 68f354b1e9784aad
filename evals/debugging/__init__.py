"""Programs with seeded faults, and the bench on which they are run and corrected."""
