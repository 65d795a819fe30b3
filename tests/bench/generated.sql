-- people --
INSERT INTO customers (customer_id, name, phone, first_seen_at, last_seen_at)
SELECT 'g' || n, 'Customer ' || n, '+8210' || lpad(n::text, 8, '0'), now(), now() FROM generate_series(0, $1::int - 1) AS n
ON CONFLICT DO NOTHING

-- agents --
INSERT INTO agents (agent_id, name, pool)
SELECT 'a' || n, 'Agent ' || n, 'pool-' || n % 10 FROM generate_series(0, 499) AS n
ON CONFLICT DO NOTHING

-- consultations --
-- Numbers $1 to $2, $3 ms apart from $4 on, of $5 customers. 70 % completed, 15 % by the bot alone.
INSERT INTO consultations (session_id, created_at, version, customer_id, channel, status, state, started_at, changed_at,
                           ended_at, agent_id, pool, queue, messages)
SELECT session_id, at, 5, 'g' || hash % $5::int, CASE WHEN hash % 10 = 3 THEN 'voice' ELSE 'chat' END, status, 'closed',
       at, at + interval '5 min', at + interval '5 min', CASE WHEN served THEN 'a' || hash % 500 END,
       CASE WHEN status <> 'bot_resolved' THEN 'pool-' || hash % 10 END,
       CASE WHEN status <> 'bot_resolved' THEN 'queue-' || hash % 50 END, 3
FROM generated($1, $2, $3, $4),
LATERAL (SELECT CASE WHEN hash / 1000 % 100 < 70 THEN 'completed' WHEN hash / 1000 % 100 < 85 THEN 'bot_resolved'
                     WHEN hash / 1000 % 100 < 95 THEN 'abandoned' WHEN hash / 1000 % 100 < 99 THEN 'expired'
                     ELSE 'failed' END AS status) AS a,
LATERAL (SELECT status IN ('completed', 'failed') AS served) AS b

-- messages --
-- Three for each. One text of two hundred asks for 환불, as many for a refund.
INSERT INTO chat_messages (session_id, created_at, seq, message_id, role, text, at)
SELECT session_id, at, seq, 'm' || seq, (ARRAY['customer', 'bot', 'agent'])[seq],
       CASE (hash + seq * 7919) % 200 WHEN 0 THEN '안녕하세요 환불해 주세요 주문번호 ' || n
                                      WHEN 1 THEN 'I would like a refund for order ' || n
            ELSE said[1 + (hash + seq) % 12] || ' ' || said[1 + (hash / 7 + seq) % 12] || ' ' || n END, at
FROM generated($1, $2, $3, $4), generate_series(1, 3) AS seq,
(SELECT ARRAY['배송이 언제 도착하나요', '주문을 취소하고 싶습니다', 'hello, where is my parcel?', '비밀번호를 잊어버렸어요',
    'thank you for your help', '상담원 연결 부탁드립니다', '결제가 두 번 되었습니다', 'please change my address',
    '네 확인해 보겠습니다', '잠시만 기다려 주세요', 'is this still available?', '영수증을 보내 주세요']) AS words (said)

-- function --
CREATE OR REPLACE FUNCTION generated(first bigint, last bigint, apart_ms double precision, since timestamptz)
RETURNS TABLE (n bigint, hash integer, at timestamptz, session_id text) LANGUAGE sql STABLE AS $$
    SELECT n, abs(hashint8(n) / 2), to_timestamp(ms / 1000.0),
           substr(hex, 1, 8) || '-' || substr(hex, 9, 4) || '-7' || lpad(to_hex(n % 8), 3, '0') || '-8'
           || substr(sum, 1, 3) || '-' || substr(sum, 4, 12)
    FROM generate_series(first, last) AS n,
    LATERAL (SELECT floor(extract(epoch FROM since) * 1000 + n * apart_ms)::bigint AS ms) AS a,
    LATERAL (SELECT lpad(to_hex(ms), 12, '0') AS hex, md5(n::text) AS sum) AS b
$$
