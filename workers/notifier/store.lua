-- One batch. KEYS[1]: the partition's position. ARGV: where the batch begins, where it ends, how many
-- entries a feed keeps (about), then for each record: offset, channel, feed or '', seq, seconds to live, JSON,
-- and its trace's context or ''.
-- Returns 1; or the position where that is missing or before the batch's begin, and then nothing is done.
local position = redis.call('GET', KEYS[1])
if not position or tonumber(position) < tonumber(ARGV[1]) then
    return position
end

-- Whether the entry is new: Redis refuses an id that is not above the feed's last one. What has no number
-- replaces what stood there; -1 says that a session's feed goes, with what is kept beside it.
local function append(feed, seq, ttl_s, json)
    if tonumber(seq) == -1 then
        redis.call('DEL', feed, 'status:' .. feed, 'position:' .. feed)
        return false
    end
    if tonumber(seq) == 0 then
        redis.call('SET', feed, json, 'EX', ttl_s)
        return true
    end
    local added = redis.pcall('XADD', feed, 'MAXLEN', '~', ARGV[3], seq .. '-0', 'd', json)
    if type(added) == 'table' and added.err then
        if string.find(added.err, 'equal or smaller') then
            return false
        end
        error(added)
    end
    redis.call('EXPIRE', feed, ttl_s)
    return true
end

for i = 4, #ARGV, 7 do
    if tonumber(ARGV[i]) >= tonumber(position) then
        local channel, feed, seq, ttl_s, json = ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], ARGV[i + 5]
        if feed == '' or append(feed, seq, ttl_s, json) then
            redis.call('PUBLISH', channel, ARGV[i + 6] .. json)
        end
    end
end
if tonumber(ARGV[2]) > tonumber(position) then
    redis.call('SET', KEYS[1], ARGV[2])
end
return 1
