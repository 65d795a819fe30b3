-- KEYS: the hash of versions. ARGV: an epoch that was never there, then tags.
for at = 2, #ARGV do
    if ARGV[at] == 'epoch' then
        redis.call('HSET', KEYS[1], 'epoch', ARGV[1])
    else
        redis.call('HINCRBY', KEYS[1], ARGV[at], 1)
    end
end
return #ARGV - 1
