"""What may be shown of unknown text, HTML and pictures."""
