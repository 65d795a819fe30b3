DELETE FROM interval_contacts WHERE contact_id = ANY ($1::text[])
