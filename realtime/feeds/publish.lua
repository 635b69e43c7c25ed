-- Append one event to several channels of one shard.
--
-- KEYS      pairs: stream, meta
-- ARGV[1]   life of an unused channel, ms
-- ARGV[2]   how many entries a channel keeps
-- ARGV[3]   payload (JSON)
-- ARGV[4]   key of keyed data, or ''
-- ARGV[5]   the only person it is for, or ''
-- Returns epoch, offset for each channel, flat.

local answer = {}
for i = 1, #KEYS, 2 do
  local stream, meta = KEYS[i], KEYS[i + 1]
  local epoch, head = current(stream, meta, ARGV[1])
  head = head + 1
  redis.call('XADD', stream, 'MAXLEN', ARGV[2], epoch .. '-' .. head,
    'd', ARGV[3], 'k', ARGV[4], 't', ARGV[5])
  redis.call('HSET', meta, 'head', head)
  redis.call('PEXPIRE', stream, ARGV[1])
  redis.call('PEXPIRE', meta, ARGV[1])
  answer[#answer + 1] = epoch
  answer[#answer + 1] = head
end
return answer
