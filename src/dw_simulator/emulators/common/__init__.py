"""What the emulators share: object reading, file formats."""
