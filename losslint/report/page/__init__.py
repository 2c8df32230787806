"""The parts of the HTML report: a page that needs nothing beside itself."""
