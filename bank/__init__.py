"""What belongs to this course alone: its sample classes, and in `bench` what it measures."""
