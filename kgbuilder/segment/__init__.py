"""segment: document -> sections and sentences with exact offsets."""
