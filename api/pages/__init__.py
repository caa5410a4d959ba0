"""Pages for people: the same answers as tables, maps and sentences, in Polish or English."""
