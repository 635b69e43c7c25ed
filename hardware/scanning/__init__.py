"""What is scanned at the cabinet: scanners, offline grants and their judge."""
