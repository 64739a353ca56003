"""Token stores: one file a store, what all of them share, and the table of them (``opening``)."""
