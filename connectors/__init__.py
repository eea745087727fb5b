"""The edges: how each CRM is read and written. Vendor names stay below this package."""
