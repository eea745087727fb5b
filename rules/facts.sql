-- The canonical fact tables: what everything outside connectors/<crm>/ speaks.
--
-- Written by sync/facts.py (one writer), read by rules/metrics/*.sql. Times are UTC; each time column `x_at`
-- gets a local date `x_date` beside it at load, and the first time column of a table also `is_weekend` and
-- `is_out_of_hours`, so that no metric ever converts a zone, and each `account_id` an `account_key`, a hash of source and id
-- to join by. No PRIMARY KEY: the loader keeps (source, id) unique.
-- A column marked @key must be filled or the row is left out and reported; @enum lists the allowed values,
-- anything else is DQ-08 and counts as empty, or, where @else names a word, as that word. NULL is unknown, never zero.

CREATE TABLE IF NOT EXISTS accounts (
    source VARCHAR,
    account_id VARCHAR,               -- @key
    name VARCHAR,
    parent_id VARCHAR,
    owner_id VARCHAR,
    created_at TIMESTAMP,
    domain VARCHAR,
    registration_id VARCHAR,          -- SIREN, VAT number ...
    same_as VARCHAR,                  -- crm:id of the same client in another CRM, typed by people or another integration
    country VARCHAR,
    is_person BOOLEAN,
    currency VARCHAR,
    payment_terms_days INTEGER,
    stage VARCHAR,                    -- @enum balanced, watch, repair, last_round, decision, exit_notice, after_care, ended
    stage_since DATE,
    insolvent BOOLEAN,
    departures_linked_24m INTEGER,
    privileges VARCHAR,               -- ;-list
    limits_set VARCHAR,
    review_date DATE,
    commitments_kept DOUBLE,
    agreement_date DATE,
    notice_start DATE,
    notice_end DATE,
    exit_reason VARCHAR,
    leave_cause VARCHAR,
    consult_team VARCHAR,
    consult_accountant VARCHAR,
    consult_adviser VARCHAR,
    manager_position VARCHAR,
    pulse_mean DOUBLE,
    pulse_n INTEGER,
    non_money_reasons VARCHAR,
    dismissed_rules VARCHAR,
    dismissed_until DATE,
    dismiss_reason VARCHAR,
    modified_at TIMESTAMP
);

CREATE TABLE IF NOT EXISTS revenue (
    source VARCHAR,
    line_id VARCHAR,                  -- @key
    account_id VARCHAR,
    date DATE,
    amount DECIMAL(18, 4),            -- credit notes negative, or kind = credit_note
    currency VARCHAR,
    kind VARCHAR,                     -- @enum invoice, credit_note, order, won_deal
    category VARCHAR,
    direct_cost DECIMAL(18, 4),
    modified_at TIMESTAMP
);

CREATE TABLE IF NOT EXISTS invoices (
    source VARCHAR,
    invoice_id VARCHAR,               -- @key
    account_id VARCHAR,
    issue_date DATE,
    due_date DATE,
    paid_date DATE,
    amount DECIMAL(18, 4),
    open_amount DECIMAL(18, 4),
    currency VARCHAR,
    status VARCHAR,                   -- @enum draft, open, paid, voided
    disputed BOOLEAN,
    own_fault BOOLEAN,
    modified_at TIMESTAMP
);

CREATE TABLE IF NOT EXISTS contracts (
    source VARCHAR,
    contract_id VARCHAR,              -- @key
    account_id VARCHAR,
    start_date DATE,
    end_date DATE,
    committed_amount DECIMAL(18, 4),
    currency VARCHAR,
    notice_months INTEGER,
    status VARCHAR,                   -- @enum draft, active, ended
    special_terms BOOLEAN,
    modified_at TIMESTAMP
);

CREATE TABLE IF NOT EXISTS orders (
    source VARCHAR,
    order_id VARCHAR,                 -- @key
    account_id VARCHAR,
    ordered_at TIMESTAMP,
    requested_date DATE,
    promised_date DATE,
    delivered_date DATE,
    is_rush BOOLEAN,
    standard_lead_days INTEGER,
    status VARCHAR,                   -- @enum draft, open, delivered, cancelled
    modified_at TIMESTAMP
);

CREATE TABLE IF NOT EXISTS order_changes (
    source VARCHAR,
    order_id VARCHAR,                 -- @key
    changed_at TIMESTAMP,
    old_promised_date DATE,
    new_promised_date DATE,
    cause_account_id VARCHAR,
    cause VARCHAR                     -- @enum client, supplier, us, other @else unclear
);

CREATE TABLE IF NOT EXISTS cases (
    source VARCHAR,
    case_id VARCHAR,                  -- @key
    account_id VARCHAR,
    opened_at TIMESTAMP,
    first_response_at TIMESTAMP,
    closed_at TIMESTAMP,
    priority VARCHAR,                 -- @enum low, normal, high, urgent
    status VARCHAR,
    category VARCHAR,                 -- @enum complaint, public_complaint, contract_breach, values_conflict, harassment, supplier_review, tender, insolvency, question, incident, request, other
    own_fault BOOLEAN,
    unfounded BOOLEAN,
    reopened_count INTEGER,
    escalated_at TIMESTAMP,
    owner_id VARCHAR,
    modified_at TIMESTAMP
);

CREATE TABLE IF NOT EXISTS incidents (
    source VARCHAR,
    message_id VARCHAR,               -- @key
    case_id VARCHAR,
    account_id VARCHAR,
    occurred_at TIMESTAMP,
    direction VARCHAR,                -- @enum in, out
    category VARCHAR,                 -- @enum rude, insult, threat, violence, discrimination_or_harassment, leave_threat, legal_pressure, public_exposure, rush_pressure, complaint, advisory_request, values_conflict, harassment, none
    confirmed BOOLEAN,
    modified_at TIMESTAMP
);

CREATE TABLE IF NOT EXISTS activities (
    source VARCHAR,
    activity_id VARCHAR,              -- @key
    account_id VARCHAR,
    kind VARCHAR,                     -- @enum meeting, call, email, task
    started_at TIMESTAMP,
    duration_minutes DOUBLE,
    people INTEGER,
    initiated_by VARCHAR,             -- @enum us, client
    topic VARCHAR,                    -- @enum advisory, transactional, other
    contact_id VARCHAR,
    owner_id VARCHAR,
    on_site BOOLEAN,
    modified_at TIMESTAMP
);

CREATE TABLE IF NOT EXISTS contacts (
    source VARCHAR,
    contact_id VARCHAR,               -- @key
    account_id VARCHAR,
    title VARCHAR,
    role VARCHAR,
    is_decision_maker BOOLEAN,
    since DATE,
    until DATE,
    modified_at TIMESTAMP
);

CREATE TABLE IF NOT EXISTS hours (
    source VARCHAR,
    account_id VARCHAR,               -- @key
    week DATE,                        -- @key the Monday
    hours DOUBLE,
    overtime_25 DOUBLE,
    overtime_50 DOUBLE,
    weekend_hours DOUBLE,
    hourly_cost DOUBLE
);

CREATE TABLE IF NOT EXISTS pipeline (
    source VARCHAR,
    deal_id VARCHAR,                  -- @key
    account_id VARCHAR,
    amount DECIMAL(18, 4),
    currency VARCHAR,
    probability DOUBLE,
    stage VARCHAR,                    -- @enum qualification, proposal, negotiation, won, lost
    created_at TIMESTAMP,
    expected_close DATE,
    closed_at TIMESTAMP,
    is_won BOOLEAN,
    is_new_business BOOLEAN,
    modified_at TIMESTAMP
);

CREATE TABLE IF NOT EXISTS rates (
    source VARCHAR,
    currency VARCHAR,                 -- @key
    "from" DATE,                      -- @key
    to_exclusive DATE,
    units_per_home DOUBLE             -- foreign units for one unit of the home currency
);

CREATE TABLE IF NOT EXISTS owners (
    source VARCHAR,
    owner_id VARCHAR,                 -- @key
    name VARCHAR,
    email VARCHAR,
    role VARCHAR,
    manager_id VARCHAR,
    active BOOLEAN,
    language VARCHAR,
    modified_at TIMESTAMP
);

CREATE TABLE IF NOT EXISTS repairs (
    source VARCHAR,
    account_id VARCHAR,               -- @key
    kind VARCHAR,                     -- @enum repair, last_round
    held_at DATE,                     -- @key
    review_date DATE,
    kept_ratio DOUBLE,
    refused BOOLEAN                   -- the client did not take the meeting
);

CREATE TABLE IF NOT EXISTS company (
    source VARCHAR,
    cash DECIMAL(18, 4),
    operating_result_12m DECIMAL(18, 4),
    fixed_cost_month DECIMAL(18, 4),
    hourly_cost DOUBLE,
    annual_penalty_rate DOUBLE,
    finance_rate DOUBLE,
    avoidable_share DOUBLE,
    annual_hours_per_fte DOUBLE,
    practical_capacity DOUBLE,
    safety_cushion DECIMAL(18, 4),
    ramp DECIMAL(18, 4),
    cycle_months DOUBLE,
    rush_cost_per_order DECIMAL(18, 4),
    business_hours VARCHAR
);

-- What the CRM shows of ours: read back with every pull, so that the CRM stays the truth about what was written.

CREATE TABLE IF NOT EXISTS flags (
    source VARCHAR,
    account_id VARCHAR,               -- @key
    stage_proposed VARCHAR,
    level VARCHAR,
    open_rules VARCHAR,
    revenue_share DOUBLE,
    "index" DOUBLE,
    coverage DOUBLE,
    computed_at TIMESTAMP,
    run VARCHAR,
    explanation VARCHAR,
    trend VARCHAR,
    next_step VARCHAR,
    checklist VARCHAR,
    at_stake DOUBLE,
    restricted VARCHAR
);

CREATE TABLE IF NOT EXISTS tasks (
    source VARCHAR,
    task_id VARCHAR,                  -- @key
    key VARCHAR,
    account_id VARCHAR,
    mark VARCHAR,                     -- rule, code, level and episode of the task, as written in the CRM
    subject VARCHAR,
    due_date DATE,
    owner_id VARCHAR,
    priority VARCHAR,
    is_closed BOOLEAN,
    is_deleted BOOLEAN,
    modified_at TIMESTAMP
);
