"""What the personal centre keeps, and what all rooms know of a person."""
