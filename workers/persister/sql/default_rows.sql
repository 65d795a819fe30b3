-- Almost always none; of many it is enough to know that there are many.
SELECT 'consultations' AS parent, count(*) AS rows FROM (SELECT FROM consultations_default LIMIT $1) AS few
UNION ALL
SELECT 'chat_messages', count(*) FROM (SELECT FROM chat_messages_default LIMIT $1) AS few
