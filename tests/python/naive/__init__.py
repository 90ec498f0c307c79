"""An independent calculation of the measures, from their definitions in words, with nothing but lists of dictionaries.

It shares no code with the product, and reads neither its expressions nor its files of measures. `records` and
`other_records` make random records, and the other modules calculate from them. `days` has the calendar.
"""
