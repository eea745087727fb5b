c.commitment_fulfilment, c.commitment_elapsed_days, c.commitment_prorated, c.commitment_revenue, c.commitment_start, c.commitment_end,
coalesce(c.contracts_in_force, 0) AS contracts_in_force, coalesce(c.special_terms, FALSE) AS special_terms,
coalesce(c.trading_without_contract, FALSE) AS trading_without_contract
