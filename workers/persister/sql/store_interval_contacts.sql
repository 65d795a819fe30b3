INSERT INTO interval_contacts (contact_id, state) SELECT * FROM unnest($1::text[], $2::text[])
ON CONFLICT (contact_id) DO UPDATE SET state = excluded.state
