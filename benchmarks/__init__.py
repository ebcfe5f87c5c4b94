"""How long audits take, measured beside the loops that a careful person would write by hand."""
