"""Values for people: text made safe, dates, ages, sizes, states; tables, JSON and CSV; redaction."""
