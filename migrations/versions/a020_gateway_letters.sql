-- Administrators decide of dead letters on the ops page, too: what gateways may write of them.
DO $$
BEGIN
    IF to_regrole('aicc_gateway') IS NOT NULL THEN
        GRANT INSERT, UPDATE ON letter_outcomes TO aicc_gateway;
    END IF;
END $$;
