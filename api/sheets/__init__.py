"""Papers that leave the house as PDF; what a customer typed reaches their templates as data, never as markup."""
