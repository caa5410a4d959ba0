"""Maps: layers turned into HTML that asks no other host for anything."""
