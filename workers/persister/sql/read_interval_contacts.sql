SELECT contact_id, state FROM interval_contacts WHERE contact_id = ANY ($1::text[])
