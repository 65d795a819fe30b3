DO $$
BEGIN
    IF to_regrole('aicc_gateway') IS NOT NULL THEN
        REVOKE INSERT, UPDATE ON letter_outcomes FROM aicc_gateway;
    END IF;
END $$;
