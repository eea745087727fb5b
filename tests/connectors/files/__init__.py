"""CSV files as a CRM: reading, writing, checking."""
