coalesce(e.privileges, 0) AS privileges, e.privilege_names, e.privileges_added, e.privileges_known_since, e.pulse_mean, e.pulse_n, e.manager_no_longer, e.departures_linked_24m,
coalesce(e.repair_attempts_12m, 0) AS repair_attempts_12m, coalesce(e.failed_attempts_12m, 0) AS failed_attempts_12m
